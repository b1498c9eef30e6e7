import type { Decoded } from '../../model/facts.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { decodeAnswer, isKeptAnswer } from '../kit/booking/facts.js';
import { parseJson } from '../kit/json.js';
import { clip } from '../kit/text.js';
import { readKept } from './carrier.js';
import { readPickup } from './pickups.js';
import { notice, tracking } from './payloads.js';
import { trackingFacts } from './tracking.js';

/** `resource_type` of what tells where parcels are: of version 1 of the API, and of version 2. */
const trackingTypes = new Set(['API_TRACK', 'TRACK_EVENT_V2']);

/**
 * Reads what answered a command of ours, or a webhook of ShipEngine. Those of tracking give facts; any other is noted and gives none.
 * @throws UnreadableMessage where it is none, or one of tracking without its number
 */
export function decodeMessage(message: RawMessage): Decoded {
  const { value, anomalies } = parseJson(message.body);
  if (isKeptAnswer(value, message)) return decodeAnswer(value, message, { readKept, readPickup, cancelWord: 'void' });
  const told = notice.safeParse(value);
  const bare = told.success ? null : tracking.safeParse(value);
  if (!told.success && bare?.success !== true) throw new UnreadableMessage('The body is no ShipEngine webhook: it has no `resource_type` such as API_TRACK.');
  if (told.success && !trackingTypes.has(told.data.resource_type)) {
    const kind = clip(told.data.resource_type, 60);
    anomalies.push({ kind: 'EVENT_IGNORED', message: `ShipEngine's webhook ${kind} says nothing about where goods are and was not read.`, severity: 'LOW', rawCode: kind });
    return { facts: [], anomalies };
  }
  const parsed = told.success ? tracking.safeParse(told.data.data) : bare!;
  if (!parsed.success) throw new UnreadableMessage(`The parcel in \`data\` cannot be read: ${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}.`);
  const address = told.success ? URL.parse(told.data.resource_url ?? '', 'https://api.shipengine.com') : null;
  const decoded = trackingFacts(parsed.data, address?.searchParams.get('carrier_code') ?? undefined, message);
  return { facts: decoded.facts, anomalies: boundAnomalies([...anomalies, ...decoded.anomalies]) };
}

import { sameText } from '../../lib/same-text.js';
import type { Anomaly, Decoded, Fact } from '../../model/facts.js';
import { UnreadableMessage, type IncomingMessage, type RawMessage, type Verification } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { FactSet } from '../kit/fact-set.js';
import { parseJson } from '../kit/json.js';
import { anyMatches, usableSecrets, verifyToken } from '../kit/signatures.js';
import { historyFacts } from './history.js';
import { identifiersIn, subjectsOf } from './names.js';
import { history, registration, truckload } from './payloads.js';
import { FactMaker } from './stops.js';
import { truckloadFacts } from './truckload.js';

/** More facts than a message of any sense makes; a hostile one could multiply names and events. */
const maxFacts = 20_000;

/** By a token, or by basic authentication with the secret as password, whatever the user. */
export function verify(message: IncomingMessage, secrets: readonly string[]): Verification {
  const basic = /^basic +([A-Za-z0-9+/=]+) *$/i.exec(message.headers['authorization'] ?? '')?.[1];
  if (basic === undefined) return verifyToken(message, secrets);
  const usable = usableSecrets(secrets);
  if (usable.length === 0) return { ok: false, reason: 'no_secret' };
  const presented = Buffer.from(basic, 'base64').toString();
  const password = presented.slice(presented.indexOf(':') + 1);
  return presented.includes(':') && anyMatches(usable, (secret) => sameText(password, secret)) ? { ok: true } : { ok: false, reason: 'wrong' };
}

/**
 * Reads a notification of a truckload shipment, a tracking history, or what was answered to a registration.
 * @throws UnreadableMessage where it is none of them
 */
export function decodeMessage(message: RawMessage): Decoded {
  const { value, anomalies } = parseJson(message.body);
  const facts = new FactSet();
  for (const fact of factsOf(value, message, anomalies)) facts.add(fact);
  if (facts.list().length > maxFacts) throw new UnreadableMessage(`The message makes more than ${maxFacts} facts.`);
  return { facts: facts.list(), anomalies: boundAnomalies([...anomalies, ...facts.anomalies]) };
}

function factsOf(value: unknown, message: RawMessage, anomalies: Anomaly[]): Fact[] {
  const registered = registration.safeParse(value);
  if (registered.success) {
    const make = new FactMaker(subjectsOf(identifiersIn(registered.data.identifiers), registered.data.id, message.connection));
    return make.milestone(['registered', registered.data.id], message.receivedAt, { code: 'INFO', classifier: 'ACTUAL', occurred: { instant: message.receivedAt, zone: 'Z' }, rawCode: 'REGISTERED' });
  }
  const load = truckload.safeParse(value);
  if (load.success) return truckloadFacts(load.data, message, anomalies);
  const tracked = history.safeParse(value);
  if (tracked.success) return historyFacts(tracked.data, message, anomalies);
  throw new UnreadableMessage('The body is no message of project44: it has no `shipment` with `shipmentIdentifiers` or `identifiers`.');
}

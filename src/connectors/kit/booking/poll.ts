import type { Json } from '../../../lib/json.js';
import type { Access, OutboundCommand, Outcome, Performed } from '../../contract.js';
import { failure } from '../http.js';
import type { BookingCalls } from './carrier.js';
import { mayPass, withoutCode } from './errors.js';
import { forEachPart } from './parts.js';

/** Of a carrier that books as of one that is only asked: what asking needs. */
export interface TrackingCarrier<Settings> {
  name: string;
  open(access: Access<Settings>, timeoutMs: number): Outcome<Pick<BookingCalls<never, never>, 'track'>>;
}

/** Where parcels are now. What is answered is read as a webhook of the carrier is. */
export async function pollTracking<Settings>(carrier: TrackingCarrier<Settings>, access: Access<Settings>, command: OutboundCommand<'tracking.poll'>): Promise<Outcome<Performed>> {
  const opened = carrier.open(access, command.timeoutMs);
  if (!opened.ok) return opened;
  const { track } = opened.value;
  if (track === undefined) return failure('invalid', `${carrier.name} cannot be asked where parcels are.`, '');
  const numbers = new Map<string, { carrier: string | null; number: string }>();
  for (const { kind, issuer, value } of command.input.references) if (kind === 'tracking') numbers.set(value, { carrier: issuer === '*' ? null : issuer, number: value });
  const polled = await forEachPart([...numbers.values()], async (each) => ({ number: each.number, outcome: await track(each) }));
  const failed = polled.flatMap(({ number, outcome }) => (outcome.ok ? [] : [{ number, error: outcome.error }]));
  const blocked = failed.find(({ error }) => mayPass(error)) ?? (failed.length === polled.length ? failed[0] : undefined);
  if (blocked !== undefined) return withoutCode(blocked.error);
  const tracked = polled.flatMap(({ outcome }) => (outcome.ok && outcome.value !== null ? [outcome.value] : []));
  const answers = tracked.map(({ files: _, ...answer }) => answer);
  const result: Json = { polled: answers.length, failed: failed.map(({ number, error }) => ({ number, error: error.message })) };
  return { ok: true, value: { state: failed.length > 0 ? 'PARTIAL' : 'DONE', result, answers, files: tracked.flatMap(({ files = [] }) => files) } };
}

import { uuidOfName } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import type { Access, OutboundCommand, Outcome, Performed } from '../../contract.js';
import { failure } from '../http.js';
import { askedRecord, toAnswer, type BookingAnswer } from './answers.js';
import { foundBefore, soughtOf } from './buy-once.js';
import type { BookedParcel, BookingCalls, BookingCarrier, Held } from './carrier.js';
import { mayPass, refused, withoutCode, type CarrierError, type CarrierOutcome } from './errors.js';
import { readMemory, type BookingMemory } from './memory.js';
import { forEachPart } from './parts.js';

/** What became of one package: null where nothing was bought for it. */
interface Undone {
  package: string;
  outcome: CarrierOutcome<Held<unknown> | null>;
}

/**
 * Voids everything that a booking bought. A carrier may take weeks to confirm. What was asked for already is not asked for
 * again; what was rejected may be.
 */
export async function cancel<Settings, Draft, Bought>(carrier: BookingCarrier<Settings, Draft, Bought>, access: Access<Settings>, command: OutboundCommand<'booking.cancel'>): Promise<Outcome<Performed>> {
  const opened = carrier.open(access, command.timeoutMs);
  if (!opened.ok) return opened;
  // It was given up before anything was begun at the carrier.
  if (command.follows?.memory === null) return { ok: true, value: { state: 'DONE', result: { packages: [] }, answers: [], files: [] } };
  const of = readMemory(command.follows?.memory ?? null);
  const asked = askedRecord.safeParse(of?.asked);
  if (of === null || !asked.success) return failure('invalid', 'What was booked is not known any more: cancel it at the carrier.', '');
  const parts = await forEachPart(namesOf(of), async (name): Promise<Undone> => ({ package: name, outcome: await undo(carrier, opened.value, access, { name, command: command.follows!.id, of }) }));
  const blocked = parts.map(({ outcome }) => (outcome.ok ? undefined : outcome.error)).find((error) => error !== undefined && mayPass(error));
  if (blocked !== undefined) return withoutCode(blocked);
  const answer: BookingAnswer = {
    gatehouse: 'cancellation', command: command.follows!.id, attempt: command.attempt, asked: asked.data, chosen: of.chosen ?? { carrier: 'UNKNOWN', code: 'UNKNOWN', reasons: [] }, files: [],
    parts: parts.map(({ package: name, outcome }) => (outcome.ok ? { package: name, shipment: outcome.value?.raw ?? null } : { package: name, shipment: null, error: outcome.error.message })),
  };
  const refusals = parts.filter((part) => !part.outcome.ok || standingOf(carrier, part)?.state === 'REJECTED');
  if (refusals.length === parts.length && parts.length > 0) return withoutCode(refusalOf(refusals[0]!));
  const packages = parts.map((part): Json => ({ id: part.package, refund: standingOf(carrier, part)?.raw ?? null, ...(part.outcome.ok ? {} : { error: part.outcome.error.message }) }));
  return { ok: true, value: { state: refusals.length > 0 ? 'PARTIAL' : 'DONE', result: { packages }, answers: [toAnswer(`cancellation-${command.attempt}`, answer)], files: [] } };
}

function namesOf({ parts, begun = {}, bought = {} }: BookingMemory): string[] {
  return [...new Set([...Object.keys(parts), ...Object.keys(begun), ...Object.keys(bought)])];
}

async function undo<Settings, Draft, Bought>(carrier: BookingCarrier<Settings, Draft, Bought>, calls: BookingCalls<Draft, Bought>, access: Access<Settings>, { name, command, of }: { name: string; command: string; of: BookingMemory }): Promise<CarrierOutcome<Held<unknown> | null>> {
  if (carrier.guard === 'carrier') return calls.cancel(of.parts[name]!);
  const known = of.bought?.[name];
  if (known !== undefined) return calls.cancel(known);
  const begun = of.begun?.[name];
  if (begun === undefined) return { ok: true, value: null };
  const reference = `${command}/${name}`;
  const found = await foundBefore({ calls, carrier, access }, soughtOf(name, { reference, key: uuidOfName(reference) }, of), begun.atMs);
  return !found.ok || found.value === null ? found : calls.cancel(found.value.id);
}

function standingOf<Settings, Draft, Bought>(carrier: BookingCarrier<Settings, Draft, Bought>, { outcome }: Undone): BookedParcel['cancellation'] {
  return outcome.ok && outcome.value !== null ? (carrier.readKept(outcome.value.raw)?.cancellation ?? null) : null;
}

function refusalOf({ outcome }: Undone): CarrierError {
  return outcome.ok ? refused('invalid', 'The carrier rejected the cancellation.').error : outcome.error;
}

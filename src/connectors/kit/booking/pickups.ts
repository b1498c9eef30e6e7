import { z } from 'zod';
import type { Json } from '../../../lib/json.js';
import type { Access, CommandMemory, OutboundCommand, Outcome, Performed } from '../../contract.js';
import { failure } from '../http.js';
import { toAnswer } from './answers.js';
import { mayHaveHappened, withoutCode, type CarrierOutcome } from './errors.js';
import type { Held } from './carrier.js';
import { foundBegun } from './found-before.js';
import { askedOf, askedPickup, type AskedPickup, type PickupAnswer } from './pickup-answers.js';
import type { PickupCalls, PickupCarrier, ScheduledPickup, SoughtPickup, WantedPickup } from './pickup-carrier.js';

const pickupMemory = z.object({
  asked: askedPickup,
  parts: z.array(z.object({ externalId: z.string(), trackingNumber: z.string(), service: z.string(), country: z.string() })),
  /** Id of the draft: it costs nothing. */
  draft: z.string().optional(),
  /** When a call that costs was first begun, and when it was begun, or ended, last; absent where none was that is not known to have failed. */
  begun: z.object({ firstMs: z.number(), lastMs: z.number() }).optional(),
  scheduled: z.object({ id: z.string(), raw: z.json() }).optional(),
});
type PickupMemory = z.infer<typeof pickupMemory>;

/** Has a carrier come and fetch, once: what was begun before is found out first. */
export async function schedulePickup<Settings>(carrier: PickupCarrier<Settings>, access: Access<Settings>, command: OutboundCommand<'pickup.schedule'>, memory: CommandMemory): Promise<Outcome<Performed>> {
  const opened = carrier.openPickups(access, command.timeoutMs);
  if (!opened.ok) return opened;
  const lack = carrier.lacksForPickup?.(command.input, access.settings) ?? null;
  if (lack !== null) return failure('invalid', lack.message, '');
  const read = pickupMemory.safeParse(memory.value ?? { asked: askedOf(command.input), parts: command.input.parts });
  if (!read.success) return failure('invalid', memory.value === null ? `This is more than a pickup remembers: ${read.error.issues[0]!.path.join('.')} is too long.` : `What was begun of this pickup cannot be read: ask ${carrier.name} whether somebody comes.`, '');
  const state: PickupMemory = read.data;
  if (state.scheduled === undefined) {
    const made = await scheduleOnce({ carrier, access, calls: opened.value, of: { input: command.input, reference: command.id }, state, memory });
    if (!made.ok) return withoutCode(made.error);
    state.scheduled = { id: made.value.id, raw: made.value.raw as Json };
    await memory.remember(state as unknown as Json);
  }
  const kept = carrier.readPickup(state.scheduled.raw);
  if (kept === null) return failure('unparseable', `${carrier.name} answered with something that is no pickup.`, '');
  if (kept.state === 'FAILED') return failure('invalid', `${carrier.name} does not come: ${kept.message ?? kept.rawState}.`, '');
  return performed('pickup', command.id, command.attempt, state.asked, state.scheduled, { state: kept.state, confirmation: kept.confirmation ?? null });
}

/** Calls off what a pickup command scheduled. */
export async function cancelPickup<Settings>(carrier: PickupCarrier<Settings>, access: Access<Settings>, command: OutboundCommand<'pickup.cancel'>): Promise<Outcome<Performed>> {
  const opened = carrier.openPickups(access, command.timeoutMs);
  if (!opened.ok) return opened;
  const calls = opened.value;
  const nothing: Outcome<Performed> = { ok: true, value: { state: 'DONE', result: { state: 'NOT_SCHEDULED' }, answers: [], files: [] } };
  // It was given up before anything was begun at the carrier.
  if (command.follows?.memory === null) return nothing;
  const state = pickupMemory.safeParse(command.follows?.memory ?? null).data;
  if (state === undefined) return failure('invalid', 'What was scheduled is not known any more: call it off at the carrier.', '');
  const standing = await standingOf(carrier, access, calls, command.follows!.id, state);
  if (!standing.ok) return withoutCode(standing.error);
  if (standing.value === null) return nothing;
  if (calls.cancel === undefined) return failure('invalid', `${carrier.name} takes no cancellation of a pickup over its API: call it off there.`, '');
  const cancelled = await calls.cancel(standing.value);
  if (!cancelled.ok) return withoutCode(cancelled.error);
  if (cancelled.value === null) return nothing;
  const kept = carrier.readPickup(cancelled.value.raw);
  if (kept === null) return failure('unparseable', `${carrier.name} answered with something that is no pickup.`, '');
  if (kept.state === 'SCHEDULED') return failure('invalid', `${carrier.name} did not call the pickup off: ${kept.message ?? kept.rawState}.`, '');
  return performed('pickup-cancellation', command.follows!.id, command.attempt, state.asked, cancelled.value, { state: kept.state });
}

interface Scheduling<Settings> {
  carrier: PickupCarrier<Settings>;
  access: Access<Settings>;
  calls: PickupCalls;
  of: WantedPickup;
  state: PickupMemory;
  memory: CommandMemory;
}

async function scheduleOnce<Settings>({ carrier, access, calls, of, state, memory }: Scheduling<Settings>): Promise<CarrierOutcome<Held<unknown>>> {
  const remember = () => memory.remember(structuredClone(state) as unknown as Json);
  const before = await foundBefore(carrier, access, calls, of.reference, state);
  if (!before.ok) return before;
  if (before.value !== null) return { ok: true, value: before.value };
  const rememberDraft = async (id: string) => {
    if (state.draft === id) return;
    state.draft = id;
    await remember();
  };
  const draft = (await calls.draft?.(of, state.draft ?? null, rememberDraft)) ?? null;
  if (draft?.ok === false) return draft;
  if (draft !== null) state.draft = draft.value.id;
  state.begun = { firstMs: state.begun?.firstMs ?? Date.now(), lastMs: Date.now() };
  // Before anything that costs money: a draft costs none, so that it and the beginning are one write.
  await remember();
  const made = await calls.schedule(of, draft?.value ?? null);
  if (made.ok || carrier.guard === 'carrier') return made;
  if (mayHaveHappened(made.error)) state.begun.lastMs = Date.now();
  else delete state.begun;
  await remember();
  if (state.begun === undefined) return made;
  const after = await foundBefore(carrier, access, calls, of.reference, state);
  if (after.ok && after.value !== null) return { ok: true, value: after.value };
  if (!after.ok && after.error.kind === 'invalid') return after;
  // What was said of the call tells more than that nothing is to be seen of it yet.
  return { ok: false, error: { ...made.error, kind: 'unavailable' } };
}

/** What a call that was begun has scheduled; null where it is certain that it scheduled nothing, or the carrier itself keeps it from being done twice. */
async function foundBefore<Settings>(carrier: PickupCarrier<Settings>, access: Access<Settings>, calls: PickupCalls, reference: string, { begun, asked, parts, draft }: PickupMemory): Promise<CarrierOutcome<Held<unknown> | null>> {
  if (begun === undefined || carrier.guard === 'carrier') return { ok: true, value: null };
  const sought: SoughtPickup = { reference, asked: asked as AskedPickup, parts, draftId: draft ?? null, sinceMs: begun.firstMs };
  return foundBegun({
    name: carrier.name, guard: carrier.guard, settleMs: carrier.settleMs?.(access.settings) ?? 0, atMs: begun.lastMs, madeId: null, find: calls.find === undefined ? undefined : () => calls.find!(sought),
    thing: 'the pickup', done: 'scheduled', advice: `Ask there whether somebody comes (our reference is ${reference}); if not, discard this and schedule anew.`,
  });
}

/** What there is to call off; null where nothing was scheduled. */
async function standingOf<Settings>(carrier: PickupCarrier<Settings>, access: Access<Settings>, calls: PickupCalls, reference: string, state: PickupMemory): Promise<CarrierOutcome<ScheduledPickup | null>> {
  if (state.scheduled !== undefined) return { ok: true, value: state.scheduled };
  // A draft is called off as what it became is: whoever holds it knows which it is.
  if (carrier.guard === 'carrier') return { ok: true, value: state.draft === undefined ? null : { id: state.draft, raw: null } };
  return foundBefore(carrier, access, calls, reference, state);
}

function performed(kind: PickupAnswer['gatehouse'], command: string, attempt: number, asked: PickupAnswer['asked'], { raw }: { raw: unknown }, result: Json): Outcome<Performed> {
  const answer: PickupAnswer = { gatehouse: kind, command, attempt, asked, pickup: raw };
  return { ok: true, value: { state: 'DONE', result, answers: [toAnswer(`${kind}-${attempt}`, answer)], files: [] } };
}

import { labelsOf, type Buying, type PartInHand } from './buying.js';
import type { Held, PackageToBook, SoughtPackage } from './carrier.js';
import { mayHaveHappened, type CarrierOutcome } from './errors.js';
import { foundBegun } from './found-before.js';
import { rememberGiven, takeGiven, voidUnusable } from './given-once.js';
import type { BookingMemory } from './memory.js';

/** Buys one package unless that was done before, and fetches its label. What went wrong is in the part. */
export async function buyOnce<Settings, Draft, Bought>(context: Buying<Settings, Draft, Bought>, part: PartInHand<Draft, Bought>): Promise<void> {
  const { calls, carrier } = context;
  if (part.bought === null && takeGiven(context, part)) return;
  if (part.bought === null) {
    const bought = carrier.guard === 'carrier' ? await calls.buy(part.of, part.draft, context.service) : await buyGuarded(context, part);
    if (!bought.ok) {
      part.error = bought.error;
      return;
    }
    part.bought = bought.value;
  }
  // Taken already, in the write that remembers the purchase.
  if (part.files.length > 0) return;
  const labels = await labelsOf(context, part, part.bought);
  if (labels.ok) part.files = labels.value;
  else part.error = labels.error;
}

/** What is known of a package by what the booking remembers. */
export function soughtOf(name: string, names: Pick<PackageToBook, 'reference' | 'key'>, remembered: BookingMemory): SoughtPackage {
  return { package: name, reference: names.reference, key: names.key, draftId: remembered.parts[name] ?? null, boughtId: remembered.bought?.[name] ?? null, by: remembered.begun?.[name]?.by ?? null, voided: remembered.voided?.[name] ?? [] };
}

async function buyGuarded<Settings, Draft, Bought>(context: Buying<Settings, Draft, Bought>, part: PartInHand<Draft, Bought>): Promise<CarrierOutcome<Held<Bought>>> {
  const { calls, keeper, service } = context;
  const name = part.of.package.id;
  const state = keeper.state;
  const begun = (state.begun ??= {});
  const done = (state.bought ??= {});
  if (begun[name] !== undefined || done[name] !== undefined) {
    const before = await foundBefore(context, soughtOf(name, part.of, state), begun[name]?.atMs ?? null);
    if (!before.ok) return before;
    if (before.value !== null && (state.voiding?.[name] === true || !isToBeKept(context, before.value))) {
      const standing = await voidUnusable(context, name, before.value);
      if (standing !== null) return standing;
    } else if (before.value !== null) return kept(context, part, before.value);
  }
  if (part.draft === null && calls.draft !== undefined) {
    const draft = await calls.draft(part.of, state.parts[name] ?? null);
    if (!draft.ok) return draft;
    part.draft = draft.value;
    state.parts[name] = draft.value.id;
  }
  const by = calls.offerOf?.(part.draft, service);
  begun[name] = { atMs: Date.now(), ...(by === undefined ? {} : { by }) };
  await keeper.save();
  const bought = await calls.buy(part.of, part.draft, service);
  if (bought.ok) return kept(context, part, bought.value);
  if (!mayHaveHappened(bought.error)) {
    delete begun[name];
    await keeper.save();
    return bought;
  }
  begun[name]!.atMs = Date.now();
  await keeper.save();
  const after = await foundBefore(context, soughtOf(name, part.of, state), begun[name]!.atMs);
  // What is of no use is voided by the next attempt: this one's time may be over.
  if (after.ok && after.value !== null && isToBeKept(context, after.value)) return kept(context, part, after.value);
  if (!after.ok && after.error.kind === 'invalid') return after;
  // What was said of the purchase tells more than that nothing is to be seen of it yet.
  return { ok: false, error: { ...bought.error, kind: 'unavailable' } };
}

function isToBeKept<Settings, Draft, Bought>({ calls, carrier, access }: Buying<Settings, Draft, Bought>, found: Held<Bought>): boolean {
  return calls.isUsable?.(found) !== false || carrier.voidsUnusable?.(access.settings) === false;
}

async function kept<Settings, Draft, Bought>(context: Buying<Settings, Draft, Bought>, part: PartInHand<Draft, Bought>, bought: Held<Bought>): Promise<CarrierOutcome<Held<Bought>>> {
  const { keeper } = context;
  const name = part.of.package.id;
  if (keeper.state.bought![name] !== bought.id) {
    keeper.state.bought![name] = bought.id;
    await rememberGiven(context, part, bought);
    await keeper.save();
  }
  return { ok: true, value: bought };
}

/**
 * What a purchase that was begun has bought; null where it is certain that it bought nothing.
 * @param atMs when the purchase was tried last; null: it is known to have succeeded
 */
export function foundBefore<Settings, Draft, Bought>({ calls, carrier, access }: Pick<Buying<Settings, Draft, Bought>, 'calls' | 'carrier' | 'access'>, of: SoughtPackage, atMs: number | null): Promise<CarrierOutcome<Held<Bought> | null>> {
  return foundBegun({
    name: carrier.name, guard: carrier.guard, settleMs: carrier.settleMs?.(access.settings) ?? 0, isFindingBelieved: carrier.isFindingBelieved?.(access.settings) === true, atMs, madeId: of.boughtId,
    find: calls.find === undefined ? undefined : () => calls.find!(of), thing: `package ${of.package}`, done: 'booked',
    advice: `Look for the reference ${of.reference} there (${of.key.replaceAll('-', '')} where references are short); if nothing was booked, discard this and book anew.`,
  });
}

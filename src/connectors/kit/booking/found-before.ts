import type { Guard } from './carrier.js';
import { mayPass, refused, type CarrierError, type CarrierOutcome } from './errors.js';

/** A costly call that was begun, and whose answer is not known. */
export interface Begun<T> {
  /** Of the carrier, for people. */
  name: string;
  guard: Guard;
  /** Milliseconds after the last call until a look-up that finds nothing is believed, or given up. */
  settleMs: number;
  isFindingBelieved?: boolean;
  /** When it was tried last; null: it is known to have succeeded. */
  atMs: number | null;
  /** What it is known to have made; null where that is not known. */
  madeId: string | null;
  find: (() => Promise<CarrierOutcome<T | null>>) | undefined;
  /** What it is about, and what became of it if the call did its work: `package A`, `booked`. */
  thing: string;
  done: string;
  /** What a person does about it. */
  advice: string;
}

/** What a call that was begun has made; null where it is certain that it made nothing. */
export async function foundBegun<T>(begun: Begun<T>): Promise<CarrierOutcome<T | null>> {
  const { name, guard, find, madeId, atMs, thing, done } = begun;
  if (find === undefined || (guard !== 'look-up' && guard !== 'may-find' && madeId === null)) return uncertain(begun, 'did not answer, and cannot be asked');
  const found = await find();
  const leftMs = (atMs ?? 0) + begun.settleMs - Date.now();
  if (!found.ok) {
    if (mayPass(found.error)) return found;
    // That it cannot be looked for says nothing of whether it was made; and what is refused for good is asked in vain.
    return found.error.kind === 'invalid' && leftMs <= 0 ? uncertain(begun, `did not answer, and does not tell (${found.error.message})`) : { ok: false, error: { ...found.error, kind: 'unavailable' } };
  }
  if (found.value !== null) return found;
  if (madeId !== null) return refused('invalid', `${name} no longer knows ${madeId}, by which ${thing} was ${done}.`);
  if (leftMs <= 0) return guard === 'may-find' && begun.isFindingBelieved !== true ? uncertain(begun, 'did not answer, and does not show it') : found;
  const { error } = refused('unavailable', `Whether ${thing} was ${done} is not to be seen yet: ${name} is asked again.`);
  return { ok: false, error: { ...error, retryAfter: Math.max(1, Math.ceil(leftMs / 1000)), onlyThisCommand: true } };
}

/** For a person to look at: to do it again could do it twice. */
function uncertain<T>({ thing, done, name, advice }: Begun<T>, why: string): { ok: false; error: CarrierError } {
  return refused('invalid', `${thing.replace(/^./, (first) => first.toUpperCase())} may have been ${done}: ${name} ${why}. ${advice}`);
}

import type { Json } from '../../../lib/json.js';
import { labelsOf, type Buying, type PartInHand } from './buying.js';
import type { Held } from './carrier.js';
import { mayPass, type CarrierOutcome } from './errors.js';

/** Bytes of files that a booking remembers at most, in base64: of a booking of very many packages the others are voided and bought anew where they are lost. */
const mostRemembered = 4 * 1024 * 1024;

/** Of a carrier that gives a label once: takes what came with the purchase, to be remembered in the write that remembers the purchase. */
export async function rememberGiven<Settings, Draft, Bought>(context: Buying<Settings, Draft, Bought>, part: PartInHand<Draft, Bought>, bought: Held<Bought>): Promise<void> {
  const { calls, keeper: { state } } = context;
  if (calls.isUsable?.(bought) !== true) return;
  const labels = await labelsOf(context, part, bought);
  if (!labels.ok) return;
  part.files = labels.value;
  const files = labels.value.map(({ file: { documentId, mediaType, content }, kept }) => ({ documentId, mediaType, content: Buffer.from(content).toString('base64'), kept }));
  const given = (state.given ??= {});
  const remembered = [...Object.values(given).flatMap((each) => each.files), ...files].reduce((sum, file) => sum + file.content.length, 0);
  if (remembered <= mostRemembered) given[part.of.package.id] = { raw: bought.raw as Json, files };
}

/** Gives a package what an earlier attempt bought for it, as it was remembered. False where nothing was. */
export function takeGiven<Settings, Draft, Bought>({ keeper: { state } }: Buying<Settings, Draft, Bought>, part: PartInHand<Draft, Bought>): boolean {
  const name = part.of.package.id;
  const [given, id] = [state.given?.[name], state.bought?.[name]];
  if (given === undefined || id === undefined) return false;
  // Nothing is asked of it any more: its files are here.
  part.bought = { id, read: undefined as never, raw: given.raw };
  part.files = given.files.map(({ documentId, mediaType, content, kept }) => ({ file: { documentId, mediaType, content: Buffer.from(content, 'base64') }, kept }));
  return true;
}

/**
 * Voids what was bought and is of no use. That it begins is remembered before: once the carrier has voided it, it may no longer show it.
 * @returns null where it is void, and is to be bought anew; what stands where the carrier does not void it; an error that may pass
 */
export async function voidUnusable<Settings, Draft, Bought>({ calls, carrier, keeper }: Buying<Settings, Draft, Bought>, name: string, found: Held<Bought>): Promise<CarrierOutcome<Held<Bought>> | null> {
  const { state } = keeper;
  const [voiding, bought] = [(state.voiding ??= {}), (state.bought ??= {})];
  voiding[name] = true;
  bought[name] = found.id;
  await keeper.save();
  const undone = await calls.cancel(found.id);
  if (!undone.ok && mayPass(undone.error)) return undone;
  delete voiding[name];
  const isVoid = undone.ok && carrier.readKept(undone.value.raw)?.cancellation?.state === 'DONE';
  if (isVoid) {
    ((state.voided ??= {})[name] ??= []).push(found.id);
    delete bought[name];
    delete state.begun?.[name];
  }
  await keeper.save();
  return isVoid ? null : { ok: true, value: found };
}

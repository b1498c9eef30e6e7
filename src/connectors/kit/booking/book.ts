import { uuidOfName } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import { chooseRate } from '../../../model/booking-rules.js';
import type { BookingInput } from '../../../model/commands.js';
import { choiceRequest } from '../../../model/freight.js';
import type { Access, CommandMemory, OutboundCommand, Outcome, Performed } from '../../contract.js';
import { failure } from '../http.js';
import { refusedAddress } from './address-check.js';
import { toAnswer, type AskedRecord, type BookingAnswer } from './answers.js';
import { buyOnce } from './buy-once.js';
import type { PartInHand } from './buying.js';
import type { BookingCalls, BookingCarrier, Held, PackageToBook, Service } from './carrier.js';
import { mayPass, refused, withoutCode, type CarrierError, type CarrierOutcome } from './errors.js';
import { defaultFormat } from './files.js';
import { MemoryKeeper, readMemory, type BookingMemory } from './memory.js';
import { forEachPart } from './parts.js';
import { commonRates, type PackageRate } from './rates.js';

export type BookingCommand = OutboundCommand<'shipment.book' | 'return.book'>;

/**
 * Books every package as a shipment of its own, with its own tracking number: draft where there are drafts (costs
 * nothing), remember, choose, remember, buy, fetch labels. Every step finds out what was done before, so that the
 * command may be repeated at any place; see `BookingCarrier` for how each family does.
 */
export async function book<Settings, Draft, Bought>(carrier: BookingCarrier<Settings, Draft, Bought>, access: Access<Settings>, command: BookingCommand, memory: CommandMemory): Promise<Outcome<Performed>> {
  const opened = carrier.open(access, command.timeoutMs);
  if (!opened.ok) return opened;
  const calls = opened.value;
  const { input } = command;
  // By its id is remembered what stands for it: of two with one id, one would be bought again.
  if (new Set(input.packages.map((each) => each.id)).size < input.packages.length) return failure('invalid', 'Two packages have the same id.', '');
  // A key of that name is no key of a record: what stands for the package would be forgotten, and bought again.
  if (input.packages.some((each) => each.id === '__proto__')) return failure('invalid', 'A package cannot be called __proto__.', '');
  const lack = carrier.lacks?.(input, access.settings) ?? null;
  if (lack !== null) return failure('invalid', lack.message, '');
  const isReturn = command.kind === 'return.book';
  // Once something is begun it is too late to ask.
  const refusal = memory.value === null ? await refusedAddress(carrier.addresses, access, input.to, command.timeoutMs) : null;
  if (refusal !== null) return refusal;
  const begun = readMemory(memory.value);
  // Begun anew, it would be bought again.
  if (memory.value !== null && begun === null) return failure('invalid', `What was begun of this booking cannot be read: look for ${command.id} at ${carrier.name}.`, '');
  const keeper = new MemoryKeeper(memory, begun ?? { parts: {}, chosen: null, asked: askedOf(input, isReturn) as unknown as Json });
  const remembered = keeper.state;
  const known = JSON.stringify(remembered.parts);
  const parts = await prepare(calls, command, keeper, isReturn);
  const blocked = firstThatMayPass(parts);
  const choice = blocked !== undefined || remembered.chosen !== null ? null : await choose(calls, parts, input, access.connection);
  if (choice?.ok === true) remembered.chosen = choice.value;
  // Before anything that costs money: drafts cost none, so that they and the choice are one write.
  if (choice?.ok === true || JSON.stringify(remembered.parts) !== known) await keeper.save();
  if (blocked !== undefined) return withoutCode(blocked);
  if (choice?.ok === false) return withoutCode(choice.error);
  const chosen = remembered.chosen!;
  const context = { calls, carrier, access, keeper, command: command.id, isReturn, service: chosen };
  await forEachPart(parts.filter((part) => part.error === undefined), (part) => buyOnce(context, part));
  const waiting = firstThatMayPass(parts);
  if (waiting !== undefined) return withoutCode(waiting);
  const failed = parts.filter((part) => part.error !== undefined);
  if (failed.length === parts.length && !parts.some((part) => part.bought !== null)) return withoutCode(failed[0]!.error!);
  return { ok: true, value: performed(carrier, command, parts, remembered, chosen) };
}

/** A package by the names that it has at the carrier. @param command null: of a quote */
export function packageOf(command: string | null, of: BookingInput['packages'][number], request: BookingInput, isReturn: boolean): PackageToBook {
  const reference = `${command ?? 'quote'}/${of.id}`;
  return { package: of, request, isReturn, isQuote: command === null, format: request.options?.labelFormat ?? defaultFormat, reference, key: uuidOfName(reference) };
}

/** What the booking's record says of what was asked for. */
export function askedOf(input: BookingInput, isReturn: boolean): AskedRecord {
  return { isReturn, references: input.references, ...(input.quoted === undefined ? {} : { quoted: input.quoted }), ...(input.quote === undefined ? {} : { quote: input.quote }) };
}

/** A draft for every package that has none yet, not remembered yet. Those of before are read, as they may be bought. */
function prepare<Draft, Bought>(calls: BookingCalls<Draft, Bought>, command: BookingCommand, keeper: MemoryKeeper, isReturn: boolean): Promise<Array<PartInHand<Draft, Bought>>> {
  const { parts: drafts } = keeper.state;
  return forEachPart(command.input.packages, async (each): Promise<PartInHand<Draft, Bought>> => {
    const of = packageOf(command.id, each, command.input, isReturn);
    // What may have been bought is looked for first, and needs its draft only where it was not.
    const isBegun = keeper.state.chosen !== null && (keeper.state.bought?.[each.id] !== undefined || keeper.state.begun?.[each.id] !== undefined);
    if (calls.draft === undefined || isBegun) return { of, draft: null, bought: null, files: [] };
    const made = await calls.draft(of, drafts[each.id] ?? null);
    if (!made.ok) return { of, draft: null, bought: null, files: [], error: made.error };
    drafts[each.id] = made.value.id;
    return { of, draft: made.value, bought: calls.boughtFrom?.(made.value) ?? null, files: [] };
  });
}

/** What is chosen is remembered before anything is bought: whatever is repeated later goes by the same service. */
async function choose<Draft, Bought>(calls: BookingCalls<Draft, Bought>, parts: ReadonlyArray<PartInHand<Draft, Bought>>, input: BookingInput, connection: string): Promise<CarrierOutcome<NonNullable<BookingMemory['chosen']>>> {
  if (input.service !== undefined) return { ok: true, value: { ...input.service, reasons: [`${input.service.carrier}/${input.service.code} was asked for.`] } };
  const alive = parts.filter((part) => part.error === undefined);
  const asked = await ratesOf(calls, alive);
  if (!asked.ok) return asked;
  const { rate, reasons } = chooseRate(commonRates(asked.value, connection), choiceRequest(input), input.basis ?? { rules: [], onTime: [] });
  if (rate !== null) return { ok: true, value: { carrier: rate.carrier, code: rate.service, reasons } };
  const first = parts.find((part) => part.error !== undefined)?.error;
  return { ok: false, error: first ?? nothingOffered(calls, alive.map((part) => part.draft), reasons) };
}

/** Rates of each of these packages. */
export async function ratesOf<Draft, Bought>(calls: BookingCalls<Draft, Bought>, parts: ReadonlyArray<{ of: PackageToBook; draft: Held<Draft> | null }>): Promise<CarrierOutcome<PackageRate[][]>> {
  const asked = await forEachPart(parts, ({ of, draft }) => calls.rates(of, draft));
  const failed = asked.find((one) => !one.ok);
  return failed !== undefined && !failed.ok ? failed : { ok: true, value: asked.flatMap((one) => (one.ok ? [one.value] : [])) };
}

function nothingOffered<Draft, Bought>(calls: BookingCalls<Draft, Bought>, drafts: ReadonlyArray<Held<Draft> | null>, reasons: readonly string[]): CarrierError {
  const why = drafts.map((draft) => (draft === null ? '' : (calls.whyNoRate?.(draft) ?? ''))).filter((text) => text !== '');
  return refused('invalid', [...reasons, ...why].join(' ').slice(0, 1000)).error;
}

function firstThatMayPass(parts: ReadonlyArray<{ error?: CarrierError }>): CarrierError | undefined {
  return parts.map((part) => part.error).find((error) => error !== undefined && mayPass(error));
}

function performed<Settings, Draft, Bought>(carrier: BookingCarrier<Settings, Draft, Bought>, command: BookingCommand, parts: ReadonlyArray<PartInHand<Draft, Bought>>, remembered: BookingMemory, chosen: Service & { reasons: string[] }): Performed {
  const files = parts.flatMap((part) => part.files);
  const objects = parts.map((part) => part.bought?.raw ?? part.draft?.raw ?? null);
  const errorOf = (part: PartInHand<Draft, Bought>): { [name: string]: string } => (part.error === undefined ? {} : { error: part.error.message });
  const answer: BookingAnswer = {
    gatehouse: 'booking', command: command.id, attempt: command.attempt, asked: remembered.asked as unknown as AskedRecord, chosen, files: files.map((each) => each.kept),
    parts: parts.map((part, place) => ({ package: part.of.package.id, shipment: objects[place] ?? null, ...errorOf(part) })),
  };
  const packages = parts.map((part, place): Json => ({
    id: part.of.package.id, trackingNumber: carrier.readKept(objects[place])?.trackingNumber ?? null, ...errorOf(part), documents: part.files.map((each) => each.file.documentId),
  }));
  return {
    state: parts.some((part) => part.error !== undefined) ? 'PARTIAL' : 'DONE',
    result: { carrier: chosen.carrier, service: chosen.code, packages },
    answers: [toAnswer(`booking-${command.attempt}`, answer)],
    files: files.map((each) => each.file),
  };
}

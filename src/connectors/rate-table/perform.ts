import type { Json } from '../../lib/json.js';
import type { CommandKind } from '../../model/commands.js';
import type { Access, CommandMemory, FurtherCommand, OutboundCommand, Outcome, Perform, Performed, Quote } from '../contract.js';
import { askedOf, packageOf } from '../kit/booking/book.js';
import { readMemory } from '../kit/booking/memory.js';
import { performBy, quoteBy } from '../kit/booking/perform.js';
import { failure } from '../kit/http.js';
import { sendLaterReply } from '../kit/transports/later.js';
import { carrierOf, dayOf, lacks, lacksToBegin, type Context } from './carrier.js';
import { NumbersUsedUp, parcelNumber, seriesOf } from './numbers.js';
import type { RateTableSettings } from './settings.js';
import { tenderOf, withdrawalOf, type Numbers } from './tender.js';

const booking = ['shipment.book', 'return.book', 'booking.cancel', 'manifest.create'] as const;
type Commands = { [K in CommandKind]: OutboundCommand<K> }[CommandKind];

export const quote: Quote<RateTableSettings> = {
  rates: (access, request, timeoutMs) => quoteBy(carrierOf({ atMs: Date.now(), ofPackage: () => null })).rates(access, request, timeoutMs),
};

export const perform: Perform<RateTableSettings> = {
  commands: [...booking, 'receipt.send'],
  lacks: lacksToBegin,
  async perform<K extends CommandKind>(access: Access<RateTableSettings>, given: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
    const command = given as unknown as Commands;
    if (command.kind === 'receipt.send') return sendLaterReply(access, command.input, command.timeoutMs);
    if (command.kind === 'shipment.book' || command.kind === 'return.book') {
      const drawn = await drawNumbers(access, command, memory);
      if (!drawn.ok) return drawn;
    }
    const context: Context = { atMs: acceptedAt(command.id), ofPackage: (name) => packageAt(command, memory, name) };
    // Before a service was chosen nobody was told of the numbers that were drawn.
    const isUntold = command.kind === 'booking.cancel' && command.follows !== undefined && (readMemory(command.follows.memory)?.chosen ?? null) === null;
    const followed = isUntold ? { ...command, follows: { ...command.follows!, memory: null } } : command;
    const outcome = await performBy(carrierOf(context), booking).perform(access, followed as OutboundCommand, memory);
    return outcome.ok ? { ok: true, value: { ...outcome.value, further: furtherOf(access.settings, followed, memory, context) } } : outcome;
  },
};

/** What the carrier's EDI is told. */
function furtherOf(settings: RateTableSettings, command: Commands, memory: CommandMemory, context: Context): FurtherCommand[] {
  const numbersOf = (value: Json | null): Numbers => {
    const { parts = {}, bought = {} } = readMemory(value) ?? {};
    return { drawn: Object.values(parts), booked: Object.values(bought) };
  };
  if (command.kind === 'shipment.book' || command.kind === 'return.book') return tenderOf(settings, command.input, numbersOf(memory.value), dayOf(settings, command.input, context));
  return command.kind === 'booking.cancel' ? withdrawalOf(settings, numbersOf(command.follows?.memory ?? null)) : [];
}

/** One number for each package, drawn and remembered in one transaction: whatever is repeated goes on with the same ones. */
async function drawNumbers({ settings }: Access<RateTableSettings>, command: OutboundCommand<'shipment.book' | 'return.book'>, memory: CommandMemory): Promise<Outcome<null>> {
  const [{ input }, { numbers }] = [command, settings];
  const ids = input.packages.map((each) => each.id);
  // What the kit refuses draws no numbers.
  if (memory.value !== null || lacks(input) !== null || new Set(ids).size < ids.length || ids.includes('__proto__')) return { ok: true, value: null };
  const lack = lacksToBegin(input, settings);
  if (lack !== null || numbers === undefined) return failure('invalid', lack?.message ?? '', '');
  try {
    await memory.draw(ids.map(() => seriesOf(numbers)), (drawn): Json => ({
      parts: Object.fromEntries(ids.map((id, place) => [id, parcelNumber(numbers, drawn[place]!)])), chosen: null, asked: askedOf(input, command.kind === 'return.book') as unknown as Json,
    }));
    return { ok: true, value: null };
  } catch (error) {
    if (error instanceof NumbersUsedUp) return failure('invalid', error.message, '');
    throw error;
  }
}

function packageAt(command: Commands, memory: CommandMemory, name: string): ReturnType<Context['ofPackage']> {
  if (command.kind !== 'shipment.book' && command.kind !== 'return.book') return null;
  const of = command.input.packages.find((each) => each.id === name);
  const chosen = readMemory(memory.value)?.chosen ?? null;
  return of === undefined || chosen === null ? null : { of: packageOf(command.id, of, command.input, command.kind === 'return.book'), service: chosen.code };
}

/** Ids of commands are UUIDv7, which begin with the milliseconds at which they were made. */
function acceptedAt(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

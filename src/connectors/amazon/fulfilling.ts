import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { CommandKind } from '../../model/commands.js';
import type { ShopTracking } from '../../model/shop.js';
import type { Access, CommandMemory, ConnectorError, OutboundCommand, Outcome, Perform, Performed } from '../contract.js';
import { failure } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';
import { AmazonApi } from './api.js';
import { carriers } from './codes.js';
import { isNothingLeft } from './errors.js';
import { inPieces, isShown, packagesShown, plannedPackage, renumbered, shareOut, type PlannedPackage } from './packages.js';
import type { Order } from './payloads.js';
import type { AmazonSettings } from './settings.js';

/** What a command remembers: the packages it tells of, and of which of them telling was begun, and ended well. */
const memorySchema = z.object({ packages: z.array(plannedPackage), shippedAt: z.string(), begunAtMs: z.number().nullable(), told: z.array(z.string()), done: z.boolean() });
type Memory = z.infer<typeof memorySchema>;

type Command = OutboundCommand<'shop.fulfil'> | OutboundCommand<'shop.track'>;

/** Seconds, unless set otherwise. */
const settleSeconds = 900;

/**
 * Confirmations of what has left: one for each tracking number, under a name that follows from the command. Amazon takes a second
 * confirmation of the same name for a change of that package, so that repeating one, whatever became of it, makes no second package.
 * What was told is besides looked for among the packages of the order before it is told again.
 */
export const perform: Perform<AmazonSettings> = {
  commands: ['shop.fulfil', 'shop.track'],
  async perform<K extends CommandKind>(access: Access<AmazonSettings>, given: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
    const command = given as unknown as Command;
    const remembered = memorySchema.safeParse(memory.value);
    if (remembered.success && remembered.data.done) return performed(command, remembered.data.packages, null);
    const { numbers, ...tracking } = command.input.tracking ?? { carrier: '', numbers: [] };
    if (numbers.length === 0) return withoutNumber(command, memory);
    const opened = AmazonApi.open(access, command.timeoutMs);
    if (!opened.ok) return opened;
    const read = await opened.value.order(command.input.order);
    if (!read.ok) return read;
    const order = read.value;
    if (order.programs?.includes('FBM_SHIP_PLUS') === true) return performed(command, [], 'Orders of Ship+ are confirmed by Amazon itself.');
    if (order.fulfillment?.fulfillmentStatus === 'CANCELLED') return failure('invalid', `Order ${order.orderId} was cancelled at Amazon.`, '');
    const planned = remembered.success ? remembered.data : plan(command, order, numbers);
    if (planned === null) return failure('invalid', 'Nothing of this delivery can be told: Amazon counts whole pieces of articles of the order, and is told of a change only after the delivery itself.', '');
    return tellAll(opened.value, access, command, order, tracking, planned, memory);
  },
};

/** People are told; what has left is remembered, so that it is confirmed when its number comes after all (`shop.track`). */
async function withoutNumber(command: Command, memory: CommandMemory): Promise<Outcome<Performed>> {
  const lines = command.kind === 'shop.fulfil' ? inPieces(command.input.lines) : null;
  if (lines !== null && command.kind === 'shop.fulfil') await memory.remember({ packages: shareOut(command.id, lines, ['']), shippedAt: command.input.shippedAt, begunAtMs: null, told: [], done: false });
  return failure('invalid', 'Amazon takes no confirmation without a tracking number. Enter the number at the delivery in Odoo, which has it confirmed, or confirm it in Seller Central.', '');
}

/** What is to be told, and remembered before the first call; null where there is nothing to tell. */
function plan(command: Command, order: Order, numbers: readonly string[]): Memory | null {
  const begin = (packages: PlannedPackage[], shippedAt: string): Memory | null => (packages.length === 0 ? null : { packages, shippedAt, begunAtMs: null, told: [], done: false });
  if (command.kind === 'shop.fulfil') {
    const lines = inPieces(command.input.lines);
    return lines === null ? null : begin(shareOut(command.id, lines, numbers), command.input.shippedAt);
  }
  const { of } = command.input;
  const kept = memorySchema.safeParse(command.follows?.memory);
  const shown = packagesShown(order, of);
  const isWhole = shown.length > 0 && shown.every(({ items }) => items.length > 0);
  return begin(renumbered(of, isWhole ? shown : kept.success ? kept.data.packages : [], numbers), kept.success ? kept.data.shippedAt : order.lastUpdatedTime);
}

async function tellAll(api: AmazonApi, { settings }: Access<AmazonSettings>, command: Command, order: Order, tracking: Omit<ShopTracking, 'numbers'>, planned: Memory, memory: CommandMemory): Promise<Outcome<Performed>> {
  let state = planned;
  const remember = async (change: Partial<Memory>) => {
    state = { ...state, ...change };
    await memory.remember(state as unknown as Json);
  };
  for (const each of planned.packages) {
    if (state.told.includes(each.reference) || isShown(order, each)) continue;
    const wasBegun = state.begunAtMs !== null;
    if (!wasBegun) await remember({ begunAtMs: Date.now() });
    const answer = await api.confirmShipment(order.orderId, bodyOf(order, each, tracking, state.shippedAt));
    if (!answer.ok) return { ok: false, error: wasBegun && isNothingLeft(answer.error) ? notShownYet(answer.error, state, settings) : answer.error };
    await remember({ told: [...state.told, each.reference] });
  }
  await remember({ done: true });
  return performed(command, state.packages, null);
}

/** Told before, its answer lost, and not to be seen yet: it is looked for again; after a time people look. */
function notShownYet(error: ConnectorError, { begunAtMs }: Memory, { settleSeconds: seconds }: AmazonSettings): ConnectorError {
  const leftMs = (begunAtMs ?? 0) + (seconds ?? settleSeconds) * 1_000 - Date.now();
  if (leftMs > 0) return { ...error, kind: 'unavailable', message: 'Amazon has taken it and does not show it yet: it is asked again.', retryAfter: Math.max(1, Math.min(60, Math.ceil(leftMs / 1_000))), onlyThisCommand: true };
  return { ...error, message: clip(`Amazon says that everything of the order was sent, and does not show this package: somebody may have confirmed it under another number. ${error.message}`, 500) };
}

function bodyOf(order: Order, { reference, number, items }: PlannedPackage, { carrier, carrierCode, service }: Omit<ShopTracking, 'numbers'>, shippedAt: string): Json {
  const known = rowOf(carriers, carrierCode ?? '');
  return {
    marketplaceId: order.salesChannel.marketplaceId ?? '',
    packageDetail: {
      packageReferenceId: reference, carrierCode: known ?? 'Other', carrierName: clip(known ?? (carrier === '' ? 'Other' : carrier), 100), ...(service === undefined ? {} : { shippingMethod: clip(service, 100) }),
      trackingNumber: number, shipDate: shippedAt, orderItems: items,
    },
  };
}

/** Amazon shows what it was told some minutes later: facts come by the next look. */
function performed({ input }: Command, packages: readonly PlannedPackage[], remark: string | null): Outcome<Performed> {
  const told = packages.map(({ reference, number }) => ({ reference, number }));
  const untold = (input.tracking?.numbers ?? []).filter((number) => packages.length > 0 && !packages.some((each) => each.number === number));
  return { ok: true, value: { state: 'DONE', result: { order: input.order, packages: told, ...(untold.length === 0 ? {} : { untold }), ...(remark === null ? {} : { remark }) }, answers: [], files: [] } };
}

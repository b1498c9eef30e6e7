import type { Json } from '../../lib/json.js';
import type { CommandKind } from '../../model/commands.js';
import type { ShopTracking } from '../../model/shop.js';
import type { Access, CommandMemory, OutboundCommand, Outcome, Perform, Performed } from '../contract.js';
import { failure } from '../kit/http.js';
import { amountOf } from '../kit/shop.js';
import { rowOf } from '../kit/table.js';
import { WooCommerceApi } from './api.js';
import { extensionCarriers, orderStates } from './codes.js';
import { markName, markOf, marksOn, trackingItems, trackingItemsKey, trackingItemsOn, withItems, type DeliveryMark } from './deliveries.js';
import { FulfilmentMemory } from './memory.js';
import { noteText, writeNoteOnce } from './notes.js';
import { refundedOf } from './orders.js';
import { eachOf, lineItem, order, product, type Order } from './payloads.js';
import type { WooCommerceSettings } from './settings.js';
import { answerOf, refundsOf } from './source.js';

type Command = OutboundCommand<'shop.fulfil'> | OutboundCommand<'shop.track'>;

/** Seconds, unless set otherwise. */
const settleSeconds = 120;

/** What is to stand at the shop after the command. */
interface Wanted {
  /** The command that told the delivery first: by it everything of the delivery is named there. */
  of: string;
  orderId: string;
  mark: DeliveryMark;
  tracking: ShopTracking | undefined;
  isChange: boolean;
}

/**
 * Fulfilment at WooCommerce, which knows none by itself: a mark on the order for each delivery, tracking numbers as the shop
 * wants them, and the status by what has left. The mark, the numbers and the status are one request that states what is to
 * stand there: repeated it changes nothing, and a repeat that finds the mark sends nothing. While the shop may still be at work on one
 * that nobody waited for, the command does not end: coming late, it would undo what the next command of the order states.
 */
export const perform: Perform<WooCommerceSettings> = {
  commands: ['shop.fulfil', 'shop.track'],
  async perform<K extends CommandKind>(access: Access<WooCommerceSettings>, given: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
    const command = given as unknown as Command;
    const opened = WooCommerceApi.open(access, command.timeoutMs);
    if (!opened.ok) return opened;
    const api = opened.value;
    const { order: orderId } = command.input;
    if (!/^\d{1,19}$/.test(orderId)) return failure('invalid', 'WooCommerce names its orders by whole numbers.', '');
    const before = await readOrder(api, orderId);
    if (!before.ok) return before;
    const wanted = wantedOf(command, before.value);
    const kept = new FulfilmentMemory(memory);
    const after = await marked(api, access.settings, before.value, wanted, kept);
    if (!after.ok) return after;
    const noted = await note(api, access.settings, wanted, kept);
    if (!noted.ok) return noted;
    const settled = kept.settled((access.settings.settleSeconds ?? settleSeconds) * 1_000);
    if (settled !== null) return { ok: false, error: settled };
    const refunds = await refundsOf(api, after.value);
    if (!refunds.ok) return refunds;
    return { ok: true, value: { state: 'DONE', result: { order: orderId, delivery: wanted.mark.delivery, status: after.value.status, numbers: wanted.mark.numbers }, answers: [answerOf(after.value, refunds.value)], files: [] } };
  },
};

function wantedOf(command: Command, at: Order): Wanted {
  if (command.kind === 'shop.fulfil') return { of: command.id, orderId: command.input.order, mark: markOf(command.input), tracking: command.input.tracking, isChange: false };
  const { of, tracking, order: orderId } = command.input;
  const known = marksOn(at).get(of) ?? { delivery: '', lines: {}, shippedAt: at.date_modified_gmt === null || at.date_modified_gmt === undefined ? '' : `${at.date_modified_gmt}Z`, numbers: [] };
  return { of, orderId, mark: { ...known, numbers: [...tracking.numbers] }, tracking, isChange: true };
}

async function readOrder(api: WooCommerceApi, id: string): Promise<Outcome<Order>> {
  return parsedOrder(await api.get(`/orders/${id}`));
}

function parsedOrder(answer: Outcome<unknown>): Outcome<Order> {
  if (!answer.ok) return answer;
  const parsed = order.safeParse(answer.value);
  return parsed.success ? { ok: true, value: parsed.data } : failure('unparseable', 'The shop answered with something that is no order.', '');
}

async function marked(api: WooCommerceApi, settings: WooCommerceSettings, before: Order, { of, orderId, mark, tracking }: Wanted, kept: FulfilmentMemory): Promise<Outcome<Order>> {
  const asExtension = settings.numbers === 'extension' || settings.numbers === 'both';
  const items = asExtension && tracking !== undefined ? trackingItems(of, mark, tracking, (code) => rowOf(extensionCarriers, code)) : [];
  const list = trackingItemsOn(before);
  const stands = JSON.stringify(marksOn(before).get(of)) === JSON.stringify(mark) && items.every((item) => list.some((each) => each['tracking_id'] === item['tracking_id'] && String(each['tracking_number']) === item['tracking_number']));
  if (stands) return { ok: true, value: before };
  const status = await statusAfter(api, settings, before, of, mark);
  if (!status.ok) return status;
  const meta: Json[] = [{ key: markName(of), value: JSON.stringify(mark) }, ...(items.length === 0 ? [] : [{ key: trackingItemsKey, value: withItems(list, of, items) as Json[] }])];
  return parsedOrder(await kept.whileUnsure(() => api.put(`/orders/${orderId}`, { meta_data: meta, ...(status.value === null ? {} : { status: status.value }) })));
}

/** What the order's status becomes with this delivery; null: it stays. One that was cancelled or ended is left as it is. */
async function statusAfter(api: WooCommerceApi, settings: WooCommerceSettings, before: Order, of: string, mark: DeliveryMark): Promise<Outcome<string | null>> {
  const state = rowOf(orderStates, before.status);
  if (state === 'CANCELLED' || state === 'REFUNDED' || state === 'CLOSED') return { ok: true, value: null };
  const missing = await isAnythingMissing(api, before, [...new Map([...marksOn(before), [of, mark]]).values()]);
  if (!missing.ok) return missing;
  const status = missing.value ? (settings.statusWhenPartlyShipped ?? 'none') : (settings.statusWhenShipped ?? 'completed');
  return { ok: true, value: status === 'none' || status === before.status ? null : status };
}

/** Whether any line has still to leave, by all deliveries together. What is no thing (a service, a download) never does. */
async function isAnythingMissing(api: WooCommerceApi, before: Order, marks: readonly DeliveryMark[]): Promise<Outcome<boolean>> {
  const refunds = await refundsOf(api, before);
  if (!refunds.ok) return refunds;
  const refunded = refundedOf(refunds.value);
  const sentOf = (line: string) => marks.reduce((sum, { lines }) => sum + (Object.hasOwn(lines, line) ? amountOf(lines[line]) : 0n), 0n);
  for (const line of eachOf(lineItem, before.line_items)) {
    if (sentOf(line.id) + (refunded.get(line.id) ?? 0n) >= amountOf(line.quantity)) continue;
    const [productId, variation] = [line.product_id ?? '0', line.variation_id ?? '0'];
    // A product that is gone was a thing.
    if (productId === '0') return { ok: true, value: true };
    const answer = await api.get(`/products/${productId}${variation === '0' ? '' : `/variations/${variation}`}`);
    if (!answer.ok && answer.error.kind !== 'invalid') return answer;
    if (!answer.ok || product.safeParse(answer.value).data?.virtual !== true) return { ok: true, value: true };
  }
  return { ok: true, value: false };
}

async function note(api: WooCommerceApi, settings: WooCommerceSettings, { orderId, mark, tracking, isChange }: Wanted, kept: FulfilmentMemory): Promise<Outcome<null>> {
  const asNote = settings.numbers === undefined || settings.numbers === 'note' || settings.numbers === 'both';
  if (!asNote || tracking === undefined || tracking.numbers.length === 0) return { ok: true, value: null };
  return writeNoteOnce(api, orderId, { text: noteText(mark.delivery, tracking, isChange), isForCustomer: (settings.noteFor ?? 'customer') === 'customer', settleMs: (settings.settleSeconds ?? settleSeconds) * 1_000 }, kept);
}

import type { NewCommand } from '../../../events/commands.js';
import { instant } from '../../../lib/clock.js';
import { sha256, uuidOfName, uuidv7 } from '../../../lib/ids.js';
import { canonicalJson } from '../../../lib/json.js';
import { fulfilledLines, trackingOf, type OdooOrderLine, type ShopDelivery } from '../../../model/shop-orders.js';
import type { ShopFulfilment, ShopPolicy, ShopTracking } from '../../../model/shop.js';
import type { FulfilmentRow, ShopOrderWithOdoo } from '../../../projections/shops.js';

const minuteMs = 60_000;
/** So long after a delivery was done the order in Odoo is waited for where it lacks a line of the delivery: a day. */
const behindMinutes = 1_440;

/** What a shop is told of the deliveries of one order. */
interface FulfilmentSteps {
  commands: NewCommand[];
  rows: FulfilmentRow[];
  /** ISO instant; null: there is nothing to wait for. */
  lookAgainAt: string | null;
}

/**
 * One fulfilment for each delivery that is done in Odoo, with what went out of each line, and the tracking numbers anew where they
 * changed. Nothing of orders that a marketplace delivers or that are called off, and nothing that the shop has as sent.
 * @param known what the shop was told of this order's deliveries
 * @param booked carrier and service that was booked, by transfer
 */
export function fulfilmentSteps(of: ShopOrderWithOdoo, { trackingMinutes }: ShopPolicy, known: readonly FulfilmentRow[], booked: ReadonlyMap<string, { carrier: string; service: string }>): FulfilmentSteps {
  const steps: FulfilmentSteps = { commands: [], rows: [], lookAgainAt: null };
  if (of.inOdoo === null || of.order.fulfilledBy === 'MARKETPLACE') return steps;
  const told = [...known];
  for (const delivery of of.inOdoo.deliveries.filter(({ state, doneAt }) => state === 'done' && doneAt !== null)) {
    const tracking = trackingOf(delivery, booked.get(delivery.transfer) ?? null);
    const row = known.find((each) => each.transfer === delivery.transfer);
    if (row !== undefined) {
      const changed = tracking === null ? null : trackStep(of, delivery, row, tracking);
      if (changed === null) continue;
      steps.commands.push(changed.command);
      steps.rows.push(changed.row);
      continue;
    }
    if (of.order.state === 'CANCELLED') continue;
    const waitsUntilMs = waitsUntil(of.inOdoo.lines, delivery, tracking, trackingMinutes);
    if (waitsUntilMs > Date.now()) {
      const at = instant(waitsUntilMs);
      if (steps.lookAgainAt === null || at < steps.lookAgainAt) steps.lookAgainAt = at;
      continue;
    }
    const first = fulfilStep(of, delivery, told, tracking);
    told.push(first.row);
    steps.rows.push(first.row);
    if (first.command !== null) steps.commands.push(first.command);
  }
  return steps;
}

/** Until when something may still come that belongs to what the shop is told, in ms; 0: everything is there. */
function waitsUntil(known: readonly OdooOrderLine[], { doneAt, carrier, lines }: ShopDelivery, tracking: ShopTracking | null, trackingMinutes: number): number {
  const doneMs = Date.parse(doneAt!);
  // What Odoo says of a delivery may come before what it says of the order, which then lacks a line of it.
  const isOrderBehind = lines.some(({ orderLineId, quantity }) => orderLineId !== undefined && Number(quantity) > 0 && !known.some(({ id }) => id === orderLineId));
  return Math.max(isOrderBehind ? doneMs + behindMinutes * minuteMs : 0, tracking === null && carrier !== null ? doneMs + trackingMinutes * minuteMs : 0);
}

function fulfilStep(of: ShopOrderWithOdoo, delivery: ShopDelivery, told: readonly FulfilmentRow[], tracking: ShopTracking | null): { row: FulfilmentRow; command: NewCommand<'shop.fulfil'> | null } {
  const { lines: odooLines, deliveries } = of.inOdoo!;
  const lines = fulfilledLines(of.order, odooLines, delivery, deliveries, told);
  const row: FulfilmentRow = { transfer: delivery.transfer, shop_order_id: of.id, company: of.company, connection: of.order.connection, command_id: null, revision: 1, tracking_digest: null, track_command_id: null, lines };
  // That there was nothing to say is kept as well: what is sent back later must not have it said.
  if (lines.length === 0) return { row, command: null };
  const input: ShopFulfilment = { order: of.order.order, delivery: delivery.name, lines, shippedAt: instant(Date.parse(delivery.doneAt!)), ...(tracking === null ? {} : { tracking }) };
  const key = `shop:${of.order.connection}:${delivery.transfer}`;
  const id = uuidOfName(`${key}:${canonicalJson(input)}`);
  return { row: { ...row, command_id: id, tracking_digest: tracking === null ? null : digestOf(tracking) }, command: { ...commandOf(of), id, kind: 'shop.fulfil', idempotencyKey: key, input } };
}

/** The numbers as they are now; null where they are those that were told. */
function trackStep(of: ShopOrderWithOdoo, delivery: ShopDelivery, row: FulfilmentRow, tracking: ShopTracking): { row: FulfilmentRow; command: NewCommand<'shop.track'> } | null {
  const digest = digestOf(tracking);
  if (row.command_id === null || row.tracking_digest === digest) return null;
  const revision = row.revision + 1;
  const key = `shop:${of.order.connection}:${delivery.transfer}:${revision}`;
  const input = { of: row.command_id, order: of.order.order, tracking };
  const id = uuidOfName(`${key}:${canonicalJson(input)}`);
  return { row: { ...row, revision, tracking_digest: digest, track_command_id: id }, command: { ...commandOf(of), id, kind: 'shop.track', idempotencyKey: key, input } };
}

/** Commands of one order are performed one after the other. */
function commandOf(of: ShopOrderWithOdoo): Pick<NewCommand, 'connection' | 'company' | 'lane' | 'requestedBy' | 'subject' | 'orderKey' | 'correlationId'> {
  return { connection: of.order.connection, company: of.company, lane: 'DISPATCH', requestedBy: 'gatehouse', subject: of.subject, orderKey: of.subject, correlationId: of.correlationId ?? uuidv7() };
}

/** By which tracking is told from what was told: the numbers and who has them. */
function digestOf({ carrier, numbers }: ShopTracking): string {
  return sha256(canonicalJson([carrier, [...numbers].sort()])).slice(0, 32);
}

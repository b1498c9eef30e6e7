import { instant } from '../../lib/clock.js';
import type { WarehouseOrderRecord } from '../../model/warehouse.js';
import { isPlausible } from '../../model/time.js';
import { UnreadableMessage } from '../contract.js';
import { facilityOf, orderKey, orderReference } from '../kit/warehouse.js';
import { clip, factKeyOf } from '../kit/text.js';
import { webhookMilestones } from './codes.js';
import { commandAnswer, orderNotice } from './payloads.js';
import { name, timeOf } from './values.js';
import type { Reading } from './reading.js';

/** What became of an order that we sent: the warehouse has it, or it is off. */
export function orderFacts(value: unknown, { connection, facts }: Reading): void {
  const parsed = commandAnswer.safeParse(value);
  const key = parsed.success ? orderKey(parsed.data.order) : null;
  if (!parsed.success || key === null || !isPlausible(Date.parse(parsed.data.at))) throw new UnreadableMessage('What a command was answered is not in the form in which it is kept.');
  const { order, direction, state, rawState, at, facility, number, lines } = parsed.data;
  const version = Date.parse(at);
  const payload: WarehouseOrderRecord = {
    direction, state, rawState, order, facility, references: [orderReference(connection, key)], ...(number === null ? {} : { number }),
    lines: lines.map(({ unit, lot, ...line }) => ({ ...line, ...(unit === undefined ? {} : { unit }), ...(lot === undefined ? {} : { lot }) })),
  };
  facts.add({ type: 'warehouse_order.reported', key: { kind: 'warehouse_order', id: key }, factKey: `v${version}`, version, observedAt: instant(version), payload });
}

/** How far an order is, as a milestone: picked, packed, allocated, called off. The vocabulary has no code for these, so they are told in ShipHero's words. */
export function noticeFacts(type: string, value: unknown, { connection, receivedAt, settings, facts }: Reading): void {
  const parsed = orderNotice.safeParse(value);
  if (!parsed.success) throw new UnreadableMessage(`The webhook ${clip(type, 60)} cannot be read.`);
  const key = orderKey(parsed.data.order_number);
  // Totes and allocations may be of several orders and name none.
  if (key === null) return;
  const occurred = timeOf(parsed.data.timestamp, receivedAt);
  const place = facilityOf(settings, [parsed.data.warehouse_uuid, parsed.data.warehouse_id]);
  facts.add({
    type: 'milestone.reported', reference: orderReference(connection, key), factKey: factKeyOf('order', type, name(parsed.data.order_uuid) ?? '', parsed.data.timestamp == null ? '' : occurred.instant), observedAt: occurred.instant,
    payload: { code: webhookMilestones[type]!, classifier: 'ACTUAL', occurred, rawCode: type, rawText: type, ...(place === undefined ? {} : { place: { name: place } }) },
  });
}

import type { ConfirmedLine, WarehouseConfirmationRecord } from '../../model/warehouse.js';
import { UnreadableMessage } from '../contract.js';
import { confirmationMilestone, facilityOf, orderKey, orderReference } from '../kit/warehouse.js';
import { clip, filled } from '../kit/text.js';
import { rowOf } from '../kit/table.js';
import { orderStates } from './codes.js';
import { purchaseLine, purchaseOrder } from './payloads.js';
import { decimal, name, timeOf } from './values.js';
import type { Reading } from './reading.js';

const maxLines = 2_000;

/**
 * PO Update: the purchase order as it stands, with what was received of each line so far. So there is one confirmation
 * for it, and each webhook is a newer version of it.
 * @throws UnreadableMessage where it names no purchase order
 */
export function receiptFacts(value: unknown, { connection, receivedAt, settings, facts, anomalies }: Reading): void {
  const parsed = purchaseOrder.safeParse(value);
  const key = parsed.success ? orderKey(parsed.data.po_number) : null;
  if (!parsed.success || key === null) throw new UnreadableMessage('The webhook tells of a purchase order without po_number.');
  const of = parsed.data;
  const confirmedAt = timeOf(of.updated_at, receivedAt);
  const lines: ConfirmedLine[] = [];
  for (const [index, each] of (of.line_items ?? []).slice(0, maxLines).entries()) {
    const line = purchaseLine.safeParse(each);
    const sku = line.success ? name(line.data.sku) : undefined;
    const received = line.success ? decimal(line.data.quantity_received ?? 0) : undefined;
    if (!line.success || sku === undefined || received === undefined || received.startsWith('-')) {
      anomalies.push({ kind: 'FIELD_INVALID', message: `Line ${index + 1} of the purchase order has no SKU or no quantity and was left out.`, severity: 'MEDIUM' });
      continue;
    }
    const [ordered, rejected, lot] = [decimal(line.data.quantity), decimal(line.data.quantity_rejected), name(line.data.lot_name)];
    lines.push({
      id: name(line.data.id) ?? String(index + 1), sku, quantity: received, ...(ordered === undefined ? {} : { ordered }), ...(rejected === undefined || rejected === '0' ? {} : { damaged: rejected }), ...(lot === undefined ? {} : { lot }),
    });
  }
  const rawState = filled(of.fulfillment_status) ?? filled(of.status) ?? 'unknown';
  const state = rowOf(orderStates, rawState.toLowerCase()) ?? 'UNKNOWN';
  const reference = orderReference(connection, key);
  const facility = facilityOf(settings, [of.warehouse_uuid, of.warehouse_id, of.warehouse]);
  const number = name(of.po_uuid);
  const version = Date.parse(confirmedAt.instant);
  const common = { direction: 'INBOUND' as const, order: clip((of.po_number ?? '').trim(), 120), references: [reference], ...(facility === undefined ? {} : { facility }), ...(number === undefined ? {} : { number }) };
  const base = { factKey: `v${version}`, version, observedAt: confirmedAt.instant };
  facts.add({
    ...base, type: 'warehouse_order.reported', key: { kind: 'warehouse_order', id: key },
    payload: { ...common, state: state === 'UNKNOWN' ? 'ACKNOWLEDGED' : state, rawState: clip(rawState, 60), lines: lines.map((line) => ({ id: line.id, sku: line.sku, quantity: line.ordered ?? '0', done: line.quantity })) },
  });
  if (!lines.some((line) => line.quantity !== '0' || line.damaged !== undefined)) return;
  const confirmation: WarehouseConfirmationRecord = { ...common, confirmedAt, isFinal: state === 'DONE', lines, packages: [] };
  facts.add({ ...base, type: 'warehouse_confirmation.reported', key: { kind: 'warehouse_confirmation', id: `${key}/receipt` }, payload: confirmation });
  facts.add(confirmationMilestone(confirmation, { reference, observedAt: confirmedAt.instant, rawCode: 'PO Update' }));
}

import type { ConfirmedLine, ConfirmedPackage, WarehouseConfirmationRecord } from '../../model/warehouse.js';
import { carrierCode } from '../../model/references.js';
import { UnreadableMessage } from '../contract.js';
import { confirmationMilestone, facilityOf, orderKey, orderReference } from '../kit/warehouse.js';
import { clip } from '../kit/text.js';
import { webhookMilestones } from './codes.js';
import { fulfillment, shipmentLine, shipmentPackage, type Fulfillment } from './payloads.js';
import { decimal, name, timeOf } from './values.js';
import type { Reading } from './reading.js';

const maxLines = 2_000;

/**
 * Shipment Update: what of an order was packed and labelled. Of one order there may be several; `completed` is said of
 * the one that ends it.
 * @throws UnreadableMessage where it names no order
 */
export function shipmentFacts(value: Record<string, unknown>, { connection, receivedAt, settings, facts, anomalies }: Reading): void {
  const parsed = fulfillment.safeParse(value['fulfillment']);
  const key = parsed.success ? orderKey(parsed.data.order_number) : null;
  if (!parsed.success || key === null) throw new UnreadableMessage('The webhook tells of a shipment without order_number.');
  const of = parsed.data;
  const confirmedAt = timeOf(of.created_at, receivedAt);
  const carrier = name(of.shipping_carrier);
  const packages = packagesOf(value['packages'], of);
  const lines = linesOf(of, (message) => anomalies.push({ kind: 'FIELD_INVALID', message, severity: 'MEDIUM' }));
  const reference = orderReference(connection, key);
  const number = name(of.shipment_uuid) ?? name(of.shipment_id);
  const facility = facilityOf(settings, [of.warehouse_uuid, of.warehouse_id, of.warehouse]);
  const confirmation: WarehouseConfirmationRecord = {
    direction: 'OUTBOUND', order: clip((of.order_number ?? '').trim(), 120), references: [reference], confirmedAt, isFinal: of.completed === true || of.completed === 'true', lines, packages,
    ...(number === undefined ? {} : { number }), ...(facility === undefined ? {} : { facility }), ...(carrier === undefined ? {} : { carrier: carrierCode(carrier) }),
  };
  const version = Date.parse(confirmedAt.instant);
  facts.add({ type: 'warehouse_confirmation.reported', key: { kind: 'warehouse_confirmation', id: `${key}/${number ?? confirmedAt.instant}` }, factKey: `v${version}`, version, observedAt: confirmedAt.instant, payload: confirmation });
  facts.add(confirmationMilestone(confirmation, { reference, observedAt: confirmedAt.instant, rawCode: 'Shipment Update', code: webhookMilestones['Shipment Update']! }));
}

function linesOf(of: Fulfillment, note: (message: string) => void): ConfirmedLine[] {
  const lines: ConfirmedLine[] = [];
  for (const [index, each] of (of.line_items ?? []).slice(0, maxLines).entries()) {
    const parsed = shipmentLine.safeParse(each);
    const sku = parsed.success ? name(parsed.data.sku) : undefined;
    const quantity = parsed.success ? decimal(parsed.data.quantity) : undefined;
    if (!parsed.success || sku === undefined || quantity === undefined || quantity.startsWith('-')) {
      note(`Line ${index + 1} of the shipment has no SKU or no quantity and was left out.`);
      continue;
    }
    const serials = (parsed.data.serial_numbers ?? []).flatMap((serial) => name(typeof serial === 'string' || typeof serial === 'number' ? String(serial) : (serial as { serial_number?: string } | null)?.serial_number) ?? []);
    const [lot, within] = [name(parsed.data.lot_name), name(parsed.data.package)];
    lines.push({ id: name(parsed.data.id) ?? String(index + 1), sku, quantity, ...(lot === undefined ? {} : { lot }), ...(serials.length === 0 ? {} : { serials }), ...(within === undefined ? {} : { package: within }) });
  }
  return lines;
}

/** Those listed; of an older webhook the one number of the shipment. */
function packagesOf(listed: unknown, of: Fulfillment): ConfirmedPackage[] {
  const found = (Array.isArray(listed) ? listed : []).slice(0, maxLines).flatMap((each, index): ConfirmedPackage[] => {
    const parsed = shipmentPackage.safeParse(each);
    if (!parsed.success) return [];
    const number = name(parsed.data.tracking_number) ?? name(parsed.data.shipping_label?.tracking_number);
    const carrier = name(parsed.data.shipping_carrier) ?? name(parsed.data.shipping_label?.shipping_carrier) ?? name(parsed.data.shipping_label?.carrier);
    return [{ id: name(parsed.data.name) ?? `Package #${index + 1}`, ...(number === undefined ? {} : { trackingNumber: number }), ...(carrier === undefined ? {} : { carrier: carrierCode(carrier) }) }];
  });
  const number = name(of.tracking_number);
  const carrier = name(of.shipping_carrier);
  if (found.some((each) => each.trackingNumber !== undefined) || number === undefined) return found;
  return [{ id: found[0]?.id ?? 'Package #1', trackingNumber: number, ...(carrier === undefined ? {} : { carrier: carrierCode(carrier) }) }, ...found.slice(1)];
}

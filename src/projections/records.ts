import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { Schema } from '../db/schema.js';
import type { LogEvent } from '../events/event.js';
import { personalData, type KeptPersonalData } from '../events/personal-data.js';
import { uuidOfName } from '../lib/ids.js';
import type { FactType, InvoiceRecord, OrderRecord, PartyRecord, ProductRecord, RecordKind, StockRecord, TransferRecord } from '../model/facts.js';
import { mergeVersions, type VersionedRow } from '../model/record.js';
import { recordId, recordSubject } from './record-ids.js';
import { bookingColumns, documentColumns, pickupColumns } from './booking-columns.js';
import { interchangeColumns, tenderColumns } from './edi-columns.js';
import { shipNoticeColumns } from './pallets.js';
import { upsertRows } from './rows.js';
import { noDestination, shopOrderColumns } from './shop-columns.js';
import { assignmentColumns, tenderPlanColumns } from './tender-columns.js';
import { appointmentColumns, facilityColumns, loadColumns, visitColumns, yardMoveColumns } from './transport-columns.js';
import { vehicleColumns } from './vehicles.js';
import { adjustmentColumns, confirmationColumns, levelColumns, warehouseOrderColumns } from './warehouse-columns.js';

export { recordId, recordSubject };

interface RecordPayload {
  data: { personalDataId?: string };
  observedAt: string;
  recordVersion: number;
}

type Row = VersionedRow & Record<string, unknown>;

interface RecordProjection {
  table: keyof Schema;
  /** The columns that are the record's own; called only with payloads of this record's type. */
  columns(data: never, connection: string, version: number): Record<string, unknown>;
  /** Some are kept here: whoever changes one projects it, too, so its row is held while it is written. */
  keptHere?: true;
}

const projections: Partial<Record<FactType, RecordProjection>> = {
  'order.reported': { table: 'sales_order', columns: orderColumns },
  'transfer.reported': { table: 'transfer', columns: transferColumns },
  'party.reported': { table: 'party', columns: partyColumns },
  'product.reported': { table: 'product', columns: productColumns },
  'stock.reported': { table: 'stock_level', columns: stockColumns },
  'invoice.reported': { table: 'invoice', columns: invoiceColumns },
  'load.reported': { table: 'load', columns: loadColumns, keptHere: true },
  'facility.reported': { table: 'facility', columns: facilityColumns, keptHere: true },
  'appointment.reported': { table: 'appointment', columns: appointmentColumns, keptHere: true },
  'visit.reported': { table: 'visit', columns: visitColumns, keptHere: true },
  'yard_move.reported': { table: 'yard_move', columns: yardMoveColumns, keptHere: true },
  'tender_plan.reported': { table: 'tender_plan', columns: tenderPlanColumns, keptHere: true },
  'load_assignment.reported': { table: 'load_assignment', columns: assignmentColumns, keptHere: true },
  'vehicle.reported': { table: 'vehicle', columns: vehicleColumns },
  'booking.reported': { table: 'booking', columns: bookingColumns },
  'document.reported': { table: 'document', columns: documentColumns },
  'pickup.reported': { table: 'pickup', columns: pickupColumns },
  'interchange.reported': { table: 'interchange', columns: interchangeColumns },
  'tender.reported': { table: 'tender', columns: tenderColumns },
  'warehouse_order.reported': { table: 'warehouse_order', columns: warehouseOrderColumns },
  'warehouse_confirmation.reported': { table: 'warehouse_confirmation', columns: confirmationColumns, keptHere: true },
  'inventory_adjustment.reported': { table: 'inventory_adjustment', columns: adjustmentColumns },
  'inventory_level.reported': { table: 'inventory_level', columns: levelColumns },
  'ship_notice.reported': { table: 'ship_notice', columns: shipNoticeColumns },
  'shop_order.reported': { table: 'shop_order', columns: shopOrderColumns },
};

export const tableOfKind: Record<RecordKind, keyof Schema> = {
  order: 'sales_order', transfer: 'transfer', party: 'party', product: 'product', stock: 'stock_level', invoice: 'invoice',
  load: 'load', facility: 'facility', appointment: 'appointment', visit: 'visit', yard_move: 'yard_move', vehicle: 'vehicle', booking: 'booking', document: 'document', pickup: 'pickup', interchange: 'interchange', tender: 'tender',
  warehouse_order: 'warehouse_order', warehouse_confirmation: 'warehouse_confirmation', inventory_adjustment: 'inventory_adjustment', inventory_level: 'inventory_level',
  ship_notice: 'ship_notice', shop_order: 'shop_order', tender_plan: 'tender_plan', load_assignment: 'load_assignment',
};

/**
 * Writes the newest version of each record that the events speak of, and marks those deleted at their source.
 * @returns subjects of the records that other rows must follow: of parties only those whose commercial
 * entity changed, for a new phone number must not touch every shipment ever sent there
 */
export async function projectRecords(tx: Transaction, events: readonly LogEvent[]): Promise<string[]> {
  const followed = new Set(events.filter((event) => /^(transfer|order):/.test(event.subject)).map((event) => event.subject));
  for (const [type, projection] of Object.entries(projections)) {
    const mine = events.filter((event) => event.type === type);
    if (mine.length === 0) continue;
    for (const subject of await projectTable(tx, projection, mine)) followed.add(subject);
  }
  for (const event of events.filter((each) => each.type === 'record.deleted')) await markDeleted(tx, event);
  return [...followed];
}

/** @returns subjects of parties whose commercial entity is new or another */
async function projectTable(tx: Transaction, projection: RecordProjection, events: readonly LogEvent[]): Promise<string[]> {
  const people = await personalData(tx, events.flatMap((event) => (event.payload as RecordPayload).data.personalDataId ?? []));
  const rows = events.map((event) => rowOf(event, projection, people));
  const ids = [...new Set(rows.map((row) => row.id))];
  const current = await sql<Row>`select * from ${sql.table(projection.table)} where id = any(${ids}::uuid[])${projection.keptHere === true ? sql` order by id for update` : sql``}`.execute(tx);
  const merged = new Map(current.rows.map((row) => [row.id, row]));
  for (const row of rows) merged.set(row.id, mergeVersions(merged.get(row.id), row));
  const deletions = await deletedVersions(tx, rows.map((row) => row.subject as string));
  for (const row of merged.values()) row.deleted = (deletions.get(row.subject as string) ?? -1) >= row.version;
  await upsertRows(tx, projection.table, 'id', [...merged.values()]);
  if (projection.table !== 'party') return [];
  const before = new Map(current.rows.map((row) => [row.id, row.commercial_id]));
  return [...merged.values()].filter((row) => before.get(row.id) !== row.commercial_id).map((row) => row.subject as string);
}

/** Up to which version the source deleted each record, asked of the log: the deletion may have come first. */
async function deletedVersions(tx: Transaction, subjects: readonly string[]): Promise<Map<string, number>> {
  const found = await sql<{ subject: string; version: number }>`
    select subject, max((payload->>'recordVersion')::bigint) as version from event
    where subject = any(${subjects}::text[]) and type = 'record.deleted' group by subject
  `.execute(tx);
  return new Map(found.rows.map((row) => [row.subject, row.version]));
}

function rowOf(event: LogEvent, projection: RecordProjection, people: ReadonlyMap<string, KeptPersonalData>): Row {
  const payload = event.payload as RecordPayload;
  const person = people.get(payload.data.personalDataId ?? '');
  const data = person === undefined ? payload.data : { ...payload.data, ...person.data, personalDataId: person.id, sealed: person.sealed };
  return {
    id: uuidOfName(event.subject),
    subject: event.subject,
    company: event.company,
    connection: event.connection!,
    ...projection.columns(data as never, event.connection!, payload.recordVersion),
    version: payload.recordVersion,
    deleted: false,
    updated_at: payload.observedAt,
  };
}

async function markDeleted(tx: Transaction, event: LogEvent): Promise<void> {
  const kind = event.subject.slice(0, event.subject.indexOf(':')) as RecordKind;
  const payload = event.payload as RecordPayload;
  await sql`
    update ${sql.table(tableOfKind[kind])} set deleted = true
    where subject = ${event.subject} and version <= ${payload.recordVersion}
  `.execute(tx);
}

function orderColumns(data: OrderRecord, connection: string, version: number) {
  return {
    direction: data.direction,
    reference: data.name,
    state: data.state,
    customer_reference: data.customerReference ?? null,
    party_id: recordId('party', connection, data.partyId),
    ship_to_id: data.shipToId === undefined ? null : recordId('party', connection, data.shipToId),
    ordered_at: data.orderedAt ?? null,
    promised_at: data.promisedAt ?? null,
    first_promised_at: data.promisedAt ?? null,
    first_promised_version: data.promisedAt === undefined ? null : version,
    total: data.total ?? null,
    delivery_status: data.deliveryStatus ?? null,
    invoice_status: data.invoiceStatus ?? null,
    shop_order_id: data.shop === undefined ? null : recordId('shop_order', data.shop.connection, data.shop.order),
    lines: data.lines.map((line) => ({ ...line, productId: line.productId === undefined ? null : recordId('product', connection, line.productId) })),
  };
}

function transferColumns(data: TransferRecord, connection: string, version: number) {
  const party = (id: string | undefined) => (id === undefined ? null : recordId('party', connection, id));
  const transfer = (id: string | undefined) => (id === undefined ? null : recordId('transfer', connection, id));
  return {
    direction: data.direction,
    reference: data.name,
    state: data.state,
    order_id: data.orderId === undefined ? null : recordId('order', connection, data.orderId),
    party_id: party(data.partyId),
    ship_to_id: party(data.shipToId),
    carrier: data.carrier ?? null,
    tracking_numbers: data.trackingNumbers,
    scheduled_at: data.scheduledAt ?? null,
    deadline_at: data.deadlineAt ?? null,
    first_deadline_at: data.deadlineAt ?? null,
    first_deadline_version: data.deadlineAt === undefined ? null : version,
    done_at: data.doneAt ?? null,
    backorder_of: transfer(data.backorderOfId),
    return_of: transfer(data.returnOfId),
    weight: data.weight ?? null,
    package_count: data.packageCount ?? null,
    release: data.release ?? null,
    lines: data.lines.map((line) => ({ ...line, productId: line.productId === undefined ? null : recordId('product', connection, line.productId) })),
  };
}

/** All but the commercial entity is personal data, and may have been erased. Who is a person has no name that stands readable. */
function partyColumns(data: Pick<PartyRecord, 'commercialId'> & Partial<PartyRecord> & Partial<Pick<KeptPersonalData, 'sealed'>> & { personalDataId?: string }, connection: string) {
  const isErased = data.sealed === undefined;
  return {
    name: data.name ?? (isErased ? 'erased' : ''),
    commercial_id: recordId('party', connection, data.commercialId),
    address: { city: data.city ?? null, region: data.region ?? null, postalCode: data.postalCode ?? null, country: data.country ?? null },
    personal_data_id: isErased ? null : data.personalDataId!,
    sealed: data.sealed ?? null,
  };
}

function productColumns(data: ProductRecord) {
  return { name: data.name, sku: data.sku ?? null, barcode: data.barcode ?? null, weight: data.weight ?? null, search: [data.name, data.sku, data.barcode].filter((text) => text !== undefined).join(' ').toLowerCase() };
}

function stockColumns(data: StockRecord, connection: string) {
  return { product_id: recordId('product', connection, data.productId), location: data.locationName, on_hand: data.onHand, reserved: data.reserved, unit: data.unit };
}

function invoiceColumns(data: InvoiceRecord, connection: string) {
  return {
    reference: data.name,
    state: data.state,
    payment_state: data.paymentState,
    party_id: recordId('party', connection, data.partyId),
    order_references: data.orderNames,
    invoiced_at: data.invoicedAt ?? null,
    due_at: data.dueAt ?? null,
    total: data.total,
    residual: data.residual,
  };
}

/** Takes what is personal from parties, from who bought in shops and from who drove trucks, in the transaction that erases it: the log says no more of a party than its commercial entity, and nothing of a buyer. */
export async function forgetPeople(tx: Transaction, subjects: readonly string[]): Promise<void> {
  const { name, address } = partyColumns({ commercialId: '' }, '');
  await tx.updateTable('party').set({ name, address: JSON.stringify(address), personal_data_id: null, sealed: null }).where('subject', '=', sql<string>`any(${[...subjects]}::text[])`).execute();
  await tx.updateTable('visit').set({ personal_data_id: null, sealed: null }).where('subject', '=', sql<string>`any(${[...subjects]}::text[])`).execute();
  await tx.updateTable('shop_order').set({ destination: JSON.stringify(noDestination), personal_data_id: null, sealed: null }).where('subject', '=', sql<string>`any(${[...subjects]}::text[])`).execute();
}

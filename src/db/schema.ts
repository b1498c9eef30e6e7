import type { ColumnType, Generated } from 'kysely';
import type { Json } from '../lib/json.js';

/** Times come as ISO text in UTC with milliseconds; bigint as number; bytea as bytes. */
type Time = string;
/** Written as JSON text, read as a value. */
export type JsonColumn<T = Json> = ColumnType<T, string, string>;

export interface Schema {
  connection: { id: string; connector: string; company: Generated<string>; settings: JsonColumn<Record<string, Json>>; created_at: Generated<string>; disabled_at: string | null };
  connection_secret: { id: string; connection: string; name: string; ciphertext: string; created_at: Generated<string>; expires_at: string | null };
  signing_key: { kid: string; public_jwk: JsonColumn; private_ciphertext: string; created_at: Generated<string>; retired_at: string | null };
  installation: { name: string; value: string };
  inbox: InboxTable;
  rejection: { connection: string; minute: Time; reason: string; count: number };
  event: EventTable;
  log_head: { only_row: Generated<boolean>; position: number };
  fact: { id: string; event_id: string; retracted: Generated<boolean> };
  personal_data: { id: string; subject: string; data: JsonColumn };
  subject_version: { subject: string; version: number };
  projection: { name: string; position: number };
  reference: { subject: string; kind: string; issuer: string; value: string; shipment_id: string | null; sequence: Generated<number>; named_sequence: Generated<number> };
  naming: { source: string; name: string };
  shipment: ShipmentTable;
  milestone: MilestoneTable;
  estimate: { subject: string; connection: string; kind: string; estimated_at: Time; zone: string; observed_at: Time };
  feed: { key: string; position: number; ordinal: number; milestone_id: string; company: string };
  record_access: { key: string; kind: string; record_id: string };
  sales_order: OrderTable;
  transfer: TransferTable;
  party: PartyTable;
  product: ProductTable;
  stock_level: StockLevelTable;
  invoice: InvoiceTable;
  load: LoadTable;
  stop: StopTable;
  facility: FacilityTable;
  appointment: AppointmentTable;
  appointment_number: { appointment_id: string; number: string; company: string };
  visit: VisitTable;
  mention: { record_kind: string; record_id: string; stop: number; action: string; kind: string; issuer: string; value: string };
  load_shipment: { load_id: string; stop: number; action: string; shipment_id: string; company: string };
  appointment_shipment: { appointment_id: string; shipment_id: string; company: string };
  exception: ExceptionTable;
  sync_run: SyncRunTable;
}

export interface InboxTable {
  id: string; connection: string; dedupe_key: string; correlation_id: string; received_at: Time;
  headers: JsonColumn<Record<string, string>> | null; body: Uint8Array | null;
  state: 'RECEIVED' | 'DECODED' | 'QUARANTINED'; decoded_at: string | null; failure: string | null;
}

export interface EventTable {
  position: number; id: string; type: string; version: number; subject: string; subject_version: number | null; company: string;
  connection: string | null; fact_key: string | null; occurred_at: string | null; recorded_at: Time; correlation_id: string;
  causation_id: string | null; payload: JsonColumn<Record<string, Json>>;
}

export interface ShipmentTable {
  id: string; company: string; reference: string | null; status: string; raw_status: string | null; provisional: boolean; carrier: string | null;
  direction: string | null; order_id: string | null; transfer_subject: string | null; return_of: string | null; backorder_of: string | null;
  tracking_numbers: string[]; names: string[]; packages: JsonColumn; promised_at: string | null; planned_at: string | null; estimated_at: string | null;
  delivered_at: string | null; last_milestone_id: string | null; conflict: string | null; release: JsonColumn | null; origin: JsonColumn | null; destination: JsonColumn | null;
  search: string; created_at: Time; updated_at: Time; merged_into: string | null;
}

export interface MilestoneTable {
  id: string; position: number; subject: string; shipment_id: string; company: string; fact_group: string; content_hash: string; active: boolean;
  code: string; classifier: string; occurred_at: Time; zone: string; zone_assumed: boolean; observed_at: Time; recorded_at: Time; connection: string;
  raw_id: string | null; raw_code: string | null; raw_reason: string | null; raw_text: string | null; exception_class: string | null;
  stop: number | null; carrier: string | null; package: string | null; pieces: number | null; place: JsonColumn | null; retracts: string | null; retracts_fact_key: string | null;
}

interface RecordColumns { id: string; subject: string; company: string; connection: string; version: number; deleted: Generated<boolean>; updated_at: Time }

export interface OrderTable extends RecordColumns {
  direction: string; reference: string; state: string; customer_reference: string | null; party_id: string; ship_to_id: string | null;
  ordered_at: string | null; promised_at: string | null; first_promised_at: string | null; first_promised_version: number | null;
  total: JsonColumn | null; delivery_status: string | null; invoice_status: string | null; lines: JsonColumn;
}

export interface TransferTable extends RecordColumns {
  direction: string; reference: string; state: string; order_id: string | null; party_id: string | null; ship_to_id: string | null; carrier: string | null;
  tracking_numbers: string[]; scheduled_at: string | null; deadline_at: string | null; first_deadline_at: string | null; first_deadline_version: number | null;
  done_at: string | null; backorder_of: string | null; return_of: string | null; weight: JsonColumn | null; package_count: number | null; release: JsonColumn | null; lines: JsonColumn;
}

export interface PartyTable extends RecordColumns { name: string; commercial_id: string; email: string | null; phone: string | null; address: JsonColumn }
export interface ProductTable extends RecordColumns { name: string; sku: string | null; barcode: string | null; weight: JsonColumn | null; search: Generated<string> }
export interface StockLevelTable extends RecordColumns { product_id: string; location: string; on_hand: string; reserved: string; unit: string }
export interface InvoiceTable extends RecordColumns {
  reference: string; state: string; payment_state: string; party_id: string; order_references: string[]; invoiced_at: string | null; due_at: string | null;
  total: JsonColumn; residual: JsonColumn;
}

export interface LoadTable extends RecordColumns {
  reference: string; name_key: string; state: string; raw_state: string; carrier: string | null; truck: string | null; trailer: string | null; starts_at: string | null; stops: JsonColumn;
}

export interface StopTable {
  load_id: string; sequence: number; company: string; kind: string; facility_code: string | null; place: JsonColumn | null; window_from: string | null; window_to: string | null;
  planned_arrival: string | null; planned_departure: string | null; estimated_arrival: string | null; estimated_departure: string | null; actual_arrival: string | null; actual_departure: string | null;
}

export interface FacilityTable extends RecordColumns { name: string; code: string | null; place: JsonColumn | null; zone: string | null }

export interface AppointmentTable extends RecordColumns {
  facility_id: string | null; dock: string | null; direction: string; state: string; raw_state: string; confirmation: string | null; starts_at: Time; ends_at: string | null;
  carrier: string | null; numbers: string[]; names: JsonColumn;
}

export interface VisitTable extends RecordColumns {
  facility_id: string | null; appointment_id: string | null; type: string; state: string; raw_state: string | null; carrier: string | null; truck: string | null; trailer: string | null;
  checked_in_at: string | null; at_dock_at: string | null; from_dock_at: string | null; checked_out_at: string | null;
}

export interface ExceptionTable {
  id: string; subject: string; company: string; class: string; kind: string; severity: string; state: 'OPEN' | 'ASSIGNED' | 'RESOLVED'; title: string; detail: string;
  shipment_id: string | null; source_subject: string | null; raw_id: string | null; assignee: string | null; resolution: string | null; opened_at: Time;
  resolved_at: string | null; decided_by: string | null; version: number;
}

export interface SyncRunTable {
  id: string; connection: string; cause: 'COMMAND' | 'SCHEDULE'; state: 'RUNNING' | 'DONE' | 'FAILED'; topics: string[]; step: number; place: JsonColumn;
  totals: JsonColumn<Record<string, number>>; figures: JsonColumn<Record<string, Json>>; memory: JsonColumn | null; message: string | null; attempts: number; error: string | null;
  key_expires_at: string | null; started_at: Time; updated_at: Time; finished_at: string | null;
}

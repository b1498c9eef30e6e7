import type { Generated } from 'kysely';
import type { Json } from '../lib/json.js';
import type { JsonColumn, RecordColumns, Time } from './columns.js';
import type { AppointmentTable, FacilityPlanTable, FacilityTable, TrailerStayTable, VisitTable, YardMoveTable } from './yard-tables.js';

export type { JsonColumn } from './columns.js';
export type { AppointmentTable, FacilityPlanTable, FacilityTable, TrailerStayTable, VisitTable, YardMoveTable } from './yard-tables.js';

export interface Schema {
  connection: { id: string; connector: string; company: Generated<string>; settings: JsonColumn<Record<string, Json>>; created_at: Generated<string>; disabled_at: string | null; shadow: Generated<boolean> };
  code_override: CodeOverrideTable;
  unmapped_code: { connection: string; raw_code: string; raw_reason: string; messages: number; first_at: Time; last_at: Time; raw_id: string };
  shadow_fact: { id: string; connection: string; company: string; raw_id: string; type: string; subject: string; fact_key: string; occurred_at: string | null; recorded_at: Time; payload: JsonColumn };
  connection_secret: { id: string; connection: string; name: string; ciphertext: string; created_at: Generated<string>; expires_at: string | null };
  signing_key: { kid: string; public_jwk: JsonColumn; private_ciphertext: string; created_at: Generated<string>; retired_at: string | null };
  access_token: { id: string; kid: string; subject: string; role: string; claims: JsonColumn; family: string | null; connection: string | null; issued_at: Time; expires_at: Time };
  refresh_family: { id: string; subject: string; role: string; claims: JsonColumn; access_ttl: number; created_at: Time; expires_at: Time };
  refresh_token: { hash: string; family: string; created_at: Time; used_at: string | null };
  token_client: { id: string; secret_hash: string | null; certificate: string | null; role: string; claims: JsonColumn; access_ttl: number; created_at: Generated<string>; disabled_at: string | null };
  token_revocation: { kind: string; value: string; revoked_at: Time; expires_at: Time; recorded_at: Generated<string> };
  installation: { name: string; value: string };
  inbox: InboxTable;
  rejection: { connection: string; minute: Time; reason: string; count: number; audited: Generated<number> };
  deprecated_use: { coordinate: string; subject: string; day: string; count: number };
  event: EventTable;
  log_head: { only_row: Generated<boolean>; position: number };
  fact: { id: string; event_id: string; retracted: Generated<boolean> };
  personal_data: { id: string; subject: string; data: JsonColumn | null; sealed: string | null; erased_at: string | null; created_at: Generated<string> };
  personal_index: { kind: 'email' | 'phone'; fingerprint: Uint8Array; personal_data_id: string };
  personal_mention: { subject: string; raw_id: string };
  erased_subject: { subject: string; at: Time };
  retention: { kind: string; days: number | null };
  approval: ApprovalTable;
  subject_version: { subject: string; version: number };
  projection: { name: string; position: number };
  write_back: { connection: string; transfer: string; told: JsonColumn; updated_at: Time };
  write_back_due: { shipment_id: string };
  reference: { subject: string; kind: string; issuer: string; value: string; shipment_id: string | null; sequence: Generated<number>; named_sequence: Generated<number> };
  naming: { source: string; name: string };
  shipment: ShipmentTable;
  milestone: MilestoneTable;
  estimate: { subject: string; connection: string; kind: string; estimated_at: Time; zone: string; observed_at: Time };
  feed_mark: { position: number; at: Time };
  connection_health: ConnectionHealthTable;
  feed: { key: string; position: number; ordinal: number; company: string; milestone_id: string | null; changed: string | null; record_id: string | null };
  record_access: { key: string; kind: string; record_id: string };
  sales_order: OrderTable;
  transfer: TransferTable;
  party: PartyTable;
  product: ProductTable;
  stock_level: StockLevelTable;
  invoice: InvoiceTable;
  load: LoadTable;
  stop: StopTable;
  load_number: { company: string; last: number };
  tender_plan: TenderPlanTable;
  tender_offer: TenderOfferTable;
  load_assignment: LoadAssignmentTable;
  vehicle: VehicleTable;
  vehicle_track: { vehicle_id: string; at: Time; latitude: number; longitude: number };
  vehicle_load: { vehicle_id: string; load_id: string; company: string; role: string };
  geofence: { facility_id: string; company: string; fence: JsonColumn; changed_by: string; changed_at: Time };
  presence_statement: { load_id: string; stop: number; shipment_id: string; action: string; moment: string; connection: string; subject: string; occurred_at: Time; event_id: string; fact_id: string };
  facility: FacilityTable;
  appointment: AppointmentTable;
  appointment_number: { appointment_id: string; number: string; company: string };
  visit: VisitTable;
  yard_move: YardMoveTable;
  facility_plan: FacilityPlanTable;
  own_request: OwnRequestTable;
  detention_rule: DetentionRuleTable;
  standing_appointment: StandingAppointmentTable;
  standing_skip: { standing_id: string; on_day: string; company: string; reason: string; tried_at: Time };
  stop_time: { load_id: string; sequence: number; company: string; moment: string; classifier: string; source: string; connection: string; at: Time; stated_at: Time; chosen: boolean; record_id: string | null };
  lane_leg: { load_id: string; sequence: number; company: string; from_region: string; to_region: string; departed_at: Time; minutes: number; weekend: boolean; hour: number };
  mention: { record_kind: string; record_id: string; stop: number; action: string; kind: string; issuer: string; value: string };
  load_shipment: { load_id: string; stop: number; action: string; shipment_id: string; company: string };
  trailer_stay: TrailerStayTable;
  yard_contradiction: { id: string; company: string; kind: string; about: string; between_ids: string[]; trailer_key: string | null; title: string; detail: string };
  visit_statement: { visit_id: string; shipment_id: string; key: string; subject: string; digest: string; event_id: string; fact_id: string };
  appointment_shipment: { appointment_id: string; shipment_id: string; company: string };
  visit_shipment: { visit_id: string; shipment_id: string; company: string };
  exception: ExceptionTable;
  booking: BookingTable;
  booking_shipment: { booking_id: string; shipment_id: string; company: string };
  booking_rule: { id: string; company: string; position: number; name: string; conditions: JsonColumn; action: JsonColumn; changed_by: string; changed_at: Time };
  document: DocumentTable;
  pickup: PickupTable;
  pickup_booking: { pickup_id: string; booking_id: string; company: string };
  document_shipment: { document_id: string; shipment_id: string; company: string };
  document_content: { id: string; media_type: string; content: Uint8Array | null; created_at: Generated<string> };
  quote: QuoteTable;
  warehouse_order: WarehouseOrderTable;
  warehouse_confirmation: WarehouseConfirmationTable;
  inventory_adjustment: InventoryAdjustmentTable;
  inventory_level: InventoryLevelTable;
  ship_notice: ShipNoticeTable;
  pallet: PalletTable;
  pallet_report: PalletReportTable;
  warehouse_shipment: { record_id: string; shipment_id: string; company: string };
  warehouse_release: WarehouseReleaseTable;
  load_publication: LoadPublicationTable;
  shop_order: ShopOrderTable;
  shop_due: { shop_order_id: string; not_before: Generated<string> };
  shop_told: { shop_order_id: string; connection: string; revision: number; digest: string; command_id: string; updated_at: Time };
  shop_fulfilment: ShopFulfilmentTable;
  warehouse_shortage: { transfer: string; shipment_id: string; digest: string; since: Time; looked_at: Time };
  inventory_check: { level_id: string; version: number; compared_at: Time; differs: boolean };
  carrier_cut_off: { id: string; company: string; facility: string; carrier: string; service: string | null; weekdays: number[]; at: string; zone: string; changed_by: string; changed_at: Time };
  control_number: { connection: string; series: string; first: number; last: number };
  edi_received: { connection: string; sender: string; control: string; sha256: string; received_at: Time };
  interchange: InterchangeTable;
  interchange_verdict: { interchange_id: string; ordinal: number; connection: string; kind: string; control_key: string; state: string; faults: JsonColumn; at: Time };
  interchange_answer: { interchange_id: string; company: string; state: string; kinds: string[]; faults: JsonColumn; answered_at: Time };
  interchange_watch: { interchange_id: string; connection: string; due_at: Time; matter: string | null };
  tender: TenderTable;
  sync_run: SyncRunTable;
  poll_cursor: PollCursorTable;
  command: CommandTable;
  command_attempt: CommandAttemptTable;
  partner_policy: { connection: string; overrides: JsonColumn<Record<string, Json>>; changed_by: string; changed_at: Time };
  partner_state: PartnerStateTable;
  webhook_endpoint: WebhookEndpointTable;
  webhook_secret: { id: string; endpoint: string; ciphertext: string; created_at: Generated<string>; expires_at: string | null };
  webhook_replay: { id: string; endpoint: string; position: number; ordinal: number; end_position: number; end_ordinal: number; events: Generated<number>; requested_by: string; created_at: Generated<string>; finished_at: string | null };
  webhook_delivery: WebhookDeliveryTable;
  webhook_attempt: { id: string; endpoint: string; delivery: number; number: number; started_at: Time; outcome: 'DELIVERED' | 'FAILED' | 'LOST'; status: number | null; milliseconds: number | null; error: string | null; answer: Uint8Array | null };
  audit: AuditTable;
  audit_head: { only_row: Generated<boolean>; position: number; hash: Uint8Array };
  event_seal: { first: number; last: number; rows_digest: Uint8Array; row_hashes: Uint8Array; hash: Uint8Array; sealed_at: Time };
  checkpoint: { log: 'audit' | 'event'; position: number; at: Time; signature: string };
  data_key: { id: string; purpose: string; wrapped: string; wrapped_by: string; created_at: Generated<string>; active_from: Time };
}

export interface CodeOverrideTable {
  connection: string; stage: 'PROPOSED' | 'APPLIED'; raw_code: string; raw_reason: string; code: string | null; classifier: string | null; exception_class: string | null;
  changed_by: string; changed_at: Time;
}

export interface ApprovalTable {
  id: string; action: string; arguments: JsonColumn<Record<string, Json>>; digest: Uint8Array; reason: string; requested_by: string; requested_at: Time; expires_at: Time;
  decided_by: string | null; decided_at: string | null; decision: 'APPROVED' | 'REFUSED' | null; decision_reason: string | null; used_at: string | null;
}

export interface AuditTable {
  position: number; at: Time; actor: string; role: string; action: string; target_kind: string; target_id: string; correlation_id: string | null;
  payload: JsonColumn<Record<string, Json>> | null; salt: Uint8Array | null; digest: Uint8Array; hash: Uint8Array;
}

export interface InboxTable {
  id: string; connection: string; dedupe_key: string; correlation_id: string; received_at: Time;
  headers: JsonColumn<Record<string, string>> | null; body: Uint8Array | null;
  state: 'RECEIVED' | 'DECODED' | 'QUARANTINED'; decoded_at: string | null; failure: string | null; body_gone: 'RETENTION' | 'ERASURE' | null;
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


export interface OrderTable extends RecordColumns {
  direction: string; reference: string; state: string; customer_reference: string | null; party_id: string; ship_to_id: string | null;
  ordered_at: string | null; promised_at: string | null; first_promised_at: string | null; first_promised_version: number | null;
  total: JsonColumn | null; delivery_status: string | null; invoice_status: string | null; shop_order_id: string | null; lines: JsonColumn;
}

export interface TransferTable extends RecordColumns {
  direction: string; reference: string; state: string; order_id: string | null; party_id: string | null; ship_to_id: string | null; carrier: string | null;
  tracking_numbers: string[]; scheduled_at: string | null; deadline_at: string | null; first_deadline_at: string | null; first_deadline_version: number | null;
  done_at: string | null; backorder_of: string | null; return_of: string | null; weight: JsonColumn | null; package_count: number | null; release: JsonColumn | null; lines: JsonColumn;
}

export interface PartyTable extends RecordColumns { name: string; commercial_id: string; address: JsonColumn; personal_data_id: string | null; sealed: string | null }
export interface ProductTable extends RecordColumns { name: string; sku: string | null; barcode: string | null; weight: JsonColumn | null; search: Generated<string> }
export interface StockLevelTable extends RecordColumns { product_id: string; location: string; on_hand: string; reserved: string; unit: string }
export interface InvoiceTable extends RecordColumns {
  reference: string; state: string; payment_state: string; party_id: string; order_references: string[]; invoiced_at: string | null; due_at: string | null;
  total: JsonColumn; residual: JsonColumn;
}

export interface LoadTable extends RecordColumns {
  reference: string; name_key: string; state: string; raw_state: string; carrier: string | null; truck: string | null; trailer: string | null; truck_key: string | null; trailer_key: string | null; starts_at: string | null; stops: JsonColumn;
  stops_version: number | null; aliases: Generated<string[]>; equipment: string | null; weight_kg: string | null; split_from: string | null; merged_into: string | null;
}

export interface TenderPlanTable extends RecordColumns { load_id: string; state: string; plan: JsonColumn; deadline_at: string | null; started_at: Time; load_digest: string }

export interface TenderOfferTable {
  id: string; plan_id: string; load_id: string; company: string; ordinal: number; carrier: string; channel: string; connection: string | null; load_reference: string; state: string; revision: number;
  accepted_revision: number | null; offered_at: Time; deadline_at: Time; ended_at: string | null; answers: JsonColumn; changed_in: number; deleted: Generated<boolean>; updated_at: Time;
}

export interface LoadAssignmentTable extends RecordColumns {
  load_id: string; carrier: string | null; truck: string | null; trailer: string | null; truck_key: string | null; trailer_key: string | null; assigned_by: string; reason: string | null;
  history: JsonColumn; personal_data_id: string | null; sealed: string | null;
}

export interface StopTable {
  source_id: string | null; first_window_from: string | null; first_window_to: string | null; first_planned_arrival: string | null; cancelled: Generated<boolean>;
  load_id: string; sequence: number; company: string; kind: string; facility_code: string | null; place: JsonColumn | null; window_from: string | null; window_to: string | null;
  planned_arrival: string | null; planned_departure: string | null; estimated_arrival: string | null; estimated_departure: string | null; actual_arrival: string | null; actual_departure: string | null;
}

export interface VehicleTable extends RecordColumns {
  name: string; name_key: string; plate: string | null; plate_key: string | null; latitude: number; longitude: number; heading: number | null; speed: number | null; place: string | null; at: Time; code_key: string | null;
}

export interface DetentionRuleTable {
  id: string; company: string; name: string; kind: string; side: string; facility: string | null; carrier: string | null; direction: string | null; valid_from: Time; terms: JsonColumn; changed_by: string; changed_at: Time;
}

export interface StandingAppointmentTable {
  id: string; facility_id: string; company: string; carrier: string | null; weekday: number; local_time: string; dock: string | null; need: JsonColumn; from_on: string; until_on: string | null;
  ended: Generated<boolean>; changed_by: string; changed_at: Time;
}

export interface OwnRequestTable { requested_by: string; idempotency_key: string; digest: Uint8Array; answer: JsonColumn; created_at: Generated<string> }

export interface BookingTable extends RecordColumns {
  command_id: string | null; state: string; raw_state: string; carrier: string; service: string; is_return: boolean; price: JsonColumn | null; quoted: JsonColumn | null;
  quote_id: string | null; reasons: string[]; packages: JsonColumn; names: JsonColumn; delivery_at: string | null;
}

export interface DocumentTable extends RecordColumns {
  kind: string; format: string; booking_id: string | null; visit_id: Generated<string | null>; package: string | null; sha256: string; bytes: number; names: JsonColumn;
}

export interface PickupTable extends RecordColumns {
  command_id: string | null; state: string; raw_state: string; carrier: string; confirmation: string | null; ready_at: Time; closes_at: Time; zone: string; place: JsonColumn; booking_ids: string[];
  tracking_numbers: string[]; packages: number; weight_kg: string; price: JsonColumn | null;
}

export interface InterchangeTable extends RecordColumns {
  syntax: string; direction: string; sender: string; receiver: string; control: string; control_key: string; group_keys: string[]; is_test: boolean; syntax_version: string;
  made_at: string | null; state: string; faults: JsonColumn; groups: JsonColumn; set_types: string[]; answers_wanted: string[]; awaits: string[]; due_at: string | null; verdicts: JsonColumn;
  command_id: string | null; sha256: string; bytes: number;
}

export interface TenderTable extends RecordColumns {
  load_key: string; role: string; state: string; carrier: string | null; reason: string | null; at: Time;
}

export interface WarehouseOrderTable extends RecordColumns {
  direction: string; state: string; raw_state: string; reference: string; order_key: string; number: string | null; facility: string | null; names: JsonColumn; lines: JsonColumn;
}

export interface WarehouseConfirmationTable extends RecordColumns {
  direction: string; reference: string; order_key: string; order_id: string; number: string | null; facility: string | null; names: JsonColumn; confirmed_at: Time; is_final: boolean;
  carrier: string | null; lines: JsonColumn; packages: JsonColumn; remarks: JsonColumn;
}

export interface InventoryAdjustmentTable extends RecordColumns {
  facility: string | null; sku: string; quantity: string; unit: string | null; lot: string | null; location: string | null; adjusted_at: Time; reason: string; raw_reason: string; on_hand: string | null;
}

export interface InventoryLevelTable extends RecordColumns {
  facility: string | null; sku: string; on_hand: string; allocated: string | null; available: string | null; unavailable: string | null; unit: string | null;
}

export interface ShipNoticeTable extends RecordColumns {
  number: string | null; facility: string | null; names: JsonColumn; shipped_at: Time; expected_at: string | null; carrier: string | null; lines: JsonColumn; packages: JsonColumn;
}

export interface PalletTable {
  id: string; sscc: string; company: string; facility: string | null; state: string; location: string | null; within: string | null; expected_at: string | null; received_at: string | null;
  put_away_at: string | null; put_away_location: string | null; shipped_at: string | null; lines: JsonColumn; updated_at: Time;
}

export interface PalletReportTable {
  id: string; record_id: string; record_kind: string; pallet_id: string; sscc: string; company: string; connection: string; facility: string | null; step: string; at: Time; expected_at: string | null;
  location: string | null; within: string | null; lines: JsonColumn; reference: string | null; reference_key: string | null; number: string | null;
}

export interface ShopOrderTable extends RecordColumns {
  order_key: string; reference: string; state: string; raw_state: string; payment: string; fulfilled_by: string; ordered_at: Time; ship_by: string | null; deliver_by: string | null;
  total: JsonColumn; prices_include_tax: boolean; lines: JsonColumn; shipping: JsonColumn | null; destination: JsonColumn; personal_data_id: string | null; sealed: string | null;
}

export interface ShopFulfilmentTable {
  transfer: string; shop_order_id: string; company: string; connection: string; command_id: string | null; revision: number; tracking_digest: string | null; track_command_id: string | null;
  lines: JsonColumn; updated_at: Time;
}

export interface WarehouseReleaseTable {
  connection: string; transfer: string; shipment_id: string; company: string; order_key: string; state: string; revision: number; digest: string | null; problem: string | null; command_id: string | null;
  released_at: string | null; due_at: string | null; overdue: boolean; updated_at: Time;
}

export interface LoadPublicationTable {
  connection: string; load_id: string; company: string; state: string; revision: number; digest: string; first_command_id: string; command_id: string; polled_at: string | null; updated_at: Time;
}

export interface QuoteTable {
  id: string; company: string; asked_by: string; names: JsonColumn; weight_kg: string; packages: number; origin_country: string; destination_country: string;
  promised_at: string | null; rates: JsonColumn; chosen: JsonColumn | null; reasons: string[]; missing: JsonColumn; created_at: Time;
}

export interface ExceptionTable {
  id: string; subject: string; company: string; class: string; kind: string; severity: string; state: 'OPEN' | 'ASSIGNED' | 'RESOLVED'; title: string; detail: string;
  shipment_id: string | null; source_subject: string | null; raw_id: string | null; assignee: string | null; resolution: string | null; opened_at: Time;
  resolved_at: string | null; decided_by: string | null; version: number;
}

export interface ConnectionHealthTable {
  id: string; connection: string; company: string; sync_state: 'RUNNING' | 'DONE' | 'FAILED' | null; sync_error: string | null; sync_started_at: string | null;
  sync_finished_at: string | null; quarantined_at: string | null;
}

export interface SyncRunTable {
  id: string; connection: string; cause: 'COMMAND' | 'SCHEDULE'; state: 'RUNNING' | 'DONE' | 'FAILED'; topics: string[]; step: number; place: JsonColumn;
  totals: JsonColumn<Record<string, number>>; figures: JsonColumn<Record<string, Json>>; memory: JsonColumn | null; message: string | null; attempts: number; error: string | null;
  key_expires_at: string | null; started_at: Time; updated_at: Time; finished_at: string | null;
}

export interface PollCursorTable {
  connection: string; cursor: JsonColumn<Json> | null; number: Generated<number>; polled_at: string | null; succeeded_at: string | null; failures: Generated<number>; error: string | null;
  messages: Generated<number>;
}

export type CommandState = 'QUEUED' | 'CALLING' | 'WAITING' | 'DONE' | 'PARTIAL' | 'DEAD' | 'CANCELLED' | 'DISCARDED';

/** Why a command waits or was given up: a reason of ours, the kind of the partner's error, and words for people. */
export interface CommandError { reason: string; kind: string | null; message: string }

export interface CommandTable {
  id: string; sequence: Generated<number>; kind: string; connection: string; routed_from: string | null; lane: 'DISPATCH' | 'REPORT'; company: string; idempotency_key: string;
  requested_by: string; input_digest: Uint8Array; input: Uint8Array | null; subject: string; order_key: string | null; shipment_id: string | null; state: CommandState;
  attempts: Generated<number>; failures: Generated<number>; next_at: Time; waiting_since: Time; deadline_at: string | null; memory: Uint8Array | null; result: JsonColumn | null;
  error: JsonColumn<CommandError> | null; replaced_by: string | null; lease: string | null; correlation_id: string; causation_id: string | null; created_at: Time; updated_at: Time; finished_at: string | null;
}

export interface CommandAttemptTable {
  id: Generated<string>; command_id: string; number: number; company: string; connection: string; started_at: Time; ended_at: string | null;
  outcome: 'DONE' | 'PARTIAL' | 'FAILED' | 'LOST' | null; error_kind: string | null; error: string | null; raw: Uint8Array | null;
}

export interface PartnerStateTable {
  connection: string; holder: string | null; lease_until: string | null; breaker: Generated<'CLOSED' | 'OPEN' | 'HALF_OPEN'>; openings: Generated<number>;
  open_until: string | null; paused_until: string | null; last_error: string | null; updated_at: Time;
}

export interface WebhookEndpointTable {
  id: string; kind: 'HTTP' | 'NATS'; company: string; owner: string; owner_role: string; rights: JsonColumn<{ scopes: string[]; companies: string[] | '*' | 'none'; keys: string[] }>;
  token_id: string | null; token_issuer: string; token_family: string | null; token_connection: string | null; token_issued_at: Time; rights_until: Time;
  url: string; description: string; topics: string[]; filter: JsonColumn<Record<string, Json>>; state: 'ACTIVE' | 'PAUSED' | 'DISABLED'; state_reason: string | null;
  position: number; ordinal: number; concurrency: number; per_minute: number; failures: Generated<number>; failing_since: string | null; alerted_at: string | null; not_before: string | null;
  last_success_at: string | null; last_failure_at: string | null; last_error: string | null; gap: JsonColumn<{ from: string; to: string; at: string }> | null;
  holder: string | null; lease_until: string | null; created_at: Time; updated_at: Time;
}

export interface WebhookDeliveryTable {
  sequence: Generated<number>; endpoint: string; replay: string | null; position: number | null; ordinal: number | null; note: JsonColumn<Record<string, Json>> | null; event_id: string;
  type: string; subject: string; order_key: string; shipment_id: string | null; happened_at: Time; state: Generated<'WAITING' | 'SENDING' | 'DELIVERED' | 'GIVEN_UP' | 'DROPPED'>; attempts: Generated<number>; next_at: Generated<string>;
  lease: string | null; created_at: Generated<string>; finished_at: string | null;
}

import type { Instant } from '../lib/clock.js';
import type { Classifier, ExceptionClass, MilestoneCode, Severity } from './milestones.js';
import type { Reference } from './references.js';
import type { FreightWish } from './requests.js';
import type { ZonedInstant } from './time.js';
import type { BookingRecord, DocumentRecord, PickupRecord } from './commands.js';
import type { InterchangeRecord, TenderRecord } from './edi.js';
import type { ReportedShopOrder } from './shop.js';
import type { VehicleRecord } from './telematics.js';
import type { ShipNoticeRecord } from './pallet.js';
import type { LoadAssignmentRecord, TenderPlanRecord } from './transport/assignment.js';
import type { LoadRecord } from './transport/records.js';
import type { InventoryAdjustmentRecord, InventoryLevelRecord, WarehouseConfirmationRecord, WarehouseOrderRecord } from './warehouse.js';
import type { AppointmentRecord, FacilityRecord, VisitRecord, YardMoveRecord } from './yard/records.js';

/**
 * Facts: what a source reports, in canonical words, before it is known which shipment is meant. A
 * connector's decoder gives facts; `events/append` makes events of those that are new.
 *
 * `factKey` tells one fact of a subject from another and is the same in every delivery that
 * repeats it: the source's own event id, or raw code, time, place and classifier. `observedAt` is
 * when the source stated it (its update time), and decides between two versions of one fact.
 */
export type Fact =
  | MilestoneFact
  | RetractionFact
  | EstimateFact
  | RequestFact
  | RecordFact<'order.reported', OrderRecord>
  | RecordFact<'transfer.reported', TransferRecord>
  | RecordFact<'party.reported', PartyRecord>
  | RecordFact<'product.reported', ProductRecord>
  | RecordFact<'stock.reported', StockRecord>
  | RecordFact<'invoice.reported', InvoiceRecord>
  | RecordFact<'load.reported', LoadRecord>
  | RecordFact<'facility.reported', FacilityRecord>
  | RecordFact<'appointment.reported', AppointmentRecord>
  | RecordFact<'visit.reported', VisitRecord>
  | RecordFact<'yard_move.reported', YardMoveRecord>
  | RecordFact<'tender_plan.reported', TenderPlanRecord>
  | RecordFact<'load_assignment.reported', LoadAssignmentRecord>
  | RecordFact<'booking.reported', BookingRecord>
  | RecordFact<'document.reported', DocumentRecord>
  | RecordFact<'pickup.reported', PickupRecord>
  | RecordFact<'interchange.reported', InterchangeRecord>
  | RecordFact<'tender.reported', TenderRecord>
  | RecordFact<'warehouse_order.reported', WarehouseOrderRecord>
  | RecordFact<'warehouse_confirmation.reported', WarehouseConfirmationRecord>
  | RecordFact<'ship_notice.reported', ShipNoticeRecord>
  | RecordFact<'inventory_adjustment.reported', InventoryAdjustmentRecord>
  | RecordFact<'inventory_level.reported', InventoryLevelRecord>
  | RecordFact<'vehicle.reported', VehicleRecord>
  | RecordFact<'shop_order.reported', ReportedShopOrder>
  | RecordFact<'record.deleted', DeletedRecord>;

export type FactType = Fact['type'];

interface FactBase {
  factKey: string;
  observedAt: Instant;
}

/** A fact about freight is known by a reference that a link maps to a shipment. */
interface FreightFact extends FactBase {
  reference: Reference;
  /** Other names which the source gives the same shipment in the same breath. */
  also?: Reference[];
  /** Code of the carrier that moves it, where the source says so. */
  carrier?: string;
}

export interface Place {
  name?: string;
  city?: string;
  region?: string;
  postalCode?: string;
  /** ISO 3166 alpha-2. */
  country?: string;
  latitude?: number;
  longitude?: number;
}

export interface MilestonePayload {
  code: MilestoneCode;
  classifier: Classifier;
  occurred: ZonedInstant;
  /** Stop of the journey, 1 for the first, where the source numbers them. */
  stop?: number;
  rawCode: string;
  rawReason?: string;
  rawText?: string;
  exceptionClass?: ExceptionClass;
  place?: Place;
  /** How many handling units this milestone speaks of, where the source counts them. */
  pieces?: number;
}

export interface MilestoneFact extends FreightFact {
  type: 'milestone.reported';
  payload: MilestonePayload;
}

/** The source takes back the fact of this key (DCSA `retractedEventID`), whichever arrives first. */
export interface RetractionFact extends FreightFact {
  type: 'milestone.retracted';
  payload: { retractsFactKey: string; reason?: string };
}

/** What the source expected at `observedAt`; the latest statement stands, whatever the order of arrival. */
export interface EstimateFact extends FreightFact {
  type: 'estimate.reported';
  payload: { of: 'PICKUP' | 'DELIVERY'; estimated: ZonedInstant };
}

/** Something is wanted at a carrier. It becomes a command; of whom it is for, the log says nothing. */
export interface RequestFact extends FreightFact {
  type: 'request.reported';
  /** Company that asks, where the source serves several; else that of the connection. */
  company?: string;
  payload: FreightWish;
}

/**
 * The state of a record that the source owns, whole, as of `version`. The highest version stands.
 * `key` names the record: kind and the source's own id.
 */
export interface RecordFact<T extends string, P> extends FactBase {
  type: T;
  key: { kind: RecordKind; id: string };
  /** Company whose record it is, where the source serves several; else that of the connection. */
  company?: string;
  /** Rises with every change of the record at its source. */
  version: number;
  payload: P;
}

export type RecordKind = 'order' | 'transfer' | 'party' | 'product' | 'stock' | 'invoice' | 'load' | 'facility' | 'appointment' | 'visit' | 'yard_move' | 'vehicle' | 'booking' | 'document' | 'pickup'
  | 'warehouse_order' | 'warehouse_confirmation' | 'inventory_adjustment' | 'inventory_level' | 'ship_notice' | 'interchange' | 'tender' | 'shop_order'
  | 'tender_plan' | 'load_assignment';

export interface Money {
  /** Decimal as text, so that no cent is lost. */
  amount: string;
  currency: string;
}

export interface OrderRecord {
  direction: 'SALE' | 'PURCHASE';
  name: string;
  state: string;
  customerReference?: string;
  /** Ids of parties at the source: the commercial entity and the address. */
  partyId: string;
  shipToId?: string;
  orderedAt?: Instant;
  /** What the customer is promised. */
  promisedAt?: Instant;
  total?: Money;
  deliveryStatus?: string;
  invoiceStatus?: string;
  /** The shop that it came from: connection of the shop, and the shop's own id of the order. */
  shop?: { connection: string; order: string };
  /** `shopLine` is the shop's own id of the line. */
  lines: Array<{ id: string; productId?: string; description: string; quantity: string; unit: string; shopLine?: string }>;
}

/**
 * An Odoo transfer (stock.picking): a delivery, a receipt, a return, or a step within our walls
 * (INTERNAL: pick, pack, put away), which moves no shipment by itself.
 */
export interface TransferRecord {
  direction: 'OUTGOING' | 'INCOMING' | 'INTERNAL';
  name: string;
  state: string;
  origin?: string;
  orderId?: string;
  orderName?: string;
  partyId?: string;
  shipToId?: string;
  carrier?: string;
  trackingNumbers: string[];
  scheduledAt?: Instant;
  /** Odoo's deadline: what was promised to the customer. */
  deadlineAt?: Instant;
  doneAt?: Instant;
  backorderOfId?: string;
  returnOfId?: string;
  weight?: { amount: string; unit: string };
  packageCount?: number;
  /** Whether it may go to transport; absent where that is not checked, or no longer a question. */
  release?: Release;
  /**
   * `name` is the product's; `orderLineId` is the line of the order that it fulfils; `location` where it goes, `stored` whether that is storage of a warehouse;
   * `expiresOn` the date until which its lot may be used.
   */
  lines: Array<{ id: string; productId?: string; name?: string; quantity: string; unit: string; lot?: string; package?: string; orderLineId?: string; location?: { name: string; facility?: string; stored: boolean }; expiresOn?: string }>;
}

export interface Release {
  ready: boolean;
  /** What must be mended first: the check that found it, and the reason in words for people. */
  blocked: Array<{ check: string; reason: string }>;
}

export interface PartyRecord {
  name: string;
  /** Whether it is a person and no company, where the source tells them apart; then the name is personal data that is kept encrypted. */
  isPerson?: boolean;
  /** The commercial entity this address belongs to; itself for a company. */
  commercialId: string;
  email?: string;
  phone?: string;
  street?: string;
  city?: string;
  region?: string;
  postalCode?: string;
  country?: string;
}

export interface ProductRecord {
  name: string;
  sku?: string;
  barcode?: string;
  weight?: { amount: string; unit: string };
}

export interface StockRecord {
  productId: string;
  locationId: string;
  locationName: string;
  onHand: string;
  reserved: string;
  unit: string;
}

export interface InvoiceRecord {
  name: string;
  state: string;
  paymentState: string;
  partyId: string;
  orderNames: string[];
  invoicedAt?: Instant;
  dueAt?: Instant;
  total: Money;
  residual: Money;
}

export interface DeletedRecord {
  deleted: true;
}

/** Something about a message that people should see, though the message was read. */
export interface Anomaly {
  /** Short stable name, e.g. `CONTROL_NUMBER_MISMATCH`. */
  kind: string;
  message: string;
  severity: Severity;
  /** The raw code or element at fault. */
  rawCode?: string;
}

/** What a decoder gives for one raw message. */
export interface Decoded {
  facts: Fact[];
  anomalies: Anomaly[];
  /** Of a file whose sender is to be told: what became of its lines. */
  lineResults?: LineResult[];
}

export interface LineResult {
  /** Counted from 1. */
  line: number;
  accepted: boolean;
  /** Why it was not taken. */
  reason?: string;
}

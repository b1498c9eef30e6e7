import type { Money } from './facts.js';
import type { ChoiceBasis } from './booking-rules.js';
import type { InterchangeRecord, StatusInput, TenderAnswerInput, TenderInput } from './edi.js';
import type { Reference } from './references.js';
import type { ShopFulfilment, ShopTracking } from './shop.js';
import type { ShipNotice } from './ship-notice.js';
import type { LoadPublication } from './transport/publication.js';
import type { WarehouseRelease } from './warehouse.js';
import type { OutsideBooking, OutsideCancellation, OutsideMove, OutsideRequest } from './yard/outside.js';

/**
 * Commands: what is wanted to happen at a partner, each kind with its input. A command is kept with
 * its whole context until it has succeeded, was given up and discarded by a person, or was cancelled.
 */
export interface CommandInputs {
  'shipment.book': BookingInput;
  /** `booking` is the id of the command that booked it. */
  'booking.cancel': { booking: string };
  /** A label for goods that come back; `of` is the booking that brought them. */
  'return.book': BookingInput & { of: string };
  /** The carrier's list of what it will fetch. */
  'manifest.create': { carrier: string; bookings: string[]; parts: ManifestPart[] };
  /** Where a carrier has no webhook, or one may have been lost. */
  'tracking.poll': { references: Reference[] };
  /** What is new at a source that does not send by itself. */
  'source.poll': Record<string, never>;
  /** That a partner's message is kept, signed, where its sender wants to be told by a message of its own (AS2); the body in base64. */
  'receipt.send': { url: string; headers: Record<string, string>; body: string };
  /** What became of the lines of a file, told to who sent it: a file of this name and content, CSV. */
  'file.results': { name: string; content: string };
  /** A delivery that a warehouse is to pick, pack and ship; or the change or end of one that was sent before. */
  'warehouse.release': WarehouseRelease;
  /** A receipt that a warehouse is to expect. */
  'warehouse.announce': WarehouseRelease;
  /** A load as it stands now, for a partner who is told of it: planned, re-planned, under way, withdrawn. */
  'load.publish': LoadPublication;
  /** A load is offered to a carrier, the offer is changed or withdrawn. */
  'tender.send': TenderInput;
  /** A load that was offered to us is taken or declined. */
  'tender.answer': TenderAnswerInput;
  /** Where freight stands, told to a partner. */
  'status.send': StatusInput;
  /** What was shipped of an order, told to who gets it. */
  'notice.send': ShipNotice;
  /** Whether an interchange that came was taken. */
  'edi.acknowledge': { interchange: InterchangeRecord };
  /** Goods of a shop's order are on their way. */
  'shop.fulfil': ShopFulfilment;
  /** Its parcels are tracked by other numbers than was told; `of` is the command that told it. */
  'shop.track': { of: string; order: string; tracking: ShopTracking };
  /** A carrier is to fetch parcels. */
  'pickup.schedule': PickupInput;
  /** `pickup` is the id of the command that scheduled it. */
  'pickup.cancel': { pickup: string };
  /** A time at a dock that another system gives out is taken there, moved, or given back. */
  'appointment.book': OutsideBooking;
  'appointment.move': OutsideMove;
  'appointment.cancel': OutsideCancellation;
  /** Whether what was asked for there was granted. */
  'appointment.follow': OutsideRequest;
  /** What is to stand in Odoo; see the addon's `apply_commands`. */
  'odoo.apply': OdooChange;
}

/** Parcels are ready at a place for a time, for a carrier to fetch. */
export interface PickupInput {
  /** As the connection names its carriers. */
  carrier: string;
  from: FreightAddress;
  /** ISO date, and local times of day at the place, HH:MM: ready from, and there until. */
  on: string;
  readyAt: string;
  closesAt: string;
  /** IANA zone of the place. */
  zone: string;
  /** Commands that booked what is fetched, and their parts; empty where the carrier takes whatever stands there. */
  bookings: string[];
  parts: PickupPart[];
  /** The carrier's code of the service, where `parts` is empty and who asks says so. */
  service?: string;
  packages: { count: number; /** Kilograms, decimal text. */ weightKg: string };
  /** For the driver: which door, which bell. */
  instructions?: string;
}

/** One parcel on a manifest, by the connection's own name of it. */
export interface ManifestPart {
  externalId: string;
  trackingNumber: string;
}

/** A booked parcel that is fetched. */
export interface PickupPart extends ManifestPart {
  /** The carrier's own code of the service by which it was booked. */
  service: string;
  /** ISO 3166 alpha-2 of where it goes. */
  country: string;
}

/** A pickup as somebody wants it. What is left out follows from the bookings, where some are named. */
export interface PickupWish {
  connection?: string;
  carrier?: string;
  /** Commands that booked what is fetched, and the parcels of these bookings. */
  bookings: string[];
  parts: Array<Omit<PickupPart, 'country'> & { booking: string }>;
  from?: FreightAddress;
  /** ISO date, and local times of day at the place, HH:MM. */
  on: string;
  readyAt: string;
  closesAt: string;
  /** IANA zone of the place; that of the connection unless given. */
  zone?: string;
  packages?: { count: number; weightKg: string };
  service?: string;
  instructions?: string;
  /** Although somebody comes for them already. */
  again?: boolean;
}

export type CommandKind = keyof CommandInputs;

/** Work that moves freight goes before what only reports, and never waits for it. */
export const lanes = ['DISPATCH', 'REPORT'] as const;
export type Lane = (typeof lanes)[number];

/** What goes to whom, for a quote and for a booking. */
export interface FreightRequest {
  from: FreightAddress;
  to: FreightAddress;
  packages: FreightPackage[];
  /** Names of the shipment: Odoo's transfer, the order. */
  references: Reference[];
  /** ISO instant in UTC by which it is promised. */
  promisedAt?: string;
  /** ISO date on which it goes out, in the zone of the place. */
  shipOn?: string;
  options?: { signature?: boolean; saturday?: boolean; labelFormat?: LabelFormat };
  /** What customs are told of what crosses their border. */
  customs?: Customs;
}

export const customsContents = ['MERCHANDISE', 'DOCUMENTS', 'GIFT', 'SAMPLE', 'RETURNED_GOODS', 'OTHER'] as const;
export type CustomsContents = (typeof customsContents)[number];

/** Terms of delivery (Incoterms 2020): who bears carriage and duties. */
export const incoterms = ['EXW', 'FCA', 'CPT', 'CIP', 'DAP', 'DPU', 'DDP', 'FAS', 'FOB', 'CFR', 'CIF'] as const;
export type Incoterm = (typeof incoterms)[number];

export interface Customs {
  contents: CustomsContents;
  /** What it is, where `contents` is OTHER. */
  explanation?: string;
  incoterm?: Incoterm;
  /** Number of the invoice that goes with it. */
  invoice?: string;
  /** Who certifies the declaration; unless given, the sender's name. */
  signer?: string;
  items: CustomsItem[];
}

export interface CustomsItem {
  /** Id of the package that holds it; needed where there are several. */
  package?: string;
  description: string;
  /** Whole number from 1. */
  quantity: number;
  /** Of one. */
  value: Money;
  /** Kilograms of one, decimal text. */
  weightKg: string;
  /** Harmonized System code, digits with or without points. */
  hsCode?: string;
  /** ISO 3166 alpha-2 of where it was made. */
  originCountry: string;
  sku?: string;
}

export type LabelFormat = 'PDF' | 'ZPL' | 'PNG';

export interface FreightAddress {
  name?: string;
  company?: string;
  street: string;
  street2?: string;
  city: string;
  region?: string;
  postalCode?: string;
  /** ISO 3166 alpha-2. */
  country: string;
  phone?: string;
  email?: string;
}

export interface FreightPackage {
  /** The asker's name of the package, unique in the request. */
  id: string;
  /** Kilograms as decimal text. */
  weightKg: string;
  /** Centimetres as decimal text. */
  lengthCm?: string;
  widthCm?: string;
  heightCm?: string;
}

export interface BookingInput extends FreightRequest {
  /** Chosen already (a quote shown to a person); otherwise the rules choose. */
  service?: { carrier: string; code: string };
  /** What the asker was told it costs. */
  quoted?: Money;
  /** The quote that was shown; its prices are kept for settlement. */
  quote?: string;
  /** Where no service is chosen: the rules as they stood when it was asked for, and the history that they judge by. */
  basis?: ChoiceBasis;
  /** Who it is for, as rules name customers. */
  customer?: string;
}

/** What a carrier would take for it. */
export interface Rate {
  /** Connection that would book it. */
  connection: string;
  carrier: string;
  /** The carrier's own code of the service, and its name for people. */
  service: string;
  label: string;
  price: Money;
  /** Days on the way, and the instant of delivery, where the carrier says so. */
  days?: number;
  deliveryAt?: string;
  guaranteed?: boolean;
}

/** One change of one record in Odoo. `recordId` is Odoo's own id of it; 0 of a topic whose record the addon finds by the values (`shop_order`, of model `sale.order`). */
export interface OdooChange {
  topic: OdooChangeTopic;
  model: string;
  recordId: number;
  values: Record<string, unknown>;
}

/** What of a shipment is told to Odoo. */
export const odooChangeTopics = [
  'tracking', 'label', 'label_failed', 'milestone', 'status', 'estimate', 'document', 'cost', 'exception', 'exception_closed', 'validate', 'delivered', 'release_hold', 'appointment', 'arrival', 'progress', 'cutoff',
] as const;
export type OdooChangeTopic = (typeof odooChangeTopics)[number] | 'shop_order';

/** A booking as a carrier confirmed it. Its packages may have come out differently. */
export interface BookingRecord {
  /** Command that caused it; null where the carrier tells of a booking that was made elsewhere. */
  command: string | null;
  state: 'BOOKED' | 'PARTIAL' | 'CANCEL_REQUESTED' | 'CANCELLED' | 'FAILED';
  rawState: string;
  carrier: string;
  service: string;
  isReturn: boolean;
  references: Reference[];
  price?: Money;
  quoted?: Money;
  /** Id of the quote that was shown. */
  quote?: string;
  /** Why this service was chosen, for people; one line each. */
  reasons: string[];
  /** `externalId` is the connection's own name of what was booked for the package. */
  packages: Array<{ id: string; trackingNumber?: string; externalId?: string; error?: string }>;
  deliveryAt?: string;
}

/** That a carrier comes and fetches. Of the address no more than where it is: the rest stands in the command that asked for it. */
export interface PickupRecord {
  /** Command that caused it; null where the carrier tells of a pickup that was asked for elsewhere. */
  command: string | null;
  /** FAILED: the carrier called it off after it had taken it. */
  state: 'SCHEDULED' | 'CANCELLED' | 'FAILED';
  rawState: string;
  carrier: string;
  /** The carrier's number of it, for people who call there. */
  confirmation?: string;
  /** ISO instants in UTC between which it comes: as the carrier confirmed them, else as they were asked for. */
  readyAt: string;
  closesAt: string;
  /** IANA zone of the place. */
  zone: string;
  place: { city: string; region?: string; postalCode?: string; country: string };
  /** Commands that booked what is fetched. */
  bookings: string[];
  trackingNumbers: string[];
  packages: { count: number; /** Kilograms, decimal text. */ weightKg: string };
  price?: Money;
}

/** A file: its content is kept apart, encrypted, under its id. */
export interface DocumentRecord {
  kind: 'LABEL' | 'RETURN_LABEL' | 'POD' | 'MANIFEST' | 'CUSTOMS' | 'PHOTO';
  format: LabelFormat | 'JPEG';
  references: Reference[];
  /** Booking and package that it belongs to. */
  booking?: string;
  package?: string;
  /** The source's id of the visit that a photo is of. */
  visit?: string;
  /** SHA-256 of the content, hex. */
  sha256: string;
  bytes: number;
}

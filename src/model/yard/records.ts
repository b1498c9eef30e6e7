import type { Place } from '../facts.js';
import type { Reference } from '../references.js';
import type { ZonedInstant } from '../time.js';

/** A place with docks. */
export interface FacilityRecord {
  name: string;
  /** Code by which other systems know it. */
  code?: string;
  place?: Place;
  /** IANA zone of its clocks. */
  zone?: string;
  /** Carriers may book there, so that every carrier sees it. */
  carriersBook?: boolean;
}

export const appointmentStates = ['UNKNOWN', 'REQUESTED', 'SCHEDULED', 'ARRIVED', 'IN_PROGRESS', 'COMPLETED', 'NO_SHOW', 'CANCELLED'] as const;
export type AppointmentState = (typeof appointmentStates)[number];

/** INBOUND: goods come to the facility. */
export const dockDirections = ['UNKNOWN', 'INBOUND', 'OUTBOUND'] as const;
export type DockDirection = (typeof dockDirections)[number];

/** LIVE: the truck waits while it is loaded or unloaded. DROP: it leaves its trailer. */
export const handlings = ['LIVE', 'DROP'] as const;
export type Handling = (typeof handlings)[number];

export const temperatures = ['AMBIENT', 'CHILLED', 'FROZEN'] as const;
export type Temperature = (typeof temperatures)[number];

/** A time at a dock that somebody asked for, in the place of the one that stands. */
export interface SlotWish {
  startsAt: ZonedInstant;
  endsAt: ZonedInstant;
  dock?: string;
}

/** A time at a dock. */
export interface AppointmentRecord {
  /** The source's id of the facility. */
  facilityId?: string;
  /** Name of the dock. */
  dock?: string;
  direction: DockDirection;
  state: AppointmentState;
  /** The source's own word. */
  rawState: string;
  /** The number that people quote. */
  confirmation?: string;
  startsAt: ZonedInstant;
  endsAt?: ZonedInstant;
  carrier?: string;
  /** Names under which the load that comes may be known. */
  loads: string[];
  /** Names of the shipments that it is for. */
  references: Reference[];
  handling?: Handling;
  /** What the goods need of the dock. */
  temperature?: Temperature;
  /** Height of the vehicle, centimetres. */
  heightCm?: number;
  pallets?: number;
  /** Another time that was asked for and is not decided yet; until then the one above stands. */
  wish?: SlotWish;
  /** Why it was refused, moved, cancelled or not met, in words for people. */
  reason?: string;
  /** What an outsider named: it counts for nothing until somebody of the company confirmed it. */
  claimed?: { loads: string[]; references: Reference[] };
  /** The standing appointment that it is one of, and its local date, `2026-11-30`. */
  standing?: { id: string; on: string };
}

export const visitTypes = ['UNKNOWN', 'LIVE', 'LIVE_LOAD', 'LIVE_UNLOAD', 'DROP', 'PICK_UP', 'DROP_HOOK'] as const;
export type VisitType = (typeof visitTypes)[number];

export const visitStates = ['UNKNOWN', 'EXPECTED', 'CHECKED_IN', 'AT_DOCK', 'CHECKED_OUT', 'CANCELLED', 'REJECTED'] as const;
export type VisitState = (typeof visitStates)[number];

/** A truck on site. Who drives it is personal data and stays in the raw message. */
export interface VisitRecord {
  /** The source's ids. */
  facilityId?: string;
  appointmentId?: string;
  type: VisitType;
  state: VisitState;
  /** The source's own word. */
  rawState?: string;
  carrier?: string;
  truck?: string;
  /** The trailer, container or swap body that it came with. */
  trailer?: string;
  /** The one that it left with, where that is another; null: it left without any. */
  trailerOut?: string | null;
  /** Where the dock's door is that it was sent to, or is at. */
  dock?: string;
  direction?: DockDirection;
  /** When a fence around the facility saw it come; kept beside check-in. */
  arrivedAt?: ZonedInstant;
  checkedInAt?: ZonedInstant;
  atDockAt?: ZonedInstant;
  handlingStartedAt?: ZonedInstant;
  handlingEndedAt?: ZonedInstant;
  fromDockAt?: ZonedInstant;
  checkedOutAt?: ZonedInstant;
  /** Names that the driver gave at the gate. */
  loads?: string[];
  references?: Reference[];
  /** Numbers of seals, on arrival and on leaving. */
  seals?: { in: string[]; out: string[] };
  /** What was counted while loading or unloading. */
  counts?: HandlingCount[];
  /** What was found wrong with goods or equipment. */
  findings?: Finding[];
  /** Why this dock: the rules that chose it, in words for people. */
  dockReasons?: string[];
  /** Trailers that it left in the yard or took up there, in the order in which that happened. */
  equipment?: EquipmentStep[];
  /** Why it was turned away or called off, in words for people. */
  reason?: string;
  /** Who drives it, which stands sealed elsewhere. */
  personalDataId?: string;
}

export const trailerLoads = ['UNKNOWN', 'LOADED', 'EMPTY'] as const;
export type TrailerLoad = (typeof trailerLoads)[number];

/** A trailer was left behind, or taken up: a swap is one of each. */
export interface EquipmentStep {
  action: 'DETACHED' | 'ATTACHED';
  trailer: string;
  at: ZonedInstant;
  /** Name of the spot or dock. */
  place?: string;
  load?: TrailerLoad;
}

export interface HandlingCount {
  /** Name of the delivery or receipt, as its papers print it. */
  reference?: string;
  /** Our id of a product, or its SKU. */
  product?: string;
  lot?: string;
  /** PALLET, CASE, PIECE or the unit of Odoo. */
  unit: string;
  /** Decimal text. */
  quantity: string;
  at: ZonedInstant;
}

export const findingKinds = ['DAMAGED', 'SHORT', 'OVER', 'WRONG_GOODS', 'WRONG_TRAILER', 'SEAL_BROKEN', 'SEAL_MISMATCH', 'TEMPERATURE'] as const;
export type FindingKind = (typeof findingKinds)[number];

/** Something that is not as it should be, with its photos. */
export interface Finding {
  id: string;
  kind: FindingKind;
  reference?: string;
  product?: string;
  /** Decimal text. */
  quantity?: string;
  unit?: string;
  note?: string;
  /** Ids of documents. */
  photos: string[];
  at: ZonedInstant;
}

export const yardMoveStates = ['UNKNOWN', 'REQUESTED', 'ASSIGNED', 'STARTED', 'DONE', 'CANCELLED'] as const;
export type YardMoveState = (typeof yardMoveStates)[number];

/** A trailer is to be brought from one place in the yard to another: a task for who drives there. */
export interface YardMoveRecord {
  /** The source's id of the facility. */
  facilityId: string;
  trailer: string;
  state: YardMoveState;
  /** Names of spots or docks; `from` absent: wherever it stands. */
  from?: string;
  to: string;
  /** Who is to do it, as the yard calls them: a shunter truck, a team. No names of people. */
  assignee?: string;
  visitId?: string;
  reason?: string;
  requestedAt: ZonedInstant;
  assignedAt?: ZonedInstant;
  startedAt?: ZonedInstant;
  doneAt?: ZonedInstant;
}

import type { Classifier, ExceptionClass, MilestoneCode } from '../../model/milestones.js';
import type { LoadState } from '../../model/transport/records.js';

/** `status` of a trip. `accepted` is the word before OTM 5.1; `modified` says nothing of where it stands. */
export const tripStates: Readonly<Record<string, LoadState>> = {
  draft: 'DRAFT',
  requested: 'REQUESTED',
  confirmed: 'CONFIRMED',
  accepted: 'CONFIRMED',
  inTransit: 'IN_TRANSIT',
  completed: 'COMPLETED',
  cancelled: 'CANCELLED',
};

export type Slot = 'requested' | 'planned' | 'estimated' | 'actual';

/** `lifecycle` of an action, the weightier last where two fill one slot. */
export const lifecycles: Readonly<Record<string, { slot: Slot; rank: number }>> = {
  requested: { slot: 'requested', rank: 0 },
  planned: { slot: 'planned', rank: 1 },
  projected: { slot: 'estimated', rank: 2 },
  actual: { slot: 'actual', rank: 3 },
  realized: { slot: 'actual', rank: 4 },
};

export const classifierOfSlot: Readonly<Record<Slot, Classifier>> = { requested: 'REQUESTED', planned: 'PLANNED', estimated: 'ESTIMATED', actual: 'ACTUAL' };

/** What arriving and leaving mean for a shipment that is loaded there, unloaded there, or changes trucks in a carrier's own yard. */
export const stopCodes: Readonly<Record<'load.arrival' | 'load.departure' | 'unload.arrival' | 'unload.departure' | 'transit.arrival' | 'transit.departure', MilestoneCode>> = {
  'load.arrival': 'ARRIVED_PICKUP',
  'load.departure': 'PICKED_UP',
  'unload.arrival': 'ARRIVED_DELIVERY',
  'unload.departure': 'DEPARTED_DELIVERY',
  'transit.arrival': 'ARRIVED_FACILITY',
  'transit.departure': 'DEPARTED_FACILITY',
};

/** `result.status` of an unload action at its destination. */
export const unloadResults: Readonly<Record<string, MilestoneCode>> = {
  succeeded: 'DELIVERED',
  partiallySucceeded: 'PARTIALLY_DELIVERED',
  failed: 'DELIVERY_ATTEMPTED',
  cancelled: 'INFO',
};

/** `result.reason` of an action that did not succeed. */
export const resultReasons: Readonly<Record<string, { code?: MilestoneCode; exceptionClass: ExceptionClass }>> = {
  damage: { exceptionClass: 'DAMAGE' },
  deliveredElsewhere: { exceptionClass: 'CARRIER' },
  deliveredToWrongReceiver: { exceptionClass: 'CARRIER' },
  inaccessibleAddress: { exceptionClass: 'ADDRESS' },
  incomplete: { exceptionClass: 'SHIPPER' },
  invalidAddress: { exceptionClass: 'ADDRESS' },
  invalidShippingLabel: { exceptionClass: 'SHIPPER' },
  receiverAbsent: { exceptionClass: 'CONSIGNEE' },
  rejectedByReceiver: { code: 'REFUSED', exceptionClass: 'CONSIGNEE' },
  other: { exceptionClass: 'CARRIER' },
};

/** Location type of a carrier's own yard: what is unloaded there is not delivered. */
export const transitLocations: ReadonlySet<string> = new Set(['operationalBase']);

/** Keys of a consignment's `externalAttributes` that name its shipment, beside its `name`. OTM defines none. */
export const nameAttributes = { deliveryOrder: 'delivery_order', billOfLading: 'bill_of_lading', trackingNumber: 'tracking' } as const;

/** Key of a stop's `externalAttributes` under which its id stands where that is no UUID. OTM defines none. */
export const stopAttribute = 'stopId';

/** What is done at a stop besides, for the shipments that are aboard or handed over. What is handed over where it is unloaded for good has arrived already. */
export const otherCodes: Readonly<Record<'attach' | 'detach' | 'handOver' | 'handOver.destination' | 'wait', MilestoneCode>> = {
  attach: 'TRAILER_ATTACHED',
  detach: 'TRAILER_DETACHED',
  handOver: 'HANDED_OVER',
  'handOver.destination': 'INFO',
  wait: 'INFO',
};

/** Types of events that say nothing of freight that trips do not say. Positions are read, and trips that came or changed. */
export const ignoredEvents: ReadonlySet<string> = new Set(['associationRemovedEvent', 'startMovingEvent', 'stopMovingEvent', 'startWaitingEvent', 'stopWaitingEvent', 'startEngineEvent', 'stopEngineEvent', 'sensorUpdateEvent', 'fuelConsumedEvent', 'emissionEvent']);

import type { MilestoneCode } from '../../model/milestones.js';

/** What a stop of a route is for a shipment, see `roleOf`; unknown where the route is not given. */
export type StopRole = 'pickup' | 'delivery' | 'unknown';

/** Events of routes, by the type of the event and the role of the stop. */
export const stopCodes: Readonly<Record<string, MilestoneCode>> = {
  'RouteStopArrival.pickup': 'ARRIVED_PICKUP',
  'RouteStopArrival.delivery': 'ARRIVED_DELIVERY',
  'RouteStopArrival.unknown': 'ARRIVED_FACILITY',
  'RouteStopDeparture.pickup': 'DEPARTED_FACILITY',
  'RouteStopDeparture.delivery': 'DEPARTED_DELIVERY',
  'RouteStopDeparture.unknown': 'DEPARTED_FACILITY',
};

/** Types of events with a new expected time of arrival. */
export const estimateEvents: ReadonlySet<string> = new Set(['RouteStopEtaUpdated', 'RouteStopEarlyLateArrival']);

/** Operations in the feed of routes, by the event that webhooks tell of the same. */
export const routeOperations: Readonly<Record<string, { event: string; time: 'arrivalTime' | 'departureTime' | 'eta' }>> = {
  'stop arrived': { event: 'RouteStopArrival', time: 'arrivalTime' },
  'stop arrival time updated': { event: 'RouteStopArrival', time: 'arrivalTime' },
  'stop departed': { event: 'RouteStopDeparture', time: 'departureTime' },
  'stop completion time updated': { event: 'RouteStopDeparture', time: 'departureTime' },
  'stop ETA updated': { event: 'RouteStopEtaUpdated', time: 'eta' },
};

/** Operations that say nothing of where goods are. */
export const ignoredOperations: ReadonlySet<string> = new Set(['stop scheduled', 'stop en route', 'stop skipped', 'stop order changed', 'stop arrival prevented']);

/** All other types that Samsara publishes. They say nothing of freight, or (GeofenceEntry, GeofenceExit) what positions and our own fences say. */
export const ignoredEvents: ReadonlySet<string> = new Set([
  'AddressCreated', 'AddressDeleted', 'AddressUpdated', 'Alert', 'AlertIncident', 'AlertObjectEvent', 'DocumentSubmitted', 'DriverCreated', 'DriverUpdated', 'DvirSubmitted', 'EngineFaultOff', 'EngineFaultOn',
  'FormSubmitted', 'FormUpdated', 'GatewayUnplugged', 'GeofenceEntry', 'GeofenceExit', 'IssueCreated', 'MissingDvirPastDue', 'Ping', 'PredictiveMaintenanceAlert', 'RouteStopResequence', 'SevereSpeedingEnded',
  'SevereSpeedingStarted', 'ShipmentTrackingEvent', 'SpeedingEventEnded', 'SpeedingEventStarted', 'SuddenFuelLevelDrop', 'SuddenFuelLevelRise', 'VehicleCreated', 'VehicleUpdated', 'VisualSearchMatch', 'WorkOrderCreatedOrChanged',
]);

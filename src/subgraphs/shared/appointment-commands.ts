import type { Principal } from '../../auth/principal.js';
import type { AppointmentWish, ComingTruck, DoneAppointment, FreeSlotsWish, SavedFacility, WantedFacility } from '../../model/yard/desk.js';
import type { FreeSlot } from '../../model/yard/slots.js';
import type { StandingAppointment } from '../../model/yard/standing.js';

/** Who asks, and under which key: asked again under the same one, nothing is done twice. */
export interface DockAsker {
  by: Principal;
  idempotencyKey: string;
  correlationId: string;
}

interface OfAppointment {
  /** UUID. */
  id: string;
}

/** What is asked of docks that are given out here. Refusals are GatehouseErrors; SlotTaken has alternatives. */
export interface AppointmentCommands {
  /** @throws GatehouseError NOT_FOUND; InvalidPlan */
  saveFacility(wanted: WantedFacility, asker: DockAsker): Promise<SavedFacility>;
  /** Times that may be booked now by whoever asks, in order. @throws GatehouseError NOT_FOUND, FORBIDDEN, BAD_INPUT */
  freeSlots(wish: FreeSlotsWish, by: Principal): Promise<FreeSlot[]>;
  /** @throws GatehouseError NOT_FOUND, FORBIDDEN, BAD_INPUT, CONFLICT; SlotTaken */
  book(wish: AppointmentWish, asker: DockAsker): Promise<DoneAppointment>;
  /** For a truck that is there without an appointment, in the order of coming. @throws as `book` */
  firstCome(truck: ComingTruck & { facilityId: string }, asker: DockAsker): Promise<DoneAppointment>;
  /** @throws GatehouseError NOT_FOUND, FORBIDDEN, CONFLICT; SlotTaken */
  reschedule(wish: OfAppointment & { startsAt: string; dock?: string; reason?: string }, asker: DockAsker): Promise<DoneAppointment>;
  /** @throws GatehouseError NOT_FOUND, FORBIDDEN, CONFLICT; SlotTaken */
  decide(decided: OfAppointment & { decision: 'CONFIRM' | 'REJECT'; reason?: string }, asker: DockAsker): Promise<DoneAppointment>;
  /** @throws GatehouseError NOT_FOUND, FORBIDDEN, CONFLICT */
  cancel(cancelled: OfAppointment & { reason?: string }, asker: DockAsker): Promise<DoneAppointment>;
  /** @throws GatehouseError NOT_FOUND, FORBIDDEN, CONFLICT */
  noShow(missed: OfAppointment, asker: DockAsker): Promise<DoneAppointment>;
  /** @throws GatehouseError NOT_FOUND, FORBIDDEN, CONFLICT; SlotTaken */
  undo(undone: OfAppointment, asker: DockAsker): Promise<DoneAppointment>;
  /** @throws GatehouseError NOT_FOUND, FORBIDDEN, CONFLICT */
  confirmNames(decided: OfAppointment & { decision: 'CONFIRM' | 'REJECT' }, asker: DockAsker): Promise<DoneAppointment>;
  /** @returns its id @throws GatehouseError NOT_FOUND, FORBIDDEN, BAD_INPUT */
  saveStanding(wish: Omit<StandingAppointment, 'id'>, facilityId: string, asker: DockAsker): Promise<string>;
  /** @throws GatehouseError NOT_FOUND, BAD_INPUT */
  endStanding(ended: { id: string; lastOn: string }, asker: DockAsker): Promise<void>;
}

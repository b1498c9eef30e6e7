import type { TaskContext } from '../../context.js';
import { saveFacilityOnce } from '../facilities.js';
import { bookAppointment, bookFirstCome } from './book.js';
import { cancelAppointment, confirmAppointmentNames, decideOnAppointment, markNoShow, rescheduleAppointment, undoAppointment } from './change.js';
import { findFreeSlots } from './free.js';
import { endStanding, saveStanding } from './standing.js';

export { takeFirstComeFirstServed } from './book.js';
export { keepAppointments } from './upkeep.js';

/** Everything that is asked of docks which are given out here. Refusals are GatehouseErrors, SlotTaken among them. */
export type AppointmentDesk = ReturnType<typeof openAppointmentDesk>;

export function openAppointmentDesk(tasks: Pick<TaskContext, 'database'>) {
  const of = <Rest extends unknown[], Done>(work: (tasks: Pick<TaskContext, 'database'>, ...rest: Rest) => Done) => (...rest: Rest) => work(tasks, ...rest);
  return {
    saveFacility: of(saveFacilityOnce), freeSlots: of(findFreeSlots), book: of(bookAppointment), firstCome: of(bookFirstCome), reschedule: of(rescheduleAppointment), decide: of(decideOnAppointment),
    cancel: of(cancelAppointment), noShow: of(markNoShow), undo: of(undoAppointment), confirmNames: of(confirmAppointmentNames), saveStanding: of(saveStanding), endStanding: of(endStanding),
  };
}

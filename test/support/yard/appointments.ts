import { principalOf, type Principal } from '../../../src/auth/principal.js';
import { openAppointmentDesk, type AppointmentDesk } from '../../../src/jobs/tasks/yard/appointments/index.js';
import type { AppointmentWish } from '../../../src/model/yard/desk.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { addDays, instantsOf, localDay, weekdayOf } from '../../../src/model/yard/local-time.js';

const claims = { parties: [], companies: [], expiresMs: Date.now() + 36_000_000, demonstration: false };
export const dockOffice = principalOf({ ...claims, subject: 'dock-office', role: 'operator', carriers: [] });
export const warehouseOf = (name: string): Principal => principalOf({ ...claims, subject: `gate of ${name}`, role: 'partner', carriers: [], facilities: [name] });
export const carrierNamed = (...carriers: string[]): Principal => principalOf({ ...claims, subject: `dispatch of ${carriers.join()}`, role: 'partner', carriers });

/** Who asks, each time under another key. */
export const asking = (by: Principal, idempotencyKey: string = uuidv7()) => ({ by, idempotencyKey, correlationId: uuidv7() });

/** A working day that is some days ahead, and a time of it by the clock of Berlin. */
export function workingDay(ahead = 7): string {
  let day = addDays(localDay('Europe/Berlin', Date.now()), ahead);
  while (weekdayOf(day) > 5) day = addDays(day, 1);
  return day;
}

export function at(day: string, time: string, zone = 'Europe/Berlin'): string {
  const [hours, minutes] = time.split(':').map(Number);
  return new Date(instantsOf(zone, day, hours! * 60 + minutes!)[0]!).toISOString();
}

export const noNames = { loads: [], deliveries: [], orders: [] };

export function wish(facilityId: string, startsAt: string, over: Partial<AppointmentWish> = {}): AppointmentWish {
  return { facilityId, startsAt, need: { direction: 'INBOUND', handling: 'LIVE', temperature: 'AMBIENT' }, names: noNames, ...over };
}

export { openAppointmentDesk, type AppointmentDesk };

import { stateOwn } from '../../../src/jobs/tasks/own/records.js';
import { saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { keepAppointments } from '../../../src/jobs/tasks/yard/appointments/upkeep.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { ourConnection } from '../../../src/model/our-connection.js';
import { addDays, weekdayOf } from '../../../src/model/yard/local-time.js';
import type { TestServer } from '../databases.js';
import { eventually } from '../requests.js';
import { asking, at, carrierNamed, dockOffice, openAppointmentDesk, workingDay } from './appointments.js';
import { facilityPlan } from './facility-plan.js';

/** Whose an appointment is, and by which texts it is known. */
export interface OwnedDock {
  company: string;
  code: string;
  carrier: string;
  /** Name of a load of the same company, where the carrier has one. */
  load?: string;
  /** What the carrier names, though there is no such thing. */
  claim: string;
  /** Own id of the visit of its truck. */
  visit: string;
}

/** The day of the appointments. */
export const dockDay = workingDay(5);

/**
 * Facilities that are run here, under the codes that others use too: at each a carrier asked for a time, was given it, and asks for
 * another; its truck is expected. It comes again every week, but for a holiday.
 */
export async function tellDocks(server: TestServer, owned: readonly OwnedDock[]): Promise<void> {
  const desk = openAppointmentDesk(server.tasks);
  const plan = facilityPlan({
    zone: 'UTC', days: [{ on: addDays(dockDay, 7), hours: [] }, { on: addDays(dockDay, 8), hours: [{ from: '06:00', to: '12:00' }] }], capacities: [{ perHour: 40 }], booking: { ...facilityPlan().booking, outsiders: 'REQUEST', horizonDays: 20 },
    docks: Array.from({ length: 8 }, (_, index) => ({ ...facilityPlan().docks[0]!, name: `D${index}`, blocked: [{ from: at(dockDay, '16:00', 'UTC'), to: at(dockDay, '17:00', 'UTC') }] })),
  });
  for (const { company, code, carrier, load, claim, visit } of owned) {
    const facilityId = await saveFacilityPlan(server.tasks, { company, code, plan }, dockOffice, uuidv7());
    const need = { direction: 'INBOUND', handling: 'LIVE', temperature: 'AMBIENT' } as const;
    const by = carrierNamed(carrier);
    const { appointmentId } = await desk.book({ facilityId, startsAt: at(dockDay, '10:00', 'UTC'), need, names: { loads: [claim, ...(load === undefined ? [] : [load])], deliveries: [claim], orders: [] } }, asking(by));
    await desk.decide({ id: appointmentId, decision: 'CONFIRM' }, asking(dockOffice));
    await desk.reschedule({ id: appointmentId, startsAt: at(dockDay, '12:00', 'UTC') }, asking(by));
    await desk.saveStanding({ weekday: weekdayOf(dockDay), time: '08:00', need, carrier, from: addDays(dockDay, 1) }, facilityId, asking(dockOffice));
    const { subject } = await server.database.kysely.selectFrom('appointment').select('subject').where('id', '=', appointmentId).executeTakeFirstOrThrow();
    await server.database.transaction((tx) => stateOwn(tx, [{
      type: 'visit.reported', kind: 'visit', id: visit, company, version: 1, step: { action: 'visit.expect', by: 'gate' },
      payload: { facilityId: `${code}@${company}`, appointmentId: subject.slice(`appointment:${ourConnection}:`.length), type: 'LIVE', state: 'EXPECTED', carrier },
    }], uuidv7()));
  }
  await keepAppointments(server.tasks);
  await eventually(() => server.database.kysely.selectFrom('standing_skip').select('standing_id').execute(), (rows) => rows.length >= owned.length);
}

import { sql } from 'kysely';
import { recordAudit } from '../../../../events/audit.js';
import { answerOnce } from '../../../../events/own-requests.js';
import { instant } from '../../../../lib/clock.js';
import { GatehouseError } from '../../../../lib/errors.js';
import { uuidv7 } from '../../../../lib/ids.js';
import { isDay } from '../../../../model/yard/local-time.js';
import { checkStanding, type StandingAppointment } from '../../../../model/yard/standing.js';
import { holdFacility } from '../facilities.js';
import { actingAt, carrierOf, type YardAsker } from './asking.js';
import { checkNeed } from './book.js';
import type { Tasks } from './decide.js';

/** Keeps a time that comes again every week. Its appointments are made as the days come near. @returns its id */
export async function saveStanding(tasks: Tasks, wish: Omit<StandingAppointment, 'id'>, facilityId: string, asker: YardAsker): Promise<string> {
  checkNeed(wish.need);
  return tasks.database.transaction(async (tx) => {
    const facility = await holdFacility(tx, facilityId);
    if ((await actingAt(tx, asker.by, facility)) !== 'STAFF') throw new GatehouseError('FORBIDDEN', 'Whoever runs the facility makes standing appointments.', { field: 'input.facilityId' });
    const fault = checkStanding(facility.plan, wish);
    if (fault !== null) throw new GatehouseError('BAD_INPUT', fault.message, { field: `input.${fault.field}` });
    const asked = { mutation: 'saveStandingAppointment', facilityId, ...wish, need: { ...wish.need } };
    const { answer } = await answerOnce(tx, { requestedBy: asker.by.subject, idempotencyKey: asker.idempotencyKey }, asked, async () => {
      const id = uuidv7();
      await tx.insertInto('standing_appointment').values({
        id, facility_id: facility.id, company: facility.company, carrier: carrierOf(asker.by, 'STAFF', wish.carrier) ?? null, weekday: wish.weekday, local_time: wish.time, dock: wish.dock ?? null,
        need: JSON.stringify(wish.need), from_on: wish.from, until_on: wish.until ?? null, changed_by: asker.by.subject, changed_at: instant(Date.now()),
      }).execute();
      await recordAudit(tx, [{ actor: asker.by, action: 'standing-appointment.saved', target: { kind: 'standing_appointment', id }, correlationId: asker.correlationId, payload: { facility: facility.ownId, weekday: wish.weekday, time: wish.time } }]);
      return { id };
    });
    return answer.id;
  });
}

/** Ends it with a day: later ones are not made any more. What was made already stands, until somebody cancels it. */
export async function endStanding(tasks: Tasks, { id, lastOn }: { id: string; lastOn: string }, asker: YardAsker): Promise<void> {
  if (!isDay(lastOn)) throw new GatehouseError('BAD_INPUT', 'This is no day. One is 2026-12-24.', { field: 'input.lastOn' });
  const known = await tasks.database.kysely.selectFrom('standing_appointment').select(['facility_id', 'from_on']).where('id', '=', id).executeTakeFirst();
  const none = () => new GatehouseError('NOT_FOUND', 'There is no such standing appointment, or this token may not see it.', { field: 'input.id' });
  if (known === undefined) throw none();
  await tasks.database.transaction(async (tx) => {
    const facility = await holdFacility(tx, known.facility_id);
    if ((await actingAt(tx, asker.by, facility, 'input.id')) !== 'STAFF') throw none();
    if (lastOn < known.from_on) throw new GatehouseError('BAD_INPUT', `Its first day is ${known.from_on}: it ends on that one, or on a later one. Cancel the appointments that were made of it.`, { field: 'input.lastOn' });
    await answerOnce(tx, { requestedBy: asker.by.subject, idempotencyKey: asker.idempotencyKey }, { mutation: 'endStandingAppointment', id, lastOn }, async () => {
      await tx.updateTable('standing_appointment').set({ until_on: sql`least(${lastOn}, coalesce(until_on, ${lastOn}))`, changed_by: asker.by.subject, changed_at: instant(Date.now()) }).where('id', '=', id).execute();
      await recordAudit(tx, [{ actor: asker.by, action: 'standing-appointment.ended', target: { kind: 'standing_appointment', id }, correlationId: asker.correlationId, payload: { lastOn } }]);
      return { id };
    });
  });
}

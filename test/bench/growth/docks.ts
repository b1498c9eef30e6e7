import { globalId } from '../../../src/lib/ids.js';
import { ourConnection } from '../../../src/model/our-connection.js';
import { recordId } from '../../../src/model/record-ids.js';
import { progress } from '../../support/measurements.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';
import type { BoardDatabase } from '../board/database.js';
import type { Question } from '../board/questions.js';
import type { Side } from '../board/sides.js';

const perDay = 300;
const docks = 40;
const from = '2016-01-01';
const ownId = 'BUSY@main';
const facility = recordId('facility', ourConnection, ownId);

const calendar = `query ($id: ID!, $on: String!) { dockCalendar(facilityId: $id, on: $on) {
  open { from to } hours { startsAt booked freeDocks } docks { name entries { appointment { id state carrier startsAt endsAt confirmation } load { reference state } visit { state truck checkedInAt } } } } }`;

/** Gives a database a facility with so many appointments, each with its truck, 300 a day; and days of it to ask for. */
export async function dockQuestions(database: BoardDatabase, appointments: number): Promise<Question[]> {
  const startMs = performance.now();
  const plan = facilityPlan({ zone: 'UTC', docks: Array.from({ length: docks }, (_, index) => ({ ...facilityPlan().docks[0]!, name: `D${index}` })), hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })) });
  const { query } = database;
  await query(`insert into facility (id, subject, company, connection, name, code, zone, version, updated_at) values ($1, $2, 'main', 'gatehouse', 'Busy', 'BUSY', 'UTC', 1, now())`, [facility, `facility:gatehouse:${ownId}`]);
  await query(`insert into facility_plan (facility_id, company, code, plan, changed_by, changed_at) values ($1, 'main', 'BUSY', $2, 's', now())`, [facility, JSON.stringify(plan)]);
  await query(`insert into appointment (id, subject, company, connection, facility_id, dock, direction, state, raw_state, confirmation, starts_at, ends_at, carrier, numbers, names, handling, temperature, version, updated_at)
    select gen_random_uuid(), 'appointment:gatehouse:a' || g, 'main', 'gatehouse', $1, 'D' || g % ${docks}, 'INBOUND', 'COMPLETED', 'COMPLETED', 'C' || g, timestamptz '${from}' + (g / ${perDay}) * interval '1 day' + (g % ${perDay}) * interval '4 minutes',
      timestamptz '${from}' + (g / ${perDay}) * interval '1 day' + (g % ${perDay}) * interval '4 minutes' + interval '1 hour', 'CARRIER_' || g % 30, '{}', '[]', 'LIVE', 'AMBIENT', 1, now() from generate_series(0, ${appointments} - 1) g`, [facility]);
  await query(`insert into visit (id, subject, company, connection, facility_id, appointment_id, type, state, truck, checked_in_at, version, updated_at)
    select gen_random_uuid(), 'visit:' || subject, 'main', 'gatehouse', facility_id, id, 'LIVE', 'CHECKED_OUT', 'T' || dock, starts_at, 1, now() from appointment where facility_id = $1`, [facility]);
  for (const table of ['facility', 'facility_plan', 'appointment', 'visit']) await query(`vacuum (analyze) ${table}`);
  progress(`${appointments.toLocaleString('en')} appointments of one facility: ready after ${Math.round((performance.now() - startMs) / 1000)} s`);
  const token = await database.createToken({ role: 'operator' });
  const days = Math.floor(appointments / perDay);
  return Array.from({ length: 20 }, (_, index) => {
    const on = new Date(Date.parse(from) + (1 + Math.floor((index * (days - 2)) / 20)) * 86_400_000).toISOString().slice(0, 10);
    return { token, body: JSON.stringify({ query: calendar, variables: { id: globalId('Facility', facility), on } }), peerBody: '' };
  });
}

/** @throws where an answer has not the appointments of a whole day */
export async function calendarOf(side: Side, question: Question): Promise<void> {
  const response = await fetch(side.url, { method: 'POST', ...side.request(question) });
  const answer = (await response.json()) as { data?: { dockCalendar?: { docks: Array<{ entries: unknown[] }> } | null } };
  const found = answer.data?.dockCalendar?.docks.reduce((sum, { entries }) => sum + entries.length, 0) ?? 0;
  if (found < perDay) throw new Error(`${side.name} answered ${response.status}: ${JSON.stringify(answer).slice(0, 1000)}`);
}

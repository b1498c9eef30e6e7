import { sql } from 'kysely';
import type { Principal } from '../../../../auth/principal.js';
import { readerFor } from '../../../../auth/reader.js';
import { GatehouseError } from '../../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../../lib/ids.js';
import type { Place } from '../../../../model/facts.js';
import { ourConnection } from '../../../../model/our-connection.js';
import { normalizeReferenceValue } from '../../../../model/references.js';
import { livingStates } from '../../../../model/yard/appointment.js';
import type { FacilityPlan } from '../../../../model/yard/plan.js';
import type { SlotWish } from '../../../../model/yard/records.js';
import type { Queryable } from '../../../engine.js';
import { ownCarriers } from '../appointments/asking.js';
import type { ShownAppointment, SscLocation } from './answers.js';
import type { AnyIdentifiers, CommonIdentifiers } from './requests.js';

/** A facility that is run here, as callers see it. */
export interface SscFacility extends SscLocation {
  plan: FacilityPlan;
}

const columns = ['appointment.id', 'facility_id', 'state', 'raw_state', 'confirmation', 'dock', 'starts_at', 'ends_at', 'handling', 'reason', 'wish'] as const;

/**
 * The facility by its code, `WH@company` where several have it, or our id of it.
 * @throws GatehouseError NOT_FOUND, BAD_INPUT
 */
export async function facilityAt(db: Queryable, by: Principal, locationId: string | undefined): Promise<SscFacility> {
  if (locationId === undefined) throw new GatehouseError('BAD_INPUT', 'Say where: locationId is the code of a facility.', { field: 'identifiers.locationId' });
  const uuid = uuidFromGlobalId('Facility', locationId);
  const code = normalizeReferenceValue(locationId);
  let query = facilities(db, by);
  query = uuid !== null ? query.where('facility.id', '=', uuid) : query.where((eb) => eb.or([eb('facility.code', '=', code), eb('facility.subject', '=', `facility:${ourConnection}:${locationId}`)]));
  const found = await query.limit(2).execute();
  if (found.length > 1) throw new GatehouseError('BAD_INPUT', 'Several companies have a facility of this code: name it as <code>@<company>.', { field: 'identifiers.locationId' });
  if (found.length === 0) throw new GatehouseError('NOT_FOUND', 'There is no such location, or its docks are not given out here.', { field: 'identifiers.locationId' });
  return facilityOf(found[0]!);
}

/** @throws GatehouseError NOT_FOUND */
export async function facilityOfId(db: Queryable, by: Principal, id: string): Promise<SscFacility> {
  const row = await facilities(db, by).where('facility.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new GatehouseError('NOT_FOUND', 'There is no such location, or its docks are not given out here.');
  return facilityOf(row);
}

function facilities(db: Queryable, by: Principal) {
  return readerFor(db, by).db.selectFrom('facility').innerJoin('facility_plan', 'facility_plan.facility_id', 'facility.id')
    .select(['facility.id', 'facility.code', 'facility.subject', 'facility.zone', 'facility.place', 'facility_plan.plan']).where('facility.connection', '=', ourConnection).where('facility.deleted', '=', false).orderBy('facility.id');
}

function facilityOf(row: { id: string; code: string | null; subject: string; zone: string | null; place: unknown; plan: unknown }): SscFacility {
  const plan = row.plan as FacilityPlan;
  return { uuid: row.id, id: row.subject.slice(`facility:${ourConnection}:`.length), zone: row.zone ?? plan.zone, place: row.place as Place | null, plan };
}

/** Numbers by which a load is named, as a carrier books with them. */
export function namesOf({ primaryReferenceNumber, poNumber, bolNumber }: CommonIdentifiers): { loads: string[]; deliveries: string[]; orders: string[] } {
  const list = (value: string | undefined) => (value === undefined ? [] : [value]);
  return { loads: list(primaryReferenceNumber), deliveries: list(bolNumber), orders: list(poNumber) };
}

/** @throws GatehouseError BAD_INPUT where no number is given */
export function checkNamed(of: CommonIdentifiers): void {
  if ([of.primaryReferenceNumber, of.poNumber, of.bolNumber].every((each) => each === undefined)) throw new GatehouseError('BAD_INPUT', 'Say what comes: primaryReferenceNumber, poNumber or bolNumber.', { field: 'identifiers' });
}

/**
 * The appointment that is meant, as far as the asker sees it: carriers their own alone. By names the living one, else the latest.
 * @throws GatehouseError NOT_FOUND, BAD_INPUT
 */
export async function appointmentMeant(db: Queryable, by: Principal, identifiers: AnyIdentifiers): Promise<{ appointment: ShownAppointment | null; facility: SscFacility; ended: number }> {
  if ('appointmentId' in identifiers) {
    const uuid = uuidFromGlobalId('Appointment', identifiers.appointmentId);
    const row = uuid === null ? undefined : await ownAppointments(db, by).where('appointment.id', '=', uuid).executeTakeFirst();
    if (row?.facility_id == null) throw new GatehouseError('NOT_FOUND', 'There is no such appointment, or this token may not see it.', { field: 'identifiers.appointmentId' });
    return { appointment: shownOf(row), facility: await facilityOfId(db, by, row.facility_id), ended: 0 };
  }
  checkNamed(identifiers);
  const facility = await facilityAt(db, by, identifiers.locationId);
  const rows = await appointmentsNamed(db, by, facility.uuid, identifiers).execute();
  const isLiving = ({ state }: { state: string }) => (livingStates as readonly string[]).includes(state);
  const living = rows.filter(isLiving);
  const meant = living[0] ?? rows[0];
  return { appointment: meant === undefined ? null : shownOf(meant), facility, ended: rows.length - living.length };
}

/** The latest first, a hundred at most: a number is not used again and again. */
export function appointmentsNamed(db: Queryable, by: Principal, facilityId: string, identifiers: CommonIdentifiers) {
  // The offset keeps the planner from walking all appointments by their time in the hope of meeting it soon.
  const named = ownAppointments(db, by).where('facility_id', '=', facilityId).where(namedBy(identifiers)).offset(0);
  return db.selectFrom(named.as('named')).selectAll().orderBy('starts_at', 'desc').orderBy('id').limit(100);
}

/** Everything that the asker named has to fit: an appointment of the load for another order is another one. */
function namedBy(identifiers: CommonIdentifiers) {
  const { loads, deliveries, orders } = namesOf(identifiers);
  const byLoad = loads.map(normalizeReferenceValue).map((load) => sql<boolean>`(numbers @> ${[load]}::text[] or claimed->'loads' @> ${JSON.stringify([load])}::jsonb)`);
  const reference = (kind: string, value: string) => {
    const one = JSON.stringify([{ kind, value }]);
    return sql<boolean>`(names @> ${one}::jsonb or claimed->'references' @> ${one}::jsonb)`;
  };
  const all = [...byLoad, ...deliveries.map((each) => reference('delivery_name', normalizeReferenceValue(each))), ...orders.map((each) => reference('order_name', normalizeReferenceValue(each)))];
  return sql<boolean>`(${sql.join(all, sql` and `)})`;
}

/** Not all that a carrier sees is its own: others come for freight that it carries, too. */
function ownAppointments(db: Queryable, by: Principal) {
  const query = readerFor(db, by).db.selectFrom('appointment').select([...columns]).where('appointment.connection', '=', ourConnection).where('appointment.deleted', '=', false);
  const carriers = ownCarriers(by);
  return by.companies === 'none' && !by.keys.some((key) => key.startsWith('facility:')) ? query.where('carrier', 'in', carriers.length > 0 ? carriers : ['']) : query;
}

function shownOf(row: Omit<ShownAppointment, 'wish'> & { wish: unknown }): ShownAppointment {
  return { ...row, wish: row.wish as SlotWish | null };
}

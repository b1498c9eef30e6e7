import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import { GatehouseError } from '../../lib/errors.js';
import type { FieldsRead } from '../../lib/fields-read.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import { ourConnection } from '../../model/our-connection.js';
import { normalizeReferenceValue } from '../../model/references.js';
import { cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../shared/pages.js';
import { behindStart, startCursor } from './loaders.js';
import { appointmentFields, appointmentOf, facilityFields, facilityOf, visitFields, visitOf, type AppointmentRow, type FacilityRow, type VisitRow } from './rows.js';
import type { Appointment, AppointmentFilter, Facility, Visit, VisitFilter } from './types.js';

/** Visits without check-in come last. */
const noCheckIn = '-infinity';
const checkInPattern = { test: (text: string) => text === noCheckIn || cursorPatterns.instant.test(text) };
const checkIn = sql<string>`case when visit.checked_in_at is null then '-infinity'::timestamptz else visit.checked_in_at end`;

/**
 * The facility of this code: `WH`, or `WH@main` where companies share it. One that is run here before another system's of the same
 * code; of several always the same.
 */
export async function facilityByCode({ db }: Reader, code: string, fields?: FieldsRead): Promise<Facility | null> {
  const at = code.lastIndexOf('@');
  const ofCode = (name: string, company?: string) => {
    let query = db.selectFrom('facility').select(facilityFields.of(fields).names as never).$castTo<FacilityRow>().where('code', '=', normalizeReferenceValue(name)).where('deleted', '=', false);
    if (company !== undefined) query = query.where('company', '=', company);
    return query.orderBy(sql`facility.connection <> ${ourConnection}`).orderBy('facility.id').executeTakeFirst();
  };
  // A code of another system may hold an @ itself.
  const row = (await ofCode(code)) ?? (at > 0 ? await ofCode(code.slice(0, at), code.slice(at + 1)) : undefined);
  return row === undefined ? null : facilityOf(row);
}

/** In time order. */
export async function appointmentPage(reader: Reader, first: number, after: string | null | undefined, filter: AppointmentFilter, fields?: FieldsRead): Promise<Page<Appointment>> {
  const rows = await appointmentsQuery(reader, first, after, filter, fields).execute();
  return pageOf(rows, first, { after, cursor: (row) => startCursor({ startsAt: row.starts_at, uuid: row.id }), node: appointmentOf });
}

/** The rows of `appointmentPage`, and one more where there is a next page. */
export function appointmentsQuery({ db }: Reader, first: number, after: string | null | undefined, filter: AppointmentFilter, fields?: FieldsRead) {
  let query = db.selectFrom('appointment').select(appointmentFields.of(fields).names as never).$castTo<AppointmentRow>().where('deleted', '=', false).orderBy('starts_at').orderBy('appointment.id').limit(first + 1);
  if (filter.facilityId != null) query = query.where('facility_id', '=', facilityUuid(filter.facilityId));
  if (filter.state != null) query = query.where('state', 'in', filter.state.length > 0 ? filter.state : ['']);
  if (filter.direction != null) query = query.where('direction', '=', filter.direction);
  if (filter.from != null) query = query.where('starts_at', '>=', filter.from);
  if (filter.to != null) query = query.where('starts_at', '<', filter.to);
  if (after != null) query = query.where(behindStart(after));
  return query;
}

/** Those that came last first. */
export async function visitPage(reader: Reader, first: number, after: string | null | undefined, filter: VisitFilter, fields?: FieldsRead): Promise<Page<Visit>> {
  const rows = await visitsQuery(reader, first, after, filter, fields).execute();
  return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.checked_in_at ?? noCheckIn, row.id), node: visitOf });
}

/** The rows of `visitPage`, and one more where there is a next page. */
export function visitsQuery({ db }: Reader, first: number, after: string | null | undefined, filter: VisitFilter, fields?: FieldsRead) {
  let query = db.selectFrom('visit').select(visitFields.of(fields).names as never).select('visit.checked_in_at').$castTo<VisitRow>().where('deleted', '=', false).orderBy(checkIn, 'desc').orderBy('visit.id', 'desc').limit(first + 1);
  if (filter.facilityId != null) query = query.where('facility_id', '=', facilityUuid(filter.facilityId));
  if (filter.state != null) query = query.where('state', 'in', filter.state.length > 0 ? filter.state : ['']);
  if (after != null) {
    const [at, id] = decodeCursor(after, [checkInPattern, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(${checkIn}, visit.id) < (${at}::timestamptz, ${id}::uuid)`);
  }
  return query;
}

function facilityUuid(id: string): string {
  const uuid = uuidFromGlobalId('Facility', id);
  if (uuid === null) throw new GatehouseError('BAD_INPUT', 'filter.facilityId is no facility id.', { field: 'filter.facilityId' });
  return uuid;
}

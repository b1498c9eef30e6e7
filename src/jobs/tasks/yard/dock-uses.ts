import { sql } from 'kysely';
import { instant } from '../../../lib/clock.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import type { DockUse } from '../../../model/yard/choose-dock.js';
import type { Transaction } from '../../engine.js';
import type { OwnFacility } from './facilities.js';

/** A truck of another source that was said to be at a dock is taken to have left it after so long, ms: not all say so. */
const forgottenMs = 24 * 3_600_000;

/**
 * Places where trailers stand that were left there, and to which trailers are to be brought.
 * @param but key of the trailer that asks
 */
export async function placesTaken(tx: Transaction, { id, code, company }: Pick<OwnFacility, 'id' | 'code' | 'company'>, but: string | null): Promise<DockUse[]> {
  const { rows } = await sql<{ dock: string; by: string }>`
    select s.place as dock, 'trailer ' || s.trailer as by from trailer_stay s
    where s.site = ${`${code}@${company}`} and s.left_at is null and s.place is not null and s.trailer_key is distinct from ${but}::text
      and not exists (select from visit v where v.id = any(s.visits) and v.trailer_key = s.trailer_key and v.dock = s.place and v.state = 'AT_DOCK' and not v.left_without_trailer)
    union all select m.to_place, 'the move of trailer ' || m.trailer from yard_move m
    where m.facility_id = ${id} and not m.deleted and m.state in ('REQUESTED', 'ASSIGNED', 'STARTED') and m.trailer_key is distinct from ${but}::text`.execute(tx);
  return rows;
}

/**
 * What has the docks of a facility, or is to have them, until `minutes` from now: trucks that are there or were sent there, as any
 * source says, trailers that stand there or are to be brought, and appointments, also those that were asked for and are not decided yet.
 * @param but who asks: UUIDs of visit and appointment, the truck, which another source may have reported, too, and the key of the trailer
 */
export async function dockUses(tx: Transaction, { id, code, company }: OwnFacility, minutes: number, but: { visit: string | null; appointment: string | null; truck: string | null; trailer: string | null }): Promise<DockUse[]> {
  const now = Date.now();
  const visits = await sql<{ dock: string; truck: string | null; trailer: string | null; carrier: string | null }>`
    select coalesce(v.dock, a.dock) as dock, v.truck, v.trailer, v.carrier from visit v join facility f on f.id = v.facility_id left join appointment a on a.id = v.appointment_id and v.connection <> 'gatehouse' and v.at_dock_at is not null
    where f.code = ${code} and f.company = ${company} and not v.deleted and coalesce(v.dock, a.dock) is not null and v.from_dock_at is null and v.checked_out_at is null and v.state in ('EXPECTED', 'CHECKED_IN', 'AT_DOCK')
      and (v.facility_id = ${id} or v.at_dock_at > ${instant(now - forgottenMs)}::timestamptz) and v.id is distinct from ${but.visit}::uuid
      and (v.facility_id = ${id} or upper(regexp_replace(v.truck, '\\s', '', 'g')) is distinct from ${but.truck === null ? null : normalizeReferenceValue(but.truck)}::text)`.execute(tx);
  const appointments = await sql<{ dock: string; starts_at: string; confirmation: string | null; is_here: boolean }>`
    select a.dock, a.starts_at, a.confirmation, a.state = 'ARRIVED' as is_here from appointment a
    where a.facility_id = ${id} and not a.deleted and a.dock is not null and a.id is distinct from ${but.appointment}::uuid and a.state in ('REQUESTED', 'SCHEDULED', 'ARRIVED')
      and a.starts_at < ${instant(now + minutes * 60_000)}::timestamptz and coalesce(a.ends_at, a.starts_at + interval '1 hour') > ${instant(now)}::timestamptz
      and not exists (select from visit v where v.appointment_id = a.id and v.state not in ('REJECTED', 'CANCELLED') and (v.dock is distinct from a.dock and v.dock is not null or v.state = 'CHECKED_OUT'))`.execute(tx);
  return [
    ...(await placesTaken(tx, { id, code, company }, but.trailer)),
    ...visits.rows.map((row): DockUse => ({ dock: row.dock, by: row.truck !== null ? `truck ${row.truck}` : row.trailer !== null ? `trailer ${row.trailer}` : (row.carrier ?? 'a truck') })),
    ...appointments.rows.map((row): DockUse => ({ dock: row.dock, by: `the appointment${row.confirmation === null ? '' : ` ${row.confirmation}`} of ${row.starts_at}`, ...(row.is_here ? {} : { isBookedOnly: true }) })),
  ];
}

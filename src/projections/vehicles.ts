import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LogEvent } from '../events/event.js';
import { uuidOfName } from '../lib/ids.js';
import { normalizeReferenceValue } from '../model/references.js';
import type { VehicleRecord } from '../model/telematics.js';
import { projectAccess } from './access.js';
import { recordsOf } from './record-ids.js';
import { insertRows } from './rows.js';

export function vehicleColumns(data: VehicleRecord) {
  return {
    name: data.name, name_key: normalizeReferenceValue(data.name), plate: data.plate ?? null, plate_key: data.plate === undefined ? null : normalizeReferenceValue(data.plate),
    latitude: data.latitude, longitude: data.longitude, heading: data.heading ?? null, speed: data.speed ?? null, place: data.place ?? null, at: data.at.instant,
    code_key: data.code === undefined ? null : normalizeReferenceValue(data.code),
  };
}

/** Loads whose truck is under way or about to be: its positions concern who sees the load. */
const underWay = ['REQUESTED', 'CONFIRMED', 'IN_TRANSIT'];

export interface VehicleChanges {
  /** Vehicles that moved, or that somebody sees now who did not before. */
  vehicles: string[];
  /** Loads with stops inside of a fence's reach, whose trucks' comings and goings are to be worked out anew. */
  settle: string[];
}

/** What follows from positions, once the vehicles and loads of a batch are written: tracks, whose load a vehicle drives, and who may see where it is. */
export async function projectVehicles(tx: Transaction, events: readonly LogEvent[]): Promise<VehicleChanges> {
  const [vehicles, loads] = [recordsOf(events, 'vehicle'), recordsOf(events, 'load')];
  if (vehicles.length === 0 && loads.length === 0) return { vehicles: [], settle: [] };
  await insertRows(tx, 'vehicle_track', events.filter((event) => event.type === 'vehicle.reported').map((event) => {
    const { data } = event.payload as { data: VehicleRecord };
    return { vehicle_id: uuidOfName(event.subject), at: data.at.instant, latitude: data.latitude, longitude: data.longitude };
  }));
  const before = await vehiclesOf(tx, loads);
  await linkLoads(tx, vehicles, loads);
  const concerned = [...new Set([...vehicles, ...before, ...(await vehiclesOf(tx, loads))])];
  const opened = await grantVehicles(tx, concerned);
  return { vehicles: [...new Set([...vehicles, ...opened])], settle: await fencedLoads(tx, vehicles, loads) };
}

async function vehiclesOf(tx: Transaction, loads: readonly string[]): Promise<string[]> {
  if (loads.length === 0) return [];
  return (await tx.selectFrom('vehicle_load').select('vehicle_id').distinct().where('load_id', '=', sql<string>`any(${[...loads]}::uuid[])`).execute()).map((row) => row.vehicle_id);
}

/** How a load may call its vehicle, what says most first: what the vehicle's source keeps for other systems, the source's own id, the plate, the name. */
const keys = [sql`v.code_key`, sql`upper(substr(v.subject, length('vehicle:' || v.connection || ':') + 1))`, sql`v.plate_key`, sql`v.name_key`] as const;

/** The vehicles of the loads that are concerned: of each load and role those that it calls by what says most. Links that stay are not written. */
async function linkLoads(tx: Transaction, vehicles: readonly string[], loads: readonly string[]): Promise<void> {
  const named = (['truck_key', 'trailer_key'] as const).flatMap((column) => keys.map((key) => sql`select l.id from vehicle v join load l on l.company = v.company and l.${sql.ref(column)} = ${key} where v.id = any(${[...vehicles]}::uuid[])`));
  const { rows: concerned } = await sql<{ id: string }>`
    select unnest(${[...loads]}::uuid[]) as id union select load_id from vehicle_load where vehicle_id = any(${[...vehicles]}::uuid[]) union ${sql.join(named, sql` union `)}`.execute(tx);
  const ids = concerned.map(({ id }) => id);
  if (ids.length === 0) return;
  const linked = (role: 'TRUCK' | 'TRAILER', column: 'truck_key' | 'trailer_key') => keys.map((key, rank) => sql`
    select v.id as vehicle_id, l.id as load_id, l.company, ${sql.lit(role)} as role, ${sql.lit(rank)} as rank from load l join vehicle v on v.company = l.company and ${key} = l.${sql.ref(column)}
    where l.id = any(${ids}::uuid[]) and not v.deleted and not l.deleted and l.state = any(${underWay}::text[])`);
  const best = sql`
    select distinct on (load_id, vehicle_id) vehicle_id, load_id, company, role from (select *, min(rank) over (partition by load_id, role) as least from (${sql.join([...linked('TRUCK', 'truck_key'), ...linked('TRAILER', 'trailer_key')], sql` union all `)}) found) ranked
    where rank = least order by load_id, vehicle_id, role desc`;
  await sql`delete from vehicle_load vl where load_id = any(${ids}::uuid[]) and not exists (select from (${best}) b where b.load_id = vl.load_id and b.vehicle_id = vl.vehicle_id and b.role = vl.role)`.execute(tx);
  await sql`insert into vehicle_load (vehicle_id, load_id, company, role) select vehicle_id, load_id, company, role from (${best}) b on conflict do nothing`.execute(tx);
}

/** A vehicle is seen by who sees a load that is on its way with it: before, and behind, it drives for others. @returns ids of those that somebody sees now who did not before */
async function grantVehicles(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: string; keys: string[] }>`
    select v.id, array(select distinct a.key from vehicle_load vl join load l on l.id = vl.load_id and l.state = 'IN_TRANSIT' join record_access a on a.kind = 'load' and a.record_id = l.id where vl.vehicle_id = v.id order by 1) as keys
    from unnest(${[...ids]}::uuid[]) as v(id)`.execute(tx);
  return [...(await projectAccess(tx, rows.map(({ id, keys }) => ({ kind: 'vehicle', recordId: id, keys })))).keys()];
}

async function fencedLoads(tx: Transaction, vehicles: readonly string[], loads: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct l.id from (
      select load_id as id from vehicle_load where vehicle_id = any(${[...vehicles]}::uuid[]) or load_id = any(${[...loads]}::uuid[])
      union select load_id from presence_statement where load_id = any(${[...loads]}::uuid[])
    ) l join stop s on s.load_id = l.id join facility f on f.code = s.facility_code and f.company = s.company and not f.deleted join geofence g on g.facility_id = f.id`.execute(tx);
  return rows.map((row) => row.id);
}

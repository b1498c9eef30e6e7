import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import { globalId } from '../../lib/ids.js';
import { anyOf } from '../shared/any-of.js';
import { pageLoader, type PageGroup } from '../shared/page-loader.js';
import { cursorPatterns, decodeCursor } from '../shared/pages.js';
import { loadColumns, loadOf, stopOf } from './rows.js';
import type { Facility, Load, Shipment, Stop } from './types.js';

export interface StopKey {
  /** UUID of the load. */
  load: string;
  sequence: number;
}

/** A facility by the code that stops name, within a company. */
interface FacilityKey {
  company: string;
  code: string;
}

/** One statement per kind and level, whatever the number of parents. Everything is read as the principal. */
export function tmsLoaders({ db }: Reader) {
  return {
    load: new DataLoader<string, Load | null>(async (ids) => {
      const rows = await db.selectFrom('load').select(loadColumns).where('load.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
      const byId = new Map(rows.map((row) => [row.id, loadOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    stop: new DataLoader<StopKey, Stop | null, string>(async (keys) => {
      const rows = await db.selectFrom('stop').selectAll('stop').where('load_id', '=', anyOf(keys.map((key) => key.load))).where('sequence', '=', sql<number>`any(${keys.map((key) => key.sequence)}::integer[])`).execute();
      const byKey = new Map(rows.map((row) => [`${row.load_id} ${row.sequence}`, stopOf(row)]));
      return keys.map((key) => byKey.get(stopKeyText(key)) ?? null);
    }, { cacheKeyFn: stopKeyText }),
    facility: new DataLoader<FacilityKey, Facility | null, string>(async (keys) => {
      const rows = await db.selectFrom('facility').select(['id', 'name', 'code', 'company']).where('code', '=', sql<string>`any(${keys.map((key) => key.code)}::text[])`).where('deleted', '=', false).orderBy('id', 'desc').execute();
      const byKey = new Map(rows.map((row) => [facilityKeyText({ company: row.company, code: row.code! }), { id: globalId('Facility', row.id), name: row.name }]));
      return keys.map((key) => byKey.get(facilityKeyText(key)) ?? null);
    }, { cacheKeyFn: facilityKeyText }),
    /** In their order; `after` is a cursor of the sequence. */
    stopsOfLoad: pageLoader((groups) => readStopsOfLoads(db, groups), (row) => stopOf(row)),
    /** By load, then in their order; `after` is a cursor of load and sequence. */
    stopsOfShipment: pageLoader((groups) => readStopsOfShipments(db, groups), (row) => stopOf(row)),
    /** By id; `after` is a cursor of it. */
    loadsOfShipment: pageLoader((groups) => readLoadsOfShipments(db, groups), (row) => loadOf(row)),
    /** Oldest first; `after` is a cursor of the UUID. */
    shipmentsOfLoad: pageLoader((groups) => readShipmentsOfLoads(db, groups), (row): Shipment & { uuid: string } => ({ id: globalId('Shipment', row.id), uuid: row.id })),
  };
}

function stopKeyText({ load, sequence }: StopKey): string {
  return `${load} ${sequence}`;
}

function facilityKeyText({ company, code }: FacilityKey): string {
  return `${company} ${code}`;
}

type Db = Reader['db'];

async function readStopsOfLoads(db: Db, groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let stops = db.selectFrom('stop').selectAll('stop').select(sql<number>`row_number() over (partition by load_id order by sequence)`.as('place_in_list')).where('load_id', '=', anyOf(parents));
    if (after !== null) stops = stops.where('sequence', '>', sequenceOf(after));
    return db.selectFrom(stops.as('numbered')).selectAll().select([sql<number>`${number}::integer`.as('group_number'), 'load_id as parent_id']).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}

async function readStopsOfShipments(db: Db, groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    // A shipment that is loaded and unloaded at one stop has one row for it.
    const handled = db.selectFrom('load_shipment').select(['shipment_id', 'load_id', 'stop']).distinct().where('shipment_id', '=', anyOf(parents));
    let stops = db
      .selectFrom(handled.as('handled'))
      .innerJoin('stop', (join) => join.onRef('stop.load_id', '=', 'handled.load_id').onRef('stop.sequence', '=', 'handled.stop'))
      .selectAll('stop')
      .select(['handled.shipment_id as shipment_id', sql<number>`row_number() over (partition by handled.shipment_id order by stop.load_id, stop.sequence)`.as('place_in_list')]);
    if (after !== null) {
      const { load, sequence } = stopPlace(after);
      stops = stops.where(sql<boolean>`(stop.load_id, stop.sequence) > (${load}::uuid, ${sequence}::integer)`);
    }
    return db.selectFrom(stops.as('numbered')).selectAll().select([sql<number>`${number}::integer`.as('group_number'), 'shipment_id as parent_id']).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}

async function readLoadsOfShipments(db: Db, groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    const links = db.selectFrom('load_shipment').select(['shipment_id', 'load_id']).distinct().where('shipment_id', '=', anyOf(parents));
    let loads = db
      .selectFrom(links.as('link'))
      .innerJoin('load', 'load.id', 'link.load_id')
      .select(loadColumns)
      .select(['link.shipment_id as shipment_id', sql<number>`row_number() over (partition by link.shipment_id order by load.id)`.as('place_in_list')])
      .where('load.deleted', '=', false);
    if (after !== null) loads = loads.where('load.id', '>', decodeCursor(after, [cursorPatterns.uuid])[0]!);
    return db.selectFrom(loads.as('numbered')).selectAll().select([sql<number>`${number}::integer`.as('group_number'), 'shipment_id as parent_id']).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}

async function readShipmentsOfLoads(db: Db, groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    const links = db.selectFrom('load_shipment').select(['shipment_id', 'load_id']).distinct().where('load_id', '=', anyOf(parents));
    // With the shipment itself, so that one which the principal may not see is not in the list.
    let shipments = db
      .selectFrom(links.as('link'))
      .innerJoin('shipment', 'shipment.id', 'link.shipment_id')
      .select(['shipment.id as id', 'link.load_id as load_id', sql<number>`row_number() over (partition by link.load_id order by shipment.id)`.as('place_in_list')])
      .where('shipment.merged_into', 'is', null);
    if (after !== null) shipments = shipments.where('shipment.id', '>', decodeCursor(after, [cursorPatterns.uuid])[0]!);
    return db.selectFrom(shipments.as('numbered')).selectAll().select([sql<number>`${number}::integer`.as('group_number'), 'load_id as parent_id']).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}

/** @throws GatehouseError BAD_INPUT when it is no cursor of the stops of a load */
export function sequenceOf(cursor: string): number {
  return Number(decodeCursor(cursor, [cursorPatterns.index])[0]);
}

/** @throws GatehouseError BAD_INPUT when it is no cursor of the stops of a shipment */
export function stopPlace(cursor: string): StopKey {
  const [load, sequence] = decodeCursor(cursor, [cursorPatterns.uuid, cursorPatterns.index]);
  return { load: load!, sequence: Number(sequence) };
}

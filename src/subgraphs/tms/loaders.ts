import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import { globalId } from '../../lib/ids.js';
import { anyOf } from '../shared/any-of.js';
import { FieldColumns } from '../shared/columns.js';
import { tenderLoader } from './tenders.js';
import { byUuid, listBelow, pageLoader, type ListOrder } from '../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor } from '../shared/pages.js';
import { rowLoader, rowsByKey } from '../shared/row-loader.js';
import { loadFields, loadOf, stopFields, stopOf } from './rows.js';
import type { Facility, Shipment, Stop } from './types.js';

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

const bySequence: ListOrder<Stop> = {
  columns: [['stop.sequence', 'integer']],
  cursorOf: (stop) => encodeCursor(String(stop.sequence)),
  decode: (cursor) => decodeCursor(cursor, [cursorPatterns.index]),
};
/** By load, then in their order. */
const byStop: ListOrder<Stop> = {
  columns: [['stop.load_id', 'uuid'], ['stop.sequence', 'integer']],
  cursorOf: (stop) => encodeCursor(stop.loadUuid, String(stop.sequence)),
  decode: (cursor) => decodeCursor(cursor, [cursorPatterns.uuid, cursorPatterns.index]),
};

const loads = rowsByKey({ columns: loadFields, from: (db) => db.selectFrom('load').where('deleted', '=', false), key: 'load.id' });
const stopsOfLoads = listBelow({ columns: stopFields, from: (db) => db.selectFrom('stop'), parent: 'stop.load_id', order: bySequence });
const stopsOfShipments = listBelow({
  columns: stopFields,
  // A shipment that is loaded and unloaded at one stop has one row for it.
  from: (db) => db
    .selectFrom(db.selectFrom('load_shipment').select(['shipment_id', 'load_id', 'stop']).distinct().as('handled'))
    .innerJoin('stop', (join) => join.onRef('stop.load_id', '=', 'handled.load_id').onRef('stop.sequence', '=', 'handled.stop')),
  parent: 'handled.shipment_id',
  order: byStop,
});
const loadsOfShipments = listBelow({
  columns: loadFields,
  from: (db) => db.selectFrom(db.selectFrom('load_shipment').select(['shipment_id', 'load_id']).distinct().as('link')).innerJoin('load', 'load.id', 'link.load_id').where('load.deleted', '=', false),
  parent: 'link.shipment_id',
  order: byUuid('load.id'),
});
/** With the shipment itself, so that one which the principal may not see is not in the list. Oldest first. */
const shipmentsOfLoads = listBelow({
  columns: new FieldColumns('shipment', ['id'], {}),
  from: (db) => db.selectFrom(db.selectFrom('load_shipment').select(['shipment_id', 'load_id']).distinct().as('link')).innerJoin('shipment', 'shipment.id', 'link.shipment_id').where('shipment.merged_into', 'is', null),
  parent: 'link.load_id',
  order: byUuid('shipment.id'),
});

/** One statement per kind and level, whatever the number of parents. Everything is read as the principal. */
export function tmsLoaders(reader: Reader) {
  const { db } = reader;
  return {
    load: rowLoader(reader, loads, loadOf),
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
    tender: tenderLoader(db),
    stopsOfLoad: pageLoader(reader, stopsOfLoads, stopOf),
    stopsOfShipment: pageLoader(reader, stopsOfShipments, stopOf),
    loadsOfShipment: pageLoader(reader, loadsOfShipments, loadOf),
    shipmentsOfLoad: pageLoader(reader, shipmentsOfLoads, (row: { id: string }): Shipment & { uuid: string } => ({ id: globalId('Shipment', row.id), uuid: row.id })),
  };
}

function stopKeyText({ load, sequence }: StopKey): string {
  return `${load} ${sequence}`;
}

function facilityKeyText({ company, code }: FacilityKey): string {
  return `${company} ${code}`;
}

import DataLoader from 'dataloader';
import { sql, type Selectable } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import type { ExceptionTable } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import type { ExceptionClass, Severity } from '../../model/milestones.js';
import { anyOf } from '../shared/any-of.js';
import { pageLoader, type PageGroup } from '../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor } from '../shared/pages.js';
import type { Exception } from './types.js';

export function exceptionOf(row: Selectable<ExceptionTable>): Exception {
  return {
    id: globalId('Exception', row.id), uuid: row.id, class: row.class as ExceptionClass, kind: row.kind, severity: row.severity as Severity, state: row.state, title: row.title,
    detail: row.detail, assignee: row.assignee, resolution: row.resolution, rawId: row.raw_id, openedAt: row.opened_at, resolvedAt: row.resolved_at,
    shipment: row.shipment_id === null ? null : { id: globalId('Shipment', row.shipment_id) },
  };
}

/** One statement per kind and level. Everything is read as the principal. */
export function operationsLoaders({ db }: Reader) {
  return {
    exception: new DataLoader<string, Exception | null>(async (ids) => {
      const rows = await db.selectFrom('exception').selectAll('exception').where('exception.id', '=', anyOf(ids)).execute();
      const byId = new Map(rows.map((row) => [row.id, exceptionOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    /** Newest first; `after` is a cursor of `exceptionCursor`. */
    ofShipment: pageLoader((groups) => readOfShipments(db, groups), (row) => exceptionOf(row)),
  };
}

/** Pages of the exceptions of any number of shipments, with any arguments: one statement. */
async function readOfShipments(db: Reader['db'], groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let exceptions = db
      .selectFrom('exception')
      .selectAll('exception')
      .select(sql<number>`row_number() over (partition by shipment_id order by opened_at desc, exception.id desc)`.as('place_in_shipment'))
      .where('shipment_id', '=', anyOf(parents));
    if (after !== null) {
      const [openedAt, id] = decodeExceptionCursor(after);
      exceptions = exceptions.where(sql<boolean>`(opened_at, exception.id) < (${openedAt}::timestamptz, ${id}::uuid)`);
    }
    return db
      .selectFrom(exceptions.as('numbered'))
      .selectAll()
      .select([sql<number>`${number}::integer`.as('group_number'), 'shipment_id as parent_id'])
      .where('place_in_shipment', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_shipment').execute();
}

export function exceptionCursor(exception: Pick<Exception, 'openedAt' | 'uuid'>): string {
  return encodeCursor(exception.openedAt, exception.uuid);
}

/** @throws GatehouseError BAD_INPUT when it is no cursor of `exceptionCursor` */
export function decodeExceptionCursor(cursor: string): [openedAt: string, id: string] {
  return decodeCursor(cursor, [cursorPatterns.instant, cursorPatterns.uuid]) as [string, string];
}

import type { Selectable } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import type { ExceptionTable } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import type { ExceptionClass, Severity } from '../../model/milestones.js';
import { FieldColumns } from '../shared/columns.js';
import { listBelow, pageLoader, type ListOrder } from '../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor } from '../shared/pages.js';
import { rowLoader, rowsByKey } from '../shared/row-loader.js';
import type { Exception } from './types.js';

export type ExceptionRow = Selectable<ExceptionTable>;

export const exceptionFields = new FieldColumns('exception', ['id', 'opened_at', 'shipment_id'], {
  class: ['class'], kind: ['kind'], severity: ['severity'], state: ['state'], title: ['title'], detail: ['detail'], assignee: ['assignee'], resolution: ['resolution'], rawId: ['raw_id'],
  resolvedAt: ['resolved_at'],
});

export function exceptionOf(row: ExceptionRow): Exception {
  return {
    id: globalId('Exception', row.id), uuid: row.id, class: row.class as ExceptionClass, kind: row.kind, severity: row.severity as Severity, state: row.state, title: row.title,
    text: row.detail, assignee: row.assignee, resolution: row.resolution, rawId: row.raw_id, openedAt: row.opened_at, resolvedAt: row.resolved_at,
    shipment: row.shipment_id === null ? null : { id: globalId('Shipment', row.shipment_id) },
  };
}

export function exceptionCursor(exception: Pick<Exception, 'openedAt' | 'uuid'>): string {
  return encodeCursor(exception.openedAt, exception.uuid);
}

/** @throws GatehouseError BAD_INPUT when it is no cursor of `exceptionCursor` */
export function decodeExceptionCursor(cursor: string): [openedAt: string, id: string] {
  return decodeCursor(cursor, [cursorPatterns.instant, cursorPatterns.uuid]) as [string, string];
}

/** The newest first. */
const byOpening: ListOrder<Pick<Exception, 'openedAt' | 'uuid'>> = {
  columns: [['exception.opened_at', 'timestamptz'], ['exception.id', 'uuid']],
  isDescending: true,
  cursorOf: exceptionCursor,
  decode: decodeExceptionCursor,
};

const exceptions = rowsByKey({ columns: exceptionFields, from: (db) => db.selectFrom('exception'), key: 'exception.id' });
const exceptionsOfShipments = listBelow({ columns: exceptionFields, from: (db) => db.selectFrom('exception'), parent: 'exception.shipment_id', order: byOpening });

/** One statement per kind and level. Everything is read as the principal. */
export function operationsLoaders(reader: Reader) {
  return {
    exception: rowLoader(reader, exceptions, exceptionOf),
    ofShipment: pageLoader(reader, exceptionsOfShipments, exceptionOf),
  };
}

import DataLoader from 'dataloader';
import { sql, type Selectable } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import type { ExceptionTable } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import type { ExceptionClass, Severity } from '../../model/milestones.js';
import type { Exception } from './types.js';

export function exceptionOf(row: Selectable<ExceptionTable>): Exception {
  return {
    id: globalId('Exception', row.id), class: row.class as ExceptionClass, kind: row.kind, severity: row.severity as Severity, state: row.state, title: row.title,
    detail: row.detail, assignee: row.assignee, resolution: row.resolution, rawId: row.raw_id, openedAt: row.opened_at, resolvedAt: row.resolved_at,
    shipment: row.shipment_id === null ? null : { id: globalId('Shipment', row.shipment_id) },
  };
}

/** One statement per kind and level. Everything is read as the principal. */
export function operationsLoaders({ db }: Reader) {
  return {
    exception: new DataLoader<string, Exception | null>(async (ids) => {
      const rows = await db.selectFrom('exception').selectAll('exception').where('exception.id', '=', sql<string>`any(${[...ids]}::uuid[])`).execute();
      const byId = new Map(rows.map((row) => [row.id, exceptionOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    ofShipment: new DataLoader<string, Exception[]>(async (ids) => {
      const rows = await db.selectFrom('exception').selectAll('exception').where('shipment_id', '=', sql<string>`any(${[...ids]}::uuid[])`).orderBy('opened_at', 'desc').orderBy('exception.id').execute();
      const byShipment = new Map<string, Exception[]>();
      for (const row of rows) byShipment.set(row.shipment_id!, [...(byShipment.get(row.shipment_id!) ?? []), exceptionOf(row)]);
      return ids.map((id) => byShipment.get(id) ?? []);
    }),
  };
}

import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { anyOf } from '../../shared/any-of.js';
import { pageLoader, type PageGroup } from '../../shared/page-loader.js';
import { cursorPatterns, decodeCursor, textPattern } from '../../shared/pages.js';
import { transferColumns, transferOf } from './rows.js';
import type { Transfer, TransferLine } from './types.js';

/** One statement per kind and level. Everything is read as the principal. */
export function transferLoaders({ db }: Reader) {
  return {
    transfer: new DataLoader<string, Transfer | null>(async (ids) => {
      const rows = await db.selectFrom('transfer').select(transferColumns).where('transfer.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
      const byId = new Map(rows.map((row) => [row.id, transferOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    /** All lines of a transfer, which are one value of its row. */
    lines: new DataLoader<string, TransferLine[]>(async (ids) => {
      const rows = await db.selectFrom('transfer').select(['transfer.id', 'lines']).where('transfer.id', '=', anyOf(ids)).execute();
      const byId = new Map(rows.map((row) => [row.id, row.lines as unknown as TransferLine[]]));
      return ids.map((id) => byId.get(id) ?? []);
    }),
    /** By reference; `after` is a cursor of reference and id. */
    transfersOfOrder: pageLoader((groups) => readTransfersOfOrders(db, groups), (row) => transferOf(row)),
    transfersOfShipment: pageLoader((groups) => readTransfersOfShipments(db, groups), (row) => transferOf(row)),
  };
}

async function readTransfersOfOrders(db: Reader['db'], groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let transfers = db
      .selectFrom('transfer')
      .select(transferColumns)
      .select(sql<number>`row_number() over (partition by order_id order by reference, transfer.id)`.as('place_in_list'))
      .where('order_id', '=', anyOf(parents))
      .where('deleted', '=', false);
    if (after !== null) transfers = transfers.where(behind(after));
    return db.selectFrom(transfers.as('numbered')).selectAll().select([sql<number>`${number}::integer`.as('group_number'), 'order_id as parent_id']).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}

async function readTransfersOfShipments(db: Reader['db'], groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let transfers = db
      .selectFrom('reference')
      .innerJoin('transfer', (join) => join.on('transfer.subject', '=', sql<string>`'transfer:' || reference.issuer || ':' || reference.value`))
      .select(transferColumns)
      .select(['reference.shipment_id as shipment_id', sql<number>`row_number() over (partition by reference.shipment_id order by transfer.reference, transfer.id)`.as('place_in_list')])
      .where('reference.shipment_id', '=', anyOf(parents))
      .where('reference.kind', '=', 'odoo.delivery')
      .where('transfer.deleted', '=', false);
    if (after !== null) transfers = transfers.where(behind(after));
    return db.selectFrom(transfers.as('numbered')).selectAll().select([sql<number>`${number}::integer`.as('group_number'), 'shipment_id as parent_id']).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}

function behind(cursor: string) {
  const [reference, id] = decodeCursor(cursor, [textPattern, cursorPatterns.uuid]);
  return sql<boolean>`(transfer.reference, transfer.id) > (${reference}, ${id}::uuid)`;
}

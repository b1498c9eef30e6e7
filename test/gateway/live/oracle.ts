import { sql } from 'kysely';
import type { Principal } from '../../../src/auth/principal.js';
import type { Queryable } from '../../../src/db/database.js';

/** Tables whose changes each subscription tells of, with the GraphQL type that its ids are of. */
export const tablesOf = {
  milestones: { milestone: '' },
  shipmentChanges: { shipment: 'Shipment' },
  yardEvents: { appointment: 'Appointment', visit: 'Visit' },
  loadChanges: { load: 'Load' },
  exceptionChanges: { exception: 'Exception' },
  stockChanges: { stock_level: 'StockLevel' },
  operationsHealth: { connection_health: 'ConnectionHealth' },
} as const;
export type TopicField = keyof typeof tablesOf;
type TableName = { [Field in TopicField]: keyof (typeof tablesOf)[Field] }[TopicField] & string;

export interface Row extends Record<string, unknown> {
  id: string;
  company: string;
}

/** What is known at one moment, read from the records themselves: nothing of it comes from the feed. */
export interface Snapshot {
  /** Position up to which the read model is. */
  position: number;
  /** By `<table> <id>`. */
  rows: Map<string, Row>;
  /** `<key> <kind> <id>` */
  grants: Set<string>;
}

const tables = Object.values(tablesOf).flatMap((of) => Object.keys(of)) as TableName[];

export async function snapshot(db: Queryable): Promise<Snapshot> {
  const rows = new Map<string, Row>();
  for (const table of tables) {
    // A milestone is of its shipment's company.
    const columns = table === 'milestone' ? sql`jsonb_build_object('id', t.id, 'company', s.company, 'shipment_id', t.shipment_id, 'active', t.active, 'code', t.code) from milestone t join shipment s on s.id = t.shipment_id` : sql`to_jsonb(t) from ${sql.table(table)} t`;
    const found = await sql<{ row: Row }>`select x.row from (select ${columns}) as x(row)`.execute(db);
    for (const { row } of found.rows) rows.set(`${table} ${row.id}`, row);
  }
  const grants = await sql<{ name: string }>`select key || ' ' || kind || ' ' || record_id as name from record_access`.execute(db);
  const position = await sql<{ position: number }>`select coalesce(max(position), 0) as position from projection where name = 'main'`.execute(db);
  return { position: position.rows[0]!.position, rows, grants: new Set(grants.rows.map((row) => row.name)) };
}

/** Whether somebody may see a record, by the rules as DESIGN states them. */
export function maySee({ companies, keys }: Principal, { grants }: Snapshot, table: string, row: Row): boolean {
  if (companies === '*') return true;
  if (companies !== 'none') return companies.includes(row.company);
  const [kind, id] = table === 'milestone' ? ['shipment', row.shipment_id as string] : [table, row.id];
  return keys.some((key) => grants.has(`${key} ${kind} ${id}`));
}

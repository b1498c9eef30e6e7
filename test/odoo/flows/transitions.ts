import { keptTypes } from './compare-transfers.js';
import type { World } from './world.js';

/** By `model,id` the value of each transition field. */
export type StatesById = Map<string, Readonly<Record<string, string | false>>>;

export interface LogPosition {
  /** Highest id of the outbox seen. */
  outbox: number;
  /** Highest position of the event log seen. */
  log: number;
}

interface OutboxRow {
  id: string;
  uuid: string;
  topic: string;
  action: string;
  model: string;
  res_id: number;
  location_id: number;
  version: string;
  company_id: number;
  record_company_id: number | null;
  transitions: Record<string, { from: string | null; to: string | null }> | null;
}

interface LogRow {
  position: string;
  connection: string;
  subject: string;
  fact_key: string;
  payload: { data: Record<string, unknown> };
}

const kinds: Readonly<Record<string, string>> = { order: 'order', delivery: 'transfer', receipt: 'transfer', invoice: 'invoice', product: 'product', partner: 'party', stock: 'stock' };
/** How the log names what Odoo calls by these names. */
const loggedAs: Readonly<Record<string, string>> = { state: 'state', delivery_status: 'deliveryStatus', receipt_status: 'deliveryStatus', invoice_status: 'invoiceStatus', payment_state: 'paymentState' };

/**
 * Whether each change of a state between two looks at Odoo went through the outbox, was posted and
 * stands in the event log exactly once; and that the log holds nothing that Odoo did not say.
 */
export async function compareTransitions(world: World, before: StatesById, after: StatesById, since: LogPosition) {
  const outbox = await world.sql<OutboxRow>(`select id, uuid, topic, action, model, res_id, location_id, version::bigint::text as version, company_id, record_company_id, transitions from gatehouse_outbox where id > $1 order by gatehouse_outbox.version`, [since.outbox]);
  const log = await world.gatehouse.rows<LogRow>(`select position, connection, subject, fact_key, payload from event where position > $1 and fact_key is not null and (type like '%.reported' or type = 'record.deleted') order by position`, [since.log]);
  const inner = new Set((await world.rpc.search<{ id: number }>('stock.picking', [['picking_type_id.code', 'not in', keptTypes]], [])).map((row) => row.id));
  const isLogged = (row: OutboxRow) => row.model !== 'stock.picking' || !inner.has(row.res_id);
  const posted = await postedEvents(world);
  const differences: string[] = [];

  const logged = new Map<string, number>();
  for (const row of log) count(logged, `${row.connection} ${row.subject} ${row.fact_key}`);
  const told = new Set<string>();
  for (const row of outbox) {
    const connection = world.connections.get(row.company_id)!;
    const key = `${connection} ${subjectOf(row, connection)} v${row.version}`;
    told.add(key);
    const times = logged.get(key) ?? 0;
    if (isLogged(row) && times !== 1) differences.push(`event ${row.uuid} (${row.model} ${row.res_id}, version ${row.version}) is ${times} times in the event log`);
    if (posted.get(row.uuid) !== 1) differences.push(`event ${row.uuid} (${row.model} ${row.res_id}) was received ${posted.get(row.uuid) ?? 0} times`);
  }
  for (const key of logged.keys()) if (!told.has(key)) differences.push(`the event log holds ${key}, which no row of the outbox tells`);

  let total = 0;
  for (const change of changesBetween(before, after)) {
    total++;
    const rows = outbox.filter((row) => row.model === change.model && row.res_id === change.id);
    const chain = rows.map((row) => row.transitions?.[change.field]).filter((each) => each !== undefined && (each.from ?? false) !== (each.to ?? false));
    const arrivals = chain.filter((each) => (each!.to ?? false) === change.to).length;
    const isChain = chain.length > 0 && (chain[0]!.from ?? false) === change.from && (chain.at(-1)!.to ?? false) === change.to && chain.every((each, index) => index === 0 || each!.from === chain[index - 1]!.to);
    if (!isChain || arrivals !== 1) differences.push(`${change.model} ${change.id} went from ${change.field} ${change.from} to ${change.to}; the outbox tells ${JSON.stringify(chain)}`);
    if (rows.length === 0 || !isLogged(rows[0]!)) continue;
    const subjects = new Set(rows.map((row) => subjectOf(row, world.connections.get(row.company_id)!)));
    const values = log.filter((row) => subjects.has(row.subject)).map((row) => row.payload.data[loggedAs[change.field]!] ?? false);
    const entries = values.filter((value, index) => value === change.to && (index === 0 ? change.from : values[index - 1]) !== value).length;
    if (entries !== 1) differences.push(`${change.model} ${change.id} went from ${change.field} ${change.from} to ${change.to}; the event log tells ${JSON.stringify([change.from, ...values])}`);
  }
  return { differences, count: total, position: { outbox: Math.max(since.outbox, ...outbox.map((row) => Number(row.id))), log: Math.max(since.log, ...log.map((row) => Number(row.position))) } };
}

function subjectOf(row: OutboxRow, connection: string): string {
  if (row.model === 'purchase.order') return `order:${connection}:purchase-${row.res_id}`;
  if (row.topic === 'stock') return `stock:${connection}:${row.res_id}-${row.location_id}-${row.record_company_id ?? 0}`;
  return `${kinds[row.topic]}:${connection}:${row.res_id}`;
}

/** How often each event of Odoo stands in what was received. */
async function postedEvents(world: World): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const body of await world.gatehouse.bodies()) for (const event of (JSON.parse(body) as { events: Array<{ id: string }> }).events) count(found, event.id);
  return found;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** What a person who looked before and after would say has changed. A new document comes from nothing; one that is gone is told as a deletion. */
function* changesBetween(before: StatesById, after: StatesById) {
  for (const [key, states] of after) {
    const [model, id] = key.split(',') as [string, string];
    for (const [field, to] of Object.entries(states)) {
      const from = before.get(key)?.[field] ?? false;
      if (from !== to) yield { model, id: Number(id), field, from, to };
    }
  }
}

import { sql } from 'kysely';
import type { Connector } from '../../../connectors/contract.js';
import { connectorOf } from '../../../connectors/registry.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { Json } from '../../../lib/json.js';
import { recordAudit, type Actor } from '../../../events/audit.js';
import type { TaskContext } from '../context.js';
import type { Companies } from './leave.js';
import { setPolicy } from './partner.js';
import { policyOf, type PartnerPolicy, type PolicyOverrides } from './policy.js';

/** How a partner does, and how it is treated. */
export interface Partner {
  connection: string;
  connector: string;
  company: string;
  policy: PartnerPolicy;
  /** Names of what differs from the table of defaults. */
  overridden: string[];
  breaker: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  openUntil: string | null;
  pausedUntil: string | null;
  lastError: string | null;
  /** Some process looks after it now. */
  held: boolean;
  queues: PartnerQueue[];
  dead: number;
}

export interface PartnerQueue {
  lane: 'DISPATCH' | 'REPORT';
  /** Wait to be performed, those for a later time among them. */
  waiting: number;
  calling: number;
  /** Seconds since the oldest of them was accepted, or tried again by a person; null where there is none. */
  oldestSeconds: number | null;
}

interface Row {
  id: string; connector: string; company: string; overrides: PolicyOverrides | null; breaker: Partner['breaker'] | null; open_until: string | null; paused_until: string | null;
  last_error: string | null; held: boolean | null;
}

interface QueueRow { connection: string; lane: PartnerQueue['lane']; waiting: number; calling: number; oldest: number | null; dead: number }

/** Every connection that performs commands, by its id, as far as it is of these companies. */
export async function listPartners({ database }: Pick<TaskContext, 'database'>, companies: Companies): Promise<Partner[]> {
  const { rows } = await sql<Row>`
    select c.id, c.connector, c.company, y.overrides, p.breaker, p.open_until, p.paused_until, p.last_error, p.lease_until > clock_timestamp() as held
    from connection c left join partner_state p on p.connection = c.id left join partner_policy y on y.connection = c.id
    where c.disabled_at is null and ${companies === '*' ? sql`true` : sql`c.company = any(${companies === 'none' ? [] : [...companies]}::text[])`} order by c.id`.execute(database.kysely);
  const { rows: queues } = await sql<QueueRow>`
    select connection, lane, count(*) filter (where state in ('QUEUED', 'WAITING')) as waiting, count(*) filter (where state = 'CALLING') as calling, count(*) filter (where state = 'DEAD') as dead,
      extract(epoch from clock_timestamp() - min(waiting_since) filter (where state <> 'DEAD'))::float8 as oldest
    from (${sql.join([`state in ('QUEUED', 'WAITING')`, `state = 'CALLING'`, `state = 'DEAD'`].map((state) => sql`select connection, lane, state, waiting_since from command where ${sql.raw(state)}`), sql` union all `)}) open group by 1, 2`.execute(database.kysely);
  return rows.flatMap((row) => {
    const connector = connectorOf(row.connector);
    return !isPartner(connector) ? [] : [partnerOf(row, connector.rateLimit, queues.filter((queue) => queue.connection === row.id))];
  });
}

/** We call it: to have something done, or to see what is new there. */
function isPartner(connector: Connector | undefined): connector is Connector {
  return connector !== undefined && (connector.perform !== undefined || connector.poll !== undefined);
}

function partnerOf(row: Row, allowed: Parameters<typeof policyOf>[1], queues: readonly QueueRow[]): Partner {
  const overrides = row.overrides ?? {};
  return {
    connection: row.id, connector: row.connector, company: row.company, policy: policyOf(overrides, allowed), overridden: Object.keys(overrides), breaker: row.breaker ?? 'CLOSED',
    openUntil: row.open_until, pausedUntil: row.paused_until !== null && row.paused_until > instant(Date.now()) ? row.paused_until : null, lastError: row.last_error, held: row.held === true,
    queues: (['DISPATCH', 'REPORT'] as const).map((lane) => queueOf(lane, queues.find((queue) => queue.lane === lane))),
    dead: queues.reduce((sum, queue) => sum + queue.dead, 0),
  };
}

function queueOf(lane: PartnerQueue['lane'], row: QueueRow | undefined): PartnerQueue {
  return { lane, waiting: row?.waiting ?? 0, calling: row?.calling ?? 0, oldestSeconds: row?.oldest ?? null };
}

/**
 * Changes how a partner is treated: what is given is set, null takes an override away.
 * @throws GatehouseError NOT_FOUND, BAD_INPUT
 */
export async function changePolicy(tasks: TaskContext, connectionId: string, change: Readonly<Record<string, Json>>, by: Actor, companies: Companies): Promise<void> {
  const connection = await tasks.connections.find(connectionId);
  if (connection === null || companies === 'none' || (companies !== '*' && !companies.includes(connection.company)) || !isPartner(connectorOf(connection.connector))) {
    throw new GatehouseError('NOT_FOUND', undefined, { field: 'connection' });
  }
  if (typeof change.fallback === 'string') await checkFallback(tasks, connection.company, connectionId, change.fallback);
  await tasks.database.transaction(async (tx) => {
    const overrides = await setPolicy(tx, connectionId, change, by.subject);
    await recordAudit(tx, [{ actor: by, action: 'partner.policy-changed', target: { kind: 'connection', id: connectionId }, payload: { overrides: { ...overrides } as Record<string, Json> } }]);
  });
}

async function checkFallback(tasks: TaskContext, company: string, connection: string, fallback: string): Promise<void> {
  const found = fallback === connection ? null : await tasks.connections.find(fallback);
  if (found === null || found.shadow || found.company !== company || connectorOf(found.connector)?.perform === undefined) {
    throw new GatehouseError('BAD_INPUT', `fallback: there is no other connection ${fallback} of ${company} that performs commands.`, { field: 'fallback' });
  }
}

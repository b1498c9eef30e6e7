import { sql } from 'kysely';
import type { WebhookDeliveryState, WebhookDeliveryView, WebhookHealth, WebhookView } from '../../../model/webhook.js';
import type { Queryable } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { isOwn, type Access } from './access.js';
import { answerPurpose } from './finish.js';
import type { EndpointRow } from '../../../events/webhooks.js';

/** Endpoints that somebody deals with, the newest first. @param beforeId the last one seen */
export async function listEndpoints(tasks: TaskContext, access: Access, { limit, beforeId, ids }: { limit: number; beforeId?: string | undefined; ids?: readonly string[] }): Promise<WebhookView[]> {
  let query = tasks.database.kysely.selectFrom('webhook_endpoint').selectAll().orderBy('id', 'desc').limit(limit);
  if (!access.seesAll) query = query.where('owner', '=', access.actor.subject).where('owner_role', '=', access.actor.role).where('token_issuer', '=', access.principal?.token?.issuer ?? '');
  if (beforeId !== undefined) query = query.where('id', '<', beforeId);
  if (ids !== undefined) query = query.where('id', '=', sql<string>`any(${[...ids]}::uuid[])`);
  const rows = (await query.execute()).filter((row) => access.seesAll || isOwn(access, row));
  return viewsOf(tasks, rows);
}

async function viewsOf(tasks: TaskContext, rows: readonly EndpointRow[]): Promise<WebhookView[]> {
  if (rows.length === 0) return [];
  const { kysely } = tasks.database;
  const ids = sql<string>`any(${rows.map((row) => row.id)}::uuid[])`;
  const [secrets, figures, live] = await Promise.all([
    kysely.selectFrom('webhook_secret').select(['endpoint', 'created_at', 'expires_at']).where('endpoint', '=', ids).where((w) => w.or([w('expires_at', 'is', null), w('expires_at', '>', sql<string>`clock_timestamp()`)])).orderBy('id', 'desc').execute(),
    healthFigures(kysely, rows.map((row) => row.id)),
    tasks.graph.live(),
  ]);
  return rows.map((row) => ({
    id: row.id, kind: row.kind, url: row.url, description: row.description, topics: row.topics, filter: row.filter, state: row.state, stateReason: row.state_reason, owner: row.owner, ownerRole: row.owner_role,
    cursor: live.encode(row), concurrency: row.concurrency, perMinute: row.per_minute, rightsUntil: row.rights_until, gap: row.gap, createdAt: row.created_at, updatedAt: row.updated_at,
    secrets: secrets.filter((secret) => secret.endpoint === row.id).map((secret) => ({ createdAt: secret.created_at, expiresAt: secret.expires_at })),
    health: healthOf(row, figures.get(row.id)),
  }));
}

export interface HealthFigures {
  endpoint: string;
  attempts: number;
  arrived: number;
  waiting: number;
  given_up: number;
  oldest: number | null;
}

/** Attempts of the last 24 hours and what waits, by endpoint. */
export async function healthFigures(db: Queryable, endpoints: readonly string[]): Promise<Map<string, HealthFigures>> {
  const { rows } = await sql<HealthFigures>`
    select e.id as endpoint, a.attempts, a.arrived, d.waiting, d.given_up, d.oldest
    from unnest(${[...endpoints]}::uuid[]) as e(id),
      lateral (select count(*)::integer as attempts, (count(*) filter (where outcome = 'DELIVERED'))::integer as arrived from webhook_attempt x where x.endpoint = e.id and x.started_at > clock_timestamp() - interval '24 hours') a,
      lateral (select (count(*) filter (where state in ('WAITING', 'SENDING')))::integer as waiting, (count(*) filter (where state = 'GIVEN_UP'))::integer as given_up,
        (extract(epoch from clock_timestamp() - min(created_at) filter (where state in ('WAITING', 'SENDING'))))::float8 as oldest from webhook_delivery x where x.endpoint = e.id and x.state in ('WAITING', 'SENDING', 'GIVEN_UP')) d`.execute(db);
  return new Map(rows.map((row) => [row.endpoint, row]));
}

function healthOf(row: EndpointRow, figures: HealthFigures | undefined): WebhookHealth {
  const attempts = figures?.attempts ?? 0;
  return {
    attempts, successShare: attempts === 0 ? null : figures!.arrived / attempts, waiting: figures?.waiting ?? 0, givenUp: figures?.given_up ?? 0, oldestWaitingSeconds: figures?.oldest ?? null,
    failuresInARow: row.failures, failingSince: row.failing_since, lastSuccessAt: row.last_success_at, lastFailureAt: row.last_failure_at, lastError: row.last_error, notBefore: row.not_before,
  };
}

/** Deliveries of an endpoint, the newest first, with their attempts. Who may see the endpoint is the caller's to know. @param beforeSequence the last one seen */
export async function listDeliveries(tasks: TaskContext, endpoint: string, { limit, beforeSequence, states }: { limit: number; beforeSequence?: number | undefined; states?: readonly WebhookDeliveryState[] | undefined }): Promise<WebhookDeliveryView[]> {
  let query = tasks.database.kysely.selectFrom('webhook_delivery').selectAll().where('endpoint', '=', endpoint).orderBy('sequence', 'desc').limit(limit);
  if (beforeSequence !== undefined) query = query.where('sequence', '<', beforeSequence);
  if (states !== undefined) query = query.where('state', '=', sql<never>`any(${[...states]}::text[])`);
  const rows = await query.execute();
  const attempts = rows.length === 0 ? [] : await tasks.database.kysely.selectFrom('webhook_attempt').selectAll().where('delivery', '=', sql<number>`any(${rows.map((row) => row.sequence)}::bigint[])`).orderBy('number').orderBy('started_at').execute();
  return rows.map((row) => ({
    sequence: row.sequence, eventId: row.event_id, type: row.type, subject: row.subject, state: row.state, isReplay: row.replay !== null, createdAt: row.created_at, finishedAt: row.finished_at,
    nextAt: row.state === 'WAITING' ? row.next_at : null,
    attempts: attempts.filter((attempt) => attempt.delivery === row.sequence).map((attempt) => ({
      number: attempt.number, startedAt: attempt.started_at, outcome: attempt.outcome, status: attempt.status, milliseconds: attempt.milliseconds, error: attempt.error,
      answer: attempt.answer === null ? null : Buffer.from(tasks.bodies.openBytes(attempt.answer, answerPurpose(attempt.id))).toString(),
    })),
  }));
}

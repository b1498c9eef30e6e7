import { sql } from 'kysely';
import type { WebhookOutcome } from '../../../connectors/webhook.js';
import { uuidv7 } from '../../../lib/ids.js';
import { storableText } from '../../../lib/storable-text.js';
import type { Queryable } from '../../engine.js';
import type { TaskContext } from '../context.js';
import type { Claimed } from './claim.js';
import { EndpointLost } from './intake.js';
import { raiseFailing, raiseGivenUp, resolveFailing } from './matters.js';
import { alertHours, disableHours, secondsToNext, secondsToProbe } from './policy.js';
import type { EndpointRow } from '../../../events/webhooks.js';

export const answerPurpose = (attempt: string) => `webhook-attempt/${attempt}`;

/** What is to be recorded of one attempt. */
export interface Sent {
  startedAt: string;
  milliseconds: number;
  outcome: WebhookOutcome;
}

/** It arrived. @throws EndpointLost */
export async function finishDelivered(tasks: TaskContext, endpoint: EndpointRow, holder: string, delivery: Claimed, sent: Sent): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    await end(tx, delivery, holder, sql`state = 'DELIVERED', finished_at = clock_timestamp()`);
    await recordAttempt(tasks, tx, endpoint.id, delivery, sent);
    const { rows } = await sql<{ alerted: boolean }>`
      with before as (select alerted_at is not null as alerted from webhook_endpoint where id = ${endpoint.id}::uuid)
      update webhook_endpoint set failures = 0, failing_since = null, alerted_at = null, last_success_at = clock_timestamp()
      where id = ${endpoint.id}::uuid and (failures > 0 or failing_since is not null or alerted_at is not null or last_success_at is null or last_success_at < clock_timestamp() - interval '1 second')
      returning (select alerted from before) as alerted`.execute(tx);
    if (rows[0]?.alerted === true) await resolveFailing(tx, endpoint, 'It takes events again.');
  });
}

/** It did not arrive: it is tried again, or given up, and the endpoint may be let alone or disabled. @throws EndpointLost */
export async function finishFailed(tasks: TaskContext, endpoint: EndpointRow, holder: string, delivery: Claimed, sent: Sent): Promise<void> {
  const { outcome } = sent;
  const isGone = outcome.status === 410;
  const seconds = secondsToNext(delivery.attempts, outcome.retryAfter, Math.random());
  await tasks.database.transaction(async (tx) => {
    await end(tx, delivery, holder, seconds === null ? sql`state = 'GIVEN_UP', finished_at = clock_timestamp()` : sql`state = 'WAITING', next_at = clock_timestamp() + make_interval(secs => ${seconds})`);
    await recordAttempt(tasks, tx, endpoint.id, delivery, sent);
    const row = await noteFailure(tx, endpoint.id, outcome);
    if (seconds === null) await raiseGivenUp(tx, endpoint, outcome.error ?? '');
    if (isGone || row.to_disable) await disable(tx, endpoint, isGone ? 'GONE' : 'FAILING', outcome.error ?? '');
    else if (row.to_alert) await raiseFailing(tx, endpoint, `Nothing has arrived for ${alertHours} hours (${outcome.error}). After ${disableHours} hours it is disabled; what waits is kept.`);
  });
}

/** The owner no longer sees it, or the feed no longer holds it. @throws EndpointLost */
export async function finishDropped(db: Queryable, holder: string, delivery: Claimed): Promise<void> {
  await end(db, delivery, holder, sql`state = 'DROPPED', attempts = attempts - 1, finished_at = clock_timestamp()`);
}

/** What could not be read now is tried again soon; nothing was sent. @throws EndpointLost */
export async function putBack(db: Queryable, holder: string, delivery: Claimed): Promise<void> {
  await end(db, delivery, holder, sql`state = 'WAITING', attempts = attempts - 1, next_at = clock_timestamp() + interval '1 second'`);
}

/** Nothing more is sent to it until its owner, or an administrator, resumes it. What waits is kept for then. */
export async function disable(tx: Queryable, endpoint: Pick<EndpointRow, 'id' | 'url' | 'company' | 'owner'>, reason: 'GONE' | 'FAILING' | 'REVOKED' | 'RIGHTS_EXPIRED', why: string): Promise<void> {
  const rows = await tx.updateTable('webhook_endpoint').set({ state: 'DISABLED', state_reason: reason, alerted_at: sql<string>`clock_timestamp()`, updated_at: sql<string>`clock_timestamp()` }).where('id', '=', endpoint.id).where('state', '=', 'ACTIVE').returning('id').execute();
  if (rows.length > 0) await raiseFailing(tx as never, endpoint, disabledWords(reason, why));
}

function disabledWords(reason: 'GONE' | 'FAILING' | 'REVOKED' | 'RIGHTS_EXPIRED', why: string): string {
  if (reason === 'GONE') return 'It is disabled: it answered 410, that it is gone.';
  if (reason === 'FAILING') return `It is disabled: nothing has arrived for ${disableHours} hours (${why}). What waits is kept; resume it once it is mended.`;
  return reason === 'REVOKED' ? 'It is disabled: its owner’s token was taken back.' : 'It is disabled: its owner has not confirmed its rights for a year. Resuming it under the owner’s token does.';
}

async function end(db: Queryable, delivery: Claimed, holder: string, change: ReturnType<typeof sql>): Promise<void> {
  const { rows } = await sql`update webhook_delivery set lease = null, ${change} where sequence = ${delivery.sequence} and state = 'SENDING' and lease = ${holder}::uuid returning sequence`.execute(db);
  if (rows.length === 0) throw new EndpointLost(`Delivery ${delivery.sequence} was taken up by another.`);
}

async function recordAttempt(tasks: TaskContext, db: Queryable, endpoint: string, { sequence, attempts }: Claimed, { startedAt, milliseconds, outcome }: Sent): Promise<void> {
  const id = uuidv7();
  const answer = outcome.ok || outcome.answer === '' ? null : tasks.bodies.sealBytes(Buffer.from(outcome.answer), answerPurpose(id));
  await db.insertInto('webhook_attempt').values({
    id, endpoint, delivery: sequence, number: attempts, started_at: startedAt, outcome: outcome.ok ? 'DELIVERED' : 'FAILED', status: outcome.status, milliseconds,
    error: outcome.error === null ? null : storableText(outcome.error).slice(0, 500), answer,
  }).execute();
}

interface Failing {
  to_alert: boolean;
  to_disable: boolean;
}

/** The endpoint asked to be let alone, or has failed so often that it is. */
async function noteFailure(db: Queryable, id: string, { error, retryAfter }: WebhookOutcome): Promise<Failing> {
  const row = await db.selectFrom('webhook_endpoint').select('failures').where('id', '=', id).forUpdate().executeTakeFirst();
  const failures = (row?.failures ?? 0) + 1;
  const seconds = Math.max(secondsToProbe(failures, Math.random()), Math.min(retryAfter ?? 0, 86_400));
  const { rows } = await sql<Failing>`
    with before as (select alerted_at, coalesce(failing_since, clock_timestamp()) as since from webhook_endpoint where id = ${id}::uuid)
    update webhook_endpoint set failures = ${failures}, failing_since = coalesce(failing_since, clock_timestamp()), last_failure_at = clock_timestamp(), last_error = ${storableText(error ?? '').slice(0, 500)},
      not_before = ${seconds === 0 ? sql`not_before` : sql`greatest(not_before, clock_timestamp() + make_interval(secs => ${seconds}))`},
      alerted_at = case when alerted_at is null and failing_since < clock_timestamp() - make_interval(hours => ${alertHours}) then clock_timestamp() else alerted_at end
    where id = ${id}::uuid
    returning (select since < clock_timestamp() - make_interval(hours => ${alertHours}) and alerted_at is null from before) as to_alert,
      (select since < clock_timestamp() - make_interval(hours => ${disableHours}) from before) as to_disable`.execute(db);
  return rows[0] ?? { to_alert: false, to_disable: false };
}


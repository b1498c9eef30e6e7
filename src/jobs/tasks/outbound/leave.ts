import { sql } from 'kysely';
import { append } from '../../../events/append.js';
import { acceptCommands, openInput, wakePerformers, type CommandRow, type DeadFilter, type DeadGroup } from '../../../events/commands.js';
import { recordAudit, type Actor } from '../../../events/audit.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import type { CommandInputs, CommandKind } from '../../../model/commands.js';
import { calledOff, markForWriteBack } from '../../../projections/write-back.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { tellUnsentNumbers } from '../edi/unsent.js';
import { resolutionsOfGivenUp } from './matters.js';

/** Whose commands somebody may decide about. */
export type Companies = '*' | 'none' | readonly string[];

/**
 * Tries a command again that was given up, that waits, or of which a part did not come out, now. It goes on with what it
 * remembers, so that what is done is not done again.
 * @throws GatehouseError NOT_FOUND; CONFLICT in any other state
 */
export async function retryCommand(tasks: TaskContext, id: string, by: Actor, companies: Companies): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const row = await lockCommand(tx, id, companies);
    if (row.state !== 'DEAD' && row.state !== 'WAITING' && row.state !== 'PARTIAL') throw notNow(row);
    await refuseCancelled(tx, id);
    await tx.updateTable('command').set({ ...again(), next_at: sql<string>`clock_timestamp()`, deadline_at: laterOnly }).where('id', '=', id).execute();
    await wakePerformers(tx);
    await recordAudit(tx, [{ actor: by, action: 'command.retried', target: { kind: 'command', id }, correlationId: row.correlation_id }]);
  });
}

/**
 * Accepts a command anew, with another input, in place of one that was given up: a command of its own, as the
 * partner knows the old one by its id and what was made for it.
 * @returns id of the new one
 * @throws GatehouseError NOT_FOUND; CONFLICT where the old one was not given up, or may have taken effect
 */
export async function replayCommand(tasks: TaskContext, id: string, input: unknown, by: Actor, companies: Companies): Promise<string> {
  return tasks.database.transaction(async (tx) => {
    const row = await lockCommand(tx, id, companies);
    if (row.state !== 'DEAD') throw notNow(row);
    await refuseCancelled(tx, id);
    if (row.memory !== null && row.error?.reason !== 'REFUSED') throw new GatehouseError('CONFLICT', 'It may have taken effect at the partner. Retry it as it is, which finds out; edit it only once the partner has refused it.', { field: 'id' });
    const checked = checkInput(input, openInput(tasks.bodies, row));
    const replacement = uuidv7();
    await acceptCommands(tx, tasks.bodies, [{
      id: replacement, kind: row.kind as CommandKind, input: checked, connection: row.connection, lane: row.lane, company: row.company, requestedBy: row.requested_by,
      idempotencyKey: `${row.idempotency_key}/${replacement}`, subject: row.subject, correlationId: row.correlation_id, causationId: row.id,
      ...(row.order_key === null ? {} : { orderKey: row.order_key }), ...(row.shipment_id === null ? {} : { shipmentId: row.shipment_id }),
      ...(row.deadline_at === null || Date.parse(row.deadline_at) <= Date.now() ? {} : { deadlineAt: row.deadline_at }),
    }]);
    await tx.updateTable('command').set({ state: 'DISCARDED', replaced_by: replacement, updated_at: instant(Date.now()) }).where('id', '=', id).execute();
    const resolved = await resolutionsOfGivenUp(tx, [id], `It was accepted anew, with another input, as ${replacement}.`, by.subject);
    await recordAudit(tx, [{ actor: by, action: 'command.replayed', target: { kind: 'command', id }, correlationId: row.correlation_id, payload: { replacement } }]);
    await tellUnsentNumbers(tasks, tx, row);
    await append(tx, resolved);
    return replacement;
  });
}

/**
 * Lets a command be that was given up, or that waits. Of a booking or cancellation that was not given up before, whose
 * failure Odoo was therefore never told, it is told now: who asked there waits for it.
 * @throws GatehouseError NOT_FOUND; CONFLICT once it is under way or has ended otherwise
 */
export async function discardCommand(tasks: TaskContext, id: string, reason: string, by: Actor, companies: Companies): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const row = await lockCommand(tx, id, companies);
    if (row.state !== 'DEAD' && row.state !== 'WAITING' && row.state !== 'QUEUED') throw notNow(row);
    const now = instant(Date.now());
    const error = { reason: row.state === 'DEAD' ? 'DISCARDED' : calledOff, kind: row.error?.kind ?? null, message: reason };
    await tx.updateTable('command').set({ state: 'DISCARDED', error: JSON.stringify(error), updated_at: now, finished_at: row.finished_at ?? now }).where('id', '=', id).execute();
    await wakePerformers(tx);
    if (row.state !== 'DEAD') await markForWriteBack(tx, { shipments: row.shipment_id === null ? [] : [row.shipment_id], subjects: [row.subject] });
    const resolved = await resolutionsOfGivenUp(tx, [id], `It was discarded: ${reason}`, by.subject);
    await recordAudit(tx, [{ actor: by, action: 'command.discarded', target: { kind: 'command', id }, correlationId: row.correlation_id, payload: { reason } }]);
    await tellUnsentNumbers(tasks, tx, row);
    await append(tx, resolved);
  });
}

/** Most that are sent on their way at once. */
export const maxRedriven = 10_000;

/** How many of which there are, before they are sent. */
export async function previewRedrive(tasks: Pick<TaskContext, 'database'>, filter: DeadFilter, companies: Companies): Promise<DeadGroup[]> {
  const { rows } = await sql<DeadGroup>`
    select connection, kind, coalesce(error ->> 'reason', '') as reason, count(*) as count, coalesce(max(error ->> 'message'), '') as example
    from command where ${isDead(filter, companies)} group by 1, 2, 3 order by count desc, 1, 2, 3 limit 100`.execute(tasks.database.kysely);
  return rows;
}

/**
 * Tries all commands again that the filter takes, the oldest first, no faster than `perMinute`.
 * @returns how many, `maxRedriven` at most
 */
export async function redriveCommands(tasks: TaskContext, filter: DeadFilter, perMinute: number, by: Actor, companies: Companies): Promise<number> {
  // Each is as old as it is due: the last of many must not be given up for its age before its turn comes.
  const after = sql`make_interval(secs => chosen.place * 60.0 / ${perMinute}::float8)`;
  return tasks.database.transaction(async (tx) => {
    const { rows } = await sql`
      with chosen as (select id, row_number() over (order by sequence) - 1 as place from (select id, sequence from command where ${isDead(filter, companies)} order by sequence limit ${sql.lit(maxRedriven)} for update) x)
      update command c set state = 'WAITING', failures = 0, finished_at = null, deadline_at = ${laterOnly}, updated_at = clock_timestamp(),
        next_at = clock_timestamp() + ${after}, waiting_since = clock_timestamp() + ${after}
      from chosen where c.id = chosen.id returning c.id`.execute(tx);
    await wakePerformers(tx);
    await recordAudit(tx, [{ actor: by, action: 'command.redriven', target: { kind: 'connection', id: filter.connection ?? 'all' }, payload: { filter: { ...filter }, perMinute, count: rows.length } }]);
    return rows.length;
  });
}

function isDead(filter: DeadFilter, companies: Companies) {
  const conditions = [
    sql`state = 'DEAD' and not (${isCancelled})`,
    companies === '*' ? sql`true` : sql`company = any(${companies === 'none' ? [] : [...companies]}::text[])`,
    ...(filter.connection === undefined ? [] : [sql`connection = ${filter.connection}`]),
    ...(filter.kind === undefined ? [] : [sql`kind = ${filter.kind}`]),
    ...(filter.reason === undefined ? [] : [sql`error ->> 'reason' = ${filter.reason}`]),
    ...(filter.errorKind === undefined ? [] : [sql`error ->> 'kind' = ${filter.errorKind}`]),
    ...(filter.from === undefined ? [] : [sql`finished_at >= ${filter.from}::timestamptz`]),
    ...(filter.to === undefined ? [] : [sql`finished_at < ${filter.to}::timestamptz`]),
  ];
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

/** A booking or pickup that somebody cancelled meanwhile: done after that, nobody would undo it. */
const isCancelled = sql<boolean>`command.kind in ('shipment.book', 'return.book', 'pickup.schedule') and exists (
  select from command x where x.kind = case command.kind when 'pickup.schedule' then 'pickup.cancel' else 'booking.cancel' end and x.subject = command.subject and x.order_key = command.order_key and x.state <> 'DISCARDED')`;

/** @throws GatehouseError CONFLICT */
async function refuseCancelled(tx: Transaction, id: string): Promise<void> {
  const row = await tx.selectFrom('command').select('id').where('id', '=', id).where(isCancelled).executeTakeFirst();
  if (row !== undefined) throw new GatehouseError('CONFLICT', 'It was cancelled meanwhile.', { field: 'id' });
}

/** A deadline that has passed is dropped: who tries it again knows that. */
const laterOnly = sql<string | null>`case when deadline_at > clock_timestamp() then deadline_at end`;

function again() {
  return { state: 'WAITING' as const, failures: 0, waiting_since: sql<string>`clock_timestamp()`, updated_at: sql<string>`clock_timestamp()`, finished_at: null };
}

/** @throws GatehouseError NOT_FOUND also where it is not theirs to see */
async function lockCommand(tx: Transaction, id: string, companies: Companies): Promise<CommandRow> {
  const row = await tx.selectFrom('command').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined || companies === 'none' || (companies !== '*' && !companies.includes(row.company))) throw new GatehouseError('NOT_FOUND', undefined, { field: 'id' });
  return row;
}

function notNow({ state }: Pick<CommandRow, 'state'>): GatehouseError {
  return new GatehouseError('CONFLICT', `It is ${state}: there is nothing to decide about it.`, { field: 'id' });
}

/** What a person edited keeps the form of what it was: values change, the kinds of values do not. */
function checkInput(input: unknown, before: unknown): CommandInputs[CommandKind] {
  if (before === null) throw new GatehouseError('CONFLICT', 'What it said is past its retention.', { field: 'id' });
  const wrong = differenceOfForm(input as Json, before as Json, 'input');
  if (wrong !== null) throw new GatehouseError('BAD_INPUT', wrong, { field: 'input' });
  return input as CommandInputs[CommandKind];
}

function differenceOfForm(input: Json | undefined, before: Json, path: string): string | null {
  if (before === null || input === undefined) return null;
  const [is, was] = [input, before].map((value) => (value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`));
  if (is !== was) return `${path} must be ${was}, not ${is}.`;
  if (is !== 'an object') return null;
  const missing = Object.keys(before).find((name) => (input as Record<string, Json>)[name] === undefined);
  if (missing !== undefined) return `${path}.${missing} is missing.`;
  for (const [name, value] of Object.entries(before)) {
    const wrong = differenceOfForm((input as Record<string, Json>)[name], value, `${path}.${name}`);
    if (wrong !== null) return wrong;
  }
  return null;
}

import { z } from 'zod';
import type { CommandState } from '../../db/schema.js';
import { openInput, type CommandRow, type DeadFilter } from '../../events/commands.js';
import { discardCommand, previewRedrive, redriveCommands, replayCommand, retryCommand } from '../../jobs/tasks/outbound/leave.js';
import { changePolicy, listPartners } from '../../jobs/tasks/outbound/partners.js';
import { parseInput } from '../../jobs/tasks/outbound/desk.js';
import { GatehouseError } from '../../lib/errors.js';
import { isUuid } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import { readOptions } from './options.js';
import { parseTime, shortTime } from './times.js';
import type { DataCommand } from './command.js';

const states = ['QUEUED', 'CALLING', 'WAITING', 'DONE', 'PARTIAL', 'DEAD', 'CANCELLED', 'DISCARDED'] as const satisfies readonly CommandState[];
const id = z.string().refine(isUuid, 'This is no id of a command. List them with: gatehouse command list');
const target = (given: Record<string, unknown>) => ({ kind: 'command', id: String(given.id) });

const listSchema = z.object({ state: z.enum(states).optional(), connection: z.string().optional(), kind: z.string().optional(), limit: z.coerce.number().int().min(1).max(1000).default(50) });

export const commandList: DataCommand = {
  name: 'command list',
  async *run({ database }, given) {
    const { state, connection, kind, limit } = readOptions(listSchema, given);
    let query = database.kysely.selectFrom('command').select(['id', 'kind', 'state', 'connection', 'lane', 'attempts', 'subject', 'next_at', 'error']).orderBy('sequence', 'desc').limit(limit);
    query = state === undefined ? query.where('state', 'in', ['QUEUED', 'CALLING', 'WAITING', 'DEAD']) : query.where('state', '=', state);
    if (connection !== undefined) query = query.where('connection', '=', connection);
    if (kind !== undefined) query = query.where('kind', '=', kind);
    const rows = await query.execute();
    if (rows.length === 0) yield 'There are none. All states but the ended ones are shown unless --state names one.';
    for (const row of rows) {
      const why = row.error === null ? '' : `  ${row.error.reason}${row.error.kind === null ? '' : ` (${row.error.kind})`}`;
      yield `${row.id}  ${row.state.padEnd(9)}  ${row.kind.padEnd(15)}  ${row.connection.padEnd(20)}  ${String(row.attempts).padStart(3)} attempts  ${row.subject}${why}`;
    }
  },
};

const showSchema = z.object({ id, input: z.boolean().default(false) });

export const commandShow: DataCommand = {
  name: 'command show',
  audit: (given) => ({ action: 'command.shown', target: target(given), payload: { input: given.input === true } }),
  async *run({ database, tasks }, given) {
    const options = readOptions(showSchema, given);
    const row = await database.kysely.selectFrom('command').selectAll().where('id', '=', options.id).executeTakeFirst();
    if (row === undefined) throw new GatehouseError('NOT_FOUND', `There is no command ${options.id}. List them with: gatehouse command list`);
    yield* linesOf(row);
    if (options.input) yield `input        ${JSON.stringify(openInput(tasks.bodies, row))}`;
    const attempts = await database.kysely.selectFrom('command_attempt').select(['number', 'connection', 'started_at', 'ended_at', 'outcome', 'error_kind', 'error']).where('command_id', '=', options.id).orderBy('number').execute();
    for (const attempt of attempts) {
      yield `  ${String(attempt.number).padStart(3)}  ${shortTime(attempt.started_at)}  ${attempt.connection}  ${attempt.outcome ?? 'under way'}${attempt.error_kind === null ? '' : ` ${attempt.error_kind}: ${attempt.error ?? ''}`}`;
    }
  },
};

function* linesOf(row: CommandRow): Iterable<string> {
  yield `${row.kind} at ${row.connection}${row.routed_from === null ? '' : ` (meant for ${row.routed_from})`}: ${row.state}`;
  yield `about        ${row.subject}`;
  yield `asked for    by ${row.requested_by} at ${shortTime(row.created_at)}, key ${row.idempotency_key}`;
  if (row.deadline_at !== null) yield `to be done   by ${shortTime(row.deadline_at)}`;
  if (row.state === 'WAITING' || row.state === 'QUEUED') yield `next         not before ${shortTime(row.next_at)}`;
  if (row.error !== null) yield `why          ${row.error.reason}${row.error.kind === null ? '' : ` (${row.error.kind})`}: ${row.error.message}`;
  if (row.result !== null) yield `result       ${JSON.stringify(row.result)}`;
  if (row.replaced_by !== null) yield `replaced by  ${row.replaced_by}`;
}

const retrySchema = z.object({ id });

export const commandRetry: DataCommand = {
  name: 'command retry',
  async *run({ tasks }, given, by) {
    const options = readOptions(retrySchema, given);
    await retryCommand(tasks, options.id, by, '*');
    yield `It is tried again. See how it goes with: gatehouse command show ${options.id}`;
  },
};

const replaySchema = z.object({ id, input: z.string(), reason: z.string().optional() });

export const commandReplay: DataCommand = {
  name: 'command replay',
  fourEyes: 'commands',
  audit: (given) => ({ action: 'command.edited', target: target(given) }),
  async *run({ tasks }, given, by) {
    const options = readOptions(replaySchema, given);
    const replacement = await replayCommand(tasks, options.id, parseInput(options.input), by, '*');
    yield `Accepted anew as ${replacement}. See how it goes with: gatehouse command show ${replacement}`;
  },
};

const discardSchema = z.object({ id, reason: z.string().trim().min(1, 'Say why with --reason.').max(2000) });

export const commandDiscard: DataCommand = {
  name: 'command discard',
  fourEyes: 'commands',
  audit: (given) => ({ action: 'command.discard-asked', target: target(given), payload: { reason: String(given.reason) } }),
  async *run({ tasks }, given, by) {
    const options = readOptions(discardSchema, given);
    await discardCommand(tasks, options.id, options.reason, by, '*');
    yield 'Discarded. The reason is in the audit log.';
  },
};

const filterSchema = z.object({ connection: z.string().optional(), kind: z.string().optional(), cause: z.string().optional(), error: z.string().optional(), from: z.string().optional(), to: z.string().optional() });
const redriveSchema = filterSchema.extend({ perMinute: z.coerce.number().int().min(1).max(10_000).default(60), reason: z.string().optional() });

export const commandRedrive: DataCommand = {
  name: 'command redrive',
  fourEyes: 'commands',
  audit: (given) => ({ action: 'command.redrive-asked', target: { kind: 'connection', id: String(given.connection ?? 'all') } }),
  async *run({ tasks }, given, by) {
    const { perMinute, reason: _, ...filter } = readOptions(redriveSchema, given);
    yield `${await redriveCommands(tasks, filterOf(filter), perMinute, by, '*')} are tried again, ${perMinute} a minute at most.`;
  },
};

/** What `command redrive` would send. */
export const commandPreview: DataCommand = {
  name: 'command preview',
  async *run({ tasks }, given) {
    const groups = await previewRedrive(tasks, filterOf(readOptions(filterSchema, given)), '*');
    if (groups.length === 0) yield 'Nothing was given up that this takes.';
    for (const group of groups) yield `${String(group.count).padStart(6)}  ${group.connection.padEnd(20)}  ${group.kind.padEnd(15)}  ${group.reason.padEnd(11)}  e.g. ${group.example.slice(0, 120)}`;
  },
};

function filterOf({ connection, kind, cause, error, from, to }: z.infer<typeof filterSchema>): DeadFilter {
  const given = { connection, kind, reason: cause, errorKind: error, from: parseTime(from, '--from') ?? undefined, to: parseTime(to, '--to') ?? undefined };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

export const commandPartners: DataCommand = {
  name: 'command partners',
  async *run({ tasks }) {
    const partners = await listPartners(tasks, '*');
    if (partners.length === 0) yield 'No connection performs commands yet.';
    for (const { connection, breaker, openUntil, queues, dead, lastError } of partners) {
      const waiting = queues.map((queue) => `${queue.lane.toLowerCase()} ${queue.waiting} waiting${queue.oldestSeconds === null ? '' : `, oldest ${Math.round(queue.oldestSeconds)} s`}`).join('; ');
      yield `${connection.padEnd(20)}  breaker ${breaker}${breaker === 'OPEN' && openUntil !== null ? ` until ${shortTime(openUntil)}` : ''}  ${waiting}; ${dead} given up${breaker === 'CLOSED' || lastError === null ? '' : `  (${lastError})`}`;
    }
  },
};

const policySchema = z.object({ connection: z.string(), set: z.array(z.string()).default([]) });

/** Shows how a partner is treated, after changing it where something is set. */
export const commandPolicy: DataCommand = {
  name: 'command policy',
  async *run({ tasks }, given, by) {
    const { connection, set } = readOptions(policySchema, given);
    if (set.length > 0) await changePolicy(tasks, connection, Object.fromEntries(set.map(parseSetting)), by, '*');
    const partner = (await listPartners(tasks, '*')).find((each) => each.connection === connection);
    if (partner === undefined) throw new GatehouseError('NOT_FOUND', `There is no connection ${connection} that performs commands. List them with: gatehouse command partners`);
    for (const [name, value] of Object.entries(partner.policy)) yield `${name.padEnd(18)}  ${String(value ?? 'none').padEnd(10)}${partner.overridden.includes(name) ? '  set' : ''}`;
  },
};

/** `name=value`; without a value what was set is taken away. */
function parseSetting(pair: string): [string, Json] {
  const at = pair.indexOf('=');
  if (at < 1) throw new GatehouseError('BAD_INPUT', `A setting is written name=value; this is "${pair}".`);
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  return [name, value === '' ? null : name === 'fallback' ? value : Number(value)];
}

import type { Access, CommandMemory, ConnectorError, Outcome, OutboundCommand, Performed, PollPage } from '../../../connectors/contract.js';
import { connectorOf } from '../../../connectors/registry.js';
import { drawNumbers } from '../../../events/control-numbers.js';
import { memoryPurpose, openInput } from '../../../events/commands.js';
import { isOutage } from '../../../lib/database-faults.js';
import { isUuid } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import type { CommandInputs, CommandKind } from '../../../model/commands.js';
import type { TaskContext } from '../context.js';
import type { Queryable } from '../../engine.js';
import type { ClaimedCommand } from './claim.js';
import type { GivingUp } from './decide.js';

/** Beyond the policy's timeout, ms: a connector that is still silent then does not keep to it. */
const graceMs = 10_000;

/** Somebody else performs this command by now: nothing of ours may stay. */
export class LeaseLost extends Error {}

/** How an attempt ended. */
export type Attempt =
  | { ended: 'performed'; performed: Performed }
  | { ended: 'polled'; page: PollPage }
  | { ended: 'failed'; error: ConnectorError; isOurs: boolean }
  | { ended: 'hopeless'; reason: GivingUp; message: string };

/**
 * Lets the connector carry a command out. What fails on one command is that command's failure, never the
 * engine's: it must not hold up its neighbours.
 * @throws LeaseLost, and what the database throws while it is away
 */
export async function perform(tasks: TaskContext, command: ClaimedCommand, holder: string, policy: { timeoutMs: number; attempts: number }): Promise<Attempt> {
  const lacking = lackOf(command, policy.attempts);
  if (lacking !== null) return lacking;
  try {
    return await attempt(tasks, command, holder, policy.timeoutMs);
  } catch (error) {
    if (error instanceof LeaseLost || isOutage(error)) throw error;
    tasks.log.error({ err: error, command: command.id, connection: command.connection }, 'a command failed on our side; it is tried again');
    return failed({ kind: 'unparseable', message: 'Something failed on our side. The log has it, under the id of the command.', raw: '' }, true);
  }
}

async function attempt(tasks: TaskContext, command: ClaimedCommand, holder: string, timeoutMs: number): Promise<Attempt> {
  const connection = await tasks.connections.find(command.connection);
  if (connection === null) return failed({ kind: 'auth', message: 'The connection is disabled.', raw: '' }, true);
  const kind = command.kind as CommandKind;
  if (connection.shadow && kind !== 'source.poll') return failed({ kind: 'auth', message: 'The connection is in shadow mode: it has no effects.', raw: '' }, true);
  const access = { connection: connection.id, settings: connection.settings, secrets: connection.secrets, allowedNetworks: tasks.allowedNetworks };
  if (kind === 'source.poll') return poll(tasks, connection.connector, { ...access, readOnly: connection.shadow }, timeoutMs);
  const performing = connectorOf(connection.connector)?.perform;
  if (performing === undefined || !performing.commands.includes(kind)) return { ended: 'hopeless', reason: 'UNSUPPORTED', message: `A connection of ${connection.connector} does not perform ${kind}.` };
  const input = openInput(tasks.bodies, command);
  if (input === null) return { ended: 'hopeless', reason: 'INPUT_GONE', message: 'What it says is not kept any more: it is past its retention, or whom it was about was erased.' };
  const outbound: OutboundCommand = { id: command.id, kind, input, attempt: command.attempts, timeoutMs, ...(await followedBy(tasks, kind, input)) };
  const outcome = await inTime(performing.perform(access, outbound, memoryOf(tasks, command, holder)), timeoutMs * (1 + (performing.callsBefore ?? 0)) + graceMs);
  return outcome.ok ? { ended: 'performed', performed: outcome.value } : failed(outcome.error, false);
}

async function poll(tasks: TaskContext, connector: string, access: Access<Record<string, unknown>>, timeoutMs: number): Promise<Attempt> {
  const source = connectorOf(connector)?.poll;
  if (source === undefined) return { ended: 'hopeless', reason: 'UNSUPPORTED', message: `A connection of ${connector} has no source to look at.` };
  const row = await tasks.database.kysely.selectFrom('poll_cursor').select('cursor').where('connection', '=', access.connection).executeTakeFirst();
  const outcome = await inTime(source.read(access, row?.cursor ?? null, timeoutMs), timeoutMs + graceMs);
  return outcome.ok ? { ended: 'polled', page: outcome.value } : failed(outcome.error, false);
}

/** A process that was killed in the middle has counted as a failure; then this may be one too many. */
function lackOf({ failures, deadline_at: deadline }: ClaimedCommand, attempts: number): Attempt | null {
  if (failures >= attempts) return { ended: 'hopeless', reason: 'ATTEMPTS', message: `It was begun ${failures} times and did not end: its process was ended each time.` };
  if (deadline !== null && Date.parse(deadline) <= Date.now()) return { ended: 'hopeless', reason: 'DEADLINE', message: `It was to be done by ${deadline.slice(0, 16).replace('T', ' ')} UTC.` };
  return null;
}

/** @param isOurs it says nothing of the partner */
function failed(error: ConnectorError, isOurs: boolean): Attempt {
  return { ended: 'failed', error, isOurs };
}

async function inTime<T>(performing: Promise<Outcome<T>>, ms: number): Promise<Outcome<T>> {
  let timer: NodeJS.Timeout;
  const late = new Promise<Outcome<T>>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, error: { kind: 'unavailable', message: `No answer within ${Math.round(ms / 1000)} s.`, raw: '' } }), ms);
  });
  return Promise.race([performing, late]).finally(() => clearTimeout(timer));
}

/** The command that one of these kinds undoes or changes. */
const followed: { readonly [K in CommandKind]?: (input: CommandInputs[K]) => string } = {
  'booking.cancel': ({ booking }) => booking,
  'pickup.cancel': ({ pickup }) => pickup,
  'shop.track': ({ of }) => of,
  'load.publish': ({ first }) => first ?? '',
};

/** What a command remembered that this one undoes or changes. */
async function followedBy(tasks: TaskContext, kind: CommandKind, input: CommandInputs[CommandKind]): Promise<Pick<OutboundCommand, 'follows'>> {
  const id = (followed[kind] as ((input: unknown) => string) | undefined)?.(input);
  if (id === undefined || !isUuid(id)) return {};
  const row = await tasks.database.kysely.selectFrom('command').select(['id', 'memory', 'input']).where('id', '=', id).executeTakeFirst();
  const isGone = row === undefined || (row.memory === null && row.input === null); // who forgets it takes both
  return isGone ? {} : { follows: { id, memory: openMemory(tasks, row) } };
}

function openMemory(tasks: TaskContext, { id, memory }: Pick<ClaimedCommand, 'id' | 'memory'>): Json | null {
  return memory === null ? null : (JSON.parse(Buffer.from(tasks.bodies.openBytes(memory, memoryPurpose(id))).toString()) as Json);
}

function memoryOf(tasks: TaskContext, command: ClaimedCommand, holder: string): CommandMemory {
  const purpose = memoryPurpose(command.id);
  let value = openMemory(tasks, command);
  return {
    get value() {
      return value;
    },
    async remember(next) {
      await keep(tasks.database.kysely, next);
      value = next;
    },
    async draw(series, remembering) {
      value = await tasks.database.transaction(async (tx) => {
        const next = remembering(await drawNumbers(tx, command.connection, series));
        await keep(tx, next);
        return next;
      });
    },
  };

  async function keep(db: Queryable, next: Json): Promise<void> {
    const sealed = tasks.bodies.sealBytes(Buffer.from(JSON.stringify(next)), purpose);
    const kept = await db.updateTable('command').set({ memory: sealed }).where('id', '=', command.id).where('state', '=', 'CALLING').where('lease', '=', holder).where('attempts', '=', command.attempts).returning('id').execute();
    if (kept.length === 0) throw new LeaseLost(`Command ${command.id} is performed by another.`);
  }
}

import { hash } from 'node:crypto';
import { sql, type Selectable } from 'kysely';
import type { Queryable, Transaction } from '../db/database.js';
import type { CommandError, CommandTable } from '../db/schema.js';
import { instant } from '../lib/clock.js';
import { GatehouseError } from '../lib/errors.js';
import { uuidv7 } from '../lib/ids.js';
import { canonicalJson } from '../lib/json.js';
import type { CommandInputs, CommandKind, Lane } from '../model/commands.js';
import type { BodySealer } from './inbox.js';

export type { CommandError };

/** Wakes whoever performs commands, in all processes. A wake-up may be lost: they also look by themselves. */
export const commandChannel = 'gatehouse_commands';

/** A command as somebody wants it. */
export interface NewCommand<K extends CommandKind = CommandKind> {
  /** A command that an event causes has an id derived from the event's (`uuidOfName`), so that doing it again makes none. A fresh one unless given. */
  id?: string;
  kind: K;
  input: CommandInputs[K];
  /** What was asked for, where the input holds more (rules as they stood): by it a repeat is told from another command. The input unless given. */
  asked?: unknown;
  /** Id of the connection that is to perform it. */
  connection: string;
  /** What moves freight (DISPATCH) is done before what reports (REPORT). */
  lane: Lane;
  company: string;
  /** Subject of a token, an Odoo connection, or `gatehouse`: together with the key it tells a repeat. */
  requestedBy: string;
  idempotencyKey: string;
  /** What it is about, as subjects of events are written: `shipment:<id>`, `odoo.delivery:erp:42`. */
  subject: string;
  /** Commands of one connection, lane and key are performed one after the other, in the order of acceptance. */
  orderKey?: string;
  shipmentId?: string;
  /** ISO instant after which it is no longer worth doing as it is: then it is given up, and people decide. */
  deadlineAt?: string;
  /** ISO instant before which it is not performed. */
  notBefore?: string;
  correlationId: string;
  /** Event or message that led to it. */
  causationId?: string;
}

export interface Acceptance {
  id: string;
  /** It was accepted before, under the same key. */
  duplicate: boolean;
}

export type CommandRow = Selectable<CommandTable>;

/** Which commands that were given up. What is absent does not matter. */
export interface DeadFilter {
  connection?: string;
  kind?: string;
  /** Why they were given up: REFUSED, ATTEMPTS, AGE, DEADLINE, UNSUPPORTED, INPUT_GONE. */
  reason?: string;
  /** Kind of the partner's error. */
  errorKind?: string;
  /** ISO instants between which they were given up. */
  from?: string;
  to?: string;
}

/** Commands that were given up alike. */
export interface DeadGroup {
  connection: string;
  kind: string;
  reason: string;
  count: number;
  /** The partner's words in one of them. */
  example: string;
}

export const inputPurpose = (id: string) => `command/${id}`;
export const memoryPurpose = (id: string) => `command-memory/${id}`;
export const attemptPurpose = (id: string) => `command-attempt/${id}`;
const digestPurpose = (id: string) => `command-digest/${id}`;

/** Stands for the input of what was cancelled before it was asked for. */
const cancelledBefore = hash('sha256', 'cancelled before it was asked for', 'buffer');

/** A statement takes 65,535 parameters, of which a command has 27. */
const insertedAtOnce = 1_000;

/**
 * Accepts commands: they are performed when and only when `tx` commits.
 * @returns one for each, in their order
 * @throws GatehouseError CONFLICT when a key was used for another input before, or the connection is in shadow mode
 */
export async function acceptCommands(tx: Transaction, sealer: BodySealer, commands: readonly NewCommand[]): Promise<Acceptance[]> {
  if (commands.length === 0) return [];
  await refuseWithoutEffects(tx, commands);
  const rows = commands.map((command) => newRow(command, sealer));
  const fresh = new Set<string>();
  for (let start = 0; start < rows.length; start += insertedAtOnce) {
    const inserted = await tx.insertInto('command').values(rows.slice(start, start + insertedAtOnce)).onConflict((c) => c.doNothing()).returning('id').execute();
    for (const { id } of inserted) fresh.add(id);
  }
  if (fresh.size > 0) await wakePerformers(tx);
  // A batch may repeat itself: the first of its equals is the new one.
  const isNew = rows.map((row) => fresh.delete(row.id));
  const known = await knownCommands(tx, rows.filter((_, index) => !isNew[index]));
  return rows.map((row, index) => {
    if (isNew[index]) return { id: row.id, duplicate: false };
    const before = known.find((each) => each.requested_by === row.requested_by && each.idempotency_key === row.idempotency_key) ?? known.find((each) => each.id === row.id);
    const digest = before === undefined ? undefined : sealer.openBytes(before.input_digest, digestPurpose(before.id));
    const isSame = digest !== undefined && (digestOf(commands[index]!).equals(digest) || cancelledBefore.equals(digest));
    if (!isSame || before === undefined) throw new GatehouseError('CONFLICT', 'This idempotency key was used for another command. Use a new key for each thing that is wanted.', { field: 'idempotencyKey' });
    return { id: before.id, duplicate: true };
  });
}

/** A connection in shadow mode has no effects, whoever wants one, and nothing is done for one that was removed: it would wait unseen. That it is looked at is none. */
async function refuseWithoutEffects(tx: Transaction, commands: readonly NewCommand[]): Promise<void> {
  const called = [...new Set(commands.filter(({ kind }) => kind !== 'source.poll').map(({ connection }) => connection))];
  if (called.length === 0) return;
  // Held: who removes one or puts it into shadow mode at this moment waits, and then finds the command.
  const rows = await tx.selectFrom('connection').select(['id', 'disabled_at', 'shadow']).where('id', '=', sql<string>`any(${called}::text[])`).orderBy('id').forShare().execute();
  const found = rows.find((row) => row.disabled_at !== null || row.shadow);
  if (found !== undefined && found.disabled_at !== null) throw new GatehouseError('CONFLICT', `The connection ${found.id} was removed: nothing is sent to its system.`, { field: 'connection' });
  if (found !== undefined) throw new GatehouseError('CONFLICT', `The connection ${found.id} is in shadow mode: nothing is sent to its system.`, { field: 'connection' });
}

/**
 * Has a command that is not known yet never performed: who asks for it later is told that it was accepted before.
 * Waits for who accepts it at this moment.
 * @returns whether it is; false: it is known
 */
export async function cancelBeforehand(tx: Transaction, sealer: BodySealer, of: Pick<NewCommand, 'company' | 'requestedBy' | 'idempotencyKey' | 'correlationId' | 'subject'> & { id: string }): Promise<boolean> {
  const row = newRow({ ...of, kind: 'shipment.book', input: null as never, connection: of.requestedBy, lane: 'DISPATCH' }, sealer);
  const cancelled = { ...row, input_digest: sealer.sealBytes(cancelledBefore, digestPurpose(of.id)), input: null, state: 'CANCELLED' as const, finished_at: row.created_at };
  return (await tx.insertInto('command').values(cancelled).onConflict((c) => c.doNothing()).returning('id').execute()).length > 0;
}

/** Told in the transaction that makes something due. */
export async function wakePerformers(tx: Transaction): Promise<void> {
  await sql`select pg_notify(${commandChannel}, '')`.execute(tx);
}

function newRow(command: NewCommand, sealer: BodySealer) {
  const id = command.id ?? uuidv7();
  const now = instant(Date.now());
  return {
    id, kind: command.kind, connection: command.connection, routed_from: null, lane: command.lane, company: command.company, idempotency_key: command.idempotencyKey,
    requested_by: command.requestedBy, input_digest: sealer.sealBytes(digestOf(command), digestPurpose(id)), input: sealInput(sealer, id, command.input), subject: command.subject,
    order_key: command.orderKey ?? null, shipment_id: command.shipmentId ?? null, state: 'QUEUED' as const, next_at: command.notBefore ?? now, waiting_since: now,
    deadline_at: command.deadlineAt ?? null, memory: null, result: null, error: null, replaced_by: null, lease: null, correlation_id: command.correlationId, causation_id: command.causationId ?? null,
    created_at: now, updated_at: now, finished_at: null,
  };
}

export function sealInput(sealer: BodySealer, id: string, input: unknown): Uint8Array {
  return sealer.sealBytes(Buffer.from(JSON.stringify(input)), inputPurpose(id));
}

/** The input of a command; null once its retention has ended. */
export function openInput(sealer: BodySealer, { id, input }: Pick<CommandRow, 'id' | 'input'>): CommandInputs[CommandKind] | null {
  return input === null ? null : (JSON.parse(Buffer.from(sealer.openBytes(input, inputPurpose(id))).toString()) as CommandInputs[CommandKind]);
}

function digestOf({ kind, input, asked = input }: NewCommand): Buffer {
  return hash('sha256', canonicalJson([kind, asked]), 'buffer');
}

async function knownCommands(tx: Transaction, rows: ReadonlyArray<Pick<CommandRow, 'id' | 'requested_by' | 'idempotency_key'>>) {
  if (rows.length === 0) return [];
  const { rows: found } = await sql<Pick<CommandRow, 'id' | 'requested_by' | 'idempotency_key' | 'input_digest'>>`
    select c.id, c.requested_by, c.idempotency_key, c.input_digest from command c
    join unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.requested_by)}::text[], ${rows.map((row) => row.idempotency_key)}::text[]) as x(id, requested_by, idempotency_key)
      on c.id = x.id or (c.requested_by = x.requested_by and c.idempotency_key = x.idempotency_key)`.execute(tx);
  return found;
}

/** A command as it stands; null where there is none. */
export async function findCommand(db: Queryable, id: string): Promise<CommandRow | null> {
  return (await db.selectFrom('command').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

import { sql } from 'kysely';
import { commandHeader, type ConnectorError, type Performed, type PollPage } from '../../../connectors/contract.js';
import { attemptPurpose, wakePerformers, type CommandError } from '../../../events/commands.js';
import { keepDocuments } from '../../../events/documents.js';
import { inboxChannel } from '../../../events/inbox.js';
import { storableText } from '../../../lib/storable-text.js';
import type { Queryable } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { recordFailure, recordPage, secondsToNextLook } from '../polling/finish.js';
import { lockCursor } from '../polling/schedule.js';
import { routeToFallback, type ClaimedCommand } from './claim.js';
import type { GivingUp } from './decide.js';
import { acceptFurther } from './further.js';
import { raiseGivenUp, resolveGivenUp } from './matters.js';
import { LeaseLost } from './perform.js';

/** Characters kept of what a partner answered. */
const maxRaw = 16_384;

interface Ending {
  state: 'DONE' | 'PARTIAL' | 'WAITING' | 'DEAD' | 'CANCELLED';
  outcome: 'DONE' | 'PARTIAL' | 'FAILED';
  result?: unknown;
  error?: CommandError & { raw: string };
  /** Whether the attempt counts towards giving up. */
  counts?: boolean;
  waitSeconds?: number;
}

/**
 * The partner did it. State, history, answers and files are one transaction: either all of it stands or the
 * command is performed again, with its memory.
 * @throws LeaseLost
 */
export async function finishPerformed(tasks: TaskContext, command: ClaimedCommand, holder: string, { state, result, answers, files, further = [] }: Performed): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const deliveries = answers.map(({ key, headers, body }) => ({
      connection: command.connection, dedupeKey: `command:${command.id}:${key}`, headers: { ...headers, [commandHeader]: command.id }, body, receivedMs: Date.now(), correlationId: command.correlation_id,
    }));
    // They leave together; of one whose lease is lost all of it is undone.
    await Promise.all([end(tasks, tx, command, holder, { state, outcome: state, result }), tasks.inbox.receiveAnswers(tx, deliveries), keepDocuments(tx, tasks.bodies, files)]);
    await acceptFurther(tasks, tx, command, further);
    if (command.error !== null) await resolveGivenUp(tx, [command.id], 'It succeeded.');
  });
  if (answers.length > 0) tasks.database.wakeHere(inboxChannel);
}

/** What a look at a source gave is kept with it. @throws LeaseLost */
export async function finishPolled(tasks: TaskContext, command: ClaimedCommand, holder: string, page: PollPage): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    await lockCursor(tx, command.connection);
    await end(tasks, tx, command, holder, { state: 'DONE', outcome: 'DONE', result: { messages: page.answers.length, more: page.more } });
    await recordPage(tasks, tx, command, page);
    if (command.error !== null) await resolveGivenUp(tx, [command.id], 'It succeeded.');
  });
}

/**
 * A look at a source failed. One on a schedule is never given up: the source is tried again, later each time, and where
 * the settings are wrong not before the next look is due. One that was only asked for ends there: by itself it cannot succeed.
 * @throws LeaseLost
 */
export async function finishPollFailed(tasks: TaskContext, command: ClaimedCommand, holder: string, error: ConnectorError, waitSeconds: (failures: number) => number): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const every = error.kind === 'invalid' ? await secondsToNextLook(tasks, tx, command) : 0;
    if (every === null) return end(tasks, tx, command, holder, { state: 'CANCELLED', outcome: 'FAILED', error: { reason: 'REFUSED', ...error } });
    const failures = await recordFailure(tasks, tx, command, error);
    await end(tasks, tx, command, holder, { state: 'WAITING', outcome: 'FAILED', error: { reason: 'RETRY', ...error }, waitSeconds: Math.max(every, waitSeconds(failures)) });
  });
}

/** It failed and is tried again. @throws LeaseLost */
export async function finishWaiting(tasks: TaskContext, command: ClaimedCommand, holder: string, error: ConnectorError, wait: { seconds: number; counts: boolean }): Promise<void> {
  await end(tasks, tasks.database.kysely, command, holder, { state: 'WAITING', outcome: 'FAILED', error: { reason: 'RETRY', ...error }, counts: wait.counts, waitSeconds: wait.seconds });
}

/**
 * It failed here and goes to the fallback, once.
 * @returns false where it has begun something here, or comes from elsewhere already; nothing was recorded then
 * @throws LeaseLost
 */
export async function finishRouted(tasks: TaskContext, command: ClaimedCommand, holder: string, error: ConnectorError, fallback: string): Promise<boolean> {
  try {
    return await tasks.database.transaction(async (tx) => {
      const row = await tx.selectFrom('command').select(['memory', 'routed_from']).where('id', '=', command.id).where('state', '=', 'CALLING').where('lease', '=', holder).where('attempts', '=', command.attempts).executeTakeFirst();
      if (row === undefined) throw new LeaseLost(`Command ${command.id} is performed by another.`);
      if (row.memory !== null || row.routed_from !== null) return false;
      await end(tasks, tx, command, holder, { state: 'WAITING', outcome: 'FAILED', error: { reason: 'ROUTED', ...error }, waitSeconds: 0 });
      if ((await routeToFallback(tx, command.connection, fallback, [command.kind], command.id)) === 0) throw new NotRouted();
      return true;
    });
  } catch (failure) {
    if (failure instanceof NotRouted) return false;
    throw failure;
  }
}

/** Undoes what was recorded of an attempt that was to go to the fallback. */
class NotRouted extends Error {}

/** It is given up, until a person decides. @throws LeaseLost */
export async function finishGivenUp(tasks: TaskContext, command: ClaimedCommand, holder: string, reason: GivingUp, error: { kind: string | null; message: string; raw: string }): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    await end(tasks, tx, command, holder, { state: 'DEAD', outcome: 'FAILED', error: { ...error, reason }, counts: true });
    await wakePerformers(tx);
    await raiseGivenUp(tx, [{ command, reason, message: error.message }]);
  });
}

/** One statement for the command and its history. Only its holder may, and only for the attempt that it began. */
async function end(tasks: TaskContext, tx: Queryable, command: ClaimedCommand, holder: string, ending: Ending): Promise<void> {
  const { state, outcome, error } = ending;
  const kept = error === undefined ? null : ({ reason: error.reason, kind: error.kind, message: storableText(error.message).slice(0, 2000) } satisfies CommandError);
  const raw = error === undefined || error.raw === '' ? null : tasks.bodies.sealBytes(Buffer.from(error.raw.slice(0, maxRaw)), attemptPurpose(command.attempt_id));
  const { rows } = await sql`
    with ended as (
      update command set state = ${state}, lease = null, failures = failures + ${ending.counts === true ? 1 : 0}, error = ${kept === null ? null : JSON.stringify(kept)}::jsonb,
        result = ${ending.result === undefined ? null : JSON.stringify(ending.result)}::jsonb, updated_at = clock_timestamp(),
        next_at = ${state === 'WAITING' ? sql`least(clock_timestamp() + make_interval(secs => ${ending.waitSeconds!}), case when deadline_at is not null then greatest(deadline_at, clock_timestamp()) end)` : sql`next_at`},
        finished_at = ${state === 'WAITING' ? null : sql`clock_timestamp()`}
      where id = ${command.id}::uuid and state = 'CALLING' and lease = ${holder}::uuid and attempts = ${command.attempts} returning id
    )
    update command_attempt a set outcome = ${outcome}, ended_at = clock_timestamp(), error_kind = ${kept?.kind ?? null}, error = ${kept?.message ?? null}, raw = ${raw}
    from ended where a.id = ${command.attempt_id}::uuid returning a.id`.execute(tx);
  if (rows.length === 0) throw new LeaseLost(`Command ${command.id} is performed by another.`);
}

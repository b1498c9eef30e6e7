import type { Connection } from '../../auth/connections.js';
import type { Connector, ConnectorError, Outcome, SyncPage, SyncSource } from '../../connectors/contract.js';
import { connectorOf } from '../../connectors/registry.js';
import { headPosition } from '../../events/read.js';
import { hasUndecoded } from '../../events/standing.js';
import { instant } from '../../lib/clock.js';
import { sha256 } from '../../lib/ids.js';
import { highestVersion, knownRecords } from '../../projections/known-records.js';
import { watermark } from '../../projections/runner.js';
import type { Transaction } from '../engine.js';
import type { TaskContext } from './context.js';
import { comparePage, type Comparison } from './sync-compare.js';
import { endRun, raiseFailure, warnOfKey } from './sync-matters.js';
import { heldTopics, loadRun, noFigures, partsOf, saveStep, sumOf, type SyncFigures, type SyncJob, type SyncPart, type SyncPlace, type SyncRun } from './sync-run.js';

/** Records of one page: some hundred kilobytes, and well below a second in the source. */
const pageSize = 100;
/** Records of our own whose existence is asked for at once. */
const knownPageSize = 500;
/** Events that the read model may be behind before a run waits. */
const maxLag = 2_000;
/** Attempts of one step; with the longest waits some two hours. */
const maxAttempts = 14;
const longestWaitSeconds = 900;
/** How long a step waits for decoding before it comes back later, ms. */
const patienceMs = 5_000;
const busySeconds = 5;
/** A run rests after a page as long as the page took, so that it has half of one worker at most. */
const longestRestMs = 1_000;

/** Another worker did this step: nothing of ours may stay. */
class StepTaken extends Error {}

interface Step {
  tasks: TaskContext;
  run: SyncRun;
  connection: Connection;
  connector: Connector;
  source: SyncSource;
}

/**
 * Does one step of a run: one page from the source, held against what stands here; what differs goes
 * into the inbox like any message. Inbox, figures, place and the next job are one transaction, so a
 * crash repeats a step or does not, and never half of one.
 */
export async function syncStep(tasks: TaskContext, job: SyncJob): Promise<void> {
  const run = await loadRun(tasks.database, job.run);
  if (run === null || run.state !== 'RUNNING' || run.step !== job.step) return;
  const startedMs = Date.now();
  try {
    if (await isBusy(tasks, run)) await sendAgain(tasks, job, busySeconds);
    else await doStep(tasks, run);
  } catch (error) {
    if (!(error instanceof StepTaken)) throw error;
  }
  await sleep(Math.min(longestRestMs, Date.now() - startedMs));
}

/** Live traffic goes first: a run waits for what it stored itself, and while the read model is behind. */
async function isBusy(tasks: TaskContext, run: SyncRun): Promise<boolean> {
  const { kysely } = tasks.database;
  for (const endMs = Date.now() + patienceMs; Date.now() < endMs; await sleep(100)) {
    const message = run.message === null ? undefined : await kysely.selectFrom('inbox').select('state').where('id', '=', run.message).executeTakeFirst();
    if (message?.state !== 'RECEIVED' && (await headPosition(kysely)) - (await watermark(kysely)) <= maxLag) return false;
  }
  return true;
}

async function doStep(tasks: TaskContext, run: SyncRun): Promise<void> {
  const connection = await tasks.connections.find(run.connection);
  const connector = connection === null ? undefined : connectorOf(connection.connector);
  if (connection === null || connector?.sync === undefined || connector.receive === undefined) return fail(tasks, run, 'The connection was removed or disabled, or cannot be read from.');
  const access = { connection: connection.id, settings: connection.settings, secrets: connection.secrets, allowedNetworks: tasks.allowedNetworks };
  const lacks = connector.sync.lacks(access);
  if (lacks !== null) return fail(tasks, run, lacks, connection);
  const step: Step = { tasks, run, connection, connector, source: connector.sync.open(access, run.memory) };
  if (run.place.part < 0) return begin(step);
  const parts = partsOf(connector.sync.topics, run.topics);
  const part = parts[run.place.part];
  if (part === undefined) return finish(step, {});
  const page = part.do === 'read' ? await step.source.readPage(part.topic, run.place.after, pageSize) : await readDeleted(step, part);
  if (!page.ok) return handleError(step, page.error);
  await (part.do === 'count deleted' ? count(step, parts, page.value) : account(step, parts, page.value));
}

async function begin(step: Step): Promise<void> {
  const { tasks, run, connection, connector, source } = step;
  const kinds = connector.sync!.topics.map((each) => each.kind);
  const start = await source.begin(await highestVersion(tasks.database.kysely, kinds, connection.id));
  if (!start.ok) return handleError(step, start.error);
  const { totals, keyExpiresAt, memory } = start.value;
  await tasks.database.transaction(async (tx) => {
    await move(tasks, tx, run, { place: { ...run.place, part: 0, after: null }, totals: { ...totals }, memory, key_expires_at: keyExpiresAt, attempts: 0, error: null });
    await warnOfKey(tx, connection, keyExpiresAt);
  });
}

/** Records that are gone, of so many that were asked for. */
type AskedPage = SyncPage & { asked?: number };

/** The part from our side: pages of records known here, of which the source says those that it no longer has. */
async function readDeleted({ tasks, run, connection, connector, source }: Step, part: SyncPart): Promise<Outcome<AskedPage>> {
  const { kind } = connector.sync!.topics.find((each) => each.topic === part.topic)!;
  const known = await knownRecords(tasks.database.kysely, kind, connection.id, run.place.after, knownPageSize);
  if (known.ids.length === 0) return { ok: true, value: { records: [], envelope: {}, next: null, underway: 0, unreadable: 0, asked: 0 } };
  const page = await source.readDeleted(part.topic, known.ids);
  return page.ok ? { ok: true, value: { ...page.value, next: known.next, asked: known.ids.length } } : page;
}

async function account(step: Step, parts: readonly SyncPart[], page: SyncPage): Promise<void> {
  const { tasks, run, connection, source } = step;
  const part = parts[run.place.part]!;
  const compared = await compareSettled(step, page);
  if (compared === null) return sendAgain(tasks, { run: run.id, step: run.step }, busySeconds);
  const figures = { ...run.figures, [part.topic]: added(run.figures[part.topic] ?? noFigures, compared.figures) };
  const place = placeBehind(run.place, page);
  if (place.part >= parts.length && compared.differing.length === 0) return finish(step, { figures, place });
  await tasks.database.transaction(async (tx) => {
    const stored = compared.differing.length === 0 ? null : await store(tasks, tx, connection, source.toMessage(page, compared.differing));
    await move(tasks, tx, run, { place, figures, message: stored ?? run.message, attempts: 0, error: null });
  });
}

function placeBehind(before: SyncPlace, { next }: SyncPage): SyncPlace {
  return next === null ? { ...before, part: before.part + 1, after: null } : { ...before, after: next };
}

/**
 * Counts what is missing at the source before any of it is taken for deleted. Where it is a great part, the source may be the wrong one, or
 * hide records that are there: then nothing is deleted until people say so.
 */
async function count(step: Step, parts: readonly SyncPart[], page: AskedPage): Promise<void> {
  const { tasks, run } = step;
  const { topic } = parts[run.place.part]!;
  const compared = await compareSettled(step, page);
  if (compared === null) return sendAgain(tasks, { run: run.id, step: run.step }, busySeconds);
  const before = run.place.missing?.[topic] ?? { known: 0, missing: 0 };
  const missing = { ...run.place.missing, [topic]: { known: before.known + (page.asked ?? 0), missing: before.missing + compared.figures.missingThere } };
  const place = { ...placeBehind(run.place, page), missing };
  if (parts[place.part]?.do !== 'look for deleted') return tasks.database.transaction((tx) => move(tasks, tx, run, { place, attempts: 0, error: null }));
  if (heldTopics(place).length > 0) return finish(step, { place: { ...place, isHeld: true } });
  if (Object.values(missing).every((each) => each.missing === 0)) return finish(step, { place });
  return tasks.database.transaction((tx) => move(tasks, tx, run, { place, attempts: 0, error: null }));
}

/**
 * What differs may have arrived already and wait to be decoded: then it is compared once more after
 * that. Null where decoding takes long.
 */
async function compareSettled({ tasks, connection, connector, source }: Step, page: SyncPage): Promise<Comparison | null> {
  const readAt = instant(Date.now());
  const first = await comparePage(tasks, connection, connector, source, page);
  if (first.differing.length === 0) return first;
  for (const endMs = Date.now() + patienceMs; Date.now() < endMs; await sleep(50)) {
    if (!(await hasUndecoded(tasks.database.kysely, connection.id, readAt))) return comparePage(tasks, connection, connector, source, page);
  }
  return null;
}

async function store(tasks: TaskContext, tx: Transaction, connection: Connection, message: { headers: Record<string, string>; body: Uint8Array }): Promise<string> {
  const receipt = await tasks.inbox.receiveWithin(tx, { connection: connection.id, dedupeKey: `sync:${sha256(message.body)}`, headers: message.headers, body: message.body, receivedMs: Date.now() });
  return receipt.id;
}

async function finish({ tasks, run, connection }: Step, last: Partial<SyncRun>): Promise<void> {
  const done = { ...last, state: 'DONE' as const, finished_at: instant(Date.now()), attempts: 0, error: null };
  await tasks.database.transaction(async (tx) => {
    if (!(await saveStep(tx, run, done))) throw new StepTaken();
    await endRun(tx, connection, run.id, last.place ?? run.place);
  });
  tasks.log.info({ connection: run.connection, ...sumOf(last.figures ?? run.figures) }, 'synchronisation ended');
}

/** What may pass is tried again, later every time; the rest ends the run. */
async function handleError(step: Step, error: ConnectorError): Promise<void> {
  const { tasks, run, connection } = step;
  const passes = error.kind === 'unavailable' || error.kind === 'rate_limited';
  if (!passes || run.attempts + 1 >= maxAttempts) return fail(tasks, run, error.message, connection);
  const backoff = Math.min(longestWaitSeconds, 5 * 2 ** run.attempts) * (0.5 + Math.random() / 2);
  const waitSeconds = Math.ceil(Math.max(backoff, Math.min(error.retryAfter ?? 0, 4 * longestWaitSeconds)));
  tasks.log.warn({ connection: run.connection, kind: error.kind, waitSeconds }, `a page could not be read: ${error.message}`);
  await tasks.database.transaction((tx) => move(tasks, tx, run, { attempts: run.attempts + 1, error: error.message }, waitSeconds));
}

async function fail(tasks: TaskContext, run: SyncRun, error: string, connection?: Connection): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    if (!(await saveStep(tx, run, { state: 'FAILED', error, finished_at: instant(Date.now()) }))) throw new StepTaken();
    if (connection !== undefined) await raiseFailure(tx, connection, run.id, error);
  });
  tasks.log.error({ connection: run.connection, error }, 'synchronisation failed');
}

async function move(tasks: TaskContext, tx: Transaction, run: SyncRun, change: Parameters<typeof saveStep>[2], waitSeconds = 0): Promise<void> {
  if (!(await saveStep(tx, run, change))) throw new StepTaken();
  await tasks.jobs.send(tx, 'sync', [{ run: run.id, step: run.step + 1 } satisfies SyncJob], waitSeconds);
}

async function sendAgain(tasks: TaskContext, job: SyncJob, waitSeconds: number): Promise<void> {
  await tasks.database.transaction((tx) => tasks.jobs.send(tx, 'sync', [job], waitSeconds));
}

function added(before: SyncFigures, page: SyncFigures): SyncFigures {
  return sumOf({ before, page });
}

function sleep(ms: number): Promise<void> {
  return new Promise((next) => setTimeout(next, ms));
}

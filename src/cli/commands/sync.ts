import { z } from 'zod';
import { heldRun, heldTopics, latestRuns, loadRun, sumOf, type SyncFigures, type SyncRun } from '../../jobs/tasks/sync-run.js';
import { startSync } from '../../jobs/tasks/sync-start.js';
import { GatehouseError } from '../../lib/errors.js';
import type { Services } from '../../main.js';
import type { DataCommand } from './command.js';

const schema = z.object({ connection: z.string().optional(), topic: z.array(z.string()).default([]), watch: z.boolean().default(false), status: z.boolean().default(false), confirmDeletions: z.boolean().default(false), reason: z.string().optional() });
const watchMs = 1_000;

/** Starts a run and returns, stays with it, or shows the latest ones. */
export const syncCommand: DataCommand = {
  name: 'sync',
  fourEyes: ({ confirmDeletions }) => (confirmDeletions === true ? ['connections'] : []),
  audit: ({ connection, status, confirmDeletions }) => ({
    action: status === true ? 'sync.shown' : 'sync.started', target: { kind: 'connection', id: String(connection ?? 'all') }, ...(confirmDeletions === true ? { payload: { confirmDeletions } } : {}),
  }),
  async *run(services, given) {
    const { connection: id, topic, watch, status, confirmDeletions } = schema.parse(given);
    if (status) return yield* statusLines(services, id);
    if (id === undefined) throw new GatehouseError('BAD_INPUT', 'Name a connection, or ask for --status. List them with: gatehouse connection list');
    const connection = await services.connections.find(id);
    if (connection === null) throw new GatehouseError('NOT_FOUND', `There is no connection ${id}. List them with: gatehouse connection list`);
    const confirmed = confirmDeletions ? await deletionsToConfirm(services, id) : undefined;
    const runId = await startSync(services.tasks, connection, 'COMMAND', topic, confirmed);
    if (runId === null && confirmDeletions) throw new GatehouseError('CONFLICT', `A synchronisation of ${id} is under way. Confirm once it has ended.`);
    if (runId === null && !watch) throw new GatehouseError('CONFLICT', `A synchronisation of ${id} is under way. See it with: gatehouse sync ${id} --watch`);
    if (!watch) return yield `Synchronisation of ${id} started. See how far it is with: gatehouse sync --status`;
    yield* watched(services, runId ?? (await latestRuns(services.database, id))[0]!.id);
  },
};

/** As many as the run held back that people look at: where more are missing by now, they are asked again. */
async function deletionsToConfirm({ database }: Services, connection: string): Promise<Record<string, number>> {
  const held = await heldRun(database, connection);
  if (held === null) throw new GatehouseError('BAD_INPUT', `The latest synchronisation of ${connection} held nothing back: there is nothing to confirm.`);
  return Object.fromEntries(Object.entries(held.place.missing ?? {}).map(([topic, { missing }]) => [topic, missing]));
}

async function* watched({ database }: Services, runId: string): AsyncIterable<string> {
  for (let last = ''; ; ) {
    const run = (await loadRun(database, runId))!;
    const line = headline(run);
    if (line !== last) yield (last = line);
    if (run.state !== 'RUNNING') {
      yield* figureLines(run);
      if (run.state === 'FAILED') throw new GatehouseError('CONFLICT', run.error ?? 'It failed.');
      return;
    }
    await new Promise((next) => setTimeout(next, watchMs));
  }
}

async function* statusLines({ database }: Services, connection: string | undefined): AsyncIterable<string> {
  const runs = await latestRuns(database, connection);
  if (runs.length === 0) yield 'Nothing was synchronised yet. Start with: gatehouse sync <connection>';
  for (const run of runs) {
    yield headline(run);
    yield* figureLines(run);
  }
}

function headline(run: SyncRun): string {
  const { read } = sumOf(run.figures);
  const total = run.topics.reduce((sum, topic) => sum + (run.totals[topic] ?? 0), 0);
  const end = run.finished_at === null ? '' : ` in ${Math.round((Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000)} s`;
  const error = run.error === null ? '' : `: ${run.error}`;
  return `${run.connection.padEnd(24)}  ${run.state.padEnd(7)}  since ${run.started_at.slice(0, 16).replace('T', ' ')}${end}  ${read} of about ${total} records${error}`;
}

function* figureLines(run: SyncRun): Iterable<string> {
  const names: ReadonlyArray<[keyof SyncFigures, string]> = [
    ['read', 'read'], ['equal', 'equal'], ['repaired', 'repaired'], ['missingHere', 'missing here'], ['missingThere', 'missing there'],
    ['underway', 'under way'], ['unreadable', 'unreadable'], ['ignored', 'not kept'],
  ];
  if (run.place.isHeld === true) for (const topic of heldTopics(run.place)) yield `  Nothing was deleted: ${run.place.missing![topic]!.missing} of ${run.place.missing![topic]!.known} records of ${topic} are missing at the source. If they are gone: gatehouse sync ${run.connection} --confirm-deletions`;
  if (Object.keys(run.figures).length === 0) return;
  yield `  ${'topic'.padEnd(10)}${names.map(([, name]) => name.padStart(15)).join('')}`;
  for (const [topic, figures] of Object.entries(run.figures)) yield `  ${topic.padEnd(10)}${names.map(([field]) => String(figures[field]).padStart(15)).join('')}`;
}

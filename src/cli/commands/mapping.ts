import { z } from 'zod';
import type { Connection } from '../../auth/connections.js';
import { instant } from '../../lib/clock.js';
import { GatehouseError } from '../../lib/errors.js';
import { previewMapping } from '../../jobs/tasks/mapping/desk.js';
import type { SaidMilestone, ShipmentDifference } from '../../model/mapping.js';
import { applyProposals, propose, proposeRemoval, readTable } from '../../jobs/tasks/mapping/table.js';
import { listUnmapped } from '../../jobs/tasks/mapping/unmapped.js';
import { replay } from '../../jobs/tasks/replay.js';
import type { CodeOverride } from '../../model/mapping.js';
import type { Services } from '../../main.js';
import type { DataCommand } from './command.js';
import { withProgress } from './progress.js';
import { parseTime } from './times.js';

const target = (given: Record<string, unknown>) => ({ kind: 'connection', id: String(given.connection) });
const keySchema = z.object({ connection: z.string(), code: z.string(), reasonCode: z.string().optional() });

/** Codes that are listed at most. */
const listedCodes = 200;

export const mappingList: DataCommand = {
  name: 'mapping list',
  async *run(services, given) {
    const { id } = await found(services, z.object({ connection: z.string() }).parse(given).connection);
    const { applied, proposed, fingerprint } = await readTable(services.database.kysely, id);
    if (applied.length === 0) yield `${id} maps codes as its connector does.`;
    for (const row of applied) yield `${wordsOf(row)}  by ${row.changedBy} at ${row.changedAt.slice(0, 16)}`;
    for (const row of proposed) yield `proposed: ${row.becomes === null ? `${keyWords(row)} as its connector does` : wordsOf(row.becomes)}  by ${row.changedBy} at ${row.changedAt.slice(0, 16)}`;
    if (proposed.length > 0) yield `Try it with: gatehouse mapping try ${id}; apply it with: gatehouse mapping apply ${id} --table ${fingerprint}`;
    const codes = await listUnmapped(services.database.kysely, { connection: id, companies: '*', limit: listedCodes });
    for (const code of codes) yield `not mapped: ${keyWords(code)}  in ${code.messages} message${code.messages === 1 ? '' : 's'} since ${code.firstAt.slice(0, 10)}, last in ${code.rawId}`;
  },
};

const setSchema = keySchema.extend({ to: z.string(), classifier: z.string().optional(), exception: z.string().optional() });

export const mappingSet: DataCommand = {
  name: 'mapping set',
  audit: (given) => ({ action: 'mapping.set', target: target(given), payload: { code: String(given.code), to: String(given.to) } }),
  async *run(services, given, by) {
    const { connection, code, reasonCode, to, classifier, exception } = setSchema.parse(given);
    const { id } = await found(services, connection);
    await services.database.transaction((tx) => propose(tx, id, { rawCode: code, rawReason: reasonCode, code: to, classifier, exceptionClass: exception }, by));
    yield `Proposed. It has no effect yet; try it with: gatehouse mapping try ${id}`;
  },
};

export const mappingRemove: DataCommand = {
  name: 'mapping remove',
  audit: (given) => ({ action: 'mapping.remove', target: target(given), payload: { code: String(given.code) } }),
  async *run(services, given, by) {
    const { connection, code, reasonCode } = keySchema.parse(given);
    const { id } = await found(services, connection);
    const outcome = await services.database.transaction((tx) => proposeRemoval(tx, id, { rawCode: code, rawReason: reasonCode }, by));
    yield outcome === 'withdrawn' ? 'The proposal is taken back.' : `Proposed that it goes. It has no effect yet; try it with: gatehouse mapping try ${id}`;
  },
};

const trySchema = z.object({ connection: z.string(), since: z.string().optional(), to: z.string().optional(), limit: z.coerce.number().int().min(1).max(1_000_000).default(10_000), shipments: z.coerce.number().int().min(0).max(10_000).default(50) });

export const mappingTry: DataCommand = {
  name: 'mapping try',
  async *run(services, given) {
    const { connection: id, since, to, limit, shipments } = trySchema.parse(given);
    const connection = await found(services, id);
    const range = { from: parseTime(since, '--since'), to: parseTime(to, '--to'), messages: limit };
    const preview = yield* withProgress((tell) => previewMapping(services.tasks, connection, range, { listed: shipments, companies: '*' }, (progress) => tell(`${progress.messages} messages so far`)));
    for (const each of preview.shipments) yield* differenceLines(each);
    const { totals } = preview;
    if (totals.shipments > preview.shipments.length) yield `... and ${totals.shipments - preview.shipments.length} more shipments; see them with --shipments ${totals.shipments}`;
    yield `${preview.messages} messages tried: of ${totals.shipments} shipments ${totals.appear} milestones would appear, ${totals.change} change, ${totals.go} go; ${totals.statuses} statuses would change. Nothing was changed.`;
    if (preview.unreadable > 0) yield `${preview.unreadable} messages cannot be read.`;
    if (preview.unlinked > 0) yield `${preview.unlinked} reports are under names that lead to no shipment yet; a replay makes shipments for them.`;
    if (preview.cut) yield `There are more messages than ${limit}: look at all of them with a higher --limit, or at fewer with --since.`;
    yield `Apply it with: gatehouse mapping apply ${id} --table ${preview.fingerprint}`;
  },
};

const applySchema = z.object({ connection: z.string(), table: z.string(), since: z.string().optional(), replay: z.boolean().default(true) });

export const mappingApply: DataCommand = {
  name: 'mapping apply',
  fourEyes: (given) => (given.replay === false ? ['connections'] : ['connections', 'replay']),
  audit: (given) => ({ action: 'mapping.apply', target: target(given), payload: { table: String(given.table), replay: given.replay !== false, since: given.since === undefined ? null : String(given.since) } }),
  shown: async ({ database }, given) => {
    const { proposed, fingerprint } = await readTable(database.kysely, String(given.connection));
    return { proposed: proposed.map((row) => (row.becomes === null ? `${keyWords(row)} as its connector does` : wordsOf(row.becomes))), fingerprint };
  },
  async *run(services, given, by) {
    const { connection: id, table, since, replay: again } = applySchema.parse(given);
    await found(services, id);
    await services.database.transaction((tx) => applyProposals(tx, id, table, by));
    yield `Applied. Messages of ${id} are read by it from now on.`;
    if (!again) return;
    const range = { connection: id, from: parseTime(since, '--since') ?? instant(0), to: instant(Date.now() + 1) };
    const result = yield* withProgress((tell) => replay(services.tasks, range, (progress) => tell(`${progress.messages} messages so far`)));
    yield `${result.messages} messages replayed: ${result.appended} events appended, ${result.retracted} retracted, ${result.quarantined} cannot be read.`;
  },
};

async function found({ connections }: Services, id: string): Promise<Connection> {
  const connection = await connections.find(id);
  if (connection === null) throw new GatehouseError('NOT_FOUND', `There is no connection ${id}. List them with: gatehouse connection list`);
  return connection;
}

function keyWords({ rawCode, rawReason }: { rawCode: string; rawReason: string }): string {
  return rawReason === '' ? rawCode : `${rawCode} with reason ${rawReason}`;
}

function wordsOf(row: CodeOverride): string {
  return `${keyWords(row)} is ${row.code}${row.classifier === null ? '' : ` ${row.classifier}`}${row.exceptionClass === null ? '' : `, exception ${row.exceptionClass}`}`;
}

function* differenceLines({ reference, shipment, status, appear, change, go }: ShipmentDifference): Iterable<string> {
  yield `${reference ?? shipment}${status.before === status.after ? '' : `  status ${status.before} -> ${status.after}`}`;
  for (const row of appear) yield `  + ${milestoneWords(row)}`;
  for (const { before, after } of change) yield `  ~ ${milestoneWords(before)} -> ${milestoneWords(after)}`;
  for (const row of go) yield `  - ${milestoneWords(row)}`;
}

function milestoneWords({ code, classifier, occurredAt, exceptionClass, rawCode }: SaidMilestone): string {
  return `${code}${classifier === 'ACTUAL' ? '' : ` ${classifier}`} ${occurredAt}${rawCode === null ? '' : ` (${rawCode})`}${exceptionClass === null ? '' : ` ${exceptionClass}`}`;
}

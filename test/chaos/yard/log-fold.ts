import { sql } from 'kysely';
import type { Services } from '../../../src/main.js';
import { Differences } from './differences.js';

interface Row {
  subject: string;
  type: string;
  connection: string;
  payload: { data: Record<string, unknown>; recordVersion: number; step?: { action: string; undoes?: number } };
}

type Instant = { instant: string } | undefined;
const at = (value: unknown): string | null => (value as Instant)?.instant ?? null;
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Columns of a table that follow from what the log says last of a record, in words of the log. */
const columns: Readonly<Record<string, (data: Record<string, unknown>) => Record<string, unknown>>> = {
  appointment: (data) => ({ state: data['state'], dock: text(data['dock']), starts_at: at(data['startsAt']), ends_at: at(data['endsAt']), carrier: text(data['carrier']), direction: data['direction'], confirmation: text(data['confirmation']) }),
  visit: (data) => ({
    state: data['state'], type: data['type'], carrier: text(data['carrier']), truck: text(data['truck']), trailer: text(data['trailer']), checked_in_at: at(data['checkedInAt']), at_dock_at: at(data['atDockAt']),
    handling_started_at: at(data['handlingStartedAt']), handling_ended_at: at(data['handlingEndedAt']), from_dock_at: at(data['fromDockAt']), checked_out_at: at(data['checkedOutAt']),
  }),
  yard_move: (data) => ({ state: data['state'], trailer: text(data['trailer']), to_place: data['to'], requested_at: at(data['requestedAt']), assigned_at: at(data['assignedAt']), started_at: at(data['startedAt']), done_at: at(data['doneAt']) }),
};

/** What the log says, folded here, against the tables: the newest version of each record, no version left out or twice, and each undo back to what was before. */
export async function compareLog({ database }: Services): Promise<Differences> {
  const differences = new Differences();
  for (const [kind, columnsOf] of Object.entries(columns)) {
    const { rows: events } = await sql<Row>`select subject, type, connection, payload from event where type = ${`${kind}.reported`} order by position`.execute(database.kysely);
    const { rows: table } = await sql<Record<string, unknown> & { subject: string }>`select * from ${sql.table(kind)} where not deleted`.execute(database.kysely);
    const bySubject = new Map(table.map((row) => [row.subject, row]));
    const said = Map.groupBy(events, ({ subject }) => subject);
    for (const [subject, versions] of said) {
      const newest = versions.reduce((best, each) => (each.payload.recordVersion > best.payload.recordVersion ? each : best));
      differences.compare(subject, columnsOf(newest.payload.data), plain(bySubject.get(subject)));
      if (newest.connection === 'gatehouse') checkVersions(subject, versions, differences);
    }
    for (const { subject } of table) if (!said.has(subject)) differences.say(`${subject} is in the table and not in the log`);
  }
  return differences;
}

/** Instants of columns that the driver gives as dates. */
function plain(row: Record<string, unknown> | undefined): Record<string, unknown> | null {
  return row === undefined ? null : Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]));
}

function checkVersions(subject: string, versions: readonly Row[], differences: Differences): void {
  const stack: Array<{ version: number; state: string }> = [];
  for (const [index, { payload }] of versions.entries()) {
    if (payload.recordVersion !== index + 1) return differences.say(`${subject} has version ${payload.recordVersion} at place ${index + 1}`);
    const state = JSON.stringify(sorted(payload.data));
    const undone = payload.step?.undoes;
    if (undone === undefined) stack.push({ version: payload.recordVersion, state });
    else {
      const last = stack.pop();
      if (last?.version !== undone) differences.say(`${subject}: version ${payload.recordVersion} takes ${undone} back, and ${last?.version} was the latest`);
      if (stack.at(-1)?.state !== state) differences.say(`${subject}: version ${payload.recordVersion} is not what was before version ${undone}`);
    }
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]));
}

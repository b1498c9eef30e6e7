import type { SyncTopic } from '../../connectors/contract.js';
import { instant } from '../../lib/clock.js';
import { uuidv7 } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import type { Database, Transaction } from '../engine.js';

/** What a run found, by topic. Each record that was read is counted in exactly one of the others. */
export interface SyncFigures {
  /** Records that the source stated, and those asked for and no longer there. */
  read: number;
  /** Stand here as they do at the source. */
  equal: number;
  /** Stood here otherwise. */
  repaired: number;
  /** Were not known here. */
  missingHere: number;
  /** Were known here and are no longer at the source. */
  missingThere: number;
  /** Left out: the source is about to tell of them by itself. */
  underway: number;
  /** Could not be read, here or there. */
  unreadable: number;
  /** Nothing that Gatehouse keeps. */
  ignored: number;
}

export const noFigures: SyncFigures = { read: 0, equal: 0, repaired: 0, missingHere: 0, missingThere: 0, underway: 0, unreadable: 0, ignored: 0 };

/**
 * What a run does one after the other: first all topics from the source's side, then all kinds from ours, counted before anything
 * is taken for deleted.
 */
export interface SyncPart {
  do: 'read' | 'count deleted' | 'look for deleted';
  topic: string;
}

/** Where a run stands: the index of the part and its cursor. -1: not begun. */
export interface SyncPlace {
  part: number;
  after: string | null;
  /** By topic: how many records known here were asked for, and how many of them the source no longer has. */
  missing?: Record<string, Missing>;
  /** So many are missing that nothing was deleted: people are to say whether they are. */
  isHeld?: true;
  /** By topic: how many people said may be deleted. */
  confirmed?: Record<string, number>;
}

export interface Missing {
  known: number;
  missing: number;
}

/** What is missing in one run is no longer taken for deleted from so many records of a topic on, where they are more than this share of it. */
const leastHeld = 50;
const heldShare = 0.2;

/** Topics of which so much is missing that the source may be the wrong one, or show us less than before. */
export function heldTopics({ missing = {}, confirmed = {} }: Pick<SyncPlace, 'missing' | 'confirmed'>): string[] {
  return Object.entries(missing).filter(([topic, of]) => of.missing >= leastHeld && of.missing > heldShare * of.known && of.missing > (confirmed[topic] ?? 0)).map(([topic]) => topic);
}

export interface SyncRun {
  id: string;
  connection: string;
  cause: 'COMMAND' | 'SCHEDULE';
  state: 'RUNNING' | 'DONE' | 'FAILED';
  topics: string[];
  step: number;
  place: SyncPlace;
  totals: Record<string, number>;
  figures: Record<string, SyncFigures>;
  memory: Json | null;
  message: string | null;
  attempts: number;
  error: string | null;
  key_expires_at: string | null;
  started_at: string;
  updated_at: string;
  finished_at: string | null;
}

export interface SyncJob {
  run: string;
  /** The step that this job is to do; none where the run is past it. */
  step: number;
}

/** A run that made no progress for so long has lost its job, ms; a retry waits minutes at most. */
const stalledMs = 2 * 3600_000;

/** Parts of a run over these topics. Several topics may be of one kind, which is looked through once. */
export function partsOf(topics: readonly SyncTopic[], chosen: readonly string[]): SyncPart[] {
  const read = topics.filter((each) => chosen.includes(each.topic));
  // A record may move from one topic to another: what is gone is only known when all of its kind are looked at.
  const kinds = read.filter((each, index) => read.findIndex((other) => other.kind === each.kind) === index);
  const each = (what: SyncPart['do'], of: readonly SyncTopic[]) => of.map(({ topic }): SyncPart => ({ do: what, topic }));
  return [...each('read', read), ...each('count deleted', kinds), ...each('look for deleted', kinds)];
}

/** Why a run was given up that made no progress. */
export const stalledError = 'It made no progress for two hours and was given up.';

/** Ends the run of a connection that makes no progress. Gives its id; null where there is none. */
export async function giveUpStalled(tx: Transaction, connection: string): Promise<string | null> {
  const now = instant(Date.now());
  const ended = await tx.updateTable('sync_run').set({ state: 'FAILED', error: stalledError, updated_at: now, finished_at: now })
    .where('connection', '=', connection).where('state', '=', 'RUNNING').where('updated_at', '<', instant(Date.now() - stalledMs)).returning('id').executeTakeFirst();
  return ended?.id ?? null;
}

/**
 * Makes a run and its first job.
 * @returns its id; null where one of this connection is under way
 */
export async function insertRun(tx: Transaction, { confirmed, ...run }: Pick<SyncRun, 'connection' | 'cause' | 'topics'> & Pick<SyncPlace, 'confirmed'>): Promise<string | null> {
  const now = instant(Date.now());
  const id = uuidv7();
  const place: SyncPlace = { part: -1, after: null, ...(confirmed === undefined ? {} : { confirmed }) };
  const row = { ...run, id, state: 'RUNNING' as const, step: 0, place: JSON.stringify(place), totals: '{}', figures: '{}', memory: null, message: null, attempts: 0, error: null, key_expires_at: null, started_at: now, updated_at: now, finished_at: null };
  const inserted = await tx.insertInto('sync_run').values(row).onConflict((c) => c.doNothing()).returning('id').execute();
  return inserted.length === 0 ? null : id;
}

export async function loadRun(database: Database, id: string): Promise<SyncRun | null> {
  const row = await database.kysely.selectFrom('sync_run').selectAll().where('id', '=', id).executeTakeFirst();
  return (row as SyncRun | undefined) ?? null;
}

/**
 * Moves a run on by one step.
 * @returns false where another worker did this step; the caller must then undo its own
 */
export async function saveStep(tx: Transaction, run: SyncRun, change: Partial<Omit<SyncRun, 'id' | 'step'>>): Promise<boolean> {
  const { place, totals, figures, memory, ...plain } = change;
  const asJson = { ...(place && { place: JSON.stringify(place) }), ...(totals && { totals: JSON.stringify(totals) }), ...(figures && { figures: JSON.stringify(figures) }), ...(memory !== undefined && { memory: JSON.stringify(memory) }) };
  const updated = await tx.updateTable('sync_run').set({ ...plain, ...asJson, step: run.step + 1, updated_at: instant(Date.now()) })
    .where('id', '=', run.id).where('step', '=', run.step).where('state', '=', 'RUNNING').returning('id').execute();
  return updated.length === 1;
}

/** The latest run of each connection, or of one. */
export async function latestRuns(database: Database, connection?: string): Promise<SyncRun[]> {
  let query = database.kysely.selectFrom('sync_run').selectAll().distinctOn('connection').orderBy('connection').orderBy('started_at', 'desc').orderBy('id', 'desc');
  if (connection !== undefined) query = query.where('connection', '=', connection);
  return (await query.execute()) as unknown as SyncRun[];
}

/** The latest run of a connection that deleted nothing because so much was missing; null where the latest of its topics was no such run. */
export async function heldRun(database: Database, connection: string): Promise<SyncRun | null> {
  const rows = (await database.kysely.selectFrom('sync_run').selectAll().where('connection', '=', connection).where('state', '=', 'DONE').orderBy('started_at', 'desc').orderBy('id', 'desc').limit(50).execute()) as unknown as SyncRun[];
  const held = rows.find((run) => run.place.isHeld === true);
  const isOver = held === undefined || rows.slice(0, rows.indexOf(held)).some((run) => heldTopics(held.place).every((topic) => run.topics.includes(topic)));
  return isOver ? null : held;
}

/** All topics added up. */
export function sumOf(figures: Readonly<Record<string, SyncFigures>>): SyncFigures {
  const sum = { ...noFigures };
  for (const each of Object.values(figures)) for (const name of Object.keys(sum) as Array<keyof SyncFigures>) sum[name] += each[name];
  return sum;
}

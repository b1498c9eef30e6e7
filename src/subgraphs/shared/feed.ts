import { setTimeout } from 'node:timers/promises';
import { sql, type Expression, type SqlBool } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import { sharingKey } from '../../auth/sharing-key.js';
import { feedBranches } from '../../auth/visibility.js';
import type { LiveFeed } from '../../events/live.js';
import { OncePerTurn } from '../../lib/after-turn.js';
import { isOutage } from '../../lib/database-faults.js';
import { GatehouseError } from '../../lib/errors.js';
import { compareCursors, type Feed, type FeedCursor, type FeedItem } from '../../lib/feed.js';
import { everyone, type ChangedKind } from '../../projections/feed.js';
import { followFeed } from './follow-feed.js';

/** What an entry of the feed tells of: a milestone, or that a record of this kind changed. */
export type FeedKind = 'milestone' | ChangedKind;

/** An entry with what it tells of, as of now. */
export interface FeedEvent<Item> {
  cursor: FeedCursor;
  kind: FeedKind;
  /** UUID of the milestone or record. */
  id: string;
  item: Item;
}

export interface FeedSource<Item> {
  /** What the client filters by: refused before anything is read where it can name nothing. */
  filter: object;
  kinds: readonly FeedKind[];
  /** Those of the milestones or records that the principal sees now and the filter lets through, by UUID. */
  load(reader: Reader, kind: FeedKind, ids: readonly string[]): Promise<ReadonlyMap<string, Item>>;
}

interface Entry {
  cursor: FeedCursor;
  kind: FeedKind;
  id: string;
}

/** Entries of a part of the feed, and the place up to which they were looked for. */
interface Entries {
  entries: readonly Entry[];
  upTo: FeedCursor;
  isEnd: boolean;
}

interface FeedRow {
  position: number;
  ordinal: number;
  milestone_id: string | null;
  changed: string | null;
  record_id: string | null;
}

/** Most rows of the feed that are looked at with one statement. */
const maxLook = 2000;

/** Readings of each feed that are about to begin. */
const readings = new WeakMap<LiveFeed, OncePerTurn<Entries>>();

/**
 * What a principal may see of the feed, of some kinds. Every read checks rights and filter anew: what
 * left the principal's sight since is not shown.
 */
export class RecordFeed<Item> implements Feed<FeedEvent<Item>> {
  readonly after: FeedCursor;
  readonly #reader: Reader;
  readonly #live: LiveFeed;
  readonly #source: FeedSource<Item>;
  #rights: string | undefined;

  constructor(reader: Reader, live: LiveFeed, after: FeedCursor, source: FeedSource<Item>) {
    checkTexts(source.filter);
    this.after = after;
    this.#reader = reader;
    this.#live = live;
    this.#source = source;
  }

  /**
   * Fewer than `limit` items only where the end was reached.
   * @throws GatehouseError CURSOR_EXPIRED when what follows `after` is no longer all there
   */
  async read(after: FeedCursor, limit: number): Promise<{ items: FeedItem<FeedEvent<Item>>[]; scanned: FeedCursor }> {
    const { items, scanned } = await this.#read(after, limit, Infinity, (from, look) => this.#readTogether(from, look));
    return { items, scanned };
  }

  /**
   * As `read`, but looks no further once it has looked at `maxRows` rows of the feed.
   * @returns also whether something may follow `scanned`
   */
  readWithin(after: FeedCursor, limit: number, maxRows: number): Promise<{ items: FeedItem<FeedEvent<Item>>[]; scanned: FeedCursor; hasMore: boolean }> {
    return this.#read(after, limit, maxRows, (from, look) => readEntries(this.#reader, this.#source.kinds, from, look));
  }

  async #read(after: FeedCursor, limit: number, maxRows: number, entriesBehind: (from: FeedCursor, look: number) => Promise<Entries>): Promise<{ items: FeedItem<FeedEvent<Item>>[]; scanned: FeedCursor; hasMore: boolean }> {
    const items: FeedItem<FeedEvent<Item>>[] = [];
    let scanned = after;
    for (let look = limit, looked = 0; ; look = Math.min(maxLook, look * 2)) {
      // Before the rows are read: what commits meanwhile is behind it.
      const { end } = this.#live;
      const { entries, upTo, isEnd } = await entriesBehind(scanned, look);
      looked += look;
      const shown = await this.#shown(entries);
      this.#live.checkKept(scanned);
      for (const entry of entries) {
        const item = shown.get(`${entry.kind} ${entry.id}`);
        if (item !== undefined) items.push({ cursor: entry.cursor, value: { ...entry, item } });
        scanned = entry.cursor;
        if (items.length === limit) return { items, scanned, hasMore: true };
      }
      // What is of no interest here is not looked at again.
      scanned = latest(scanned, upTo);
      if (isEnd) return { items, scanned: latest(scanned, end), hasMore: false };
      if (looked >= maxRows) return { items, scanned, hasMore: true };
    }
  }

  wake(signal: AbortSignal): Promise<void> {
    return this.#live.next(signal);
  }

  encode(cursor: FeedCursor): string {
    return this.#live.encode(cursor);
  }

  [Symbol.asyncIterator](): AsyncIterator<FeedEvent<Item>> {
    return followFeed(this);
  }

  /** Groups of one wake-up that see the same of the feed, and differ in their filters or documents, read it once. */
  #readTogether(from: FeedCursor, look: number): Promise<Entries> {
    let reading = readings.get(this.#live);
    if (reading === undefined) readings.set(this.#live, (reading = new OncePerTurn()));
    const { kinds } = this.#source;
    const rights = (this.#rights ??= sharingKey(this.#reader.principal));
    return reading.ask(JSON.stringify([rights, kinds, from.position, from.ordinal, look]), () => readEntries(this.#reader, kinds, from, look));
  }

  async #shown(entries: readonly Entry[]): Promise<Map<string, Item>> {
    const shown = new Map<string, Item>();
    await Promise.all([...new Set(entries.map((entry) => entry.kind))].map(async (kind) => {
      const ids = [...new Set(entries.filter((entry) => entry.kind === kind).map((entry) => entry.id))];
      for (const [id, item] of await this.#source.load(this.#reader, kind, ids)) shown.set(`${kind} ${id}`, item);
    }));
    return shown;
  }
}

/**
 * PostgreSQL stores no NUL, so a text with one names nothing, also while there is nothing to look up.
 * @throws GatehouseError BAD_INPUT
 */
function checkTexts(value: unknown): void {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(checkTexts);
  else if (typeof value === 'string' && value.includes('\0')) throw new GatehouseError('BAD_INPUT', 'A text in the filter holds a NUL character.', { field: 'filter' });
}

/** An entry of each row is numbered: what it says of a milestone comes first, at the even number. */
const partsOf = (row: FeedRow): Entry[] => [
  ...(row.milestone_id === null ? [] : [{ cursor: { position: row.position, ordinal: row.ordinal * 2 }, kind: 'milestone' as const, id: row.milestone_id }]),
  ...(row.record_id === null ? [] : [{ cursor: { position: row.position, ordinal: row.ordinal * 2 + 1 }, kind: row.changed as ChangedKind, id: row.record_id }]),
];

function latest(a: FeedCursor, b: FeedCursor): FeedCursor {
  return compareCursors(a, b) < 0 ? b : a;
}

/** Entries of these kinds behind `after`, in order, each once, and the place up to which they were looked for; of at least `limit` rows unless that is the end. */
async function readEntries(reader: Reader, kinds: readonly FeedKind[], after: FeedCursor, limit: number): Promise<Entries> {
  const branches = feedBranches(reader.principal);
  if (branches.length === 0) return { entries: [], upTo: after, isEnd: true };
  // One place has a row for each key at most: with so many rows more, the places but the last are whole.
  const wanted = limit + branches.length;
  const rows: FeedRow[] = await feedRows(reader, kinds, after, wanted).execute();
  const isEnd = rows.length < wanted;
  const last = rows.at(-1);
  const whole = isEnd ? rows : rows.filter((row) => row.position !== last!.position || row.ordinal !== last!.ordinal);
  const entries: Entry[] = [];
  for (const entry of whole.flatMap(partsOf).sort((a, b) => compareCursors(a.cursor, b.cursor))) {
    const before = entries.at(-1);
    const isRepeat = before !== undefined && compareCursors(before.cursor, entry.cursor) === 0;
    if (!isRepeat && kinds.includes(entry.kind) && compareCursors(entry.cursor, after) > 0) entries.push(entry);
  }
  const end = whole.at(-1);
  const upTo = end === undefined ? after : { position: end.position, ordinal: end.ordinal * 2 + 1 };
  return { entries: branches.length === 1 ? entries : await withoutRepeated(reader, entries), upTo, isEnd };
}

/** The query of the rows behind `after`: each branch is a range of an index, whatever the others hold. */
export function feedRows({ db, principal }: Reader, kinds: readonly FeedKind[], after: FeedCursor, limit: number) {
  const changed = kinds.filter((kind) => kind !== 'milestone');
  const ofKinds: Expression<SqlBool>[] = [
    ...(kinds.includes('milestone') ? [sql<SqlBool>`milestone_id is not null`] : []),
    ...(changed.length > 0 ? [sql<SqlBool>`changed = any(${changed}::text[])`] : []),
  ];
  const queries = feedBranches(principal).map(({ key, company }) => {
    // The index of a company's rows is of those of this very key.
    let query = db.selectFrom('feed').select(['position', 'ordinal', 'milestone_id', 'changed', 'record_id']).where('key', '=', key === everyone ? sql.lit(everyone) : key)
      .where(sql<SqlBool>`(position, ordinal) > (${after.position}::bigint, ${Math.floor((after.ordinal + 1) / 2) - 1}::integer)`)
      .where((w) => w.or(ofKinds)).orderBy('position').orderBy('ordinal').limit(limit);
    if (company !== undefined) query = query.where('company', '=', company);
    return query;
  });
  const [first, ...rest] = queries.map((query, index) => db.selectFrom(query.as(`of_key_${index}`)).selectAll());
  return db.selectFrom(rest.reduce((all, query) => all.unionAll(query), first!).as('of_keys')).selectAll().orderBy('position').orderBy('ordinal').limit(limit);
}

/** Whoever holds several keys meets a milestone at the first of them only. */
async function withoutRepeated(reader: Reader, entries: readonly Entry[]): Promise<Entry[]> {
  const first = await firstPlaces(reader, entries.filter((entry) => entry.kind === 'milestone').map((entry) => entry.id));
  return entries.filter(({ kind, id, cursor }) => {
    const place = first.get(id);
    // One that is not there any more left the principal's sight since the entries were read.
    return kind !== 'milestone' || (place !== undefined && compareCursors(place, cursor) === 0);
  });
}

/** Where the principal meets these milestones in the feed, by their UUIDs. */
export async function firstPlaces({ db }: Reader, milestoneIds: readonly string[]): Promise<Map<string, FeedCursor>> {
  const places = new Map<string, FeedCursor>();
  if (milestoneIds.length === 0) return places;
  const rows = await db.selectFrom('feed').select(['milestone_id', 'position', 'ordinal']).where('milestone_id', '=', sql<string>`any(${[...milestoneIds]}::uuid[])`).execute();
  for (const row of rows) {
    const place = { position: row.position, ordinal: row.ordinal * 2 };
    const known = places.get(row.milestone_id!);
    if (known === undefined || compareCursors(place, known) < 0) places.set(row.milestone_id!, place);
  }
  return places;
}

/** How often the database is asked where a subscription begins, once each second, before it is told that it cannot. */
const maxStartAttempts = 60;
const startRetryMs = 1000;

/**
 * Where a subscription begins: behind the cursor that it gives, or where the feed ends now. A database that restarts
 * is waited for, as by subscriptions that run: clients take an error for the end, and would not resume.
 * @throws GatehouseError as `decode` of the feed does
 */
export async function startOf(live: LiveFeed, after: string | null | undefined): Promise<FeedCursor> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await (after == null ? live.latest() : live.decode(after));
    } catch (error) {
      if (error instanceof GatehouseError || !isOutage(error) || attempt === maxStartAttempts) throw error;
      await setTimeout(startRetryMs);
    }
  }
}

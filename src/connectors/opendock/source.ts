import { z } from 'zod';
import { instant } from '../../lib/clock.js';
import { sha256 } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import { parseOffsetTime } from '../../model/time.js';
import type { Access, Answer, Outcome, Poll, PollPage } from '../contract.js';
import { failure } from '../kit/http.js';
import { OpendockApi } from './api.js';
import { relations } from './codes.js';
import type { OpendockSettings } from './settings.js';

const pageRecords = 100;
/** So much before the newest change that was seen the next look begins: a change is given its time before it is kept. */
const overlapMs = 120_000;
const dayMs = 86_400_000;

/** What is looked through one after the other. Records that are no longer active are not among the others. */
const feeds = {
  warehouses: { entity: 'Warehouse', path: '/warehouse', joins: [], isGone: false },
  appointments: { entity: 'Appointment', path: '/appointment', joins: relations, isGone: false },
  gone: { entity: 'Appointment', path: '/appointment', joins: [], isGone: true },
  visits: { entity: 'AssetVisit', path: '/asset-visit', joins: ['assetVisitEvents', 'assetContainers', 'company'], isGone: false },
} as const;
type Feed = keyof typeof feeds;

/** Of each feed: the time of the last change that was seen, and the page of those that changed since it, where they fill more than one. */
const placeSchema = z.object({ since: z.iso.datetime(), page: z.int().min(1), newest: z.iso.datetime() });
const cursorSchema = z.object({ next: z.enum(['warehouses', 'appointments', 'gone', 'visits']), places: z.partialRecord(z.enum(['warehouses', 'appointments', 'gone', 'visits']), placeSchema) });
type Place = z.infer<typeof placeSchema>;

const pageSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string(), lastChangedDateTime: z.string() })) });

/**
 * What changed, by the time of its last change: the net below the webhooks. Each record is given as a webhook would have brought it, so
 * that one that came twice is known by what it says.
 */
export const poll: Poll<OpendockSettings> = {
  everySeconds: ({ email, lookSeconds }) => (email === undefined || lookSeconds === 0 ? null : (lookSeconds ?? 60)),
  lacks: ({ email }) => (email === undefined ? 'It has no user at Opendock, so that it only receives. Set email and password.' : null),
  async read(access: Access<OpendockSettings>, cursor: Json | null, timeoutMs: number): Promise<Outcome<PollPage>> {
    const opened = OpendockApi.open(access, timeoutMs);
    if (!opened.ok) return opened;
    const known = cursorSchema.safeParse(cursor).data ?? { next: 'warehouses' as const, places: {} };
    const turns = turnsOf(access.settings);
    const turn = turns.includes(known.next) ? known.next : turns[0]!;
    const first = instant(Date.now() - (access.settings.fromDays ?? 30) * dayMs);
    const place = known.places[turn] ?? { since: first, page: 1, newest: first };
    const answer = await opened.value.get(`${feeds[turn].path}?${queryOf(turn, place)}`);
    if (!answer.ok) return answer;
    const parsed = pageSchema.safeParse(answer.value);
    if (!parsed.success) return failure('unparseable', `Opendock’s list of ${turn} cannot be read.`, '');
    const { data } = parsed.data;
    const after = placeAfter(place, data.map(({ lastChangedDateTime }) => parseOffsetTime(lastChangedDateTime)?.instant ?? place.since));
    const isLast = turn === turns.at(-1);
    const next = after.hasMore ? turn : isLast ? turns[0]! : turns[turns.indexOf(turn) + 1]!;
    return { ok: true, value: { answers: data.map((record) => answerOf(feeds[turn].entity, record as Json)), cursor: { next, places: { ...known.places, [turn]: after.place } }, more: after.hasMore || !isLast } };
  },
};

function turnsOf({ visits }: OpendockSettings): Feed[] {
  return ['warehouses', 'appointments', 'gone', ...(visits === 'look' ? ['visits' as const] : [])];
}

/** Syntax of nestjsx/crud: `s` searches, in JSON. */
function queryOf(feed: Feed, { since, page }: Place): URLSearchParams {
  const { joins, isGone } = feeds[feed];
  const changed = { lastChangedDateTime: { $gte: since } };
  const query = new URLSearchParams({ s: JSON.stringify(isGone ? { $and: [changed, { isActive: false }] } : changed), limit: String(pageRecords), page: String(page) });
  for (const sort of ['lastChangedDateTime,ASC', 'id,ASC']) query.append('sort', sort);
  for (const join of joins) query.append('join', join);
  return query;
}

/**
 * A full page is followed by what changed since its last record, never by the second page of the same: a record that changes meanwhile
 * goes to the end, and those behind it would move up unseen. Only of records that changed in the same moment, more than a page, the next page is asked for.
 */
function placeAfter(place: Place, changes: readonly string[]): { place: Place; hasMore: boolean } {
  const newest = changes.reduce((a, b) => (a > b ? a : b), place.newest);
  if (changes.length < pageRecords) return { place: { since: instant(Math.max(Date.parse(place.since), Date.parse(newest) - overlapMs)), page: 1, newest }, hasMore: false };
  const last = changes.at(-1)!;
  return { place: last > place.since ? { since: last, page: 1, newest } : { ...place, page: place.page + 1, newest }, hasMore: true };
}

/** As a webhook would have brought it. */
export function answerOf(entity: string, data: Json): Answer {
  const body = Buffer.from(JSON.stringify({ entity, operation: 'Update', data }));
  return { key: `${entity} ${sha256(body)}`, headers: { 'content-type': 'application/json' }, body };
}

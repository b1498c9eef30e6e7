import { z } from 'zod';
import { sha256 } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import { isWorthKeeping, type Thinning, type TrackPoint } from '../../model/telematics.js';
import type { Access, Outcome, Poll, PollPage } from '../contract.js';
import { failure } from '../kit/http.js';
import { call } from './api.js';
import { feed } from './payloads.js';
import { readVehicles, type ReadVehicle } from './positions.js';
import type { SamsaraSettings } from './settings.js';

/** Vehicles whose last kept position is remembered; more are thinned within each page alone. */
const maxRemembered = 20_000;

/** Where the feeds go on, and what was kept last of each vehicle: milliseconds, latitude, longitude. */
const cursorSchema = z.object({
  after: z.string().nullable(), kept: z.record(z.string(), z.tuple([z.number(), z.number(), z.number()])),
  /** Of the feed of routes; absent before it was looked at. */
  routesAfter: z.string().optional(),
  /** The feed whose turn it is. */
  next: z.enum(['positions', 'routes']).optional(),
});
type Cursor = z.infer<typeof cursorSchema>;

/**
 * The feed of positions: each reading since the last look, thinned here, so that what tells nothing new is neither kept nor
 * sent on. A vehicle that moves is known to within `thinMetres`, and where it was last to within `freshMetres`; one that
 * stands is heard of every `thinSeconds`. Then, where it is wanted, the feed of what changed of routes.
 */
export const poll: Poll<SamsaraSettings> = {
  everySeconds: ({ everySeconds }) => everySeconds ?? 30,
  async read(access: Access<SamsaraSettings>, from: Json | null, timeoutMs: number): Promise<Outcome<PollPage>> {
    const before = cursorSchema.safeParse(from);
    const cursor: Cursor = before.success ? before.data : { after: null, kept: {} };
    return cursor.next === 'routes' && access.settings.routes === 'feed' ? readRoutes(access, cursor, timeoutMs) : readPositions(access, cursor, timeoutMs);
  },
};

async function readPositions(access: Access<SamsaraSettings>, { next: _turn, ...cursor }: Cursor, timeoutMs: number): Promise<Outcome<PollPage>> {
  const { tagIds, thinMetres = 250, thinSeconds = 120, freshMetres = 50, routes } = access.settings;
  const query = new URLSearchParams({ types: 'gps', ...(cursor.after === null ? {} : { after: cursor.after }), ...(tagIds === undefined ? {} : { tagIds }) });
  const page = await pageOf(access, `/fleet/vehicles/stats/feed?${query}`, timeoutMs);
  if (!page.ok) return page;
  const { data, end, more } = page.value;
  const thinned = thin(readVehicles(data).vehicles, cursor.kept, { metres: thinMetres, seconds: thinSeconds }, more ? null : freshMetres);
  const isRoutesTurn = !more && routes === 'feed';
  const next: Cursor = { ...cursor, after: end ?? cursor.after, kept: thinned.kept, ...(isRoutesTurn ? { next: 'routes' as const } : {}) };
  return answered(thinned.vehicles.length === 0 ? null : { data: thinned.vehicles, pagination: { endCursor: end ?? '', hasNextPage: more } }, 'feed', next, more || isRoutesTurn);
}

/** The first page of all gives no changes but the place from which they are told. */
async function readRoutes(access: Access<SamsaraSettings>, cursor: Cursor, timeoutMs: number): Promise<Outcome<PollPage>> {
  const query = new URLSearchParams({ expand: 'route', ...(cursor.routesAfter === undefined ? {} : { after: cursor.routesAfter }) });
  const page = await pageOf(access, `/fleet/routes/audit-logs/feed?${query}`, timeoutMs);
  if (!page.ok) return page;
  const { data, end, more } = page.value;
  const { next: _turn, ...rest } = cursor;
  const next: Cursor = { ...rest, ...(end === null ? {} : { routesAfter: end }), ...(more ? { next: 'routes' as const } : {}) };
  return answered(data.length === 0 ? null : { gatehouse: 'routes', data: data as Json[] }, 'routes', next, more);
}

async function pageOf(access: Access<SamsaraSettings>, path: string, timeoutMs: number): Promise<Outcome<{ data: unknown[]; end: string | null; more: boolean }>> {
  const answer = await call(access, { method: 'GET', path, timeoutMs });
  if (!answer.ok) return answer;
  const page = feed.safeParse(answer.value);
  if (!page.success || page.data.pagination == null) return failure('unparseable', 'Samsara answered with something that is no page of a feed.', '');
  const { endCursor, hasNextPage } = page.data.pagination;
  return { ok: true, value: { data: page.data.data, end: endCursor == null || endCursor === '' ? null : endCursor, more: hasNextPage === true } };
}

function answered(content: Json | null, name: string, cursor: Cursor, more: boolean): Outcome<PollPage> {
  const body = Buffer.from(JSON.stringify(content));
  return { ok: true, value: { answers: content === null ? [] : [{ key: `${name}:${sha256(body)}`, headers: { 'content-type': 'application/json' }, body }], cursor, more } };
}

/** @param freshMetres the last reading of each vehicle is kept, too, where it is so far from the one kept before it; null where more is to come */
function thin(vehicles: readonly ReadVehicle[], before: Cursor['kept'], thinning: Thinning, freshMetres: number | null): { vehicles: Json[]; kept: Cursor['kept'] } {
  const last = new Map(Object.entries(before));
  const thinned = vehicles.flatMap(({ of, readings }): Json[] => {
    const gps = [...readings].sort((a, b) => a.atMs - b.atMs).filter(({ reading: { latitude, longitude }, atMs }, index) => {
      const known = last.get(of.id);
      const previous: TrackPoint | undefined = known === undefined ? undefined : { atMs: known[0], latitude: known[1], longitude: known[2] };
      const isFresh = freshMetres !== null && index === readings.length - 1 && previous !== undefined && atMs > previous.atMs;
      if (!isWorthKeeping(previous, { atMs, latitude, longitude }, isFresh ? { ...thinning, metres: Math.min(freshMetres, thinning.metres) } : thinning)) return false;
      // A late reading does not become the last one.
      if (previous === undefined || atMs > previous.atMs) last.set(of.id, [atMs, latitude, longitude]);
      return true;
    });
    return gps.length === 0 ? [] : [{ id: of.id, name: of.name ?? null, licensePlate: of.licensePlate ?? null, ...(of.externalIds == null ? {} : { externalIds: of.externalIds as Json }), gps: gps.map(({ reading }) => reading as unknown as Json) }];
  });
  return { vehicles: thinned, kept: Object.fromEntries([...last].slice(-maxRemembered)) };
}

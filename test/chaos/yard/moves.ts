import { everyPage } from './board.js';
import { Differences } from './differences.js';
import { expectedMoveState, expectedTrailers } from './expected.js';
import type { Stage } from './stage.js';

interface ShownTrailer {
  trailer: string;
  place: string | null;
  arrivedAt: string;
  ageMinutes: number;
}

interface ShownMove {
  trailer: string;
  state: string;
  from: string | null;
  to: string;
  assignee: string | null;
  assignedAt: string | null;
  startedAt: string | null;
  doneAt: string | null;
}

/** Trailers that stand in the yard, with place and age. */
export async function compareTrailers({ day, graph, tokens, facility }: Stage): Promise<Differences> {
  const differences = new Differences();
  const beforeMs = Date.now();
  const shown = await everyPage<ShownTrailer>(graph, tokens.office, 'query ($facility: ID!, $after: String) { page: trailersInYard(facilityId: $facility, first: 50, after: $after) { nodes { trailer place arrivedAt ageMinutes } pageInfo { hasNextPage endCursor } } }', { facility });
  const minutes = (sinceMs: number, nowMs: number) => Math.floor((nowMs - sinceMs) / 60_000);
  const expected = expectedTrailers(day);
  for (const [trailer, { place, sinceMs }] of expected) {
    const is = shown.filter((each) => each.trailer === trailer);
    if (is.length > 1) differences.say(`trailer ${trailer} is shown ${is.length} times`);
    differences.compare(`trailer ${trailer}`, { place, arrivedAt: new Date(sinceMs).toISOString() }, is[0]);
    if (is[0] !== undefined && (is[0].ageMinutes < minutes(sinceMs, beforeMs) || is[0].ageMinutes > minutes(sinceMs, Date.now()))) differences.say(`trailer ${trailer} is said to be there for ${is[0].ageMinutes} minutes`);
  }
  for (const { trailer } of shown) if (!expected.has(trailer)) differences.say(`trailer ${trailer} is shown and not there`);
  return differences;
}

/** Tasks of shunters, one by one. */
export async function compareMoves({ day, graph, tokens, facility, player }: Stage): Promise<Differences> {
  const differences = new Differences();
  const shown = await everyPage<ShownMove & { id: string }>(graph, tokens.office, 'query ($facility: ID!, $after: String) { page: yardMoves(facilityId: $facility, first: 50, after: $after) { nodes { id trailer state from to assignee assignedAt startedAt doneAt } pageInfo { hasNextPage endCursor } } }', { facility });
  const byId = new Map(shown.map((move) => [move.id, move]));
  const until = (ms: number) => (ms > day.endMs ? null : new Date(ms).toISOString());
  let asked = 0;
  for (const move of day.moves) {
    const state = expectedMoveState(move, day.endMs);
    if (state !== null) asked++;
    const { trailer, from, to, assignee, assignedMs, startedMs, doneMs } = move;
    const expected = { trailer, state, from, to, assignee: assignedMs > day.endMs ? null : assignee, assignedAt: until(assignedMs), startedAt: until(startedMs), doneAt: until(doneMs) };
    differences.compare(`move ${move.key}`, state === null ? null : expected, byId.get(player.ids.moves.get(move.key) ?? ''));
  }
  if (shown.length !== asked) differences.say(`${shown.length} moves are shown, ${asked} were asked for`);
  return differences;
}

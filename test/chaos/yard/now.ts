import { Differences } from './differences.js';
import { expectedAppointment, expectedMoveState, expectedTrailers, expectedVisit } from './expected.js';
import { site, type Stage } from './stage.js';

interface ShownBoard {
  docks: Array<{ name: string; visits: Array<{ truck: string }>; trailers: Array<{ trailer: string }> }>;
  waiting: Array<{ truck: string }>;
  trailers: Array<{ trailer: string }>;
  moves: Array<{ trailer: string }>;
  next: Array<{ id: string; confirmation: string }>;
}

interface ShownCalendar {
  docks: Array<{ name: string; entries: Array<{ appointment: { id: string; state: string; startsAt: string }; visit: { truck: string; state: string } | null }> }>;
  elsewhere: unknown[];
}

const trucks = (of: ReadonlyArray<{ truck: string }>) => of.map(({ truck }) => truck).sort();

/** The board of the facility as it is when the day is over: who is at which dock, who waits, what stands and what comes next. */
export async function compareFacilityBoard({ day, graph, tokens, facility, player }: Stage): Promise<Differences> {
  const differences = new Differences();
  const { board } = (await graph.ask(tokens.office, 'query ($facility: ID!) { board: facilityBoard(facilityId: $facility, first: 100) { docks { name visits { truck } trailers { trailer } } waiting { truck } trailers { trailer } moves { trailer } next { id confirmation } } }', { facility })) as unknown as { board: ShownBoard };
  const here = day.visits.flatMap((visit) => {
    const expected = expectedVisit(visit, day);
    return expected === null || ['CHECKED_OUT', 'REJECTED'].includes(expected.state) ? [] : [expected];
  });
  const standing = [...expectedTrailers(day)];
  const docks = day.site.docks.map(({ name }) => name);
  for (const name of docks) {
    const shown = board.docks.find((dock) => dock.name === name);
    // Of the other system's trucks only their appointments say where they are.
    const at = here.filter((visit) => visit.dock === name && visit.fromDockAt === null);
    differences.compare(`board ${name}`, { visits: trucks(at), trailers: standing.filter(([, { place }]) => place === name).map(([trailer]) => trailer).sort() }, { visits: trucks(shown?.visits ?? []), trailers: (shown?.trailers ?? []).map(({ trailer }) => trailer).sort() });
  }
  if (board.docks.length !== docks.length) differences.say(`the board has ${board.docks.length} docks`);
  const open = day.moves.filter((move) => !['DONE', null].includes(expectedMoveState(move, day.endMs)));
  const visitOf = new Map(day.visits.map((visit) => [visit.appointment, visit]));
  const next = day.appointments.filter((appointment) => expectedAppointment(appointment, visitOf.get(appointment.key), day).state === 'SCHEDULED');
  const idOf = ({ key, booker }: (typeof next)[number]) => (booker === 'SCHEDULER' ? `OD-${key}` : player.ids.appointments.get(key)!);
  differences.compare('board', {
    waiting: trucks(here.filter(({ state }) => state !== 'AT_DOCK')), trailers: standing.filter(([, { place }]) => place === null || !docks.includes(place)).map(([trailer]) => trailer).sort(), moves: open.map(({ trailer }) => trailer).sort(), next: next.map(idOf).sort(),
  }, {
    waiting: trucks(board.waiting), trailers: board.trailers.map(({ trailer }) => trailer).sort(), moves: board.moves.map(({ trailer }) => trailer).sort(), next: board.next.map(({ id, confirmation }) => (confirmation.startsWith('OD-') ? confirmation : id)).sort(),
  });
  return differences;
}

/** The calendar of the docks: every appointment that was not cancelled at its dock, with the truck that came for it. */
export async function compareCalendar({ day, graph, tokens, facility, player }: Stage): Promise<Differences> {
  const differences = new Differences();
  const local = (ms: number) => new Intl.DateTimeFormat('en-CA', { timeZone: site.zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms);
  const shown = new Map<string, object>();
  for (const on of new Set([local(day.startMs), local(day.endMs)])) {
    const { calendar } = (await graph.ask(tokens.office, 'query ($facility: ID!, $on: String!) { calendar: dockCalendar(facilityId: $facility, on: $on) { docks { name entries { appointment { id state startsAt } visit { truck state } } } elsewhere { appointment { id } } } }', { facility, on })) as unknown as { calendar: ShownCalendar };
    for (const { name, entries } of calendar.docks) for (const { appointment, visit } of entries) shown.set(appointment.id, { dock: name, state: appointment.state, startsAt: appointment.startsAt, truck: visit?.truck ?? null, visit: visit?.state ?? null });
    if (calendar.elsewhere.length > 0) differences.say(`${calendar.elsewhere.length} appointments are at no dock`);
  }
  const visitOf = new Map(day.visits.map((visit) => [visit.appointment, visit]));
  for (const appointment of day.appointments) {
    if (appointment.booker === 'SCHEDULER') continue;
    const id = player.ids.appointments.get(appointment.key) ?? '';
    const visit = visitOf.get(appointment.key);
    const came = visit === undefined ? null : expectedVisit(visit, day);
    const { state, dock, startsAt } = expectedAppointment(appointment, visit, day);
    differences.compare(`calendar ${appointment.key}`, state === 'CANCELLED' ? null : { dock, state, startsAt, truck: came?.truck ?? null, visit: came?.state ?? null }, shown.get(id));
    shown.delete(id);
  }
  for (const id of shown.keys()) differences.say(`the calendar shows ${id}, which was not booked`);
  return differences;
}

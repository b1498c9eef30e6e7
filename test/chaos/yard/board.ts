import type { GraphClient } from '../../../src/sandbox/yard/graph-client.js';
import { Differences } from './differences.js';
import { expectedAppointment, expectedVisit } from './expected.js';
import type { Stage } from './stage.js';

interface Page<T> {
  nodes: T[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export interface ShownAppointment {
  id: string;
  state: string;
  dock: string | null;
  startsAt: string;
  endsAt: string | null;
  carrier: string | null;
  direction: string;
  confirmation: string | null;
}

interface ShownVisit {
  id: string;
  truck: string;
  appointment: { id: string } | null;
  counts: { nodes: Array<{ product: string; quantity: string }> };
  findings: { nodes: Array<{ kind: string; product: string | null; quantity: string | null; photos: string[] }> };
  seals: { in: string[]; out: string[] } | null;
  equipment: Array<{ action: string; trailer: string; at: string; place: string | null }>;
}

/** All pages of a list; `first` and `after` are variables of the document. */
export async function everyPage<T>(graph: GraphClient, token: string, document: string, variables: Record<string, unknown> = {}): Promise<T[]> {
  const found: T[] = [];
  for (let after: string | null = null; ; ) {
    const { page } = (await graph.ask(token, document, { ...variables, after })) as unknown as { page: Page<T> };
    found.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return found;
    after = page.pageInfo.endCursor;
  }
}

const appointmentFields = 'id state dock startsAt endsAt carrier direction confirmation';
const visitFields = `id state type carrier truck trailer trailerOut withoutTrailer dock checkedInAt atDockAt handlingStartedAt handlingEndedAt fromDockAt checkedOutAt appointment { id }
  seals { in out } counts(first: 100) { nodes { product quantity } } findings(first: 100) { nodes { kind product quantity photos } } equipment { action trailer at place }`;

export const readAppointments = (graph: GraphClient, token: string) =>
  everyPage<ShownAppointment>(graph, token, `query ($after: String) { page: appointments(first: 50, after: $after) { nodes { ${appointmentFields} } pageInfo { hasNextPage endCursor } } }`);
export const readVisits = (graph: GraphClient, token: string) => everyPage<ShownVisit>(graph, token, `query ($after: String) { page: visits(first: 50, after: $after) { nodes { ${visitFields} } pageInfo { hasNextPage endCursor } } }`);

/** Appointments and visits as the office sees them, against what was played. */
export async function compareBoard({ day, graph, tokens, player }: Stage): Promise<Differences> {
  const differences = new Differences();
  const appointments = await readAppointments(graph, tokens.office);
  const visits = await readVisits(graph, tokens.office);
  const byId = new Map(appointments.map((each) => [each.id, each]));
  const ofOther = new Map(appointments.map((each) => [each.confirmation, each]));
  const shownAs = (key: string, booker: string) => (booker === 'SCHEDULER' ? ofOther.get(`OD-${key}`) : byId.get(player.ids.appointments.get(key) ?? ''));
  const visitOf = new Map(day.visits.map((visit) => [visit.appointment, visit]));
  for (const appointment of day.appointments) differences.compare(`appointment ${appointment.key}`, expectedAppointment(appointment, visitOf.get(appointment.key), day), shownAs(appointment.key, appointment.booker) ?? null);
  const contradictions = day.contradictions.filter(({ checkedInMs }) => checkedInMs <= day.endMs + 60_000).length;
  if (appointments.length !== day.appointments.length + contradictions) differences.say(`${appointments.length} appointments are shown, ${day.appointments.length + contradictions} were booked`);

  const byTruck = Map.groupBy(visits, (visit) => visit.truck);
  let came = 0;
  for (const visit of day.visits) {
    const expected = expectedVisit(visit, day);
    const shown = byTruck.get(visit.truck) ?? [];
    const told = 1 + day.toldTwice.filter(({ visit: same, checkedInMs }) => same === visit.key && checkedInMs <= day.endMs).length;
    if (shown.length > told) differences.say(`visit ${visit.key} is shown ${shown.length} times`);
    const own = told === 1 ? shown[0] : shown.find(({ id }) => id === player.ids.visits.get(visit.key));
    if (expected !== null) came++;
    const appointment = visit.appointment === null ? null : (shownAs(visit.appointment, visit.booker)?.id ?? null);
    differences.compare(`visit ${visit.key}`, expected === null ? null : { ...expected, appointment }, own === undefined ? null : flat(own));
  }
  const others = [...day.contradictions, ...day.toldTwice].filter(({ checkedInMs }) => checkedInMs <= day.endMs).length;
  if (visits.length !== came + others) differences.say(`${visits.length} visits are shown, ${came + others} trucks came`);
  return differences;
}

function flat(visit: ShownVisit): object {
  return {
    ...visit, appointment: visit.appointment?.id ?? null, seals: visit.seals ?? { in: [], out: [] }, counts: visit.counts.nodes.map(({ product, quantity }) => `${product} ${quantity}`).sort(),
    findings: visit.findings.nodes.map(({ kind, product, quantity, photos }) => `${kind} ${product ?? ''} ${quantity ?? ''} ${photos.length}`).sort(),
    equipment: visit.equipment.map(({ action, trailer, at, place }) => `${action} ${trailer} ${at} ${place ?? ''}`),
  };
}

/** No dock is reserved twice at any instant, as the board shows it. */
export function doubleReservations(appointments: readonly ShownAppointment[]): Differences {
  const differences = new Differences();
  const holding = appointments.filter(({ state, dock, confirmation }) => dock !== null && !['CANCELLED', 'NO_SHOW'].includes(state) && confirmation?.startsWith('OD-C') !== true);
  for (const [dock, of] of Map.groupBy(holding, ({ dock }) => dock)) {
    const sorted = of.toSorted((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt));
    for (const [index, next] of sorted.entries()) {
      const before = sorted[index - 1];
      if (before !== undefined && Date.parse(before.endsAt!) > Date.parse(next.startsAt)) differences.say(`${dock} is reserved twice at ${next.startsAt}: ${before.id} and ${next.id}`);
    }
  }
  return differences;
}

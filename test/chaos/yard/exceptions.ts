import type { DrawnFindingKind } from '../../../src/sandbox/yard/types.js';
import { everyPage } from './board.js';
import { Differences } from './differences.js';
import { confirmedDifferences } from './expected.js';
import type { Stage } from './stage.js';

interface ShownException {
  kind: string;
  title: string;
  state: string;
  shipment: { reference: string } | null;
}

/** An exception that people are to see, and a name that it tells. */
interface DueException {
  kind: string;
  about: string;
}

const document = 'query ($after: String) { page: exceptions(first: 50, after: $after) { nodes { kind title state shipment { reference } } pageInfo { hasNextPage endCursor } } }';

/** Kinds under which people see what the yard found: damage is told of the shipment, the rest of the visit. */
const ofFinding: Readonly<Record<DrawnFindingKind, string>> = { DAMAGED: 'MILESTONE', SHORT: 'VISIT_FINDING', OVER: 'VISIT_FINDING', WRONG_TRAILER: 'VISIT_FINDING', SEAL_BROKEN: 'VISIT_FINDING' };

/** Exceptions that people are shown, against what went wrong: each once, and no other. */
export async function compareExceptions({ day, graph, tokens }: Stage): Promise<{ differences: Differences; due: number; shown: number }> {
  const differences = new Differences();
  const shown = await everyPage<ShownException>(graph, tokens.office, document);
  const due = dueExceptions(day);
  const left = [...shown];
  for (const { kind, about } of due) {
    const index = left.findIndex((each) => each.kind === kind && `${each.title} ${each.shipment?.reference ?? ''}`.includes(about));
    if (index < 0) differences.say(`an exception ${kind} about ${about} is missing`);
    else if (left.splice(index, 1)[0]!.state !== 'OPEN') differences.say(`the exception ${kind} about ${about} is not open`);
  }
  for (const { kind, title, shipment } of left) differences.say(`an exception ${kind} is shown that nothing gave rise to: ${title} ${shipment?.reference ?? ''}`);
  return { differences, due: due.length, shown: shown.length };
}

function dueExceptions(day: Stage['day']): DueException[] {
  const due: DueException[] = [];
  const appointments = new Map(day.appointments.map((each) => [each.key, each]));
  for (const visit of day.visits) {
    const appointment = appointments.get(visit.appointment ?? '');
    if (visit.booker === 'SCHEDULER' || appointment === undefined) continue;
    const { name } = appointment.order;
    for (const { kind, atMs } of visit.findings) if (atMs <= day.endMs) due.push({ kind: ofFinding[kind], about: kind === 'DAMAGED' ? name : visit.truck });
    const differs = confirmedDifferences(visit, appointment, day);
    const moved = visit.direction === 'INBOUND' ? 'RECEIVED' : 'SHIPPED';
    const kinds = { isShort: `SHORT_${moved}`, isOver: `OVER_${moved}`, isDamaged: 'DAMAGED_GOODS', isRemarked: 'HANDLING_REMARK' } as const;
    for (const what of ['isShort', 'isOver', 'isDamaged', 'isRemarked'] as const) if (differs?.[what] === true) due.push({ kind: kinds[what], about: name });
    if (visit.isUnknown && visit.checkedInMs <= day.endMs) due.push({ kind: 'GATE_REFERENCE', about: visit.truck });
  }
  for (const { atDockMs, dock } of day.contradictions) if (atDockMs <= day.endMs) due.push({ kind: 'DOCK_TAKEN_TWICE', about: dock });
  return due;
}

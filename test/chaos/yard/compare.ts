import { progress, type Measurement } from '../../support/measurements.js';
import { compareBoard, doubleReservations, readAppointments } from './board.js';
import { compareCarriers } from './carriers.js';
import { compareBill } from './charges.js';
import type { Differences } from './differences.js';
import { compareExceptions } from './exceptions.js';
import { compareLog } from './log-fold.js';
import { compareMoves, compareTrailers } from './moves.js';
import { compareCalendar, compareFacilityBoard } from './now.js';
import { compareOdoo } from './odoo.js';
import type { Stage } from './stage.js';

const shownDifferences = 15;

/** All that is to agree at the end of the day. */
export async function compareDay(stage: Stage, told: ReadonlyArray<{ name: string; value: number; unit: string }>): Promise<Measurement[]> {
  const { day, player } = stage;
  const info = (name: string, value: number, unit: string): Measurement => ({ name, value, unit, aim: null, ok: true });
  const zero = (name: string, differences: Differences): Measurement => {
    for (const text of differences.found.slice(0, shownDifferences)) progress(`${name}: ${text}`);
    return { name, value: differences.count, unit: 'differences', aim: '0', ok: differences.count === 0 };
  };
  for (const text of player.surprises.slice(0, shownDifferences)) progress(text);
  const exceptions = await compareExceptions(stage);
  const bill = await compareBill(stage);
  const { steps, requests, repeated, doubled, refused } = player.counts;
  return [
    info('appointments', day.appointments.length, 'appointments'), info('docks', day.site.docks.length, 'docks'), info('trailers', day.site.trailers.length, 'trailers'), info('visits', day.visits.length, 'visits'), info('swaps', day.visits.filter(({ type }) => type === 'DROP_HOOK').length, 'visits'), info('moves in the yard', day.moves.length, 'moves'),
    ...ofDay(day),
    ...told.map(({ name, value, unit }) => info(name, value, unit)),
    info('steps played', steps, 'steps'), info('requests', requests, 'requests'), info('repeated under their key', repeated, 'requests'), info('sent to both servers at once', doubled, 'requests'), info('refused as was to be', refused, 'requests'),
    { name: 'answered otherwise than was to be', value: player.surprises.length, unit: 'requests', aim: '0', ok: player.surprises.length === 0 },
    zero('appointments and visits', await compareBoard(stage)),
    zero('board of the facility now', await compareFacilityBoard(stage)),
    zero('calendar of the docks', await compareCalendar(stage)),
    zero('trailers in the yard', await compareTrailers(stage)),
    zero('moves in the yard', await compareMoves(stage)),
    zero('docks reserved twice', doubleReservations(await readAppointments(stage.graph, stage.tokens.office))),
    zero('event log against tables', await compareLog(stage.services)),
    zero('simulated Odoo', compareOdoo(stage)),
    info('exceptions shown', exceptions.shown, 'exceptions'), info('exceptions due', exceptions.due, 'exceptions'), zero('exceptions', exceptions.differences),
    info('detention: lines', bill.lines, 'lines'), info('detention: lines with an amount', bill.charged, 'lines'), info('detention: sum worked out here', bill.sumCents / 100, 'EUR'), info('detention: sum shown', bill.shownCents / 100, 'EUR'),
    { name: 'detention: difference', value: bill.apartCents / 100, unit: 'EUR', aim: '0.00', ok: bill.apartCents === 0 },
    zero('detention: lines', bill.differences),
    zero('carriers see their own', await compareCarriers(stage)),
  ];
}

/** How the day went, as it was drawn. */
function ofDay({ appointments, visits, contradictions, toldTwice }: Stage['day']): Measurement[] {
  const told = (name: string, value: number): Measurement => ({ name, value, unit: 'times', aim: null, ok: true });
  const changes = appointments.flatMap((each) => each.changes.map(({ kind }) => kind));
  const findings = visits.flatMap((visit) => visit.findings.map(({ kind }) => kind));
  const count = <T>(of: readonly T[], what: T) => of.filter((each) => each === what).length;
  return [
    told('moved', count(changes, 'RESCHEDULE')), told('cancelled', count(changes, 'CANCEL')), told('not come', count(changes, 'NO_SHOW')), told('undone', count(changes, 'UNDO') + visits.filter(({ mistake }) => mistake !== undefined).length),
    told('damaged', count(findings, 'DAMAGED')), told('too few or too many', count(findings, 'SHORT') + count(findings, 'OVER')), told('wrong trailer', count(findings, 'WRONG_TRAILER')), told('wrong reference', visits.filter(({ isUnknown }) => isUnknown).length),
    told('contradicted by another system', contradictions.length), told('told of by another system, too', toldTwice.length), told('turned away', visits.filter(({ turnedAway }) => turnedAway !== undefined).length),
    told('fetched by name at check-in', visits.filter(({ namesTrailer }) => namesTrailer === true).length),
  ];
}

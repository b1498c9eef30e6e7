import { instant } from '../../../lib/clock.js';
import { globalId } from '../../../lib/ids.js';
import { ourConnection } from '../../../model/our-connection.js';
import { from, visitTimeNames, type VisitTimeName } from '../../../model/yard/clocks.js';
import { detentionKinds, detentionOf, detentionSides, ruleFor, type DetentionFigures, type DetentionKind, type DetentionRule, type DetentionSide } from '../../../model/yard/detention.js';
import { shownRule } from './rules.js';
import type { DetentionCharge, DetentionEvidence, EvidenceKind, EvidenceUse } from './types.js';
import type { VisitFacts } from './visits.js';

const evidenceKinds: Readonly<Record<VisitTimeName, keyof typeof EvidenceKind>> = {
  arrivedMs: 'ARRIVED', checkedInMs: 'CHECKED_IN', atDockMs: 'AT_DOCK', handlingStartedMs: 'HANDLING_STARTED', handlingEndedMs: 'HANDLING_ENDED', leftDockMs: 'LEFT_DOCK', checkedOutMs: 'CHECKED_OUT',
};

/**
 * What the rules charge for a visit: for each kind and side that a rule applies to and whose clock has started, also where that is nothing.
 * The driver of a truck that several sources tell of is paid by the times of one of them.
 */
export function chargesOf(visit: VisitFacts, rules: readonly DetentionRule[], nowMs: number, wanted: { kind?: DetentionKind | null; side?: DetentionSide | null } = {}): DetentionCharge[] {
  return detentionKinds.flatMap((kind, kindNumber) => detentionSides.flatMap((side, sideNumber) => {
    if (kind === 'DRIVER' && visit.others.some(({ isBefore }) => isBefore)) return [];
    if ((wanted.kind != null && wanted.kind !== kind) || (wanted.side != null && wanted.side !== side)) return [];
    const rule = ruleFor(rules, visit, kind, side);
    const figures = rule === null ? null : detentionOf(visit, kind, rule.terms, nowMs);
    return figures === null ? [] : [chargeOf(visit, rule!, figures, nowMs, kindNumber * detentionSides.length + sideNumber)];
  }));
}

function chargeOf(visit: VisitFacts, rule: DetentionRule, figures: DetentionFigures, nowMs: number, number: number): DetentionCharge {
  const { waited, beyond, charged, increments, isForfeited, amount } = figures;
  return {
    id: globalId('DetentionCharge', `${visit.id}.${rule.kind}.${rule.side}`), visit: { id: globalId('Visit', visit.id) }, kind: rule.kind, side: rule.side, carrier: visit.carrier, facility: visit.facility,
    startsAt: instant(figures.startMs), stoppedAt: figures.stopMs === null ? null : instant(figures.stopMs), freeUntil: instant(figures.freeUntilMs), isRunning: figures.stopMs === null, waited, beyond, charged, increments, isForfeited, amount,
    rule: shownRule(rule), evidence: evidenceOf(visit, rule, figures), place: { began: instant(visit.beganMs ?? nowMs), visit: visit.id, number: String(number) },
  };
}

/** Every time that is known of the visit, also by the word of other sources, in their order, and what each decided. */
function evidenceOf({ times, connection, version, dropped, appointment, appointmentMs, others }: VisitFacts, { terms }: DetentionRule, { startedBy, stoppedBy }: DetentionFigures): DetentionEvidence[] {
  const cameBy = terms.late === undefined || appointmentMs === null ? null : from(times, 'arrivedMs')?.name;
  const uses = (name: string): Array<keyof typeof EvidenceUse> => {
    const found = [...(startedBy === name ? ['START' as const] : []), ...(stoppedBy === name ? ['STOP' as const] : []), ...(cameBy === name || (name === 'appointmentMs' && cameBy != null) ? ['LATENESS' as const] : [])];
    return found.length === 0 ? ['NONE'] : found;
  };
  const evidence: Array<DetentionEvidence & { ms: number }> = [];
  for (const told of [{ times, connection, version }, ...others]) for (const name of visitTimeNames) {
    const ms = told.times[name];
    if (ms === null) continue;
    const source = name === 'arrivedMs' ? 'GEOFENCE' : told.connection === ourConnection ? 'DESK' : 'SYSTEM';
    evidence.push({ ms, kind: evidenceKinds[name], at: instant(ms), source, connection: told.connection, version: String(told.version), uses: told.times === times ? uses(name) : ['NONE'] });
  }
  if (appointmentMs !== null && appointment !== null) evidence.push({ ms: appointmentMs, kind: 'APPOINTMENT', at: instant(appointmentMs), source: 'APPOINTMENT', connection: appointment.connection, version: String(appointment.version), uses: uses('appointmentMs') });
  if (dropped !== null && dropped.leftMs !== null) evidence.push({ ms: dropped.leftMs, kind: 'TRAILER_LEFT', at: instant(dropped.leftMs), source: 'TRAILER', connection: null, version: null, uses: uses('trailerLeftMs') });
  return evidence.sort((one, other) => one.ms - other.ms).map(({ ms: _, ...shown }) => shown);
}

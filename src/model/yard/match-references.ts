import { carrierCode, normalizeReferenceValue } from '../references.js';

/** Something of a facility that a truck may have come for. */
export interface GateCandidate {
  kind: 'APPOINTMENT' | 'LOAD' | 'SHIPMENT';
  /** UUID of the record. */
  id: string;
  /** What people call it. */
  name: string;
  /** All values by which it is known, in the form in which names are compared. */
  names: readonly string[];
  /** Code of the carrier that is to bring or fetch it. */
  carrier: string | null;
  /** When it is expected, milliseconds UTC. */
  atMs: number | null;
}

export interface RankedCandidate extends GateCandidate {
  /** 0 to 1. */
  score: number;
  /** Why it may be meant, in words for people. */
  reasons: string[];
}

export interface GateMatch {
  /** What was said is exactly a name of these. */
  matched: Array<{ given: string; candidates: GateCandidate[] }>;
  /** What was said is no name of anything here, with what may be meant, the likeliest first. */
  unmatched: Array<{ given: string; candidates: RankedCandidate[] }>;
}

const mostCandidates = 5;
const leastScore = 0.3;
const nearMs = 4 * 3_600_000;

/** Finds what references given at the gate mean. The same for every order of the candidates. */
export function matchReferences(given: { references: readonly string[]; carrier?: string; atMs: number }, candidates: readonly GateCandidate[]): GateMatch {
  const match: GateMatch = { matched: [], unmatched: [] };
  const carrier = given.carrier === undefined ? null : carrierCode(given.carrier);
  for (const reference of [...new Set(given.references)]) {
    const value = normalizeReferenceValue(reference);
    const exact = candidates.filter(({ names }) => names.includes(value));
    if (exact.length > 0) match.matched.push({ given: reference, candidates: exact });
    else match.unmatched.push({ given: reference, candidates: rank(value, carrier, given.atMs, candidates) });
  }
  return match;
}

function rank(value: string, carrier: string | null, atMs: number, candidates: readonly GateCandidate[]): RankedCandidate[] {
  return candidates
    .map((candidate): RankedCandidate => {
      const alike = Math.max(0, ...candidate.names.map((name) => likeness(value, name)));
      const isCarriers = carrier !== null && candidate.carrier === carrier;
      const isNow = candidate.atMs !== null && Math.abs(candidate.atMs - atMs) <= nearMs;
      const reasons = [...(alike >= 0.6 ? ['The name is alike.'] : []), ...(isCarriers ? ['The same carrier is expected.'] : []), ...(isNow ? ['It is expected about now.'] : [])];
      return { ...candidate, score: Math.round((alike * 0.7 + (isCarriers ? 0.2 : 0) + (isNow ? 0.1 : 0)) * 1000) / 1000, reasons };
    })
    .filter(({ score, reasons }) => score >= leastScore && reasons.length > 0)
    .sort((a, b) => b.score - a.score || compare(a.kind, b.kind) || compare(a.name, b.name) || compare(a.id, b.id))
    .slice(0, mostCandidates);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** 0 to 1: how alike two names are, whatever separates their parts and leads their numbers. */
export function likeness(a: string, b: string): number {
  const [x, y] = [bare(a), bare(b)];
  if (x === '' || y === '') return 0;
  if (x === y) return 0.95;
  const [short, long] = x.length <= y.length ? [x, y] : [y, x];
  const contained = short.length >= 4 && long.includes(short) ? 0.85 : 0;
  return Math.max(contained, 1 - distance(x, y) / Math.max(x.length, y.length));
}

/** Letters and digits alone, numbers without the zeros that lead them. */
function bare(name: string): string {
  return name.toUpperCase().slice(0, 60).replace(/[^A-Z0-9]+/g, ' ').trim().split(' ').map((part) => part.replace(/^([A-Z]*)0+(?=\d)/, '$1')).join('');
}

/** Least number of characters to insert, delete or change. */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(Math.min(row[j - 1]! + 1, before[j]! + 1, before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    before = row;
  }
  return before[b.length]!;
}

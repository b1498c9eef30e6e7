import type { TenderAnswerInput, TenderRecord } from '../../../model/edi.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import type { Outcome } from '../../contract.js';
import { failure } from '../../kit/http.js';
import { rowOf } from '../../kit/table.js';
import { clip, filled, maxReferenceLength } from '../../kit/text.js';
import { readTime } from '../times.js';
import type { OutgoingSet, SetReader, WritingContext } from './set.js';

/** Element 558, B104: A accepted, D declined, R reservation cancelled by the carrier, C and E accepted under conditions that a person must read. */
const answers: Readonly<Record<string, TenderRecord['state']>> = { A: 'ACCEPTED', B: 'ACCEPTED', C: 'ACCEPTED', D: 'DECLINED', E: 'ACCEPTED', R: 'CANCELLED' };
const conditional: ReadonlySet<string> = new Set(['B', 'C', 'E']);

/** Element 1658, B106 from release 004020 on: why a tender is declined, and the words for it. */
export const declineReasons: Readonly<Record<string, string>> = {
  CPT: 'Capacity type', CPU: 'Capacity unavailable', EQT: 'Equipment type', EQU: 'Equipment unavailable', LNH: 'Length of haul', PRM: 'Permits', WGT: 'Weight',
};

/** 990, response to a load tender, whoever sent it. */
export const set990: SetReader = {
  type: '990',
  functionalId: 'GF',
  readsOwn: true,
  read(set, { name, observedAt, version, zone, facts, anomalies }) {
    const b1 = set.segments.find((segment) => segment.tag === 'B1')?.elements ?? [];
    const load = filled(b1[2]);
    if (load === undefined || load.length > maxReferenceLength || normalizeReferenceValue(load) === '') {
      anomalies.push({ kind: 'NO_REFERENCE', message: `${name}: the answer does not say which load it is of (B102). It was left out.`, severity: 'HIGH' });
      return;
    }
    const code = (b1[4] ?? '').trim().toUpperCase();
    const state = rowOf(answers, code);
    if (state === undefined) {
      anomalies.push({ kind: 'UNKNOWN_CODE', message: `${name}: the answer ${clip(code, 10) || 'nothing'} (element 558) to load ${load} is in no table; it decides nothing.`, severity: 'HIGH', rawCode: clip(code, 60) });
      return;
    }
    if (conditional.has(code)) anomalies.push({ kind: 'CONDITIONAL_ACCEPTANCE', message: `${name}: load ${load} was accepted under conditions (${code}). See the remarks.`, severity: 'MEDIUM' });
    const remarks = set.segments.filter((segment) => segment.tag === 'K1').flatMap((segment) => [filled(segment.elements[1]), filled(segment.elements[2])]).filter((text) => text !== undefined);
    const code1658 = filled(b1[6])?.toUpperCase();
    const words = code1658 === undefined ? undefined : rowOf(declineReasons, code1658);
    const reason = [words === undefined ? code1658 : `${code1658} ${words}`, ...remarks].filter((text) => text !== undefined).join(' ');
    const carrier = filled(b1[1]);
    const at = readTime(b1[3] ?? '', '', '', zone)?.occurred;
    const payload: TenderRecord = {
      load: clip(load, maxReferenceLength), role: 'ANSWER', state, ...(carrier === undefined ? {} : { carrier: clip(carrier, 10) }), ...(reason === '' ? {} : { reason: clip(reason, 200) }),
      // B103 has no time of day: of the same day the group says it better.
      at: at !== undefined && Math.abs(Date.parse(at.instant) - Date.parse(observedAt)) > 2 * 86_400_000 ? at : { instant: observedAt, zone },
    };
    facts.add({ type: 'tender.reported', key: { kind: 'tender', id: `answer:${normalizeReferenceValue(load)}` }, factKey: `version:${version}`, version, observedAt, payload });
  },
};

/** Longest remark of a K1, and how many a 990 holds. */
const remarkLength = 30;
const maxRemarks = 10;

export function write990({ load, carrier, accepted, reason }: TenderAnswerInput, { nowMs, version }: WritingContext): Outcome<OutgoingSet> {
  if (!/^[A-Z]{2,4}$/.test(carrier)) return failure('invalid', 'Our Standard Carrier Alpha Code of two to four letters is needed.', '');
  if (load.trim() === '' || load.length > 30) return failure('invalid', 'The number of the load, as the tender gave it, is needed.', '');
  const date = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  const code = reason?.trim().toUpperCase();
  const words = accepted || code === undefined ? undefined : rowOf(declineReasons, code);
  // The release before knows no code for it: the words say it there.
  const coded = words !== undefined && version >= '004020';
  const segments: string[][] = [['B1', carrier, load, date, accepted ? 'A' : 'D', ...(coded ? ['', code!] : [])]];
  if (reason !== undefined && !coded) segments.push(...remarks(words === undefined ? reason : `${code!} ${words}`));
  return { ok: true, value: { type: '990', functionalId: 'GF', segments } };
}

/** Cut between words where that is possible: who reads it puts a blank between the parts. */
function remarks(text: string): string[][] {
  const parts: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    for (let rest = word; rest !== ''; rest = rest.slice(remarkLength)) {
      const piece = rest.slice(0, remarkLength);
      const last = parts.at(-1);
      if (last !== undefined && last.length + 1 + piece.length <= remarkLength) parts[parts.length - 1] = `${last} ${piece}`;
      else parts.push(piece);
    }
  }
  return parts.slice(0, maxRemarks).map((part) => ['K1', part]);
}

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
    const reason = [filled(b1[6]), ...remarks].filter((text) => text !== undefined).join(' ');
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

export function write990({ load, carrier, accepted, reason }: TenderAnswerInput, { nowMs }: WritingContext): Outcome<OutgoingSet> {
  if (!/^[A-Z]{2,4}$/.test(carrier)) return failure('invalid', 'Our Standard Carrier Alpha Code of two to four letters is needed.', '');
  if (load.trim() === '' || load.length > 30) return failure('invalid', 'The number of the load, as the tender gave it, is needed.', '');
  const date = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  const segments: string[][] = [['B1', carrier, load, date, accepted ? 'A' : 'D']];
  if (reason !== undefined) segments.push(['K1', clip(reason, 30)]);
  return { ok: true, value: { type: '990', functionalId: 'GF', segments } };
}

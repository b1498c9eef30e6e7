import type { StatusInput } from '../../../model/edi.js';
import type { Fact, MilestonePayload, Place } from '../../../model/facts.js';
import type { Reference } from '../../../model/references.js';
import type { Outcome } from '../../contract.js';
import { failure } from '../../kit/http.js';
import { int32 } from '../../kit/numbers.js';
import { rowOf } from '../../kit/table.js';
import { clip, factKeyOf } from '../../kit/text.js';
import { statusCodes, statusOf, transportCategory } from '../codes.js';
import { part } from '../envelope.js';
import type { Segment } from '../segments.js';
import { readTime, writeTime } from '../times.js';
import type { MessageContext, MessageReader, OutgoingMessage } from './message.js';
import { inOrder, namesOf, reference } from './naming.js';
import { placeOfLocation } from './places.js';
import { referenceSegments } from './writing-parts.js';

/** Element 2005, of the times of a status: when it changed, took effect, was as planned. */
const statusTimes: readonly string[] = ['334', '7', '178', '186', '35', '200', '132', '133', '17', '137'];
/** Estimates among them. */
const estimates: ReadonlySet<string> = new Set(['132', '133', '17']);
const maxStatuses = 10_000;

/** One consignment with what is said of it: CNI, and the STS groups below. */
interface Consignment {
  number: string;
  segments: Segment[];
  statuses: Array<{ sts: Segment; segments: Segment[] }>;
}

/** IFTSTA, multimodal status report: milestones and estimates of consignments. */
export const iftsta: MessageReader = {
  type: 'IFTSTA',
  read(message, context) {
    const { header, consignments } = consignmentsOf(message.segments);
    const isSingle = message.complete && consignments.length === 1;
    let statuses = 0;
    for (const consignment of consignments) {
      const own = [...namesOf(consignment.segments, context.issuer), ...reference('pro_number', consignment.number, context.issuer)];
      // Of several consignments, what the header names is all of them together.
      const names = inOrder([...own, ...(isSingle ? namesOf(header, context.issuer) : [])]);
      if (names.length === 0) {
        if (consignment.statuses.length > 0) context.anomalies.push({ kind: 'NO_REFERENCE', message: `${context.name}: statuses were left out, for nothing says which consignment they are of: neither CNI nor an RFF with AAJ, BM or CN is given.`, severity: 'HIGH' });
        continue;
      }
      for (const status of consignment.statuses) {
        if (++statuses > maxStatuses) return;
        for (const fact of statusFacts(status, names, context)) context.facts.add(fact);
      }
    }
  },
};

function consignmentsOf(segments: readonly Segment[]): { header: Segment[]; consignments: Consignment[] } {
  const header: Segment[] = [];
  const consignments: Consignment[] = [];
  for (const segment of segments) {
    if (segment.tag === 'CNI') consignments.push({ number: part(segment, 2), segments: [], statuses: [] });
    else if (segment.tag === 'STS') {
      if (consignments.length === 0) consignments.push({ number: '', segments: [], statuses: [] });
      consignments.at(-1)!.statuses.push({ sts: segment, segments: [] });
    } else {
      const consignment = consignments.at(-1);
      (consignment?.statuses.at(-1)?.segments ?? consignment?.segments ?? header).push(segment);
    }
  }
  return { header, consignments };
}

function statusFacts({ sts, segments }: Consignment['statuses'][number], names: readonly Reference[], context: MessageContext): Fact[] {
  const { anomalies, observedAt } = context;
  const category = part(sts, 1);
  const raw = part(sts, 2);
  if (raw === '') {
    anomalies.push({ kind: 'ITEM_INVALID', message: `${context.name}: an STS has no status event (C555). It was left out.`, severity: 'MEDIUM' });
    return [];
  }
  const isTransport = category === '' || category === transportCategory;
  const rawCode = clip(isTransport ? raw : `${category}/${raw}`, 60);
  const mapped = isTransport ? rowOf(statusCodes, raw) : { code: 'INFO' as const };
  if (mapped === undefined) anomalies.push({ kind: 'UNKNOWN_CODE', message: `${context.name}: status event ${clip(raw, 20)} is not in Recommendation 24; it was kept as information and moves no status.`, severity: 'LOW', rawCode });
  const time = timeOf(segments, context.zone);
  if (time === null) {
    anomalies.push({ kind: 'TIME_INVALID', message: `${context.name}: status ${rawCode} has no DTM with a plausible time. It was left out.`, severity: 'MEDIUM' });
    return [];
  }
  const code = mapped?.code ?? 'INFO';
  const classifier: MilestonePayload['classifier'] = code === 'ETA_UPDATED' || time.isEstimate ? 'ESTIMATED' : code === 'DELIVERY_APPOINTMENT' ? 'PLANNED' : 'ACTUAL';
  const place = segments.filter((segment) => segment.tag === 'LOC').map(placeOfLocation).find((one) => one !== undefined);
  const [primary, ...also] = names as [Reference, ...Reference[]];
  const freight = { reference: primary, ...(also.length === 0 ? {} : { also }), observedAt };
  const payload = payloadOf({ sts, segments }, { code, classifier, occurred: time.occurred, rawCode, place, exceptionClass: mapped !== undefined && 'exceptionClass' in mapped ? mapped.exceptionClass : undefined });
  const milestone: Fact = { type: 'milestone.reported', ...freight, factKey: factKeyOf(rawCode, time.occurred.instant, place?.name ?? '', classifier), payload };
  if (code !== 'ETA_UPDATED') return [milestone];
  return [milestone, { type: 'estimate.reported', ...freight, factKey: factKeyOf('estimate:DELIVERY', observedAt, time.occurred.instant), payload: { of: 'DELIVERY', estimated: time.occurred } }];
}

function payloadOf({ sts, segments }: Consignment['statuses'][number], of: Pick<MilestonePayload, 'code' | 'classifier' | 'occurred' | 'rawCode'> & { place: Place | undefined; exceptionClass: MilestonePayload['exceptionClass'] | undefined }): MilestonePayload {
  const { place, exceptionClass, ...rest } = of;
  const reason = part(sts, 3);
  const text = segments.filter((segment) => segment.tag === 'FTX').map((segment) => (segment.elements[4] ?? []).join(' ').trim()).find((line) => line !== '') ?? part(sts, 2, 3);
  const pieces = segments.filter((segment) => segment.tag === 'CNT' || segment.tag === 'GID').map((segment) => int32(segment.tag === 'CNT' ? part(segment, 1, 1) : part(segment, 2))).find((count) => count !== undefined && count > 0);
  return {
    ...rest, ...(reason === '' ? {} : { rawReason: clip(reason, 60) }), ...(text === '' ? {} : { rawText: clip(text, 500) }),
    ...(exceptionClass === undefined ? {} : { exceptionClass }), ...(place === undefined ? {} : { place }), ...(pieces === undefined ? {} : { pieces }),
  };
}

function timeOf(segments: readonly Segment[], zone: string) {
  const times = segments.filter((segment) => segment.tag === 'DTM').map((segment) => ({ qualifier: part(segment, 1), occurred: readTime(part(segment, 1, 1), part(segment, 1, 2), zone) }));
  for (const qualifier of statusTimes) {
    const found = times.find((time) => time.qualifier === qualifier && time.occurred !== null);
    if (found !== undefined) return { occurred: found.occurred!, isEstimate: estimates.has(qualifier) };
  }
  return null;
}

/** IFTSTA for one status of one consignment, in UTC. */
export function writeIftsta({ load, references, code, reason, occurred, place, equipment }: StatusInput, { id, nowMs }: { id: string; nowMs: number }): Outcome<OutgoingMessage> {
  const event = rowOf(statusOf, code);
  if (event === undefined) return failure('invalid', `Recommendation 24 has no word for ${code}.`, '');
  if (load.trim() === '' || load.length > 35) return failure('invalid', 'A number of the consignment of 1 to 35 characters is needed.', '');
  return {
    ok: true,
    value: {
      type: 'IFTSTA',
      segments: [
        [['BGM'], ['77'], [id.replaceAll('-', '').slice(0, 35)], ['9']], [['DTM'], ['137', ...writeTime(new Date(nowMs).toISOString())]], [['CNI'], ['1'], [clip(load, 35)]], ...referenceSegments(references),
        [['STS'], [transportCategory], [event], ...(reason === undefined ? [] : [[clip(reason, 3)]])], [['DTM'], ['334', ...writeTime(occurred.instant)]],
        ...(place?.city === undefined && place?.name === undefined ? [] : [[['LOC'], ['175'], ['', '', '', clip(place.city ?? place.name ?? '', 70)]]]),
        ...(equipment === undefined ? [] : [[['EQD'], ['TE'], [clip(equipment, 17)]]]),
      ],
    },
  };
}

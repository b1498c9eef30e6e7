import type { Anomaly, Fact, Place } from '../../model/facts.js';
import type { MilestoneCode } from '../../model/milestones.js';
import { carrierCode, normalizeReferenceValue, trackingReference, type Reference } from '../../model/references.js';
import { int16 } from '../kit/numbers.js';
import { rowOf } from '../kit/table.js';
import { clip, factKeyOf, maxReferenceLength } from '../kit/text.js';
import type { Line } from './lines.js';
import type { MilestoneMapping } from './mapping.js';
import { RefusedLine, required, timeOf } from './values.js';

const maxText = 500;

/**
 * The milestone that a line states.
 * @throws RefusedLine
 */
export function milestoneOf(line: Line, mapping: MilestoneMapping, { connection, zone, receivedAt }: { connection: string; zone: string; receivedAt: string }, anomalies: Anomaly[]): Fact {
  const { fields } = mapping;
  const carrier = line.get(fields.carrier);
  const reference = referenceOf(required(line, fields.reference, 'reference'), mapping.reference, carrier, connection);
  const rawCode = clip(required(line, fields.code, 'code'), 100);
  const occurred = timeOf(line, fields, mapping, zone);
  if (occurred === undefined) throw new RefusedLine('time is empty');
  const code = rowOf(mapping.codes, rawCode) as MilestoneCode | undefined;
  if (code === undefined) anomalies.push({ kind: 'UNKNOWN_CODE', message: `Line ${line.number}: the code ${rawCode} is in no table; it was kept as information and moves no status.`, severity: 'LOW', rawCode });
  const pieces = line.get(fields.pieces);
  const place = placeOf(line, mapping);
  const [rawReason, rawText] = [line.get(fields.reason), line.get(fields.text)];
  return {
    type: 'milestone.reported', reference, factKey: factKeyOf(rawCode, occurred.instant, place?.city ?? place?.name ?? '', 'ACTUAL'), observedAt: receivedAt,
    ...(carrier === undefined ? {} : { carrier: carrierCode(clip(carrier, 60)) }),
    payload: {
      code: code ?? 'INFO', classifier: 'ACTUAL', occurred, rawCode,
      ...(rawReason === undefined ? {} : { rawReason: clip(rawReason, 100) }), ...(rawText === undefined ? {} : { rawText: clip(rawText, maxText) }), ...(place === undefined ? {} : { place }),
      ...(pieces === undefined ? {} : { pieces: int16(pieces) ?? refuse(`pieces is no count: ${pieces.slice(0, 40)}`) }),
    },
  };
}

function refuse(reason: string): never {
  throw new RefusedLine(reason);
}

function referenceOf(value: string, kind: MilestoneMapping['reference'], carrier: string | undefined, connection: string): Reference {
  const normalized = normalizeReferenceValue(value);
  if (normalized === '' || normalized.length > maxReferenceLength) throw new RefusedLine(`reference is longer than ${maxReferenceLength} characters`);
  if (kind === 'tracking') return trackingReference(carrier === undefined ? null : clip(carrier, 60), value);
  return { kind, issuer: kind === 'pro_number' && carrier !== undefined ? carrierCode(clip(carrier, 60)) : connection, value: normalized };
}

function placeOf(line: Line, { fields }: MilestoneMapping): Place | undefined {
  const country = line.get(fields.country)?.toUpperCase();
  if (country !== undefined && !/^[A-Z]{2}$/.test(country)) throw new RefusedLine(`country is no code of two letters: ${country.slice(0, 20)}`);
  const parts = { name: line.get(fields.place), city: line.get(fields.city), region: line.get(fields.region), postalCode: line.get(fields.postalCode), country };
  const stated = Object.entries(parts).flatMap(([name, value]) => (value === undefined ? [] : [[name, clip(value, 120)]]));
  return stated.length === 0 ? undefined : (Object.fromEntries(stated) as Place);
}

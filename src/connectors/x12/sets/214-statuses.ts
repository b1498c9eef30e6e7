import type { Anomaly, EstimateFact, Fact, MilestoneFact, MilestonePayload, Place } from '../../../model/facts.js';
import { codeRow, type MilestoneCode, type Severity } from '../../../model/milestones.js';
import { referenceKey } from '../../../model/references.js';
import { clip, factKeyOf } from '../../kit/text.js';
import { rowOf } from '../../kit/table.js';
import { appointmentCodes, customsReasons, reasonClasses, statusCodes, vagueCodes } from '../codes.js';
import { plainCode } from '../segments.js';
import type { StatusDetail } from './214-groups.js';
import type { ShipmentStatus } from './214-shipments.js';
import { readTime } from '../times.js';

export interface StatusContext {
  /** When the sender made the group. */
  observedAt: string;
  /** IANA zone of times without one. */
  zone: string;
}

type Note = (kind: string, message: string, severity: Severity, rawCode?: string) => void;

/**
 * Facts of one AT7: the status (AT701, reason AT702), or the appointment (AT703, reason AT704), at
 * AT705, AT706 in the zone AT707. The standard lets an AT7 carry one of the two; where a sender
 * gives both, both are read.
 */
export function statusFacts(detail: StatusDetail, shipment: ShipmentStatus, context: StatusContext, anomalies: Anomaly[]): Fact[] {
  const at = (index: number) => plainCode(detail.elements[index] ?? '');
  const note: Note = (kind, message, severity, rawCode) => {
    const name = `AT7 ${clip(at(1) || at(3) || 'without code', 20)} of ${clip(referenceKey(shipment.reference), 120)}`;
    anomalies.push({ kind, message: `${name}: ${message}`, severity, ...(rawCode === undefined ? {} : { rawCode: clip(rawCode, 60) }) });
  };
  if (at(1) === '' && at(3) === '') {
    note('ITEM_INVALID', 'neither a status (AT701) nor an appointment (AT703) is given. It was left out.', 'MEDIUM');
    return [];
  }
  const time = readTime(at(5), at(6), at(7), context.zone);
  if (time === null) {
    note('TIME_INVALID', `${clip(`${at(5)} ${at(6)} ${at(7)}`.trim(), 40) || 'nothing'} is no plausible time. It was left out.`, 'MEDIUM');
    return [];
  }
  if (time.timeMissing) note('TIME_MISSING', 'the date has no time of day; its midnight was taken.', 'LOW');
  if (time.unknownZone !== undefined) note('UNKNOWN_CODE', `zone ${clip(time.unknownZone, 20)} (element 623) is in no table; ${context.zone} was assumed.`, 'LOW', time.unknownZone);
  const reported: Reported[] = at(1) === '' ? [] : statusOf(at(1), at(2), note);
  if (at(3) !== '') reported.push({ rawCode: at(3), reason: at(4), ...appointmentOf(at(3), note) });
  const facts: Fact[] = [];
  for (const one of reported) addFacts(one, time.occurred, detail, shipment, context, facts);
  return facts;
}

interface Reported {
  rawCode: string;
  reason: string;
  code: MilestoneCode;
  classifier: MilestonePayload['classifier'];
  /** Where one raw code gives two milestones: what the second is known by. */
  name?: string;
}

function statusOf(rawCode: string, reason: string, note: Note): Reported[] {
  const code = rowOf(statusCodes, rawCode);
  if (code === undefined) note('UNKNOWN_CODE', `status ${clip(rawCode, 20)} (element 1650) is in no table; it was kept as information and moves no status.`, 'LOW', rawCode);
  if (code === 'ETA_UPDATED') return [{ rawCode, reason, code, classifier: 'ESTIMATED' }];
  const status: Reported = { rawCode, reason, code: code ?? 'INFO', classifier: 'ACTUAL' };
  if (!customsReasons.has(reason) || status.code === 'CUSTOMS_HOLD' || codeRow(status.code).terminal) return [status];
  const hold: Reported = { ...status, code: 'CUSTOMS_HOLD' };
  return vagueCodes.has(status.code) ? [hold] : [status, { ...hold, name: `${rawCode}/${reason}` }];
}

function appointmentOf(rawCode: string, note: Note): Pick<Reported, 'code' | 'classifier'> {
  const code = rowOf(appointmentCodes, rawCode);
  if (code === undefined) note('UNKNOWN_CODE', `appointment ${clip(rawCode, 20)} (element 1652) is in no table; it was kept as information.`, 'LOW', rawCode);
  return { code: code ?? 'INFO', classifier: 'PLANNED' };
}

/** Optional members are set one by one: of what is read most, spreading them is a third of the work. */
function addFacts(of: Reported, occurred: MilestonePayload['occurred'], detail: StatusDetail, shipment: ShipmentStatus, context: StatusContext, facts: Fact[]): void {
  const exceptionClass = rowOf(reasonClasses, of.reason);
  const payload: MilestonePayload = { code: of.code, classifier: of.classifier, occurred, rawCode: clip(of.rawCode, 60) };
  if (of.reason !== '') payload.rawReason = clip(of.reason, 60);
  if (detail.equipment !== undefined) payload.rawText = `Equipment ${detail.equipment}`;
  if (exceptionClass !== undefined) payload.exceptionClass = exceptionClass;
  if (detail.place !== undefined) payload.place = detail.place;
  if (shipment.stop !== undefined) payload.stop = shipment.stop;
  if (shipment.pieces !== undefined) payload.pieces = shipment.pieces;
  facts.push(ofShipment({ type: 'milestone.reported', reference: shipment.reference, observedAt: context.observedAt, factKey: factKeyOf(of.name ?? payload.rawCode, occurred.instant, placeKey(detail.place), of.classifier), payload }, shipment));
  if (of.code === 'ETA_UPDATED') facts.push(ofShipment({ type: 'estimate.reported', reference: shipment.reference, observedAt: context.observedAt, factKey: factKeyOf('estimate:DELIVERY', context.observedAt, occurred.instant), payload: { of: 'DELIVERY', estimated: occurred } }, shipment));
}

function ofShipment<F extends MilestoneFact | EstimateFact>(fact: F, { also, carrier }: ShipmentStatus): F {
  if (also.length > 0) fact.also = also;
  if (carrier !== undefined) fact.carrier = carrier;
  return fact;
}

function placeKey(place: Place | undefined): string {
  if (place === undefined) return '';
  const { city, region, country } = place;
  if (city !== undefined && region !== undefined && country !== undefined) return `${city},${region},${country}`;
  return [city, region, country].filter((part) => part !== undefined).join(',');
}

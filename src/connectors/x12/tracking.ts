import type { Anomaly, Fact, MilestonePayload, Place } from '../../model/facts.js';
import { codeRow, type MilestoneCode, type Severity } from '../../model/milestones.js';
import { referenceKey } from '../../model/references.js';
import { clip, factKeyOf } from '../kit/text.js';
import { rowOf } from '../kit/table.js';
import { appointmentCodes, customsReasons, reasonClasses, statusCodes, vagueCodes } from './codes.js';
import type { ShipmentStatus, StatusDetail } from './shipments.js';
import { readTime } from './times.js';

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
  const at = (index: number) => (detail.elements[index] ?? '').trim().toUpperCase();
  const name = `AT7 ${clip(at(1) || at(3) || 'without code', 20)} of ${clip(referenceKey(shipment.reference), 120)}`;
  const note: Note = (kind, message, severity, rawCode) => {
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
  const reported = [
    ...(at(1) === '' ? [] : statusOf(at(1), at(2), note)),
    ...(at(3) === '' ? [] : [{ rawCode: at(3), reason: at(4), ...appointmentOf(at(3), note) }]),
  ];
  return reported.flatMap((one) => toFacts(one, time.occurred, detail, shipment, context));
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

function toFacts(of: Reported, occurred: MilestonePayload['occurred'], detail: StatusDetail, shipment: ShipmentStatus, context: StatusContext): Fact[] {
  const freight = {
    reference: shipment.reference,
    ...(shipment.also.length === 0 ? {} : { also: shipment.also }),
    ...(shipment.carrier === undefined ? {} : { carrier: shipment.carrier }),
    observedAt: context.observedAt,
  };
  const exceptionClass = rowOf(reasonClasses, of.reason);
  const payload: MilestonePayload = {
    code: of.code,
    classifier: of.classifier,
    occurred,
    rawCode: clip(of.rawCode, 60),
    ...(of.reason === '' ? {} : { rawReason: clip(of.reason, 60) }),
    ...(detail.equipment === undefined ? {} : { rawText: `Equipment ${detail.equipment}` }),
    ...(exceptionClass === undefined ? {} : { exceptionClass }),
    ...(detail.place === undefined ? {} : { place: detail.place }),
    ...(shipment.stop === undefined ? {} : { stop: shipment.stop }),
    ...(shipment.pieces === undefined ? {} : { pieces: shipment.pieces }),
  };
  const milestone: Fact = { type: 'milestone.reported', ...freight, factKey: factKeyOf(of.name ?? payload.rawCode, occurred.instant, placeKey(detail.place), of.classifier), payload };
  if (of.code !== 'ETA_UPDATED') return [milestone];
  return [milestone, { type: 'estimate.reported', ...freight, factKey: factKeyOf('estimate:DELIVERY', context.observedAt, occurred.instant), payload: { of: 'DELIVERY', estimated: occurred } }];
}

function placeKey(place: Place | undefined): string {
  return [place?.city, place?.region, place?.country].filter((part) => part !== undefined).join(',');
}

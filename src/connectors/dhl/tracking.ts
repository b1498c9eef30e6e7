import type { Anomaly, Decoded } from '../../model/facts.js';
import type { RawMessage } from '../contract.js';
import { clip, filled } from '../kit/text.js';
import { placeOf, timeOf, trackedFacts, unknownCode, type Scan } from '../kit/tracked-parcel.js';
import { mapStatus } from './codes.js';
import { event, shipment, type DhlEvent } from './payloads.js';

/** Facts of one shipment: its events, in any order, how it stands, the estimate and the proof. */
export function shipmentFacts(raw: unknown, message: RawMessage): Decoded {
  const parsed = shipment.safeParse(raw);
  if (!parsed.success) return { facts: [], anomalies: [{ kind: 'ITEM_INVALID', message: 'A shipment without its number was left out.', severity: 'MEDIUM' }] };
  const of = parsed.data;
  const anomalies: Anomaly[] = [];
  const service = filled(of.service)?.toLowerCase();
  const scans = (of.events ?? []).flatMap((each, index): Scan[] => scanOf(each, service, `events[${index}]`, message, anomalies));
  // How it stands is the newest event once more; it has no list of its own.
  const standing = event.safeParse(of.status);
  const status = standing.success ? scanOf(standing.data, service, 'status', message, [])[0] : undefined;
  const estimated = timeOf(of.estimatedDeliveryTimeFrame?.estimatedThrough, message.zone) ?? timeOf(of.estimatedTimeOfDelivery, message.zone);
  const isDelivered = [...scans, ...(status === undefined ? [] : [status])].some((scan) => scan.mapped.code === 'DELIVERED');
  const proof = of.details?.proofOfDelivery;
  const hasProof = isDelivered && [proof?.documentUrl, proof?.signatureUrl, proof?.timestamp].some((each) => filled(each) !== undefined);
  const decoded = trackedFacts({
    carrier: service === 'express' ? 'DHL_EXPRESS' : 'DHL', number: of.id, observedAt: message.receivedAt, scans,
    ...(status === undefined ? {} : { status: { mapped: status.mapped, rawCode: status.rawCode, at: status.occurred } }),
    ...(estimated === null || isDelivered ? {} : { estimated }),
    ...(hasProof ? { proof: { rawCode: 'proofOfDelivery', at: timeOf(proof?.timestamp, message.zone) } } : {}),
  });
  return { facts: decoded.facts, anomalies: [...anomalies, ...decoded.anomalies] };
}

function scanOf(raw: unknown, service: string | undefined, name: string, message: RawMessage, anomalies: Anomaly[]): Scan[] {
  const parsed = event.safeParse(raw);
  if (!parsed.success) {
    anomalies.push({ kind: 'ITEM_INVALID', message: `${name} has no statusCode and was left out.`, severity: 'MEDIUM' });
    return [];
  }
  const of: DhlEvent = parsed.data;
  const occurred = timeOf(of.timestamp, message.zone);
  if (occurred === null) {
    anomalies.push({ kind: 'TIME_INVALID', message: `${name} (${clip(of.statusCode, 60)}) has no plausible time. It was left out.`, severity: 'MEDIUM' });
    return [];
  }
  const status = filled(of.status);
  // Some parts of DHL put a sentence where others have a code.
  const code = status !== undefined && /^[\w.-]{1,60}$/.test(status) ? status : undefined;
  const mapped = mapStatus(service, of.statusCode, code);
  const rawCode = clip(code === undefined ? of.statusCode : `${of.statusCode}/${code}`, 60);
  if (mapped?.isKnown !== true) anomalies.push(unknownCode('DHL', 'status', rawCode, rawCode));
  const at = of.location?.address;
  const place = placeOf({ city: at?.addressLocality, postalCode: at?.postalCode, country: at?.countryCode });
  const text = filled(of.description) ?? filled(of.remark) ?? status;
  const scan: Scan = {
    occurred, rawCode, mapped: mapped === null ? { code: 'INFO' } : { code: mapped.code, ...(mapped.exceptionClass === undefined ? {} : { exceptionClass: mapped.exceptionClass }) },
    ...(text === undefined ? {} : { rawText: clip(text, 500) }), ...(place === undefined ? {} : { place }), ...(code === undefined && text !== undefined ? { key: clip(text, 100) } : {}),
  };
  return [scan, ...(mapped?.also === undefined ? [] : [{ ...scan, mapped: mapped.also, key: mapped.also.code }])];
}

import type { Anomaly, Decoded } from '../../model/facts.js';
import type { RawMessage } from '../contract.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { placeOf, timeOf, trackedFacts, unknownCode, type Scan } from '../kit/tracked-parcel.js';
import { mapStatus, statusCodes, substatusCodes } from './codes.js';
import { trackingStatus, type Track, type TrackingStatus } from './payloads.js';

/** Facts of what Shippo says of a parcel: its history, and how it stands. Shippo gives no proof of delivery. */
export function trackFacts(of: Track, message: RawMessage): Decoded {
  const anomalies: Anomaly[] = [];
  const scans: Scan[] = [];
  (of.tracking_history ?? []).forEach((raw, index) => {
    const item = trackingStatus.safeParse(raw).data;
    const occurred = item === undefined ? null : timeOf(item.status_date, message.zone);
    if (item === undefined) anomalies.push({ kind: 'ITEM_INVALID', message: `tracking_history[${index}] has no status and was left out.`, severity: 'MEDIUM' });
    else if (occurred === null) anomalies.push({ kind: 'TIME_INVALID', message: `tracking_history[${index}] has no plausible time: ${clip(item.status_date ?? 'none', 40)}. It was left out.`, severity: 'MEDIUM' });
    else scans.push(scanOf(item, occurred, anomalies));
  });
  const current = trackingStatus.safeParse(of.tracking_status).data;
  const substatus = filled(current?.substatus?.code);
  const mapped = current === undefined ? null : mapStatus(current.status, substatus);
  if (current !== undefined && mapped === null) anomalies.push(unknownCode('Shippo', 'status', current.status, clip(current.status, 60)));
  const estimated = timeOf(of.eta, message.zone);
  const transaction = filled(of.transaction);
  const decoded = trackedFacts({
    carrier: filled(of.carrier) ?? null, number: of.tracking_number, observedAt: timeOf(current?.object_updated, 'UTC')?.instant ?? message.receivedAt, scans,
    ...(transaction === undefined || transaction.length > maxReferenceLength ? {} : { also: [{ kind: 'tracker', issuer: message.connection, value: transaction }] }),
    ...(mapped === null ? {} : { status: { mapped, rawCode: clip(substatus ?? current!.status, 60), at: timeOf(current!.status_date, message.zone) } }),
    ...(estimated === null || current?.status === 'DELIVERED' ? {} : { estimated }),
  });
  return { facts: decoded.facts, anomalies: [...anomalies, ...decoded.anomalies] };
}

function scanOf(item: TrackingStatus, occurred: Scan['occurred'], anomalies: Anomaly[]): Scan {
  const substatus = filled(item.substatus?.code);
  const rawCode = clip(substatus ?? item.status, 60);
  if (rowOf(statusCodes, item.status) === undefined) anomalies.push(unknownCode('Shippo', 'status', item.status, rawCode));
  if (substatus !== undefined && rowOf(substatusCodes, substatus) === undefined) anomalies.push(unknownCode('Shippo', 'substatus', substatus, rawCode));
  const place = placeOf({ city: item.location?.city, region: item.location?.state, postalCode: item.location?.zip, country: item.location?.country });
  const text = filled(item.status_details);
  return {
    occurred, mapped: mapStatus(item.status, substatus) ?? { code: 'INFO' }, rawCode, rawReason: clip(substatus === undefined ? item.status : `${item.status}/${substatus}`, 120),
    ...(text === undefined ? {} : { rawText: clip(text, 500) }), ...(place === undefined ? {} : { place }),
    // Where nothing but the coarse status is given, only the words tell two items of one minute apart.
    ...(substatus === undefined && text !== undefined ? { key: clip(text, 100) } : {}),
  };
}

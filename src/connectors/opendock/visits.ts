import type { z } from 'zod';
import type { Anomaly } from '../../model/facts.js';
import { parseOffsetTime, type ZonedInstant } from '../../model/time.js';
import type { VisitRecord, VisitState } from '../../model/yard/records.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { assetVisitTypes, visitEvents } from './codes.js';
import { container, visitEvent, type assetVisit } from './payloads.js';

interface ReadEvent {
  rawState: string;
  state: VisitState;
  at: ZonedInstant;
}

/** An AssetVisit. Phone number and notes of the driver are left in the raw message. */
export function toVisit(of: z.infer<typeof assetVisit>, anomalies: Anomaly[]): VisitRecord {
  const events = readEvents(of.assetVisitEvents ?? []);
  const last = events.at(-1);
  const type = filled(of.visitType);
  const known = type === undefined ? 'UNKNOWN' : rowOf(assetVisitTypes, type);
  if (known === undefined) anomalies.push({ kind: 'UNKNOWN_CODE', message: `Opendock's visit type ${clip(type!, 60)} is in no table.`, severity: 'LOW', rawCode: clip(type!, 60) });
  const carrier = filled(of.company?.name) ?? filled(of.companyHint);
  const trailer = (of.assetContainers ?? []).map((raw) => filled(container.safeParse(raw).data?.code)).find((code) => code !== undefined);
  const [facilityId, appointmentId, truck] = [filled(of.warehouseId), filled(of.appointmentId), filled(of.licensePlate)];
  return {
    type: known ?? 'UNKNOWN', state: last?.state ?? 'UNKNOWN', ...(last === undefined ? {} : { rawState: last.rawState }),
    ...(facilityId === undefined ? {} : { facilityId: clip(facilityId, maxReferenceLength) }), ...(appointmentId === undefined ? {} : { appointmentId: clip(appointmentId, maxReferenceLength) }),
    ...(carrier === undefined ? {} : { carrier: clip(carrier, 60) }), ...(truck === undefined ? {} : { truck: clip(truck, 60) }), ...(trailer === undefined ? {} : { trailer: clip(trailer, 60) }),
    ...timesOf(events),
  };
}

/** First arrival and first docking, last departure. */
function timesOf(events: readonly ReadEvent[]): Pick<VisitRecord, 'checkedInAt' | 'atDockAt' | 'checkedOutAt'> {
  const checkedInAt = events.find(({ state }) => state === 'CHECKED_IN')?.at;
  const atDockAt = events.find(({ state }) => state === 'AT_DOCK')?.at;
  const checkedOutAt = events.findLast(({ state }) => state === 'CHECKED_OUT')?.at;
  return { ...(checkedInAt === undefined ? {} : { checkedInAt }), ...(atDockAt === undefined ? {} : { atDockAt }), ...(checkedOutAt === undefined ? {} : { checkedOutAt }) };
}

/** Events that say where the truck stands, in the order in which they happened, whatever that in the list. */
function readEvents(raw: readonly unknown[]): ReadEvent[] {
  const events = raw.flatMap((item): ReadEvent[] => {
    const parsed = visitEvent.safeParse(item);
    const state = parsed.success ? rowOf(visitEvents, parsed.data.eventType) : undefined;
    const at = parsed.success ? parseOffsetTime(filled(parsed.data.createDateTime) ?? '') : null;
    return state === undefined || at === null ? [] : [{ rawState: parsed.data!.eventType, state, at }];
  });
  const order = Object.values(visitEvents);
  return events.sort((a, b) => (a.at.instant < b.at.instant ? -1 : a.at.instant > b.at.instant ? 1 : order.indexOf(a.state) - order.indexOf(b.state)));
}

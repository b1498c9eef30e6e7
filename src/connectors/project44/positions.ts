import { isPoint } from '../../model/geo.js';
import type { Anomaly, Fact } from '../../model/facts.js';
import { isWorthKeeping, type TrackPoint } from '../../model/telematics.js';
import { parseOffsetTime } from '../../model/time.js';
import { clip } from '../kit/text.js';
import { position } from './payloads.js';

/** What a track is thinned to: a history holds every reading, and each poll and push repeats it. */
const thinning = { metres: 500, seconds: 600 };
const maxPositions = 5_000;

/** Where the truck was. Of a history without the truck's name nothing can be told: a load finds its truck by that. */
export function positionFacts(raw: readonly unknown[], vehicle: { id: string; plate?: string } | null, anomalies: Anomaly[]): Fact[] {
  if (vehicle === null || raw.length === 0) return [];
  const points = raw.slice(-maxPositions).flatMap((item): Array<TrackPoint & { zone: string }> => {
    const parsed = position.safeParse(item);
    const at = parsed.success ? parseOffsetTime(parsed.data.dateTime) : null;
    return at === null || !parsed.success || !isPoint(parsed.data) ? [] : [{ latitude: parsed.data.latitude, longitude: parsed.data.longitude, atMs: Date.parse(at.instant), zone: at.zone }];
  });
  const unread = Math.min(raw.length, maxPositions) - points.length;
  if (unread > 0) anomalies.push({ kind: 'ITEM_INVALID', message: `${unread} positions have no plausible time or place and were left out.`, severity: 'LOW' });
  points.sort((a, b) => a.atMs - b.atMs || a.latitude - b.latitude || a.longitude - b.longitude);
  let last: TrackPoint | undefined;
  return points.flatMap((point): Fact[] => {
    if (!isWorthKeeping(last, point, thinning)) return [];
    last = point;
    const at = { instant: new Date(point.atMs).toISOString(), zone: point.zone };
    return [{
      type: 'vehicle.reported', key: { kind: 'vehicle', id: vehicle.id }, factKey: `v${point.atMs}`, version: point.atMs, observedAt: at.instant,
      payload: { name: clip(vehicle.plate ?? vehicle.id, 100), code: clip(vehicle.id, 100), at, latitude: point.latitude, longitude: point.longitude, ...(vehicle.plate === undefined ? {} : { plate: vehicle.plate }) },
    }];
  });
}

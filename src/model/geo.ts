/** A point on the earth, WGS 84 degrees. */
export interface Point {
  latitude: number;
  longitude: number;
}

const earthRadius = 6_371_008.8;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Great-circle distance, metres. */
export function distance(a: Point, b: Point): number {
  const [lat1, lat2] = [radians(a.latitude), radians(b.latitude)];
  const [dLat, dLon] = [lat2 - lat1, radians(b.longitude - a.longitude)];
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin(dLon / 2) ** 2;
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Whether it is a point of the earth, and not the 0,0 that devices report without a fix. */
export function isPoint({ latitude, longitude }: Point): boolean {
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && !(latitude === 0 && longitude === 0);
}

/** Around a facility: within a radius in metres, or inside a polygon whose last point joins its first. */
export type Fence = { kind: 'circle'; centre: Point; radius: number } | { kind: 'polygon'; points: Point[] };

/** Metres outside of the fence; 0 or less inside of it. Over a fence's extent the earth is taken as flat. */
export function metresOutside(fence: Fence, at: Point): number {
  if (fence.kind === 'circle') return distance(fence.centre, at) - fence.radius;
  const corners = fence.points.map((point) => flat(point, at));
  const edges = corners.map((corner, index) => [corner, corners[(index + 1) % corners.length]!] as const);
  const isInside = edges.filter(([a, b]) => a.y > 0 !== b.y > 0 && (-a.y * (b.x - a.x)) / (b.y - a.y) + a.x > 0).length % 2 === 1;
  const nearest = Math.min(...edges.map(([a, b]) => distanceToEdge(a, b)));
  return isInside ? -nearest : nearest;
}

/** Metres east and north of `origin`; the short way round where they lie on both sides of the date line. */
function flat(point: Point, origin: Point): { x: number; y: number } {
  const longitude = ((((point.longitude - origin.longitude + 180) % 360) + 360) % 360) - 180;
  return { x: radians(longitude) * earthRadius * Math.cos(radians(origin.latitude)), y: radians(point.latitude - origin.latitude) * earthRadius };
}

/** Of the origin to the edge from a to b. */
function distanceToEdge(a: { x: number; y: number }, b: { x: number; y: number }): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, -(a.x * dx + a.y * dy) / length));
  return Math.hypot(a.x + along * dx, a.y + along * dy);
}

/** South, north, west and east of an area. */
export interface Box {
  south: number;
  north: number;
  west: number;
  east: number;
}

/** Metres of a degree of latitude. */
const degreeMetres = radians(1) * earthRadius;

/** An area outside of which every point is more than `metres` outside of the fence; null where it reaches a pole or the date line. */
export function boxAround(fence: Fence, metres: number): Box | null {
  const points = fence.kind === 'circle' ? [fence.centre] : fence.points;
  // A tenth more: over a fence's extent the earth was taken as flat.
  const reach = ((fence.kind === 'circle' ? fence.radius : 0) + metres) * 1.1;
  const [latitudes, longitudes] = [points.map(({ latitude }) => latitude), points.map(({ longitude }) => longitude)];
  const [south, north] = [Math.min(...latitudes) - reach / degreeMetres, Math.max(...latitudes) + reach / degreeMetres];
  const farthest = Math.max(Math.abs(south), Math.abs(north));
  if (farthest > 80) return null;
  const sideways = reach / (degreeMetres * Math.cos(radians(farthest)));
  const [west, east] = [Math.min(...longitudes) - sideways, Math.max(...longitudes) + sideways];
  return west < -180 || east > 180 || east - west > 180 ? null : { south, north, west, east };
}

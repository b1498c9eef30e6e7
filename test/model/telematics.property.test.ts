import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxAround, distance, metresOutside, type Fence, type Point } from '../../src/model/geo.js';
import { isWorthKeeping, presenceRule, presences, type TrackPoint } from '../../src/model/telematics.js';

const centre: Point = { latitude: 52.5, longitude: 13.4 };
const metresNorth = (metres: number): Point => ({ latitude: centre.latitude + metres / 111_195, longitude: centre.longitude });
const circle: Fence = { kind: 'circle', centre, radius: 200 };
/** So many metres from the centre, at this minute. */
const at = (minute: number, metres: number): TrackPoint => ({ atMs: minute * 60_000, ...metresNorth(metres) });
const minutes = (track: TrackPoint[], fence: Fence = circle) => presences(track, fence).map(({ arrivedMs, departedMs }) => [arrivedMs / 60_000, departedMs === null ? null : departedMs / 60_000]);

describe('distances', () => {
  it('are those of the earth', () => {
    expect(distance({ latitude: 52.5163, longitude: 13.3777 }, { latitude: 48.8584, longitude: 2.2945 })).toBeCloseTo(878_000, -4);
    expect(distance({ latitude: 0, longitude: 179.999 }, { latitude: 0, longitude: -179.999 })).toBeCloseTo(222.4, 0);
  });

  it('from a fence are negative inside and positive outside, for circles and polygons alike', () => {
    const corner = (north: number, east: number): Point => ({ latitude: centre.latitude + north / 111_195, longitude: centre.longitude + east / (111_195 * Math.cos((centre.latitude * Math.PI) / 180)) });
    const square: Fence = { kind: 'polygon', points: [corner(-200, -200), corner(-200, 200), corner(200, 200), corner(200, -200)] };
    for (const fence of [circle, square]) expect([0, 150, 250, 1000].map((metres) => Math.round(metresOutside(fence, metresNorth(metres))))).toEqual([-200, -50, 50, 800]);
    expect(metresOutside({ kind: 'polygon', points: [{ latitude: -1, longitude: 179 }, { latitude: -1, longitude: -179 }, { latitude: 1, longitude: -179 }, { latitude: 1, longitude: 179 }] }, { latitude: 0, longitude: -179.9 })).toBeLessThan(0);
  });
});

describe('the area around a fence', () => {
  const place = fc.record({ latitude: fc.double({ min: -75, max: 75, noNaN: true }), longitude: fc.double({ min: -170, max: 170, noNaN: true }) });
  const shift = fc.tuple(fc.double({ min: -0.3, max: 0.3, noNaN: true }), fc.double({ min: -0.5, max: 0.5, noNaN: true }));

  it('holds every point from which the fence is no further than asked for', () => {
    const fence = fc.oneof(
      fc.tuple(place, fc.integer({ min: 1, max: 20_000 })).map(([centreOf, radius]): Fence => ({ kind: 'circle', centre: centreOf, radius })),
      fc.tuple(place, fc.array(shift, { minLength: 3, maxLength: 6 })).map(([{ latitude, longitude }, shifts]): Fence => ({ kind: 'polygon', points: shifts.map(([north, east]) => ({ latitude: latitude + north / 10, longitude: longitude + east / 10 })) })),
    );
    fc.assert(fc.property(fence, shift, fc.constantFrom(1, 150, 5_000), (of, [north, east], metres) => {
      const near = of.kind === 'circle' ? of.centre : of.points[0]!;
      const point = { latitude: near.latitude + north, longitude: near.longitude + east };
      const box = boxAround(of, metres)!;
      const isWithin = point.latitude >= box.south && point.latitude <= box.north && point.longitude >= box.west && point.longitude <= box.east;
      if (!isWithin) expect(metresOutside(of, point)).toBeGreaterThan(metres);
    }), { numRuns: 2_000 });
  });

  it('is unknown where it reaches the date line or a pole', () => {
    expect(boxAround({ kind: 'circle', centre: { latitude: 0, longitude: 179.999 }, radius: 1_000 }, 150)).toBeNull();
    expect(boxAround({ kind: 'polygon', points: [{ latitude: -1, longitude: 179 }, { latitude: -1, longitude: -179 }, { latitude: 1, longitude: -179 }] }, 150)).toBeNull();
    expect(boxAround({ kind: 'circle', centre: { latitude: 89, longitude: 0 }, radius: 1_000 }, 150)).toBeNull();
  });
});

describe('coming and going by positions', () => {
  it('begins with the first position inside and ends with the first outside before the truck is surely away', () => {
    expect(minutes([at(0, 5_000), at(5, 100), at(40, 50), at(60, 260), at(62, 2_000), at(70, 9_000)])).toEqual([[5, 60]]);
    expect(minutes([at(0, 5_000), at(5, 100)])).toEqual([[5, null]]);
    expect(minutes([at(0, 5_000), at(5, 300)])).toEqual([]);
  });

  it('is not ended by positions that waver around the fence', () => {
    expect(minutes([at(0, 100), at(1, 230), at(2, 190), at(3, 260), at(4, 150), at(30, 190)])).toEqual([[0, null]]);
  });

  it('ends where a truck waits outside for long, however near', () => {
    expect(minutes([at(0, 100), at(10, 240), at(15, 245), at(21, 240)])).toEqual([[0, 10]]);
  });

  it('is two where the truck comes back', () => {
    expect(minutes([at(0, 0), at(10, 5_000), at(30, 0), at(50, 5_000)])).toEqual([[0, 10], [30, 50]]);
  });

  const points = fc.array(fc.record({ minute: fc.integer({ min: 0, max: 200 }), metres: fc.constantFrom(0, 100, 190, 210, 300, 340, 360, 1_000) }), { minLength: 1, maxLength: 30 });

  it('is the same for every order and repetition of positions', () => {
    fc.assert(fc.property(points.chain((track) => fc.tuple(fc.constant(track), fc.shuffledSubarray([...track, ...track], { minLength: track.length * 2 }))), ([track, shuffled]) => {
      expect(presences(shuffled.map(({ minute, metres }) => at(minute, metres)), circle)).toEqual(presences(track.map(({ minute, metres }) => at(minute, metres)), circle));
    }));
  });

  it('never overlaps, never ends before it begins, and never ends while a position inside follows before the truck is away', () => {
    fc.assert(fc.property(points, (raw) => {
      const track = raw.map(({ minute, metres }) => at(minute, metres));
      const found = presences(track, circle);
      let last = -1;
      for (const { arrivedMs, departedMs } of found) {
        expect(arrivedMs).toBeGreaterThanOrEqual(last);
        if (departedMs === null) continue;
        expect(departedMs).toBeGreaterThanOrEqual(arrivedMs);
        const after = track.filter((point) => point.atMs >= departedMs && metresOutside(circle, point) > 0);
        expect(after.some((point) => metresOutside(circle, point) >= presenceRule.leaveMetres || point.atMs - departedMs >= presenceRule.leaveSeconds * 1000)).toBe(true);
        last = departedMs;
      }
      expect(found.slice(0, -1).every(({ departedMs }) => departedMs !== null)).toBe(true);
    }));
  });
});

it('a position is worth keeping that is far enough or late enough from the one kept last', () => {
  const rule = { metres: 100, seconds: 60 };
  expect([isWorthKeeping(undefined, at(0, 0), rule), isWorthKeeping(at(0, 0), at(0.5, 50), rule), isWorthKeeping(at(0, 0), at(0.5, 101), rule), isWorthKeeping(at(0, 0), at(1, 0), rule)]).toEqual([true, false, true, true]);
});

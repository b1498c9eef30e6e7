import { along, heading, type Point } from './geography.js';

/** From one place to another, milliseconds UTC. */
interface Leg {
  from: Point;
  to: Point;
  startMs: number;
  endMs: number;
}

/** What a device on board says of one moment. */
export interface Reading extends Point {
  atMs: number;
  headingDegrees: number;
  speedMilesPerHour: number;
}

/** Legs that are kept: of what is older nobody asks any more. */
const maxLegs = 12;
/** What a truck drives in town. It covers the ground faster, as the days here are short. */
const townSpeed = 38;

/** A truck of a haulier with a device on board. It drives straight on from wherever it is. */
export class Truck {
  readonly #legs: Leg[] = [];
  /** On a trip, or on its way back from one. */
  isBusy = false;

  constructor(readonly id: string, readonly name: string, readonly haulier: string, readonly licensePlate: string, private readonly home: Point) {}

  /** @param takesMs real time */
  drive(to: Point, startMs: number, takesMs: number): void {
    const from = this.at(startMs);
    const last = this.#legs.at(-1);
    // It turns off where it is.
    if (last !== undefined && last.endMs > startMs) Object.assign(last, { to: { latitude: from.latitude, longitude: from.longitude }, endMs: startMs });
    this.#legs.push({ from: { latitude: from.latitude, longitude: from.longitude }, to, startMs, endMs: startMs + takesMs });
    if (this.#legs.length > maxLegs) this.#legs.shift();
  }

  at(ms: number): Reading {
    const leg = this.#legs.findLast((each) => each.startMs <= ms);
    // Before anything that is known of it, it stood where its first drive began.
    if (leg === undefined) return standing(this.#legs[0]?.from ?? this.home, ms);
    if (ms >= leg.endMs) return standing(leg.to, ms);
    return { ...along(leg.from, leg.to, (ms - leg.startMs) / (leg.endMs - leg.startMs)), atMs: ms, headingDegrees: heading(leg.from, leg.to), speedMilesPerHour: townSpeed };
  }

  /** Whether it moves at this moment, or came to stand within the `ms` before it. */
  movesAt(atMs: number, ms: number): boolean {
    return this.#legs.some((leg) => leg.startMs <= atMs && leg.endMs > atMs - ms);
  }
}

function standing({ latitude, longitude }: Point, atMs: number): Reading {
  return { latitude, longitude, atMs, headingDegrees: 0, speedMilesPerHour: 0 };
}

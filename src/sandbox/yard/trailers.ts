import type { Random } from '../random.js';
import type { Site } from './site.js';
import { minuteMs, type DrawnMove } from './types.js';

interface Standing {
  place: string;
  /** From then on it may be fetched. */
  freeMs: number;
}

/** Which trailers stand where, as the day is drawn in the order in which trucks come. */
export class Trailers {
  readonly moves: DrawnMove[] = [];
  readonly #standing = new Map<string, Standing>();
  /** Trailers that are away, and since when. */
  readonly #away: Map<string, number>;
  /** When each place was left, or will be. */
  readonly #freeSpots: Map<string, number>;
  readonly #freeDocks: Map<string, number>;
  readonly #docks: readonly string[];

  constructor(site: Site, private readonly random: Random) {
    this.#away = new Map(site.trailers.map((trailer) => [trailer, -Infinity]));
    this.#freeSpots = new Map(site.spots.map((spot) => [spot, -Infinity]));
    this.#docks = site.docks.filter(({ shunting }) => shunting).map(({ name }) => name);
    this.#freeDocks = new Map(this.#docks.map((dock) => [dock, -Infinity]));
  }

  /** One that is away since a while. */
  comes(atMs: number): string | null {
    const trailer = this.#drawn([...this.#away].filter(([, sinceMs]) => sinceMs + 30 * minuteMs < atMs).map(([name]) => name));
    if (trailer !== null) this.#away.delete(trailer);
    return trailer;
  }

  /** A spot for what is detached then. */
  takeSpot(atMs: number): string | null {
    const spot = this.#drawn([...this.#freeSpots].filter(([, freeMs]) => freeMs + 5 * minuteMs < atMs).map(([name]) => name));
    if (spot !== null) this.#freeSpots.set(spot, Infinity);
    return spot;
  }

  /** It stands there from then on; sometimes shunters bring it to a dock and back. */
  detached(trailer: string, spot: string, atMs: number, hasMoves: boolean): void {
    const standing = { place: spot, freeMs: atMs + 20 * minuteMs };
    this.#standing.set(trailer, standing);
    if (hasMoves && this.random.chance(0.6)) this.#toDockAndBack(trailer, standing, atMs);
    else if (hasMoves && this.random.chance(0.4)) this.#toAnotherSpot(trailer, standing, atMs + this.random.between(10, 40) * minuteMs);
  }

  /** One that stands here free by then, to be fetched then. */
  goes(atMs: number, leftMs: number): string | null {
    const trailer = this.#drawn([...this.#standing].filter(([, { freeMs }]) => freeMs < atMs).map(([name]) => name));
    if (trailer === null) return null;
    this.#freeSpots.set(this.#standing.get(trailer)!.place, leftMs);
    this.#standing.delete(trailer);
    this.#away.set(trailer, leftMs);
    return trailer;
  }

  #drawn(names: readonly string[]): string | null {
    return names.length === 0 ? null : this.random.pick(names);
  }

  #toDockAndBack(trailer: string, standing: Standing, droppedMs: number): void {
    const { random } = this;
    const requestedMs = droppedMs + random.between(5, 25) * minuteMs;
    const dock = this.#docks.find((name) => this.#freeDocks.get(name)! + 10 * minuteMs < requestedMs);
    const back = dock === undefined ? null : this.takeSpot(requestedMs);
    if (dock === undefined || back === null) return;
    const there = this.#move(trailer, standing.place, dock, requestedMs);
    this.#freeSpots.set(standing.place, there.doneMs);
    const home = this.#move(trailer, dock, back, there.doneMs + random.between(30, 80) * minuteMs);
    this.#freeDocks.set(dock, home.doneMs);
    standing.place = back;
    standing.freeMs = home.doneMs + 5 * minuteMs;
  }

  #toAnotherSpot(trailer: string, standing: Standing, requestedMs: number): void {
    const spot = this.takeSpot(requestedMs);
    if (spot === null) return;
    const move = this.#move(trailer, standing.place, spot, requestedMs);
    this.#freeSpots.set(standing.place, move.doneMs);
    standing.place = spot;
    standing.freeMs = move.doneMs + 5 * minuteMs;
  }

  #move(trailer: string, from: string, to: string, requestedMs: number): DrawnMove {
    const { random } = this;
    const assignedMs = requestedMs + random.between(1, 4) * minuteMs;
    const startedMs = assignedMs + random.between(1, 6) * minuteMs;
    const move = { key: `M${String(this.moves.length + 1).padStart(3, '0')}`, trailer, from, to, assignee: `SHUNTER-${random.between(1, 5)}`, requestedMs, assignedMs, startedMs, doneMs: startedMs + random.between(3, 9) * minuteMs };
    this.moves.push(move);
    return move;
  }
}

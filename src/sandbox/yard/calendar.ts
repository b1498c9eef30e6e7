import type { Random } from '../random.js';
import { gridMinutes, minutesFor, shuffled, type Direction, type Handling, type Site, type SiteDock, type Temperature } from './site.js';
import { minuteMs, type Slot } from './types.js';

export interface Need {
  direction: Direction;
  handling: Handling;
  temperature: Temperature;
  pallets: number;
}

/** The site's own book of times at docks: what was drawn once is drawn for nobody else, whatever becomes of it. */
export class Calendar {
  readonly #taken = new Map<string, Slot[]>();

  constructor(private readonly site: Site, private readonly random: Random) {}

  fits(dock: SiteDock, need: Need): boolean {
    return !dock.shunting && dock.directions.includes(need.direction) && dock.handlings.includes(need.handling) && dock.temperatures.includes(need.temperature);
  }

  /** Docks that would do. */
  docksFor(need: Need): SiteDock[] {
    return this.site.docks.filter((dock) => this.fits(dock, need));
  }

  /** A free time that begins from `fromMs` on and before `toMs`; null where there is none. */
  draw(need: Need, fromMs: number, toMs: number): Slot | null {
    const docks = this.docksFor(need);
    const gridMs = gridMinutes * minuteMs;
    const [first, last] = [Math.ceil(fromMs / gridMs), Math.ceil(toMs / gridMs) - 1];
    if (docks.length === 0 || last < first) return null;
    for (let attempt = 0; attempt < 60; attempt++) {
      const slot = this.#at(this.random.pick(docks), this.random.between(first, last) * gridMs, need);
      if (this.#take(slot)) return slot;
    }
    for (const dock of shuffled(docks, this.random)) for (let at = first; at <= last; at++) {
      const slot = this.#at(dock, at * gridMs, need);
      if (this.#take(slot)) return slot;
    }
    return null;
  }

  /** Takes a time that somebody gave back. */
  takeAgain(slot: Slot, need: Need): Slot | null {
    const dock = this.site.docks.find(({ name }) => name === slot.dock)!;
    const again = this.#at(dock, slot.startMs, need);
    return this.fits(dock, need) && again.endMs <= slot.endMs ? again : null;
  }

  #at(dock: SiteDock, startMs: number, need: Need): Slot {
    return { dock: dock.name, startMs, endMs: startMs + minutesFor(need) * minuteMs };
  }

  #take(slot: Slot): boolean {
    const taken = this.#taken.get(slot.dock) ?? [];
    if (taken.some((other) => overlap(other, slot))) return false;
    this.#taken.set(slot.dock, [...taken, slot]);
    return true;
  }
}

export function overlap(a: Slot, b: Slot): boolean {
  return a.dock === b.dock && a.startMs < b.endMs && b.startMs < a.endMs;
}

import { createHash } from 'node:crypto';

const firstMs = Date.UTC(2026, 0, 1);

/**
 * Numbers and ids of one run. They begin where the clock stands, in half seconds since 2026, so
 * that a later run on the same database makes new records. Records are made slower than that.
 */
export class Numbers {
  readonly #base: number;
  readonly #startMs: number;
  #floor = 0;
  #orders = 0;
  #ids = 0;
  #versions = 0;

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#base = Math.floor((startMs - firstMs) / 500);
  }

  /** Seed for a run that was given none. */
  get seed(): number {
    return this.#startMs >>> 0;
  }

  /** Database id of a new order, and the number in its name; fits Odoo's 32 bits for decades. */
  nextOrder(): number {
    return this.#base + this.#orders++;
  }

  /** Rises with every change of any record, and over restarts. */
  nextVersion(): number {
    return Math.max(this.#startMs, this.#floor) + this.#versions++;
  }

  /** Versions from now on are above `floor`. */
  raiseVersion(floor: number): void {
    this.#floor = Math.max(this.#floor, floor + 1 - this.#versions);
  }

  /** 32 hex digits, unique over runs: the form of EasyPost's ids after their prefix. */
  nextHex(): string {
    return createHash('sha256').update(`${this.#startMs}:${this.#ids++}`).digest('hex').slice(0, 32);
  }

  /** The same as a UUID. */
  nextUuid(): string {
    const hex = this.nextHex();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

/** Over how long a rate is taken, ms: what is older weighs less and less. */
const spanMs = 10_000;

/** How much there is of something, in all and each second of late. */
export class Rate {
  #total = 0;
  #weighted = 0;
  #atMs: number;
  readonly #now: () => number;

  /** @param now milliseconds, of any clock that goes forward only */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#atMs = now();
  }

  add(count: number): void {
    this.#total += count;
    this.#fade();
    this.#weighted += count;
  }

  get total(): number {
    return this.#total;
  }

  get perSecond(): number {
    this.#fade();
    return (this.#weighted * 1000) / spanMs;
  }

  #fade(): void {
    const now = this.#now();
    if (now === this.#atMs) return;
    this.#weighted *= Math.exp((this.#atMs - now) / spanMs);
    this.#atMs = now;
  }
}

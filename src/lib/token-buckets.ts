/** How fast a bucket fills, and how much it holds. */
export interface Rate {
  perMinute: number;
  /** What may come at once after a pause. */
  burst: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Buckets kept at once; beyond it those used longest ago go, which lets their owners begin anew. */
const maxBuckets = 10_000;

/** Token buckets by name, in this process only: several processes each allow the whole rate. */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Seconds until the bucket holds `amount` again, at least 1; 0 when it holds it now. More than a full bucket is never waited for. Takes nothing. */
  secondsToWait(name: string, rate: Rate, amount = 1): number {
    return Math.ceil(this.msToWait(name, rate, amount) / 1000);
  }

  /** The same in milliseconds, for who waits itself. */
  msToWait(name: string, rate: Rate, amount = 1): number {
    const needed = Math.min(amount, rate.burst);
    const { tokens } = this.#filled(name, rate);
    return tokens >= needed ? 0 : Math.ceil(((needed - tokens) * 60_000) / rate.perMinute);
  }

  /** Whole tokens that the bucket holds now. */
  available(name: string, rate: Rate): number {
    return Math.floor(this.#filled(name, rate).tokens);
  }

  /** Takes `amount`; the bucket never goes below empty. */
  take(name: string, rate: Rate, amount = 1): void {
    const bucket = this.#filled(name, rate);
    this.#buckets.delete(name);
    this.#buckets.set(name, { ...bucket, tokens: Math.max(0, bucket.tokens - amount) });
    if (this.#buckets.size > maxBuckets) this.#buckets.delete(this.#buckets.keys().next().value!);
  }

  #filled(name: string, rate: Rate): Bucket {
    const atMs = this.#now();
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) return { tokens: rate.burst, atMs };
    return { tokens: Math.min(rate.burst, bucket.tokens + ((atMs - bucket.atMs) * rate.perMinute) / 60_000), atMs };
  }
}

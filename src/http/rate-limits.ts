import { isIPv6 } from 'node:net';
import { GatehouseError } from '../lib/errors.js';

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

  /** Seconds until the bucket holds a token again, at least 1; 0 when it holds one now. Takes nothing. */
  secondsToWait(name: string, rate: Rate): number {
    const { tokens } = this.#filled(name, rate);
    return tokens >= 1 ? 0 : Math.max(1, Math.ceil(((1 - tokens) * 60) / rate.perMinute));
  }

  /** Takes one token; the bucket never goes below empty. */
  take(name: string, rate: Rate): void {
    const bucket = this.#filled(name, rate);
    this.#buckets.delete(name);
    this.#buckets.set(name, { ...bucket, tokens: Math.max(0, bucket.tokens - 1) });
    if (this.#buckets.size > maxBuckets) this.#buckets.delete(this.#buckets.keys().next().value!);
  }

  #filled(name: string, rate: Rate): Bucket {
    const atMs = this.#now();
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) return { tokens: rate.burst, atMs };
    return { tokens: Math.min(rate.burst, bucket.tokens + ((atMs - bucket.atMs) * rate.perMinute) / 60_000), atMs };
  }
}

/** A sender's own mistakes stay far below it; guesses at a token come to nothing at it. */
const refusals: Rate = { perMinute: 300, burst: 300 };

/**
 * Limits on ingest. Authentic messages count against their connection; refused ones against the
 * address they come from, so that a stranger can neither guess fast nor use up a partner's rate.
 */
export class IngestLimits {
  readonly #accepted: TokenBuckets;
  readonly #refused: TokenBuckets;
  readonly #perMinute: number;

  /** @param perMinute authentic messages a minute of a connection that has no setting of its own */
  constructor(perMinute: number, now?: () => number) {
    this.#accepted = new TokenBuckets(now);
    this.#refused = new TokenBuckets(now);
    this.#perMinute = perMinute;
  }

  /**
   * @param connection null: one that does not exist
   * @throws GatehouseError RATE_LIMITED when this address was refused too often
   */
  checkAddress(address: string, connection: string | null): void {
    throwIfEmpty(this.#refused.secondsToWait(refusedName(address, connection), refusals));
  }

  countRefused(address: string, connection: string | null): void {
    this.#refused.take(refusedName(address, connection), refusals);
  }

  /**
   * @param ownPerMinute the connection's own setting, where it has one
   * @throws GatehouseError RATE_LIMITED when the connection sends faster than it may
   */
  checkConnection(connection: string, ownPerMinute: number | undefined): void {
    throwIfEmpty(this.#accepted.secondsToWait(connection, this.#rateOf(ownPerMinute)));
  }

  countAccepted(connection: string, ownPerMinute: number | undefined): void {
    this.#accepted.take(connection, this.#rateOf(ownPerMinute));
  }

  /** Ten seconds' worth may come at once. */
  #rateOf(ownPerMinute: number | undefined): Rate {
    const perMinute = ownPerMinute ?? this.#perMinute;
    return { perMinute, burst: Math.max(1, Math.floor(perMinute / 6)) };
  }
}

/** Per connection, so that one partner's mistakes behind a shared address do not shut out another. */
function refusedName(address: string, connection: string | null): string {
  return `${networkOf(address)} ${connection ?? ''}`;
}

/** A subscriber of IPv6 has a whole /64 to send from. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head, tail] = address.split('::');
  const groups = head === '' ? [] : head!.split(':');
  if (tail !== undefined) groups.push(...Array.from({ length: Math.max(0, 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)) }, () => '0'), ...(tail === '' ? [] : tail.split(':')));
  return groups.slice(0, 4).join(':');
}

function throwIfEmpty(seconds: number): void {
  if (seconds > 0) throw new GatehouseError('RATE_LIMITED', undefined, { retryAfter: seconds });
}

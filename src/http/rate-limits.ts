import { isIPv6 } from 'node:net';
import { BoundedCache } from '../lib/bounded-cache.js';
import { GatehouseError } from '../lib/errors.js';
import { TokenBuckets, type Rate } from '../lib/token-buckets.js';

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

/** Refusals of one client, wherever they come from: guesses at its secret. */
const clientRefusals: Rate = { perMinute: 60, burst: 60 };

/** Limits on what is refused at the token endpoints: per address, and per client that somebody claims to be. */
export class TokenLimits {
  readonly #addresses: TokenBuckets;
  readonly #clients: TokenBuckets;
  /** Networks from which a client proved itself. */
  readonly #proved = new BoundedCache<string, true>({ maxEntries: 10_000, maxWeight: Infinity, weightOf: () => 0 });

  constructor(now?: () => number) {
    this.#addresses = new TokenBuckets(now);
    this.#clients = new TokenBuckets(now);
  }

  /**
   * @param client null: the request names none
   * @throws GatehouseError RATE_LIMITED when this address was refused too often, or this client was from anywhere.
   * Others' guesses do not hold it up where it has proved itself.
   */
  check(address: string, client: string | null): void {
    throwIfEmpty(this.#addresses.secondsToWait(networkOf(address), refusals));
    if (client !== null && this.#proved.get(refusedName(address, bounded(client))) === undefined) throwIfEmpty(this.#clients.secondsToWait(bounded(client), clientRefusals));
  }

  /** @param client null: it was not a client that failed to prove itself */
  countRefused(address: string, client: string | null): void {
    this.#addresses.take(networkOf(address), refusals);
    if (client !== null) this.#clients.take(bounded(client), clientRefusals);
  }

  countProved(address: string, client: string): void {
    this.#proved.set(refusedName(address, bounded(client)), true);
  }
}

/** Names that strangers make up are kept in part; no client has a longer one. */
function bounded(client: string): string {
  return client.slice(0, 100);
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

import type { JWTVerifyGetKey } from 'jose';
import { BoundedCache } from '../lib/bounded-cache.js';
import type { Principal } from './principal.js';

/** Whom a token was proved to be of. */
export interface ProvedToken {
  principal: Principal;
  /** Thumbprint of the certificate without which it is worth nothing. */
  certificate: string | undefined;
}

interface Entry {
  token: string;
  proved: ProvedToken;
  /** The set that proved it. */
  keys: JWTVerifyGetKey;
}

/**
 * Tokens that were verified: a client sends the same token for minutes, and to check a signature takes longer
 * than to run a small query. What a key set proved, that set proves until the token expires; with another set
 * it is proved anew. Whether a token was taken back is not known here.
 */
export class VerifiedTokens {
  readonly #entries = new BoundedCache<string, Entry>({ maxEntries: 2000, maxWeight: 4 * 1024 * 1024, weightOf: ({ token }) => token.length });

  /** @param nowMs milliseconds UTC */
  get(token: string, keys: JWTVerifyGetKey, nowMs: number): ProvedToken | undefined {
    const entry = this.#entries.get(token);
    return entry !== undefined && entry.keys === keys && nowMs < entry.proved.principal.expiresMs ? entry.proved : undefined;
  }

  add(token: string, keys: JWTVerifyGetKey, proved: ProvedToken): void {
    this.#entries.set(token, { token, proved, keys });
  }
}

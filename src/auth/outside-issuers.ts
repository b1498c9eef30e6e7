import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { allowInsecureRequests, discoveryRequest, processDiscoveryResponse } from 'oauth4webapi';
import { ConfigError, type Config } from '../lib/config.js';
import { GatehouseError } from '../lib/errors.js';
import { grantByRules } from './claim-rules.js';
import { grantOfClaims } from './grant.js';
import type { IssuerSettings } from './identity-file.js';
import type { PrincipalClaims } from './principal.js';

type OutsideRights = Omit<PrincipalClaims, 'subject' | 'expiresMs' | 'demonstration' | 'token'>;

interface OutsideIssuer {
  url: string;
  audience: string;
  jwksUrl?: string | undefined;
  algorithms: readonly string[];
  rightsOf(payload: JWTPayload): OutsideRights;
}

const timeoutMs = 5000;
/** Where discovery failed it is not tried again sooner, ms. */
const pauseMs = 5000;

/** Identity providers whose tokens are taken, each proved by its own keys alone. */
export class OutsideIssuers {
  readonly #issuers = new Map<string, OutsideIssuer>();
  readonly #keys = new Map<string, { keys: Promise<JWTVerifyGetKey>; failedMs: number | null }>();

  /** @throws ConfigError where a key set would be fetched so that others on the way can put in theirs */
  constructor(settings: readonly IssuerSettings[], second: Config['issuer']) {
    for (const url of [...settings.map(({ jwks }) => jwks), second?.jwksUrl]) {
      if (url !== undefined && !isProtected(new URL(url))) throw new ConfigError(`${url}: key sets are fetched by https; by http from this machine alone.`);
    }
    for (const { issuer, audience, jwks, algorithms, rules } of settings) {
      this.#issuers.set(issuer, { url: issuer, audience, jwksUrl: jwks, algorithms, rightsOf: (payload) => grantByRules(rules, payload) });
    }
    if (second !== undefined && !this.#issuers.has(second.url)) this.#issuers.set(second.url, { ...second, algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'], rightsOf: ownRights });
  }

  has(issuer: string): boolean {
    return this.#issuers.has(issuer);
  }

  /**
   * The claims of a token of one of these issuers, and the rights that they give here.
   * @throws GatehouseError UNAUTHENTICATED; UNAVAILABLE where the issuer's keys cannot be fetched
   */
  async verify(token: string, issuer: string): Promise<{ payload: JWTPayload; rights: OutsideRights }> {
    const known = this.#issuers.get(issuer);
    if (known === undefined) throw new GatehouseError('UNAUTHENTICATED');
    const keys = await this.#keysOf(known);
    try {
      const { payload } = await jwtVerify(token, keys, { issuer: known.url, audience: known.audience, algorithms: [...known.algorithms], requiredClaims: ['exp', 'sub'], clockTolerance: 5 });
      return { payload, rights: known.rightsOf(payload) };
    } catch (error) {
      if (error instanceof GatehouseError) throw error;
      if (error instanceof errors.JWTExpired) throw new GatehouseError('UNAUTHENTICATED', 'The token has expired. Get a new one.', { cause: error });
      if (error instanceof errors.JWKSTimeout || error instanceof TypeError || (error as { code?: string }).code === 'ERR_JOSE_GENERIC') throw unreachable(error);
      throw new GatehouseError('UNAUTHENTICATED', undefined, { cause: error });
    }
  }

  #keysOf(issuer: OutsideIssuer): Promise<JWTVerifyGetKey> {
    const known = this.#keys.get(issuer.url);
    if (known !== undefined && (known.failedMs === null || performance.now() - known.failedMs < pauseMs)) return known.keys;
    const entry: { keys: Promise<JWTVerifyGetKey>; failedMs: number | null } = { keys: fetchKeys(issuer), failedMs: null };
    entry.keys.catch(() => (entry.failedMs = performance.now()));
    this.#keys.set(issuer.url, entry);
    return entry.keys;
  }
}

/** OpenID Connect Discovery 1.0, where the configuration names no key set. */
async function fetchKeys(issuer: OutsideIssuer): Promise<JWTVerifyGetKey> {
  const keySet = (url: string) => createRemoteJWKSet(new URL(url), { timeoutDuration: timeoutMs });
  if (issuer.jwksUrl !== undefined) return keySet(issuer.jwksUrl);
  const url = new URL(issuer.url);
  try {
    const answer = await discoveryRequest(url, { algorithm: 'oidc', signal: () => AbortSignal.timeout(timeoutMs), [allowInsecureRequests]: isLoopback(url) });
    const { jwks_uri: jwks } = await processDiscoveryResponse(url, answer);
    if (jwks === undefined || !isProtected(new URL(jwks))) throw new Error(`${issuer.url} names no key set by https`);
    return keySet(jwks);
  } catch (error) {
    throw unreachable(error);
  }
}

function isProtected(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

function isLoopback({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function unreachable(cause: unknown): GatehouseError {
  return new GatehouseError('UNAVAILABLE', 'The identity provider that made this token does not give its keys now. Send the request again.', { retryAfter: 5, cause });
}

/** GATEHOUSE_ISSUER puts our own claims into its tokens. */
function ownRights(payload: JWTPayload): OutsideRights {
  const rights = grantOfClaims(payload);
  if (rights === null) throw new GatehouseError('UNAUTHENTICATED', 'The token is signed, but its claims are not those of Gatehouse (role, sub, exp).');
  return rights;
}

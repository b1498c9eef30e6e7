import { z } from 'zod';
import { BoundedCache } from '../../lib/bounded-cache.js';
import { sha256 } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import type { Access, ConnectorError, Outcome } from '../contract.js';
import { failure, readJson, redact, sendRequest, statusError } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';
import type { ShipHeroSettings } from './settings.js';

/** A page of a hundred levels has some 20 kB. */
const maxBytes = 8 * 1024 * 1024;
/** Once this few milliseconds are left nothing new is begun. */
const leastMs = 50;
/** An access token lives 28 days; it is fetched anew well before, ms. */
const marginMs = 3_600_000;

/** Codes of errors in answers of status 200 that mean other than that the request is wrong. */
export const errorKinds: Readonly<Record<string, ConnectorError['kind']>> = { 30: 'rate_limited' };

const tokenAnswer = z.looseObject({ access_token: z.string().min(1).max(16_000), expires_in: z.coerce.number().min(1).max(31_536_000).catch(3_600) });
const graphAnswer = z.looseObject({ data: z.looseObject({}).nullish(), errors: z.array(z.looseObject({ message: z.string().nullish(), code: z.union([z.string(), z.number()]).nullish(), time_remaining: z.string().nullish() })).nullish() });

const tokens = new BoundedCache<string, { value: string; endsMs: number }>({ maxEntries: 1_000, maxWeight: 1_000, weightOf: () => 1 });

/**
 * ShipHero's GraphQL API: the only I/O of this connector. A refresh token, which does not end, gives access tokens. An
 * account has 4,004 credits, of which each operation takes some and 60 come back a second; what is too much is
 * answered with code 30 and the time to wait. Errors come with status 200.
 *
 * Checked against ShipHero's public documentation and against code that speaks with it: the addresses, the shape of
 * errors, code 5 (not found), order_create, order_cancel, orders(partner_order_id), purchase_order_create and
 * warehouse_products. Not verified: that code 30 carries `time_remaining` in seconds, as older documentation has it; that
 * purchase_orders is asked for by po_number; and purchase_order_cancel with `po_id`.
 */
export class ShipHeroApi {
  readonly #access: Access<ShipHeroSettings>;
  readonly #refreshToken: string;
  readonly #base: string;
  readonly #endMs: number;
  readonly #secrets: string[];

  private constructor(access: Access<ShipHeroSettings>, refreshToken: string, timeoutMs: number) {
    this.#access = access;
    this.#refreshToken = refreshToken;
    this.#secrets = [refreshToken];
    this.#base = (access.settings.url ?? 'https://public-api.shiphero.com').replace(/(?<!\/)\/+$/, '');
    this.#endMs = performance.now() + timeoutMs;
  }

  /** @param timeoutMs for all calls together */
  static open(access: Access<ShipHeroSettings>, timeoutMs: number): Outcome<ShipHeroApi> {
    const token = access.secrets['refreshToken']?.[0];
    if (token === undefined) return failure('invalid', 'This connection has no refresh token: set refreshToken.', '');
    return { ok: true, value: new ShipHeroApi(access, token, timeoutMs) };
  }

  /** The field of that name in the answer's data. */
  async ask(field: string, query: string, variables: { [name: string]: Json }): Promise<Outcome<unknown>> {
    for (let refused: string | null = null; ; ) {
      const token = await this.#token(refused);
      if (!token.ok) return token;
      const answer = await this.#send('/graphql', { query, variables }, token.value);
      if (!answer.ok) {
        // A token that was revoked: another one is asked for, once.
        if (answer.error.kind !== 'auth' || refused !== null) return answer;
        refused = token.value;
        continue;
      }
      return this.#field(field, answer.value);
    }
  }

  #field(field: string, answer: unknown): Outcome<unknown> {
    const parsed = graphAnswer.safeParse(answer);
    if (!parsed.success || Array.isArray(answer)) return failure('unparseable', 'The answer is no answer of GraphQL.', '');
    const { errors, data } = parsed.data;
    const [first] = errors ?? [];
    if (first !== undefined) {
      const message = first.message ?? 'an error without words';
      const wait = /(\d{1,5})\s*second/i.exec(first.time_remaining ?? message)?.[1];
      return { ok: false, error: { kind: rowOf(errorKinds, String(first.code ?? '')) ?? 'invalid', message: redact(clip(`ShipHero: ${message} [${first.code ?? 'no code'}]`, 500), this.#secrets), raw: redact(clip(JSON.stringify(errors), 2_000), this.#secrets), ...(wait === undefined ? {} : { retryAfter: Number(wait) }) } };
    }
    const value = data?.[field];
    return value == null ? failure('unparseable', `The answer has no ${field}.`, '') : { ok: true, value };
  }

  /** @param refused a token that was not taken: any other serves */
  async #token(refused: string | null): Promise<Outcome<string>> {
    const key = sha256(JSON.stringify([this.#access.connection, this.#base, this.#refreshToken]));
    const kept = tokens.get(key);
    if (kept !== undefined && kept.value !== refused && kept.endsMs > Date.now()) {
      this.#secrets.push(kept.value);
      return { ok: true, value: kept.value };
    }
    const answer = await this.#send('/auth/refresh', { refresh_token: this.#refreshToken }, null);
    if (!answer.ok) return answer;
    const parsed = tokenAnswer.safeParse(answer.value);
    if (!parsed.success) return failure('unparseable', 'The answer to the refresh token holds no access token.', '');
    const { access_token: value, expires_in: seconds } = parsed.data;
    tokens.set(key, { value, endsMs: Date.now() + Math.max(seconds * 500, seconds * 1_000 - marginMs) });
    this.#secrets.push(value);
    return { ok: true, value };
  }

  async #send(path: string, body: Json, token: string | null): Promise<Outcome<unknown>> {
    const leftMs = Math.floor(this.#endMs - performance.now());
    if (leftMs < leastMs) return failure('unavailable', 'The time for this was over before everything was done.', '');
    const answer = await sendRequest({
      method: 'POST', url: `${this.#base}${path}`, headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'gatehouse', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body), timeoutMs: leftMs, maxBytes, secrets: this.#secrets, allowedNetworks: this.#access.allowedNetworks,
    });
    if (!answer.ok) return answer;
    const error = statusError(answer.value, this.#secrets);
    return error === null ? readJson(answer.value, this.#secrets) : { ok: false, error };
  }
}

/** ShipHero's id of a warehouse in the form in which the API takes it: the numbers of webhooks stand in it. */
export function warehouseUuid(name: string): string {
  return /^\d{1,12}$/.test(name) ? Buffer.from(`Warehouse:${name}`).toString('base64') : name;
}

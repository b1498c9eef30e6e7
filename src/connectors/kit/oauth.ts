import { z } from 'zod';
import { BoundedCache } from '../../lib/bounded-cache.js';
import { sha256 } from '../../lib/ids.js';
import type { ConnectorError, Outcome } from '../contract.js';
import { basicAuthorization, failure, readJson, sendRequest, type HttpAnswer, type HttpRequest } from './http.js';

/** Tokens by client credentials (RFC 6749, 4.4), or by a refresh token that does not end (6). */
export interface ClientCredentials {
  /** Tokens are kept by connection: two connections never share one. */
  connection: string;
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  /** Where the token's address wants the client's name and secret: as Basic authentication, or in the form (2.3.1); `login`: no OAuth, but e-mail and password as JSON. */
  sentAs: 'basic' | 'form' | 'login';
  /** Where a login's token that is about to end is changed for a fresh one. */
  refreshUrl?: string;
  /** Where somebody else allowed us in: what stands for that. */
  refreshToken?: string;
  /** Header that takes the token as it is; unless given `authorization`, as a bearer's. */
  tokenHeader?: string;
  /** Status that says, beside 401, that a token is not taken. */
  refusedAs?: number;
  allowedNetworks: readonly string[];
  /** What a refusal of the token's address means, where it says more than its status; null for 2xx. */
  faultOf(answer: HttpAnswer, secrets: readonly string[]): ConnectorError | null;
}

type Token = { value: string; endsMs: number };

const tokenAnswer = z.looseObject({ access_token: z.string().min(1).max(16_000), expires_in: z.coerce.number().min(1).max(31_536_000).catch(300) });

/** A token is not used in its last seconds: it could end on the way. One that lives shortly is used for half its life. */
const marginMs = 60_000;
/** A token's address answers at once or not at all; who waits less than this stops waiting, and the others go on. */
const fetchTimeoutMs = 20_000;
const maxTokenBytes = 64 * 1024;

const tokens = new BoundedCache<string, Token>({ maxEntries: 1_000, maxWeight: 1_000, weightOf: () => 1 });
const underWay = new Map<string, Promise<Outcome<Token>>>();

/** An answer, with everything that must not be told of it: the secrets that were given, and the tokens that were used. */
export interface Authorized {
  answer: HttpAnswer;
  secrets: readonly string[];
}

/**
 * Sends a request with a bearer token. The token is fetched once however many wait for it, kept until shortly before it
 * ends, and fetched once more where it is refused (401): a second refusal is the answer. A 401 is given before anything
 * is done, so that also what must not be made twice may be sent again.
 * @param request `timeoutMs` covers the token as well; `secrets` are completed by the credentials
 */
export async function sendAuthorized(of: ClientCredentials, request: Omit<HttpRequest, 'allowedNetworks'>): Promise<Outcome<Authorized>> {
  const endMs = performance.now() + request.timeoutMs;
  const secrets = [...request.secrets, ...secretsOf(of)];
  let refused: string | null = null;
  for (;;) {
    const token = await tokenOf(of, refused, endMs);
    if (!token.ok) return notSent(token.error);
    secrets.push(token.value);
    const leftMs = Math.floor(endMs - performance.now());
    if (leftMs < 1) return notSent(failure('unavailable', 'The time for this was over before it was sent.', '').error);
    const answer = await sendRequest({ ...request, headers: { ...request.headers, ...(of.tokenHeader === undefined ? { authorization: `Bearer ${token.value}` } : { [of.tokenHeader]: token.value }) }, timeoutMs: leftMs, secrets, allowedNetworks: of.allowedNetworks });
    if (!answer.ok) return answer;
    if ((answer.value.status !== 401 && answer.value.status !== of.refusedAs) || refused !== null) return { ok: true, value: { answer: answer.value, secrets } };
    refused = token.value;
  }
}

function notSent(error: ConnectorError): { ok: false; error: ConnectorError } {
  return { ok: false, error: { ...error, notSent: true } };
}

/** @param refused a token that was not taken: any other serves */
async function tokenOf(of: ClientCredentials, refused: string | null, endMs: number): Promise<Outcome<string>> {
  const key = keyOf(of);
  const kept = tokens.get(key);
  if (kept !== undefined && kept.value !== refused && kept.endsMs > Date.now()) return { ok: true, value: kept.value };
  const leftMs = Math.floor(endMs - performance.now());
  if (leftMs < 1) return failure('unavailable', 'The time for this was over before there was a token.', '');
  let fetching = underWay.get(key);
  if (fetching === undefined) {
    fetching = fetchToken(of, key, refused).finally(() => underWay.delete(key));
    underWay.set(key, fetching);
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome<Token>>((resolve) => {
    timer = setTimeout(() => resolve(failure('unavailable', `No token within ${leftMs / 1000} s.`, '')), leftMs);
  });
  const fetched = await Promise.race([fetching, late]).finally(() => clearTimeout(timer));
  return fetched.ok ? { ok: true, value: fetched.value.value } : fetched;
}

/** A token that is about to end is changed for a fresh one; where that fails, for whatever reason, somebody logs in anew. */
async function fetchToken(of: ClientCredentials, key: string, refused: string | null): Promise<Outcome<Token>> {
  const before = tokens.get(key)?.value;
  if (of.refreshUrl !== undefined && before !== undefined && before !== refused) {
    const headers = { 'user-agent': 'gatehouse', accept: 'application/json', authorization: `Bearer ${before}` };
    const secrets = [...secretsOf(of), before];
    const refreshed = takeToken(key, await sendRequest({ method: 'GET', url: of.refreshUrl, headers, timeoutMs: fetchTimeoutMs, maxBytes: maxTokenBytes, secrets, allowedNetworks: of.allowedNetworks }), of, secrets);
    if (refreshed.ok) return refreshed;
  }
  return of.sentAs === 'login' ? logIn(of, key) : requestToken(of, key);
}

async function logIn(of: ClientCredentials, key: string): Promise<Outcome<Token>> {
  const headers = { 'user-agent': 'gatehouse', accept: 'application/json', 'content-type': 'application/json' };
  const secrets = secretsOf(of);
  const body = JSON.stringify({ email: of.clientId, password: of.clientSecret });
  return takeToken(key, await sendRequest({ method: 'POST', url: of.tokenUrl, headers, body, timeoutMs: fetchTimeoutMs, maxBytes: maxTokenBytes, secrets, allowedNetworks: of.allowedNetworks }), of, secrets);
}

async function requestToken(of: ClientCredentials, key: string): Promise<Outcome<Token>> {
  const basic = basicAuthorization(of.clientId, of.clientSecret);
  const secrets = secretsOf(of);
  const form = new URLSearchParams({ ...(of.refreshToken === undefined ? { grant_type: 'client_credentials' } : { grant_type: 'refresh_token', refresh_token: of.refreshToken }), ...(of.sentAs === 'form' ? { client_id: of.clientId, client_secret: of.clientSecret } : {}) });
  const headers = { 'user-agent': 'gatehouse', accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...(of.sentAs === 'basic' ? { authorization: basic } : {}) };
  return takeToken(key, await sendRequest({ method: 'POST', url: of.tokenUrl, headers, body: form.toString(), timeoutMs: fetchTimeoutMs, maxBytes: maxTokenBytes, secrets, allowedNetworks: of.allowedNetworks }), of, secrets);
}

function takeToken(key: string, answer: Outcome<HttpAnswer>, of: ClientCredentials, secrets: readonly string[]): Outcome<Token> {
  if (!answer.ok) return answer;
  const fault = of.faultOf(answer.value, secrets);
  if (fault !== null) return { ok: false, error: fault };
  const read = readJson(answer.value, secrets);
  if (!read.ok) return read;
  const parsed = tokenAnswer.safeParse(read.value);
  // What was answered may be a token in another place, and is not shown.
  if (!parsed.success) return failure('unparseable', 'What was answered to the request for a token holds none.', '');
  const lifeMs = parsed.data.expires_in * 1000;
  const token = { value: parsed.data.access_token, endsMs: Date.now() + lifeMs - Math.min(marginMs, lifeMs / 2) };
  tokens.set(key, token);
  return { ok: true, value: token };
}

function secretsOf({ clientId, clientSecret, refreshToken }: ClientCredentials): string[] {
  return [clientId, clientSecret, basicAuthorization(clientId, clientSecret).slice('Basic '.length), ...(refreshToken === undefined ? [] : [refreshToken])];
}

/** With the credentials in it: who changed them must not go on with a token of the old ones. */
function keyOf({ connection, tokenUrl, clientId, clientSecret, refreshToken = '' }: ClientCredentials): string {
  return sha256(JSON.stringify([connection, tokenUrl, clientId, clientSecret, refreshToken]));
}

import type { Json } from '../../../lib/json.js';
import { readJson, type HttpAnswer } from '../http.js';
import { sendAuthorized, type ClientCredentials } from '../oauth.js';
import { notSent, withCode, type CarrierError, type CarrierOutcome } from './errors.js';

/** What an answer may hold at most: labels with customs papers have some 500 kB, a proof of delivery with a photo some MB. */
const maxBytes = 16 * 1024 * 1024;

/** Once this few milliseconds are left nothing new is begun. */
const leastMs = 50;

/** Credentials at a carrier whose errors have codes of its own. */
export interface CarrierCredentials extends ClientCredentials {
  faultOf(answer: HttpAnswer, secrets: readonly string[]): CarrierError | null;
}

export interface AuthorizedCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: Json | undefined;
}

/**
 * One call of a carrier's JSON API under a token by client credentials. Nothing is repeated but what a token that had ended
 * refused: who calls knows whether a call may be made twice.
 * @param endMs of `performance.now()`: when the time of the command is over
 */
export async function callAuthorized(credentials: CarrierCredentials, { method, url, headers, body }: AuthorizedCall, endMs: number): Promise<CarrierOutcome<unknown>> {
  const leftMs = Math.floor(endMs - performance.now());
  if (leftMs < leastMs) return { ok: false, error: { kind: 'unavailable', code: notSent, message: 'The time for this was over before everything was done.', raw: '' } };
  const sent = await sendAuthorized(credentials, {
    method, url, timeoutMs: leftMs, maxBytes, secrets: [],
    headers: { 'user-agent': 'gatehouse', accept: 'application/json', ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!sent.ok) return withCode(sent);
  const { answer, secrets } = sent.value;
  const error = credentials.faultOf(answer, secrets);
  if (error !== null) return { ok: false, error };
  const read = readJson(answer, secrets);
  return read.ok ? read : withCode(read);
}

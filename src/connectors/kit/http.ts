import type { ConnectorError, Outcome } from '../contract.js';
import { clip } from './text.js';

/**
 * The only place where connectors reach outside. Whatever goes wrong is an answer, never a throw, and
 * no secret of the request is in it.
 */
export interface HttpRequest {
  method: 'GET' | 'POST';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Milliseconds until the whole answer must be here. */
  timeoutMs: number;
  /** Bytes of the answer that are read at most. */
  maxBytes: number;
  /** Taken out of everything that is given back: keys, tokens, passwords. */
  secrets: readonly string[];
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  text: string;
}

const hidden = '[redacted]';
/** What is kept of an answer that was not understood. */
const maxRaw = 2_000;

/**
 * One request, one answer. A redirection is not followed: the key would go to whoever is named there.
 * Answers of any status are `ok`; `statusError` says what a status means.
 */
export async function sendRequest(request: HttpRequest): Promise<Outcome<HttpAnswer>> {
  const init: RequestInit = { method: request.method, headers: { ...request.headers }, redirect: 'manual', signal: AbortSignal.timeout(request.timeoutMs) };
  if (request.body !== undefined) init.body = request.body;
  try {
    const response = await fetch(request.url, init);
    const text = await readBounded(response, request.maxBytes);
    if (text === null) return failure('unparseable', `The answer is larger than ${request.maxBytes} bytes.`, '');
    return { ok: true, value: { status: response.status, headers: Object.fromEntries(response.headers), text } };
  } catch (error) {
    return failure('unavailable', networkFault(error as Error, request), '');
  }
}

/** Null where there is more than `maxBytes`. */
async function readBounded(response: Response, maxBytes: number): Promise<string | null> {
  if (response.body === null) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.byteLength;
    if (bytes > maxBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** What a status other than 2xx means, as every HTTP API means it; null for 2xx. */
export function statusError(answer: HttpAnswer, secrets: readonly string[]): ConnectorError | null {
  const { status } = answer;
  if (status >= 200 && status < 300) return null;
  const raw = redact(clip(answer.text, maxRaw), secrets);
  const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
  const waiting = retryAfter === undefined ? {} : { retryAfter };
  if (status === 429) return { kind: 'rate_limited', message: 'Too many requests (429).', raw, ...waiting };
  if (status === 401 || status === 403) return { kind: 'auth', message: `Refused (${status}).`, raw };
  if (status >= 500) return { kind: 'unavailable', message: `The server failed (${status}).`, raw, ...waiting };
  if (status >= 300 && status < 400) return { kind: 'invalid', message: `The address redirects (${status}) to ${redact(answer.headers['location'] ?? 'nowhere', secrets)}. Set the address that answers by itself.`, raw };
  return { kind: 'invalid', message: `Refused (${status}).`, raw };
}

/** `Retry-After` in seconds or as an HTTP date; undefined where it is neither. */
export function retryAfterSeconds(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim());
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - nowMs) / 1000));
}

/** The text without the secrets, as they are and as they stand in an address or in JSON. */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets.filter((secret) => secret.trim() !== '').flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length).reduce((clean, form) => clean.replaceAll(form, hidden), text);
}

export function failure(kind: ConnectorError['kind'], message: string, raw: string): { ok: false; error: ConnectorError } {
  return { ok: false, error: { kind, message, raw } };
}

/** Reads JSON that an API answered. */
export function readJson(answer: HttpAnswer, secrets: readonly string[]): Outcome<unknown> {
  try {
    return { ok: true, value: JSON.parse(answer.text) as unknown };
  } catch {
    return failure('unparseable', `The answer (${answer.status}) is no JSON.`, redact(clip(answer.text, maxRaw), secrets));
  }
}

function networkFault(error: Error, request: HttpRequest): string {
  if (error.name === 'TimeoutError') return `No answer within ${request.timeoutMs / 1000} s.`;
  const cause = error.cause as { code?: string; message?: string; errors?: Array<{ code?: string }> } | undefined;
  const code = cause?.code ?? cause?.errors?.[0]?.code;
  if (code === 'ECONNREFUSED') return 'The connection was refused: nothing listens at this address.';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'The name of the host is not known.';
  return redact(`The server cannot be reached (${code ?? cause?.message ?? error.name}).`, request.secrets);
}

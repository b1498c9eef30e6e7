import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ConnectorError, Outcome } from '../contract.js';
import { outsideUrl, pinnedLookup, RefusedAddress, type Resolve } from './addresses.js';
import { clip } from './text.js';

/**
 * The only place where connectors reach outside. Whatever goes wrong is an answer, never a throw, and
 * no secret of the request is in it.
 */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** Milliseconds until the whole answer must be here. */
  timeoutMs: number;
  /** Bytes of the answer that are read at most. */
  maxBytes: number;
  /** Taken out of everything that is given back: keys, tokens, passwords. */
  secrets: readonly string[];
  /** Networks beside the public internet that may be called; see `mayCall`. */
  allowedNetworks: readonly string[];
  /** How names are looked up; the system's way unless told. */
  resolve?: Resolve;
  /** Of a longer answer `maxBytes` are given, and what is compressed is given as it is: for who looks at the status alone. */
  beginningOnly?: boolean;
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  text: string;
  /** The same unread: files are no text. */
  bytes: Uint8Array;
}

const hidden = '[redacted]';
/** What is kept of an answer that was not understood. */
const maxRaw = 2_000;

/**
 * One request, one answer, to an address that was checked before anything is sent. A redirection is not
 * followed: the key would go to whoever is named there, and the address would be one that nobody checked.
 * Answers of any status are `ok`; `statusError` says what a status means.
 */
export async function sendRequest(request: HttpRequest): Promise<Outcome<HttpAnswer>> {
  const signal = AbortSignal.timeout(request.timeoutMs);
  try {
    const response = await unlessAborted(signal, answerOf(request, signal));
    if (request.beginningOnly !== true && (response.headers['content-encoding'] ?? 'identity') !== 'identity') {
      response.destroy();
      return failure('unparseable', 'The answer is compressed, which was not asked for.', '');
    }
    const bytes = await readBounded(response, request.maxBytes, request.beginningOnly === true);
    if (bytes === null) return failure('unparseable', `The answer is larger than ${request.maxBytes} bytes.`, '');
    return { ok: true, value: { status: response.statusCode!, headers: singleHeaders(response), text: bytes.toString('utf8'), bytes } };
  } catch (error) {
    if (error instanceof RefusedAddress) return failure('invalid', error.message, '');
    if (signal.aborted) return failure('unavailable', `No answer within ${request.timeoutMs / 1000} s.`, '');
    const failed = failure('unavailable', networkFault(error as NodeJS.ErrnoException, request), '');
    return isUnconnected(error as NodeJS.ErrnoException) ? { ok: false, error: { ...failed.error, notSent: true } } : failed;
  }
}

async function answerOf({ url: text, method, headers, body, allowedNetworks, resolve }: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const url = outsideUrl(text);
  const options: RequestOptions = {
    method, signal, lookup: await pinnedLookup(url, allowedNetworks, resolve),
    // Without an agent of its own a request could be sent over an open connection that was made to another address.
    agent: false,
    headers: { ...headers, 'accept-encoding': 'identity', ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
  };
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Looking a name up cannot be stopped; waiting for it can. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
  return Promise.race([work, aborted]);
}

/** Null where there is more than `maxBytes`, unless the beginning is enough. */
async function readBounded(response: IncomingMessage, maxBytes: number, beginningOnly: boolean): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    // Leaving the loop ends the connection.
    if (bytes > maxBytes && !beginningOnly) return null;
    parts.push(part);
    if (bytes > maxBytes) return Buffer.concat(parts).subarray(0, maxBytes);
  }
  return Buffer.concat(parts);
}

function singleHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]): Array<[string, string]> => (value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]])));
}

/** The value of `Authorization` for a user and a password (RFC 7617). */
export function basicAuthorization(user: string, password = ''): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** What a status other than 2xx means, as every HTTP API means it; null for 2xx. */
export function statusError(answer: Omit<HttpAnswer, 'bytes'>, secrets: readonly string[]): ConnectorError | null {
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

/** What the connection, or the name, failed with. */
const unconnected: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** No connection came about: one that stood and was lost says the same where a network goes away, and what was sent may have arrived. */
export function isUnconnected(error: NodeJS.ErrnoException): boolean {
  return error.syscall !== 'read' && error.syscall !== 'write' && unconnected.has(codeOf(error) ?? '');
}

function codeOf(error: NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] }): string | undefined {
  return error.code ?? error.errors?.[0]?.code;
}

function networkFault(error: NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] }, request: HttpRequest): string {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'The connection was refused: nothing listens at this address.';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'The name of the host is not known.';
  return redact(`The server cannot be reached (${code ?? error.message}).`, request.secrets);
}

import type { ConnectorError } from '../contract.js';
import { retryAfterSeconds, type HttpAnswer } from '../kit/http.js';
import { clip } from '../kit/text.js';

/** What is kept of an error of Odoo: its traceback is for the log there. */
const maxMessage = 500;

/** Odoo's exceptions by what can be done about them. Whatever is not here is `invalid`: calling again gives the same. */
const kinds: ReadonlyArray<[pattern: RegExp, kind: ConnectorError['kind']]> = [
  [/(^|\.)(AccessDenied|AccessError|SessionExpiredException|Unauthorized|Forbidden)$/, 'auth'],
  [/(^|\.)(LockNotAvailable|LockError|SerializationFailure|DeadlockDetected|ConcurrencyError|PoolError|InterfaceError|OperationalError|QueryCanceled)$/, 'unavailable'],
  [/(^|\.)TooManyRequests$/, 'rate_limited'],
];

/** Said of /jsonrpc as OperationalError, of which most pass by themselves; this one does not. */
const noDatabase = /database "?.*"? does not exist/;

/**
 * The error of Odoo in an answer: in `error.data` of /jsonrpc, which answers 200; as the body of
 * JSON-2, beside a status. Null where there is none.
 */
export function faultOf(answer: HttpAnswer): ConnectorError | null {
  const body = parsed(answer.text);
  if (body === null) return null;
  const inside = answer.status === 200 ? (body['error'] as Record<string, unknown> | undefined) : undefined;
  const data = inside === undefined ? (answer.status >= 400 ? body : null) : ((inside['data'] ?? inside) as Record<string, unknown>);
  if (data === null || typeof data['message'] !== 'string') return null;
  const name = typeof data['name'] === 'string' ? data['name'] : '';
  const message = clip(data['message'], maxMessage);
  const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
  return {
    kind: kindOf(name, message, answer.status),
    message: `Odoo: ${message}`,
    raw: JSON.stringify({ status: answer.status, name, message }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function kindOf(name: string, message: string, status: number): ConnectorError['kind'] {
  if (noDatabase.test(message)) return 'invalid';
  const known = kinds.find(([pattern]) => pattern.test(name))?.[1];
  if (known !== undefined) return known;
  if (status === 401 || status === 403) return 'auth';
  if (status === 429) return 'rate_limited';
  if (status === 409 || status === 502 || status === 503 || status === 504) return 'unavailable';
  return 'invalid';
}

/** The version in an answer of either probe; null where it is none of Odoo's. */
export function versionOf(text: string): { major: number; name: string } | null {
  const body = parsed(text);
  if (body === null) return null;
  const result = (typeof body['result'] === 'object' && body['result'] !== null ? body['result'] : body) as Record<string, unknown>;
  const name = result['server_serie'] ?? result['version'] ?? result['server_version'];
  // Odoo Online names its own: saas~18.2.
  const match = typeof name === 'string' ? /^(?:saas[~-])?(\d{1,3})\.(\d{1,3})/.exec(name) : null;
  return match === null ? null : { major: Number(match[1]), name: `${match[1]}.${match[2]}` };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

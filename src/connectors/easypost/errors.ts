import type { ConnectorError } from '../contract.js';
import type { CarrierError } from '../kit/booking/errors.js';
import { redact, retryAfterSeconds, statusError, type HttpAnswer } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';

/** EasyPost's error codes that mean other than their HTTP status does. All others go by the status. */
export const errorKinds: Readonly<Record<string, ConnectorError['kind']>> = {
  'APIKEY.INACTIVE': 'auth',
  'MODE.UNAUTHORIZED': 'auth',
  'USER.INACTIVE': 'auth',
  RATE_LIMITED: 'rate_limited',
  'REQUEST.TIMEOUT': 'unavailable',
  SERVICE_UNAVAILABLE: 'unavailable',
  'INTERNAL_SERVER_ERROR': 'unavailable',
};

/** Said of a shipment whose postage was bought already. */
export const boughtAlready = 'SHIPMENT.POSTAGE.EXISTS';

/**
 * The error in an answer, null for 2xx: `{"error": {"code", "message", "errors"}}`. `errors` is a list of
 * texts or of `{field, message}`; `message` may be a list or an object, too.
 */
export function faultOf(answer: HttpAnswer, secrets: readonly string[]): CarrierError | null {
  const byStatus = statusError(answer, secrets);
  if (byStatus === null) return null;
  const stated = statedError(answer.text);
  if (stated === null) return { ...byStatus, ...kindOfStatus(answer.status, byStatus), code: null };
  const details = stated.details.length === 0 ? '' : ` (${stated.details.join('; ')})`;
  const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
  return {
    kind: rowOf(errorKinds, stated.code) ?? kindOfStatus(answer.status, byStatus).kind,
    code: stated.code,
    message: redact(clip(`EasyPost: ${stated.message}${details} [${stated.code}]`, 500), secrets),
    raw: byStatus.raw,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function kindOfStatus(status: number, byStatus: ConnectorError): Pick<ConnectorError, 'kind'> {
  return { kind: status === 408 || status === 425 ? 'unavailable' : byStatus.kind };
}

function statedError(text: string): { code: string; message: string; details: string[] } | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  const error = (body as { error?: unknown } | null)?.error;
  if (typeof error !== 'object' || error === null) return null;
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown };
  return { code: typeof code === 'string' ? code : 'UNKNOWN', message: typeof message === 'string' ? message : JSON.stringify(message ?? ''), details: Array.isArray(errors) ? errors.slice(0, 10).map(wordsOf) : [] };
}

function wordsOf(detail: unknown): string {
  if (typeof detail === 'string') return detail;
  const { field, message } = (detail ?? {}) as { field?: unknown; message?: unknown };
  return [field, message].filter((part) => typeof part === 'string').join(' ');
}

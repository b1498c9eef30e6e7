import type { ConnectorError } from '../contract.js';
import { withCode, type CarrierError } from '../kit/booking/errors.js';
import { redact, retryAfterSeconds, statusError, type HttpAnswer } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';

/** FedEx's error codes that mean other than their HTTP status does. All others go by the status. */
export const errorKinds: Readonly<Record<string, ConnectorError['kind']>> = {
  'NOT.AUTHORIZED.ERROR': 'auth',
  'FORBIDDEN.ERROR': 'auth',
  'LOGIN.REAUTHENTICATE.ERROR': 'auth',
  'SHIPMENT.USER.UNAUTHORIZED': 'auth',
  'UNAUTHORIZED.USAGE': 'auth',
  'INTERNAL.SERVER.ERROR': 'unavailable',
  'SERVICE.UNAVAILABLE.ERROR': 'unavailable',
  'SYSTEM.UNAVAILABLE.EXCEPTION': 'unavailable',
  'SYSTEM.UNEXPECTED.ERROR': 'unavailable',
  'TRACKING.CUSTOMCRITICAL.ERROR': 'unavailable',
};

/** Said where nothing is known under a tracking number or a reference. */
export const notTracked: ReadonlySet<string> = new Set(['TRACKING.TRACKINGNUMBER.NOTFOUND', 'TRACKING.REFERENCENUMBER.NOTFOUND', 'TRACKING.TCN.NOTFOUND', 'TRACKING.DATA.NOTFOUND']);
/** Said of a shipment that was cancelled before. Second-hand. */
export const cancelledAlready: ReadonlySet<string> = new Set(['SHIPMENT.ALREADY.CANCELLED', 'SHIPMENT.CANCELLED.ALREADY']);

/** The error in an answer, null for 2xx: `{"errors": [{"code", "message"}]}`. */
export function faultOf(answer: HttpAnswer, secrets: readonly string[]): CarrierError | null {
  const byStatus = statusError(answer, secrets);
  if (byStatus === null) return null;
  const kind = answer.status === 408 || answer.status === 425 ? 'unavailable' : byStatus.kind;
  const stated = statedErrors(answer.text);
  const [first] = stated;
  if (first === undefined) return withCode({ ok: false, error: { ...byStatus, kind } }).error;
  const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
  return {
    // A throttled call is refused with 429 whatever its code says.
    kind: answer.status === 429 ? 'rate_limited' : (rowOf(errorKinds, first.code) ?? kind),
    code: first.code,
    message: redact(clip(`FedEx: ${stated.map(({ code, message }) => `${message} [${code}]`).join('; ')}`, 500), secrets),
    raw: byStatus.raw,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function statedErrors(text: string): Array<{ code: string; message: string }> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return [];
  }
  const errors = (body as { errors?: unknown } | null)?.errors;
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, 10).map((each) => {
    const { code, message } = (each ?? {}) as { code?: unknown; message?: unknown };
    return { code: typeof code === 'string' ? code : 'UNKNOWN', message: typeof message === 'string' ? message : 'It does not say what' };
  });
}

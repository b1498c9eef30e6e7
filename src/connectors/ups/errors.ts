import type { ConnectorError } from '../contract.js';
import { withCode, type CarrierError } from '../kit/booking/errors.js';
import { redact, retryAfterSeconds, statusError, type HttpAnswer } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';

/** UPS's error codes that mean other than their HTTP status does. All others go by the status. */
export const errorKinds: Readonly<Record<string, ConnectorError['kind']>> = {
  UJ0001: 'auth',
  '250001': 'auth',
  '250002': 'auth',
  '250003': 'auth',
  '250004': 'auth',
  '250005': 'auth',
  '250006': 'auth',
  '250007': 'auth',
  '250009': 'auth',
  '251004': 'auth',
  '10400': 'auth',
  '10401': 'auth',
  '10403': 'auth',
  '10429': 'rate_limited',
  '10004': 'unavailable',
  '20001': 'unavailable',
  '190001': 'unavailable',
  '190002': 'unavailable',
  '300000': 'unavailable',
  VSS100: 'unavailable',
};

/** Said of a shipment that was voided before. */
export const voidedAlready = '190117';
/** Said where no shipment has the reference or number that is looked for. */
export const noSuchShipment = '300007';
/** Said where a label is looked for whose shipment was voided. */
export const labelOfVoided = '300033';
/** Said of a tracking number that is not known, as a warning in an answer, or with 404. */
export const notTracked: ReadonlySet<string> = new Set(['TW0001', '151018', '151044', '152101']);

/** The error in an answer, null for 2xx: `{"response": {"errors": [{"code", "message"}]}}`. */
export function faultOf(answer: HttpAnswer, secrets: readonly string[]): CarrierError | null {
  const byStatus = statusError(answer, secrets);
  if (byStatus === null) return null;
  const stated = statedErrors(answer.text);
  const [first] = stated;
  if (first === undefined) return withCode({ ok: false, error: { ...byStatus, kind: kindOfStatus(answer.status, byStatus) } }).error;
  const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
  return {
    kind: rowOf(errorKinds, first.code) ?? kindOfStatus(answer.status, byStatus),
    code: first.code,
    message: redact(clip(`UPS: ${stated.map(({ code, message }) => `${message} [${code}]`).join('; ')}`, 500), secrets),
    raw: byStatus.raw,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function kindOfStatus(status: number, byStatus: ConnectorError): ConnectorError['kind'] {
  return status === 408 || status === 425 ? 'unavailable' : byStatus.kind;
}

function statedErrors(text: string): Array<{ code: string; message: string }> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return [];
  }
  const errors = (body as { response?: { errors?: unknown } | null } | null)?.response?.errors;
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, 10).map((each) => {
    const { code, message } = (each ?? {}) as { code?: unknown; message?: unknown };
    return { code: typeof code === 'string' || typeof code === 'number' ? String(code) : 'UNKNOWN', message: typeof message === 'string' ? message : 'It does not say what' };
  });
}

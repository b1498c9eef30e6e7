import type { ConnectorError } from '../contract.js';
import type { CarrierError } from '../kit/booking/errors.js';
import { redact, retryAfterSeconds, statusError, type HttpAnswer } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';

/** ShipEngine's error codes that mean other than their HTTP status does. All others go by the status. */
export const errorKinds: Readonly<Record<string, ConnectorError['kind']>> = {
  unauthorized: 'auth',
  forbidden: 'auth',
  subscription_inactive: 'auth',
  trial_expired: 'auth',
  terms_not_accepted: 'auth',
  rate_limit_exceeded: 'rate_limited',
  timeout: 'unavailable',
  meter_failure: 'unavailable',
};

/** Said where another object has this identifier already. */
export const identifierConflict = 'identifier_conflict';

/** The error in an answer, null for 2xx: `{"request_id", "errors": [{error_source, error_type, error_code, message, carrier_code?, field_name?}]}`. */
export function faultOf(answer: HttpAnswer, secrets: readonly string[]): CarrierError | null {
  const byStatus = statusError(answer, secrets);
  if (byStatus === null) return null;
  const kind = answer.status === 408 || answer.status === 425 ? 'unavailable' : byStatus.kind;
  const stated = statedErrors(answer.text);
  if (stated.length === 0) return { ...byStatus, kind, code: null };
  const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
  const words = stated.slice(0, 10).map((each) => [each.carrier_code, each.field_name, each.message].filter((part) => typeof part === 'string' && part !== '').join(' ')).join('; ');
  const code = stated.map((each) => each.error_code).find((each): each is string => typeof each === 'string') ?? 'unspecified';
  return {
    kind: rowOf(errorKinds, code) ?? kind, code, message: redact(clip(`ShipEngine: ${words} [${clip(code, 60)}]`, 500), secrets), raw: byStatus.raw,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function statedErrors(text: string): Array<Record<string, unknown>> {
  try {
    const errors = (JSON.parse(text) as { errors?: unknown } | null)?.errors;
    return Array.isArray(errors) ? errors.filter((each): each is Record<string, unknown> => typeof each === 'object' && each !== null) : [];
  } catch {
    return [];
  }
}

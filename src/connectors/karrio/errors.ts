import type { ConnectorError } from '../contract.js';
import type { CarrierError } from '../kit/booking/errors.js';
import { redact, retryAfterSeconds, statusError, type HttpAnswer } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';

/** Karrio's own error codes that mean other than their HTTP status does. All others, carriers' codes among them, go by the status. */
export const errorKinds: Readonly<Record<string, ConnectorError['kind']>> = {
  authentication_required: 'auth',
  invalid_token: 'auth',
  not_authenticated: 'auth',
  permission_denied: 'auth',
  throttled: 'rate_limited',
  // What Karrio's call to the carrier ended in, where the carrier gave no answer that it could read.
  SHIPPING_SDK_INTERNAL_ERROR: 'unavailable',
};

/** Said of what Karrio does not have. */
export const notFound = 'not_found';

/** Code of a failure inside of Karrio, also one behind whose back the carrier may have done what was asked for. */
export const failedInside = 'FAILED_INSIDE';

/**
 * The error in an answer, null for 2xx: `{"errors": [{code, message, details, level}]}` of Karrio itself, `{"messages": [{carrier_name, code,
 * message, …}]}` with 424 of carriers. A 500 is an exception of Karrio's own; what stands before it (a proxy) says 502 to 504.
 */
export function faultOf(answer: HttpAnswer, secrets: readonly string[]): CarrierError | null {
  const byStatus = statusError(answer, secrets);
  if (byStatus === null) return null;
  const byNumber = answer.status === 408 || answer.status === 425 ? 'unavailable' : byStatus.kind;
  const stated = statedErrors(answer.text);
  const codes = stated.map((each) => each['code']).filter((each): each is string => typeof each === 'string');
  // Of several carriers one may have said what is wrong: only where all failed, another attempt may help.
  const kinds = new Set(codes.map((code) => rowOf(errorKinds, code) ?? byNumber));
  const kind = answer.status < 500 && kinds.size === 1 ? [...kinds][0]! : byNumber;
  const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
  const words = stated.slice(0, 10).map(wordsOf).filter((each) => each !== '').join('; ');
  const isInside = answer.status === 500 || codes.includes('SHIPPING_SDK_INTERNAL_ERROR');
  return {
    kind, code: isInside ? failedInside : (codes[0] ?? null), message: words === '' ? byStatus.message : redact(clip(`Karrio: ${words}`, 500), secrets), raw: byStatus.raw,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function wordsOf({ carrier_name: carrier, message, details, code }: Record<string, unknown>): string {
  const words = typeof message === 'string' && message !== '' ? message : typeof details === 'object' && details !== null ? JSON.stringify(details).slice(0, 300) : '';
  return [carrier, words, typeof code === 'string' && code !== '' ? `[${clip(code, 60)}]` : ''].filter((part) => typeof part === 'string' && part !== '').join(' ');
}

function statedErrors(text: string): Array<Record<string, unknown>> {
  try {
    const answer = JSON.parse(text) as { errors?: unknown; messages?: unknown } | null;
    const stated = Array.isArray(answer?.errors) ? answer.errors : answer?.messages;
    return Array.isArray(stated) ? stated.filter((each): each is Record<string, unknown> => typeof each === 'object' && each !== null) : [];
  } catch {
    return [];
  }
}

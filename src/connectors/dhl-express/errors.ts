import type { ConnectorError } from '../contract.js';
import { withCode, type CarrierError } from '../kit/booking/errors.js';
import { redact, retryAfterSeconds, statusError, type HttpAnswer } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';

/** The numbers before DHL's words that mean other than the HTTP status does. All others go by the status. 999: a process failure. */
export const errorKinds: Readonly<Record<string, ConnectorError['kind']>> = { '999': 'unavailable' };

/** Said where no product goes that way. Second-hand: not in DHL's published file. */
export const noProduct = '996';
/** Stands for the code where DHL says in its own words that nothing is known; a wrong address says 404 in others. */
export const notFound = 'NOT_FOUND';
const notFoundWords = /no(t)? data found|no shipments? found|pickup (was )?not found/i;

/** The error in an answer, null for 2xx: `{"title", "detail": "7008: …", "message", "status"}`. */
export function faultOf(answer: HttpAnswer, secrets: readonly string[]): CarrierError | null {
  const byStatus = statusError(answer, secrets);
  if (byStatus === null) return null;
  const kind = answer.status === 408 || answer.status === 425 ? 'unavailable' : byStatus.kind;
  const words = statedWords(answer.text);
  if (words === '') return withCode({ ok: false, error: { ...byStatus, kind } }).error;
  const code = /^(\d{3,8}):/.exec(words)?.[1] ?? (answer.status === 404 && notFoundWords.test(words) ? notFound : null);
  const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
  return {
    // A throttled call is refused with 429 whatever its words are.
    kind: answer.status === 429 ? 'rate_limited' : (rowOf(errorKinds, code ?? '') ?? kind),
    code, message: redact(clip(`DHL Express: ${words}`, 500), secrets), raw: byStatus.raw, ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function statedWords(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return '';
  }
  const { detail, title, message, additionalDetails, reasons } = (body ?? {}) as Record<string, unknown>;
  const main = [detail, message, title].find((each): each is string => typeof each === 'string' && each.trim() !== '');
  const further = (Array.isArray(additionalDetails) ? additionalDetails : []).filter((each): each is string => typeof each === 'string');
  const denied = (Array.isArray(reasons) ? reasons : []).map((each) => (each as { msg?: unknown } | null)?.msg).filter((each): each is string => typeof each === 'string');
  return [...(main === undefined ? [] : [main.trim()]), ...further.slice(0, 10), ...denied.slice(0, 10)].join('; ');
}

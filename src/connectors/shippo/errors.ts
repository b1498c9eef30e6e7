import type { CarrierError } from '../kit/booking/errors.js';
import { redact, retryAfterSeconds, statusError, type HttpAnswer } from '../kit/http.js';
import { clip } from '../kit/text.js';

/**
 * The error in an answer, null for 2xx. Shippo has no codes: it answers `{"detail": "…"}`, or texts by field,
 * `{"rate": ["…"], "__all__": ["…"]}`, at any depth. What it means is the HTTP status.
 */
export function faultOf(answer: HttpAnswer, secrets: readonly string[]): CarrierError | null {
  const byStatus = statusError(answer, secrets);
  if (byStatus === null) return null;
  const kind = answer.status === 408 || answer.status === 425 ? 'unavailable' : byStatus.kind;
  const words = statedWords(answer.text);
  const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
  return { kind, code: null, message: words === '' ? byStatus.message : redact(clip(`Shippo: ${words}`, 500), secrets), raw: byStatus.raw, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

function statedWords(text: string): string {
  try {
    return wordsOf(JSON.parse(text), 0).slice(0, 10).join('; ');
  } catch {
    return '';
  }
}

function wordsOf(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null || depth > 4) return [];
  if (Array.isArray(value)) return value.slice(0, 10).flatMap((each) => wordsOf(each, depth + 1));
  return Object.entries(value).slice(0, 20).flatMap(([field, each]) => wordsOf(each, depth + 1).map((word) => (field === 'detail' || field === '__all__' || depth > 0 ? word : `${clip(field, 40)}: ${word}`)));
}

import { z } from 'zod';
import type { ConnectorError } from '../contract.js';
import { redact, statusError, type HttpAnswer } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';
import { errorKinds } from './codes.js';

/** `{"errors": [{"code", "message"}]}` of the API, `{"error", "error_description"}` of Login with Amazon. */
const stated = z.union([
  z.looseObject({ errors: z.array(z.looseObject({ code: z.string(), message: z.string().nullish().catch(null), details: z.string().nullish().catch(null) })).min(1) }).transform(({ errors }) => errors),
  z.looseObject({ error: z.string(), error_description: z.string().nullish().catch(null) }).transform(({ error, error_description: message }) => [{ code: error, message, details: null }]),
]);

/** Seconds, where Amazon says nothing of how long. */
const throttledSeconds = 60;

/** The error in an answer; null for 2xx. Amazon limits each operation by itself: what was too much of one stops no other. */
export function faultOf(answer: HttpAnswer, secrets: readonly string[]): ConnectorError | null {
  const byStatus = statusError(answer, secrets);
  if (byStatus === null) return null;
  if (answer.status === 429) return { ...byStatus, retryAfter: byStatus.retryAfter ?? throttledSeconds, onlyThisCommand: true };
  const parsed = stated.safeParse(parsedJson(answer.text));
  if (!parsed.success) return byStatus;
  const said = parsed.data.slice(0, 5);
  const kind = answer.status >= 500 ? byStatus.kind : (rowOf(errorKinds, said[0]!.code) ?? byStatus.kind);
  return { ...byStatus, kind, message: redact(clip(`Amazon: ${said.map(({ code, message, details }) => `${message ?? 'no words'}${details == null || details === '' ? '' : ` (${details})`} [${code}]`).join('; ')}`, 500), secrets) };
}

/**
 * Whether a confirmation was refused because there is nothing left to send: Amazon then says that it finds no package to
 * update, or that the order was fulfilled already.
 */
export function isNothingLeft(error: ConnectorError): boolean {
  return error.kind === 'invalid' && /PackageToUpdateNotFound|already (been )?fulfilled|already (been )?shipped/i.test(`${error.message} ${error.raw}`);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

import type { ConnectorError, Outcome } from '../../contract.js';
import { failure } from '../http.js';

/** An error with the carrier's own code, where it gives one. */
export interface CarrierError extends ConnectorError {
  code: string | null;
}

export type CarrierOutcome<T> = { ok: true; value: T } | { ok: false; error: CarrierError };

/** A failure without a code of the carrier. */
export function refused(kind: ConnectorError['kind'], message: string, raw = ''): { ok: false; error: CarrierError } {
  return withCode(failure(kind, message, raw));
}

export function withCode({ error }: { ok: false; error: ConnectorError }): { ok: false; error: CarrierError } {
  const { notSent: isNotSent, ...rest } = error;
  return { ok: false, error: { ...rest, code: isNotSent === true ? notSent : null } };
}

/** As the engine takes it, without the carrier's own code. */
export function withoutCode({ code: _, ...error }: CarrierError): Extract<Outcome<never>, { ok: false }> {
  return { ok: false, error };
}

/** Whether the same call may succeed later. */
export function mayPass(error: ConnectorError): boolean {
  return error.kind === 'unavailable' || error.kind === 'rate_limited' || error.kind === 'auth';
}

/** Code of a call that was not made: its command's time was over, nobody listened, or there was no token for it. */
export const notSent = 'NOT_SENT';

/** Whether what was asked for may have been done all the same: no answer, a server that failed, an answer that nobody can read. */
export function mayHaveHappened(error: CarrierError): boolean {
  return error.code !== notSent && (error.kind === 'unavailable' || error.kind === 'unparseable');
}

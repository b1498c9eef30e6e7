/**
 * The database is away, busy or refuses work for now: the same statement may succeed later. By SQLSTATE
 * class (connection, transaction, resources, operator, system) or Node's errno; the pool's own errors
 * and those of a cut connection have no code.
 */
export function isOutage(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  if (error instanceof TypeError) return false; // a mistake of ours, whatever words are in it
  if (typeof code === 'string') return /^(08|25|40|53|55|57|58|E[A-Z]{3})/.test(code);
  return /connect|terminat|closed|timeout/i.test(message ?? '');
}

/** The statement's values are at fault (out of range, too long, against a constraint): it will never succeed. */
export function isDataFault(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(22|23|54)/.test(code);
}

/** A text holds what PostgreSQL cannot store: the character NUL, as text or within JSON. */
export function isUnstorableText(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === '22021' || code === '22P05';
}

/** The database ended the statement because it took longer than `statement_timeout`. */
export function isStatementTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '57014';
}

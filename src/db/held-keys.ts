import type { QueryId } from 'kysely';

const keysOfStatements = new WeakMap<QueryId, readonly string[]>();

/**
 * Says of a statement that an outsider asks for it: on PostgreSQL it then runs as the outsiders' role, and
 * row-level security shows it what these keys open (`party:<uuid>` and the like).
 */
export function holdKeys(statement: QueryId, keys: readonly string[]): void {
  keysOfStatements.set(statement, keys);
}

/** Undefined: nobody from outside asks for it. */
export function heldKeys(statement: QueryId): readonly string[] | undefined {
  return keysOfStatements.get(statement);
}

import { sql, type RawBuilder } from 'kysely';

/** `= any(...)` of UUIDs, as one parameter whatever their number. */
export function anyOf(ids: readonly string[]): RawBuilder<string> {
  return sql<string>`any(${[...ids]}::uuid[])`;
}

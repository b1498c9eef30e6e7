import { sql } from 'kysely';
import type { CodeOverride } from '../../../model/mapping.js';
import type { Queryable } from '../../engine.js';

/** What holds for the messages of a connection beside its settings, as of this transaction: not from a cache, so that what is applied holds from then on. */
export interface ReadingRules {
  overrides: readonly CodeOverride[];
  /** What it reports is kept apart and has no effect. */
  shadow: boolean;
  /** Whose it is, or was before it was removed; null where there never was one. */
  company: string | null;
}

const none: ReadingRules = { overrides: [], shadow: false, company: null };

export async function readingRules(db: Queryable, connections: readonly string[]): Promise<(connection: string) => ReadingRules> {
  const { rows } = await sql<{ id: string; shadow: boolean; company: string; overrides: CodeOverride[] | null }>`
    select c.id, c.shadow, c.company, (select json_agg(json_build_object('rawCode', o.raw_code, 'rawReason', o.raw_reason, 'code', o.code, 'classifier', o.classifier, 'exceptionClass', o.exception_class))
      from code_override o where o.connection = c.id and o.stage = 'APPLIED') as overrides
    from connection c where c.id = any(${[...connections]}::text[])`.execute(db);
  const found = new Map(rows.map(({ id, shadow, company, overrides }): [string, ReadingRules] => [id, { shadow, company, overrides: overrides ?? [] }]));
  return (connection) => found.get(connection) ?? none;
}

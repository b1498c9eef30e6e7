import { sql } from 'kysely';
import { compareText } from '../../../lib/compare.js';
import type { UnmappedCode } from '../../../model/mapping.js';
import type { Queryable, Transaction } from '../../engine.js';

/** A message with the codes in it that are mapped nowhere. */
export interface CodesOfMessage {
  connection: string;
  rawId: string;
  /** ISO instant. */
  receivedAt: string;
  codes: readonly UnmappedCode[];
}

/** Counts codes that no table knows: each once for a message, when it is read for the first time. */
export async function countUnmapped(tx: Transaction, messages: readonly CodesOfMessage[]): Promise<void> {
  const counts = new Map<string, Counted>();
  for (const { connection, rawId, receivedAt, codes } of messages) {
    for (const { rawCode, rawReason } of codes) {
      const key = JSON.stringify([connection, rawCode, rawReason]);
      const row = counts.get(key) ?? { connection, raw_code: rawCode, raw_reason: rawReason, messages: 0, first_at: receivedAt, last_at: receivedAt, raw_id: rawId };
      counts.set(key, { ...row, messages: row.messages + 1, first_at: receivedAt < row.first_at ? receivedAt : row.first_at, ...(receivedAt >= row.last_at ? { last_at: receivedAt, raw_id: rawId } : {}) });
    }
  }
  if (counts.size === 0) return;
  // In one order everywhere, so that two decoders wait instead of deadlocking.
  const rows = (await withinBound(tx, [...counts.values()])).sort((a, b) => compareText(JSON.stringify([a.connection, a.raw_code, a.raw_reason]), JSON.stringify([b.connection, b.raw_code, b.raw_reason])));
  await tx.insertInto('unmapped_code').values(rows).onConflict((c) => c.columns(['connection', 'raw_code', 'raw_reason']).doUpdateSet({
    messages: sql`unmapped_code.messages + excluded.messages`, first_at: sql`least(unmapped_code.first_at, excluded.first_at)`, last_at: sql`greatest(unmapped_code.last_at, excluded.last_at)`,
    raw_id: sql`case when excluded.last_at >= unmapped_code.last_at then excluded.raw_id else unmapped_code.raw_id end`,
  })).execute();
}

/** Codes of one connection that are told apart: a sender whose codes are without end must not fill the table. */
export const maxUnmapped = 1_000;
/** Under which those that came when there were so many are counted together. */
export const otherCodes = '(other codes)';

interface Counted {
  connection: string;
  raw_code: string;
  raw_reason: string;
  messages: number;
  first_at: string;
  last_at: string;
  raw_id: string;
}

/** What may stand in the table: codes that stand there, new ones while there is room, and the rest as one. Decoders that count at the same instant may each fill what room there is. */
async function withinBound(tx: Transaction, rows: readonly Counted[]): Promise<Counted[]> {
  const connections = [...new Set(rows.map((row) => row.connection))];
  const { rows: known } = await sql<{ connection: string; count: number; codes: string[] }>`
    select u.connection, count(*)::int as count, coalesce(json_agg(u.raw_code || e'\n' || u.raw_reason) filter (where (u.connection, u.raw_code, u.raw_reason) in (select * from unnest(${rows.map((row) => row.connection)}::text[], ${rows.map((row) => row.raw_code)}::text[], ${rows.map((row) => row.raw_reason)}::text[]))), '[]') as codes
    from unmapped_code u where u.connection = any(${connections}::text[]) group by 1`.execute(tx);
  const standing = new Map(known.map((row) => [row.connection, { room: maxUnmapped - row.count, codes: new Set(row.codes) }]));
  const others = new Map<string, Counted>();
  const within = rows.filter((row) => {
    const at = standing.get(row.connection) ?? { room: maxUnmapped, codes: new Set<string>() };
    standing.set(row.connection, at);
    // A sender may write the very words: two rows of one name cannot be written together.
    const isNamed = row.raw_code !== otherCodes;
    if (isNamed && (at.codes.has(`${row.raw_code}\n${row.raw_reason}`) || at.room-- > 0)) return true;
    const other = others.get(row.connection);
    const isLater = other === undefined || row.last_at >= other.last_at;
    others.set(row.connection, { ...(isLater ? row : other), raw_code: otherCodes, raw_reason: '', messages: row.messages + (other?.messages ?? 0), first_at: other !== undefined && other.first_at < row.first_at ? other.first_at : row.first_at });
    return false;
  });
  return [...within, ...others.values()];
}

export interface CountedCode extends UnmappedCode {
  connection: string;
  messages: number;
  firstAt: string;
  lastAt: string;
  /** The last message that carried it. */
  rawId: string;
}

/**
 * Codes that are still mapped nowhere, those of the most messages first.
 * @param of.companies whose connections; `*` for all
 */
export async function listUnmapped(db: Queryable, of: { connection?: string | undefined; companies: readonly string[] | '*' | 'none'; limit: number }): Promise<CountedCode[]> {
  const { rows } = await sql<CountedCode>`
    select u.connection, u.raw_code as "rawCode", u.raw_reason as "rawReason", u.messages, u.first_at as "firstAt", u.last_at as "lastAt", u.raw_id as "rawId"
    from unmapped_code u join connection c on c.id = u.connection
    where ${of.connection === undefined ? sql`true` : sql`u.connection = ${of.connection}`}
      and ${of.companies === '*' ? sql`true` : sql`c.company = any(${of.companies === 'none' ? [] : [...of.companies]}::text[])`}
      and not exists (select 1 from code_override o where o.connection = u.connection and o.stage = 'APPLIED' and o.raw_code in (u.raw_code, '*') and o.raw_reason in (u.raw_reason, '')
        and (o.raw_code <> '*' or o.raw_reason <> ''))
    order by u.messages desc, u.connection, u.raw_code, u.raw_reason limit ${of.limit}`.execute(db);
  return rows;
}

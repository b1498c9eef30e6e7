import { sql } from 'kysely';
import type { Database, Transaction } from '../db/database.js';
import { instant } from '../lib/clock.js';
import { rotated, type DataKeys, type Purpose } from './data-keys.js';
import { SecretBox } from './secret-box.js';

/** Bodies of messages stand in memory together. */
const batchSize = 50;

/** One column of sealed values, with what each is bound to. */
interface SealedColumn {
  purpose: Purpose;
  table: string;
  id: 'id' | 'kid';
  column: string;
  /** Expression for the purpose that a value was sealed for. */
  boundTo: string;
  isBytes: boolean;
}

const columns: readonly SealedColumn[] = [
  { purpose: 'secrets', table: 'connection_secret', id: 'id', column: 'ciphertext', boundTo: `connection || '/' || name`, isBytes: false },
  { purpose: 'secrets', table: 'webhook_secret', id: 'id', column: 'ciphertext', boundTo: `'webhook/' || endpoint`, isBytes: false },
  { purpose: 'secrets', table: 'signing_key', id: 'kid', column: 'private_ciphertext', boundTo: `'signing-key'`, isBytes: false },
  { purpose: 'personal', table: 'personal_data', id: 'id', column: 'sealed', boundTo: `'personal/' || id`, isBytes: false },
  { purpose: 'personal', table: 'party', id: 'id', column: 'sealed', boundTo: `'personal/' || personal_data_id`, isBytes: false },
  { purpose: 'personal', table: 'shop_order', id: 'id', column: 'sealed', boundTo: `'personal/' || personal_data_id`, isBytes: false },
  { purpose: 'raw', table: 'inbox', id: 'id', column: 'body', boundTo: `'raw/' || id`, isBytes: true },
  { purpose: 'raw', table: 'command', id: 'id', column: 'input', boundTo: `'command/' || id`, isBytes: true },
  { purpose: 'raw', table: 'command', id: 'id', column: 'input_digest', boundTo: `'command-digest/' || id`, isBytes: true },
  { purpose: 'raw', table: 'command', id: 'id', column: 'memory', boundTo: `'command-memory/' || id`, isBytes: true },
  { purpose: 'raw', table: 'command_attempt', id: 'id', column: 'raw', boundTo: `'command-attempt/' || id`, isBytes: true },
  { purpose: 'raw', table: 'webhook_attempt', id: 'id', column: 'answer', boundTo: `'webhook-attempt/' || id`, isBytes: true },
  { purpose: 'raw', table: 'document_content', id: 'id', column: 'content', boundTo: `'document/' || id`, isBytes: true },
];

/**
 * An old key is kept for so long after the new one is used, ms. Until then something may still come to stand under
 * it: of a process whose clock is behind or that could not read the keys, or of a transaction that had not ended.
 * Without its key it could never be opened again.
 */
export const settlingMs = 3_600_000;

/**
 * Encrypts everything anew that stands under another key than the current one of its purpose, and once that one
 * has been used for `settlingMs` forgets the others. Cut short, it goes on where it was.
 */
export async function* reencrypt(database: Database, keys: DataKeys): AsyncIterable<string> {
  for (const purpose of rotated) {
    // Again until nothing is found: others seal meanwhile.
    while ((yield* reencryptPurpose(database, keys, purpose)) > 0);
    const current = keys.box(purpose).keyId;
    const old = keys.idsOf(purpose).filter((id) => id !== current);
    const settledMs = keys.activeFromMs(purpose) + settlingMs;
    if (old.length > 0 && Date.now() < settledMs) {
      yield `${purpose}: everything stands under key ${current}. Run this again after ${instant(settledMs)} to forget ${old.join(', ')}.`;
      continue;
    }
    for (const id of old) await keys.remove(id);
    yield `${purpose}: key ${current} alone is used.`;
  }
}

/** @returns how many values stood under another key */
async function* reencryptPurpose(database: Database, keys: DataKeys, purpose: Purpose): AsyncGenerator<string, number> {
  let total = 0;
  for (const column of columns.filter((each) => each.purpose === purpose)) {
    let count = 0;
    for (let after: string | null = null; ; ) {
      const page: Page = await database.transaction((tx) => reencryptPage(tx, keys.box(purpose), column, after));
      count += page.count;
      if (page.count > 0) yield `${column.table}: ${count} encrypted anew`;
      if (page.last === null) break;
      after = page.last;
    }
    total += count;
  }
  return total;
}

interface Page {
  count: number;
  /** Where the next page begins; null: this was the last. */
  last: string | null;
}

async function reencryptPage(tx: Transaction, box: SecretBox, { table, id, column, boundTo, isBytes }: SealedColumn, after: string | null): Promise<Page> {
  const { rows } = await sql<{ id: string; value: string | Uint8Array; bound_to: string }>`
    select ${sql.ref(id)}::text as id, ${sql.ref(column)} as value, ${sql.raw(boundTo)} as bound_to from ${sql.table(table)}
    where ${sql.ref(column)} is not null and ${after === null ? sql`true` : sql`${sql.ref(id)} > ${after}`} order by ${sql.ref(id)} limit ${sql.lit(batchSize)} for update`.execute(tx);
  let count = 0;
  for (const row of rows) {
    if (keyIdOf(row.value) === box.keyId) continue;
    const value = isBytes ? box.sealBytes(box.openBytes(row.value as Uint8Array, row.bound_to), row.bound_to) : box.seal(box.open(row.value as string, row.bound_to), row.bound_to);
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${value} where ${sql.ref(id)} = ${row.id}`.execute(tx);
    count++;
  }
  return { count, last: rows.length < batchSize ? null : rows.at(-1)!.id };
}

function keyIdOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? SecretBox.keyIdOf(value) : Buffer.from(value).toString('hex', 1, 5);
}

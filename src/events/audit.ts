import { hash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Database, Transaction } from '../db/database.js';
import { instant } from '../lib/clock.js';
import { canonicalJson, type Json } from '../lib/json.js';

/** Who does something: the subject and role of a token, or `cli:<user of the system>`. */
export interface Actor {
  subject: string;
  role: string;
}

/** We ourselves: retention, checkpoints, counts. */
export const system: Actor = { subject: 'gatehouse', role: 'system' };

/** What is recorded. Nothing secret and nothing personal but ids belongs in it. */
export interface AuditEntry {
  actor: Actor;
  /** What was done, as `<kind>.<verb>`: `connection.rotated`. */
  action: string;
  target: { kind: string; id: string };
  correlationId?: string;
  /** Details, the reason among them; may be erased later without harm to the chain. */
  payload?: { [name: string]: Json };
}

/** The columns of a row that its hash covers, in order; `at` as seconds with six decimals. */
export interface ChainedRow {
  position: number;
  at: string;
  actor: string;
  role: string;
  action: string;
  target_kind: string;
  target_id: string;
  correlation_id: string | null;
  digest: Buffer;
}

const saltBytes = 16;

/** Hash of a row: SHA-256 over the hash before it (hex) and every column but payload and salt, as canonical JSON. */
export function auditHash(before: Uint8Array, row: ChainedRow): Buffer {
  const { position, at, actor, role, action, target_kind: kind, target_id: id, correlation_id: correlationId, digest } = row;
  return hash('sha256', canonicalJson([hex(before), position, at, actor, role, action, kind, id, correlationId, hex(digest)]), 'buffer');
}

/** Digest of a payload: SHA-256 over salt and text. The salt keeps an erased payload from being guessed. */
export function payloadDigest(salt: Uint8Array, payload: string): Buffer {
  return hash('sha256', Buffer.concat([salt, Buffer.from(payload)]), 'buffer');
}

/**
 * Records entries in `tx`: they are there when and only when it commits. Takes the head row of the
 * audit log, which all others that record wait for until the commit, so call it late, and before
 * `append` (everybody takes the two heads in this order).
 */
export async function recordAudit(tx: Transaction, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const head = await tx.selectFrom('audit_head').select(['position', 'hash']).forUpdate().executeTakeFirstOrThrow();
  let { position, hash: before } = head;
  const nowMs = Date.now();
  const rows = entries.map((entry) => {
    const salt = randomBytes(saltBytes);
    const payload = canonicalJson(entry.payload ?? {});
    const row: ChainedRow = {
      position: ++position, at: epochText(nowMs), actor: entry.actor.subject, role: entry.actor.role, action: entry.action,
      target_kind: entry.target.kind, target_id: entry.target.id, correlation_id: entry.correlationId ?? null, digest: payloadDigest(salt, payload),
    };
    before = auditHash(before, row);
    return { ...row, at: instant(nowMs), payload, salt, hash: before };
  });
  await tx.insertInto('audit').values(rows).execute();
  await tx.updateTable('audit_head').set({ position, hash: before }).execute();
}

/** Records entries by themselves; they are durable when it resolves. */
export async function recordAuditNow(database: Database, entries: readonly AuditEntry[]): Promise<void> {
  await database.transaction((tx) => recordAudit(tx, entries));
}

/** As PostgreSQL gives `extract(epoch from at)`: exact, and the same in every time zone. */
export const epochOf = (column: string) => sql<string>`extract(epoch from ${sql.ref(column)})::text`;

function epochText(ms: number): string {
  return `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}000`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

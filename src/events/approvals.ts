import { canonicalJson, type Json } from '../lib/json.js';
import { instant } from '../lib/clock.js';
import { GatehouseError } from '../lib/errors.js';
import { uuidv7 } from '../lib/ids.js';
import type { ApprovalTable } from '../db/schema.js';
import type { Queryable, Transaction } from '../db/database.js';
import type { Selectable } from 'kysely';
import { recordAudit, type Actor } from './audit.js';

/** How long a request waits, and an approval may be used, ms. */
export const approvalMs = 24 * 3600_000;

export type Approval = Selectable<ApprovalTable>;

/** An action that needs a second person's yes, with exactly these arguments. */
export interface Sensitive {
  action: string;
  /** What is shown to who decides: nothing secret. */
  arguments: { [name: string]: Json };
  /** Over all arguments, secret ones among them; keyed, so that it tells nothing of them. */
  digest: Buffer;
}

/** Text over which the digest of arguments is taken. */
export function argumentsText(action: string, given: Record<string, unknown>): string {
  return canonicalJson([action, given]);
}

/**
 * Takes up the approval of an action: from then on it is used. Where there is none, asks for one.
 * @returns the approval that is used, or the request that waits
 */
export async function takeApproval(tx: Transaction, sensitive: Sensitive, by: Actor, reason: string | undefined): Promise<{ approved: boolean; approval: Pick<Approval, 'id'> }> {
  const now = instant(Date.now());
  const rows = await tx.selectFrom('approval').select(['id', 'decision']).where('action', '=', sensitive.action).where('digest', '=', sensitive.digest).where('requested_by', '=', by.subject).where('used_at', 'is', null).where('expires_at', '>', now).orderBy('requested_at').forUpdate().execute();
  const approved = rows.find((row) => row.decision === 'APPROVED');
  if (approved !== undefined) {
    await recordAudit(tx, [{ actor: by, action: 'approval.used', target: { kind: 'approval', id: approved.id }, payload: { action: sensitive.action } }]);
    await tx.updateTable('approval').set({ used_at: now }).where('id', '=', approved.id).execute();
    return { approved: true, approval: approved };
  }
  const waiting = rows.find((row) => row.decision === null);
  if (waiting !== undefined) return { approved: false, approval: waiting };
  if (reason === undefined || reason.trim() === '') throw new GatehouseError('BAD_INPUT', 'This needs a second person’s approval: say why with --reason.', { field: 'reason' });
  const id = uuidv7();
  await tx
    .insertInto('approval')
    .values({ id, action: sensitive.action, arguments: JSON.stringify(sensitive.arguments), digest: sensitive.digest, reason, requested_by: by.subject, requested_at: now, expires_at: instant(Date.now() + approvalMs), decided_by: null, decided_at: null, decision: null, decision_reason: null, used_at: null })
    .execute();
  await recordAudit(tx, [{ actor: by, action: 'approval.requested', target: { kind: 'approval', id }, payload: { action: sensitive.action, arguments: sensitive.arguments, reason } }]);
  return { approved: false, approval: { id } };
}

/**
 * A second person's yes or no.
 * @throws GatehouseError NOT_FOUND; FORBIDDEN to who asked for it; CONFLICT when it was decided or is too old
 */
export async function decideApproval(tx: Transaction, id: string, decision: 'APPROVED' | 'REFUSED', by: Actor, reason: string): Promise<Approval> {
  const row = await tx.selectFrom('approval').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'id' });
  if (row.requested_by === by.subject) throw new GatehouseError('FORBIDDEN', 'Who asked for it cannot decide it: a second person must.', { field: 'id' });
  if (row.decision !== null) throw new GatehouseError('CONFLICT', 'It was decided already.', { field: 'id' });
  const now = instant(Date.now());
  if (row.expires_at <= now) throw new GatehouseError('CONFLICT', 'It was asked for too long ago. It must be asked for again.', { field: 'id' });
  await recordAudit(tx, [{ actor: by, action: decision === 'APPROVED' ? 'approval.approved' : 'approval.refused', target: { kind: 'approval', id }, payload: { action: row.action, requestedBy: row.requested_by, reason } }]);
  return tx.updateTable('approval').set({ decision, decided_by: by.subject, decided_at: now, decision_reason: reason }).where('id', '=', id).returningAll().executeTakeFirstOrThrow();
}

/** Newest first; `beforeId` is the last one seen. */
export async function listApprovals(db: Queryable, options: { waiting: boolean; limit: number; beforeId?: string | undefined }): Promise<Approval[]> {
  let query = db.selectFrom('approval').selectAll().orderBy('id', 'desc').limit(options.limit);
  if (options.waiting) query = query.where('decision', 'is', null).where('expires_at', '>', instant(Date.now()));
  if (options.beforeId !== undefined) query = query.where('id', '<', options.beforeId);
  return query.execute();
}

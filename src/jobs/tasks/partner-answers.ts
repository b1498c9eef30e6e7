import { sql } from 'kysely';
import type { LaterReply, PartnerReceipt } from '../../connectors/contract.js';
import type { Connection } from '../../auth/connections.js';
import { acceptCommands } from '../../events/commands.js';
import { instant } from '../../lib/clock.js';
import { GatehouseError } from '../../lib/errors.js';
import { isUuid, uuidOfName } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import { storableText } from '../../lib/storable-text.js';
import { connectionSubject } from '../../projections/health.js';
import type { Transaction } from '../engine.js';
import { endMatters, raiseMatter } from './connection-matters.js';
import type { TaskContext } from './context.js';
import { overdueKind } from './overdue-receipts.js';

const refusedKind = 'DELIVERY_REFUSED';
/** Of what was given up here, the partner says that it has it. */
const lateKind = 'DELIVERY_AFTER_GIVING_UP';
const givenUp: ReadonlySet<string> = new Set(['DEAD', 'DISCARDED', 'CANCELLED']);

/** What follows from messages by AS2 beside keeping them: receipts that we owe, and receipts of what we sent. */
export function openPartnerAnswers({ database, bodies, log }: Pick<TaskContext, 'database' | 'bodies' | 'log'>) {
  return {
    /** A message was not believed; its sender is not told why. */
    refused({ id }: Connection, why: string): void {
      log.warn({ connection: id, why }, 'a message was refused');
    },
    /** Sends it, however often this is asked for, once; a connection in shadow mode answers nobody. */
    async owe({ id, company, shadow }: Connection, message: string, reply: LaterReply): Promise<void> {
      if (shadow) return;
      const key = `receipt:${message}`;
      await database.transaction((tx) => acceptCommands(tx, bodies, [{
        id: uuidOfName(key), kind: 'receipt.send', input: { ...reply }, asked: { message }, connection: id, lane: 'REPORT', company, requestedBy: 'gatehouse', idempotencyKey: key,
        subject: connectionSubject(id), correlationId: uuidOfName(key), causationId: message,
      }]));
    },
    /** @throws GatehouseError UNAVAILABLE where what it is of has not ended yet: it is to come again */
    async take(connection: Connection, receipt: PartnerReceipt): Promise<void> {
      const id = /^<([0-9a-f-]{36})@/.exec(receipt.messageId)?.[1];
      const isOurs = id !== undefined && isUuid(id) && (await database.transaction((tx) => note(tx, connection, id, receipt)));
      if (!isOurs) log.warn({ connection: connection.id, messageId: storableText(receipt.messageId).slice(0, 300) }, 'a partner sent a receipt of nothing that was sent');
    },
  };
}

/** @returns false where nothing of the kind was sent */
async function note(tx: Transaction, connection: Connection, id: string, receipt: PartnerReceipt): Promise<boolean> {
  const row = await tx.selectFrom('command').select(['id', 'state', 'result', 'correlation_id']).where('id', '=', id).where('connection', '=', connection.id).forUpdate().executeTakeFirst();
  if (row === undefined) return false;
  const sent = (row.result as { receipt?: { mic?: string; digest?: string; state?: string } } | null)?.receipt;
  if (givenUp.has(row.state)) return noteLate(tx, connection, { id, state: row.state, correlationId: row.correlation_id }, receipt);
  if (row.state !== 'DONE' && row.state !== 'PARTIAL') throw new GatehouseError('UNAVAILABLE', undefined, { retryAfter: 5 });
  if (sent?.mic === undefined || sent.digest === undefined || (sent.state !== 'AWAITED' && sent.state !== 'OVERDUE')) return true;
  const fault = receipt.faultOf({ digest: sent.digest, value: sent.mic });
  const result = { ...(row.result as Record<string, Json>), receipt: { ...sent, state: fault === null ? 'RECEIVED' : 'REFUSED', disposition: storableText(receipt.disposition), signed: receipt.signed } };
  await tx.updateTable('command').set({ result: JSON.stringify(result), updated_at: instant(Date.now()) }).where('id', '=', id).execute();
  if (sent.state === 'OVERDUE') await endMatters(tx, connection.id, overdueKind, 'The receipt has come.', id);
  if (fault !== null) {
    await raiseMatter(tx, connection, {
      kind: refusedKind, command: id, correlationId: row.correlation_id, title: `What was sent to ${connection.id} was not taken`,
      detail: `${fault} Mend the cause, and have it sent again; see: gatehouse command show ${id}`,
    });
  }
  return true;
}

/**
 * A receipt of what was given up, discarded or cancelled meanwhile: it arrived all the same, or the partner says why it did not take it. People
 * decide what follows, for nothing here knows any more what was sent. It is taken, or the partner would send it for ever.
 */
async function noteLate(tx: Transaction, connection: Connection, { id, state, correlationId }: { id: string; state: string; correlationId: string }, receipt: PartnerReceipt): Promise<true> {
  const { rows } = await sql`
    update command set result = coalesce(result, '{}') || ${JSON.stringify({ receipt: { state: 'AFTER_GIVING_UP', disposition: storableText(receipt.disposition), signed: receipt.signed } })}::jsonb, updated_at = ${instant(Date.now())}::timestamptz
    where id = ${id}::uuid and result -> 'receipt' ->> 'state' is distinct from 'AFTER_GIVING_UP' returning id`.execute(tx);
  if (rows.length === 0) return true;
  await raiseMatter(tx, connection, {
    kind: lateKind, command: id, correlationId, title: `${connection.id} has what was given up here`,
    detail: `A command is ${state} here, and the partner's receipt of it came: ${storableText(receipt.disposition).slice(0, 300)}. Where it says processed, it arrived: leave it, for a retry is known there as a repeat. See: gatehouse command show ${id}`,
  });
  return true;
}

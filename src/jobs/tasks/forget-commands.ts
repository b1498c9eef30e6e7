import { sql, type RawBuilder } from 'kysely';
import { eraseBodies } from '../../events/personal-data.js';
import { endedStatuses } from '../../model/milestones.js';
import type { Transaction } from '../engine.js';

/** It says nothing any more that somebody may still want to be done. */
export const isEndedCommand = sql<boolean>`c.state in ('DONE', 'PARTIAL', 'DEAD', 'CANCELLED', 'DISCARDED')`;

/** Shipments of what went to people or was bought by them. @param subjects of parties and of orders of shops: text[] */
function shipmentsOf(subjects: RawBuilder<unknown>): RawBuilder<{ shipment_id: string }> {
  return sql`
    select r.shipment_id from (
      select t.subject from party p join transfer t on t.ship_to_id = p.id where p.subject = any(${subjects})
      union select t.subject from party p join transfer t on t.party_id = p.id where p.subject = any(${subjects})
      union select t.subject from party p join sales_order o on o.party_id = p.id join transfer t on t.order_id = o.id where p.subject = any(${subjects})
      union select t.subject from shop_order s join sales_order o on o.shop_order_id = s.id join transfer t on t.order_id = o.id where s.subject = any(${subjects})
    ) sent join reference r on r.subject = 'odoo.delivery:' || substr(sent.subject, length('transfer:') + 1)`;
}

/** What Odoo was told of who bought in a shop, in commands that have ended. Those under way end first. */
export async function forgetCommands(tx: Transaction, subjects: readonly string[], why: 'RETENTION' | 'ERASURE'): Promise<void> {
  const ofShops = subjects.filter((subject) => subject.startsWith('shop_order:'));
  if (ofShops.length === 0) return;
  const { rows } = await sql<{ id: string }>`
    update command c set input = null, memory = null where c.subject = any(${ofShops}::text[]) and c.kind = 'odoo.apply' and (c.input is not null or c.memory is not null) and ${isEndedCommand} returning c.id`.execute(tx);
  await forgetAnswers(tx, rows.map((row) => row.id), why);
}

/**
 * What carriers, warehouses and partners were told of people, and answered, in commands that are over; and of shipments that
 * have ended the contents of labels and proofs of delivery, and what bookings remember: until then they are needed, to print, to
 * cancel, and to go on with a part that failed. What was given up keeps it until somebody decides, as under retention.
 */
export async function forgetFreight(tx: Transaction, subjects: readonly string[]): Promise<void> {
  const shipments = shipmentsOf(sql`${[...subjects]}::text[]`);
  const { rows } = await sql<{ id: string }>`
    update command c set input = null, memory = case when ${isNeeded(shipments)} then c.memory end
    where (${isOfShipment(shipments)} or ${isOfName(shipments)}) and ${isLeft(shipments)} returning c.id`.execute(tx);
  await forgetAnswers(tx, rows.map((row) => row.id), 'ERASURE');
  await sql`update document_content x set content = null where x.id in (${documentsOf(shipments)})`.execute(tx);
}

const isAnswer = sql<boolean>`dedupe_key like 'command:%'`;

/** What was answered to commands, in their history and as messages. */
async function forgetAnswers(tx: Transaction, commands: readonly string[], why: 'RETENTION' | 'ERASURE'): Promise<void> {
  if (commands.length === 0) return;
  await tx.updateTable('command_attempt').set({ raw: null }).where('command_id', '=', sql<string>`any(${[...commands]}::uuid[])`).where('raw', 'is not', null).execute();
  const answers = await sql<{ id: string }>`
    select id from inbox where ${isAnswer} and substr(dedupe_key, 9, 36) = any(${[...commands]}::text[]) and body is not null`.execute(tx);
  await eraseBodies(tx, answers.rows.map((row) => row.id), why);
}

/**
 * Subjects of the erased of whom a command that is over says something, or a document is left. For so long as both are kept at
 * most by default; what ends later is reached by its retention.
 */
export function withFreightLeft(): RawBuilder<{ subject: string }> {
  const shipments = shipmentsOf(sql`array[e.subject]`);
  // One after the other: behind one "or" PostgreSQL reads all commands of everybody.
  const anyLeft = (which: RawBuilder<boolean>) => sql`exists (select from command c where ${which} and ${isLeft(shipments)})`;
  return sql`
    select e.subject from erased_subject e
    where e.at > now() - interval '90 days'
      and (${anyLeft(isOfShipment(shipments))} or ${anyLeft(isOfName(shipments))} or exists (${documentsOf(shipments)}))`;
}

function isOfShipment(shipments: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`c.shipment_id = any(array(${shipments}))`;
}

function isOfName(shipments: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`c.subject = any(array(select subject from reference where shipment_id = any(array(${shipments}))))`;
}

function isLeft(shipments: RawBuilder<unknown>): RawBuilder<boolean> {
  // What is done and not read yet would be lost with the answer.
  const isRead = sql`not exists (select from inbox where state = 'RECEIVED' and ${isAnswer} and substr(dedupe_key, 9, 36) = c.id::text)`;
  return sql`(c.state in ('DONE', 'CANCELLED', 'DISCARDED') or (c.state = 'PARTIAL' and not ${isUnderWay(shipments)})) and (c.input is not null or (c.memory is not null and not ${isNeeded(shipments)})) and ${isRead}`;
}

/** By what it remembers a booking is cancelled, and followed. */
function isNeeded(shipments: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`(c.kind in ('shipment.book', 'return.book', 'pickup.schedule') and ${isUnderWay(shipments)})`;
}

function isUnderWay(shipments: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`exists (select from shipment s where s.id = any(array(${shipments})) and (s.id = c.shipment_id or c.shipment_id is null) and s.status <> all(${[...endedStatuses]}::text[]))`;
}

function documentsOf(shipments: RawBuilder<unknown>): RawBuilder<{ id: string }> {
  return sql`
    select kept.id from document_shipment d join shipment s on s.id = d.shipment_id join document_content kept on kept.id = d.document_id
    where d.shipment_id = any(array(${shipments})) and s.status = any(${[...endedStatuses]}::text[]) and kept.content is not null`;
}

import { sql } from 'kysely';
import type { Actor } from '../../../events/audit.js';
import { acceptCommands, wakePerformers, type Acceptance, type CommandRow } from '../../../events/commands.js';
import type { NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { BookingInput, CommandInputs, Rate } from '../../../model/commands.js';
import { totalWeight } from '../../../model/freight.js';
import { referenceKey } from '../../../model/references.js';
import { markForWriteBack } from '../../../projections/write-back.js';
import type { Queryable, Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { resolutionsOfGivenUp } from '../outbound/matters.js';
import { choiceBasis } from './basis.js';

/** Who wants something booked, and under which key. */
export interface Asker {
  company: string;
  requestedBy: string;
  /** Whom the audit log names; absent where a message asks, which is kept itself. */
  by?: Actor;
  idempotencyKey: string;
  correlationId: string;
  causationId?: string;
  /** Of a command that an event causes. */
  commandId?: string;
}

/** What is booked later than this of a request is no longer what was meant, ms. */
const bookingLifeMs = 3 * 86_400_000;

/**
 * Accepts a booking. Where no service is chosen, the rules go with it as they stand now.
 * @throws GatehouseError CONFLICT under a key that was used for another input
 */
export async function acceptBooking(tx: Transaction, bodies: TaskContext['bodies'], connection: string, asked: BookingInput, asker: Asker, of?: { booking: string }): Promise<Acceptance> {
  const input: BookingInput = asked.service === undefined ? { ...asked, basis: await choiceBasis(tx, asker.company, asked.to.country) } : asked;
  const { commandId, requestedBy, idempotencyKey, company, correlationId, causationId } = asker;
  const id = commandId ?? uuidv7();
  const base = {
    // Whatever follows on it (a cancellation) is performed after it.
    id, orderKey: orderKeyOf(id), connection, lane: 'DISPATCH' as const, company, requestedBy, idempotencyKey, subject: subjectOf(asked), correlationId, ...(causationId === undefined ? {} : { causationId }),
    asked: { ...asked, ...(of === undefined ? {} : { of: of.booking }) }, deadlineAt: new Date(Date.now() + bookingLifeMs).toISOString(),
  };
  const shipmentId = await shipmentOf(tx, asked, asker.company);
  const linked = shipmentId === null ? base : { ...base, shipmentId };
  const [accepted] = of === undefined
    ? await acceptCommands(tx, bodies, [{ ...linked, kind: 'shipment.book', input }])
    : await acceptCommands(tx, bodies, [{ ...linked, kind: 'return.book', input: { ...input, of: of.booking } satisfies CommandInputs['return.book'] }]);
  return accepted!;
}

function orderKeyOf(booking: string): string {
  return `booking:${booking}`;
}

/** What it is about: the first name of what is sent. */
export function subjectOf({ references }: Pick<BookingInput, 'references'>): string {
  return references[0] === undefined ? 'booking' : referenceKey(references[0]);
}

/** The shipment of a company that is known under one of these names, also where another gave the same name of a delivery; null where there is none, or several. */
export async function shipmentOf(db: Queryable, { references }: Pick<BookingInput, 'references'>, company: string): Promise<string | null> {
  if (references.length === 0) return null;
  const names = references.filter((each) => each.kind === 'delivery_name').map((each) => each.value);
  const { rows } = await sql<{ id: string; exact: boolean }>`
    select coalesce(s.merged_into, s.id) as id, bool_or(r.subject = any(${references.map(referenceKey)}::text[])) as exact
    from reference r join shipment s on s.id = r.shipment_id
    where r.subject = any(${references.map(referenceKey)}::text[]) or (r.value = any(${names}::text[]) and r.kind = 'delivery_name' and s.company = ${company})
    group by 1 order by 2 desc limit 2`.execute(db);
  const [first, second] = rows;
  return first !== undefined && (first.exact || second === undefined) ? first.id : null;
}

/** What became of a wish to cancel. */
export interface Cancellation {
  /** The command that cancels; where nothing had been booked yet, the booking's own. */
  command: string;
  duplicate: boolean;
  /** To be appended in the same transaction. */
  events: NewEvent[];
}

/**
 * Cancels a booking: one of which nothing was begun simply does not happen, however it stands; one that is under way or
 * done is followed by a command that undoes it, once: as long as that one stands, whoever cancels again is told of it.
 * Nobody can have the booking tried again after that.
 * @param booking id of the command that booked
 * @throws GatehouseError NOT_FOUND; CONFLICT under a key that was used for another input
 */
export async function acceptCancellation(tx: Transaction, bodies: TaskContext['bodies'], booking: string, asker: Asker): Promise<Cancellation> {
  const row = await lockBooking(tx, booking, asker.company);
  const events = isOpen(row) ? await callOff(tx, row) : [];
  // What is done had begun something, also where what it remembered is past its retention.
  if (row.memory === null && !['CALLING', 'DONE', 'PARTIAL'].includes(row.state)) return { command: row.id, duplicate: !isOpen(row), events };
  const standing = await standingCancellation(tx, row);
  if (standing !== null) return { command: standing, duplicate: true, events };
  const { commandId, requestedBy, idempotencyKey, company, correlationId, causationId } = asker;
  const [accepted] = await acceptCommands(tx, bodies, [{
    ...(commandId === undefined ? {} : { id: commandId }), kind: 'booking.cancel', input: { booking: row.id }, connection: row.connection, lane: 'DISPATCH', company, requestedBy, idempotencyKey, subject: row.subject,
    orderKey: row.order_key ?? orderKeyOf(row.id), correlationId, ...(row.shipment_id === null ? {} : { shipmentId: row.shipment_id }), ...(causationId === undefined ? {} : { causationId }),
  }]);
  return { command: accepted!.id, duplicate: accepted!.duplicate, events };
}

/** The command that cancels this booking already: it is under way, or the carrier took it and has not rejected it since. */
async function standingCancellation(tx: Transaction, { id, connection, order_key: orderKey }: CommandRow): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    select c.id from command c left join booking b on b.command_id = ${id}::uuid and not b.deleted
    where c.connection = ${connection} and c.kind = 'booking.cancel' and c.order_key = ${orderKey ?? orderKeyOf(id)}
      and (c.state in ('QUEUED', 'CALLING', 'WAITING') or (c.state = 'DONE' and (b.id is null or b.state in ('CANCEL_REQUESTED', 'CANCELLED') or b.updated_at < c.finished_at)))
    order by c.sequence desc limit 1`.execute(tx);
  return rows[0]?.id ?? null;
}

/** Whether it may still be performed and need not be: given up (and somebody may try it again), or waiting and nothing is begun. */
export function isOpen({ state, memory }: CommandRow): boolean {
  return state === 'DEAD' || state === 'QUEUED' || (state === 'WAITING' && memory === null);
}

/** It is not performed any more. @param why in the words for the exception that it may have raised @returns what is to be appended */
export async function callOff(tx: Transaction, { id, subject, shipment_id: shipmentId }: CommandRow, why = 'The booking was cancelled.'): Promise<NewEvent[]> {
  const now = instant(Date.now());
  await tx.updateTable('command').set({ state: 'CANCELLED', updated_at: now, finished_at: now }).where('id', '=', id).execute();
  // What waits behind it in the same order is due now.
  await wakePerformers(tx);
  // No event tells it, and who asked in Odoo waits to hear.
  await markForWriteBack(tx, { shipments: shipmentId === null ? [] : [shipmentId], subjects: [subject] });
  return resolutionsOfGivenUp(tx, [id], why);
}

/** As it stands until this transaction ends; where it was accepted anew with another input, what stands in its place. */
async function lockBooking(tx: Transaction, id: string, company: string): Promise<CommandRow> {
  const row = await tx.selectFrom('command').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined || row.company !== company || (row.kind !== 'shipment.book' && row.kind !== 'return.book')) throw new GatehouseError('NOT_FOUND', undefined, { field: 'booking' });
  return row.replaced_by === null ? row : lockBooking(tx, row.replaced_by, company);
}

/** A quote is good for so long, ms: carriers keep to their rates for about a day. */
const quoteLifeMs = 86_400_000;

/** A rate that was shown, and why it is not what would be booked now, where it is not. */
export interface QuotedRate {
  rate: Rate;
  fault: 'QUOTE_EXPIRED' | 'QUOTE_DIFFERS' | null;
}

/**
 * The rate of a quote that was shown: who gives it, and at what price.
 * @param freight what is to be booked by it
 * @returns null where the quote is not known (any more), or has no such rate
 */
export async function quotedRate(db: Queryable, quote: string, company: string, freight: Pick<BookingInput, 'service' | 'packages' | 'from' | 'to'>): Promise<QuotedRate | null> {
  const row = await db.selectFrom('quote').select(['rates', 'chosen', 'weight_kg', 'packages', 'origin_country', 'destination_country', 'created_at']).where('id', '=', quote).where('company', '=', company).executeTakeFirst();
  if (row === undefined) return null;
  const { service, packages, from, to } = freight;
  const rate = service === undefined ? (row.chosen as unknown as Rate | null) : ((row.rates as unknown as Rate[]).find((each) => each.carrier === service.carrier && each.service === service.code) ?? null);
  if (rate === null) return null;
  const isSame = row.packages === packages.length && Number(row.weight_kg) === Number(totalWeight(packages)) && row.origin_country === from.country && row.destination_country === to.country;
  return { rate, fault: !isSame ? 'QUOTE_DIFFERS' : Date.parse(row.created_at) < Date.now() - quoteLifeMs ? 'QUOTE_EXPIRED' : null };
}

import type { Connections } from '../../../auth/connections.js';
import { cancelBeforehand } from '../../../events/commands.js';
import type { NewEvent } from '../../../events/event.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import type { BookingInput } from '../../../model/commands.js';
import type { Fact } from '../../../model/facts.js';
import { referenceKey } from '../../../model/references.js';
import { commandOfRequest, type FreightWish } from '../../../model/requests.js';
import { markForWriteBack } from '../../../projections/write-back.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { exceptionEvent, type MessageContext } from '../message-events.js';
import { acceptBooking, acceptCancellation, quotedRate, type Asker } from './accept.js';
import { lockBooked, type Booked } from './booked.js';
import { firstThatCan, partnersFor, type Partner } from './partners.js';

type RequestFact = Extract<Fact, { type: 'request.reported' }>;

/** A request with the message that told it. */
export interface ToldRequest {
  fact: RequestFact;
  context: MessageContext;
}

/** Which connections can book for whom, by company. */
export type BookingConnections = ReadonlyMap<string, readonly Partner[]>;

export function requestsOf(decoded: { facts: readonly Fact[] } | null, context: MessageContext): ToldRequest[] {
  return (decoded?.facts ?? []).flatMap((fact) => (fact.type === 'request.reported' ? [{ fact, context }] : []));
}

export async function bookingConnections(tasks: { connections: Pick<Connections, 'find' | 'list'> }, requests: readonly ToldRequest[]): Promise<BookingConnections> {
  const companies = [...new Set(requests.map(companyOf))];
  return new Map(await Promise.all(companies.map(async (company) => [company, await partnersFor(tasks, company, 'book')] as const)));
}

/**
 * Accepts what an outside system asks for, in the transaction that records that it did. A repetition changes nothing.
 * Once in a transaction: locks are taken in one order.
 * @returns what is to be appended: among it exceptions for what cannot be done
 */
export async function acceptRequests(tx: Transaction, bodies: TaskContext['bodies'], requests: readonly ToldRequest[], connections: BookingConnections): Promise<NewEvent[]> {
  const events: NewEvent[] = [];
  // Who books one of them here at this moment is to see that it is booked. What asks for it in Odoo is not refused.
  await lockBooked(tx, bookedBy(requests));
  for (const request of requests) {
    const refusal = await acceptRequest(tx, bodies, request, connections.get(companyOf(request)) ?? [], events);
    if (refusal === null) continue;
    events.push(exceptionEvent(request.context, 'REQUEST_REFUSED', `${request.context.connection} ${request.fact.payload.requestId}`, {
      class: 'DATA', severity: 'HIGH', title: 'What was asked for at a carrier cannot be done', detail: refusal, sourceSubject: `odoo.delivery:${request.context.connection}:${request.fact.reference.value}`,
    }));
  }
  return events;
}

function bookedBy(requests: readonly ToldRequest[]): Booked[] {
  return requests.flatMap((request) => (request.fact.payload.kind === 'BOOK' ? [{ company: companyOf(request), references: request.fact.payload.freight.references }] : []));
}

function companyOf({ fact, context }: ToldRequest): string {
  return fact.company ?? context.company;
}

/** @returns why it cannot be done; null where it is accepted */
async function acceptRequest(tx: Transaction, bodies: TaskContext['bodies'], request: ToldRequest, partners: readonly Partner[], events: NewEvent[]): Promise<string | null> {
  const wish = request.fact.payload;
  const asker = askerOf(request, wish.requestId);
  try {
    const subject = referenceKey(request.fact.reference);
    if (wish.kind === 'CANCEL') return await cancel(tx, bodies, { ...wish, subject }, asker, events);
    if (wish.kind === 'BOOK' && wish.replaces !== undefined) await cancel(tx, bodies, { kind: 'CANCEL', requestId: wish.requestId, cancels: wish.replaces, subject }, askerOf(request, `${wish.requestId}/replaces`), events);
    await book(tx, bodies, wish, { ...asker, commandId: commandOfRequest(asker.requestedBy, wish.requestId) }, partners);
    return partners.length > 0 ? null : `No connection of ${asker.company} can book: give one an API key, and ask again.`;
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    return error.message;
  }
}

function askerOf(request: ToldRequest, idempotencyKey: string): Asker {
  const { connection, correlationId, rawId } = request.context;
  return { company: companyOf(request), requestedBy: connection, idempotencyKey, correlationId, causationId: rawId };
}

/** Where nobody can book, who asks performs it, cannot, and is told so in the way in which all else is told. */
async function book(tx: Transaction, bodies: TaskContext['bodies'], wish: Exclude<FreightWish, { kind: 'CANCEL' }>, asker: Asker, partners: readonly Partner[]): Promise<void> {
  const quote = wish.kind === 'BOOK' && wish.quote !== undefined ? uuidFromGlobalId('Quote', wish.quote) : null;
  const shown = quote === null ? null : await quotedRate(tx, quote, asker.company, { ...wish.freight, ...(wish.service === undefined ? {} : { service: wish.service }) });
  const rate = shown?.rate ?? null;
  // Packed otherwise than it was quoted, or later, it goes by the service that was chosen, and is not held to that price.
  const isHeld = shown !== null && shown.fault === null;
  const service = wish.service ?? (rate === null ? undefined : { carrier: rate.carrier, code: rate.service });
  const quoted = (wish.kind === 'BOOK' ? wish.quoted : undefined) ?? (isHeld ? rate?.price : undefined);
  const input: BookingInput = { ...wish.freight, ...(service === undefined ? {} : { service }), ...(quoted === undefined ? {} : { quoted }), ...(quote === null || !isHeld ? {} : { quote }) };
  const quotedBy = partners.find((partner) => partner.connection.id === rate?.connection);
  const connection = (quotedBy ?? firstThatCan(partners, input))?.connection.id ?? asker.requestedBy;
  const of = wish.kind === 'RETURN' ? { booking: wish.returnOf === undefined ? '' : commandOfRequest(asker.requestedBy, wish.returnOf) } : undefined;
  await acceptBooking(tx, bodies, connection, input, asker, of);
}

async function cancel(tx: Transaction, bodies: TaskContext['bodies'], wish: Extract<FreightWish, { kind: 'CANCEL' }> & { subject: string }, asker: Asker, events: NewEvent[]): Promise<string | null> {
  const booking = wish.cancels !== undefined ? commandOfRequest(asker.requestedBy, wish.cancels) : await commandOfBooking(tx, wish.booking!, asker.company);
  if (booking === null) return unknown;
  if (await cancelKnown(tx, bodies, booking, asker, events)) return null;
  // Another process may be reading the request at this moment, or do so later.
  if (wish.cancels === undefined) return unknown;
  if (await cancelBeforehand(tx, bodies, { ...asker, id: booking, idempotencyKey: wish.cancels, subject: wish.subject })) {
    await markForWriteBack(tx, { subjects: [wish.subject] });
    return unknown;
  }
  return (await cancelKnown(tx, bodies, booking, asker, events)) ? null : unknown;
}

const unknown = 'What is to be cancelled is not known here.';

async function cancelKnown(tx: Transaction, bodies: TaskContext['bodies'], booking: string, asker: Asker, events: NewEvent[]): Promise<boolean> {
  try {
    events.push(...(await acceptCancellation(tx, bodies, booking, asker)).events);
    return true;
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'NOT_FOUND') return false;
    throw error;
  }
}

async function commandOfBooking(tx: Transaction, id: string, company: string): Promise<string | null> {
  const uuid = uuidFromGlobalId('Booking', id);
  if (uuid === null) return null;
  return (await tx.selectFrom('booking').select('command_id').where('id', '=', uuid).where('company', '=', company).executeTakeFirst())?.command_id ?? null;
}

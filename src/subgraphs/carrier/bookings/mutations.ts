import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatehouseError } from '../../../lib/errors.js';
import { globalId, uuidFromGlobalId } from '../../../lib/ids.js';
import type { BookingInput } from '../../../model/commands.js';
import { normalizeReferenceValue, type Reference } from '../../../model/references.js';
import type { AcceptedCommand } from '../../shared/booking-commands.js';
import type { GraphContext } from '../../shared/context.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import { accepted, actorOf, askerOf, companyFor, seesCompany } from './asking.js';
import { BookReturnInput, BookShipmentInput, CancelBookingInput, CreateManifestInput, FreightInput, RequestQuoteInput, toFreight } from './inputs.js';
import { manifestOf, readBooking } from './readings.js';
import { BookingPayload, QuotePayload, type CarrierRate } from './types.js';

/** Names by which a shipment is spoken of at carriers; tracking numbers are what they give. */
const ownNames = ['odoo.delivery', 'delivery_name'];

@Resolver()
export class BookingMutations {
  @needs('shipments:book')
  @Mutation(() => QuotePayload, { nullable: true, description: 'Asks all carriers at once what they would take, and answers within four seconds with those that have answered. Books nothing.' })
  async requestQuote(@Ctx() context: GraphContext, @Arg('input', () => RequestQuoteInput) input: RequestQuoteInput): Promise<QuotePayload> {
    try {
      const { company, request } = await requestOf(context, { ...input, company: await companyOfQuote(context, input) }, 'order_name');
      const { id, rates, reasons, missing } = await context.commands.bookings.quote(company, request, actorOf(context.principal), context.correlationId);
      const shown = rates.map((rate): CarrierRate => ({ ...rate, days: rate.days ?? null, deliveryAt: rate.deliveryAt ?? null, guaranteed: rate.guaranteed === true }));
      return { quote: { id: globalId('Quote', id), rates: shown, reasons, partial: missing.length > 0, missing }, userErrors: [] };
    } catch (error) {
      return { quote: null, userErrors: userErrorsOf(error) };
    }
  }

  @needs('shipments:book')
  @Mutation(() => BookingPayload, { nullable: true, description: 'Books every package at a carrier, each with a tracking number and a label of its own.' })
  bookShipment(@Ctx() context: GraphContext, @Arg('input', () => BookShipmentInput) input: BookShipmentInput): Promise<BookingPayload> {
    return accepted(async () => book(context, input));
  }

  @needs('shipments:book')
  @Mutation(() => BookingPayload, { nullable: true, description: 'A label for goods that come back.' })
  bookReturn(@Ctx() context: GraphContext, @Arg('input', () => BookReturnInput) input: BookReturnInput): Promise<BookingPayload> {
    return accepted(async () => {
      const { commandId } = await readBooking(context, input.bookingId);
      return book(context, input, commandId);
    });
  }

  @needs('shipments:book')
  @Mutation(() => BookingPayload, { nullable: true, description: 'A booking that still waits does not happen; one that is under way or done is undone at the carrier.' })
  cancelBooking(@Ctx() context: GraphContext, @Arg('input', () => CancelBookingInput) input: CancelBookingInput): Promise<BookingPayload> {
    return accepted(async () => {
      const { bookingId, commandId, idempotencyKey } = input;
      if ((bookingId == null) === (commandId == null)) throw new GatehouseError('BAD_INPUT', 'Give exactly one of bookingId and commandId.', { field: 'input' });
      const { principal } = context;
      if (bookingId != null) {
        const booking = await readBooking(context, bookingId);
        return context.commands.bookings.cancel(booking.commandId, askerOf(context, booking.company, idempotencyKey));
      }
      const command = uuidFromGlobalId('Command', commandId!);
      if (command === null) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.commandId' });
      const company = await context.commands.bookings.companyOf(command);
      if (company === null || !seesCompany(principal.companies, company)) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.commandId' });
      return context.commands.bookings.cancel(command, askerOf(context, company, idempotencyKey));
    });
  }

  @needs('shipments:book')
  @Mutation(() => BookingPayload, { nullable: true, description: 'The carrier’s list of what it will fetch, as a document.' })
  createManifest(@Ctx() context: GraphContext, @Arg('input', () => CreateManifestInput) input: CreateManifestInput): Promise<BookingPayload> {
    return accepted(async () => {
      const { company, ...manifest } = await manifestOf(context, input.bookingIds);
      return context.commands.bookings.createManifest(manifest, askerOf(context, company, input.idempotencyKey));
    });
  }
}

/** @throws GatehouseError NOT_FOUND where the connection is not known; BAD_INPUT where the company is said twice */
async function companyOfQuote({ commands }: GraphContext, { company, connectionCompany }: RequestQuoteInput): Promise<string | null> {
  if (connectionCompany == null) return company ?? null;
  if (company != null) throw new GatehouseError('BAD_INPUT', 'Give company or connectionCompany.', { field: 'input.connectionCompany' });
  const found = await commands.bookings.companyAt(connectionCompany.connection, connectionCompany.company);
  if (found === null) throw new GatehouseError('NOT_FOUND', 'There is no such connection.', { field: 'input.connectionCompany.connection' });
  return found;
}

async function book(context: GraphContext, input: BookShipmentInput, of?: string): Promise<AcceptedCommand> {
  // An order may have several deliveries: its name would make one of them.
  const { company, request } = await requestOf(context, input, 'delivery_name');
  if (of === undefined && request.references.length === 0) throw new GatehouseError('BAD_INPUT', 'Say what is booked: shipmentId, or the name of the delivery as reference.', { field: 'input.reference' });
  const quote = input.quoteId == null ? undefined : uuidFromGlobalId('Quote', input.quoteId);
  if (quote === null) throw new GatehouseError('BAD_INPUT', 'This is no id of a quote.', { field: 'input.quoteId' });
  const wanted: BookingInput = { ...request, ...(input.service == null ? {} : { service: { carrier: input.service.carrier, code: input.service.code } }), ...(quote === undefined ? {} : { quote }) };
  const options = { ...(input.connection == null ? {} : { connection: input.connection }), ...(of === undefined ? {} : { of }), ...(input.again === true ? { again: true } : {}) };
  return context.commands.bookings.book(wanted, options, askerOf(context, company, input.idempotencyKey));
}

/** What is to be sent, and whose it is. @param kind what `reference` is a name of */
async function requestOf(context: GraphContext, input: FreightInput, kind: 'order_name' | 'delivery_name'): Promise<{ company: string; request: BookingInput }> {
  const found = input.shipmentId == null ? null : await namesOfShipment(context, input.shipmentId);
  const company = companyFor(context, found?.company ?? input.company);
  const named: Reference[] = input.reference == null || input.reference.trim() === '' ? [] : [{ kind, issuer: '*', value: normalizeReferenceValue(input.reference).slice(0, 120) }];
  const references = found?.references ?? named;
  return { company, request: { ...toFreight(input, references), ...(input.customer == null ? {} : { customer: input.customer }) } };
}

async function namesOfShipment({ reader }: GraphContext, id: string): Promise<{ company: string; references: Reference[] }> {
  const uuid = uuidFromGlobalId('Shipment', id);
  const row = uuid === null ? undefined : await reader.db.selectFrom('shipment').select(['id', 'company', 'merged_into']).where('id', '=', uuid).executeTakeFirst();
  if (row === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.shipmentId' });
  const names = await reader.db.selectFrom('reference').select(['kind', 'issuer', 'value']).where('shipment_id', '=', row.merged_into ?? row.id).orderBy('subject').limit(100).execute();
  const own = names.filter((name) => ownNames.includes(name.kind));
  return { company: row.company, references: (own.length > 0 ? own : names) as Reference[] };
}

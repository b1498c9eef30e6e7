import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import { carrierCode } from '../../../model/references.js';
import type { PickupWish } from '../../../model/commands.js';
import type { GraphContext } from '../../shared/context.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import { accepted, actorOf, askerOf, companyFor, seesCompany } from './asking.js';
import { toAddress } from './inputs.js';
import { AddressCheckPayload, CancelPickupInput, CheckAddressInput, SchedulePickupInput } from './pickup-types.js';
import { fetchedOf } from './readings.js';
import { BookingPayload } from './types.js';

@Resolver()
export class PickupMutations {
  @needs('shipments:book')
  @Mutation(() => BookingPayload, { nullable: true, description: 'Has a carrier come and fetch.' })
  schedulePickup(@Ctx() context: GraphContext, @Arg('input', () => SchedulePickupInput) input: SchedulePickupInput): Promise<BookingPayload> {
    return accepted(async () => {
      const { company, ...wish } = await wishOf(context, input);
      return context.commands.bookings.schedulePickup(wish, askerOf(context, company, input.idempotencyKey));
    });
  }

  @needs('shipments:book')
  @Mutation(() => BookingPayload, { nullable: true, description: 'A pickup that still waits does not happen; one that is under way or scheduled is called off at the carrier.' })
  cancelPickup(@Ctx() context: GraphContext, @Arg('input', () => CancelPickupInput) input: CancelPickupInput): Promise<BookingPayload> {
    return accepted(async () => {
      const { command, company } = await pickupCommand(context, input);
      return context.commands.bookings.cancelPickup(command, askerOf(context, company, input.idempotencyKey));
    });
  }

  @needs('shipments:book')
  @Mutation(() => AddressCheckPayload, { nullable: true, description: 'Asks a carrier whether it can deliver to an address, and answers within four seconds. Changes nothing.' })
  async checkAddress(@Ctx() context: GraphContext, @Arg('input', () => CheckAddressInput) input: CheckAddressInput): Promise<AddressCheckPayload> {
    try {
      const address = toAddress(input.address, 'input.address');
      const check = await context.commands.bookings.checkAddress(companyFor(context, input.company), input.connection ?? undefined, address, actorOf(context.principal), context.correlationId);
      return { check, userErrors: [] };
    } catch (error) {
      return { check: null, userErrors: userErrorsOf(error) };
    }
  }
}

/** @throws GatehouseError BAD_INPUT, NOT_FOUND */
async function wishOf(context: GraphContext, input: SchedulePickupInput): Promise<PickupWish & { company: string }> {
  const { on, readyAt, closesAt, zone, from, packages, carrier, service, instructions, connection, again } = input;
  const booked = input.bookingIds == null ? null : await fetchedOf(context, input.bookingIds);
  for (const [name, said, found] of [['connection', connection, booked?.connection], ['carrier', carrier, booked?.carrier]] as const) {
    if (said != null && found !== undefined && said !== found) throw new GatehouseError('BAD_INPUT', `These bookings are of ${found}.`, { field: `input.${name}` });
  }
  if (packages != null && (packages.count < 1 || packages.count > 100_000 || !/^\d{1,7}(\.\d{1,6})?$/.test(packages.weightKg) || !(Number(packages.weightKg) > 0))) throw new GatehouseError('BAD_INPUT', 'The count is a whole number from 1, the weight kilograms as decimal text, above 0.', { field: 'input.packages' });
  if (instructions != null && instructions.length > 300) throw new GatehouseError('BAD_INPUT', 'This is longer than 300 characters.', { field: 'input.instructions' });
  const company = booked?.company ?? companyFor(context, input.company);
  const named = { ...(connection == null ? {} : { connection }), ...(carrier == null ? {} : { carrier: carrierCode(carrier) }), bookings: [], parts: [] };
  return {
    ...(booked ?? named), company, on: on.trim(), readyAt: readyAt.trim(), closesAt: closesAt.trim(), ...(zone == null ? {} : { zone }), ...(from == null ? {} : { from: toAddress(from, 'input.from') }),
    ...(packages == null ? {} : { packages: { count: packages.count, weightKg: packages.weightKg } }), ...(service == null ? {} : { service: service.trim() }),
    ...(instructions == null || instructions.trim() === '' ? {} : { instructions: instructions.trim() }), ...(again === true ? { again: true } : {}),
  };
}

/** The command that scheduled it. @throws GatehouseError NOT_FOUND, BAD_INPUT */
async function pickupCommand(context: GraphContext, { pickupId, commandId }: CancelPickupInput): Promise<{ command: string; company: string }> {
  if ((pickupId == null) === (commandId == null)) throw new GatehouseError('BAD_INPUT', 'Give exactly one of pickupId and commandId.', { field: 'input' });
  if (pickupId != null) {
    const uuid = uuidFromGlobalId('Pickup', pickupId);
    const row = uuid === null ? undefined : await context.reader.db.selectFrom('pickup').select(['company', 'command_id']).where('id', '=', uuid).executeTakeFirst();
    if (row === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.pickupId' });
    if (row.command_id === null) throw new GatehouseError('BAD_INPUT', 'This pickup was asked for elsewhere: call it off there.', { field: 'input.pickupId' });
    return { command: row.command_id, company: row.company };
  }
  const command = uuidFromGlobalId('Command', commandId!);
  const company = command === null ? null : await context.commands.bookings.companyOf(command);
  if (command === null || company === null || !seesCompany(context.principal.companies, company)) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.commandId' });
  return { command, company };
}

import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatehouseError } from '../../lib/errors.js';
import { globalId, uuidFromGlobalId } from '../../lib/ids.js';
import type { TenderStop } from '../../model/edi.js';
import { milestoneCodes } from '../../model/milestones.js';
import type { LoadStop } from '../../model/transport/records.js';
import type { AcceptedCommand } from '../shared/booking-commands.js';
import type { GraphContext } from '../shared/context.js';
import { needs } from '../shared/scopes.js';
import { userErrorsOf } from '../shared/user-errors.js';
import { AnswerTenderInput, EdiCommandPayload, SendStatusInput, SendTenderInput } from './tender-types.js';

@Resolver()
export class TenderMutations {
  @needs('shipments:book')
  @Mutation(() => EdiCommandPayload, { nullable: true, description: 'Offers a load to a carrier over EDI (X12 204, EDIFACT IFTMIN), changes the offer or withdraws it.' })
  sendTender(@Ctx() context: GraphContext, @Arg('input', () => SendTenderInput) input: SendTenderInput): Promise<EdiCommandPayload> {
    return accepted(async () => {
      const load = await readLoad(context, input.loadId);
      const { connection, carrier, purpose, respondBy, idempotencyKey } = input;
      const stops = load.stops.map((stop): TenderStop => ({
        kind: stop.kind, place: { ...stop.place, ...(stop.facilityCode === undefined ? {} : { code: stop.facilityCode }) }, references: [...stop.loaded, ...stop.unloaded], ...(stop.window === undefined ? {} : { window: stop.window }),
      }));
      const tender = { load: load.reference, purpose, carrier: carrier.trim().toUpperCase(), references: [], stops, ...(respondBy == null ? {} : { respondBy }), ...(load.trailer === null ? {} : { equipment: load.trailer }) };
      return context.commands.edi.send('tender.send', tender, { connection, subject: load.subject, idempotencyKey }, context.principal, context.correlationId);
    });
  }

  @needs('shipments:book')
  @Mutation(() => EdiCommandPayload, { nullable: true, description: 'Takes or declines a load that was offered to us over EDI (X12 990).' })
  answerTender(@Ctx() context: GraphContext, @Arg('input', () => AnswerTenderInput) input: AnswerTenderInput): Promise<EdiCommandPayload> {
    return accepted(async () => {
      const load = await readLoad(context, input.loadId);
      const answer = { load: load.reference, carrier: input.carrier.trim().toUpperCase(), accepted: input.accepted, ...(input.reason == null ? {} : { reason: input.reason }) };
      return context.commands.edi.send('tender.answer', answer, { connection: load.connection, subject: load.subject, idempotencyKey: input.idempotencyKey }, context.principal, context.correlationId);
    });
  }

  @needs('shipments:book')
  @Mutation(() => EdiCommandPayload, { nullable: true, description: 'Tells who offered us a load where it stands (X12 214, EDIFACT IFTSTA).' })
  sendLoadStatus(@Ctx() context: GraphContext, @Arg('input', () => SendStatusInput) input: SendStatusInput): Promise<EdiCommandPayload> {
    return accepted(async () => {
      const load = await readLoad(context, input.loadId);
      if (!(milestoneCodes as readonly string[]).includes(input.code)) throw new GatehouseError('BAD_INPUT', 'This is no milestone code.', { field: 'input.code' });
      const stop = load.stops.find((each) => each.sequence === input.stop);
      const references = stop === undefined ? load.stops.flatMap((each) => each.loaded) : [...stop.loaded, ...stop.unloaded];
      const status = {
        load: load.reference, references, carrier: input.carrier.trim().toUpperCase(), code: input.code, occurred: { instant: input.occurredAt, zone: 'Z' }, ...(input.reason == null ? {} : { reason: input.reason }),
        ...(input.stop == null ? {} : { stop: input.stop }), ...(stop?.place === undefined ? {} : { place: stop.place }), ...(input.equipment == null ? {} : { equipment: input.equipment }),
      };
      return context.commands.edi.send('status.send', status, { connection: load.connection, subject: load.subject, idempotencyKey: input.idempotencyKey }, context.principal, context.correlationId);
    });
  }
}

interface LoadToSend {
  subject: string;
  reference: string;
  connection: string;
  trailer: string | null;
  stops: LoadStop[];
}

/** @throws GatehouseError NOT_FOUND */
async function readLoad({ reader }: GraphContext, id: string): Promise<LoadToSend> {
  const uuid = uuidFromGlobalId('Load', id);
  const row = uuid === null ? undefined : await reader.db.selectFrom('load').select(['subject', 'reference', 'connection', 'trailer', 'stops']).where('id', '=', uuid).where('deleted', '=', false).executeTakeFirst();
  if (row === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.loadId' });
  return { ...row, stops: row.stops as unknown as LoadStop[] };
}

async function accepted(work: () => Promise<AcceptedCommand>): Promise<EdiCommandPayload> {
  try {
    const { command, duplicate } = await work();
    return { commandId: globalId('Command', command), duplicate, userErrors: [] };
  } catch (error) {
    return { commandId: null, duplicate: false, userErrors: userErrorsOf(error) };
  }
}

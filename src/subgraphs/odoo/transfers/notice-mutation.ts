import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatehouseError } from '../../../lib/errors.js';
import { globalId, uuidFromGlobalId } from '../../../lib/ids.js';
import type { GraphContext } from '../../shared/context.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import { SendShipNoticeInput, ShipNoticePayload } from './notice-types.js';

@Resolver()
export class NoticeMutation {
  @needs('shipments:book')
  @Mutation(() => ShipNoticePayload, { nullable: true, description: 'Tells who gets a delivery what is on its way to them, packed in which cartons and pallets (X12 856, EDIFACT DESADV).' })
  async sendShipNotice(@Ctx() context: GraphContext, @Arg('input', () => SendShipNoticeInput) { transferId, connection, idempotencyKey, ...asked }: SendShipNoticeInput): Promise<ShipNoticePayload> {
    try {
      const uuid = uuidFromGlobalId('Transfer', transferId);
      const seen = uuid === null ? undefined : await context.reader.db.selectFrom('transfer').select('id').where('id', '=', uuid).where('deleted', '=', false).executeTakeFirst();
      if (seen === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.transferId' });
      const { purpose, order, shippedAt, carrier } = asked;
      const wish = { transfer: seen.id, purpose, ...(order == null ? {} : { order: order.trim() }), ...(shippedAt == null ? {} : { shippedAt }), ...(carrier == null ? {} : { carrier: carrier.trim() }) };
      const { command, duplicate } = await context.commands.edi.sendNotice(wish, { connection, idempotencyKey }, context.principal, context.correlationId);
      return { commandId: globalId('Command', command), duplicate, userErrors: [] };
    } catch (error) {
      return { commandId: null, duplicate: false, userErrors: userErrorsOf(error) };
    }
  }
}

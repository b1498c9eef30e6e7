import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { GraphContext } from '../../shared/context.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import { askerOf } from '../visits/mutations.js';
import { named, toCounts, uuidOfInput } from '../visits/read-input.js';
import { warehouseLoaders } from '../warehouse/loaders.js';
import { ConfirmHandlingInput, HandlingPayload, UndoConfirmationInput } from './types.js';

@Resolver()
export class HandlingMutations {
  @needs('yard:write')
  @Mutation(() => HandlingPayload, { nullable: true, description: 'Confirms what was unloaded of a truck. Where it is what was expected, the receipt is validated in Odoo; what differs becomes an exception, and is booked once a person has resolved it.' })
  confirmReceipt(@Ctx() context: GraphContext, @Arg('input', () => ConfirmHandlingInput) input: ConfirmHandlingInput): Promise<HandlingPayload> {
    return answered(context, () => confirm(context, 'RECEIPT', input));
  }

  @needs('yard:write')
  @Mutation(() => HandlingPayload, { nullable: true, description: 'Confirms what was loaded onto a truck. Where it is what was to be delivered, the delivery is validated in Odoo; what differs becomes an exception, and is booked once a person has resolved it.' })
  confirmDispatch(@Ctx() context: GraphContext, @Arg('input', () => ConfirmHandlingInput) input: ConfirmHandlingInput): Promise<HandlingPayload> {
    return answered(context, () => confirm(context, 'DISPATCH', input));
  }

  @needs('yard:write')
  @Mutation(() => HandlingPayload, { nullable: true, description: 'Takes the latest step of a confirmation back, as long as Odoo does not have it.' })
  undoConfirmation(@Ctx() context: GraphContext, @Arg('input', () => UndoConfirmationInput) input: UndoConfirmationInput): Promise<HandlingPayload> {
    return answered(context, () => context.commands.handling.undo(uuidOfInput('WarehouseConfirmation', 'confirmationId', input.confirmationId), askerOf(context, input)));
  }
}

function confirm(context: GraphContext, kind: 'RECEIPT' | 'DISPATCH', input: ConfirmHandlingInput): Promise<string[]> {
  const { transfer } = named('transfer', input.transfer);
  const counts = input.counts == null ? {} : { counts: toCounts(input.counts) };
  return context.commands.handling.confirm({ kind, visit: uuidOfInput('Visit', 'visitId', input.visitId), isFinal: input.isFinal !== false, ...(transfer === undefined ? {} : { transfer }), ...counts }, askerOf(context, input));
}

async function answered(context: GraphContext, change: () => Promise<string[]>): Promise<HandlingPayload> {
  try {
    const ids = await change();
    context.loaders.forget();
    const { confirmation } = context.loaders.get(warehouseLoaders, context.reader);
    const rows = await Promise.all(ids.map((id) => confirmation.load(id)));
    return { confirmations: rows.filter((row) => row !== null), userErrors: [] };
  } catch (error) {
    return { confirmations: null, userErrors: userErrorsOf(error) };
  }
}

import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { Approval as ApprovalRow } from '../../events/approvals.js';
import { GatehouseError } from '../../lib/errors.js';
import { globalId, uuidFromGlobalId } from '../../lib/ids.js';
import type { GraphContext } from '../shared/context.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, pageTypes, type Page } from '../shared/pages.js';
import { DateTime } from '../shared/scalars.js';
import { needs } from '../shared/scopes.js';
import { UserError } from './types.js';

@ObjectType('Approval', { simpleResolvers: true, description: 'An action that needs a second person’s yes. It is bound to exactly these arguments and used once.' })
export class Approval {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'What is to be done: a command, e.g. replay.' }) action!: string;
  @Field(() => String, { description: 'JSON; what is secret is left out.' }) arguments!: string;
  @Field(() => String) reason!: string;
  @Field(() => String) requestedBy!: string;
  @Field(() => DateTime) requestedAt!: string;
  @Field(() => DateTime, { description: 'Neither decided nor used after that.' }) expiresAt!: string;
  @Field(() => String, { nullable: true, description: 'APPROVED or REFUSED; null: it waits.' }) decision!: string | null;
  @Field(() => String, { nullable: true }) decidedBy!: string | null;
  @Field(() => DateTime, { nullable: true }) decidedAt!: string | null;
  @Field(() => String, { nullable: true }) decisionReason!: string | null;
  @Field(() => DateTime, { nullable: true }) usedAt!: string | null;
}

export const ApprovalConnection = pageTypes('Approval', () => Approval);

@InputType()
export class DecideApprovalInput {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'Kept in the audit log.' }) reason!: string;
}

@ObjectType('ApprovalPayload', { simpleResolvers: true })
export class ApprovalPayload {
  @Field(() => Approval, { nullable: true }) approval!: Approval | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@Resolver()
export class ApprovalResolver {
  @needs('approvals:decide')
  @Query(() => ApprovalConnection, { nullable: true, description: 'Newest first; by default those that wait.' })
  async approvals(
    @Ctx() context: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('waiting', () => Boolean, { defaultValue: true }) waiting = true,
  ): Promise<Page<Approval>> {
    checkFirst(first);
    const beforeId = after == null ? undefined : decodeCursor(after, [cursorPatterns.uuid])[0];
    const rows = await context.commands.approvals(context.principal, { waiting, limit: first + 1, beforeId });
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.id), node: approvalOf });
  }

  @needs('approvals:decide')
  @Mutation(() => ApprovalPayload, { nullable: true, description: 'Whoever asked for it cannot approve it.' })
  approve(@Ctx() context: GraphContext, @Arg('input', () => DecideApprovalInput) input: DecideApprovalInput): Promise<ApprovalPayload> {
    return decide(context, input, 'APPROVED');
  }

  @needs('approvals:decide')
  @Mutation(() => ApprovalPayload, { nullable: true })
  refuse(@Ctx() context: GraphContext, @Arg('input', () => DecideApprovalInput) input: DecideApprovalInput): Promise<ApprovalPayload> {
    return decide(context, input, 'REFUSED');
  }
}

async function decide(context: GraphContext, { id, reason }: DecideApprovalInput, decision: 'APPROVED' | 'REFUSED'): Promise<ApprovalPayload> {
  try {
    const uuid = uuidFromGlobalId('Approval', id);
    if (uuid === null) throw new GatehouseError('NOT_FOUND', undefined, { field: 'id' });
    const words = reason.replaceAll('\0', '').trim();
    if (words === '' || words.length > 2000) throw new GatehouseError('BAD_INPUT', 'reason takes 1 to 2000 characters.', { field: 'reason' });
    return { approval: approvalOf(await context.commands.decideApproval(uuid, decision, context.principal, words)), userErrors: [] };
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code === 'UNAVAILABLE') throw error;
    return { approval: null, userErrors: [{ field: error.field ?? null, message: error.message, code: error.code }] };
  }
}

function approvalOf(row: ApprovalRow): Approval {
  return {
    id: globalId('Approval', row.id), action: row.action, arguments: JSON.stringify(row.arguments), reason: row.reason, requestedBy: row.requested_by, requestedAt: row.requested_at,
    expiresAt: row.expires_at, decision: row.decision, decidedBy: row.decided_by, decidedAt: row.decided_at, decisionReason: row.decision_reason, usedAt: row.used_at,
  };
}

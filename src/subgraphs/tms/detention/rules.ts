import { sql, type Selectable } from 'kysely';
import { Arg, Ctx, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { DetentionRuleTable } from '../../../db/schema.js';
import { GatehouseError } from '../../../lib/errors.js';
import { globalId, uuidFromGlobalId } from '../../../lib/ids.js';
import { defaultTerms, type DetentionKind, type DetentionRule as Rule, type DetentionSide, type DetentionTerms as Terms } from '../../../model/yard/detention.js';
import type { DockDirection } from '../../../model/yard/records.js';
import type { GraphContext } from '../../shared/context.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import { DetentionRule, DetentionRuleConnection, DetentionRulePayload, RemoveDetentionRuleInput, SaveDetentionRuleInput, type DetentionTerms } from './rule-types.js';

export function ruleOfRow(row: Selectable<DetentionRuleTable>): Rule {
  return {
    id: row.id, company: row.company, name: row.name, kind: row.kind as DetentionKind, side: row.side as DetentionSide, facility: row.facility, carrier: row.carrier, direction: row.direction as DockDirection | null,
    validFrom: row.valid_from, terms: row.terms as unknown as Terms, changedBy: row.changed_by, changedAt: row.changed_at,
  };
}

/** As clients read it. */
export function shownRule(rule: Rule): DetentionRule {
  return { ...rule, id: globalId('DetentionRule', rule.id), terms: shownTerms(rule.terms) };
}

/** What applies to the driver where there is no rule. */
export const defaultRule: DetentionRule = {
  id: null, company: null, name: 'Two hours free, nothing charged', kind: 'DRIVER', side: 'PAYABLE', facility: null, carrier: null, direction: null, validFrom: null, terms: shownTerms(defaultTerms), changedBy: null, changedAt: null,
};

function shownTerms({ late, minimum, rate, minimumAmount, maximum, maximumAmount, maximumPerDay, ...rest }: Terms): DetentionTerms {
  return { ...rest, late: late ?? null, minimum: minimum ?? null, rate: rate ?? null, minimumAmount: minimumAmount ?? null, maximum: maximum ?? null, maximumAmount: maximumAmount ?? null, maximumPerDay: maximumPerDay ?? null };
}

function termsOf({ start, stop, free, increment, days, late, minimum, rate, minimumAmount, maximum, maximumAmount, maximumPerDay }: DetentionTerms): Terms {
  return {
    start, stop, free, increment, days, ...(late == null ? {} : { late: { afterMinutes: late.afterMinutes, outcome: late.outcome } }), ...(minimum == null ? {} : { minimum }),
    ...(rate == null ? {} : { rate: { amount: rate.amount, currency: rate.currency } }), ...(minimumAmount == null ? {} : { minimumAmount }), ...(maximum == null ? {} : { maximum }),
    ...(maximumAmount == null ? {} : { maximumAmount }), ...(maximumPerDay == null ? {} : { maximumPerDay }),
  };
}

@Resolver()
export class DetentionRuleResolver {
  @needs('detention:read')
  @Query(() => DetentionRuleConnection, { nullable: true, description: 'What is charged for waiting; those valid from the latest time first. Carriers are shown with each charge the rule that it stands on, and no others.' })
  async detentionRules(@Ctx() { reader }: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<DetentionRule>> {
    checkFirst(first);
    if (reader.principal.companies === 'none') return pageOf([], first, { after, cursor: () => '', node: (row) => row });
    let query = reader.db.selectFrom('detention_rule').selectAll().orderBy('valid_from', 'desc').orderBy('id', 'desc').limit(first + 1);
    if (after != null) {
      const [validFrom, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]);
      query = query.where(sql<boolean>`(valid_from, id) < (${validFrom}::timestamptz, ${id}::uuid)`);
    }
    return pageOf(await query.execute(), first, { after, cursor: (row) => encodeCursor(row.valid_from, row.id), node: (row) => shownRule(ruleOfRow(row)) });
  }

  @needs('connections:admin')
  @Mutation(() => DetentionRulePayload, { nullable: true, description: 'Makes or changes a rule of what is charged for waiting. Terms that change from a day on are a rule of their own, valid from that day.' })
  saveDetentionRule(@Ctx() context: GraphContext, @Arg('input', () => SaveDetentionRuleInput) input: SaveDetentionRuleInput): Promise<DetentionRulePayload> {
    return answered(async () => {
      const { idempotencyKey, id, company, name, kind, side, facility, carrier, direction, validFrom, terms } = input;
      if (direction != null && direction !== 'INBOUND' && direction !== 'OUTBOUND') throw new GatehouseError('BAD_INPUT', 'A direction is INBOUND or OUTBOUND.', { field: 'input.direction' });
      const rule = { ...(id == null ? {} : { id: ruleUuid(id) }), company: company ?? 'main', name, kind, side, facility: facility ?? null, carrier: carrier ?? null, direction: (direction ?? null) as DockDirection | null, validFrom, terms: termsOf(terms) };
      return context.commands.detention.saveRule(rule, context.principal, idempotencyKey, context.correlationId);
    });
  }

  @needs('connections:admin')
  @Mutation(() => DetentionRulePayload, { nullable: true })
  removeDetentionRule(@Ctx() context: GraphContext, @Arg('input', () => RemoveDetentionRuleInput) { id, idempotencyKey }: RemoveDetentionRuleInput): Promise<DetentionRulePayload> {
    return answered(async () => context.commands.detention.removeRule(ruleUuid(id), context.principal, idempotencyKey, context.correlationId));
  }
}

function ruleUuid(id: string): string {
  const uuid = uuidFromGlobalId('DetentionRule', id);
  if (uuid === null) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.id' });
  return uuid;
}

async function answered(work: () => Promise<string>): Promise<DetentionRulePayload> {
  try {
    return { id: globalId('DetentionRule', await work()), userErrors: [] };
  } catch (error) {
    return { id: null, userErrors: userErrorsOf(error) };
  }
}

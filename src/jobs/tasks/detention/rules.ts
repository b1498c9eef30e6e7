import type { Principal } from '../../../auth/principal.js';
import { recordAudit } from '../../../events/audit.js';
import { answerOnce } from '../../../events/own-requests.js';
import { instant } from '../../../lib/clock.js';
import { millionths } from '../../../lib/decimal.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import { carrierCode, normalizeReferenceValue, unknownCarrier } from '../../../model/references.js';
import type { DetentionRule, DetentionTerms } from '../../../model/yard/detention.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';

/** A rule as it is saved; without id a new one. */
export type SavedDetentionRule = Omit<DetentionRule, 'id' | 'changedBy' | 'changedAt'> & { id?: string };

const longestName = 200;
/** Ten years. */
const mostMinutes = 5_256_000;

/**
 * Saves what is charged for waiting. What was charged for visits to which the rule applies is charged by its new terms: terms that
 * change from a day on are a rule of their own, valid from that day.
 * @returns its id
 * @throws GatehouseError NOT_FOUND, BAD_INPUT
 */
export async function saveDetentionRule({ database }: Pick<TaskContext, 'database'>, rule: SavedDetentionRule, by: Principal, idempotencyKey: string, correlationId: string): Promise<string> {
  const { id: known, ...rest } = checked(rule);
  return database.transaction(async (tx) => {
    const { answer } = await answerOnce(tx, { requestedBy: by.subject, idempotencyKey }, { action: 'save-detention-rule', rule: rule as unknown as Json }, async () => {
      await checkCompany(tx, known, rest.company, by);
      const id = known ?? uuidv7();
      const row = {
        company: rest.company, name: rest.name, kind: rest.kind, side: rest.side, facility: rest.facility, carrier: rest.carrier, direction: rest.direction, valid_from: rest.validFrom,
        terms: JSON.stringify(rest.terms), changed_by: by.subject, changed_at: instant(Date.now()),
      };
      await recordAudit(tx, [{ actor: by, action: 'detention-rule.saved', target: { kind: 'detention-rule', id }, correlationId, payload: rest as unknown as { [name: string]: Json } }]);
      await tx.insertInto('detention_rule').values({ id, ...row }).onConflict((c) => c.column('id').doUpdateSet(row)).execute();
      return { id };
    });
    return answer.id;
  });
}

/** @throws GatehouseError NOT_FOUND */
export async function removeDetentionRule({ database }: Pick<TaskContext, 'database'>, id: string, by: Principal, idempotencyKey: string, correlationId: string): Promise<string> {
  await database.transaction(async (tx) => {
    await answerOnce(tx, { requestedBy: by.subject, idempotencyKey }, { action: 'remove-detention-rule', id }, async () => {
      await checkCompany(tx, id, null, by);
      await recordAudit(tx, [{ actor: by, action: 'detention-rule.removed', target: { kind: 'detention-rule', id }, correlationId }]);
      await tx.deleteFrom('detention_rule').where('id', '=', id).execute();
      return { id };
    });
  });
  return id;
}

async function checkCompany(tx: Transaction, id: string | undefined, company: string | null, { companies }: Principal): Promise<void> {
  const may = (of: string) => companies === '*' || (companies !== 'none' && companies.includes(of));
  if (company !== null && !may(company)) throw new GatehouseError('NOT_FOUND', 'There is no such company, or this token may not see it.', { field: 'input.company' });
  if (id === undefined) return;
  const row = await tx.selectFrom('detention_rule').select('company').where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined || !may(row.company)) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.id' });
}

/** The rule with its names in the form in which they are compared. @throws GatehouseError BAD_INPUT */
function checked(rule: SavedDetentionRule): SavedDetentionRule {
  const wrong = (field: string, message: string) => new GatehouseError('BAD_INPUT', message, { field: `input.${field}` });
  const name = rule.name.trim();
  if (name === '' || name.length > longestName) throw wrong('name', `A name has 1 to ${longestName} characters.`);
  const facility = rule.facility === null ? null : normalizeReferenceValue(rule.facility);
  if (facility === '') throw wrong('facility', 'The code of a facility is not empty.');
  const carrier = rule.carrier === null ? null : carrierCode(rule.carrier);
  if (carrier === unknownCarrier) throw wrong('carrier', 'This names no carrier. A name has letters or figures.');
  checkTerms(rule, (field, message) => wrong(`terms.${field}`, message));
  return { ...rule, name, facility, carrier };
}

function checkTerms({ kind, terms }: SavedDetentionRule, wrong: (field: string, message: string) => Error): void {
  const whole = (field: 'free' | 'increment' | 'minimum' | 'maximum', least: number) => {
    const value = terms[field];
    if (value !== undefined && (!Number.isInteger(value) || value < least || value > mostMinutes)) throw wrong(field, `A whole number, ${least} to ${mostMinutes}.`);
  };
  whole('free', 0);
  whole('increment', 1);
  whole('minimum', 0);
  whole('maximum', 0);
  if (terms.late !== undefined && (terms.late.afterMinutes < 0 || terms.late.afterMinutes > mostMinutes)) throw wrong('late.afterMinutes', `A whole number, 0 to ${mostMinutes}.`);
  if (terms.rate !== undefined && !/^[A-Z]{3}$/.test(terms.rate.currency)) throw wrong('rate.currency', 'A currency is three capital letters (ISO 4217).');
  if (terms.rate !== undefined) checkAmount(terms.rate.amount, () => wrong('rate.amount', amountMessage));
  for (const field of ['minimumAmount', 'maximumAmount', 'maximumPerDay'] as const satisfies ReadonlyArray<keyof DetentionTerms>) {
    const value = terms[field];
    if (value === undefined) continue;
    if (terms.rate === undefined) throw wrong(field, 'Without a rate nothing is charged.');
    checkAmount(value, () => wrong(field, amountMessage));
  }
  if (kind === 'TRAILER' && terms.maximumPerDay !== undefined) throw wrong('maximumPerDay', 'A trailer is charged by days: its rate is what a day costs.');
}

const amountMessage = 'An amount is decimal text with up to six decimals, not negative: 75.50.';

function checkAmount(text: string, error: () => Error): void {
  const value = /^\d{1,12}(\.\d{1,6})?$/.test(text) ? millionths(text) : null;
  if (value === null) throw error();
}

import { z } from 'zod';
import { GatehouseError } from '../lib/errors.js';
import { grantOf, uselessLists, type Grant } from './grant.js';
import { roles } from './scopes.js';

/** What somebody else says of a user. */
export type Claims = Readonly<Record<string, unknown>>;

const texts = z.array(z.string().min(1)).optional();

/**
 * Whoever has all claims of `when` is given `grant`. The role is always one that stands here; in lists,
 * `{claim}` stands for what the user's claim says.
 */
export const claimRuleSchema = z.strictObject({
  /** Claim (a dot goes into objects) → a value that it must have or contain, several of which one suffices, or `*` for any. */
  when: z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)])).default({}),
  grant: z.strictObject({ role: z.enum(roles), parties: texts, carriers: texts, facilities: texts, connections: texts, shops: texts, companies: texts, scopes: texts })
    .refine((grant) => uselessLists(grant).length === 0, { error: ({ input }) => `${uselessLists(input as never).join(', ')}: narrows nothing for this role` }),
});
export type ClaimRule = z.output<typeof claimRuleSchema>;

/**
 * The grant of the first rule that fits.
 * @throws GatehouseError UNAUTHENTICATED where none fits, or a claim that it names is missing
 */
export function grantByRules(rules: readonly ClaimRule[], claims: Claims): Grant {
  const rule = rules.find(({ when }) => Object.entries(when).every(([name, wanted]) => fits(valuesOf(claims, name), wanted)));
  if (rule === undefined) throw new GatehouseError('UNAUTHENTICATED', 'The identity provider knows you, but no rule of this installation gives you rights here.');
  const { role, ...lists } = rule.grant;
  try {
    return grantOf({ role, ...Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list?.flatMap((text) => filled(text, claims))])) });
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'BAD_INPUT') throw error;
    throw new GatehouseError('UNAUTHENTICATED', 'The identity provider says something of you that names no record here.', { cause: error });
  }
}

function fits(values: readonly string[], wanted: string | readonly string[]): boolean {
  if (wanted === '*') return values.length > 0;
  return (typeof wanted === 'string' ? [wanted] : wanted).some((text) => values.includes(text));
}

/** `{claim}` in a text is what the claim says; a text that is nothing else gives all of a list. */
function filled(text: string, claims: Claims): string[] {
  const whole = /^\{([^{}]+)\}$/.exec(text);
  if (whole !== null) return named(claims, whole[1]!);
  return [text.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const values = named(claims, name);
    if (values.length > 1) throw missing(name);
    return values[0]!;
  })];
}

function named(claims: Claims, name: string): string[] {
  const values = valuesOf(claims, name);
  if (values.length === 0) throw missing(name);
  return values;
}

function missing(name: string): GatehouseError {
  return new GatehouseError('UNAUTHENTICATED', `The identity provider does not say ${name} of you, or not one alone.`);
}

/** A claim as texts: one for a text, number or boolean, several for a list of them. */
function valuesOf(claims: Claims, name: string): string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : name.split('.').reduce<unknown>((inside, part) => (typeof inside === 'object' && inside !== null && Object.hasOwn(inside, part) ? (inside as Claims)[part] : undefined), claims);
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter((each) => ['string', 'number', 'boolean'].includes(typeof each)).map(String).filter((each) => each !== '');
}

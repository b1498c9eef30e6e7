import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../lib/config.js';
import { claimRuleSchema } from './claim-rules.js';

const issuerSchema = z.strictObject({
  /** As in the `iss` of its tokens. */
  issuer: z.url(),
  /** The `aud` of tokens that are meant for us. */
  audience: z.string().min(1),
  /** Address of its key set; left out: asked of the issuer by OpenID Connect Discovery. */
  jwks: z.url().optional(),
  algorithms: z.array(z.enum(['ES256', 'ES384', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA', 'Ed25519'])).min(1).default(['ES256', 'RS256', 'PS256', 'EdDSA']),
  rules: z.array(claimRuleSchema).min(1),
});

/** What users of a connected Odoo are exchanged for; their claims are `user`, `groups`, `partner` and `company`. */
const odooUsersSchema = z.strictObject({
  connection: z.string(),
  /** Seconds that a token lives. */
  ttl: z.number().int().min(30).max(3600).default(900),
  rules: z.array(claimRuleSchema).min(1),
});

const fileSchema = z.strictObject({ issuers: z.array(issuerSchema).default([]), odooUsers: z.array(odooUsersSchema).default([]) });

export type IssuerSettings = z.output<typeof issuerSchema>;
export type OdooUsersSettings = z.output<typeof odooUsersSchema>;
export type IdentitySettings = z.output<typeof fileSchema>;

/**
 * The file of GATEHOUSE_IDENTITY; nothing where there is none.
 * @throws ConfigError naming the member that is wrong
 */
export function readIdentityFile(path: string | undefined): IdentitySettings {
  if (path === undefined) return { issuers: [], odooUsers: [] };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`GATEHOUSE_IDENTITY, ${path}: ${(error as Error).message}`, { cause: error });
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => `GATEHOUSE_IDENTITY, ${path}: ${issue.path.join('.')}: ${issue.message}`).join('\n'));
  const doubled = parsed.data.issuers.find(({ issuer }, index, all) => all.findIndex((other) => other.issuer === issuer) !== index);
  if (doubled !== undefined) throw new ConfigError(`GATEHOUSE_IDENTITY, ${path}: ${doubled.issuer} is there twice.`);
  return parsed.data;
}

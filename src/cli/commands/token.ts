import { decodeJwt } from 'jose';
import { z } from 'zod';
import { thumbprint } from '../../auth/client-certificate.js';
import { grantOf, type GrantOptions } from '../../auth/grant.js';
import { roles } from '../../auth/scopes.js';
import type { RevocationKind } from '../../auth/token-state.js';
import type { Database } from '../../db/database.js';
import { GatehouseError } from '../../lib/errors.js';
import { isUuid, uuidv7 } from '../../lib/ids.js';
import type { DataCommand } from './command.js';
import { namedFacilities } from './named-facilities.js';

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const maxTtl = 366 * 86_400;

/** `8h`, `30m`, `90s`, `7d` → seconds. */
export function parseTtl(text: string, option = '--ttl'): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const seconds = match === null ? 0 : Number(match[1]) * units[match[2]!]!;
  if (seconds < 1 || seconds > maxTtl) throw new GatehouseError('BAD_INPUT', `${option} takes a time such as 30m, 8h or 7d, at most 366d; this is "${text}".`, { field: 'ttl' });
  return seconds;
}

const many = z.array(z.string()).default([]);
/** Options that say whose rights are given. */
export const grantShape = {
  role: z.enum(roles, { error: `--role takes one of: ${roles.join(', ')}.` }),
  party: many, carrier: many, facility: many, warehouse: many, connection: many, shop: many, company: many,
  scope: z.string().optional(),
  subject: z.string().min(1).max(200).optional(),
  /** PEM of the certificate that the token is bound to. */
  certificate: z.string().optional(),
};

/** Whose rows are given, for the audit log: ids and codes. */
function listsIn(given: Record<string, unknown>): { [name: string]: string[] } {
  return Object.fromEntries(['party', 'carrier', 'facility', 'warehouse', 'connection', 'shop', 'company'].flatMap((name) => (Array.isArray(given[name]) ? [[name, given[name].map(String)]] : [])));
}

/** Facilities with the companies that were found for them: what was typed does not always say whose they are. */
function facilitiesIn({ facilities = [] }: GrantOptions): { [name: string]: string[] } {
  return facilities.length === 0 ? {} : { facilities: [...facilities] };
}

const createSchema = z.object({ ...grantShape, ttl: z.string().optional(), refresh: z.string().optional() });

export const tokenCreate: DataCommand = {
  name: 'token create',
  audit: (given) => ({ action: 'token.created', target: { kind: 'role', id: String(given.role) }, payload: { scope: String(given.scope ?? ''), ttl: String(given.ttl ?? ''), subject: String(given.subject ?? ''), ...listsIn(given) } }),
  async *run({ tokens, audit, database }, given, by) {
    const options = parsed(createSchema, given);
    const grant = await grantOptionsOf(database, options);
    const issued = (kind: 'token' | 'family', id: string, of: string) => audit.record({ actor: by, action: 'token.issued', target: { kind, id }, payload: { subject: of, ...facilitiesIn(grant) } });
    const subject = options.subject === undefined ? {} : { subject: options.subject };
    if (options.refresh === undefined) {
      const token = await tokens.create({ ...grant, ...subject, ttl: parseTtl(options.ttl ?? '8h'), ...certificateOf(options.certificate) });
      const { jti, sub } = decodeJwt(token);
      await issued('token', jti!, sub!);
      yield token;
      return;
    }
    if (options.certificate !== undefined) throw new GatehouseError('BAD_INPUT', 'A refresh token is bound to no certificate. Use gatehouse token client --certificate.', { field: 'certificate' });
    const token = await tokens.refresh.begin({ subject: options.subject ?? `${options.role}:${uuidv7()}`, grant: grantOf(grant), accessTtl: parseTtl(options.ttl ?? '15m'), ttl: parseTtl(options.refresh, '--refresh') });
    const family = (await tokens.refresh.familyOf(token))!;
    await issued('family', family.id, family.subject);
    yield token;
  },
};

const clientSchema = z.object({ ...grantShape, id: z.string(), ttl: z.string().default('15m') });

/** A client that fetches its tokens at POST /token; prints its secret and nothing else, or that it shows its certificate. */
export const tokenClient: DataCommand = {
  name: 'token client',
  audit: (given) => ({ action: 'client.added', target: { kind: 'client', id: String(given.id) }, payload: { role: String(given.role), scope: String(given.scope ?? ''), ...listsIn(given) } }),
  async *run({ tokens, audit, database }, given, by) {
    const options = parsed(clientSchema, given);
    const grant = await grantOptionsOf(database, options);
    const secret = await tokens.clients.add({ id: options.id, grant: grantOf(grant), accessTtl: parseTtl(options.ttl), certificate: certificateOf(options.certificate).certificate ?? null });
    if (grant.facilities?.length) await audit.record({ actor: by, action: 'client.granted', target: { kind: 'client', id: options.id }, payload: facilitiesIn(grant) });
    yield secret ?? `Client ${options.id} shows its certificate: POST /token, grant_type=client_credentials, client_id=${options.id}.`;
  },
};

export const tokenList: DataCommand = {
  name: 'token list',
  async *run({ tokens }) {
    const [list, clients] = [await tokens.issuer.list(1000), await tokens.clients.list()];
    if (list.length === 0 && clients.length === 0) yield 'No token is valid now.';
    for (const token of list) yield [token.id, token.role, token.subject, `until ${token.expires_at}`, ...(token.connection === null ? [] : [`by ${token.connection}`]), ...(token.family === null ? [] : [`family ${token.family}`])].join('  ');
    for (const client of clients) yield `client ${client.id}  ${client.role}  ${client.certificate === null ? 'by secret' : 'by certificate'}  since ${client.created_at}`;
  },
};

const revokeSchema = z.object({ jti: z.string().optional(), subject: z.string().optional(), family: z.string().optional(), connection: z.string().optional() });

export const tokenRevoke: DataCommand = {
  name: 'token revoke',
  audit: (given) => {
    const [kind, id] = Object.entries(given).find(([, value]) => value !== undefined) ?? ['jti', ''];
    return { action: 'token.revoked', target: { kind, id: String(id) } };
  },
  async *run({ tokens }, given) {
    const named = Object.entries(parsed(revokeSchema, given)).filter(([, value]) => value !== undefined) as Array<[RevocationKind, string]>;
    if (named.length !== 1) throw new GatehouseError('BAD_INPUT', 'Say what to revoke: the id of a token (see: gatehouse token list), --subject, --family or --connection.');
    const [kind, value] = named[0]!;
    if ((kind === 'jti' || kind === 'family') && !isUuid(value)) throw new GatehouseError('BAD_INPUT', `${value.slice(0, 100)} is no id of a token. List them with: gatehouse token list`, { field: kind });
    // A client would fetch the next token at once.
    if (kind === 'connection' && (await tokens.clients.list()).some(({ id }) => id === value)) await tokens.clients.disable(value);
    await tokens.state.revoke(kind, value);
    yield `Revoked: ${kind === 'jti' ? 'token' : `every token of ${kind}`} ${value}. Open sockets close within a second.`;
  },
};

const rotateSchema = z.object({ atOnce: z.boolean().default(false) });

export const tokenRotateKeys: DataCommand = {
  name: 'token rotate-keys',
  audit: ({ atOnce }) => ({ action: 'signing-key.rotated', target: { kind: 'signing-key', id: 'newest' }, payload: { atOnce: atOnce === true } }),
  async *run({ tokens }, given) {
    const { kid, retiring } = await tokens.rotateKeys(parsed(rotateSchema, given));
    yield `Key ${kid} signs from now on.`;
    for (const key of retiring) yield `Key ${key.kid} proves its tokens until ${key.until}.`;
  },
};

function parsed<Shape extends z.ZodType>(schema: Shape, given: Record<string, unknown>): z.output<Shape> {
  const result = schema.safeParse(given);
  if (!result.success) throw new GatehouseError('BAD_INPUT', result.error.issues[0]!.message);
  return result.data;
}

/** @throws GatehouseError BAD_INPUT where a facility may be that of several companies, or of one that does not exist */
export async function grantOptionsOf(database: Pick<Database, 'kysely'>, options: Pick<z.output<typeof clientSchema>, Exclude<keyof typeof grantShape, 'subject' | 'certificate'>>): Promise<GrantOptions> {
  const { role, party, carrier, facility, warehouse, connection, shop, company, scope } = options;
  return {
    role, parties: party, carriers: carrier, facilities: await namedFacilities(database, [...facility, ...warehouse]), connections: connection, shops: shop, companies: company,
    ...(scope === undefined ? {} : { scopes: scope.split(',').map((each) => each.trim()) }),
  };
}

function certificateOf(pem: string | undefined): { certificate?: string } {
  if (pem === undefined) return {};
  const certificate = thumbprint(pem);
  if (certificate === undefined) throw new GatehouseError('BAD_INPUT', '--certificate takes a file with a certificate in PEM.', { field: 'certificate' });
  return { certificate };
}

import { GatehouseError } from '../lib/errors.js';
import { sameText } from '../lib/same-text.js';
import { grantByRules } from './claim-rules.js';
import type { Connections } from './connections.js';
import type { Grant } from './grant.js';
import type { IdentitySettings } from './identity-file.js';
import { partnerKindsOf } from './principal.js';
import { scopesOf } from './scopes.js';
import { authenticatedClient, basicOf, clientNamed, required, TokenGrantError, type TokenRequest } from './token-request.js';
import type { Tokens } from './tokens.js';

export const grantTypes = {
  refresh: 'refresh_token',
  client: 'client_credentials',
  exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
} as const;
export const accessTokenUrn = 'urn:ietf:params:oauth:token-type:access_token';
/** Type of a subject token that is the id of a user of a connected Odoo. */
export const odooUserUrn = 'urn:gatehouse:token-type:odoo-user';

/** RFC 6749, 5.1; RFC 8693, 2.2.1. */
export interface TokenAnswer {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  scope?: string;
  refresh_token?: string;
  issued_token_type?: string;
}

/**
 * The client on whose proof the answer of POST /token depends; null where it is a token that must be good.
 * @throws TokenGrantError invalid_client
 */
export function clientDeciding(request: TokenRequest): string | null {
  const type = request.parameters.get('grant_type');
  if (type === grantTypes.client) return clientNamed(request);
  return type === grantTypes.exchange ? (basicOf(request)?.id ?? null) : null;
}

/** The grants of POST /token. */
export class TokenGrants {
  readonly #tokens: Tokens;
  readonly #connections: Pick<Connections, 'find'>;
  readonly #odooUsers: ReadonlyMap<string, IdentitySettings['odooUsers'][number]>;

  constructor(tokens: Tokens, connections: Pick<Connections, 'find'>, { odooUsers }: Pick<IdentitySettings, 'odooUsers'>) {
    this.#tokens = tokens;
    this.#connections = connections;
    this.#odooUsers = new Map(odooUsers.map((each) => [each.connection, each]));
  }

  /** @throws TokenGrantError */
  async answer(request: TokenRequest): Promise<TokenAnswer> {
    const type = required(request, 'grant_type');
    if (type === grantTypes.refresh) return this.#refresh(request);
    if (type === grantTypes.client) return this.#client(request);
    if (type === grantTypes.exchange) return this.#exchange(request);
    throw new TokenGrantError('unsupported_grant_type', `grant_type takes ${Object.values(grantTypes).join(', ')}.`);
  }

  /** A refresh token that comes a second time ends its family: of two who hold it one is a thief. */
  async #refresh(request: TokenRequest): Promise<TokenAnswer> {
    const used = await this.#tokens.refresh.use(required(request, 'refresh_token'));
    if (!('family' in used)) {
      if (used.reusedFamily !== null) await this.#tokens.state.revoke('family', used.reusedFamily);
      throw new TokenGrantError('invalid_grant', 'This refresh token is not good (any more). Sign in again.', { endedFamily: used.reusedFamily });
    }
    const { family, next } = used;
    const left = Math.floor((Date.parse(family.expiresAt) - Date.now()) / 1000);
    const ttl = Math.max(1, Math.min(family.accessTtl, left));
    const scopes = narrowed(request, family.grant);
    const { jwt } = await this.#tokens.issuer.issue({ grant: { ...family.grant, ...scopes }, subject: family.subject, ttl, family: family.id });
    // A revocation covers what is in the register by then: what was being made meanwhile is looked at here.
    if (await this.#tokens.refresh.isRevoked(family)) throw new TokenGrantError('invalid_grant', 'This refresh token is not good (any more). Sign in again.');
    return { access_token: jwt, token_type: 'Bearer', expires_in: ttl, refresh_token: next, ...scopeParameter(scopes) };
  }

  async #client(request: TokenRequest): Promise<TokenAnswer> {
    const client = await authenticatedClient(this.#tokens.clients, request);
    const scopes = narrowed(request, client.grant);
    const { jwt } = await this.#tokens.issuer.issue({
      grant: { ...client.grant, ...scopes }, subject: `client:${client.id}`, ttl: client.accessTtl, connection: client.id, ...(client.certificate === null ? {} : { certificate: client.certificate }),
    });
    await authenticatedClient(this.#tokens.clients, request); // not disabled meanwhile
    return { access_token: jwt, token_type: 'Bearer', expires_in: client.accessTtl, ...scopeParameter(scopes) };
  }

  /**
   * RFC 8693: a connected Odoo names one of its users and is given a short token with the rights that the
   * configuration gives that user. Odoo proves itself by its connection's secret, or by a token with the
   * scope tokens:exchange and the parameter `connection`.
   */
  async #exchange(request: TokenRequest): Promise<TokenAnswer> {
    const connection = await this.#exchangingConnection(request);
    const settings = this.#odooUsers.get(connection);
    if (settings === undefined) throw new TokenGrantError('unauthorized_client', `No rules say what users of ${connection} may do: see odooUsers in the file of GATEHOUSE_IDENTITY.`);
    if (required(request, 'subject_token_type') !== odooUserUrn) throw new TokenGrantError('invalid_request', `subject_token_type takes ${odooUserUrn}.`);
    const user = required(request, 'subject_token');
    if (!/^[1-9]\d{0,9}$/.test(user)) throw new TokenGrantError('invalid_request', 'subject_token is the id of a user in Odoo.');
    const { parameters } = request;
    const wanted = parameters.get('requested_token_type');
    if (wanted !== undefined && wanted !== accessTokenUrn) throw new TokenGrantError('invalid_request', `requested_token_type takes ${accessTokenUrn}.`);
    const claims = { user, groups: words(parameters.get('odoo_groups')), ...(parameters.has('odoo_partner') ? { partner: parameters.get('odoo_partner') } : {}), ...(parameters.has('odoo_company') ? { company: parameters.get('odoo_company') } : {}) };
    const grant = refusable(() => grantByRules(settings.rules, claims));
    const scopes = narrowed(request, grant);
    const { jwt } = await this.#tokens.issuer.issue({ grant: { ...grant, ...scopes }, subject: `odoo:${connection}:${user}`, ttl: settings.ttl, connection });
    return { access_token: jwt, issued_token_type: accessTokenUrn, token_type: 'Bearer', expires_in: settings.ttl, ...scopeParameter(scopes) };
  }

  async #exchangingConnection(request: TokenRequest): Promise<string> {
    const refused = new TokenGrantError('invalid_client', 'Show the secret of the connection (Basic), or a token with the scope tokens:exchange.');
    const basic = basicOf(request);
    if (basic !== null) {
      const connection = await this.#connections.find(basic.id);
      const secrets = connection?.connector === 'odoo' ? (connection.secrets['webhookSecret'] ?? []) : [];
      if (!secrets.some((secret) => sameText(secret, basic.secret))) throw refused;
      return basic.id;
    }
    try {
      const principal = await this.#tokens.authenticate(request.authorization, request.certificate);
      if (!principal.scopes.has('tokens:exchange')) throw refused;
    } catch (error) {
      if (error instanceof GatehouseError && error.code === 'UNAUTHENTICATED') throw refused;
      throw error;
    }
    const connection = required(request, 'connection');
    if ((await this.#connections.find(connection))?.connector !== 'odoo') throw new TokenGrantError('unauthorized_client', `There is no connection ${connection} to an Odoo.`);
    return connection;
  }
}

/** `scope` narrows what would be given: what a role is given only where a grant names it, nobody asks for here. */
function narrowed({ parameters }: TokenRequest, grant: Grant): { scopes?: string[] } {
  const wanted = words(parameters.get('scope'));
  if (wanted.length === 0) return grant.scopes === undefined ? {} : { scopes: [...grant.scopes] };
  const granted: readonly string[] = grant.scopes ?? scopesOf(grant.role, partnerKindsOf(grant)).granted;
  if (wanted.some((scope) => !granted.includes(scope))) throw new TokenGrantError('invalid_scope', `scope takes some of: ${granted.join(' ')}.`);
  return { scopes: wanted };
}

function scopeParameter({ scopes }: { scopes?: string[] }): { scope?: string } {
  return scopes === undefined ? {} : { scope: scopes.join(' ') };
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(' ').filter((word) => word !== '');
}

function refusable<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'UNAUTHENTICATED') throw new TokenGrantError('invalid_grant', error.message);
    throw error;
  }
}

import { GatehouseError } from '../lib/errors.js';
import type { Principal } from './principal.js';
import { authenticatedClient, clientNamed, required, TokenGrantError, type TokenRequest } from './token-request.js';
import type { Tokens } from './tokens.js';

/** A token that may be taken back by who asks. */
export interface Revocable {
  /** A refresh token goes with all that came of it. */
  kind: 'jti' | 'family';
  id: string;
  /** Who takes it back. */
  by: { subject: string; role: string };
}

/**
 * POST /revoke (RFC 7009). Holding a token is proof enough to take it back; who names a client must prove to be it,
 * and takes back what was given to that client.
 */
export class TokenRevocation {
  readonly #tokens: Tokens;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /**
   * The token of the parameter `token`; null where it is none, or is not good any more. `token_type_hint` is not needed.
   * @throws TokenGrantError
   */
  async find(request: TokenRequest): Promise<Revocable | null> {
    const token = required(request, 'token');
    const client = clientNamed(request) === null ? null : await authenticatedClient(this.#tokens.clients, request);
    const found = token.startsWith('gr_') ? await this.#family(token) : await this.#access(token, request.certificate);
    if (found === null) return null;
    if (client === null) return { kind: found.kind, id: found.id, by: found.holder };
    if (found.client !== client.id) throw new TokenGrantError('unauthorized_client', 'This token was not given to this client. Who holds it takes it back without naming a client.');
    return { kind: found.kind, id: found.id, by: { subject: `client:${client.id}`, role: client.grant.role } };
  }

  /** Takes effect at once here, within a second elsewhere and on open sockets. */
  async revoke({ kind, id }: Revocable): Promise<void> {
    await this.#tokens.state.revoke(kind, id);
  }

  async #family(token: string) {
    const family = await this.#tokens.refresh.familyOf(token);
    return family === null ? null : { kind: 'family' as const, id: family.id, holder: { subject: family.subject, role: family.role }, client: null };
  }

  async #access(token: string, certificate: string | undefined) {
    const principal = await this.#authenticated(token, certificate);
    if (principal === null) return null;
    const { id, connection } = principal.token!;
    if (id === null || !this.#tokens.isOurs(principal)) throw new TokenGrantError('unsupported_token_type', 'This token is of another issuer: take it back there.');
    return { kind: 'jti' as const, id, holder: { subject: principal.subject, role: principal.role }, client: connection };
  }

  async #authenticated(token: string, certificate: string | undefined): Promise<Principal | null> {
    try {
      return await this.#tokens.authenticate(`Bearer ${token}`, certificate);
    } catch (error) {
      if (error instanceof GatehouseError && error.code === 'UNAUTHENTICATED') return null;
      throw error;
    }
  }
}

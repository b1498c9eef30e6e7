import type { TokenClient, TokenClients } from './token-clients.js';

/** Refusals of the token and the revocation endpoint, by RFC 6749, 5.2, and RFC 7009, 2.2.1. */
export class TokenGrantError extends Error {
  readonly code: 'invalid_request' | 'invalid_client' | 'invalid_grant' | 'unauthorized_client' | 'unsupported_grant_type' | 'invalid_scope' | 'unsupported_token_type';

  /** Refresh tokens that ended because one of them came a second time. */
  readonly endedFamily: string | null;

  constructor(code: TokenGrantError['code'], message: string, { endedFamily = null }: { endedFamily?: string | null } = {}) {
    super(message);
    this.code = code;
    this.endedFamily = endedFamily;
  }
}

/** What came to the token or the revocation endpoint. */
export interface TokenRequest {
  parameters: ReadonlyMap<string, string>;
  authorization?: string | undefined;
  /** Thumbprint of the certificate that the client showed. */
  certificate?: string | undefined;
}

/** @throws TokenGrantError invalid_request */
export function required({ parameters }: TokenRequest, name: string): string {
  const value = parameters.get(name);
  if (value === undefined || value === '') throw new TokenGrantError('invalid_request', `Send the parameter ${name}.`);
  return value;
}

/**
 * RFC 6749, 2.3.1: both parts are form-encoded.
 * @throws TokenGrantError invalid_client
 */
export function basicOf({ authorization }: Pick<TokenRequest, 'authorization'>): { id: string; secret: string } | null {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const at = text.indexOf(':');
  if (at < 0) return null;
  try {
    const [id, secret] = [text.slice(0, at), text.slice(at + 1)].map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
    return { id: id!, secret: secret! };
  } catch {
    throw new TokenGrantError('invalid_client', 'The Basic credentials are not form-encoded.');
  }
}

/**
 * The client that a request says it comes from, by Basic or in its parameters, proved or not; null: it names none.
 * @throws TokenGrantError invalid_client
 */
export function clientNamed(request: TokenRequest): string | null {
  return basicOf(request)?.id ?? request.parameters.get('client_id') ?? null;
}

/**
 * The client that sent it.
 * @throws TokenGrantError invalid_client where it did not prove who it is
 */
export async function authenticatedClient(clients: TokenClients, request: TokenRequest): Promise<TokenClient> {
  const { parameters, certificate } = request;
  const id = clientNamed(request);
  const client = id === null ? null : await clients.authenticate(id, { secret: basicOf(request)?.secret ?? parameters.get('client_secret'), certificate });
  if (client === null) throw new TokenGrantError('invalid_client', 'There is no such client, or it did not prove who it is.');
  return client;
}

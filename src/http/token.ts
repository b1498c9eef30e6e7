import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientDeciding, type TokenAnswer } from '../auth/token-grants.js';
import { clientNamed, TokenGrantError, type TokenRequest } from '../auth/token-request.js';
import type { GatehouseError } from '../lib/errors.js';
import { refusedAt } from './audited-tokens.js';
import type { TokenLimits } from './rate-limits.js';
import type { Rejections } from './rejections.js';

export interface TokenRouteOptions {
  /** @throws TokenGrantError */
  answer(request: TokenRequest): Promise<TokenAnswer>;
  /**
   * @returns whether there was such a token
   * @throws TokenGrantError
   */
  revoke(request: TokenRequest): Promise<boolean>;
  limits: TokenLimits;
  rejections: Pick<Rejections, 'count'>;
  /** Thumbprint of the certificate that the client showed. */
  certificateOf(request: FastifyRequest['raw']): string | undefined;
}

const maxBodyBytes = 32 * 1024;

/**
 * POST /token: refresh, client credentials and token exchange (RFC 6749, RFC 8693); POST /revoke (RFC 7009). Who is
 * refused too often is answered by 429, whatever is asked for.
 */
export function tokenRoutes(app: FastifyInstance, options: TokenRouteOptions): void {
  const { answer, revoke, limits, rejections } = options;
  app.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: maxBodyBytes }, (_request, body, done) => done(null, new URLSearchParams(body as string)));
    // Before the body is read.
    scope.addHook('onRequest', async (request) => counting(rejections, () => limits.check(request.ip, null)));
    scope.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store').header('pragma', 'no-cache'));
    scope.post('/token', { bodyLimit: maxBodyBytes }, (request, reply) => refusing(reply, () => limited(request, options, clientDeciding, answer)));
    scope.post('/revoke', { bodyLimit: maxBodyBytes }, (request, reply) => refusing(reply, async () => {
      // One that is none is answered alike (RFC 7009, 2.2), and counts as a guess.
      if (!(await limited(request, options, clientNamed, revoke))) limits.countRefused(request.ip, null);
      return reply.code(200).send();
    }));
  });
}

/** @param clientOf the client that must prove itself for the request to be answered */
async function limited<Result>(request: FastifyRequest, { limits, rejections, certificateOf }: TokenRouteOptions, clientOf: (given: TokenRequest) => string | null, step: (given: TokenRequest) => Promise<Result>): Promise<Result> {
  let client: string | null = null;
  try {
    const given = { parameters: parametersOf(request.body), authorization: request.headers.authorization, certificate: certificateOf(request.raw) };
    client = clientOf(given);
    counting(rejections, () => limits.check(request.ip, client));
    const result = await step(given);
    if (client !== null) limits.countProved(request.ip, client);
    return result;
  } catch (error) {
    if (error instanceof TokenGrantError) limits.countRefused(request.ip, error.code === 'invalid_client' ? client : null);
    throw error;
  }
}

function counting(rejections: Pick<Rejections, 'count'>, check: () => void): void {
  try {
    check();
  } catch (error) {
    rejections.count(refusedAt.token, 'rate_limited');
    throw error;
  }
}

/** Refusals of the endpoints in the form of RFC 6749, 5.2; all others are problem documents. */
async function refusing(reply: FastifyReply, step: () => Promise<unknown>): Promise<unknown> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof TokenGrantError)) throw error as GatehouseError;
    if (error.code === 'invalid_client') reply.header('www-authenticate', 'Basic realm="token"');
    return reply.code(error.code === 'invalid_client' ? 401 : 400).send({ error: error.code, error_description: error.message });
  }
}

/** RFC 6749, 3.2: no parameter twice. */
function parametersOf(body: unknown): ReadonlyMap<string, string> {
  if (!(body instanceof URLSearchParams)) throw new TokenGrantError('invalid_request', 'Send the parameters as application/x-www-form-urlencoded.');
  const parameters = new Map<string, string>();
  for (const [name, value] of body) {
    if (parameters.has(name)) throw new TokenGrantError('invalid_request', `The parameter ${name} is there twice.`);
    parameters.set(name, value);
  }
  return parameters;
}

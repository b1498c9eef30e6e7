import type { ApolloServerPlugin, BaseContext } from '@apollo/server';

/** Faults of a document that was received well, and of its variables. */
const documentFaults = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'TOO_COSTLY']);

/**
 * To clients that accept `application/json` and say no more, a well-formed request is answered with 200,
 * whatever is wrong with its document: their tools take any other status for one of a proxy on the way
 * (GraphQL over HTTP, 6.4.1). Everybody else gets 400. Who must wait gets 429, whatever he accepts.
 */
export function statusPlugin<Context extends BaseContext>(): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ request, response, errors }) {
          const waiting = errors?.find((error) => error.extensions.code === 'RATE_LIMITED');
          if (waiting !== undefined) {
            response.http.status = 429;
            if (typeof waiting.extensions.retryAfter === 'number') response.http.headers.set('retry-after', String(waiting.extensions.retryAfter));
            return;
          }
          const accepted = (request.http?.headers.get('accept') ?? '').split(',').map((type) => type.split(';')[0]!.trim());
          const isLegacy = accepted.includes('application/json') && !accepted.includes('application/graphql-response+json');
          if (isLegacy && response.http.status === 400 && errors?.every((error) => documentFaults.has(String(error.extensions.code))) === true) response.http.status = 200;
        },
      };
    },
  };
}

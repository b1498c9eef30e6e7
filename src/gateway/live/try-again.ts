import { GatehouseError } from '../../lib/errors.js';

/** "Try again later" in RFC 6455's registry of close codes. Clients of graphql-ws do; they take 4500 for the end of all trying. */
export const tryAgainLater = 1013;

/** Nobody can say now whose token it is: the database, or an outside issuer, is away. */
export function isNotKnownNow(error: unknown): boolean {
  return !(error instanceof GatehouseError) || error.code === 'UNAVAILABLE';
}

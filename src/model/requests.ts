import { uuidOfName } from '../lib/ids.js';
import type { Money } from './facts.js';
import type { BookingInput, FreightRequest } from './commands.js';

/** What an outside system wants done at a carrier. Each becomes one command, however often it is told. */
export type FreightWish =
  | { kind: 'BOOK'; requestId: string; freight: FreightRequest; service?: NonNullable<BookingInput['service']>; quoted?: Money; quote?: string; /** A request that this one takes the place of: it must not be carried out after it. */ replaces?: string }
  | { kind: 'RETURN'; requestId: string; freight: FreightRequest; service?: NonNullable<BookingInput['service']>; /** The request that brought what comes back. */ returnOf?: string }
  | { kind: 'CANCEL'; requestId: string; /** The request that is cancelled; else the booking, as it was told. */ cancels?: string; booking?: string };

/** Id of the command of a request: the same for every repetition. */
export function commandOfRequest(connection: string, requestId: string): string {
  return uuidOfName(`request:${connection}:${requestId}`);
}

import type { Access } from '../../contract.js';
import type { BookingCalls, BookingCarrier, Held, PackageToBook, Service } from './carrier.js';
import type { CarrierError, CarrierOutcome } from './errors.js';
import type { FetchedFile } from './files.js';
import type { MemoryKeeper } from './memory.js';

/** One package on its way through the booking. */
export interface PartInHand<Draft, Bought> {
  of: PackageToBook;
  /** As it stands at the carrier; null where it has no drafts, or it could not be made or read. */
  draft: Held<Draft> | null;
  bought: Held<Bought> | null;
  files: FetchedFile[];
  /** Why it did not come out. Where that may pass, the whole command is tried again. */
  error?: CarrierError;
}

export interface Buying<Settings, Draft, Bought> {
  calls: BookingCalls<Draft, Bought>;
  carrier: BookingCarrier<Settings, Draft, Bought>;
  access: Access<Settings>;
  keeper: MemoryKeeper;
  command: string;
  isReturn: boolean;
  service: Service;
}

/** The labels of what was bought, as they are wanted. */
export function labelsOf<Settings, Draft, Bought>({ calls, carrier, access, isReturn, command }: Buying<Settings, Draft, Bought>, { of }: PartInHand<Draft, Bought>, bought: Held<Bought>): Promise<CarrierOutcome<FetchedFile[]>> {
  return calls.labels(bought, { connection: access.connection, command, package: of.package.id, kind: isReturn ? 'RETURN_LABEL' : 'LABEL', format: of.format }, carrier.alsoFormat?.(access.settings));
}

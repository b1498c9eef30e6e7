import type { PickupInput, PickupPart } from '../../../model/commands.js';
import type { Money } from '../../../model/facts.js';
import type { Access, Outcome } from '../../contract.js';
import type { Guard, Held } from './carrier.js';
import type { CarrierOutcome } from './errors.js';
import type { AskedPickup } from './pickup-answers.js';

/**
 * How a carrier is asked once to come and fetch. `guard` says what keeps it from being asked twice, as it does of
 * bookings (`carrier.ts`), and may be another one than theirs: `carrier` where a draft is scheduled once however often it
 * is asked to, `look-up` and `may-find` where it can be looked for, `none` where it cannot: then a call whose answer was
 * lost is not repeated, and a person asks the carrier.
 */
export interface PickupCarrier<Settings> {
  /** For people. */
  name: string;
  guard: Guard;
  /** Where `guard` is `look-up` or `may-find`: milliseconds after the last call until a look-up that finds nothing is believed, or given up. */
  settleMs?(settings: Settings): number;
  /** What the carrier's own object, kept raw, says; null where it cannot be read. Pure: facts are made again from what was kept. */
  readPickup(raw: unknown): KeptPickup | null;
  /** What it lacks so that this carrier would refuse it; asked before it is accepted. Pure. */
  lacksForPickup?(input: PickupInput, settings: Settings): { field: string; message: string } | null;
  /** @param timeoutMs for all calls together */
  openPickups(access: Access<Settings>, timeoutMs: number): Outcome<PickupCalls>;
}

/** What is to be fetched. */
export interface WantedPickup {
  input: PickupInput;
  /** Our name of it at the carrier, the same in every attempt: the id of the command. */
  reference: string;
}

/** Calls of one command, within its time. Errors are data. */
export interface PickupCalls {
  /**
   * Makes a draft, or finds out what scheduling needs (an account, whether somebody can come), which costs nothing, or reads
   * what was made before (`known`). Its id is remembered. Absent: nothing comes before `schedule`.
   * @param remember what stands for it until it is ready, given as `known` the next time; durable when it resolves
   */
  draft?(of: WantedPickup, known: string | null, remember: (id: string) => Promise<void>): Promise<CarrierOutcome<Held<unknown>>>;
  /**
   * Has it come. `raw` is kept, is what `readPickup` reads, and what `cancel` gets.
   * @param draft null where the carrier has none
   */
  schedule(of: WantedPickup, draft: Held<unknown> | null): Promise<CarrierOutcome<Held<unknown>>>;
  /** What was scheduled under our reference before; null where nothing was. Needed where `guard` is `look-up` or `may-find`. */
  find?(of: SoughtPickup): Promise<CarrierOutcome<Held<unknown> | null>>;
  /** Calls it off, and does not ask again for what is off already. Gives what `readPickup` reads as it stands after; null where a draft was never scheduled. Absent: only people can. */
  cancel?(of: ScheduledPickup): Promise<CarrierOutcome<Held<unknown> | null>>;
}

/** A pickup that is looked for. The address is not remembered. */
export interface SoughtPickup {
  reference: string;
  asked: AskedPickup;
  parts: PickupPart[];
  /** What `draft` gave, where the carrier has that. */
  draftId: string | null;
  /** When the first call that may have scheduled it began, ms. */
  sinceMs: number;
}

/** What stands at the carrier. */
export interface ScheduledPickup {
  /** Its id, or that of the draft that may have become one; then `raw` is null. */
  id: string;
  raw: unknown;
}

/** What facts need of a pickup, read from the carrier's own object. */
export interface KeptPickup {
  state: 'SCHEDULED' | 'CANCELLED' | 'FAILED';
  /** The carrier's word for it. */
  rawState: string;
  confirmation?: string;
  /** As the carrier confirmed it: ISO date, and local times of day at the place, HH:MM. Absent: as it was asked for. */
  on?: string;
  readyAt?: string;
  closesAt?: string;
  price?: Money;
  /** Why it failed. */
  message?: string;
}

import type { BookingInput, CommandInputs, FreightPackage, FreightRequest, LabelFormat } from '../../../model/commands.js';
import type { Money } from '../../../model/facts.js';
import type { ZonedInstant } from '../../../model/time.js';
import type { Access, Answer, Outcome, PerformedFile } from '../../contract.js';
import type { AddressChecking } from './address-check.js';
import type { CarrierOutcome } from './errors.js';
import type { FetchedFile, WantedLabel } from './files.js';
import type { PackageRate } from './rates.js';

/**
 * How parcels are booked exactly once. Every package is booked by itself, with a number of its own: what a
 * carrier refuses for one package leaves the others standing, and can be repeated alone. The order of steps, what
 * is remembered, what is chosen, what is kept and the facts made from it are the same for all carriers; a carrier
 * gives the calls (`BookingCalls`). There are two families:
 *
 * **With a draft** (EasyPost, Shippo, ShipEngine): a draft is made, which costs nothing, and its id remembered;
 * its rates are chosen from, and the choice remembered; then it is bought. **Without** (UPS, FedEx, DHL): rates
 * are asked for and chosen from, and one call books, and costs.
 *
 * What keeps the costly call from being made twice is the carrier's `guard`:
 * - `carrier`: it takes the purchase of a draft once, however often it is asked to. After an answer that was lost
 *   the draft is read, and tells. Nothing is at risk.
 * - `look-up`: that a purchase begins is remembered before the call. Until its answer is known, the carrier is
 *   asked what was bought under our reference (`find`) before anything is bought again, and not believed that it
 *   was nothing sooner than `settleMs` after the last call: a server may still be at work on a call that we gave
 *   up. At risk is a carrier that takes longer than that, or whose look-up lags behind by more.
 * - `may-find`: the same, but that nothing is found proves nothing, however late (a look-up that lags by hours, or leaves
 *   things out). What is found is kept; what is not found after `settleMs` is given up as with `none`.
 * - `none`: it cannot be asked. A purchase whose answer was lost is never repeated: the package is given up with
 *   the reason that it may have been booked, and a person looks at the carrier's own pages, under our reference.
 *   The booking that the carrier made meanwhile, if it did, has no record here until then.
 *
 * A refusal (4xx) says that nothing was bought in every case; a lost answer, a 5xx or an answer that cannot be
 * read says nothing.
 *
 * Of a carrier that gives a label once (`isUsable`) the label is remembered with the purchase. What is found without one is
 * of no use: it is voided, and bought anew once the carrier has confirmed that. What was voided is remembered, and
 * never taken for a later purchase.
 */
export type Guard = 'carrier' | 'look-up' | 'may-find' | 'none';

/** A carrier to the kit. `readKept` is pure: facts are made again from what was kept. */
export interface BookingCarrier<Settings, Draft = unknown, Bought = unknown> {
  /** For people. */
  name: string;
  guard: Guard;
  /** Where `guard` is `look-up` or `may-find`: milliseconds after the last purchase call until a look-up that finds nothing is believed, or given up. By the settings, so that a slower service can be waited for. */
  settleMs?(settings: Settings): number;
  /** Where `guard` is `may-find`: whether who set the connection up takes it upon them that what is not found after `settleMs` was not bought. */
  isFindingBelieved?(settings: Settings): boolean;
  /** What the carrier's own object, kept raw, says; null where it cannot be read. */
  readKept(raw: unknown): BookedParcel | null;
  /** Of a carrier that gives a label once: whether what is found without one is voided and bought anew without asking anybody. Absent: it is. */
  voidsUnusable?(settings: Settings): boolean;
  /** @param timeoutMs for all calls together */
  open(access: Access<Settings>, timeoutMs: number): Outcome<BookingCalls<Draft, Bought>>;
  /** What a booking lacks so that this carrier would refuse it; customs at a border, as a rule. */
  lacks?(input: BookingInput, settings: Settings): { field: string; message: string } | null;
  /** Where it can be asked about addresses. */
  addresses?: AddressChecking<Settings>;
  /** Formats that are kept of every label beside the one that was asked for, where the carrier gives them. */
  alsoFormat?(settings: Settings): LabelFormat | undefined;
}

/** An object of the carrier: as it was read, and raw, as it is kept. */
export interface Held<T> {
  /** The carrier's id of it. */
  id: string;
  read: T;
  /** Without files: those are kept apart. */
  raw: unknown;
}

/** One package to be booked, or quoted. */
export interface PackageToBook {
  package: FreightPackage;
  request: FreightRequest;
  isReturn: boolean;
  /** Nothing is booked by it: its names are not unique. */
  isQuote: boolean;
  format: LabelFormat;
  /** Our name of it at the carrier, the same in every attempt: `<command>/<package>`, at most 137 characters. */
  reference: string;
  /** The same as a UUID, for carriers whose references are short. */
  key: string;
}

/** What is known of a package of a booking when it is looked for. */
export interface SoughtPackage {
  package: string;
  reference: string;
  key: string;
  /** Of the draft and of what was bought, where known. */
  draftId: string | null;
  boughtId: string | null;
  /** What `offerOf` gave before the purchase. */
  by: string | null;
  /** Ids of what was bought for it before, and voided. */
  voided: readonly string[];
}

export interface Service {
  carrier: string;
  code: string;
}

/** Calls of one command, within its time. Errors are data. */
export interface BookingCalls<Draft, Bought> {
  /** Makes a draft, or reads the one that was made (`known`), with its rates. Absent: the carrier has no drafts. */
  draft?(of: PackageToBook, known: string | null): Promise<CarrierOutcome<Held<Draft>>>;
  /** Rates for one package; from its draft where there is one. Costs nothing. */
  rates(of: PackageToBook, draft: Held<Draft> | null): Promise<CarrierOutcome<PackageRate[]>>;
  /** What carriers said instead of a rate, for people; empty where nothing. */
  whyNoRate?(draft: Held<Draft>): string;
  /** What exactly will be bought, such as a rate's id, where `find` needs it. Remembered before the purchase. */
  offerOf?(draft: Held<Draft> | null, service: Service): string | undefined;
  /** Whether this draft was bought already; where the draft itself tells. */
  boughtFrom?(draft: Held<Draft>): Held<Bought> | null;
  /**
   * What was bought for this package before: by its id, or by our reference; null where nothing was. Where
   * `guard` is `look-up` every carrier answers this; `none`: only for an id that is known.
   */
  find?(of: SoughtPackage): Promise<CarrierOutcome<Held<Bought> | null>>;
  /** Whether what was bought is of use as it is: not without its label, where that is given once. Absent: it always is. */
  isUsable?(of: Held<Bought>): boolean;
  /** The costly call. Called once more only after `find` gave null, or an answer that says that nothing was bought. */
  buy(of: PackageToBook, draft: Held<Draft> | null, service: Service): Promise<CarrierOutcome<Held<Bought>>>;
  /**
   * The label in the wanted format, with other papers that came with it (customs); in `also` as well, where the carrier gives it.
   * @returns an error that may pass where it is to be tried again; any other where there is no such label
   */
  labels(of: Held<Bought>, wanted: WantedLabel, also: LabelFormat | undefined): Promise<CarrierOutcome<FetchedFile[]>>;
  /** Voids what was bought, and does not ask again for what was asked for already. Gives the object as it stands after. */
  cancel(id: string): Promise<CarrierOutcome<Held<Bought>>>;
  /** Absent: the carrier has no manifests. */
  manifest?(of: ManifestWish): Promise<CarrierOutcome<Manifest>>;
  /** What `receive.decode` reads of this number as if it had been sent; null where the carrier does not know it. */
  track?(number: TrackedNumber): Promise<CarrierOutcome<Tracked | null>>;
}

/** What `receive.decode` reads, with the proofs of delivery that came with it. */
export type Tracked = Answer & { files?: PerformedFile[] };

export type TrackedNumber = { carrier: string | null; number: string };

export interface ManifestWish {
  input: CommandInputs['manifest.create'];
  /** Id of the manifest that was begun in an earlier attempt. */
  known: string | null;
  isRepeated: boolean;
}

export interface Manifest {
  id: string;
  raw: unknown;
  state: 'READY' | 'WAITING' | 'FAILED';
  /** Why it failed. */
  message?: string;
  /** Its sheets, each a PDF. */
  sheets(): Promise<CarrierOutcome<Uint8Array[]>>;
}

/** What facts need of one package, read from the carrier's own object. */
export interface BookedParcel {
  externalId: string;
  /** Absent: not bought. */
  trackingNumber?: string;
  /** Who moves it, as the number's issuer; null where it is not said. */
  carrier: string | null;
  price?: Money;
  deliveryAt?: string;
  /** Absent: no label was made. `madeAt` null: it is not said when. */
  label?: { madeAt: ZonedInstant | null };
  /** The carrier's word for how its cancellation stands, and what that means. Null: none was asked for. */
  cancellation: { raw: string; state: 'REQUESTED' | 'DONE' | 'REJECTED' } | null;
}

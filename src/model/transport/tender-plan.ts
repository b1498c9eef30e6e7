import { instant, type Instant } from '../../lib/clock.js';
import { GatehouseError } from '../../lib/errors.js';
import { afterMinutes, type WorkingHours } from './working-time.js';

/**
 * A load is offered to carriers one after the other, each with a deadline. Whatever comes is a step; what a step asks
 * for (an offer that is to be sent, a matter for people) is given back as effects. Pure: the same steps give the same plan.
 */
export interface TenderPlan {
  /** Number under which carriers know the load. */
  load: string;
  state: TenderPlanState;
  /** Rises with every step that changes something. */
  version: number;
  /** In the order in which they are asked. */
  candidates: TenderCandidate[];
  hours?: WorkingHours;
  /** One for each candidate that was asked, in their order. */
  offers: TenderOffer[];
}

/** OPEN: somebody is asked. EXHAUSTED: nobody is left to be asked. */
export const tenderPlanStates = ['OPEN', 'ACCEPTED', 'EXHAUSTED', 'WITHDRAWN'] as const;
export type TenderPlanState = (typeof tenderPlanStates)[number];

export const tenderChannels = ['EDI', 'PORTAL'] as const;
export type TenderChannel = (typeof tenderChannels)[number];

export interface TenderCandidate {
  /** Code of the carrier. */
  carrier: string;
  channel: TenderChannel;
  /** Of EDI: connection with the carrier. */
  connection?: string;
  /** Minutes within which it may answer. */
  minutes: number;
}

export const offerStates = ['OPEN', 'ACCEPTED', 'DECLINED', 'EXPIRED', 'SKIPPED', 'WITHDRAWN'] as const;
export type OfferState = (typeof offerStates)[number];

export interface TenderOffer extends TenderCandidate {
  /** Place among the offers, from 0. */
  ordinal: number;
  state: OfferState;
  /** Rises when the load changes: an answer is to one revision. */
  revision: number;
  /** Of the load as the carrier took it; behind `revision` until it confirms a change. */
  acceptedRevision?: number;
  /** Of this revision. */
  offeredAt: Instant;
  deadlineAt: Instant;
  endedAt?: Instant;
  /** Revision whose unconfirmed change people were told of. */
  alarmed?: number;
  answers: TenderAnswer[];
  /** Version of the plan in which this offer changed last. */
  changedIn: number;
}

/**
 * TAKEN: it decided. LATE: an acceptance of an offer that had ended, for people to decide. GIVEN_AWAY: an acceptance after somebody
 * else got the load. OUTDATED: of a load that has changed since, or behind a later answer. REPEATED: it said nothing new.
 */
export const answerEffects = ['TAKEN', 'LATE', 'GIVEN_AWAY', 'OUTDATED', 'REPEATED'] as const;
export type AnswerEffect = (typeof answerEffects)[number];

export interface TenderAnswer {
  /** By which a repetition is told: the same answer is recorded once. */
  key: string;
  said: 'ACCEPTED' | 'DECLINED';
  via: 'EDI' | 'PORTAL' | 'PEOPLE';
  /** When it arrived here. */
  at: Instant;
  /** Revision of the offer that it answers; 0: an offer of an earlier tender of the load. */
  revision: number;
  /** Of EDI: place among the carrier's own answers. */
  order?: number;
  reason?: string;
  effect: AnswerEffect;
}

export type TenderStep =
  | ({ do: 'answer'; ordinal: number } & Omit<TenderAnswer, 'effect'>)
  | { do: 'deadline' }
  /** The carrier is passed over; it is told unless the offer could not be sent to it. */
  | { do: 'skip'; unsent?: true }
  | { do: 'withdraw' }
  /** The load changed in what matters to who drives it. */
  | { do: 'change' }
  /** People give the load to who accepted late. */
  | { do: 'award'; ordinal: number };

export type TenderMatter = 'EXHAUSTED' | 'LATE_ACCEPTANCE' | 'GIVEN_BACK' | 'CHANGE_UNCONFIRMED';

export type TenderEffect =
  | { kind: 'SEND'; purpose: 'ORIGINAL' | 'CHANGE' | 'CANCEL'; ordinal: number; revision: number }
  /** The carrier of this offer drives the load. */
  | { kind: 'ACCEPTED'; ordinal: number }
  /** Nobody drives it any more. */
  | { kind: 'RELEASED' }
  | { kind: 'RAISE' | 'SETTLE'; matter: TenderMatter; ordinal: number };

export interface TenderResult {
  /** The very one that was given where nothing changed. */
  plan: TenderPlan;
  effects: TenderEffect[];
}

/** @throws GatehouseError BAD_INPUT where nobody is to be asked, or one of them twice */
export function startTender({ load, candidates, hours }: Pick<TenderPlan, 'load' | 'candidates' | 'hours'>, nowMs: number): TenderResult {
  if (candidates.length === 0) throw new GatehouseError('BAD_INPUT', 'Name at least one carrier.', { field: 'input.carriers' });
  if (new Set(candidates.map(({ carrier }) => carrier)).size < candidates.length) throw new GatehouseError('BAD_INPUT', 'Each carrier is asked once.', { field: 'input.carriers' });
  const plan: TenderPlan = { load, state: 'OPEN', version: 1, candidates: candidates.map((each) => ({ ...each })), ...(hours === undefined ? {} : { hours }), offers: [] };
  const changes = new Changes(plan, 1, nowMs);
  changes.next();
  return changes.result(plan);
}

/**
 * @param nowMs when the step is taken; of an answer `at` says when it arrived
 * @throws GatehouseError CONFLICT for what people want and the plan does not allow
 */
export function stepTender(plan: TenderPlan, step: TenderStep, nowMs: number): TenderResult {
  const changes = new Changes(plan, plan.version + 1, nowMs);
  changes.take(step);
  return changes.result(plan);
}

/** When something is to be done although nobody does anything; null: never. */
export function nextDeadline({ offers }: TenderPlan): Instant | null {
  const awaited = offers.find((offer) => offer.state === 'OPEN' || isUnconfirmed(offer));
  return awaited?.deadlineAt ?? null;
}

/** The offer that is out, or that was accepted. */
export function standingOffer({ offers }: TenderPlan): TenderOffer | undefined {
  return offers.find(({ state }) => state === 'OPEN' || state === 'ACCEPTED');
}

/** An accepted load was changed, and neither did the carrier confirm that nor were people told. */
function isUnconfirmed({ state, revision, acceptedRevision = revision, alarmed }: TenderOffer): boolean {
  return state === 'ACCEPTED' && acceptedRevision < revision && alarmed !== revision;
}

/** A plan while one step is taken. */
class Changes {
  readonly #plan: TenderPlan;
  readonly #version: number;
  readonly #nowMs: number;
  readonly #effects: TenderEffect[] = [];
  #changed = false;

  constructor(plan: TenderPlan, version: number, nowMs: number) {
    this.#plan = structuredClone(plan);
    this.#version = version;
    this.#nowMs = nowMs;
  }

  result(before: TenderPlan): TenderResult {
    return this.#changed ? { plan: { ...this.#plan, version: this.#version }, effects: this.#effects } : { plan: before, effects: [] };
  }

  take(step: TenderStep): void {
    switch (step.do) {
      case 'answer': return this.#answer(step);
      case 'deadline': return this.#passDeadline(this.#nowMs);
      case 'skip': return this.#skip(step.unsent === true);
      case 'withdraw': return this.#withdraw();
      case 'change': return this.#change();
      case 'award': return this.#award(step.ordinal);
    }
  }

  /** Asks the next carrier, or says that none is left. */
  next(): void {
    const candidate = this.#plan.candidates[this.#plan.offers.length];
    this.#changed = true;
    if (candidate === undefined) {
      this.#plan.state = 'EXHAUSTED';
      this.#effects.push({ kind: 'RAISE', matter: 'EXHAUSTED', ordinal: this.#plan.offers.length - 1 });
      return;
    }
    const ordinal = this.#plan.offers.length;
    this.#plan.state = 'OPEN';
    this.#plan.offers.push({ ...candidate, ordinal, state: 'OPEN', revision: 1, ...this.#term(candidate), answers: [], changedIn: this.#version });
    this.#effects.push({ kind: 'SEND', purpose: 'ORIGINAL', ordinal, revision: 1 });
  }

  #answer({ do: _, ordinal, ...answer }: Extract<TenderStep, { do: 'answer' }>): void {
    if (this.#plan.offers[ordinal] === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.offerId' });
    if (this.#plan.offers[ordinal].answers.some(({ key }) => key === answer.key)) return;
    // What ended before this arrived ended before it, also where nobody has looked at the clock since.
    this.#passDeadline(Date.parse(answer.at));
    const offer = this.#plan.offers[ordinal];
    const record = (effect: AnswerEffect) => {
      offer.answers.push({ ...answer, effect });
      this.#touch(offer);
    };
    const isBehind = answer.order !== undefined && offer.answers.some(({ order }) => order !== undefined && order > answer.order!);
    const isStanding = offer.state === 'OPEN' || offer.state === 'ACCEPTED';
    if (isBehind || answer.revision === 0 || (isStanding && answer.revision < offer.revision)) return record('OUTDATED');
    if (answer.said === 'DECLINED') this.#decline(offer, record);
    else this.#accept(offer, record);
  }

  #accept(offer: TenderOffer, record: (effect: AnswerEffect) => void): void {
    if (offer.state === 'OPEN') {
      record('TAKEN');
      return this.#give(offer);
    }
    if (offer.state === 'ACCEPTED') {
      if (offer.acceptedRevision === offer.revision) return record('REPEATED');
      record('TAKEN');
      offer.acceptedRevision = offer.revision;
      this.#effects.push({ kind: 'SETTLE', matter: 'CHANGE_UNCONFIRMED', ordinal: offer.ordinal });
      return;
    }
    if (this.#plan.state === 'ACCEPTED') {
      record('GIVEN_AWAY');
      return this.#send('CANCEL', offer);
    }
    record('LATE');
    this.#effects.push({ kind: 'RAISE', matter: 'LATE_ACCEPTANCE', ordinal: offer.ordinal });
  }

  #decline(offer: TenderOffer, record: (effect: AnswerEffect) => void): void {
    if (offer.state === 'OPEN') {
      record('TAKEN');
      this.#end(offer, 'DECLINED');
      return this.next();
    }
    if (offer.state === 'ACCEPTED') {
      record('TAKEN');
      this.#end(offer, 'DECLINED');
      this.#effects.push({ kind: 'RELEASED' }, { kind: 'SETTLE', matter: 'CHANGE_UNCONFIRMED', ordinal: offer.ordinal }, { kind: 'RAISE', matter: 'GIVEN_BACK', ordinal: offer.ordinal });
      return this.next();
    }
    const late = offer.answers.filter(({ effect }) => effect === 'LATE');
    record(late.length === 0 ? 'REPEATED' : 'TAKEN');
    for (const each of late) each.effect = 'OUTDATED';
    if (late.length > 0) this.#effects.push({ kind: 'SETTLE', matter: 'LATE_ACCEPTANCE', ordinal: offer.ordinal });
  }

  #passDeadline(ms: number): void {
    const offer = this.#plan.offers.find((each) => each.state === 'OPEN' || isUnconfirmed(each));
    if (offer === undefined || ms <= Date.parse(offer.deadlineAt)) return;
    if (offer.state === 'OPEN') {
      this.#end(offer, 'EXPIRED');
      return this.next();
    }
    offer.alarmed = offer.revision;
    this.#touch(offer);
    this.#effects.push({ kind: 'RAISE', matter: 'CHANGE_UNCONFIRMED', ordinal: offer.ordinal });
  }

  #skip(unsent: boolean): void {
    const offer = this.#plan.offers.find(({ state }) => state === 'OPEN');
    if (offer === undefined) throw new GatehouseError('CONFLICT', 'No carrier is asked at the moment.', { field: 'input.loadId' });
    this.#end(offer, 'SKIPPED');
    if (!unsent) this.#send('CANCEL', offer);
    this.next();
  }

  #withdraw(): void {
    if (this.#plan.state === 'WITHDRAWN') throw new GatehouseError('CONFLICT', 'The tender was withdrawn already.', { field: 'input.loadId' });
    const offer = standingOffer(this.#plan);
    if (offer?.state === 'ACCEPTED') this.#effects.push({ kind: 'RELEASED' }, { kind: 'SETTLE', matter: 'CHANGE_UNCONFIRMED', ordinal: offer.ordinal });
    if (offer !== undefined) {
      this.#end(offer, 'WITHDRAWN');
      this.#send('CANCEL', offer);
    }
    if (this.#plan.state === 'EXHAUSTED') this.#settleExhausted();
    this.#giveAwayLate();
    this.#plan.state = 'WITHDRAWN';
    this.#changed = true;
  }

  #change(): void {
    const offer = standingOffer(this.#plan);
    if (offer === undefined) return;
    offer.revision++;
    Object.assign(offer, this.#term(offer));
    this.#touch(offer);
    this.#send('CHANGE', offer);
  }

  #award(ordinal: number): void {
    const offer = this.#plan.offers[ordinal];
    const late = offer?.answers.find(({ effect }) => effect === 'LATE');
    if (offer === undefined || late === undefined || this.#plan.state === 'ACCEPTED') throw new GatehouseError('CONFLICT', 'This carrier has no late acceptance that could be taken.', { field: 'input.offerId' });
    const asked = this.#plan.offers.find(({ state }) => state === 'OPEN');
    if (asked !== undefined) {
      this.#end(asked, 'WITHDRAWN');
      this.#send('CANCEL', asked);
    }
    if (this.#plan.state === 'EXHAUSTED') this.#settleExhausted();
    late.effect = 'TAKEN';
    this.#effects.push({ kind: 'SETTLE', matter: 'LATE_ACCEPTANCE', ordinal });
    delete offer.endedAt;
    this.#give(offer);
  }

  #give(offer: TenderOffer): void {
    offer.state = 'ACCEPTED';
    offer.acceptedRevision = offer.revision;
    this.#plan.state = 'ACCEPTED';
    this.#touch(offer);
    this.#effects.push({ kind: 'ACCEPTED', ordinal: offer.ordinal });
    this.#giveAwayLate();
  }

  /** Who accepted late is told that it does not get the load. */
  #giveAwayLate(): void {
    for (const offer of this.#plan.offers) {
      const late = offer.answers.filter(({ effect }) => effect === 'LATE');
      if (late.length === 0) continue;
      for (const answer of late) answer.effect = 'GIVEN_AWAY';
      this.#touch(offer);
      this.#effects.push({ kind: 'SETTLE', matter: 'LATE_ACCEPTANCE', ordinal: offer.ordinal });
      this.#send('CANCEL', offer);
    }
  }

  #settleExhausted(): void {
    this.#effects.push({ kind: 'SETTLE', matter: 'EXHAUSTED', ordinal: this.#plan.offers.length - 1 });
  }

  #end(offer: TenderOffer, state: OfferState): void {
    offer.state = state;
    offer.endedAt = instant(this.#nowMs);
    this.#touch(offer);
  }

  #send(purpose: 'CHANGE' | 'CANCEL', { ordinal, revision }: TenderOffer): void {
    this.#effects.push({ kind: 'SEND', purpose, ordinal, revision });
  }

  #touch(offer: TenderOffer): void {
    offer.changedIn = this.#version;
    this.#changed = true;
  }

  #term({ minutes }: TenderCandidate): { offeredAt: Instant; deadlineAt: Instant } {
    return { offeredAt: instant(this.#nowMs), deadlineAt: afterMinutes(this.#nowMs, minutes, this.#plan.hours) };
  }
}

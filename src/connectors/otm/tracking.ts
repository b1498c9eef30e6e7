import type { Fact, MilestonePayload } from '../../model/facts.js';
import type { MilestoneCode } from '../../model/milestones.js';
import type { Reference } from '../../model/references.js';
import { rowOf } from '../kit/table.js';
import { factKeyOf } from '../kit/text.js';
import { classifierOfSlot, resultReasons, stopCodes, unloadResults, type Slot } from './codes.js';
import type { Handling, ReadStop } from './stops.js';

/** What milestones of one trip have in common. */
export interface TripContext {
  tripId: string;
  carrier?: string;
  isCancelled: boolean;
  observedAt: string;
}

const slots: readonly Slot[] = ['requested', 'planned', 'estimated', 'actual'];

/**
 * What a stop means for the shipments that are handled there: arriving and leaving, as planned, expected
 * and happened, and how unloading went. A time that is stated anew takes the place of the one before.
 * Plans of a cancelled trip are taken back.
 */
export function stopFacts(stop: ReadStop, context: TripContext): Fact[] {
  return stop.handlings.flatMap((handling) => {
    const of = new HandlingFacts(stop, handling, context);
    return [...slots.flatMap((slot) => [of.moment(slot, 'arrival'), of.moment(slot, 'departure')]), of.estimate(), of.result(), of.proof()].filter((fact) => fact !== null);
  });
}

/** Whose fact it is: the first name, which the others name as well. */
export function freightBase([reference, ...also]: readonly Reference[], { carrier, observedAt }: TripContext) {
  return { reference: reference!, ...(also.length === 0 ? {} : { also }), ...(carrier === undefined ? {} : { carrier }), observedAt };
}

class HandlingFacts {
  readonly #base: ReturnType<typeof freightBase>;

  constructor(private readonly stop: ReadStop, private readonly handling: Handling, private readonly context: TripContext) {
    this.#base = freightBase(handling.names, context);
  }

  moment(slot: Slot, moment: 'arrival' | 'departure'): Fact | null {
    const occurred = this.stop.times[slot]?.[moment];
    if (occurred === undefined) return null;
    const role = this.stop.isTransit ? 'transit' : this.handling.action;
    const factKey = this.#key(role, moment, slot);
    if (this.context.isCancelled && slot !== 'actual') {
      return { type: 'milestone.retracted', ...this.#base, factKey: factKeyOf('retract', factKey), payload: { retractsFactKey: factKey, reason: 'The trip was cancelled.' } };
    }
    return this.#milestone(factKey, { code: stopCodes[`${role}.${moment}`], classifier: classifierOfSlot[slot], occurred, rawCode: `${slot} stop ${moment}` });
  }

  /** When the shipment is expected where it is to be delivered; the latest statement stands. */
  estimate(): Fact | null {
    const estimated = this.stop.times.estimated?.arrival;
    if (estimated === undefined || this.handling.action !== 'unload' || this.stop.isTransit || this.context.isCancelled) return null;
    return { type: 'estimate.reported', ...this.#base, factKey: factKeyOf('estimate:DELIVERY', this.context.tripId, this.context.observedAt, estimated.instant), payload: { of: 'DELIVERY', estimated } };
  }

  result(): Fact | null {
    const { action, result } = this.handling;
    const occurred = result?.occurred ?? this.stop.times.actual?.departure ?? this.stop.times.actual?.arrival;
    if (result === undefined || occurred === undefined) return null;
    const { status, reason: rawReason } = result;
    const reason = status === 'succeeded' || rawReason === undefined ? undefined : rowOf(resultReasons, rawReason);
    return this.#milestone(this.#key(action, 'result', 'actual'), {
      code: this.#resultCode(action, status, reason?.code), classifier: 'ACTUAL', occurred, rawCode: `${action} ${status ?? 'realized'}`,
      ...(rawReason === undefined ? {} : { rawReason }), ...(reason === undefined ? {} : { exceptionClass: reason.exceptionClass }),
    });
  }

  /** Papers of what was unloaded where it was to go. */
  proof(): Fact | null {
    const { action, result, hasDocuments } = this.handling;
    const occurred = result?.occurred ?? this.stop.times.actual?.departure ?? this.stop.times.actual?.arrival;
    if (hasDocuments !== true || action !== 'unload' || this.stop.isTransit || occurred === undefined) return null;
    return this.#milestone(factKeyOf('proof', this.context.tripId, this.stop.id), { code: 'POD_AVAILABLE', classifier: 'ACTUAL', occurred, rawCode: 'documents' });
  }

  #resultCode(action: Handling['action'], status: string | undefined, byReason: MilestoneCode | undefined): MilestoneCode {
    const isDone = status === undefined || status === 'succeeded';
    if (action === 'load') return isDone ? 'LOADED' : status === 'failed' ? 'EXCEPTION' : 'INFO';
    // What is put down in a carrier's own yard goes on from there.
    if (this.stop.isTransit) return status === 'failed' ? 'EXCEPTION' : 'INFO';
    if (status === undefined) return 'UNLOADED';
    return (status === 'failed' ? byReason : undefined) ?? rowOf(unloadResults, status) ?? 'INFO';
  }

  #key(role: string, moment: string, slot: Slot): string {
    return factKeyOf('stop', this.context.tripId, this.stop.id, role, moment, classifierOfSlot[slot]);
  }

  #milestone(factKey: string, payload: MilestonePayload): Fact {
    const { place, sequence } = this.stop;
    return { type: 'milestone.reported', ...this.#base, factKey, payload: { ...payload, stop: sequence, ...(place === undefined ? {} : { place }) } };
  }
}

import type { Fact, MilestonePayload } from '../../model/facts.js';
import { referenceKey, type Reference } from '../../model/references.js';
import { clip, factKeyOf } from '../kit/text.js';
import { classifierOfSlot, otherCodes } from './codes.js';
import type { Handling, OtherAction, ReadStop } from './stops.js';
import { freightBase, type TripContext } from './tracking.js';

/**
 * What trailers that are attached and left, waiting, and handing over mean for shipments: the first two for all that are aboard at
 * that stop, the last for the consignment that is handed over. Plans of a cancelled trip are taken back.
 */
export function otherFacts(stops: readonly ReadStop[], context: TripContext): Fact[] {
  if (stops.every(({ others }) => others.length === 0)) return [];
  return stops.flatMap((stop, index) => {
    const aboard = aboardAt(stops, index);
    return stop.others.flatMap((other) => {
      const subjects = other.action === 'handOver' ? (other.names.length === 0 ? [] : [other.names]) : aboard;
      return subjects.flatMap((names) => factsOf(stop, other, names, context));
    });
  });
}

/** Names of what was loaded by then and is not unloaded before; where it is loaded is not always said. */
function aboardAt(stops: readonly ReadStop[], index: number): Reference[][] {
  const places = new Map<string, { names: Reference[]; load?: number; unload?: number }>();
  for (const [at, { handlings }] of stops.entries()) {
    for (const { action, names } of handlings) {
      const key = referenceKey(names[0]!);
      const known = places.get(key) ?? { names };
      if (action === 'load') known.load = Math.min(known.load ?? at, at);
      else known.unload = Math.max(known.unload ?? at, at);
      places.set(key, known);
    }
  }
  return [...places.values()].filter(({ load = 0, unload = stops.length }) => load <= index && index <= unload).map(({ names }) => names);
}

function factsOf(stop: ReadStop, other: OtherAction, names: readonly Reference[], context: TripContext): Fact[] {
  const occurred = other.action === 'wait' ? (other.from ?? other.to) : (other.to ?? other.from);
  if (occurred === undefined) return [];
  const base = freightBase(names, context);
  const classifier = classifierOfSlot[other.slot];
  const factKey = factKeyOf('action', context.tripId, stop.id, other.id, other.action, classifier);
  if (context.isCancelled && other.slot !== 'actual') return [{ type: 'milestone.retracted', ...base, factKey: factKeyOf('retract', factKey), payload: { retractsFactKey: factKey, reason: 'The trip was cancelled.' } }];
  const isDestination = !stop.isTransit && stop.handlings.some((handling) => handling.action === 'unload' && isSame(handling, names));
  const text = textOf(other);
  const payload: MilestonePayload = {
    code: otherCodes[other.action === 'handOver' && isDestination ? 'handOver.destination' : other.action], classifier, occurred, stop: stop.sequence, rawCode: other.action,
    ...(text === undefined ? {} : { rawText: text }), ...(stop.place === undefined ? {} : { place: stop.place }),
  };
  const isProof = other.action === 'handOver' && other.slot === 'actual' && isDestination && other.hasDocuments;
  return [
    { type: 'milestone.reported', ...base, factKey, payload },
    ...(isProof ? [{ type: 'milestone.reported' as const, ...base, factKey: factKeyOf('proof', context.tripId, stop.id), payload: { ...payload, code: 'POD_AVAILABLE' as const, rawCode: 'documents' } }] : []),
  ];
}

function isSame(handling: Handling, names: readonly Reference[]): boolean {
  return handling.names.some((name) => names.some((other) => referenceKey(other) === referenceKey(name)));
}

function textOf({ action, label, reason, from, to }: OtherAction): string | undefined {
  if (action !== 'wait') return label;
  const minutes = from === undefined || to === undefined ? null : Math.max(0, Math.round((Date.parse(to.instant) - Date.parse(from.instant)) / 60_000));
  const parts = [reason, minutes === null ? undefined : `${minutes} min`].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : clip(parts.join(', '), 500);
}

import type { Measurement } from '../../support/measurements.js';
import type { Expected } from './oracle.js';
import type { Received, Subscriber } from './subscriber.js';

/** What was read before a right was lost may be under way for so long, ms. */
const underWayMs = 5000;

/** What is not yet there: what was not told, or was shown last as it was before. */
export function missing({ received }: Subscriber, { must }: Expected): string[] {
  const last = new Map<string | null, string | null>(received.map(({ name, state }) => [name, state]));
  return [...must].filter(([name, state]) => !last.has(name) || (state !== undefined && last.get(name) !== state)).map(([name]) => name);
}

function repeated({ received, subscription: { topic } }: Subscriber, { times }: Expected): number {
  const counts = new Map<string, number>();
  for (const { name, place } of received) {
    const key = topic.name === 'milestones' ? name! : place.join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].reduce((sum, [name, count]) => sum + Math.max(0, count - (topic.name === 'milestones' ? times(name) : 1)), 0);
}

const unordered = ({ received }: Subscriber) => received.filter(({ place }, index) => index > 0 && !isBehind(place, received[index - 1]!.place)).length;

function isBehind(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}

const withoutRight = ({ received }: Subscriber, { may }: Expected) => received.filter(({ name, state }) => name !== null && !may(name, state)).length;

/** What came to the feed, or was shown at all, when the right to it was gone. */
function afterLoss({ received }: Subscriber, { lossOf }: Expected): number {
  const isTooLate = ({ name, place, atMs }: Received) => {
    const loss = name === null ? undefined : lossOf(name);
    return loss !== undefined && (place[0] > loss.position || atMs > loss.projectedMs + underWayMs);
  };
  return received.filter(isTooLate).length;
}

/** What must be nought, each with the kinds of those of whom it is not. */
export function faults(subscribers: readonly Subscriber[], expected: readonly Expected[]): Measurement[] {
  const line = (name: string, of: (subscriber: Subscriber, expected: Expected) => number): Measurement => {
    const counts = subscribers.map((subscriber, index) => of(subscriber, expected[index]!));
    const value = counts.reduce((sum, count) => sum + count, 0);
    const kinds = [...new Set(subscribers.filter((_, index) => counts[index]! > 0).map(({ subscription }) => subscription.kind))];
    return { name: kinds.length === 0 ? name : `${name} (${kinds.join('; ')})`, value, unit: 'events', aim: '0', ok: value === 0 };
  };
  return [
    line('missed', (subscriber, each) => missing(subscriber, each).length),
    line('repeated', repeated),
    line('out of order', unordered),
    line('told in part', ({ inPart }) => inPart),
    line('cursors beside the data that are none or others', ({ otherCursors }) => otherCursors),
    line('shown to someone without the right', withoutRight),
    line('shown after the right was lost', afterLoss),
    line('shown after the end of the token', ({ overstayed }) => overstayed),
  ];
}

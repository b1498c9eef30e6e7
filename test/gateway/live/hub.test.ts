import fc from 'fast-check';
import { GraphQLError } from 'graphql';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveHub } from '../../../src/gateway/live/hub.js';
import { GatehouseError } from '../../../src/lib/errors.js';
import type { FeedCursor } from '../../../src/lib/feed.js';
import type { Following } from '../../../src/gateway/live/result.js';
import { settled, SimulatedLog, SimulatedSubscriber, Turns } from './simulated-feed.js';

const filters: Readonly<Record<string, (value: number) => boolean>> = { all: () => true, even: (value) => value % 2 === 0 };
const everything = filters.all!;
const start: FeedCursor = { position: 0, ordinal: 0 };

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('turn' as const), index: fc.nat(1000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(70)) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('subscribe' as const), key: fc.constantFrom('all', 'even'), back: fc.oneof(fc.constant(0), fc.nat(200)), places: fc.option(fc.integer({ min: 1, max: 5 }), { nil: Number.POSITIVE_INFINITY }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), index: fc.nat(1000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('room' as const), index: fc.nat(1000), places: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fault' as const) }) },
);

interface Followed {
  subscriber: SimulatedSubscriber;
  key: string;
  after: FeedCursor;
  following: Following;
  /** How many it had when it left. */
  leftWith?: number;
}

describe('the hub', () => {
  let turns: Turns;
  let log: SimulatedLog;
  let hub: LiveHub;
  beforeEach(() => {
    turns = new Turns();
    log = new SimulatedLog(turns);
    hub = new LiveHub({ maxFailures: 5, pauseMs: 0 });
  });

  const subscribe = (key: string, after: FeedCursor, places = Number.POSITIVE_INFINITY): Followed => {
    const subscriber = new SimulatedSubscriber();
    subscriber.places = places;
    return { subscriber, key, after, following: hub.subscribe(log.operation(key, filters[key]!), subscriber, after) };
  };
  const quiet = async () => {
    for (let rounds = 0; rounds < 10; rounds++) {
      await turns.giveAll();
      await new Promise((next) => setTimeout(next, 1)); // the pause after a fault
    }
  };

  it('gives every subscriber what follows its cursor, once and in order, however replay, live events, faults and slow readers fall together', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
        [turns, hub] = [new Turns(), new LiveHub({ maxFailures: 1000, pauseMs: 0 })];
        log = new SimulatedLog(turns);
        const followed: Followed[] = [];
        for (const each of steps) {
          if (each.kind === 'turn') await turns.give(each.index);
          if (each.kind === 'append') log.append(each.count);
          if (each.kind === 'fault') log.failingReads++;
          if (each.kind === 'subscribe') followed.push(subscribe(each.key, log.items.at(-1 - each.back)?.cursor ?? { position: 0, ordinal: 0 }, each.places));
          const chosen = 'index' in each && followed.length > 0 ? followed[each.index % followed.length]! : undefined;
          if (each.kind === 'room') chosen?.subscriber.makeRoom(each.places);
          if (each.kind === 'leave' && chosen !== undefined && chosen.leftWith === undefined) {
            chosen.following.leave();
            chosen.leftWith = chosen.subscriber.received.length;
          }
        }
        log.failingReads = 0;
        for (const { subscriber } of followed) subscriber.makeRoom(Number.POSITIVE_INFINITY);
        await quiet();
        for (const { subscriber, key, after, leftWith } of followed) {
          expect(subscriber.failure).toBeUndefined();
          expect(subscriber.overfilled).toBe(false);
          const expected = log.after(after, filters[key]!);
          expect(subscriber.received).toEqual(leftWith === undefined ? expected : expected.slice(0, leftWith));
        }
        for (const { following } of followed) following.leave();
        expect(hub.presence()).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('executes and writes an event once, however many have caught up', async () => {
    const followed = Array.from({ length: 50 }, () => subscribe('all', log.end));
    await quiet();
    log.append(3);
    await quiet();
    expect(log.executed).toBe(3);
    for (const { subscriber } of followed) {
      expect(subscriber.received).toEqual([0, 1, 2]);
      expect(subscriber.bodies.map((body, index) => body === followed[0]!.subscriber.bodies[index])).toEqual([true, true, true]);
    }
  });

  it('executes a missed event once for all who come back to the same place at the same time', async () => {
    log.append(20);
    const followed = Array.from({ length: 30 }, () => subscribe('all', { position: 0, ordinal: 0 }));
    await quiet();
    expect(log.executed).toBe(20);
    for (const { subscriber } of followed) expect(subscriber.received).toHaveLength(20);
  });

  it('puts the cursor into extensions of every result', async () => {
    const { subscriber } = subscribe('all', log.end);
    await quiet();
    log.append(1);
    await quiet();
    expect(JSON.parse(subscriber.bodies[0]!.toString())).toEqual({ data: { value: 0 }, extensions: { cursor: '1.0' } });
  });

  it('goes on for the others while one that has much to catch up, or reads slowly, takes its time', async () => {
    log.append(500);
    const slow = subscribe('all', log.end, 1);
    const quick = subscribe('all', log.end);
    await quiet();
    const late = subscribe('all', { position: 0, ordinal: 0 }, 10);
    await quiet();
    log.append(5);
    await quiet();
    expect(quick.subscriber.received).toEqual([500, 501, 502, 503, 504]);
    expect(slow.subscriber.received).toEqual([500]);
    expect(late.subscriber.received).toHaveLength(10);
    slow.subscriber.makeRoom(10);
    late.subscriber.makeRoom(1000);
    await quiet();
    expect(slow.subscriber.received).toEqual(quick.subscriber.received);
    expect(late.subscriber.received).toEqual(log.after({ position: 0, ordinal: 0 }, everything));
  });

  it('ends a subscription whose feed refuses to be read, and one that cannot be read for long', async () => {
    const refused = new SimulatedSubscriber();
    const operation = log.operation('refused', everything);
    hub.subscribe({ ...operation, feed: { ...operation.feed, read: async () => Promise.reject(new GatehouseError('CURSOR_EXPIRED')) } }, refused);
    await settled();
    expect(refused.failure).toMatchObject({ code: 'CURSOR_EXPIRED' });
    const { subscriber } = subscribe('all', log.end);
    await quiet();
    log.failingReads = 100;
    log.append(1);
    await quiet();
    expect(subscriber.failure).toMatchObject({ message: 'the database is away' });
    expect(hub.presence()).toEqual([]);
    log.failingReads = 0;
    const again = subscribe('all', { position: 0, ordinal: 0 });
    await quiet();
    expect(again.subscriber.received).toEqual([0]);
  });

  it('reads nothing any more once the last subscriber has left', async () => {
    const one = subscribe('all', log.end);
    await quiet();
    one.following.leave();
    log.append(3);
    await quiet();
    expect(turns.waiting).toBe(0);
    expect(log.executed).toBe(0);
    expect(one.subscriber.received).toEqual([]);
  });

  it('begins nothing for one that leaves while its first page is read', async () => {
    subscribe('all', log.end).following.leave();
    await quiet();
    log.append(3);
    await quiet();
    expect(turns.waiting).toBe(0);
    expect(log.executed).toBe(0);
  });

  it('reads a page anew for who comes when its first results are old and its last one is still being made', async () => {
    const now = performance.now.bind(performance);
    let laterMs = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + laterMs);
    try {
      log.append(2);
      subscribe('all', start);
      await turns.give(0); // the reading
      await turns.give(0); // the first event; the second is under way
      laterMs = 1500;
      const second = subscribe('all', start);
      await settled();
      await turns.give(1);
      await turns.give(1);
      expect(second.subscriber.received).toEqual([0]);
      await quiet();
      expect(second.subscriber.received).toEqual([0, 1]);
    } finally {
      clock.mockRestore();
    }
  });

  it.each(['one that catches up', 'one that has caught up'])('tells %s of an event once it can be read whole, and only if it may still be seen', async (who) => {
    let away = true;
    let isVisible = true;
    const operation = log.operation('all', (value) => value !== 1 || isVisible);
    const inPart = { data: { value: -1 }, errors: [new GraphQLError('The database does not answer now.', { extensions: { code: 'UNAVAILABLE' } })] };
    const subscriber = new SimulatedSubscriber();
    const begin = () => hub.subscribe({ ...operation, execute: (events, context) => (away ? events.map(async () => inPart) : operation.execute(events, context)) }, subscriber, start);
    if (who === 'one that has caught up') begin();
    await quiet();
    log.append(3);
    if (who === 'one that catches up') begin();
    await turns.give(0);
    await turns.give(0);
    isVisible = false;
    away = false;
    await quiet();
    expect(subscriber.received).toEqual([0, 2]);
  });

  it('tells of an event in part that can never be read whole', async () => {
    const operation = log.operation('all', everything);
    const inPart = { data: { value: -1 }, errors: [new GraphQLError('The database does not answer now.', { extensions: { code: 'UNAVAILABLE' } })] };
    const subscriber = new SimulatedSubscriber();
    hub.subscribe({ ...operation, execute: (events, context) => events.map((value) => (value === 1 ? Promise.resolve(inPart) : operation.execute([value], context)[0]!)) }, subscriber, start);
    await quiet();
    for (let count = 0; count < 3; count++) {
      log.append(1);
      await quiet();
    }
    expect(subscriber.received).toEqual([0, -1, 2]);
  });

  it('shares what is loaded for an event among groups of equal rights, and with nobody of other rights', async () => {
    const contexts = new Map<string, object[]>();
    const begin = (key: string, rights: string) => {
      const operation = log.operation(key, everything, rights);
      const seen: object[] = [];
      contexts.set(key, seen);
      hub.subscribe({ ...operation, execute: (events, context) => (seen.push(context), operation.execute(events, context)) }, new SimulatedSubscriber());
    };
    begin('of a', 'some');
    begin('of b', 'some');
    begin('of c', 'other');
    await quiet();
    for (let event = 0; event < 2; event++) {
      log.append(1);
      await settled();
      while (turns.waiting > 0) await turns.giveTogether();
    }
    const [a, b, c] = [...contexts.values()];
    expect([a!.length, b!.length, c!.length]).toEqual([2, 2, 2]);
    for (const event of [0, 1]) {
      expect(a![event]).toBe(b![event]);
      expect(a![event]).not.toBe(c![event]);
    }
    expect(a![0]).not.toBe(a![1]);
  });

  it('makes what is loaded anew for a group that has read later, however soon after', async () => {
    const made: Array<{ key: string; context: object }> = [];
    for (const key of ['of a', 'of b']) {
      const operation = log.operation(key, everything);
      hub.subscribe({ ...operation, execute: (events, context) => (made.push({ key, context }), operation.execute(events, context)) }, new SimulatedSubscriber());
    }
    await quiet();
    log.append(1);
    await settled();
    await turns.give(0);
    await turns.give(0);
    expect(made.map(({ key }) => key)).toEqual(['of a', 'of b']);
    expect(made[0]!.context).not.toBe(made[1]!.context);
  });

  it('lets others have their turn while an event goes to thousands, and leaves nobody out who joins or leaves meanwhile', async () => {
    const followed = Array.from({ length: 2000 }, () => subscribe('all', log.end));
    await quiet();
    log.append(2);
    await settled();
    await turns.giveTogether(); // the reading
    const others: number[] = [];
    const count = () => followed.filter(({ subscriber }) => subscriber.received.length > 0).length;
    const look = () => {
      others.push(count());
      if (others.length === 2) followed[1999]!.following.leave();
      if (others.length === 3) followed.push(subscribe('all', start));
      if (count() < 1999) setImmediate(look);
    };
    setImmediate(look);
    await turns.giveTogether(); // both events
    await quiet();
    expect(others.filter((reached) => reached > 0 && reached < 1999).length).toBeGreaterThan(3);
    expect(followed.pop()!.subscriber.received).toEqual([0, 1]);
    expect(followed.pop()!.subscriber.received).toEqual([]);
    for (const { subscriber } of followed) expect(subscriber.received).toEqual([0, 1]);
  });

  it('lets others have their turn while thousands who come back are given what they missed', async () => {
    log.append(5);
    const followed = Array.from({ length: 1000 }, () => subscribe('all', start));
    await settled();
    await turns.giveTogether(); // the reading
    const given: number[] = [];
    const count = () => followed.reduce((sum, { subscriber }) => sum + subscriber.received.length, 0);
    const look = () => {
      given.push(count());
      if (given.at(-1)! < 5000) setImmediate(look);
    };
    setImmediate(look);
    await turns.giveTogether(); // all events
    await quiet();
    expect(given.filter((deliveries) => deliveries > 0 && deliveries < 5000).length).toBeGreaterThan(10);
    for (const { subscriber } of followed) expect(subscriber.received).toEqual([0, 1, 2, 3, 4]);
  });

  it('makes anew what has grown old while an event before it went to thousands', async () => {
    let isVisible = true;
    const operation = log.operation('all', (value) => value !== 1 || isVisible);
    const subscribers = Array.from({ length: 1000 }, () => new SimulatedSubscriber());
    for (const subscriber of subscribers) hub.subscribe(operation, subscriber, start);
    await quiet();
    log.append(3);
    await settled();
    await turns.giveTogether(); // the reading
    const now = performance.now.bind(performance);
    const clock = vi.spyOn(performance, 'now');
    try {
      setImmediate(() => {
        isVisible = false;
        clock.mockImplementation(() => now() + 1500);
      });
      await turns.giveTogether(); // all events
      await quiet();
    } finally {
      clock.mockRestore();
    }
    for (const { received } of subscribers) expect(received).toEqual([0, 2]);
    log.append(1);
    await quiet();
    for (const { received } of subscribers) expect(received).toEqual([0, 2, 3]);
    expect(hub.presence()).toMatchObject([{ subscribers: 1000, live: 1000 }]);
  });

  it('tells who watches what', async () => {
    for (let i = 0; i < 3; i++) subscribe('even', log.end);
    subscribe('all', log.end);
    await quiet();
    log.append(2);
    await quiet();
    expect(hub.presence()).toMatchObject([
      { operation: 'even', subscribers: 3, live: 3, delivered: 3 },
      { operation: 'all', subscribers: 1, live: 1, delivered: 2 },
    ]);
  });
});

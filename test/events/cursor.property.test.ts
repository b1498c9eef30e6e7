import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { append } from '../../src/events/append.js';
import { headPosition, readLog } from '../../src/events/read.js';
import type { LogEvent } from '../../src/events/event.js';
import type { Services } from '../../src/main.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { fact } from './events.js';

interface Step {
  events: number;
  /** Facts that every writer states: all but the first find them known. */
  shared: number[];
  beforeMs: number;
  /** Between the append and the commit. */
  afterMs: number;
  fails: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  events: fc.integer({ min: 0, max: 4 }), shared: fc.subarray([0, 1, 2, 3, 4, 5]), beforeMs: fc.nat(3), afterMs: fc.nat(4),
  fails: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const writers = 8;

describeOnEachDatabase('a cursor on the log', (kind) => {
  let services: Services & { remove(): Promise<void> };
  let run = 0;

  beforeAll(async () => void (services = await testServices(kind)));
  afterAll(() => services?.remove());

  async function write(steps: readonly Step[], committed: Set<string>): Promise<void> {
    for (const { events, shared, beforeMs, afterMs, fails } of steps) {
      await sleep(beforeMs);
      const facts = [...Array.from({ length: events }, () => fact()), ...shared.map((each) => fact({ subject: `shared ${run}`, factKey: `fact ${each}` }))];
      const work = services.database.transaction(async (tx) => {
        const fresh = await append(tx, facts);
        await sleep(afterMs);
        if (fails) throw new Error('rolled back');
        return fresh;
      });
      try {
        for (const event of await work) committed.add(event.id);
      } catch (error) {
        expect((error as Error).message).toBe('rolled back');
      }
    }
  }

  /** Reads behind its cursor until told that the writers are done, then to the end. */
  async function tail(from: number, pageSize: number, isDone: () => boolean): Promise<LogEvent[]> {
    const seen: LogEvent[] = [];
    for (let cursor = from; ; ) {
      const done = isDone();
      const page = await readLog(services.database.kysely, cursor, pageSize);
      seen.push(...page);
      cursor = page.at(-1)?.position ?? cursor;
      if (done && page.length === 0) return seen;
      if (page.length === 0) await sleep(1);
    }
  }

  it('never skips an event and never meets a gap, while eight writers append, wait and roll back', async () => {
    let total = 0;
    await fc.assert(fc.asyncProperty(fc.array(fc.array(step, { minLength: 2, maxLength: 4 }), { minLength: writers, maxLength: writers }), fc.integer({ min: 1, max: 7 }), async (plans, pageSize) => {
      run++;
      const from = await headPosition(services.database.kysely);
      const committed = new Set<string>();
      let done = false;
      const readers = [tail(from, pageSize, () => done), tail(from, 100, () => done)];
      await Promise.all(plans.map((steps) => write(steps, committed)));
      done = true;
      for (const seen of await Promise.all(readers)) {
        expect(seen.map((event) => event.position)).toEqual(seen.map((_, index) => from + index + 1));
        expect(new Set(seen.map((event) => event.id))).toEqual(committed);
      }
      const shared = (await readLog(services.database.kysely, from, 10_000)).filter((event) => event.subject === `shared ${run}`);
      expect(new Set(shared.map((event) => event.fact_key)).size, 'a fact that several state is there once').toBe(shared.length);
      total += committed.size;
    }), { numRuns: kind === 'postgres' ? 25 : 10 });
    expect(total).toBeGreaterThan(100);
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { append } from '../../src/events/append.js';
import type { NewEvent } from '../../src/events/event.js';
import { headPosition, readLog } from '../../src/events/read.js';
import type { Services } from '../../src/main.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { fact } from './events.js';

describeOnEachDatabase('append', (kind) => {
  let services: Services & { remove(): Promise<void> };
  let run = 0;

  beforeAll(async () => void (services = await testServices(kind)));
  afterAll(() => services?.remove());

  const inOne = (events: readonly NewEvent[]) => services.database.transaction((tx) => append(tx, events));
  const head = () => headPosition(services.database.kysely);

  it('gives events dense positions in their order, and reads them back as they were', async () => {
    const before = await head();
    const events = [fact({ payload: { data: { text: 'Ünï "quoted" \\ \u{1F69A}' } } }), fact({ connection: null, factKey: null }), fact({ occurredAt: null, causationId: fact().id })];
    expect(await inOne(events)).toEqual(events);
    const read = await readLog(services.database.kysely, before, 10);
    expect(read.map((event) => [event.position, event.id, event.payload, event.connection, event.fact_key, event.occurred_at, event.causation_id])).toEqual(
      events.map((event, index) => [before + index + 1, event.id, event.payload, event.connection, event.factKey, event.occurredAt, event.causationId]),
    );
  });

  it('appends a fact once, however often and in whatever company it is stated', async () => {
    const names = fc.record({ subject: fc.constantFrom('tracking:UPS:1', 'tracking:UPS:2'), factKey: fc.constantFrom('a', 'b'), connection: fc.constantFrom('parcels', 'freight', null), contentHash: fc.constantFrom('h1', 'h2') });
    await fc.assert(fc.asyncProperty(fc.array(fc.array(names, { maxLength: 5 }), { maxLength: 5 }), async (batches) => {
      run++;
      const before = await head();
      for (const batch of batches) await inOne(batch.map((each) => fact({ ...each, subject: `${each.subject} ${run}` })));
      const distinct = new Set(batches.flat().map((each) => JSON.stringify(each)));
      const read = await readLog(services.database.kysely, before, 100);
      expect(read).toHaveLength(distinct.size);
      expect((await head()) - before).toBe(distinct.size);
      expect(read.map((event) => event.position)).toEqual(read.map((_, index) => before + index + 1));
    }), { numRuns: 100 });
  });

  it('takes no position when nothing is new', async () => {
    const event = fact();
    await inOne([event]);
    const before = await head();
    expect(await inOne([fact({ subject: event.subject, factKey: event.factKey })])).toEqual([]);
    expect(await inOne([])).toEqual([]);
    expect(await head()).toBe(before);
  });

  it('takes a retracted fact again, once', async () => {
    const event = fact({ factKey: 'said, taken back, said again' });
    await inOne([event]);
    await services.database.kysely.updateTable('fact').set({ retracted: true }).where('event_id', '=', event.id).execute();
    const again = fact({ factKey: event.factKey });
    expect(await inOne([again])).toEqual([again]);
    expect(await inOne([fact({ factKey: event.factKey })])).toEqual([]);
  });

  it('lets one of two commands take a step, and refuses the other with CONFLICT and nothing left behind', async () => {
    const step = () => fact({ subject: 'exception:1', subjectVersion: 1, factKey: null, connection: null, type: 'exception.assigned' });
    const before = await head();
    const outcomes = await Promise.allSettled([inOne([step()]), inOne([step()]), inOne([step()])]);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CONFLICT' });
    expect((await head()) - before).toBe(1);
  });

  it('leaves no trace of a transaction that fails after it', async () => {
    const [before, event] = [await head(), fact()];
    await expect(services.database.transaction(async (tx) => {
      await append(tx, [event]);
      throw new Error('after the append');
    })).rejects.toThrow('after the append');
    expect(await head()).toBe(before);
    expect(await inOne([event])).toEqual([event]);
    expect(await head()).toBe(before + 1);
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidOfName } from '../../src/lib/ids.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { businessStates } from './business-state.js';
import { messagesOf, partyIds, type Message, type Names } from './journey-messages.js';
import { journey, type Journey } from './journeys.js';
import { openPipeline, type Pipeline } from './pipeline.js';

/** In which order, how often and in which round each message of a journey arrives. */
interface Arrival {
  journey: Journey;
  /** A random key for each message, and for repetitions of some. */
  keys: number[];
  again: Array<{ message: number; key: number; underNewId: boolean }>;
}

const arrival: fc.Arbitrary<Arrival> = fc.record({
  journey,
  keys: fc.array(fc.nat(1000), { minLength: 24, maxLength: 24 }),
  again: fc.array(fc.record({ message: fc.nat(20), key: fc.nat(1000), underNewId: fc.boolean() }), { maxLength: 4 }),
});

const groups = 100;
const worlds = 10;

describeOnEachDatabase('the business state', (kind) => {
  let pipeline: Pipeline;
  let run = 0;

  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  afterAll(() => pipeline?.remove());

  const namesOf = (variant: number, group: number): Names => ({ prefix: `R${run}V${variant}C${group}`, base: ((run * 2 + variant) * 1000 + group) * 10 + 10 });

  /** Odoo first, then the carriers, each in the order in which it states things; projected after each source. */
  async function deliverInOrder(lists: Message[][]): Promise<void> {
    for (const connection of ['erp', 'parcels', 'freight']) {
      const fresh = await pipeline.receive(lists.flat().filter((message) => message.connection === connection));
      await pipeline.decode(connection, fresh.get(connection) ?? []);
      await pipeline.settle();
    }
  }

  /** Any order, some of it several times, in rounds of any size; the connections of a round at once. */
  async function deliverInDisorder(lists: Message[][], arrivals: readonly Arrival[], rounds: number): Promise<void> {
    const all = lists.flatMap((list, group) => {
      const { keys, again } = arrivals[group]!;
      const repeated = list.length === 0 ? [] : again.map((each, index) => ({ ...list[each.message % list.length]!, key: each.key, ...(each.underNewId ? { delivery: `again ${run} ${group} ${index}` } : {}) }));
      return [...list.map((message, index) => ({ ...message, key: keys[index % keys.length]! })), ...repeated];
    });
    for (let round = 0; round < rounds; round++) {
      const due = all.filter((message) => Math.floor((message.key * rounds) / 1001) === round).sort((a, b) => a.key - b.key);
      const fresh = await pipeline.receive(due);
      await Promise.all([...fresh].map(([connection, ids]) => pipeline.decode(connection, ids)));
      // Follow-ups run on what was projected, when decoding has gone on already, and sometimes at once.
      if (round % 3 === 1) await pipeline.followUp();
      if (round % 2 === 0) await pipeline.project();
      if (round % 4 === 2) await pipeline.followUp();
    }
    await pipeline.settle();
  }

  it('is that of the canonical order, whatever the order, repetition and batching of what the sources send', async () => {
    let journeys = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: groups, maxLength: groups }), fc.integer({ min: 1, max: 6 }), async (arrivals, rounds) => {
        run++;
        const told = (variant: number) => arrivals.map((each, group) => messagesOf(each.journey, namesOf(variant, group)));
        await deliverInOrder(told(0));
        await deliverInDisorder(told(1), arrivals, rounds);
        const labels = new Map(arrivals.flatMap((_, group) => [0, 1].flatMap((variant) => Object.entries(partyIds(namesOf(variant, group))).map(([label, id]) => [`party:${uuidOfName(`party:erp:${id}`)}`, label] as const))));
        const db = pipeline.services.database.kysely;
        const [canonical, other] = [await businessStates(db, `R${run}V0`, labels), await businessStates(db, `R${run}V1`, labels)];
        journeys += arrivals.length;
        expect(await db.selectFrom('inbox').select('failure').where('state', '<>', 'DECODED').execute()).toEqual([]);
        for (const group of new Set([...canonical.keys(), ...other.keys()])) {
          const state = canonical.get(group) ?? '';
          if ((other.get(group) ?? '') !== state) expect.fail(`journey ${group}, ${rounds} rounds: ${JSON.stringify(arrivals[Number(group)])}\n${difference(state, other.get(group) ?? '')}`);
        }
      }),
      { numRuns: worlds, endOnFailure: true },
    );
    expect(journeys).toBeGreaterThanOrEqual(1000);
  }, 300_000);
});

/** The lines of which one has more than the other, canonical first. */
function difference(canonical: string, other: string): string {
  const surplus = (from: string, than: string) => {
    const left = than.split('\n');
    return from.split('\n').filter((line) => {
      const found = left.indexOf(line);
      if (found >= 0) left.splice(found, 1);
      return found < 0;
    });
  };
  return [...surplus(canonical, other).map((line) => `- ${line}`), ...surplus(other, canonical).map((line) => `+ ${line}`)].join('\n');
}

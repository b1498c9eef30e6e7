import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf, type Principal } from '../../src/auth/principal.js';
import { readerFor, type Reader } from '../../src/auth/reader.js';
import { uuidOfName } from '../../src/lib/ids.js';
import { openLiveFeed, type LiveFeed } from '../../src/events/live.js';
import type { FedMilestone } from '../../src/subgraphs/carrier/feed.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { feedPage } from '../support/feed-pages.js';
import { messagesOf, partyIds, type Names } from './journey-messages.js';
import { journey, type Journey } from './journeys.js';
import { openPipeline, type Pipeline } from './pipeline.js';

/** One carrier only, and deliveries that stay and keep their numbers, so that nobody loses a right on the way: links, merges and grants arrive. */
const granting = (drawn: Journey): Journey => ({
  ...drawn,
  deliveries: drawn.deliveries.map((delivery) => ({ ...delivery, carrier: 'FedEx', isDeleted: false, versions: delivery.versions.map((version) => ({ ...version, numbers: delivery.versions[0]!.numbers, isInternal: false })) })),
  trackers: drawn.trackers.map((tracker) => ({ ...tracker, carrier: tracker.carrier === null ? null : 'FedEx' })),
});

const journeys = 5;
const rounds = 6;

interface Reading {
  principal: Principal;
  reader: Reader;
  from: FedMilestone['cursor'];
  cursor: FedMilestone['cursor'];
  seen: FedMilestone[];
}

const base = { subject: 's', expiresMs: Date.now() + 3_600_000, demonstration: false, parties: [] as string[], carriers: [] as string[], companies: [] as string[] };

describeOnEachDatabase('the feed', (kind) => {
  let pipeline: Pipeline;
  let live: LiveFeed & { close(): Promise<void> };
  let run = 0;

  beforeAll(async () => {
    pipeline = await openPipeline(kind, { parcels: 'north', freight: 'north' });
    live = await openLiveFeed(pipeline.services.database, pipeline.services.bus);
  });
  afterAll(async () => {
    await live?.close();
    await pipeline?.remove();
  });

  const namesOf = (group: number): Names => ({ prefix: `R${run}V0C${group}`, base: (run * 100 + group) * 10 + 10 });
  const party = (group: number, which: 'customer' | 'parent') => uuidOfName(`party:erp:${partyIds(namesOf(group))[which]}`);

  /** Who reads. None of them loses sight of a milestone, save the operator whose company a delivery of another takes over. */
  const principals = (): Principal[] => [
    principalOf({ ...base, role: 'operator' }),
    principalOf({ ...base, role: 'operator', companies: ['main'] }),
    principalOf({ ...base, role: 'operator', companies: ['main', 'north'] }),
    principalOf({ ...base, role: 'customer', parties: [party(0, 'customer')] }),
    principalOf({ ...base, role: 'customer', parties: [0, 1, 2].map((group) => party(group, 'customer')) }),
    principalOf({ ...base, role: 'customer', parties: [party(0, 'customer'), party(0, 'parent'), party(1, 'parent')] }),
    principalOf({ ...base, role: 'partner', carriers: ['FedEx'] }),
    principalOf({ ...base, role: 'partner', carriers: ['FedEx', 'UPS'] }),
  ];
  const passing = () => principalOf({ ...base, role: 'operator', companies: ['north'] });

  async function start(principal: Principal): Promise<Reading> {
    const reader = readerFor(pipeline.services.database.kysely, principal);
    const from = await live.latest();
    return { principal, reader, from, cursor: from, seen: [] };
  }

  async function read(reading: Reading, pageSize: number, maxPages: number): Promise<void> {
    for (let count = 0; count < maxPages; count++) {
      const page = await feedPage(reading.reader, live, reading.cursor, pageSize);
      reading.seen.push(...page);
      if (page.length > 0) reading.cursor = page.at(-1)!.cursor;
      if (page.length < pageSize) return;
    }
  }

  const ids = (fed: readonly FedMilestone[]) => fed.map(({ id }) => id);

  async function milestonesMoved(): Promise<string[]> {
    const rows = await sql<{ id: string }>`select m.id from milestone m join event e on e.subject = m.subject where e.type = 'reference.linked' and e.payload ? 'from'`.execute(pipeline.services.database.kysely);
    return rows.rows.map((row) => row.id);
  }

  async function check(reading: Reading, losesSight: boolean): Promise<void> {
    const name = `${reading.principal.role} ${JSON.stringify(reading.principal.companies)} ${reading.principal.keys.length} keys`;
    const replay: Reading = { ...reading, cursor: reading.from, seen: [] };
    await read(replay, 1000, 100);
    // Who loses sight of a milestone, with a name that a delivery takes back, and sees it again is shown it again.
    const moved = new Set(losesSight ? await milestonesMoved() : []);
    const once = ids(reading.seen).filter((id) => !moved.has(id));
    expect(new Set(once).size, `${name}: none twice`).toBe(once.length);
    for (let index = 1; index < reading.seen.length; index++) {
      const [a, b] = [reading.seen[index - 1]!.cursor, reading.seen[index]!.cursor];
      expect(b.position > a.position || (b.position === a.position && b.ordinal > a.ordinal), `${name}: cursors rise`).toBe(true);
    }
    const last = ids(reading.seen).filter((id, index, all) => all.lastIndexOf(id) === index);
    if (losesSight) expect(last.filter((id) => ids(replay.seen).includes(id)), `${name}: what is still seen was listed live, in that order`).toEqual(ids(replay.seen));
    else expect(ids(reading.seen), `${name}: listed live as replayed`).toEqual(ids(replay.seen));
  }

  async function checkWhole(principal: Principal): Promise<void> {
    const reader = readerFor(pipeline.services.database.kysely, principal);
    const whole: Reading = { principal, reader, from: { position: 0, ordinal: 0 }, cursor: { position: 0, ordinal: 0 }, seen: [] };
    await read(whole, 1000, 1000);
    const visible = await reader.db.selectFrom('milestone').select(['milestone.id', 'active']).execute();
    const listed = new Set(ids(whole.seen));
    expect(listed.size).toBe(whole.seen.length);
    expect(visible.filter((row) => row.active && !listed.has(row.id)), 'all that it may see').toEqual([]);
    const may = new Set(visible.map((row) => row.id));
    expect([...listed].filter((id) => !may.has(id)), 'nothing else').toEqual([]);
  }

  it('shows each reader each milestone that it may see once, in one order, whenever it began and however it pages, while links, corrections, merges and grants arrive', async () => {
    const schedule = fc.record({
      corrects: fc.boolean(),
      journeys: fc.array(journey, { minLength: journeys, maxLength: journeys }),
      keys: fc.array(fc.nat(rounds - 1), { minLength: 40, maxLength: 40 }),
      pages: fc.array(fc.record({ size: fc.integer({ min: 1, max: 4 }), count: fc.nat(3), join: fc.boolean() }), { minLength: 60, maxLength: 60 }),
    });
    let milestones = 0;
    await fc.assert(
      fc.asyncProperty(schedule, async ({ corrects, journeys: drawn, keys, pages }) => {
        run++;
        const messages = drawn.flatMap((each, group) => messagesOf(corrects ? each : granting(each), namesOf(group)));
        const readings = await Promise.all(principals().map(start));
        const passerBy = await start(passing());
        let turn = 0;
        for (let round = 0; round < rounds; round++) {
          const fresh = await pipeline.receive(messages.filter((_, index) => keys[index % keys.length] === round));
          for (const [connection, of] of fresh) await pipeline.decode(connection, of);
          await pipeline.settle();
          for (const reading of [...readings, passerBy]) {
            const page = pages[turn++ % pages.length]!;
            await read(reading, page.size, page.count);
            if (page.join && readings.length < 20) readings.push(await start(reading.principal.companies === 'none' || reading.principal.companies === '*' ? reading.principal : principals()[1]!));
          }
        }
        for (const reading of [...readings, passerBy]) await read(reading, 3, 10_000);
        for (const reading of readings) await check(reading, corrects && reading.principal.companies === 'none');
        await check(passerBy, true);
        milestones += readings[0]!.seen.length;
      }),
      { numRuns: 30, endOnFailure: true },
    );
    for (const principal of [...principals(), passing()]) await checkWhole(principal);
    expect(milestones).toBeGreaterThan(300);
  });
});

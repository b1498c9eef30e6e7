import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { readerFor } from '../../src/auth/reader.js';
import { uuidOfName } from '../../src/lib/ids.js';
import { openLiveFeed, type LiveFeed } from '../../src/events/live.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { feedPage } from '../support/feed-pages.js';
import { messagesOf, partyIds, type Message, type Names } from './journey-messages.js';
import type { Journey } from './journeys.js';
import { openPipeline, type Pipeline } from './pipeline.js';

const base = { subject: 's', expiresMs: Date.now() + 3_600_000, demonstration: false, parties: [] as string[], carriers: [] as string[], companies: [] as string[] };
const start = { position: 0, ordinal: 0 };

const parcel: Journey = {
  order: null, address: false, freight: [],
  deliveries: [{ carrier: null, hasPartner: true, hasOrder: false, isDeleted: false, versions: [{ state: 'done', deadlineDay: null, scheduledDay: null, numbers: [0], packageCount: 1, version: 1 }] }],
  trackers: [{ delivery: 0, number: 0, carrier: 'UPS', hasId: false, scans: [{ status: 'in_transit', detail: null, day: 3 }, { status: 'in_transit', detail: null, day: 4 }], updates: [2], revision: null, etaDays: [null, null, null] }],
};
const withoutPartner: Journey = { ...parcel, deliveries: parcel.deliveries.map((delivery) => ({ ...delivery, hasPartner: false })) };

describeOnEachDatabase('the feed', (kind) => {
  let pipeline: Pipeline;
  let live: LiveFeed & { close(): Promise<void> };
  const names: Names[] = [{ prefix: 'A', base: 10 }, { prefix: 'B', base: 20 }];

  beforeAll(async () => {
    pipeline = await openPipeline(kind, { parcels: 'north' });
    live = await openLiveFeed(pipeline.services.database, pipeline.services.bus);
  });
  beforeEach(() => pipeline.reset());
  afterAll(async () => {
    await live?.close();
    await pipeline?.remove();
  });

  const of = (journey: Journey, connection: Message['connection']) => names.flatMap((each) => messagesOf(journey, each)).filter((message) => message.connection === connection);
  async function deliver(messages: Message[]): Promise<void> {
    const fresh = await pipeline.receive(messages);
    for (const [connection, ids] of fresh) await pipeline.decode(connection, ids);
    await pipeline.settle();
  }
  async function readAll(principal: ReturnType<typeof principalOf>, pageSize: number) {
    const reader = readerFor(pipeline.services.database.kysely, principal);
    const seen = [];
    for (let cursor = start; ; ) {
      const page = await feedPage(reader, live, cursor, pageSize);
      seen.push(...page.map((fed) => `${fed.cursor.position}.${fed.cursor.ordinal}`));
      if (page.length === 0) return seen;
      cursor = page.at(-1)!.cursor;
    }
  }

  it('gives a reader with two keys every milestone that one batch opened under both, one page at a time', async () => {
    await deliver(of(parcel, 'parcels'));
    await deliver(of(parcel, 'erp'));
    const customer = principalOf({ ...base, role: 'customer', parties: names.map((each) => uuidOfName(`party:erp:${partyIds(each).customer}`)) });
    expect(await readAll(customer, 100)).toHaveLength(4);
    expect(await readAll(customer, 1)).toHaveLength(4);
    expect(new Set(await readAll(customer, 1)).size).toBe(4);
  });

  it('shows what was known before to the company that a delivery belongs to, though the delivery names no party', async () => {
    await deliver(of(withoutPartner, 'parcels'));
    const main = principalOf({ ...base, role: 'operator', companies: ['main'] });
    const north = principalOf({ ...base, role: 'operator', companies: ['north'] });
    expect([await readAll(main, 10), await readAll(north, 10)].map((seen) => seen.length)).toEqual([0, 4]);
    await deliver(of(withoutPartner, 'erp'));
    expect([await readAll(main, 10), await readAll(north, 10)].map((seen) => seen.length)).toEqual([4, 0]);
    const both = principalOf({ ...base, role: 'operator', companies: ['main', 'north'] });
    expect(await readAll(both, 1)).toHaveLength(4);
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database, Transaction } from '../../src/db/database.js';
import { Inbox, inboxChannel, type Delivery, type InboxOptions } from '../../src/events/inbox.js';
import { countRejections, loadMessages } from '../../src/events/messages.js';
import { sha256, uuidv7 } from '../../src/lib/ids.js';
import type { Services } from '../../src/main.js';
import { describeOnEachDatabase, freshConfig, testServices } from '../support/databases.js';
import { overlapping } from '../support/overlapping.js';
import { eventually } from '../support/requests.js';
import { openDatabase } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';

const delivery = (body: Uint8Array | string, parts: Partial<Delivery> = {}): Delivery => {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return { connection: 'parcels', dedupeKey: sha256(bytes), headers: {}, body: bytes, receivedMs: Date.now(), ...parts };
};

describeOnEachDatabase('the inbox', (kind) => {
  let services: Services & { remove(): Promise<void> };

  beforeAll(async () => void (services = await testServices(kind)));
  afterAll(() => services?.remove());

  const inbox = (options: Partial<InboxOptions> = {}, database: Database = services.database) =>
    new Inbox(database, { bodies: services.tasks.bodies, maxBatch: 50, maxWaitingBytes: 1e6, ...options });
  const rows = () => services.database.kysely.selectFrom('inbox').select((e) => e.fn.countAll<number>().as('n')).executeTakeFirstOrThrow().then((row) => row.n);

  it('keeps every body byte for byte: NUL, invalid UTF-8, nothing at all, a view into a larger buffer', async () => {
    const box = inbox();
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(new Uint8Array(0), new Uint8Array([0]), new Uint8Array([0xff, 0xfe, 0x00, 0xc3, 0x28]), new Uint8Array(70_000).map((_, index) => index % 256)));
    await fc.assert(fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 5 }), async (bodies) => {
      const receipts = await Promise.all(bodies.map((body) => {
        const larger = new Uint8Array(body.length + 8).fill(0x41);
        larger.set(body, 3);
        return box.receive(delivery(larger.subarray(3, 3 + body.length), { dedupeKey: uuidv7() }));
      }));
      const messages = await loadMessages(services.database.kysely, services.tasks.bodies, receipts.map((receipt) => receipt.id));
      for (const [index, receipt] of receipts.entries()) {
        const kept = messages.find((message) => message.id === receipt.id)!.body!;
        expect(Buffer.from(kept).equals(Buffer.from(bodies[index]!)), `${bodies[index]!.length} bytes`).toBe(true);
      }
    }), { numRuns: 60 });
  });

  it.skipIf(kind === 'embedded')('counts what is refused in one order, so that two that count the same wait for each other', async () => {
    const counts = (...connections: string[]) => connections.map((connection) => ({ connection, minute: '2026-03-01T12:00:00.000Z', reason: 'wrong', count: 1 }));
    let turns = 0;
    const first = (tx: Transaction) => (turns++, countRejections(tx, counts('a')));
    const ended = await overlapping(services.database, first, [() => countRejections(services.database.kysely, counts('b', 'a'))], (tx) => countRejections(tx, counts('b')));
    expect([turns, ended[0]!.status]).toEqual([1, 'fulfilled']);
    expect(await services.database.kysely.selectFrom('rejection').select(['connection', 'count']).orderBy('connection').execute()).toEqual([{ connection: 'a', count: 2 }, { connection: 'b', count: 2 }]);
  });

  it('keeps headers whatever the sender wrote into them', async () => {
    const headers = { 'x-quote': '"\\\' {}', 'x-latin': 'caf\u00e9', 'x-long': 'a'.repeat(5000), 'x-empty': '' };
    const { id } = await inbox().receive(delivery('headers', { headers, dedupeKey: uuidv7() }));
    expect((await loadMessages(services.database.kysely, services.tasks.bodies, [id]))[0]!.headers).toEqual(headers);
  });

  it('has one row for a delivery, however often and at once it comes, and every receipt names it', async () => {
    const [a, b] = [inbox(), inbox()];
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ key: fc.nat(3), connection: fc.constantFrom('parcels', 'erp'), first: fc.boolean() }), { minLength: 1, maxLength: 12 }), async (deliveries) => {
      const run = uuidv7();
      const before = await rows();
      const receipts = await Promise.all(deliveries.map((each) => (each.first ? a : b).receive(delivery('same body', { connection: each.connection, dedupeKey: `${run} ${each.key}` }))));
      const groups = new Map<string, typeof receipts>();
      deliveries.forEach((each, index) => groups.set(`${each.connection} ${each.key}`, [...(groups.get(`${each.connection} ${each.key}`) ?? []), receipts[index]!]));
      for (const group of groups.values()) {
        expect(new Set(group.map((receipt) => receipt.id)).size).toBe(1);
        expect(new Set(group.map((receipt) => receipt.correlationId)).size).toBe(1);
        expect(group.filter((receipt) => !receipt.duplicate)).toHaveLength(1);
      }
      expect((await rows()) - before).toBe(groups.size);
    }), { numRuns: 60 });
  });

  it('gives no receipt before the commit', async () => {
    const order: string[] = [];
    const watched: Database = {
      ...services.database,
      transaction: async (work) => {
        const result = await services.database.transaction(async (tx) => {
          const value = await work(tx);
          await new Promise((next) => setTimeout(next, 30));
          order.push('about to commit');
          return value;
        });
        order.push('committed');
        return result;
      },
    };
    const box = inbox({}, watched);
    await Promise.all(Array.from({ length: 5 }, (_, index) => box.receive(delivery(`receipt ${index} ${uuidv7()}`)).then(() => order.push('receipt'))));
    expect(order.slice(0, 2)).toEqual(['about to commit', 'committed']);
    expect(order.filter((each) => each === 'receipt')).toHaveLength(5);
  });

  it('shows every message of a receipt to others by the time it is given', async () => {
    const box = inbox({ maxBatch: 3 });
    await Promise.all(Array.from({ length: 20 }, async () => {
      const { id } = await box.receive(delivery(uuidv7()));
      expect(await loadMessages(services.database.kysely, services.tasks.bodies, [id])).toHaveLength(1);
    }));
  });

  it('wakes who listens once what is new is committed', async () => {
    const seen: number[] = [];
    const listening = await services.database.listen(inboxChannel, () => void rows().then((count) => seen.push(count)));
    try {
      const before = await rows();
      await inbox().receive(delivery(uuidv7()));
      await eventually(async () => seen.at(-1), (count) => count === before + 1);
    } finally {
      await listening.close();
    }
  });

  it('goes on after a batch that failed', async () => {
    let fails = true;
    const failing: Database = { ...services.database, transaction: (work) => (fails ? Promise.reject(new Error('once')) : services.database.transaction(work)) };
    const box = inbox({ maxBatch: 1 }, failing);
    const before = await rows();
    await expect(box.receive(delivery(uuidv7()))).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfter: 5 });
    expect(await rows()).toBe(before);
    fails = false;
    await expect(box.receive(delivery(uuidv7()))).resolves.toMatchObject({ duplicate: false });
    await box.drain();
  });

  it('turns senders away when too much waits, and takes one message of any size when nothing does', async () => {
    const box = inbox({ maxWaitingBytes: 10 });
    const large = box.receive(delivery(new Uint8Array(100), { dedupeKey: uuidv7() }));
    await expect(box.receive(delivery(new Uint8Array(1), { dedupeKey: uuidv7() }))).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfter: 5 });
    await expect(large).resolves.toMatchObject({ duplicate: false });
    await expect(box.receive(delivery(new Uint8Array(1), { dedupeKey: uuidv7() }))).resolves.toMatchObject({ duplicate: false });
  });

  it('says UNAVAILABLE when the database is gone', async () => {
    const { config, remove } = await freshConfig(kind);
    const database = await openDatabase(config);
    await migrate(database);
    const box = inbox({}, database);
    await expect(box.receive(delivery(uuidv7()))).resolves.toMatchObject({ duplicate: false });
    await database.close();
    await expect(box.receive(delivery(uuidv7()))).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfter: 5 });
    await remove();
  });
});

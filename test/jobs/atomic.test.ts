import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Inbox } from '../../src/events/inbox.js';
import { decodeMessages } from '../../src/jobs/tasks/decode.js';
import { followUp } from '../../src/jobs/tasks/follow-up.js';
import { project } from '../../src/jobs/tasks/project.js';
import { replay } from '../../src/jobs/tasks/replay.js';
import { tellShopOrders } from '../../src/jobs/tasks/shops/tell.js';
import { writeBack } from '../../src/jobs/tasks/write-back.js';
import { sha256 } from '../../src/lib/ids.js';
import type { Services } from '../../src/main.js';
import type { FollowUp } from '../../src/projections/runner.js';
import { messagesOf } from '../projections/journey-messages.js';
import type { Journey } from '../projections/journeys.js';
import { StatedShop } from '../support/shops/orders.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { failingAfter, InjectedFailure } from './failing-statements.js';

const journey: Journey = {
  order: [{ version: 1, promisedDay: 5 }], address: true,
  deliveries: [{ carrier: 'FedEx', hasPartner: true, hasOrder: true, isDeleted: false, versions: [{ state: 'done', deadlineDay: 5, scheduledDay: 4, numbers: [0], packageCount: 1, version: 1 }] }],
  trackers: [{ delivery: 0, number: 0, carrier: 'FedEx', hasId: true, scans: [{ status: 'in_transit', detail: 'weather_delay', day: 3 }, { status: 'delivered', detail: null, day: 4 }, { status: 'cancelled', detail: null, day: 4 }], updates: [3], revision: null, etaDays: [4, null, null] }],
  freight: [{ delivery: 0, by: 'DO', statuses: [{ code: 'AF', day: 2 }, { code: 'ZZ', day: 2 }], pieces: 1 }],
};

describeOnEachDatabase('a transaction that fails at any statement', (kind) => {
  let services: Services & { remove(): Promise<void> };
  let ids: Map<string, string[]>;

  /** Everything that a transaction of ours can change, as one text. */
  async function everything(): Promise<string> {
    const tables = ['inbox', 'event', 'log_head', 'fact', 'subject_version', 'projection', 'reference', 'naming', 'shipment', 'milestone', 'estimate', 'feed', 'record_access', 'sales_order', 'transfer', 'party', 'exception', 'command', 'write_back', 'write_back_due', 'shop_order', 'shop_due', 'shop_told', 'shop_fulfilment', 'pgboss.job'];
    const texts: string[] = [];
    for (const table of tables) {
      const rows = await sql<{ text: string | null }>`select string_agg(t::text, chr(10) order by t::text) as text from ${sql.table(table)} t`.execute(services.database.kysely);
      texts.push(`${table}: ${rows.rows[0]!.text ?? ''}`);
    }
    return texts.join('\n');
  }

  /** Fails it after its 1st, 2nd, ... statement; each time nothing has changed. Then lets it through. */
  async function failsEverywhere(run: (database: Services['database']) => Promise<unknown>): Promise<number> {
    const before = await everything();
    for (let at = 1; ; at++) {
      const database = failingAfter(services.database, at);
      const failed = await run(database).then(() => false, (error: unknown) => {
        if (isInjected(error)) return true;
        throw error;
      });
      if (!failed) return at - 1;
      expect(await everything(), `after statement ${at}`).toBe(before);
    }
  }

  const isInjected = (error: unknown): boolean => error instanceof InjectedFailure || (error instanceof Error && error.cause !== undefined && isInjected(error.cause));

  beforeAll(async () => {
    services = await testServices(kind);
    for (const [id, connector] of [['erp', 'odoo'], ['parcels', 'easypost'], ['freight', 'x12']] as const) await services.connections.add({ id, connector, company: 'main', settings: {}, secrets: {} });
    ids = new Map();
  });
  afterAll(() => services?.remove());

  it('leaves no message when it stores what came in', async () => {
    const messages = messagesOf(journey, { prefix: 'A', base: 10 });
    const statements = await failsEverywhere(async (database) => {
      const inbox = new Inbox(database, { bodies: services.tasks.bodies, maxBatch: 100, maxWaitingBytes: 1e6 });
      const receipts = await Promise.all(messages.map(({ connection, body }) => inbox.receive({ connection, dedupeKey: sha256(body), headers: {}, body: Buffer.from(body), receivedMs: Date.now() })));
      receipts.forEach((receipt, index) => ids.set(messages[index]!.connection, [...(ids.get(messages[index]!.connection) ?? []), receipt.id]));
    });
    expect(statements).toBeGreaterThanOrEqual(1);
  });

  it('leaves messages undecoded and the log as it was when it decodes', async () => {
    for (const connection of ['parcels', 'freight', 'erp']) {
      const statements = await failsEverywhere(async (database) => {
        // The first failure makes it record message by message, the second one quarantine it: the database must stay away throughout.
        const outage = { ...database, transaction: ((work) => database.transaction(work).catch((error: unknown) => Promise.reject(Object.assign(error as Error, isInjected(error) ? { code: '57P01' } : {})))) as typeof database.transaction };
        await decodeMessages({ ...services.tasks, database: outage }, ids.get(connection)!);
      });
      expect(statements, connection).toBeGreaterThanOrEqual(4);
    }
  });

  it('leaves the read model where it stood when it projects', async () => {
    expect(await failsEverywhere((database) => project({ ...services.tasks, database }))).toBeGreaterThanOrEqual(10);
    expect(await services.database.kysely.selectFrom('shipment').select('status').where('merged_into', 'is', null).execute()).toHaveLength(1);
  });

  it('leaves Odoo untold, and known as untold, when it writes back', async () => {
    await services.connections.change('erp', { url: 'http://127.0.0.1:9', database: 'nobody' }, { apiKey: 'key of nobody' });
    await services.database.kysely.insertInto('projection').values({ name: 'write-back', position: 0 }).onConflict((conflict) => conflict.column('name').doUpdateSet({ position: 0 })).execute();
    expect(await failsEverywhere((database) => writeBack({ ...services.tasks, database }))).toBeGreaterThanOrEqual(12);
    expect((await services.database.kysely.selectFrom('command').select('id').execute()).length).toBeGreaterThan(3);
    await services.connections.change('erp', {}, {}, ['apiKey']);
  });

  it('leaves Odoo and the shop untold, and known as untold, when it tells of an order of a shop', async () => {
    const stated = new StatedShop(services, { odoo: 'erp-of-shop' });
    await stated.connect({ odoo: 'erp-of-shop' });
    await stated.order('1', 1);
    await stated.odooOrder('1', 1);
    await stated.delivery('11', '1', 1, ['3', '2'], { trackingNumbers: ['1Z11'] });
    // As if nothing had been told yet; the order was called off at the shop when it had left.
    const db = services.database.kysely;
    await db.deleteFrom('command').where('subject', '=', 'shop_order:shop:1').execute();
    await db.deleteFrom('shop_told').execute();
    await db.deleteFrom('shop_fulfilment').execute();
    const due = () => db.insertInto('shop_due').columns(['shop_order_id']).expression(db.selectFrom('shop_order').select('id')).execute();
    await due();
    expect(await failsEverywhere((database) => tellShopOrders({ ...services.tasks, database })), 'tells').toBeGreaterThanOrEqual(9);
    expect((await db.selectFrom('command').select('kind').where('subject', '=', 'shop_order:shop:1').orderBy('kind').execute()).map((row) => row.kind)).toEqual(['odoo.apply', 'shop.fulfil']);
    await db.updateTable('shop_order').set({ state: 'CANCELLED' }).execute();
    await due();
    expect(await failsEverywhere((database) => tellShopOrders({ ...services.tasks, database })), 'calls people').toBeGreaterThanOrEqual(9);
    expect(await db.selectFrom('exception').select('state').where('kind', '=', 'SHOP_CANCELLED_LATE').execute()).toEqual([{ state: 'OPEN' }]);
  });

  it('leaves exceptions as they were when it follows up', async () => {
    const shipment = await services.database.kysely.selectFrom('shipment').select('id').where('merged_into', 'is', null).executeTakeFirstOrThrow();
    const settle: FollowUp = { action: 'settle-matters', shipmentIds: [shipment.id] };
    expect(await failsEverywhere((database) => followUp({ ...services.tasks, database }, [settle])), 'raises').toBeGreaterThanOrEqual(3);
    await project(services.tasks);
    await sql`update exception set title = 'as it was called before' where kind = 'MILESTONE'`.execute(services.database.kysely);
    expect(await failsEverywhere((database) => followUp({ ...services.tasks, database }, [settle])), 'changes').toBeGreaterThanOrEqual(5);
    await sql`update transfer set tracking_numbers = '{}'`.execute(services.database.kysely);
    const [transfer] = await services.database.kysely.selectFrom('transfer').select('subject').execute();
    expect(await failsEverywhere((database) => followUp({ ...services.tasks, database }, [{ action: 'restate-names', transfer: transfer!.subject }])), 'takes a name back').toBeGreaterThanOrEqual(8);
  });

  it('leaves log and ledger as they were when it replays what is said differently now', async () => {
    const { connectors } = await import('../../src/connectors/registry.js');
    const receive = connectors.get('easypost')!.receive!;
    const decode = receive.decode;
    receive.decode = (message, settings) => {
      const decoded = decode(message, settings);
      return { ...decoded, facts: decoded.facts.map((fact) => (fact.type === 'milestone.reported' && fact.payload.code === 'DELAYED' ? { ...fact, payload: { ...fact.payload, code: 'EXCEPTION' as const } } : fact)) };
    };
    await project(services.tasks);
    try {
      const statements = await failsEverywhere((database) => replay({ ...services.tasks, database }, { connection: 'parcels', from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }));
      expect(statements).toBeGreaterThanOrEqual(5);
    } finally {
      receive.decode = decode;
    }
  });
});

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Transaction } from '../../src/db/database.js';
import { dueNow, retain } from '../../src/jobs/tasks/retention.js';
import { eraseSubject, exportSubject, findSubject, sweepErased } from '../../src/jobs/tasks/subject.js';
import { uuidOfName } from '../../src/lib/ids.js';
import type { ReportedShopOrder } from '../../src/model/shop.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { overlapping } from '../support/overlapping.js';
import { StatedShop } from '../support/shops/orders.js';

const by = { subject: 'cli:anna', role: 'cli' };
const secret = { name: 'Zoë Canary', email: 'Zoe.Canary@example.org', phone: '+49 (0)40 555-0199', street: 'Canarystraße 7', note: 'Zoë is at the back door' };
const bought: Partial<ReportedShopOrder> = { note: secret.note, people: { buyerId: '4711', email: secret.email, phone: secret.phone, shipTo: { name: secret.name, street: secret.street, city: 'Hamburg', postalCode: '20095', country: 'DE' } } };

describeOnEachDatabase('who buys in a shop', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let stated: StatedShop;
  beforeAll(async () => {
    services = await testServices(kind);
    stated = new StatedShop(services);
    await stated.connect();
    await stated.order('50', 1, bought);
    await stated.order('51', 1);
  });
  afterAll(() => services?.remove());

  const db = () => services.database.kysely;
  const row = (order: string) => db().selectFrom('shop_order').select(['id', 'reference', 'sealed', 'personal_data_id', 'destination']).where('order_key', '=', order).executeTakeFirstOrThrow();
  const everything = async () => {
    const { rows } = await sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(db());
    const texts = await Promise.all(rows.map(async ({ name }) => (await sql<{ text: string }>`select coalesce(string_agg(t::text, ' '), '') as text from ${sql.table(name)} t`.execute(db())).rows[0]!.text));
    return texts.join('\n');
  };
  const inputs = async (order: string) => (await db().selectFrom('command').select('input').where('subject', '=', `shop_order:shop:${order}`).execute()).map(({ input }) => input !== null);
  /** As if Odoo had taken what it was told. */
  const ended = (order: string) => db().updateTable('command').set({ state: 'DONE', finished_at: new Date().toISOString() }).where('subject', '=', `shop_order:shop:${order}`).execute();

  it('stands nowhere readable: neither name nor street, e-mail and telephone, nor what they wrote', async () => {
    const text = await everything();
    for (const value of Object.values(secret)) expect(text).not.toContain(value);
    expect(text).toContain('#50');
    expect(text).toContain('Hamburg');
  });

  it.each([{ email: ' zoe.canary@EXAMPLE.org ' }, { phone: '0049 40 5550199' }])('is found by %o', async (name) => {
    expect(await findSubject(services.tasks, name)).toEqual({ parties: [], shopOrders: [{ id: uuidOfName('shop_order:shop:50'), subject: 'shop_order:shop:50' }], visits: [], loads: [] });
  });

  it('is given out whole, with the order, and that it was is recorded', async () => {
    const parts = [];
    for await (const part of exportSubject(services.tasks, await findSubject(services.tasks, { email: secret.email }), by, 'she asked')) parts.push(part);
    expect(parts).toMatchObject([{ source: 'shop_order:shop:50', reference: '#50', personal: [{ email: secret.email, phone: secret.phone, note: secret.note, buyerId: '4711', shipTo: { name: secret.name, street: secret.street } }] }]);
    expect(await db().selectFrom('audit').select(['target_kind', 'target_id']).where('action', '=', 'subject.exported').execute()).toEqual([{ target_kind: 'shop_order', target_id: uuidOfName('shop_order:shop:50') }]);
  });

  it('is gone after erasure, from what Odoo was told as well, and stays gone though the shop tells of it again; Odoo is told no more of it', async () => {
    await ended('50');
    expect(await inputs('50')).toEqual([true]);
    const person = await findSubject(services.tasks, { email: secret.email });
    expect(await eraseSubject(services.tasks, person, by, 'she asked')).toMatchObject({ parties: 0, shopOrders: 1, personalData: 1 });
    const gone = async () => {
      expect(await row('50')).toMatchObject({ reference: '#50', sealed: null, personal_data_id: null, destination: { city: null, region: null, postalCode: null, country: null } });
      expect(await inputs('50')).toEqual([false]);
      await expect(findSubject(services.tasks, { email: secret.email })).rejects.toThrow(/Nobody/);
    };
    await gone();
    await stated.order('50', 2, { ...bought, lines: [] });
    await gone();
    expect(await row('51')).toMatchObject({ sealed: expect.any(String) });
  });

  it('is swept away where it slipped in, and out of what Odoo was told once that has ended', async () => {
    await stated.order('52', 1, bought);
    await db().insertInto('erased_subject').values({ subject: 'shop_order:shop:52', at: new Date().toISOString() }).execute();
    await sweepErased(services.tasks);
    expect([(await row('52')).sealed, await inputs('52')]).toEqual([null, [true]]);
    await ended('52');
    await sweepErased(services.tasks);
    expect(await inputs('52')).toEqual([false]);
  });

  it('is forgotten some time after the order was closed; who bought what is still open is not', async () => {
    for (const [order, state, days] of [['60', 'CLOSED', 31], ['61', 'CLOSED', 29], ['62', 'OPEN', 300]] as const) {
      await stated.order(order, 1, { ...bought, state });
      await db().updateTable('shop_order').set({ updated_at: new Date(Date.now() - days * 86_400_000).toISOString() }).where('order_key', '=', order).execute();
      await db().updateTable('personal_data').set({ created_at: new Date(Date.now() - days * 86_400_000).toISOString() }).where('subject', '=', `shop_order:shop:${order}`).execute();
    }
    const due = async () => (await dueNow(services.tasks)).filter(({ name }) => name === 'shops' || name === 'personal').map(({ due: count }) => count);
    expect(await due()).toEqual([0, 1]);
    await retain(services.tasks);
    expect(await due()).toEqual([0, 0]);
    expect((await Promise.all(['60', '61', '62'].map(row))).map(({ sealed }) => sealed !== null)).toEqual([false, true, true]);
    expect(await db().selectFrom('personal_data').select('id').where('subject', '=', 'shop_order:shop:60').where((w) => w.or([w('data', 'is not', null), w('sealed', 'is not', null)])).execute()).toEqual([]);
  });

  it.runIf(kind === 'postgres')('is not forgotten where the order is opened again while they are about to be', async () => {
    await stated.order('63', 1, { ...bought, state: 'CLOSED' });
    await db().updateTable('shop_order').set({ updated_at: new Date(Date.now() - 31 * 86_400_000).toISOString() }).where('order_key', '=', '63').execute();
    const reopen = (tx: Transaction) => tx.updateTable('shop_order').set({ state: 'OPEN', updated_at: new Date().toISOString() }).where('order_key', '=', '63').execute();
    await overlapping(services.database, reopen, [() => retain(services.tasks)]);
    expect(await row('63')).toMatchObject({ sealed: expect.any(String), destination: { city: 'Hamburg' } });
  });

  it('is known again where what retention took is said anew: somebody moves, and moves back', async () => {
    const moved = { ...bought, people: { ...bought.people, shipTo: { ...bought.people!.shipTo!, street: 'Elsewhere 1' } } };
    await stated.order('70', 1, bought);
    await stated.order('70', 2, moved);
    await db().updateTable('personal_data').set({ created_at: new Date(Date.now() - 31 * 86_400_000).toISOString() }).where('subject', '=', 'shop_order:shop:70').execute();
    await retain(services.tasks);
    await stated.order('70', 3, bought);
    expect(await row('70')).toMatchObject({ sealed: expect.any(String), personal_data_id: expect.any(String), destination: { city: 'Hamburg' } });
    expect((await findSubject(services.tasks, { email: secret.email })).shopOrders).toContainEqual(expect.objectContaining({ subject: 'shop_order:shop:70' }));
  });
});

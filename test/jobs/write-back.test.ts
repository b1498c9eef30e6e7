import { afterAll, beforeAll, expect, it } from 'vitest';
import { openInput } from '../../src/events/commands.js';
import { BookingRequests } from '../../src/jobs/tasks/bookings/commands.js';
import { writeBack } from '../../src/jobs/tasks/write-back.js';
import { draftSale } from '../../src/sandbox/odoo/documents.js';
import type { PickingRecord } from '../../src/sandbox/odoo/records.js';
import type { Results } from '../../src/sandbox/odoo/results.js';
import type { Sandbox } from '../../src/sandbox/main.js';
import { Random } from '../../src/sandbox/random.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { trackerMessage, trackingNumber } from '../support/easypost-messages.js';
import { startOdoo, told } from '../support/odoo-sync.js';
import { postEasypost, secrets } from '../support/partners.js';
import { eventually } from '../support/requests.js';

describeOnEachDatabase('what is told to Odoo', (kind) => {
  let server: TestServer;
  let sandbox: Sandbox;
  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' });
    sandbox = await startOdoo(server, 'erp');
    await server.connections.add({ id: 'easypost', connector: 'easypost', company: 'main', settings: {}, secrets: { webhookSecret: secrets.easypost } });
    await told(server, sandbox);
  });
  afterAll(async () => {
    await sandbox?.stop();
    await server?.remove();
  });

  function picking(id: number, change: Partial<PickingRecord> = {}): void {
    const { picking: record } = draftSale(id, Date.now(), new Random(id), false);
    sandbox.odoo.write({ model: 'stock.picking', id, record: { ...record, carrier_id: { id: 1, name: 'FedEx Ground' }, carrier_tracking_ref: trackingNumber(id), ...change }, atMs: Date.now() });
  }
  const report = async (serial: number, count: number) => expect((await postEasypost(server, trackerMessage(serial, count))).status).toBe(202);
  const results = (id: number) => Promise.resolve(sandbox.written.results.get(id) ?? null);
  const standing = (of: Results | null) => [...(of?.milestones.values() ?? [])].filter((each) => !each.retracted).length;
  const openCommands = () => server.database.kysely.selectFrom('command').select(['id', 'state', 'error']).where('kind', '=', 'odoo.apply').where('state', 'not in', ['DONE']).execute();
  const commands = async (id: number) => (await server.database.kysely.selectFrom('command').select('id').where('subject', '=', `odoo.delivery:erp:${id}`).execute()).length;
  /** Everything is decoded, projected, followed and carried out. */
  async function settled(): Promise<void> {
    await told(server, sandbox);
    await writeBack(server.tasks);
    await eventually(openCommands, (rows) => rows.length === 0);
  }

  it('a journey that is reported out of order and twice stands there once, with its last status and when it was delivered', async () => {
    picking(101);
    await told(server, sandbox);
    for (const count of [12, 3, 7, 12, 3]) await report(101, count);
    await settled();
    const found = await eventually(() => results(101), (of) => of?.status === 'DELIVERED' && standing(of) === 12);
    expect(found).toMatchObject({ status: 'DELIVERED', eta: null, stage: 'delivery' });
    expect(found!.deliveredAt).not.toBeNull();
  });

  it('the estimate stands there as long as it is on its way', async () => {
    picking(102);
    await report(102, 5);
    await settled();
    const found = await eventually(() => results(102), (of) => of?.status === 'IN_TRANSIT');
    expect(found).toMatchObject({ deliveredAt: null, stage: 'dispatch' });
    expect(found!.eta).not.toBeNull();
  });

  it('what was reported before the delivery was known is told when it is', async () => {
    await report(103, 4);
    await settled();
    picking(103);
    await settled();
    expect(standing(await eventually(() => results(103), (of) => standing(of) === 4))).toBe(4);
  });

  it('what Odoo then tells of itself is answered by nothing', async () => {
    const before = await commands(101);
    expect(before).toBeGreaterThan(12);
    picking(101, { state: 'done' });
    await settled();
    picking(101, { state: 'done', priority: '1' });
    await settled();
    expect(await commands(101)).toBe(before);
  });

  it('following the same changes again makes no command', async () => {
    const before = await commands(102);
    await server.database.kysely.updateTable('projection').set({ position: 0 }).where('name', '=', 'write-back').execute();
    await writeBack(server.tasks);
    expect(await commands(102)).toBe(before);
    await server.database.kysely.updateTable('projection').set({ position: 0 }).where('name', '=', 'write-back').execute();
    await server.database.kysely.insertInto('projection').values({ name: 'feed-removed', position: 1 }).execute();
    await writeBack(server.tasks);
    expect(await commands(102)).toBe(before);
    await server.database.kysely.deleteFrom('projection').where('name', '=', 'feed-removed').execute();
  });

  it('a name that is taken from a delivery takes its milestones with it', async () => {
    picking(104);
    await report(104, 12);
    await settled();
    await eventually(() => results(104), (of) => standing(of) === 12);
    picking(104, { carrier_tracking_ref: null });
    await settled();
    const found = await eventually(() => results(104), (of) => standing(of) === 0);
    expect(found).toMatchObject({ status: 'UNKNOWN', deliveredAt: null, stage: 'none' });
    picking(104);
    await settled();
    expect(await eventually(() => results(104), (of) => standing(of) === 12)).toMatchObject({ status: 'DELIVERED', stage: 'delivery' });
  });

  it('cut-offs of a place are told once, by the last delivery that leaves it, again when they change, and gone when they are removed', async () => {
    for (const id of [106, 107]) picking(id, { name: `CUT/OUT/${id}` });
    await settled();
    const all = () => server.database.kysely.selectFrom('command').select(['subject', 'state']).where('idempotency_key', 'like', 'write-back:erp:facility:main:CUT:%').orderBy('sequence').execute();
    expect(await all()).toEqual([]);
    const bookings = new BookingRequests(server.tasks);
    const by = await server.tokens.authenticate(`Bearer ${await server.tokens.create({ role: 'operator', ttl: 600 })}`);
    const cutOff = { company: 'main', facility: 'CUT', carrier: 'FEDEX', weekdays: [1, 2, 3, 4, 5], at: '16:30', zone: 'Europe/Berlin' };
    const id = await bookings.saveCutOff(cutOff, by);
    const standingThere = () => Promise.resolve([106, 107].flatMap((each) => sandbox.written.results.get(each)?.cutOffs ?? []));
    await eventually(standingThere, (found) => found.join() === 'FEDEX 16:30');
    await bookings.saveCutOff({ ...cutOff, id }, by);
    picking(106, { name: 'CUT/OUT/106', priority: '1' });
    await settled();
    expect(await all()).toHaveLength(1);
    await bookings.saveCutOff({ ...cutOff, id, at: '17:00' }, by);
    await eventually(standingThere, (found) => found.join() === 'FEDEX 17:00');
    await bookings.removeSetting('carrier_cut_off', id, by);
    await eventually(standingThere, (found) => found.length === 0);
    await eventually(openCommands, (rows) => rows.length === 0);
    expect((await all()).map(({ state }) => state)).toEqual(['DONE', 'DONE', 'DONE']);
  });

  it('a delivery that the carrier has is validated where that is chosen, as it stands reserved there', async () => {
    const { settings } = (await server.connections.find('erp'))!;
    const validations = async () => (await server.database.kysely.selectFrom('command').selectAll().where('idempotency_key', 'like', 'write-back:erp:%:validate:%').execute())
      .map((row) => ({ key: row.idempotency_key, lane: row.lane, state: row.state, input: openInput(server.tasks.bodies, row) }));
    expect(await validations()).toEqual([]);
    await server.connections.change('erp', { ...settings, validateAt: 'dispatch' }, {});
    picking(108);
    await report(108, 1);
    await settled();
    expect(await validations()).toEqual([]);
    await report(108, 4);
    await settled();
    await settled();
    expect(await validations()).toEqual([{
      key: 'write-back:erp:108:validate:1', lane: 'DISPATCH', state: 'DONE', input: { topic: 'validate', model: 'stock.picking', recordId: 108, values: { lines: [], backorder: true, version: 1 } },
    }]);
    await server.connections.change('erp', settings, {});
  });

  it('what is chosen in the settings goes back and nothing else', async () => {
    const { settings } = (await server.connections.find('erp'))!;
    await server.connections.change('erp', { ...settings, writeBack: 'milestone', writeBackMilestones: 'DELIVERED' }, {});
    picking(105);
    await report(105, 12);
    await settled();
    const found = await eventually(() => results(105), (of) => standing(of) === 1);
    expect([found!.status, found!.stage, [...found!.milestones.values()][0]!.code]).toEqual([null, 'none', 'DELIVERED']);
  });
});

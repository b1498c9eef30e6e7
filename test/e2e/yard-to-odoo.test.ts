import { afterAll, beforeAll, expect, it } from 'vitest';
import { saveFacilityPlan } from '../../src/jobs/tasks/yard/facilities.js';
import { globalId, uuidv7 } from '../../src/lib/ids.js';
import { changeException } from '../../src/projections/change-exception.js';
import type { Sandbox } from '../../src/sandbox/main.js';
import { customers, products } from '../../src/sandbox/odoo/catalog.js';
import { draftSale } from '../../src/sandbox/odoo/documents.js';
import { datetime, type PickingRecord } from '../../src/sandbox/odoo/records.js';
import { Random } from '../../src/sandbox/random.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { startOdoo, told } from '../support/odoo-sync.js';
import { accepted } from '../support/partners.js';
import { eventually, graphql } from '../support/requests.js';
import { facilityPlan } from '../support/yard/facility-plan.js';
import { addTransportConnections, dockAppointment, dockVisit, dockWarehouse, postTransport } from '../support/transport.js';

const hourMs = 3_600_000;
const nowMs = Math.floor(Date.now() / 1000) * 1000;
const at = (hours: number) => new Date(nowMs + hours * hourMs).toISOString();

describeOnEachDatabase('docks and yards', (kind) => {
  let server: TestServer;
  let sandbox: Sandbox;
  let statements = 0;
  let token: string;
  let facility: string;

  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' });
    sandbox = await startOdoo(server, 'erp');
    const { settings } = (await server.connections.find('erp'))!;
    await server.connections.change('erp', { ...settings, validateAt: 'confirmation', shortageMinutes: 0 }, {});
    await addTransportConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 3600 });
    const by = await server.tokens.authenticate(`Bearer ${token}`);
    facility = globalId('Facility', await saveFacilityPlan(server.tasks, { code: 'WH', company: 'main', plan: facilityPlan() }, by, uuidv7()));
    for (const { id, record } of products) sandbox.odoo.write({ model: 'product.product', id, record, atMs: Date.now() });
    for (const { id, record } of customers.flatMap((each) => each.records)) sandbox.odoo.write({ model: 'res.partner', id, record, atMs: Date.now() });
    await dock(dockWarehouse('w1', { at: at(-100), code: 'NW', name: 'Others' }));
  });
  afterAll(async () => {
    await sandbox?.stop();
    await server?.remove();
  });

  async function dock(message: object): Promise<void> {
    const body = JSON.stringify(message);
    await accepted(server, await postTransport(server, 'dock', body), body);
  }
  /** Each statement of the dock's scheduler is newer than the one before. */
  const appoint = (id: string, start: string, numbers: string[], change: { status?: string; direction?: string } = {}) => dock(dockAppointment(id, { at: at(-10 + statements++ / 100), start, numbers, direction: 'Inbound', ...change }));
  const visit = (id: string, appointment: string, events: Record<string, string>) => dock(dockVisit(id, { at: at(-10 + statements++ / 100), appointment, events }));

  /** A receipt of ten and four, or a delivery of them. */
  function picking(id: number, change: Partial<PickingRecord> = {}): PickingRecord {
    const { picking: record } = draftSale(id, Date.now(), new Random(id), false);
    const lines = [10, 4].map((quantity, index) => ({ id: id * 10 + index, product_id: { id: products[index]!.id, name: products[index]!.record.name }, quantity, uom_id: { id: 1, name: 'Units' }, lot_id: null, package_id: null, order_line_id: id * 10 + index }));
    const moves = lines.map((line) => ({ id: line.id, product_id: line.product_id, state: 'assigned' as const, product_uom_qty: line.quantity, quantity: line.quantity, picked: false, uom_id: line.uom_id, order_line_id: line.id }));
    const receipt = { ...record, name: `WH/IN/${id}`, picking_type_code: 'incoming' as const, lines, moves, ...change };
    sandbox.odoo.write({ model: 'stock.picking', id, record: receipt, atMs: Date.now() });
    return receipt;
  }
  const scheduled = (...ids: number[]) => Promise.resolve(ids.map((id) => sandbox.odoo.rows('stock.picking').get(id)!.scheduled_date));
  const planned = (...times: string[]) => (found: string[]) => found.join() === times.map((time) => (time.includes('T') ? datetime(Date.parse(time)) : time)).join();
  const arrivals = (id: number) => Promise.resolve([...(sandbox.written.results.get(id)?.arrivals.values() ?? [])]);

  it('plan every receipt of an appointment for its time, anew when it is moved, and as before when it is called off', async () => {
    const [first, second] = [picking(401), picking(402)];
    await appoint('a1', at(30), ['WH/IN/401', 'WH/IN/402']);
    await eventually(() => scheduled(401, 402), planned(at(30), at(30)));
    expect(sandbox.odoo.rows('stock.picking').get(401)!.date_deadline).toBe(first.date_deadline);
    await appoint('a1', at(50), ['WH/IN/401', 'WH/IN/402']);
    await eventually(() => scheduled(401, 402), planned(at(50), at(50)));
    // One of them comes by another truck.
    await appoint('a1', at(50), ['WH/IN/401']);
    await eventually(() => scheduled(401, 402), planned(at(50), second.scheduled_date));
    await appoint('a1', at(50), ['WH/IN/401'], { status: 'Cancelled' });
    await eventually(() => scheduled(401, 402), planned(first.scheduled_date, second.scheduled_date));
    await told(server, sandbox);
    const { promised_at: promised } = await server.database.kysely.selectFrom('shipment').innerJoin('reference', 'reference.shipment_id', 'shipment.id').select('shipment.promised_at').where('reference.subject', '=', 'odoo.delivery:erp:401').executeTakeFirstOrThrow();
    expect(datetime(Date.parse(promised!))).toBe(first.date_deadline);
  });

  it('plan nothing by what was only asked for, and leave a date that somebody changed by hand', async () => {
    const { scheduled_date: before } = picking(403);
    await appoint('a3', at(40), ['WH/IN/403'], { status: 'Requested' });
    await eventually(() => Promise.resolve(sandbox.written.results.get(403)?.appointmentAt ?? null), (found) => found !== null);
    expect(await scheduled(403)).toEqual([before]);
    await appoint('a3', at(40), ['WH/IN/403']);
    await eventually(() => scheduled(403), planned(at(40)));
    picking(403, { scheduled_date: '2031-01-01 08:00:00' });
    await told(server, sandbox);
    await appoint('a3', at(45), ['WH/IN/403']);
    await eventually(() => Promise.resolve(sandbox.written.results.get(403)!.appointmentAt), (found) => found === at(45));
    expect(await scheduled(403)).toEqual(['2031-01-01 08:00:00']);
  });

  it('plan deliveries by appointments at which they leave, and never by those at which they arrive', async () => {
    const { scheduled_date: before } = picking(404, { name: 'WH/OUT/404', picking_type_code: 'outgoing' });
    await appoint('a4', at(60), ['WH/OUT/404']);
    await eventually(() => Promise.resolve(sandbox.written.results.get(404)?.appointmentAt ?? null), (found) => found !== null);
    expect(await scheduled(404)).toEqual([before]);
    await appoint('a5', at(20), ['WH/OUT/404'], { direction: 'Outbound' });
    await eventually(() => scheduled(404), planned(at(20)));
  });

  it('tell of each truck once that it came, is at the dock and left, on every transfer that it came for', async () => {
    picking(405);
    picking(406);
    await appoint('a6', at(0), ['WH/IN/405', 'WH/IN/406']);
    await visit('v6', 'a6', { Arrived: at(-1) });
    await eventually(() => arrivals(406), (found) => found.length === 1);
    await visit('v6', 'a6', { Arrived: at(-1) });
    await visit('v6', 'a6', { Arrived: at(-1), Docked: at(0) });
    await visit('v6', 'a6', { Arrived: at(-1), Docked: at(0), Departed: at(0) });
    for (const id of [405, 406]) expect(await eventually(() => arrivals(id), (found) => found[0]?.state === 'CHECKED_OUT')).toMatchObject([{ retracted: false }]);
    const told405 = await server.database.kysely.selectFrom('command').select('idempotency_key').where('idempotency_key', 'like', 'write-back:erp:405:arrival:%').execute();
    expect(told405.length).toBeLessThanOrEqual(3);
  });

  it('take an arrival back where the truck came for something else, and tell of a truck that did not come', async () => {
    picking(407);
    await appoint('a7', at(1), ['WH/IN/407']);
    await visit('v7', 'a7', { Arrived: at(0) });
    await eventually(() => arrivals(407), (found) => found[0]?.state === 'CHECKED_IN' && !found[0].retracted);
    await visit('v7', 'a6', { Arrived: at(0) });
    await eventually(() => arrivals(407), (found) => found[0]?.retracted === true);
    await appoint('a7', at(1), ['WH/IN/407'], { status: 'NoShow' });
    await eventually(() => arrivals(407), (found) => found.some((each) => each.state === 'NO_SHOW' && !each.retracted));
  });

  // At a facility that is run here.

  const ask = async (mutation: string, input: Record<string, unknown>, fields: string): Promise<any> => Object.values(await graphql(server.url, token, `mutation Do($input: ${mutation[0]!.toUpperCase()}${mutation.slice(1).replace(/^onfirm(Receipt|Dispatch)$/, 'onfirmHandling')}Input!) { ${mutation}(input: $input) { ${fields} userErrors { field code message } } }`, { input: { idempotencyKey: uuidv7(), ...input } }))[0];
  const sku = (index: number) => products[index]!.record.default_code;
  /** A truck at the dock, with these names. */
  async function truck(...references: string[]): Promise<string> {
    await told(server, sandbox);
    const { visit: checkedIn, userErrors } = await ask('checkIn', { facilityId: facility, references, truck: `TRUCK-${references[0]}`, trailer: 'TR-9' }, 'visit { id }');
    expect(userErrors).toEqual([]);
    return checkedIn.id as string;
  }
  async function count(visitId: string, quantities: readonly number[], reference?: string): Promise<void> {
    const counts = quantities.map((quantity, index) => ({ product: sku(index), unit: 'PIECE', quantity: String(quantity), ...(reference === undefined ? {} : { reference }) }));
    expect((await ask('reportVisit', { visitId, step: 'COUNT', counts }, 'visit { id }')).userErrors).toEqual([]);
  }
  const confirmed = (visitId: string, input: Record<string, unknown> = {}, mutation = 'confirmReceipt') => ask(mutation, { visitId, ...input }, 'confirmations { id reference lines(first: 10) { nodes { sku quantity damaged } } }');
  const counted = (id: number) => Promise.resolve((sandbox.written.results.get(id)?.counted ?? []).map((line) => [line.counted, line.expected]));
  const transfer = (id: number) => Promise.resolve(sandbox.odoo.rows('stock.picking').get(id));
  const matters = async (name: string) => server.database.kysely.selectFrom('exception').select(['id', 'kind', 'detail']).where('title', 'like', `${name}%`).where('state', '=', 'OPEN').orderBy('kind').execute();
  const accept = async (name: string) => {
    for (const { id } of await matters(name)) await changeException(server.database, { id, action: 'resolve', resolution: 'It is so.' }, 'ann', uuidv7(), async () => {});
  };
  const validations = async (id: number) => (await server.database.kysely.selectFrom('command').select('state').where('idempotency_key', 'like', `write-back:erp:${id}:validate:%`).orderBy('sequence').execute()).map(({ state }) => state);

  it('shows what was counted as progress, and writes quantities when the warehouse confirms them', async () => {
    picking(411);
    const visitId = await truck('WH/IN/411');
    await eventually(() => arrivals(411), (found) => found[0]?.state === 'CHECKED_IN');
    await count(visitId, [4]);
    await eventually(() => counted(411), (lines) => lines.length === 2 && lines.some(([much, of]) => much === 4 && of === 10));
    await count(visitId, [6, 4]);
    await eventually(() => counted(411), (lines) => lines.every(([much, of]) => much === of));
    expect((await transfer(411))!.state).toBe('assigned');
    const input = { idempotencyKey: uuidv7() };
    const first = await confirmed(visitId, input);
    expect(first).toMatchObject({ userErrors: [], confirmations: [{ reference: 'WH/IN/411' }] });
    await eventually(() => transfer(411), (found) => found?.state === 'done');
    expect(await confirmed(visitId, input)).toEqual(first);
    await told(server, sandbox);
    expect(await validations(411)).toEqual(['DONE']);
    expect(await matters('WH/IN/411')).toEqual([]);
    expect((await ask('undoConfirmation', { confirmationId: first.confirmations[0].id }, 'confirmations { id }')).userErrors).toMatchObject([{ code: 'CONFLICT' }]);
  });

  it('leaves what is short to a person, and a backorder behind once it is accepted', async () => {
    picking(412);
    const visitId = await truck('WH/IN/412');
    await count(visitId, [7, 4]);
    await confirmed(visitId);
    const [short] = await eventually(() => matters('WH/IN/412'), (found) => found.length === 1);
    expect(short).toMatchObject({ kind: 'SHORT_RECEIVED', detail: `${sku(0)}: 7 of 10` });
    await told(server, sandbox);
    expect([await validations(412), (await transfer(412))!.state]).toEqual([[], 'assigned']);
    await accept('WH/IN/412');
    await eventually(() => transfer(412), (found) => found?.state === 'done');
    expect(sandbox.odoo.rows('stock.picking').get(500_412)!.lines.map((line) => line.quantity)).toEqual([3]);
  });

  it('does not take for accepted what was counted anew', async () => {
    picking(413);
    const visitId = await truck('WH/IN/413');
    await count(visitId, [7, 4]);
    const { confirmations } = await confirmed(visitId, { isFinal: true });
    await eventually(() => matters('WH/IN/413'), (found) => found.length === 1);
    expect((await ask('undoConfirmation', { confirmationId: confirmations[0].id }, 'confirmations { id }'))).toEqual({ confirmations: [], userErrors: [] });
    await eventually(() => matters('WH/IN/413'), (found) => found.length === 0);
    await confirmed(visitId, { counts: [{ product: sku(0), unit: 'PIECE', quantity: '5' }, { product: sku(1), unit: 'PIECE', quantity: '4' }] });
    await eventually(() => matters('WH/IN/413'), (found) => found[0]?.detail === `${sku(0)}: 5 of 10`);
    expect(await validations(413)).toEqual([]);
    await accept('WH/IN/413');
    await eventually(() => transfer(413), (found) => found?.state === 'done');
    expect(sandbox.odoo.rows('stock.picking').get(500_413)!.lines.map((line) => line.quantity)).toEqual([5]);
  });

  it('leaves what is too much, damaged or brought by the wrong trailer to a person', async () => {
    picking(414);
    const visitId = await truck('WH/IN/414');
    await count(visitId, [12, 3]);
    for (const finding of [{ kind: 'DAMAGED', product: sku(1), quantity: '1', unit: 'PIECE' }, { kind: 'WRONG_TRAILER', note: 'TR-8 was announced' }]) expect((await ask('reportVisit', { visitId, step: 'FINDING', finding }, 'visit { id }')).userErrors).toEqual([]);
    await confirmed(visitId);
    const found = await eventually(() => matters('WH/IN/414'), (rows) => rows.length >= 4);
    expect(found.map(({ kind }) => kind)).toEqual(['DAMAGED_GOODS', 'HANDLING_REMARK', 'OVER_RECEIVED', 'SHORT_RECEIVED']);
    await told(server, sandbox);
    expect(await validations(414)).toEqual([]);
    await accept('WH/IN/414');
    const done = await eventually(() => transfer(414), (each) => each?.state === 'done');
    expect(done!.lines.map((line) => line.quantity).sort((a, b) => a - b)).toEqual([3, 12]);
  });

  it('validates a delivery when its dispatch is confirmed, of several only what was counted', async () => {
    picking(415, { name: 'WH/OUT/415', picking_type_code: 'outgoing' });
    picking(416, { name: 'WH/OUT/416', picking_type_code: 'outgoing' });
    const visitId = await truck('WH/OUT/415', 'WH/OUT/416');
    expect((await confirmed(visitId, {}, 'confirmDispatch')).userErrors).toMatchObject([{ code: 'CONFLICT' }]);
    expect((await confirmed(visitId)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    await count(visitId, [10, 4], 'WH/OUT/415');
    expect(await confirmed(visitId, {}, 'confirmDispatch')).toMatchObject({ userErrors: [], confirmations: [{ reference: 'WH/OUT/415' }] });
    await eventually(() => transfer(415), (found) => found?.state === 'done');
    expect((await transfer(416))!.state).toBe('assigned');
    const audited = await server.database.kysely.selectFrom('audit').select('action').distinct().where('action', 'like', 'confirmation.%').orderBy('action').execute();
    expect(audited.map(({ action }) => action)).toEqual(['confirmation.dispatch', 'confirmation.receipt', 'confirmation.undo']);
  });

  it('lets nobody confirm at a facility that is run by others', async () => {
    picking(417);
    const visitId = await truck('WH/IN/417');
    await count(visitId, [10, 4]);
    const other = await server.tokens.create({ role: 'partner', facilities: ['XX@main'], scopes: ['yard:read', 'yard:write'], ttl: 600 });
    const own = await server.tokens.create({ role: 'partner', facilities: ['WH@main'], scopes: ['yard:read', 'yard:write'], ttl: 600 });
    const by = (bearer: string) => graphql(server.url, bearer, 'mutation Do($input: ConfirmHandlingInput!) { confirmReceipt(input: $input) { confirmations { reference } userErrors { code } } }', { input: { visitId, idempotencyKey: uuidv7() } });
    expect(await by(other)).toEqual({ confirmReceipt: { confirmations: null, userErrors: [{ code: 'NOT_FOUND' }] } });
    expect(await by(own)).toEqual({ confirmReceipt: { confirmations: [{ reference: 'WH/IN/417' }], userErrors: [] } });
  });
});

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
import { at, workingDay } from '../support/yard/appointments.js';
import { facilityPlan } from '../support/yard/facility-plan.js';
import { addTransportConnections, dockAppointment, dockWarehouse, otmTrip, postTransport, type TestStop } from '../support/transport.js';

const nowMs = Math.floor(Date.now() / 1000) * 1000;
const inHours = (hours: number) => new Date(nowMs + hours * 3_600_000).toISOString();

describeOnEachDatabase('trucks that are booked for an order or a load', (kind) => {
  let server: TestServer;
  let others: Sandbox;
  let sandbox: Sandbox;
  let token: string;
  let facility: string;
  let statements = 0;
  const day = workingDay(14);

  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' });
    sandbox = await startOdoo(server, 'erp');
    others = await startOdoo(server, 'erp2', {}, 'other');
    await server.connections.change('erp', { ...(await server.connections.find('erp'))!.settings, validateAt: 'confirmation', scheduleByAppointment: 'both', shortageMinutes: 0 }, {});
    await addTransportConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 3600 });
    const by = await server.tokens.authenticate(`Bearer ${token}`);
    facility = globalId('Facility', await saveFacilityPlan(server.tasks, { code: 'WH', company: 'main', plan: facilityPlan() }, by, uuidv7()));
    for (const odoo of [sandbox, others]) {
      for (const { id, record } of products) odoo.odoo.write({ model: 'product.product', id, record, atMs: Date.now() });
      for (const { id, record } of customers.flatMap((each) => each.records)) odoo.odoo.write({ model: 'res.partner', id, record, atMs: Date.now() });
    }
    await post('dock', dockWarehouse('w1', { at: inHours(-100), code: 'WH', name: 'Ours, as the scheduler knows it' }));
  });
  afterAll(async () => {
    await sandbox?.stop();
    await others?.stop();
    await server?.remove();
  });

  async function post(connection: 'dock' | 'tms', message: object): Promise<void> {
    const body = JSON.stringify(message);
    await accepted(server, await postTransport(server, connection, body), body);
  }
  const trip = (id: string, stops: TestStop[]) => post('tms', otmTrip(id, { at: inHours(-10 + statements++ / 100), stops: stops.map((stop, index) => ({ planned: [inHours(30 + index)], ...stop })) }));

  function order(id: number, name: string, odoo: Sandbox = sandbox): { id: number; name: string } {
    odoo.odoo.write({ model: 'sale.order', id, record: { ...draftSale(id, Date.now(), new Random(id), false).order, name }, atMs: Date.now() });
    return { id, name };
  }
  /** A receipt of ten of one product, of this order. @returns for when it is planned */
  function picking(id: number, of: { id: number; name: string }, change: Partial<PickingRecord> = {}, odoo: Sandbox = sandbox): string {
    const { picking: record } = draftSale(id, Date.now(), new Random(id), false);
    const product = { id: products[0]!.id, name: products[0]!.record.name };
    const line = { id: id * 10, product_id: product, quantity: 10, uom_id: { id: 1, name: 'Units' }, lot_id: null, package_id: null, order_line_id: id * 10 };
    const move = { id: line.id, product_id: product, state: 'assigned' as const, product_uom_qty: 10, quantity: 10, picked: false, uom_id: line.uom_id, order_line_id: line.id };
    odoo.odoo.write({ model: 'stock.picking', id, record: { ...record, name: `WH/IN/${id}`, picking_type_code: 'incoming', sale_id: of, carrier_id: null, lines: [line], moves: [move], ...change }, atMs: Date.now() });
    return record.scheduled_date;
  }
  const known = () => told(server, sandbox);
  const scheduled = (...ids: number[]) => Promise.resolve(ids.map((id) => sandbox.odoo.rows('stock.picking').get(id)!.scheduled_date));
  const planned = (...times: string[]) => (found: string[]) => found.join() === times.map((time) => (time.includes('T') ? datetime(Date.parse(time)) : time)).join();
  const ask = async (mutation: string, inputType: string, input: Record<string, unknown>, fields: string, bearer = token): Promise<any> =>
    Object.values(await graphql(server.url, bearer, `mutation Do($input: ${inputType}!) { ${mutation}(input: $input) { ${fields} userErrors { field code message } } }`, { input: { idempotencyKey: uuidv7(), ...input } }))[0];
  /** Books a dock. @returns global id of the appointment */
  async function book(time: string, names: { loads?: string[]; deliveries?: string[]; orders?: string[] }, over: Record<string, unknown> = {}, bearer = token): Promise<string> {
    const { appointment, userErrors } = await ask('bookAppointment', 'BookAppointmentInput', { facilityId: facility, startsAt: at(day, time), direction: 'INBOUND', ...names, ...over }, 'appointment { id }', bearer);
    expect(userErrors).toEqual([]);
    return appointment.id as string;
  }
  const cancel = async (appointmentId: string) => expect((await ask('cancelAppointment', 'CancelAppointmentInput', { appointmentId }, 'appointment { id }')).userErrors).toEqual([]);
  const claimed = async (id: string) => ((await graphql(server.url, token, 'query One($id: ID!) { appointment(id: $id) { claimedNames { loads orders deliveries } } }', { id })) as any).appointment.claimedNames;

  /** Null where the transfer is not known yet. */
  async function appointmentsOf(id: number): Promise<string[] | null> {
    const known = await server.database.kysely.selectFrom('reference').select('shipment_id').where('subject', '=', `odoo.delivery:erp:${id}`).executeTakeFirst();
    if (known === undefined) return null;
    return (await server.database.kysely.selectFrom('appointment_shipment').select('appointment_id').where('shipment_id', '=', known.shipment_id).execute()).map((row) => globalId('Appointment', row.appointment_id));
  }

  it('plans the receipts of an order that is named, those that come later too, and as before when it is called off', async () => {
    const bought = order(601, 'P 601');
    const [first, second] = [picking(601, bought), picking(602, bought)];
    const delivery = picking(603, bought, { name: 'WH/OUT/603', picking_type_code: 'outgoing' });
    const id = await book('08:00', { orders: ['p601'] });
    await eventually(() => scheduled(601, 602), planned(at(day, '08:00'), at(day, '08:00')));
    const late = picking(604, bought);
    await eventually(() => scheduled(604), planned(at(day, '08:00')));
    await known();
    expect(await scheduled(603)).toEqual([delivery]);
    await cancel(id);
    await eventually(() => scheduled(601, 602, 604), planned(first, second, late));
  });

  it('plans an order that is known only after it was named, of the own company alone, and one that a receipt was moved to', async () => {
    await book('09:00', { orders: ['P00610'] });
    const foreign = picking(610, order(610, 'P00610', others), {}, others);
    picking(611, order(611, 'P00610'));
    await eventually(() => scheduled(611), planned(at(day, '09:00')));
    await told(server, others);
    expect(others.odoo.rows('stock.picking').get(610)!.scheduled_date).toBe(foreign);
    const moved = picking(612, order(612, 'P00612'));
    await known();
    expect(await scheduled(612)).toEqual([moved]);
    picking(612, { id: 611, name: 'P00610' });
    await eventually(() => scheduled(612), planned(at(day, '09:00')));
  });

  it('plans what is named by itself alone, where an order is named beside it', async () => {
    const bought = order(620, 'P00620');
    const [, other] = [picking(620, bought), picking(621, bought)];
    await known();
    await book('10:00', { orders: ['P00620'], deliveries: ['WH/IN/620'] });
    await eventually(() => scheduled(620), planned(at(day, '10:00')));
    await known();
    expect(await scheduled(621)).toEqual([other]);
  });

  it('plans what a load brings to its stop here, whichever was known first, and no more what it does not bring', async () => {
    const bought = order(630, 'P00630');
    const [first, second, third] = [picking(630, bought), picking(631, bought), picking(632, bought)];
    const delivery = picking(633, bought, { name: 'WH/OUT/633', picking_type_code: 'outgoing' });
    await known();
    await trip('t630', [{ code: 'WH', unload: ['WH/IN/630'], load: ['WH/OUT/633'] }, { code: 'XX', unload: ['WH/IN/632'] }]);
    await book('11:00', { loads: ['T630'] });
    await eventually(() => scheduled(630), planned(at(day, '11:00')));
    await trip('t630', [{ code: 'WH', unload: ['WH/IN/631'], load: ['WH/OUT/633'] }, { code: 'XX', unload: ['WH/IN/632'] }]);
    await eventually(() => scheduled(630, 631), planned(first, at(day, '11:00')));
    await book('12:00', { loads: ['T631'] });
    await trip('t631', [{ code: 'WH', unload: ['WH/IN/630'] }]);
    await eventually(() => scheduled(630), planned(at(day, '12:00')));
    await known();
    expect(await scheduled(632, 633)).toEqual([third, delivery]);
    expect(second).not.toBe((await scheduled(631))[0]);
  });

  it('plans by what outside schedulers call a reference number, too', async () => {
    picking(640, order(640, 'P00640'));
    await post('dock', dockAppointment('a640', { at: inHours(-9), start: inHours(40), numbers: ['P00640'], direction: 'Inbound' }));
    await eventually(() => scheduled(640), planned(inHours(40)));
  });

  it('makes of an order that an outsider names no more than it sees, until somebody of the company confirms it', async () => {
    const bought = order(650, 'P00650');
    const [, hidden] = [picking(650, bought, { carrier_id: { id: 91, name: 'Alpha Haulage' } }), picking(651, bought)];
    const alone = picking(652, order(652, 'P00652'));
    await known();
    const carrier = await server.tokens.create({ role: 'partner', carriers: ['ALPHA_HAULAGE'], scopes: ['yard:read', 'appointments:book'], ttl: 600 });
    const id = await book('13:00', { orders: ['P00650', 'P00652'] }, {}, carrier);
    await eventually(() => scheduled(650), planned(at(day, '13:00')));
    await known();
    expect(await scheduled(651, 652)).toEqual([hidden, alone]);
    expect(await claimed(id)).toEqual({ loads: [], deliveries: [], orders: ['P00650', 'P00652'] });
    const { userErrors } = await ask('confirmAppointmentNames', 'ConfirmAppointmentNamesInput', { appointmentId: id, decision: 'CONFIRM' }, 'appointment { id }');
    expect(userErrors).toEqual([]);
    await eventually(() => scheduled(650, 651, 652), planned(...[1, 2, 3].map(() => at(day, '13:00'))));
  });

  it('confirms the receipts of the order that a truck came for, and leaves the rest of it to the next truck', async () => {
    picking(660, order(660, 'P00660'));
    await known();
    const appointment = await book('14:00', { orders: ['P00660'] });
    const { visit } = await ask('checkIn', 'CheckInInput', { facilityId: facility, appointmentId: appointment, references: [], truck: 'TRUCK-660' }, 'visit { id }');
    await eventually(() => Promise.resolve([...(sandbox.written.results.get(660)?.arrivals.values() ?? [])]), (found) => found[0]?.state === 'CHECKED_IN');
    await ask('reportVisit', 'ReportVisitInput', { visitId: visit.id, step: 'COUNT', counts: [{ product: products[0]!.record.default_code, unit: 'PIECE', quantity: '7' }] }, 'visit { id }');
    expect(await ask('confirmReceipt', 'ConfirmHandlingInput', { visitId: visit.id }, 'confirmations { reference }')).toEqual({ confirmations: [{ reference: 'WH/IN/660' }], userErrors: [] });
    const [short] = await eventually(() => server.database.kysely.selectFrom('exception').select('id').where('title', 'like', 'WH/IN/660%').where('state', '=', 'OPEN').execute(), (rows) => rows.length === 1);
    await changeException(server.database, { id: short!.id, action: 'resolve', resolution: 'It is so.' }, 'ann', uuidv7(), async () => {});
    await eventually(() => Promise.resolve(sandbox.odoo.rows('stock.picking').get(660)!.state), (state) => state === 'done');
    await known();
    await eventually(() => appointmentsOf(500_660), (ids) => ids !== null);
    expect([await appointmentsOf(660), await appointmentsOf(500_660)]).toEqual([[appointment], []]);
    const next = workingDay(21);
    await book('08:00', { orders: ['P00660'] }, { startsAt: at(next, '08:00') });
    await eventually(() => scheduled(500_660), planned(at(next, '08:00')));
  });

  it('tells at the receipts of a load of a truck that names nothing but the load, and comes without an appointment', async () => {
    picking(670, order(670, 'P00670'));
    picking(671, { id: 670, name: 'P00670' });
    await known();
    await trip('t670', [{ code: 'WH', unload: ['WH/IN/670'], planned: [inHours(1)] }, { code: 'XX', unload: ['WH/IN/671'] }]);
    await known();
    const { userErrors } = await ask('checkIn', 'CheckInInput', { facilityId: facility, references: ['T670'], truck: 'TRUCK-670', direction: 'INBOUND' }, 'visit { id }');
    expect(userErrors).toEqual([]);
    await eventually(() => Promise.resolve([...(sandbox.written.results.get(670)?.arrivals.values() ?? [])]), (found) => found[0]?.state === 'CHECKED_IN');
    await known();
    expect([...(sandbox.written.results.get(671)?.arrivals.values() ?? [])]).toEqual([]);
  });
});

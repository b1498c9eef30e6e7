import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompiledQuery, sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalOf, type Principal } from '../../src/auth/principal.js';
import { readerFor } from '../../src/auth/reader.js';
import { readableTables, type ReadableTable } from '../../src/auth/visibility.js';
import type { Schema } from '../../src/db/schema.js';
import { acceptCommands } from '../../src/events/commands.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { packageRoot } from '../../src/lib/package-root.js';
import type { Services } from '../../src/main.js';
import { openPipeline, type Pipeline } from '../projections/pipeline.js';
import { messagesOf } from '../projections/journey-messages.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { dockAppointment, dockVisit, dockWarehouse, otmTrip } from '../support/transport.js';

const base = { subject: 's', expiresMs: Date.now() + 60_000, demonstration: false, parties: [], carriers: [], companies: [] };
const customer = (...parties: string[]) => principalOf({ ...base, role: 'customer', parties });
const partner = (...carriers: string[]) => principalOf({ ...base, role: 'partner', carriers });
const partnerOf = (names: { facilities?: string[]; connections?: string[]; shops?: string[] }) => principalOf({ ...base, role: 'partner', ...names });
const operator = (...companies: string[]) => principalOf({ ...base, role: 'operator', companies });

const readable = Object.keys(readableTables) as ReadableTable[];

describeOnEachDatabase('a reader', (kind) => {
  let pipeline: Pipeline;
  let services: Services;

  beforeAll(async () => {
    pipeline = await openPipeline(kind);
    services = pipeline.services;
    // Two journeys with everything in them: one of FedEx, one of UPS.
    for (const [index, carrier] of ['FedEx', 'UPS'].entries()) {
      const journey = {
        order: [{ version: 1, promisedDay: 5 }], address: true,
        deliveries: [{ carrier, hasPartner: true, hasOrder: true, isDeleted: false, versions: [{ state: 'done', deadlineDay: 5, scheduledDay: 4, numbers: [0], packageCount: 1, version: 1 }] }],
        trackers: [{ delivery: 0, number: 0, carrier, hasId: true, scans: [{ status: 'in_transit', detail: 'weather_delay', day: 3 }], updates: [1], revision: null, etaDays: [4, null, null] }], freight: [],
      };
      const fresh = await pipeline.receive(messagesOf(journey, { prefix: `R${index}`, base: 10 + index * 10 }));
      for (const [connection, ids] of fresh) await pipeline.decode(connection, ids);
    }
    await receiveTransport();
    await pipeline.settle();
    await addBooking();
    await addOutsideWorld();
    const connection = 'erp';
    const common = { subject: 'x', company: 'main', connection, version: 1, updated_at: '2026-03-01T00:00:00Z' };
    await services.database.kysely.insertInto('connection_health').values({ id: uuidv7(), connection, company: 'main' }).onConflict((conflict) => conflict.doNothing()).execute();
    await services.database.kysely.insertInto('product').values({ id: uuidv7(), ...common, name: 'Desk', sku: null, barcode: null, weight: null }).execute();
    await services.database.kysely.insertInto('stock_level').values({ id: uuidv7(), ...common, product_id: uuidv7(), location: 'L', on_hand: '1', reserved: '0', unit: 'Units' }).execute();
    await services.database.kysely.insertInto('invoice').values({ id: uuidv7(), ...common, reference: 'INV', state: 'posted', payment_state: 'paid', party_id: uuidv7(), order_references: [], invoiced_at: null, due_at: null, total: '{}', residual: '{}' }).execute();
  });
  afterAll(() => pipeline?.remove());

  /** A booking with its label, how it was chosen, and the command that made it. */
  async function addBooking(): Promise<void> {
    const { kysely } = services.database;
    const common = { subject: 'x', company: 'main', connection: 'parcel', version: 1, updated_at: '2026-03-01T00:00:00Z', names: '[]' };
    const [id, changed] = [uuidv7(), { changed_by: 's', changed_at: '2026-03-01T00:00:00Z' }];
    const { id: shipmentId } = await kysely.selectFrom('shipment').select('id').where('carrier', '=', 'FEDEX').executeTakeFirstOrThrow();
    await kysely.insertInto('booking').values({ id, ...common, command_id: null, state: 'BOOKED', raw_state: 'bought', carrier: 'FEDEX', service: 'GROUND', is_return: false, price: null, quoted: null, quote_id: null, reasons: [], packages: '[]', delivery_at: null }).execute();
    await kysely.insertInto('booking_shipment').values({ booking_id: id, shipment_id: shipmentId, company: 'main' }).execute();
    await kysely.insertInto('document').values({ id, ...common, kind: 'LABEL', format: 'PDF', booking_id: id, package: null, sha256: '0', bytes: 1 }).execute();
    await kysely.insertInto('document_shipment').values({ document_id: id, shipment_id: shipmentId, company: 'main' }).execute();
    await kysely.insertInto('pickup').values({
      id, subject: 'x', company: 'main', connection: 'parcel', version: 1, updated_at: '2026-03-01T00:00:00Z', command_id: null, state: 'SCHEDULED', raw_state: 'scheduled', carrier: 'FEDEX', confirmation: null,
      ready_at: '2026-03-01T00:00:00Z', closes_at: '2026-03-01T03:00:00Z', zone: 'UTC', place: '{}', booking_ids: [id], tracking_numbers: [], packages: 1, weight_kg: '1', price: null,
    }).execute();
    await kysely.insertInto('pickup_booking').values({ pickup_id: id, booking_id: id, company: 'main' }).execute();
    await kysely.insertInto('booking_rule').values({ id, company: 'main', position: 1, name: 'r', conditions: '{}', action: '{}', ...changed }).execute();
    await kysely.insertInto('detention_rule').values({ id, company: 'main', name: 'r', kind: 'DRIVER', side: 'PAYABLE', facility: null, carrier: 'FEDEX', direction: null, valid_from: '2026-03-01T00:00:00Z', terms: '{}', ...changed }).execute();
    await kysely.insertInto('carrier_cut_off').values({ id, company: 'main', facility: 'F', carrier: 'FEDEX', service: null, weekdays: [1], at: '16:00', zone: 'UTC', ...changed }).execute();
    await kysely.insertInto('quote').values({ id, company: 'main', asked_by: 's', names: '[]', weight_kg: '1', packages: 1, origin_country: 'US', destination_country: 'US', promised_at: null, rates: '[]', chosen: null, reasons: [], missing: '[]', created_at: '2026-03-01T00:00:00Z' }).execute();
    const [command] = await services.database.transaction((tx) => acceptCommands(tx, services.tasks.bodies, [{ kind: 'booking.cancel', input: { booking: id }, connection: 'parcel', lane: 'DISPATCH', company: 'main', requestedBy: 's', idempotencyKey: 'k', subject: 'x', correlationId: id }]));
    await kysely.insertInto('command_attempt').values({ command_id: command!.id, number: 1, company: 'main', started_at: '2026-03-01T00:00:00Z', ended_at: null, connection: 'parcel', outcome: null, error_kind: null, error: null, raw: null }).execute();
  }

  /** A truck of a load, a fence, an interchange with its answer, a tender, and what a warehouse was told and says. */
  async function addOutsideWorld(): Promise<void> {
    const { kysely } = services.database;
    const at = '2026-03-01T00:00:00Z';
    const record = () => ({ id: uuidv7(), subject: uuidv7(), company: 'main', connection: 'erp', version: 1, updated_at: at });
    const [load, facility, shipment] = await Promise.all([kysely.selectFrom('load').select('id').orderBy('reference').executeTakeFirstOrThrow(), kysely.selectFrom('facility').select('id').executeTakeFirstOrThrow(), kysely.selectFrom('shipment').select('id').executeTakeFirstOrThrow()]);
    const truck = record();
    await kysely.insertInto('vehicle').values({ ...truck, name: 'T', name_key: 'T', plate: null, plate_key: null, latitude: 1, longitude: 1, heading: null, speed: null, place: null, at }).execute();
    await kysely.insertInto('vehicle_load').values({ vehicle_id: truck.id, load_id: load.id, company: 'main', role: 'TRUCK' }).execute();
    await kysely.insertInto('geofence').values({ facility_id: facility.id, company: 'main', fence: '{}', changed_by: 's', changed_at: at }).execute();
    await kysely.insertInto('facility_plan').values({ facility_id: facility.id, company: 'main', code: 'MEM1', plan: '{}', changed_by: 's', changed_at: at }).execute();
    await kysely.insertInto('yard_move').values({ ...record(), facility_id: facility.id, trailer: 'T', trailer_key: 'T', state: 'REQUESTED', from_place: null, to_place: 'P1', assignee: null, visit_id: null, reason: null, requested_at: at, assigned_at: null, started_at: null, done_at: null }).execute();
    await kysely.insertInto('trailer_stay').values({ id: uuidv7(), company: 'main', site: 'MEM1@main', facility_id: facility.id, trailer: 'T', trailer_key: 'T', arrived_at: at, arrived_with: uuidv7(), left_at: null, left_with: null, place: null, load: 'UNKNOWN', ready: false, visits: [] }).execute();
    const interchange = record();
    await kysely.insertInto('interchange').values({ ...interchange, syntax: 'X12', direction: 'OUT', sender: 'A', receiver: 'B', control: '1', control_key: '1', group_keys: [], is_test: false, syntax_version: '00401', made_at: null, state: 'ACCEPTED', faults: '[]', groups: '[]', set_types: ['214'], answers_wanted: [], awaits: ['997'], due_at: null, verdicts: '[]', command_id: null, sha256: '0', bytes: 1 }).execute();
    await kysely.insertInto('interchange_answer').values({ interchange_id: interchange.id, company: 'main', state: 'ACCEPTED', kinds: ['997'], faults: '[]', answered_at: at }).execute();
    const standing = uuidv7();
    await kysely.insertInto('standing_appointment').values({ id: standing, facility_id: facility.id, company: 'main', carrier: 'OMEGA', weekday: 1, local_time: '08:00', dock: null, need: '{}', from_on: '2026-03-02', until_on: null, changed_by: 's', changed_at: at }).execute();
    await kysely.insertInto('standing_skip').values({ standing_id: standing, on_day: '2026-03-09', company: 'main', reason: 'r', tried_at: at }).execute();
    await kysely.insertInto('tender').values({ ...record(), load_key: 'L', role: 'ANSWER', state: 'ACCEPTED', carrier: null, reason: null, at }).execute();
    const offered = record();
    await kysely.insertInto('tender_plan').values({ ...offered, load_id: load.id, state: 'OPEN', plan: '{}', deadline_at: null, started_at: at, load_digest: '' }).execute();
    await kysely.insertInto('tender_offer').values({ id: uuidv7(), plan_id: offered.id, load_id: load.id, company: 'main', ordinal: 0, carrier: 'OMEGA', channel: 'PORTAL', connection: null, load_reference: 'L', state: 'OPEN', revision: 1, accepted_revision: null, offered_at: at, deadline_at: at, ended_at: null, answers: '[]', changed_in: 1, updated_at: at }).execute();
    await kysely.insertInto('load_assignment').values({ ...record(), load_id: load.id, carrier: 'OMEGA', truck: null, trailer: null, truck_key: null, trailer_key: null, assigned_by: 's', reason: null, history: '[]', personal_data_id: null, sealed: null }).execute();
    const order = record();
    await kysely.insertInto('warehouse_order').values({ ...order, direction: 'OUT', state: 'RELEASED', raw_state: 'released', reference: 'WH/OUT/1', order_key: 'k', number: null, facility: 'WH', names: '[]', lines: '[]' }).execute();
    await kysely.insertInto('warehouse_shipment').values({ record_id: order.id, shipment_id: shipment.id, company: 'main' }).execute();
    await kysely.insertInto('warehouse_confirmation').values({ ...record(), direction: 'OUT', reference: 'WH/OUT/1', order_key: 'k', order_id: order.id, number: null, facility: 'WH', names: '[]', confirmed_at: at, is_final: true, carrier: null, lines: '[]', packages: '[]', remarks: '[]' }).execute();
    await kysely.insertInto('inventory_adjustment').values({ ...record(), facility: 'WH', sku: 'S', quantity: '1', unit: null, lot: null, location: null, adjusted_at: at, reason: 'OTHER', raw_reason: '', on_hand: null }).execute();
    await kysely.insertInto('inventory_level').values({ ...record(), facility: 'WH', sku: 'S', on_hand: '1', allocated: null, available: null, unavailable: null, unit: null }).execute();
    const [pallet, seen] = [uuidv7(), { sscc: '106141411234567897', company: 'main', facility: 'WH', location: null, within: null, expected_at: null, lines: '[]' }];
    await kysely.insertInto('pallet').values({ id: pallet, ...seen, state: 'RECEIVED', received_at: at, put_away_at: null, put_away_location: null, shipped_at: null, updated_at: at }).execute();
    await kysely.insertInto('pallet_report').values({ id: uuidv7(), ...seen, record_id: order.id, record_kind: 'warehouse_confirmation', pallet_id: pallet, connection: 'wms', step: 'RECEIVED', at, reference: null, reference_key: null, number: null }).execute();
    const bought = record();
    await kysely.insertInto('shop_order').values({ ...bought, order_key: '1', reference: '#1', state: 'OPEN', raw_state: 'paid', payment: 'PAID', fulfilled_by: 'MERCHANT', ordered_at: at, ship_by: null, deliver_by: null, total: '{}', prices_include_tax: true, lines: '[]', shipping: null, destination: '{}', personal_data_id: null, sealed: null }).execute();
    await kysely.insertInto('shop_fulfilment').values({ transfer: 'transfer:erp:1', shop_order_id: bought.id, company: 'main', connection: 'shop', command_id: null, revision: 1, tracking_digest: null, track_command_id: null, lines: '[]', updated_at: at }).execute();
    await kysely.insertInto('warehouse_release').values({ connection: 'wms', transfer: 'erp:1', shipment_id: shipment.id, company: 'main', order_key: 'k', state: 'TOLD', revision: 1, digest: null, problem: null, command_id: null, released_at: null, due_at: null, overdue: false, updated_at: at }).execute();
  }

  /** A load of Delta with both deliveries, one of Omega with nothing known on it, and a truck of each at the dock. */
  async function receiveTransport(): Promise<void> {
    const at = (hour: string) => `2026-03-04T${hour}:00:00Z`;
    const messages: Array<['tms' | 'dock', object]> = [
      ['tms', otmTrip('t1', { at: at('06'), carrier: 'Delta', stops: [{ load: ['WH/OUT/R0D0', 'WH/OUT/R1D0'], code: 'MEM1', planned: [at('08')] }, { unload: ['WH/OUT/R0D0'] }, { unload: ['WH/OUT/R1D0'] }] })],
      ['tms', otmTrip('t2', { at: at('06'), carrier: 'Omega', stops: [{ load: ['NOBODY'], code: 'MEM1' }] })],
      ['dock', dockWarehouse('w1', { at: at('05'), code: 'MEM1' })],
      ['dock', dockAppointment('a1', { at: at('06'), start: at('08'), numbers: ['T1', 'WH/OUT/R0D0', 'WH/OUT/R1D0'], carrier: 'Delta' })],
      ['dock', dockAppointment('a2', { at: at('06'), start: at('09'), numbers: ['T2'], carrier: 'Omega' })],
      ['dock', dockVisit('v1', { at: at('09'), appointment: 'a1', events: { Arrived: at('08') } })],
      ['dock', dockVisit('v2', { at: at('09'), events: { Arrived: at('08') }, carrier: 'Omega' })],
    ];
    const fresh = await pipeline.receive(messages.map(([connection, message]) => ({ connection, body: JSON.stringify(message) })));
    for (const [connection, ids] of fresh) await pipeline.decode(connection, ids);
  }

  const db = (principal: Principal) => readerFor(services.database.kysely, principal).db;
  const unrestricted = () => services.database.kysely;
  const count = async (rows: Promise<unknown[]>) => (await rows).length;
  const keysOfCustomer = async () => (await unrestricted().selectFrom('record_access').select('key').where('key', 'like', 'party:%').distinct().orderBy('key').execute()).map((row) => row.key.slice('party:'.length));

  it('of an operator sees rows in every readable table: the tests below are about something', async () => {
    for (const table of readable) expect(await count(db(operator()).selectFrom(table).selectAll().execute()), table).toBeGreaterThan(0);
  });

  it('of a principal without keys sees no row of any readable table', async () => {
    for (const principal of [customer(), partner(), customer(uuidv7()), partner('DHL')]) {
      for (const table of readable) expect(await db(principal).selectFrom(table).selectAll().execute(), table).toEqual([]);
    }
  });

  it('of an operator of another company sees no row of any readable table', async () => {
    for (const table of readable) expect(await db(operator('second')).selectFrom(table).selectAll().execute(), table).toEqual([]);
  });

  it('of an outsider sees the rows of its keys, and none of the tables that are for insiders', async () => {
    const fedex = await db(partner('FedEx')).selectFrom('shipment').select('carrier').execute();
    expect(fedex).toEqual([{ carrier: 'FEDEX' }]);
    const milestones = await db(partner('FedEx')).selectFrom('milestone').selectAll().execute();
    const all = await unrestricted().selectFrom('milestone').selectAll().execute();
    expect(milestones.length).toBeGreaterThan(0);
    expect(milestones.length).toBeLessThan(all.length);
    expect(await db(partner('FedEx')).selectFrom('sales_order').selectAll().execute()).toEqual([]);
    const [first] = await keysOfCustomer();
    expect(await db(customer(first!)).selectFrom('sales_order').selectAll().execute()).toHaveLength(1);
    expect(await db(customer(first!)).selectFrom('transfer').selectAll().execute()).toHaveLength(1);
    expect(await db(partner('FedEx')).selectFrom('transfer').selectAll().execute()).toEqual([]);
    for (const table of ['party', 'product', 'stock_level', 'invoice', 'load', 'appointment', 'visit', 'exception', 'quote', 'booking_rule', 'detention_rule', 'carrier_cut_off', 'pickup', 'pickup_booking'] as const) expect(await db(customer(first!)).selectFrom(table).selectAll().execute(), table).toEqual([]);
  });

  it('of a carrier sees its loads with all their stops, its appointments and visits, and where they take place; of a customer the stops of its shipments alone', async () => {
    const seen = async (principal: Principal) => ({
      loads: (await db(principal).selectFrom('load').select('reference').execute()).map((row) => row.reference),
      stops: (await db(principal).selectFrom('stop').innerJoin('load_shipment', (join) => join.onRef('load_shipment.load_id', '=', 'stop.load_id').onRef('load_shipment.stop', '=', 'stop.sequence')).innerJoin('shipment', 'shipment.id', 'load_shipment.shipment_id').select(['sequence', 'reference']).orderBy('sequence').orderBy('reference').execute()).map((row) => `${row.sequence} ${row.reference}`),
      everyStop: (await db(principal).selectFrom('stop').select('sequence').orderBy('sequence').execute()).map((row) => row.sequence),
      appointments: (await db(principal).selectFrom('appointment').select('confirmation').execute()).map((row) => row.confirmation),
      visits: await count(db(principal).selectFrom('visit').select('visit.id').execute()),
      facilities: await count(db(principal).selectFrom('facility').select('facility.id').execute()),
    });
    const [first, second] = ['WH/OUT/R0D0', 'WH/OUT/R1D0'];
    expect(await seen(partner('Delta'))).toEqual({ loads: ['T1'], stops: [`1 ${first}`, `1 ${second}`, `2 ${first}`, `3 ${second}`], everyStop: [1, 2, 3], appointments: ['C-a1'], visits: 1, facilities: 1 });
    expect(await seen(partner('Omega'))).toEqual({ loads: ['T2'], stops: [], everyStop: [1], appointments: ['C-a2'], visits: 1, facilities: 1 });
    const owner = (await unrestricted().selectFrom('record_access').innerJoin('shipment', 'shipment.id', 'record_access.record_id').select('key').where('shipment.reference', '=', first).where('key', 'like', 'party:%').orderBy('key').executeTakeFirstOrThrow()).key.slice('party:'.length);
    expect(await seen(customer(owner))).toEqual({ loads: [], stops: [`1 ${first}`, `2 ${first}`], everyStop: [1, 2], appointments: [], visits: 0, facilities: 1 });
  });

  /** What a principal sees of everything, by names that people know. */
  const everything = async (principal: Principal) => {
    const reader = db(principal);
    return {
      shipments: (await reader.selectFrom('shipment').select('reference').orderBy('reference').execute()).map((row) => row.reference),
      transfers: (await reader.selectFrom('transfer').select('reference').orderBy('reference').execute()).map((row) => row.reference),
      orders: await count(reader.selectFrom('sales_order').select('sales_order.id').execute()),
      loads: (await reader.selectFrom('load').select('reference').orderBy('reference').execute()).map((row) => row.reference),
      stops: (await reader.selectFrom('stop').select(['sequence', 'facility_code']).orderBy('sequence').orderBy('facility_code').execute()).map((row) => `${row.sequence} ${row.facility_code}`),
      appointments: (await reader.selectFrom('appointment').select('confirmation').orderBy('confirmation').execute()).map((row) => row.confirmation),
      visits: await count(reader.selectFrom('visit').select('visit.id').execute()),
      facilities: (await reader.selectFrom('facility').select('code').execute()).map((row) => row.code),
      others: (await Promise.all((['invoice', 'party', 'product', 'stock_level', 'exception'] as const).map((table) => count(reader.selectFrom(table).selectAll().execute())))).reduce((a, b) => a + b),
    };
  };
  const both = ['WH/OUT/R0D0', 'WH/OUT/R1D0'];
  const nothing = { shipments: [], transfers: [], orders: 0, loads: [], stops: [], appointments: [], visits: 0, facilities: [], others: 0 };

  it('of a warehouse sees what happens at its facility, the shipments concerned and their deliveries, and no other stop of a load, nor the load', async () => {
    expect(await everything(partnerOf({ facilities: ['mem1'] }))).toEqual({ ...nothing, shipments: both, transfers: both, stops: ['1 MEM1', '1 MEM1'], appointments: ['C-a1', 'C-a2'], visits: 2, facilities: ['MEM1'] });
    expect(await everything(partnerOf({ facilities: ['MEM2'] }))).toEqual(nothing);
  });

  it('of a warehouse sees nothing of that of another company that has the same code', async () => {
    expect(await everything(partnerOf({ facilities: ['MEM1@second'] }))).toEqual(nothing);
    expect(await everything(partnerOf({ facilities: ['MEM1@second', 'MEM1@main'] }))).toEqual(await everything(partnerOf({ facilities: ['MEM1'] })));
  });

  it('of a TMS sees the loads of its connection with all their stops, and the shipments on them', async () => {
    expect(await everything(partnerOf({ connections: ['tms'] }))).toEqual({ ...nothing, shipments: both, loads: ['T1', 'T2'], stops: ['1 MEM1', '1 MEM1', '2 null', '3 null'], facilities: ['MEM1'] });
    expect(await everything(partnerOf({ connections: ['dock'] }))).toEqual(nothing);
  });

  it('of a shop sees the sales of its company, with their deliveries and shipments', async () => {
    expect(await everything(partnerOf({ shops: ['main'] }))).toEqual({ ...nothing, shipments: both, transfers: both, orders: 2, stops: ['1 MEM1', '2 null', '3 null'], facilities: ['MEM1'] });
    expect(await everything(partnerOf({ shops: ['second'] }))).toEqual(nothing);
  });

  it('of who is several at once sees what each of them sees, and no more', async () => {
    expect(await everything(partnerOf({ facilities: ['MEM2'], connections: ['dock'], shops: ['second'] }))).toEqual(nothing);
    const seen = await everything(partnerOf({ facilities: ['MEM1'], shops: ['main'] }));
    expect(seen).toMatchObject({ orders: 2, loads: [], appointments: ['C-a1', 'C-a2'], stops: ['1 MEM1', '1 MEM1', '2 null', '3 null'] });
  });

  it('cannot read any other table of the database, ours or the job engine’s or the system’s', async () => {
    const tables = await sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = 'public'`.execute(unrestricted());
    const others = tables.rows.map((row) => row.name).filter((name) => !readable.includes(name as ReadableTable));
    expect(others).toEqual(expect.arrayContaining(['event', 'inbox', 'connection_secret', 'signing_key', 'record_access', 'naming', 'fact', 'schema_migration']));
    const reader = db(operator()) as unknown as Kysely<Record<string, Record<string, unknown>>>;
    for (const name of [...others, 'pgboss.job', 'pg_catalog.pg_authid', 'pg_class', 'information_schema.tables', 'nothing', 'constructor', '__proto__', '']) {
      expect(() => reader.selectFrom(name).selectAll().compile(), name).toThrow();
      expect(() => reader.selectFrom(`${name} as t`).selectAll().compile(), `${name} aliased`).toThrow();
      expect(() => reader.selectFrom('shipment').innerJoin(name, (join) => join.onTrue()).selectAll().compile(), `${name} joined`).toThrow();
    }
  });

  it('restricts every table in joins, aliases, subqueries, unions, exists, lateral joins and lists', async () => {
    const nobody = db(customer());
    const shipments = () => nobody.selectFrom('shipment').select('shipment.id');
    expect(await nobody.selectFrom('shipment as a').innerJoin('milestone as b', 'b.shipment_id', 'a.id').selectAll().execute()).toEqual([]);
    expect(await nobody.selectFrom(['shipment', 'milestone']).selectAll().execute()).toEqual([]);
    expect(await nobody.selectFrom(shipments().as('s')).selectAll().execute()).toEqual([]);
    expect(await nobody.selectFrom((e) => e.selectFrom('shipment').selectAll().as('s')).selectAll().execute()).toEqual([]);
    expect(await shipments().union(nobody.selectFrom('sales_order').select('sales_order.id')).unionAll(nobody.selectFrom('party').select('party.id')).execute()).toEqual([]);
    expect(await nobody.selectFrom('shipment').leftJoinLateral((e) => e.selectFrom('milestone').selectAll().as('m'), (join) => join.onTrue()).selectAll().execute()).toEqual([]);
    const fedex = db(partner('FedEx'));
    expect(await count(fedex.selectFrom('shipment').leftJoin('exception', 'exception.shipment_id', 'shipment.id').select('exception.id').where('exception.id', 'is not', null).execute())).toBe(0);
    expect(await count(fedex.selectFrom('shipment').rightJoin('milestone as m', 'm.shipment_id', 'shipment.id').selectAll('m').execute())).toBe(await count(fedex.selectFrom('milestone').selectAll().execute()));
    expect(await fedex.selectFrom('shipment').select((e) => [e.selectFrom('exception').select(e.fn.countAll<number>().as('n')).as('n')]).execute()).toEqual([{ n: 0 }]);
    expect(await fedex.selectFrom('shipment').selectAll().where((e) => e.exists(e.selectFrom('transfer').select('transfer.id'))).execute()).toEqual([]);
    expect(await fedex.selectFrom('shipment').selectAll().where('shipment.id', 'in', (e) => e.selectFrom('exception').select('exception.shipment_id')).execute()).toEqual([]);
    expect(await count(fedex.selectFrom('shipment').selectAll().orderBy((e) => e.selectFrom('invoice').select('invoice.id').limit(1)).execute())).toBe(1);
    expect(await fedex.selectFrom('shipment').select('shipment.id').having((e) => e(e.selectFrom('transfer').select(e.fn.countAll<number>().as('n')), '>', 0)).groupBy('shipment.id').execute()).toEqual([]);
  });

  it('counts only what it sees', async () => {
    const counted = async (principal: Principal) => (await db(principal).selectFrom('shipment').select((e) => e.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n;
    expect([await counted(customer()), await counted(partner('FedEx')), await counted(operator())]).toEqual([0, 1, 2]);
  });

  it('refuses raw SQL that names tables, wherever it stands', () => {
    const reader = db(operator());
    const refused = (build: () => { compile(): unknown }) => expect(() => build().compile()).toThrow();
    refused(() => reader.selectFrom('shipment').select(sql`(select count(*) from event)`.as('n')));
    refused(() => reader.selectFrom('shipment').select(sql`(SELECT 1 FROM inbox)`.as('n')));
    refused(() => reader.selectFrom('shipment').where(sql<boolean>`exists (table event)`).selectAll());
    refused(() => reader.selectFrom(sql<{ id: string }>`event`.as('e')).selectAll());
    refused(() => reader.selectFrom(sql<{ id: string }>`${sql.table('event')}`.as('e')).selectAll());
    refused(() => reader.selectFrom(sql<{ id: string }>`${sql.id('event')}`.as('e')).selectAll());
    refused(() => reader.selectFrom(sql<{ id: string }>`${sql.raw('event')}`.as('e')).selectAll());
    refused(() => reader.selectFrom(sql<{ id: string }>`unnest(array[1])`.as('e')).selectAll());
    refused(() => reader.selectFrom('shipment').innerJoin(sql<{ id: string }>`event`.as('e'), (join) => join.onTrue()).selectAll());
    refused(() => reader.selectFrom('shipment').select(sql`${sql.raw('(select 1 from event)')}`.as('n')));
  });

  it('refuses common table expressions, with which a query could put a table of its own before ours', () => {
    const cte = (build: (db: Kysely<Schema>) => { compile(): unknown }) => {
      // Built elsewhere and made part of a reader's query.
      const foreign = build(unrestricted()) as never;
      return () => db(operator()).selectFrom('shipment').selectAll().where('shipment.id', 'in', foreign).compile();
    };
    expect(cte((whole) => whole.selectFrom('shipment').select('shipment.id'))).not.toThrow();
    expect(cte((whole) => whole.with('record_access', (e) => e.selectFrom('shipment').select('shipment.id')).selectFrom('shipment').select('shipment.id'))).toThrow(/common table/);
    expect(cte((whole) => whole.with('gone', (e) => e.deleteFrom('shipment').returning('shipment.id')).selectFrom('shipment').select('shipment.id'))).toThrow(/common table/);
    expect(cte((whole) => whole.selectFrom('event').select('event.id'))).toThrow(/cannot read table event/);
  });

  it('has no way to write, to run a statement of its own, or to be rid of its rules', async () => {
    const whole = readerFor(unrestricted(), operator()).db as unknown as Kysely<Schema>;
    const before = await unrestricted().selectFrom('shipment').select('id').execute();
    const attempts: Record<string, () => Promise<unknown> | unknown> = {
      insert: () => whole.insertInto('installation').values({ name: 'x', value: 'y' }).execute(),
      update: () => whole.updateTable('shipment').set({ status: 'LOST' }).execute(),
      delete: () => whole.deleteFrom('shipment').execute(),
      drop: () => whole.schema.dropTable('shipment').execute(),
      'raw statement': () => sql`select * from event`.execute(whole),
      'compiled statement': () => whole.executeQuery(CompiledQuery.raw('select * from event')),
      'compiled delete': () => whole.executeQuery(CompiledQuery.raw('delete from shipment')),
      'without plugins': () => whole.withoutPlugins().selectFrom('event').selectAll().execute(),
      'its transactions': () => whole.transaction().execute((tx) => tx.withoutPlugins().selectFrom('event').selectAll().execute()),
      'its connections': () => whole.connection().execute((one) => one.withoutPlugins().selectFrom('event').selectAll().execute()),
      'its executor': () => whole.getExecutor().executeQuery(CompiledQuery.raw('select * from event')),
      'another schema': () => whole.withSchema('pgboss').selectFrom('job' as never).selectAll().execute(),
    };
    for (const [name, attempt] of Object.entries(attempts)) await expect((async () => attempt())(), name).rejects.toThrow();
    expect(await unrestricted().selectFrom('shipment').select('id').execute()).toEqual(before);
  });
});

describe('subgraphs', () => {
  const folder = join(packageRoot, 'src', 'subgraphs');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
  const imports = (text: string) => [...text.matchAll(/^(import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'/gms)].map((match) => ({ isType: match[2] !== undefined, from: match[3]! }));

  it('are there, with imports that this test can read', () => {
    expect(files.length).toBeGreaterThan(10);
    expect(files.flatMap(({ text }) => imports(text)).filter(({ from }) => from.includes('auth/reader')).length).toBeGreaterThan(2);
  });

  it('take nothing but types from the database and the reader, so that they can only read what they are handed', () => {
    for (const { file, text } of files) {
      const atRunTime = imports(text).filter(({ isType }) => !isType).map(({ from }) => from);
      expect(atRunTime.filter((from) => /\/db\/|auth\/reader|^pg$|^pg\/|pglite|pg-boss/.test(from)), file).toEqual([]);
      expect(text, file).not.toMatch(/\bimport\(|\brequire\(/);
      const values = [...text.matchAll(/^import\s+(?!type\s)\{([^}]*)\}\s+from 'kysely'/gms)].flatMap((match) => match[1]!.split(',').map((name) => name.trim())).filter((name) => name !== '' && !name.startsWith('type '));
      expect(values.filter((name) => name !== 'sql'), file).toEqual([]);
    }
  });

  it('write no SQL that names a table', () => {
    for (const { file, text } of files) {
      for (const match of text.matchAll(/sql(?:<[^`]*?>)?`([^`]*)`/g)) expect(match[1], file).not.toMatch(/\b(from|join|into|update|delete|table|select)\b/i);
      expect(text, file).not.toMatch(/sql\.(raw|table|id)\b|\.getExecutor\(|withoutPlugins|CompiledQuery/);
    }
  });

  it('are handed the database by nobody: outside of main and the command line no file opens it', () => {
    const src = join(packageRoot, 'src');
    const openers = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.startsWith('db/'))
      .filter((file) => imports(readFileSync(join(src, file), 'utf8')).some(({ isType, from }) => !isType && /db\/(database|embedded|postgres)\.js$/.test(from)) && /\b(openDatabase|openEmbedded|openPostgres)\(/.test(readFileSync(join(src, file), 'utf8')));
    expect(openers.filter((file) => file !== 'main.ts' && !file.startsWith('cli/'))).toEqual([]);
    expect(openers).toContain('main.ts');
  });
});

import { commandHeader } from '../../src/connectors/contract.js';
import { principalOf } from '../../src/auth/principal.js';
import { openAssignmentDesk } from '../../src/jobs/tasks/transport/assignments.js';
import { openLoadDesk } from '../../src/jobs/tasks/transport/loads.js';
import { openTenderDesk } from '../../src/jobs/tasks/transport/tenders.js';
import { stateOwn } from '../../src/jobs/tasks/own/records.js';
import { saveFacilityPlan } from '../../src/jobs/tasks/yard/facilities.js';
import { VisitDesk } from '../../src/jobs/tasks/yard/visits.js';
import { globalId, uuidOfName, uuidv7 } from '../../src/lib/ids.js';
import { gs1Check } from '../../src/model/gs1.js';
import { recordId } from '../../src/model/record-ids.js';
import { carrierCode } from '../../src/model/references.js';
import { bookingAnswer, pickupAnswer, receiveBooking } from './booking-answers.js';
import type { TestServer } from './databases.js';
import { interchangeOf } from './edi.js';
import { accepted, addConnections, json, odooBatch, odooEvent, postEasypost, postOdoo, send, settled, tracker } from './partners.js';
import { eventually } from './requests.js';
import type { FacilityPlan } from '../../src/model/yard/plan.js';
import { facilityPlan } from './yard/facility-plan.js';
import { tellDocks } from './yard/owned-docks.js';
import { dockAppointment, dockVisit, dockWarehouse, otmTrip } from './transport.js';

/**
 * A group of records that hang together: an order with a delivery, a receipt, a load, an appointment, a visit,
 * invoices, a product with stock. Whose they are is drawn; whatever text is in them begins with `g<number>z-`
 * and says what it is, so that it is known wherever it turns up.
 */
export interface Group {
  number: number;
  /** Index of the company that owns it: 0 main, 1 second. */
  company: 0 | 1;
  customer: 0 | 1 | 2;
  carrier: 0 | 1;
  /** Index of the TMS whose load it is on; that of company 0 or 1. */
  tms: 0 | 1;
  /** Index of the facility where it is loaded, and of the dock scheduler there; that of company 0 or 1. */
  facility: 0 | 1;
}

export const companies = ['main', 'second'] as const;
export const carriers = ['Alpha Haulage', 'Beta Lines'] as const;
export const facilities = ['FAC0', 'FAC1'] as const;
/** As tokens name them: both companies call theirs the same. That of a company and a facility is at `siteOf`. */
export const sites = companies.flatMap((company) => facilities.map((code) => `${code}@${company}`));
export const siteOf = (company: number, facility: number): number => company * facilities.length + facility;
export const tmsConnections = ['tms0', 'tms1'] as const;
/** Of the aggregator at which each company books. */
const parcelConnections = ['parcel0', 'parcel1'] as const;
/** Where the trucks of the loads of each TMS are. */
const telematics = ['trucks0', 'trucks1'] as const;
const docks = ['dock0', 'dock1'] as const;
/** With which the warehouses at the facilities work for each company. */
const warehouses = ['wms0', 'wms1'] as const;
/** Where each company sells. Their orders go nowhere by themselves. */
const shops = ['shop0', 'shop1'] as const;
/** With whom each company exchanges EDI. */
const ediPartners = ['edi0', 'edi1'] as const;
/** Ids in Odoo of the parties that customers' tokens name. */
export const customers = [501, 502, 503] as const;
const token = 'token-of-transport';

export const mark = (group: Pick<Group, 'number'>, kind: string) => `g${group.number}z-${kind}`;

export async function addWorldConnections(server: TestServer): Promise<void> {
  await addConnections(server);
  await server.connections.change('odoo', { companies: '1=main, 2=second' }, {});
  for (const index of [0, 1] as const) {
    await server.connections.add({ id: tmsConnections[index], connector: 'otm', company: companies[index], settings: {}, secrets: { webhookSecret: token } });
    await server.connections.add({ id: parcelConnections[index], connector: 'easypost', company: companies[index], settings: {}, secrets: { webhookSecret: token } });
    await server.connections.add({ id: telematics[index], connector: 'samsara', company: companies[index], settings: {}, secrets: {} });
    await server.connections.add({ id: warehouses[index], connector: 'shiphero', company: companies[index], settings: { warehouses: facilities.map((code, number) => `${code}=${number + 7}`).join(), handles: 'none' }, secrets: { webhookSecret: token } });
    await server.connections.add({ id: shops[index], connector: 'shopify', company: companies[index], settings: { shop: 'example.myshopify.com', orders: 'none', lookMinutes: 0 }, secrets: { webhookSecret: token } });
    await server.connections.add({ id: ediPartners[index], connector: 'x12', company: companies[index], settings: {}, secrets: {} });
    await server.connections.add({ id: docks[index], connector: 'opendock', company: companies[index], settings: {}, secrets: { webhookSecret: token } });
  }
}

const many2one = (id: number, name: string) => ({ id, name });
const at = (hour: number) => `2026-03-06T${String(hour).padStart(2, '0')}:00:00Z`;
const units = many2one(1, 'Units');

/** Makes the groups' records known by way of their sources' messages, and waits until they can be read. */
export async function tellWorld(server: TestServer, groups: readonly Group[]): Promise<void> {
  for (const group of groups) {
    const odoo = JSON.stringify(odooBatch(...odooEvents(group)));
    await settled(server, (await postOdoo(server, odoo)).body.id as string);
    const parcel = JSON.stringify(tracker(mark(group, 'trk'), [
      { at: at(9), code: 'IT', message: mark(group, 'raw') }, { at: at(10), code: 'DM', status: 'failure', detail: 'package_damaged', message: mark(group, 'raw') },
    ], { carrier: carriers[group.carrier] }));
    await accepted(server, await postEasypost(server, parcel), parcel);
    await settled(server, await receiveBooking(server, parcelConnections[group.company], bookingAnswer({
      name: mark(group, 'out'), carrier: carriers[group.carrier], trackingNumber: mark(group, 'trk'), package: mark(group, 'out'), picking: { connection: 'odoo', id: group.number * 10 + 1000 },
    })));
    await settled(server, await receiveBooking(server, parcelConnections[group.company], pickupAnswer({
      confirmation: mark(group, 'pickup'), carrier: carriers[group.carrier], booking: uuidOfName(mark(group, 'out')), trackingNumber: mark(group, 'trk'),
    })));
    for (const [connection, body] of transportMessages(group)) {
      const answer = await send(`${server.url}/ingest/${connection}`, { method: 'POST', headers: { ...json, authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
      await settled(server, answer.body.id as string);
    }
  }
  for (const group of groups) {
    const body = Buffer.from(JSON.stringify({ data: [{ id: mark(group, 'truck'), name: mark(group, 'truck'), gps: [{ time: at(10), latitude: 52 + group.number, longitude: 13 }] }], pagination: { endCursor: '1', hasNextPage: false } }));
    const { id } = await server.tasks.inbox.receive({ connection: telematics[group.tms], dedupeKey: mark(group, 'truck'), headers: {}, body, receivedMs: Date.now() });
    await settled(server, id);
  }
  for (const group of groups) {
    for (const [index, message] of warehouseMessages(group).entries()) {
      const { id } = await server.tasks.inbox.receive({ connection: warehouses[group.company], dedupeKey: `${mark(group, 'wms')} ${index}`, headers: { [commandHeader]: 'told' }, body: Buffer.from(JSON.stringify(message)), receivedMs: Date.now() });
      await settled(server, id);
    }
  }
  for (const group of groups) {
    const { id } = await server.tasks.inbox.receive({ connection: shops[group.company], dedupeKey: mark(group, 'sorder'), headers: {}, body: Buffer.from(JSON.stringify(shopOrder(group))), receivedMs: Date.now() });
    await settled(server, id);
    const [shopOrderId, transfer] = [recordId('shop_order', shops[group.company], String(group.number + 5000)), `transfer:odoo:${group.number * 10 + 1000}`];
    await server.database.kysely.insertInto('shop_fulfilment').values({
      transfer, shop_order_id: shopOrderId, company: companies[group.company], connection: shops[group.company], command_id: null, revision: 1, tracking_digest: null, track_command_id: null, lines: JSON.stringify([{ id: '1', sku: mark(group, 'ssku'), quantity: '1' }]), updated_at: at(10),
    }).execute();
  }
  for (const group of groups) await tellYard(server, group);
  for (const group of groups) {
    const { id } = await server.tasks.inbox.receive({ connection: ediPartners[group.tms], dedupeKey: mark(group, 'edi'), headers: {}, body: Buffer.from(ediMessage(group)), receivedMs: Date.now() });
    await settled(server, id);
  }
  for (const group of groups) {
    const terms = JSON.stringify({ start: 'CHECK_IN', stop: 'CHECK_OUT', free: 60, increment: 1, days: 'PERIODS', late: { afterMinutes: 600, outcome: 'FORFEIT' }, rate: { amount: '1', currency: 'EUR' } });
    const rule = { company: companies[group.company], name: mark(group, 'drule'), kind: 'DRIVER', side: 'PAYABLE', direction: null, valid_from: at(0), terms, changed_by: 's', changed_at: at(0) };
    await server.database.kysely.insertInto('detention_rule').values([
      { id: uuidOfName(mark(group, 'drule')), ...rule, facility: facilities[group.facility], carrier: carrierCode(carriers[group.carrier]) }, { id: uuidOfName(mark(group, 'dowed')), ...rule, side: 'RECEIVABLE', facility: facilities[group.facility], carrier: null },
      { id: uuidOfName(mark(group, 'dplace')), ...rule, facility: facilities[group.facility], carrier: null }, { id: uuidOfName(mark(group, 'dcarrier')), ...rule, facility: null, carrier: carrierCode(carriers[group.carrier]) },
    ]).execute();
  }
  for (const group of groups) await tellTenders(server, group);
  await tellDocks(server, groups.map((group) => ({
    company: companies[group.company], code: facilities[group.facility], carrier: carriers[group.carrier], claim: mark(group, 'claim'), visit: mark(group, 'ownvisit'), ...(group.tms === group.company ? { load: mark(group, 'load') } : {}),
  })));
  // Exceptions follow from what is projected.
  await eventually(() => server.database.kysely.selectFrom('exception').select('id').where('kind', '=', 'MILESTONE').execute(), (rows) => rows.length >= groups.length);
}

/** Loads that are planned here: one that the group's carrier is asked for, one that it has, and one that it declined and the other carrier is asked for. */
async function tellTenders(server: TestServer, group: Group): Promise<void> {
  const [loads, assignments, tenders] = [openLoadDesk(server.tasks), openAssignmentDesk(server.tasks), openTenderDesk(server.tasks)];
  const by = principalOf({ subject: 'dispatch', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });
  const asked = () => ({ by, idempotencyKey: uuidv7(), correlationId: uuidv7() });
  const [own, other] = [carriers[group.carrier], carriers[1 - group.carrier]!];
  const made = (kind: string) => loads.create({ company: companies[group.company], reference: mark(group, kind), stops: [{ place: { name: mark(group, `${kind}stop`) }, load: [], unload: [] }] }, asked());
  const ask = (carrier: string) => ({ carrier, channel: 'PORTAL' as const, minutes: 40_000 });
  await tenders.start(await made('own'), { carriers: [ask(own), ask(other)] }, asked());
  await assignments.assign(await made('given'), { carrier: own, truck: mark(group, 'giventruck'), driver: { name: mark(group, 'driver') } }, asked());
  const lost = await made('lost');
  await tenders.start(lost, { carriers: [ask(own), ask(other)] }, asked());
  const { id } = await server.database.kysely.selectFrom('tender_offer').select('id').where('load_id', '=', lost).executeTakeFirstOrThrow();
  await tenders.answer(id, { accepted: false, revision: 1, reason: mark(group, 'lostreason') }, asked());
  // The load of the TMS was offered once, before that named its carrier.
  const db = server.database.kysely;
  const load = await db.selectFrom('load').select(['id', 'company', 'reference']).where('name_key', '=', mark(group, 'load').toUpperCase()).executeTakeFirstOrThrow();
  const [planId, answers] = [uuidv7(), [{ said: 'DECLINED', via: 'PORTAL', at: at(5), revision: 1, effect: 'TAKEN' }]];
  await db.insertInto('tender_plan').values({ id: planId, subject: `tender_plan:gatehouse:${planId}`, company: load.company, connection: 'gatehouse', load_id: load.id, state: 'EXHAUSTED', plan: JSON.stringify({ candidates: [], offers: [], state: 'EXHAUSTED' }), deadline_at: null, started_at: at(4), load_digest: '', version: 1, updated_at: at(5) }).execute();
  await db.insertInto('tender_offer').values({ id: uuidv7(), plan_id: planId, load_id: load.id, company: load.company, ordinal: 0, carrier: 'NOBODY', channel: 'PORTAL', connection: null, load_reference: 'none', state: 'DECLINED', revision: 1, accepted_revision: null, offered_at: at(4), deadline_at: at(6), ended_at: at(5), answers: JSON.stringify(answers), changed_in: 1, updated_at: at(5) }).execute();
  await assignments.assign(load.id, { driver: { name: mark(group, 'tdriver') } }, asked());
}

const gateClerk = principalOf({ subject: 'gate-clerk', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 86_400_000, demonstration: false });

/** With one of all that a plan can say. */
function yardPlan(code: string): FacilityPlan {
  const plan = facilityPlan({ name: `Facility ${code}` });
  const blocked = [{ from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z', reason: 'painted' }];
  return { ...plan, days: [{ on: '2026-12-24', hours: [{ from: '06:00', to: '12:00' }], reason: 'Christmas Eve' }], capacities: [{ perHour: 50 }], docks: plan.docks.map((dock) => ({ ...dock, blocked })) };
}

/** What is kept here of the facility: a truck of the carrier is there, and a trailer is to be moved. */
async function tellYard(server: TestServer, group: Group): Promise<void> {
  const [company, code] = [companies[group.facility], facilities[group.facility]];
  const facility = await saveFacilityPlan(server.tasks, { code, company, plan: yardPlan(code) }, gateClerk, uuidv7());
  const [desk, text] = [new VisitDesk(server.tasks), mark(group, 'ovisit')];
  const asker = (step: string) => ({ by: gateClerk, idempotencyKey: `${text} ${step}`, correlationId: uuidv7() });
  const { visit } = await desk.checkIn({ facility, carrier: carriers[group.carrier], truck: text, trailer: text, driver: { name: mark(group, 'odriver'), phone: mark(group, 'odriver') }, references: [], seals: [text] }, asker('in'));
  await desk.report({ visit, step: 'COUNT', counts: [{ product: text, unit: 'PALLET', quantity: '3' }] }, asker('count'));
  await desk.report({ visit, step: 'FINDING', findings: [{ kind: 'SHORT', note: text, photos: [] }] }, asker('finding'));
  await desk.report({ visit, step: 'DETACH', place: 'P2' }, asker('detach'));
  await server.database.transaction((tx) => stateOwn(tx, [{
    type: 'yard_move.reported', kind: 'yard_move', id: mark(group, 'omove'), company, version: 1, payload: { facilityId: `${code}@${company}`, trailer: mark(group, 'omove'), state: 'REQUESTED', to: 'P1', requestedAt: { instant: at(8).replace('Z', '.000Z'), zone: 'Z' } },
    step: { action: 'yard_move.request', by: gateClerk.subject },
  }], uuidv7()));
}

function odooEvents(group: Group): object[] {
  const id = group.number * 10 + 1000;
  const company = { company: { id: group.company + 1, name: companies[group.company] } };
  const customer = customers[group.customer];
  const partner = { id, name: mark(group, 'party'), commercial_partner_id: many2one(customer, `Customer ${customer}`) };
  const event = (topic: string, model: string, recordId: number, record: object) => odooEvent(topic, model, recordId, record, company);
  const lines = [{ id: 1, product_id: many2one(id, mark(group, 'product')), name: mark(group, 'line'), quantity: 3, uom_id: units }];
  const moved = { id: 1, product_id: many2one(id, mark(group, 'product')), quantity: 3, uom_id: units };
  const sale = { sale_id: many2one(id, mark(group, 'order')), partner_id: partner };
  const bill = { payment_state: 'partial', move_type: 'out_invoice', partner_id: partner, invoice_origin: mark(group, 'order'), invoice_date: '2026-03-03', invoice_date_due: '2026-04-02', amount_total: money(group), amount_residual: money(group), currency_id: many2one(1, 'EUR') };
  return [
    event('partner', 'res.partner', id, { name: mark(group, 'party'), commercial_partner_id: many2one(customer, `Customer ${customer}`), email: `${mark(group, 'party')}@example.com`, phone: mark(group, 'party'), street: mark(group, 'party'), city: 'Bremen', zip: '28195', country_code: 'DE' }),
    event('product', 'product.product', id, { name: mark(group, 'product'), default_code: mark(group, 'product'), barcode: mark(group, 'product'), weight: 2.5, weight_uom_name: 'kg' }),
    event('stock', 'stock.quant', id, { product_id: many2one(id, mark(group, 'product')), location_id: many2one(id, mark(group, 'stock')), quantity: 5, reserved_quantity: 1, uom_id: units }),
    event('order', 'sale.order', id, { name: mark(group, 'order'), state: 'sale', partner_id: partner, client_order_ref: mark(group, 'order'), date_order: '2026-03-02 08:12:00', commitment_date: '2026-03-06 16:00:00', amount_total: money(group), currency_id: many2one(1, 'EUR'), lines, shop: { connection: shops[group.company], order: String(group.number + 5000) } }),
    event('delivery', 'stock.picking', id, { name: mark(group, 'out'), state: 'assigned', picking_type_code: 'outgoing', ...sale, carrier_id: many2one(1, carriers[group.carrier]), carrier_tracking_ref: mark(group, 'trk'), weight: 2, weight_uom_name: 'kg', lines: [{ ...moved, lot_id: many2one(id, mark(group, 'out')), package_id: many2one(id, mark(group, 'out')) }], release: { ready: false, blocked: [{ check: 'credit', reason: mark(group, 'release') }] } }),
    event('receipt', 'stock.picking', id + 1, { name: mark(group, 'in'), state: 'assigned', picking_type_code: 'incoming', ...sale, return_id: many2one(id, mark(group, 'out')), lines: [moved] }),
    event('delivery', 'stock.picking', id + 2, { name: mark(group, 'pick'), state: 'done', picking_type_code: 'internal', ...sale, lines: [{ ...moved, product_id: many2one(id, mark(group, 'goods')), package_id: many2one(id, ssccIn(group)), location_dest_id: { ...many2one(id, mark(group, 'shelf')), warehouse: facilities[group.facility], stored: true } }] }),
    event('invoice', 'account.move', id, { name: mark(group, 'inv'), state: 'posted', ...bill }),
    event('invoice', 'account.move', id + 1, { name: mark(group, 'draft'), state: 'draft', ...bill }),
  ];
}

/** The number of a pallet that is put away at the facility. */
export function ssccIn({ number }: Pick<Group, 'number'>): string {
  const digits = `34012345${String(number).padStart(9, '0')}`;
  return `${digits}${gs1Check(digits)}`;
}

/** An amount that is nothing else in the world. */
export const money = (group: Pick<Group, 'number'>) => 7_770_000 + group.number + 0.25;

function transportMessages(group: Group): Array<[connection: string, body: object]> {
  const [facility, dock, carrier] = [facilities[group.facility], docks[group.facility], carriers[group.carrier]];
  const id = (kind: string) => mark(group, kind);
  return [
    [dock, dockWarehouse(`w${group.facility}`, { at: at(1), code: facility, name: `Facility ${facility}` })],
    [tmsConnections[group.tms], otmTrip(id('load'), { at: at(6), name: id('load'), carrier, status: 'inTransit', truck: id('truck'), stops: [
      { name: id('stop0'), code: facility, load: [id('out')], planned: [at(8), at(9)] }, { name: id('stop1'), unload: [id('out')], planned: [at(14)] }, { name: id('stop2'), load: [`NOBODY${group.number}`], planned: [at(15)], projected: [at(16)] },
    ] })],
    [dock, dockAppointment(id('appt'), { at: at(6), start: at(8), numbers: [id('load'), id('out')], carrier, warehouse: `w${group.facility}` })],
    [dock, dockVisit(id('visit'), { at: at(9), appointment: id('appt'), events: { Arrived: at(8), Docked: at(9) }, carrier, warehouse: `w${group.facility}` })],
  ];
}

/** The delivery as the warehouse has it, what it shipped of it, and a level with its change. */
function warehouseMessages(group: Group): object[] {
  const [order, sku, text] = [mark(group, 'out'), mark(group, 'wsku'), mark(group, 'wtext')];
  const place = group.facility + 7;
  const line = { id: '1', sku, quantity: 3, lot_name: text, package: text };
  return [
    { gatehouse: 'warehouse_order', order, direction: 'OUTBOUND', state: 'ACKNOWLEDGED', rawState: 'pending', at: at(5), facility: facilities[group.facility], number: text, lines: [{ id: '1', sku, quantity: '3' }] },
    { webhook_type: 'Shipment Update', fulfillment: { shipment_uuid: text, order_number: order, warehouse_id: place, completed: true, created_at: '2026-03-06 07:00:00', line_items: [line] }, packages: [{ name: text }] },
    { webhook_type: 'Inventory Update', inventory: [{ sku, on_hand: 5, inventory: 4, updated_warehouse: { warehouse_id: place, on_hand: 5, inventory: 4 } }] },
    { webhook_type: 'Inventory Change', warehouse_id: place, sku, quantity: 5, old_quantity: 6, location_name: text, timestamp: '2026-03-06 07:30:00', reason: text, source: 'manual' },
  ];
}

/** What was bought in the shop of the company, and who bought it. */
function shopOrder(group: Group): object {
  const [sku, buyer] = [mark(group, 'ssku'), mark(group, 'sbuyer')];
  const address = { name: buyer, address1: buyer, city: 'Bremen', zip: '28195', country_code: 'DE', phone: buyer };
  return {
    id: group.number + 5000, name: mark(group, 'sorder'), currency: 'EUR', created_at: at(4), updated_at: at(4), financial_status: 'paid', total_price: money(group), taxes_included: true, note: buyer, email: `${buyer}@example.com`,
    line_items: [{ id: 1, sku, name: sku, price: money(group), quantity: 1 }], shipping_lines: [{ title: sku, price: money(group) }], shipping_address: address, billing_address: address,
  };
}

/** The carrier answers that it takes the load; a set that nobody reads goes with it. */
function ediMessage(group: Group): string {
  const answer = `B1*ABCD*${mark(group, 'load')}*20260306*A~K1*${mark(group, 'tender')}~`;
  const text = interchangeOf([{ type: '990', body: answer }, { type: '110', body: 'B3**1~' }], { functionalId: 'GF', control: group.number });
  return text.replace('NWCX'.padEnd(15), mark(group, 'edi').toUpperCase().padEnd(15));
}

/** Ids of everything that is in the world, as clients name it, with the mark that the record has: `g3z-load`. */
export async function idsOfWorld(server: TestServer): Promise<Map<string, string>> {
  const db = server.database.kysely;
  const marked = new Map<string, string>();
  const add = (type: string, id: string, text: string, kind?: string) => {
    const found = /g(\d+)z-([a-z]+\d?)/i.exec(text);
    if (found !== null) marked.set(globalId(type, id), `g${found[1]}z-${kind ?? found[2]!.toLowerCase()}`);
  };
  for (const row of await db.selectFrom('sales_order').select(['id', 'reference']).execute()) add('Order', row.id, row.reference);
  for (const row of await db.selectFrom('transfer').select(['id', 'reference']).execute()) add('Transfer', row.id, row.reference);
  for (const row of await db.selectFrom('shipment').select(['id', 'reference', 'tracking_numbers']).execute()) add('Shipment', row.id, `${row.reference} ${row.tracking_numbers.join(' ')}`);
  for (const row of await db.selectFrom('milestone').select(['id', 'subject']).execute()) add('MilestoneEvent', row.id, row.subject, 'ms');
  for (const row of await db.selectFrom('product').select(['id', 'name']).execute()) add('Product', row.id, row.name);
  for (const row of await db.selectFrom('stock_level').select(['id', 'location']).execute()) add('StockLevel', row.id, row.location);
  for (const row of await db.selectFrom('invoice').select(['id', 'reference']).execute()) add('Invoice', row.id, row.reference);
  for (const row of await db.selectFrom('load').select(['id', 'reference']).execute()) add('Load', row.id, row.reference, { own: 'ownid', given: 'givenid', lost: 'lostid' }[row.reference.split('-')[1]!] ?? 'loadid');
  for (const row of await db.selectFrom('tender_offer').select(['id', 'load_reference', 'ordinal']).execute()) add('TenderOffer', row.id, row.load_reference, `${row.load_reference.split('-')[1]!}offer${row.ordinal}`);
  for (const row of await db.selectFrom('appointment').select(['id', 'subject']).execute()) add('Appointment', row.id, row.subject);
  for (const row of await db.selectFrom('appointment').select(['id', 'claimed']).where('claimed', 'is not', null).execute()) add('Appointment', row.id, JSON.stringify(row.claimed), 'ownappt');
  for (const row of await db.selectFrom('visit').select(['id', 'subject', 'truck']).execute()) add('Visit', row.id, `${row.truck} ${row.subject}`);
  for (const row of await db.selectFrom('trailer_stay').select(['id', 'trailer']).execute()) add('TrailerStay', row.id, row.trailer, 'ostay');
  for (const row of await db.selectFrom('yard_move').select(['id', 'trailer']).execute()) add('YardMove', row.id, row.trailer, 'omove');
  for (const row of await db.selectFrom('vehicle').select(['id', 'name']).execute()) add('Vehicle', row.id, row.name);
  for (const row of await db.selectFrom('interchange').select(['id', 'sender']).execute()) add('Interchange', row.id, row.sender);
  for (const row of await db.selectFrom('warehouse_order').select(['id', 'reference']).execute()) add('WarehouseOrder', row.id, row.reference, 'worder');
  for (const row of await db.selectFrom('warehouse_confirmation').select(['id', 'reference']).execute()) add('WarehouseConfirmation', row.id, row.reference, 'wconf');
  for (const row of await db.selectFrom('inventory_level').select(['id', 'sku']).execute()) add('InventoryLevel', row.id, row.sku, 'wlevel');
  for (const row of await db.selectFrom('pallet').select(['id', 'location']).execute()) add('Pallet', row.id, row.location ?? '', 'pallet');
  for (const row of await db.selectFrom('shop_order').select(['id', 'reference']).execute()) add('ShopOrder', row.id, row.reference);
  for (const row of await db.selectFrom('inventory_adjustment').select(['id', 'sku']).execute()) add('InventoryAdjustment', row.id, row.sku, 'wadj');
  for (const row of await db.selectFrom('booking').select(['id', 'names']).execute()) add('Booking', row.id, JSON.stringify(row.names));
  for (const row of await db.selectFrom('pickup').select(['id', 'confirmation']).execute()) add('Pickup', row.id, row.confirmation ?? '');
  for (const row of await db.selectFrom('document').select(['id', 'names']).execute()) add('Document', row.id, JSON.stringify(row.names));
  for (const row of await db.selectFrom('exception').innerJoin('shipment', 'shipment.id', 'exception.shipment_id').select(['exception.id', 'shipment.reference']).execute()) add('Exception', row.id, row.reference ?? '', 'exc');
  return marked;
}

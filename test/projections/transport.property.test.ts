import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Queryable } from '../../src/db/database.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { dockAppointment, dockVisit, dockWarehouse, otmTrip, type TestStop } from '../support/transport.js';
import { openPipeline, type Pipeline } from './pipeline.js';
import type { Message } from './journey-messages.js';

/** Deliveries of Odoo, versions of trips and what the yard tells, by small numbers that are made unlike any other world's. */
interface World {
  /** Deliveries that Odoo tells of; the others are only named. */
  deliveries: Array<{ id: number; tracking: number | null; order: number | null; backorderOf: number | null; doneOn: number | null; movedTo: number | null }>;
  /** Orders that Odoo tells of; the others are only named. */
  orders: number[];
  trips: Array<{ trip: number; version: number; carrier: number; cancelled: boolean; named: boolean; stops: Array<{ load: number[]; unload: number[]; day: number | null; eta: number | null; done: boolean }> }>;
  appointments: Array<{ appointment: number; version: number; numbers: number[]; order: number | null; trip: number | null; carrier: number; deleted: boolean }>;
  visits: Array<{ visit: number; version: number; appointment: number | null; carrier: number | null; came: boolean; left: boolean }>;
}

const small = fc.integer({ min: 0, max: 3 });
const few = fc.integer({ min: 0, max: 1 });
const version = fc.integer({ min: 1, max: 3 });
const world: fc.Arbitrary<World> = fc.record({
  deliveries: fc.uniqueArray(fc.record({ id: small, tracking: fc.option(small), order: fc.option(few), backorderOf: fc.option(small), doneOn: fc.option(fc.integer({ min: 1, max: 4 })), movedTo: fc.option(few, { freq: 3 }) }), { selector: ({ id }) => id, maxLength: 4 }),
  orders: fc.uniqueArray(few, { maxLength: 2 }),
  // What two versions of one number say differs only where a source reuses it; that is tested with the other records.
  trips: fc.uniqueArray(fc.record({
    trip: fc.integer({ min: 0, max: 1 }), version, carrier: fc.integer({ min: 0, max: 1 }), cancelled: fc.boolean(), named: fc.boolean(),
    stops: fc.array(fc.record({ load: fc.uniqueArray(small, { maxLength: 2 }), unload: fc.uniqueArray(small, { maxLength: 2 }), day: fc.option(fc.integer({ min: 1, max: 9 })), eta: fc.option(fc.integer({ min: 1, max: 9 })), done: fc.boolean() }), { minLength: 1, maxLength: 3 }),
  }), { selector: (each) => `${each.trip} ${each.version}`, maxLength: 5 }),
  appointments: fc.uniqueArray(fc.record({ appointment: fc.integer({ min: 0, max: 1 }), version, numbers: fc.uniqueArray(small, { maxLength: 3 }), order: fc.option(few), trip: fc.option(fc.integer({ min: 0, max: 1 })), carrier: fc.integer({ min: 0, max: 1 }), deleted: fc.boolean() }), { selector: (each) => `${each.appointment} ${each.version}`, maxLength: 4 }),
  visits: fc.uniqueArray(fc.record({ visit: fc.integer({ min: 0, max: 1 }), version, appointment: fc.option(fc.integer({ min: 0, max: 1 })), carrier: fc.option(fc.integer({ min: 0, max: 1 })), came: fc.boolean(), left: fc.boolean() }), { selector: (each) => `${each.visit} ${each.version}`, maxLength: 3 }),
});

const hour = (at: number) => `2026-03-0${at}T12:00:00Z`;
const carriers = ['Delta', 'Omega'];

function messagesOf(of: World, name: string, base: number): Message[] {
  const delivery = (id: number) => `WH/OUT/${name}D${id}`;
  const erp = (records: object[]) => ({ connection: 'erp' as const, body: JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: hour(1), events: records }) });
  const orderName = (order: number) => `${name}S${order}`;
  const transferEvent = ({ id, tracking, order, backorderOf, doneOn, movedTo }: World['deliveries'][number], at: number) => {
    const own = at === 1 ? order : movedTo;
    return {
      id: `${name}-${id}-${at}`, topic: 'delivery', action: 'updated', model: 'stock.picking', recordId: base + id, version: at, occurredAt: hour(at),
      record: {
        name: delivery(id), state: doneOn === null ? 'assigned' : 'done', picking_type_code: 'outgoing', lines: [], carrier_tracking_ref: tracking === null ? false : `${name}T${tracking}`, date_done: doneOn === null ? false : `2026-03-0${doneOn} 12:00:00`,
        sale_id: own === null ? null : { id: base + own, name: orderName(own) }, backorder_id: backorderOf === null || backorderOf === id ? null : { id: base + backorderOf, name: delivery(backorderOf) },
      },
    };
  };
  return [
    ...of.deliveries.flatMap((each) => [1, 2].flatMap((at) => (at === 2 && each.movedTo === null ? [] : [erp([transferEvent(each, at)])]))),
    ...of.orders.map((order) => erp([{
      id: `${name}-o${order}`, topic: 'order', action: 'updated', model: 'sale.order', recordId: base + order, version: 1, occurredAt: hour(1),
      record: { name: orderName(order), state: 'sale', partner_id: { id: 1, name: 'Ann', commercial_partner_id: { id: 1, name: 'Ann' } }, date_order: '2026-03-01 12:00:00', amount_total: 1, currency_id: { id: 1, name: 'EUR' }, lines: [] },
    }])),
    ...of.trips.map((trip): Message => ({
      connection: 'tms',
      body: JSON.stringify(otmTrip(`${name}-${trip.trip}`, {
        at: `2026-03-01T0${trip.version}:00:00Z`, name: `${name}L${trip.trip}`, carrier: carriers[trip.carrier]!, status: trip.cancelled ? 'cancelled' : 'confirmed',
        stops: trip.stops.map((stop): TestStop => ({
          load: stop.load.map(delivery), unload: stop.unload.map(delivery), code: name,
          ...(trip.named && stop.day !== null ? { planned: [hour(stop.day)] } : {}), ...(trip.named && stop.eta !== null ? { projected: [hour(stop.eta)] } : {}), ...(trip.named && stop.done && stop.day !== null ? { realized: [hour(stop.day)] } : {}),
        })),
      })),
    })),
    ...of.appointments.map((each): Message => {
      const message = dockAppointment(`${name}-${each.appointment}`, { at: `2026-03-01T0${each.version}:00:00Z`, start: hour(each.version), carrier: carriers[each.carrier]!, warehouse: name, numbers: [...each.numbers.map(delivery), ...(each.order === null ? [] : [orderName(each.order)]), ...(each.trip === null ? [] : [`${name}L${each.trip}`])] });
      return { connection: 'dock', body: JSON.stringify(each.deleted ? { ...message, operation: 'Delete' } : message) };
    }),
    ...of.visits.map((each): Message => ({
      connection: 'dock',
      body: JSON.stringify(dockVisit(`${name}-${each.visit}`, {
        at: `2026-03-01T0${each.version}:00:00Z`, warehouse: name, events: { ...(each.came ? { Arrived: hour(each.version) } : {}), ...(each.left ? { Departed: hour(each.version + 1) } : {}) },
        ...(each.appointment === null ? {} : { appointment: `${name}-${each.appointment}` }), ...(each.carrier === null ? {} : { carrier: carriers[each.carrier]! }),
      })),
    })),
    { connection: 'dock', body: JSON.stringify(dockWarehouse(name, { at: hour(1), code: name, name })) },
  ];
}

/** What people see of transport and yard, shipments by their names, without what merely tells when it was learned. */
async function stateOf(db: Queryable, name: string): Promise<string> {
  const shipments = sql`(select s.id, (select min(r.value) from reference r where r.shipment_id = s.id and r.kind in ('delivery_name', 'delivery_order')) as name from shipment s)`;
  const own = sql`like ${`%:${name}-%`}`;
  const lists = await Promise.all([
    sql`select reference, state, carrier, starts_at, deleted, version, stops from load where subject ${own}`.execute(db),
    sql`select l.reference, s.* from stop s join load l on l.id = s.load_id where l.subject ${own}`.execute(db),
    sql`select l.reference, t.sequence, t.moment, t.classifier, t.source, t.connection, t.at, t.stated_at, t.chosen from stop_time t join load l on l.id = t.load_id where l.subject ${own}`.execute(db),
    sql`select l.reference, g.* from lane_leg g join load l on l.id = g.load_id where l.subject ${own}`.execute(db),
    sql`select l.reference, ls.stop, ls.action, s.name from load_shipment ls join load l on l.id = ls.load_id join ${shipments} s on s.id = ls.shipment_id where l.subject ${own}`.execute(db),
    sql`select confirmation, state, carrier, starts_at, numbers, deleted, version from appointment where subject ${own}`.execute(db),
    sql`select a.confirmation, s.name from appointment_shipment x join appointment a on a.id = x.appointment_id join ${shipments} s on s.id = x.shipment_id where a.subject ${own}`.execute(db),
    sql`select subject, state, carrier, checked_in_at, deleted, version from visit where subject ${own}`.execute(db),
    sql`select v.subject, s.name from visit_shipment x join visit v on v.id = x.visit_id join ${shipments} s on s.id = x.shipment_id where v.subject ${own}`.execute(db),
    sql`select coalesce(l.subject, p.subject, v.subject) as subject, a.kind, a.key from record_access a left join load l on l.id = a.record_id left join appointment p on p.id = a.record_id left join visit v on v.id = a.record_id
      where coalesce(l.subject, p.subject, v.subject) ${own}`.execute(db),
    sql`select s.name, m.code, m.classifier, m.occurred_at, m.stop, m.carrier from milestone m join ${shipments} s on s.id = m.shipment_id where m.active and s.name like ${`%${name}D%`}`.execute(db),
    sql`select s.name, x.status, x.estimated_at, x.provisional, x.carrier from shipment x join ${shipments} s on s.id = x.id where x.merged_into is null and s.name like ${`%${name}D%`}`.execute(db),
  ]);
  // Ids follow from names, which differ between two tellings.
  return lists.map(({ rows }) => rows.map((row) => JSON.stringify({ ...(row as object), load_id: undefined }).replaceAll(name, '')).sort().join('\n')).join('\n--\n');
}

describeOnEachDatabase('loads, appointments and visits', (kind) => {
  let pipeline: Pipeline;
  let run = 0;
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  afterAll(() => pipeline?.remove());

  it('are the same, with their shipments and who may see them, for every order, repetition and batching of what is told', async () => {
    let told = 0;
    const arrival = fc.record({ world, keys: fc.array(fc.nat(1000), { minLength: 20, maxLength: 20 }), again: fc.array(fc.nat(20), { maxLength: 3 }), rounds: fc.integer({ min: 1, max: 5 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 15, maxLength: 15 }), async (worlds) => {
        run++;
        const name = (variant: string, index: number) => `R${run}${variant}${index}X`;
        // In the order in which it was listed: Odoo, transport by version, yard by version.
        for (const [index, each] of worlds.entries()) {
          const messages = messagesOf(each.world, name('A', index), (run * 100 + index) * 20);
          const fresh = await pipeline.receive(messages);
          for (const connection of ['erp', 'tms', 'dock']) {
            await pipeline.decode(connection, fresh.get(connection) ?? []);
            await pipeline.project();
          }
        }
        await pipeline.settle();
        const shuffled = worlds.flatMap((each, index) => {
          const messages = messagesOf(each.world, name('B', index), (run * 100 + index) * 20 + 10);
          const repeated = each.again.map((at, number) => ({ ...messages[at % messages.length]!, delivery: `again ${run} ${index} ${number}` }));
          return [...messages, ...repeated].map((message, at) => ({ message, round: each.keys[at % 20]! % each.rounds, key: each.keys[(at * 7) % 20]! }));
        });
        for (let round = 0; round < 5; round++) {
          const due = shuffled.filter((each) => each.round === round).sort((a, b) => a.key - b.key).map((each) => each.message);
          const fresh = await pipeline.receive(due);
          await Promise.all([...fresh].map(([connection, ids]) => pipeline.decode(connection, ids)));
          if (round % 2 === 0) await pipeline.project();
        }
        await pipeline.settle();
        const db = pipeline.services.database.kysely;
        expect(await db.selectFrom('inbox').select('failure').where('state', '<>', 'DECODED').execute()).toEqual([]);
        for (const [index, each] of worlds.entries()) {
          told += messagesOf(each.world, 'x', 0).length;
          const [ordered, other] = [await stateOf(db, name('A', index)), await stateOf(db, name('B', index))];
          if (ordered !== other) expect(other, JSON.stringify(each)).toBe(ordered);
        }
      }),
      { numRuns: 8, endOnFailure: true },
    );
    expect(told).toBeGreaterThan(500);
  }, 300_000);
});

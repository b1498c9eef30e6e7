import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, delivery, odooBatch, order, party, partyId, postOdoo } from '../support/partners.js';
import { graphql, graphqlAnswer } from '../support/requests.js';
import { addTransportConnections, dockAppointment, dockVisit, dockWarehouse, otmTrip, postTransport } from '../support/transport.js';

const day = (time: string) => `2026-03-06T${time}:00Z`;
const shown = (time: string) => `2026-03-06T${time}:00.000Z`;

describeOnEachDatabase('a load and an appointment from outside', (kind) => {
  let server: TestServer;
  let token: string;
  const ask = (query: string, variables: Record<string, unknown> = {}, by = token) => graphql(server.url, by, query, variables);

  async function take(connection: 'tms' | 'dock', message: object): Promise<void> {
    const body = JSON.stringify(message);
    await accepted(server, await postTransport(server, connection, body), body);
  }

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    await addTransportConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
    // The load comes before one of its deliveries, and the appointment before its load.
    await take('dock', dockAppointment('a1', { at: day('06:00'), start: day('08:00'), end: day('09:00'), numbers: ['T-1', 'WH/OUT/1', 'WH/OUT/2'] }));
    const first = JSON.stringify(odooBatch(party(7), party(8), order(1, { customer: 7 }), delivery(1, { order: 1, customer: 7 })));
    await accepted(server, await postOdoo(server, first), first);
    await take('tms', otmTrip('t-1', {
      at: day('07:00'), carrier: 'Delta Haulage', status: 'inTransit',
      stops: [
        { load: ['WH/OUT/1', 'WH/OUT/2'], code: 'mem1', name: 'Northwind Memphis', type: 'warehouse', planned: [day('08:00'), day('09:00')], realized: [day('08:10'), day('08:50')] },
        { unload: ['WH/OUT/1'], name: 'Ashford Hardware', planned: [day('12:00')], projected: [day('12:40')] },
        { unload: ['WH/OUT/2'], name: 'Bluewater Outfitters', planned: [day('15:00')] },
      ],
    }));
    const second = JSON.stringify(odooBatch(order(2, { customer: 8 }), delivery(2, { order: 2, customer: 8 })));
    await accepted(server, await postOdoo(server, second), second);
    // The gate saw the truck come and go; the load's own system only knows when it stood at the dock.
    await take('dock', dockVisit('v1', { at: day('08:51'), appointment: 'a1', events: { Arrived: day('07:40'), Docked: day('08:12'), Departed: day('10:30') } }));
    await take('dock', dockWarehouse('w1', { at: day('05:00'), code: 'MEM1' }));
  });
  afterAll(() => server?.remove());

  it('show with their stops, their shipments and one another', async () => {
    const { load } = await ask(`{ load(reference: " t-1 ") { reference state carrier startsAt
      stops(first: 10) { nodes { sequence kind place { name } plannedArrivalAt estimatedArrivalAt arrivedAt departedAt facility { name code zone } load { reference } } }
      shipments(first: 10) { nodes { reference order { reference } } }
      appointments(first: 10) { nodes { confirmation state } } } }`);
    expect(load).toEqual({
      reference: 'T-1', state: 'IN_TRANSIT', carrier: 'DELTA_HAULAGE', startsAt: shown('08:10'),
      stops: { nodes: [
        { sequence: 1, kind: 'PICKUP', place: { name: 'Northwind Memphis' }, plannedArrivalAt: shown('08:00'), estimatedArrivalAt: null, arrivedAt: shown('07:40'), departedAt: shown('10:30'), facility: { name: 'Northwind Memphis', code: 'MEM1', zone: 'America/Chicago' }, load: { reference: 'T-1' } },
        { sequence: 2, kind: 'DELIVERY', place: { name: 'Ashford Hardware' }, plannedArrivalAt: shown('12:00'), estimatedArrivalAt: shown('12:40'), arrivedAt: null, departedAt: null, facility: null, load: { reference: 'T-1' } },
        { sequence: 3, kind: 'DELIVERY', place: { name: 'Bluewater Outfitters' }, plannedArrivalAt: shown('15:00'), estimatedArrivalAt: null, arrivedAt: null, departedAt: null, facility: null, load: { reference: 'T-1' } },
      ] },
      shipments: { nodes: [{ reference: 'WH/OUT/1', order: { reference: 'S1' } }, { reference: 'WH/OUT/2', order: { reference: 'S2' } }] },
      appointments: { nodes: [{ confirmation: 'C-a1', state: 'SCHEDULED' }] },
    });
  });

  it('show from the shipment, with what the stops mean for it in its timeline', async () => {
    const { shipment } = await ask(`{ shipment(reference: "WH/OUT/1") { status provisional carrier estimatedAt promisedAt lateBy
      loads(first: 5) { nodes { reference } } stops(first: 5) { nodes { sequence kind } }
      appointments(first: 5) { nodes { dock direction startsAt facility { code } load { reference } stop { sequence arrivedAt } } }
      milestones(first: 20) { nodes { code classifier occurredAt stop } } } }`);
    expect(shipment).toEqual({
      status: 'IN_TRANSIT', provisional: false, carrier: 'DELTA_HAULAGE', estimatedAt: shown('12:40'), promisedAt: shown('16:00'), lateBy: -200,
      loads: { nodes: [{ reference: 'T-1' }] }, stops: { nodes: [{ sequence: 1, kind: 'PICKUP' }, { sequence: 2, kind: 'DELIVERY' }] },
      appointments: { nodes: [{ dock: 'Door 4', direction: 'OUTBOUND', startsAt: shown('08:00'), facility: { code: 'MEM1' }, load: { reference: 'T-1' }, stop: { sequence: 1, arrivedAt: shown('07:40') } }] },
      milestones: { nodes: [
        { code: 'ARRIVED_PICKUP', classifier: 'PLANNED', occurredAt: shown('08:00'), stop: 1 },
        { code: 'ARRIVED_PICKUP', classifier: 'ACTUAL', occurredAt: shown('08:10'), stop: 1 },
        expect.objectContaining({ occurredAt: shown('08:50'), stop: 1 }),
        expect.objectContaining({ occurredAt: shown('08:50'), stop: 1 }),
        { code: 'PICKED_UP', classifier: 'PLANNED', occurredAt: shown('09:00'), stop: 1 },
        { code: 'ARRIVED_DELIVERY', classifier: 'PLANNED', occurredAt: shown('12:00'), stop: 2 },
        { code: 'ARRIVED_DELIVERY', classifier: 'ESTIMATED', occurredAt: shown('12:40'), stop: 2 },
      ] },
    });
  });

  it('show in lists, with the truck on site and its detention clock', async () => {
    const data = await ask(`{ loads(first: 5, filter: { state: [IN_TRANSIT], carrier: "delta haulage" }) { nodes { reference } }
      appointments(first: 5, filter: { direction: OUTBOUND, from: "2026-03-06T00:00:00Z", to: "2026-03-07T00:00:00Z" }) { nodes { confirmation visits(first: 5) { nodes { truck } } shipments(first: 5) { nodes { reference } } } }
      visits(first: 5) { nodes { state type truck checkedInAt atDockAt checkedOutAt facility { name } appointment { confirmation } detention { startsAt freeUntil minutes isRunning } } }
      facility(code: "mem1") { name place { city } } }`);
    expect(data).toEqual({
      loads: { nodes: [{ reference: 'T-1' }] },
      appointments: { nodes: [{ confirmation: 'C-a1', visits: { nodes: [{ truck: 'TN-48-PX' }] }, shipments: { nodes: [{ reference: 'WH/OUT/1' }, { reference: 'WH/OUT/2' }] } }] },
      visits: { nodes: [{
        state: 'CHECKED_OUT', type: 'LIVE_LOAD', truck: 'TN-48-PX', checkedInAt: shown('07:40'), atDockAt: shown('08:12'), checkedOutAt: shown('10:30'), facility: { name: 'Northwind Memphis' }, appointment: { confirmation: 'C-a1' },
        // It came early: the clock starts with the appointment.
        detention: { startsAt: shown('08:00'), freeUntil: shown('10:00'), minutes: 30, isRunning: false },
      }] },
      facility: { name: 'Northwind Memphis', place: { city: 'Memphis' } },
    });
  });

  it('show a carrier its own load and appointment, and another carrier nothing', async () => {
    const query = '{ loads(first: 5) { nodes { reference stops(first: 5) { nodes { sequence } } shipments(first: 5) { nodes { reference } } } } appointments(first: 5) { nodes { confirmation } } visits(first: 5) { nodes { truck } } facility(code: "MEM1") { name } }';
    const own = await server.tokens.create({ role: 'partner', carriers: ['Delta Haulage'], ttl: 60 });
    const other = await server.tokens.create({ role: 'partner', carriers: ['FedEx'], ttl: 60 });
    expect(await ask(query, {}, own)).toEqual({
      loads: { nodes: [{ reference: 'T-1', stops: { nodes: [{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }] }, shipments: { nodes: [{ reference: 'WH/OUT/1' }, { reference: 'WH/OUT/2' }] } }] },
      appointments: { nodes: [{ confirmation: 'C-a1' }] }, visits: { nodes: [{ truck: 'TN-48-PX' }] }, facility: { name: 'Northwind Memphis' },
    });
    expect(await ask(query, {}, other)).toEqual({ loads: { nodes: [] }, appointments: { nodes: [] }, visits: { nodes: [] }, facility: null });
  });

  it('show a customer the stops of its own shipment, and neither the load nor the stops of others', async () => {
    const customer = await server.tokens.create({ role: 'customer', parties: [partyId(7)], ttl: 60 });
    const data = await ask('{ shipments(first: 5) { nodes { reference lateBy stops(first: 5) { nodes { loadId sequence place { name } facility { name } } } } } }', {}, customer);
    expect(data.shipments.nodes).toMatchObject([{ reference: 'WH/OUT/1', lateBy: -200, stops: { nodes: [{ sequence: 1, place: { name: 'Northwind Memphis' }, facility: { name: 'Northwind Memphis' } }, { sequence: 2, place: { name: 'Ashford Hardware' } }] } }]);
    for (const field of ['loads(first: 5) { nodes { reference } }', 'appointments(first: 5) { nodes { confirmation } }', 'visits(first: 5) { nodes { truck } }']) {
      expect((await graphqlAnswer(server.url, customer, `{ ${field} }`)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
  });

  it('follow the newest version of the load: a shipment that was taken off it is no longer on it', async () => {
    await take('tms', otmTrip('t-1', { at: day('07:30'), carrier: 'Delta Haulage', status: 'inTransit', stops: [{ load: ['WH/OUT/1'], code: 'MEM1', planned: [day('08:00')] }, { unload: ['WH/OUT/1'], planned: [day('12:00')] }] }));
    // An older version that comes late changes nothing.
    await take('tms', otmTrip('t-1', { at: day('06:30'), carrier: 'FedEx', stops: [{ load: ['WH/OUT/2'] }] }));
    const data = await ask('{ load(reference: "T-1") { carrier stops(first: 5) { nodes { sequence } } shipments(first: 5) { nodes { reference } } } shipment(reference: "WH/OUT/2") { loads(first: 5) { nodes { reference } } stops(first: 5) { nodes { sequence } } } }');
    expect(data).toEqual({ load: { carrier: 'DELTA_HAULAGE', stops: { nodes: [{ sequence: 1 }, { sequence: 2 }] }, shipments: { nodes: [{ reference: 'WH/OUT/1' }] } }, shipment: { loads: { nodes: [] }, stops: { nodes: [] } } });
  });
});

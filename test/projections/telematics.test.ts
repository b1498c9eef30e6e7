import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { system } from '../../src/events/audit.js';
import { sha256, uuidOfName } from '../../src/lib/ids.js';
import { setGeofence } from '../../src/jobs/tasks/telematics/geofences.js';
import type { Fence } from '../../src/model/geo.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { dockWarehouse, otmTrip } from '../support/transport.js';
import { openPipeline, type Pipeline } from './pipeline.js';

const hub = { latitude: 52.5, longitude: 13.4 };
const customer = { latitude: 52.9, longitude: 13.4 };
const circle = (centre: typeof hub): Fence => ({ kind: 'circle', centre, radius: 300 });
interface Position { minute: number; place: typeof hub; metres?: number }
const clock = (minute: number) => new Date(Date.UTC(2026, 2, 6, 8, minute)).toISOString();

/** A page of Samsara's feed. */
function page(positions: readonly Position[], vehicle: { id: string; name: string; licensePlate?: string } = { id: '1', name: 'Truck 7', licensePlate: 'b-gh 77' }): string {
  const gps = positions.map(({ minute, place, metres = 0 }) => ({ time: clock(minute), latitude: place.latitude + metres / 111_195, longitude: place.longitude, speedMilesPerHour: 0 }));
  return JSON.stringify({ data: [{ ...vehicle, gps }], pagination: { endCursor: '1', hasNextPage: false } });
}

describeOnEachDatabase('positions of trucks', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await openPipeline(kind);
    await pipeline.services.connections.add({ id: 'trucks', connector: 'samsara', company: 'main', settings: {}, secrets: {} });
  });
  beforeEach(() => pipeline.reset());
  afterAll(() => pipeline?.remove());

  let minute = 0;
  const db = () => pipeline.services.database.kysely;
  async function told(connection: string, ...bodies: readonly string[]): Promise<void> {
    for (const body of bodies) {
      const receipt = await pipeline.tasks.inbox.receive({ connection, dedupeKey: sha256(body), headers: {}, body: Buffer.from(body), receivedMs: Date.now() });
      await pipeline.decode(connection, [receipt.id]);
      await pipeline.settle();
    }
  }
  const delivery = JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: clock(0), events: [{ id: 'd1', topic: 'delivery', action: 'updated', model: 'stock.picking', recordId: 1, version: 1, occurredAt: clock(0), record: { name: 'WH/OUT/1', state: 'assigned', picking_type_code: 'outgoing', partner_id: { id: 7, name: 'Customer', commercial_partner_id: { id: 7, name: 'Customer' } }, lines: [] } }] });
  const trip = (minute: number, status = 'inTransit', vehicle = 'B-GH 77') => JSON.stringify({
    ...otmTrip('t1', { at: clock(minute), status, carrier: 'Delta', stops: [{ code: 'HUB', load: ['WH/OUT/1'], planned: [clock(0), clock(60)] }, { code: 'CUST', unload: ['WH/OUT/1'], planned: [clock(180), clock(200)] }] }),
    vehicle: { associationType: 'inline', entity: { entityType: 'vehicle', id: 'v', name: vehicle } },
  });
  const facilityId = (id: string) => uuidOfName(`facility:dock:${id}`);
  async function world(): Promise<void> {
    await told('erp', delivery);
    await told('dock', JSON.stringify(dockWarehouse('hub', { at: clock(0), code: 'HUB', name: 'Hub' })), JSON.stringify(dockWarehouse('cust', { at: clock(0), code: 'CUST', name: 'Customer' })));
    await told('tms', trip(0));
    await fence();
  }
  async function fence(): Promise<void> {
    await setGeofence(pipeline.tasks, facilityId('hub'), circle(hub), system, '*');
    await setGeofence(pipeline.tasks, facilityId('cust'), circle(customer), system, '*');
    await pipeline.settle();
  }
  /** Milestones that positions gave and that stand. */
  const milestones = async () => (await db().selectFrom('milestone').select(['code', 'occurred_at', 'stop']).where('connection', '=', 'trucks').where('active', '=', true).where('code', '<>', 'INFO').orderBy('occurred_at').execute()).map((row) => [row.code, row.occurred_at.slice(11, 16), row.stop]);
  const journey: Position[] = [
    { minute: -30, place: hub, metres: 9_000 }, { minute: 5, place: hub, metres: 100 }, { minute: 30, place: hub, metres: 50 }, { minute: 50, place: hub, metres: 400 }, { minute: 55, place: hub, metres: 9_000 },
    { minute: 175, place: customer, metres: -6_000 }, { minute: 185, place: customer, metres: 200 }, { minute: 210, place: customer, metres: 340 }, { minute: 215, place: customer, metres: 280 }, { minute: 230, place: customer, metres: 5_000 },
  ];
  const expected = [['ARRIVED_PICKUP', '08:05', 1], ['DEPARTED_FACILITY', '08:50', 1], ['ARRIVED_DELIVERY', '11:05', 2], ['DEPARTED_DELIVERY', '11:50', 2]];

  it('keep the last one, whatever order they come in, and the track', async () => {
    await told('trucks', page([{ minute: 5, place: hub }]), page([{ minute: 9, place: customer }]), page([{ minute: 7, place: hub, metres: 700 }]));
    expect(await db().selectFrom('vehicle').select(['name', 'plate', 'latitude', 'at']).execute()).toEqual([{ name: 'Truck 7', plate: 'b-gh 77', latitude: 52.9, at: clock(9) }]);
    expect((await db().selectFrom('vehicle_track').select('at').orderBy('at').execute()).map(({ at }) => at)).toEqual([clock(5), clock(7), clock(9)]);
  });

  it('inside of the fences of stops are arrivals and departures of the shipments that are handled there', async () => {
    await world();
    await told('trucks', page(journey));
    expect(await milestones()).toEqual(expected);
    expect(await db().selectFrom('shipment').select(['reference', 'status']).where('merged_into', 'is', null).execute()).toEqual([{ reference: 'WH/OUT/1', status: 'AT_DELIVERY' }]);
  });

  it('make the same of any order of positions, loads and fences, and late ones make no false departure', async () => {
    await fc.assert(fc.asyncProperty(fc.shuffledSubarray(journey, { minLength: journey.length }), fc.boolean(), async (shuffled, fencesLast) => {
      await pipeline.reset();
      if (!fencesLast) await world();
      for (const position of shuffled) await told('trucks', page([position]));
      if (fencesLast) await world();
      expect(await milestones()).toEqual(expected);
    }), { numRuns: kind === 'embedded' ? 2 : 4 });
  });

  it('correct what was said: an arrival that a late position makes earlier, a departure that one takes back', async () => {
    await world();
    await told('trucks', page([{ minute: 20, place: hub }, { minute: 40, place: hub, metres: 9_000 }]));
    expect(await milestones()).toEqual([['ARRIVED_PICKUP', '08:20', 1], ['DEPARTED_FACILITY', '08:40', 1]]);
    await told('trucks', page([{ minute: 10, place: hub }]));
    expect(await milestones()).toEqual([['ARRIVED_PICKUP', '08:10', 1], ['DEPARTED_FACILITY', '08:40', 1]]);
    await setGeofence(pipeline.tasks, facilityId('hub'), { kind: 'circle', centre: hub, radius: 20_000 }, system, '*');
    await pipeline.settle();
    expect(await milestones()).toEqual([['ARRIVED_PICKUP', '08:10', 1]]);
    await setGeofence(pipeline.tasks, facilityId('hub'), circle(hub), system, '*');
    await pipeline.settle();
    expect(await milestones()).toEqual([['ARRIVED_PICKUP', '08:10', 1], ['DEPARTED_FACILITY', '08:40', 1]]);
  });

  it('that are no longer kept take nothing back of what they told', async () => {
    await world();
    await told('trucks', page(journey.slice(0, 6)));
    await db().deleteFrom('vehicle_track').where('at', '<', clock(30)).execute(); // 08:30: within the visit to the hub
    await told('trucks', page(journey.slice(6)));
    expect(await milestones()).toEqual(expected);
    await db().deleteFrom('vehicle_track').execute();
    await told('tms', trip(240));
    expect(await milestones()).toEqual(expected);
  });

  it('are seen by who sees a load that the vehicle drives now, and by nobody outside then', async () => {
    await world();
    await told('trucks', page(journey.slice(0, 3)));
    const keys = async () => (await db().selectFrom('record_access').select('key').where('kind', '=', 'vehicle').orderBy('key').execute()).map(({ key }) => key);
    expect(await keys()).toEqual(['carrier:DELTA', 'tms:tms']);
    await told('tms', trip(300, 'completed'));
    expect(await keys()).toEqual([]);
    expect(await milestones()).toEqual([['ARRIVED_PICKUP', '08:05', 1]]);
  });

  it('of a truck by the name alone that the load gives, and of none where it gives another', async () => {
    await world();
    await told('trucks', page(journey.slice(0, 3), { id: '2', name: 'B-GH 77' }), page(journey, { id: '3', name: 'Somebody else' }));
    expect((await db().selectFrom('vehicle_load').innerJoin('vehicle', 'vehicle.id', 'vehicle_id').select(['name', 'role']).execute())).toEqual([{ name: 'B-GH 77', role: 'TRUCK' }]);
    expect(await milestones()).toEqual([['ARRIVED_PICKUP', '08:05', 1]]);
  });

  it('of a truck that the load calls as its source does are not taken from another of that name or plate, whichever is heard of first', async () => {
    await pipeline.services.connections.change('trucks', { vehicleExternalId: 'tms' }, {});
    const called = { id: '1', name: 'Truck 1', externalIds: { tms: 'b-gh 77' } };
    const others = [{ id: 'b-gh77', name: 'Truck 2' }, { id: '3', name: 'Truck 3', licensePlate: 'B-GH 77' }, { id: '4', name: 'B-GH 77' }];
    const linked = async () => (await db().selectFrom('vehicle_load').innerJoin('vehicle', 'vehicle.id', 'vehicle_id').select('name').orderBy('name').execute()).map(({ name }) => name);
    await world();
    // Each that says more takes the place of the one before it; the load keeps it whatever else comes.
    for (const [vehicle, expectedName] of [[others[2]!, 'B-GH 77'], [others[1]!, 'Truck 3'], [others[0]!, 'Truck 2'], [called, 'Truck 1'], [others[1]!, 'Truck 1'], [others[2]!, 'Truck 1']] as const) {
      await told('trucks', page([{ minute: ++minute, place: hub, metres: 20_000 }], vehicle as never));
      expect(await linked()).toEqual([expectedName]);
    }
    await told('tms', trip(1, 'inTransit', 'Truck 3'));
    expect(await linked()).toEqual(['Truck 3']);
    await pipeline.services.connections.change('trucks', {}, {});
  });

  it.each<[string, Fence]>([['a circle without radius', { kind: 'circle', centre: hub, radius: 0 }], ['two points', { kind: 'polygon', points: [hub, customer] }], ['a point beyond the pole', { kind: 'circle', centre: { latitude: 91, longitude: 0 }, radius: 10 }]])('refuse %s as a fence', async (_name, wrong) => {
    await world();
    await expect(setGeofence(pipeline.tasks, facilityId('hub'), wrong, system, '*')).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'fence' });
    await expect(setGeofence(pipeline.tasks, facilityId('hub'), circle(hub), system, ['another'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

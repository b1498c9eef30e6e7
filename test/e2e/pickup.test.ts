import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { noApiFaults } from '../../src/sandbox/parcel/api-faults.js';
import { parcelApiKey } from '../../src/sandbox/parcel/server.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { startParcelSandbox, type ParcelSandbox } from '../support/parcel-sandbox.js';
import { addConnections } from '../support/partners.js';
import { eventually, graphql, graphqlAnswer } from '../support/requests.js';

const secret = 'whsec_pickup-sandbox';
const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

describeOnEachDatabase('a carrier comes and fetches', (kind) => {
  let server: TestServer;
  let sandbox: ParcelSandbox;
  let operator: string;
  let serial = 700;

  beforeAll(async () => {
    server = await testServer(kind);
    sandbox = await startParcelSandbox({});
    await addConnections(server);
    await server.connections.add({ id: 'ep', connector: 'easypost', company: 'main', settings: { url: sandbox.url, undeliverable: 'refuse' }, secrets: { webhookSecret: secret, apiKey: parcelApiKey } });
    operator = await server.tokens.create({ role: 'operator', subject: 'olga', ttl: 600 });
  });
  afterAll(async () => {
    await sandbox?.stop();
    await server?.remove();
  });
  beforeEach(() => void Object.assign(sandbox.faults, noApiFaults));

  const from = { company: 'Warehouse', street: '1 Dock Road', city: 'Memphis', region: 'TN', postalCode: '38118', country: 'US', phone: '5555550100' };
  const to = { name: 'Ann Example', street: '388 Townsend St', city: 'San Francisco', region: 'CA', postalCode: '94107', country: 'US' };
  const mutate = async (name: string, inputType: string, input: object, fields: string, token = operator) => (await graphql(server.url, token, `mutation($input: ${inputType}!) { ${name}(input: $input) { ${fields} userErrors { field message code } } }`, { input }))[name];
  const command = (id: string) => graphql(server.url, operator, 'query($id: ID!) { command(id: $id) { state error { reason message } } }', { id });
  const schedule = (input: object) => mutate('schedulePickup', 'SchedulePickupInput', { on: tomorrow, readyAt: '15:00', closesAt: '18:00', zone: 'America/Chicago', ...input }, 'commandId duplicate');
  const pickupOf = async (booking: string) => (await graphql(server.url, operator, `query($id: ID!) { booking(id: $id) { pickups(first: 5) { nodes { state } }
    pickup { id commandId connection state rawState carrier confirmation readyAt closesAt zone place { city country } trackingNumbers packages weightKg price { amount currency } bookings(first: 5) { nodes { id } } } } }`, { id: booking })).booking;

  /** @returns the id of a booking of so many packages by UPS */
  async function booked(packages = 1): Promise<string> {
    const reference = `WH/OUT/${++serial}`;
    const { commandId } = await mutate('bookShipment', 'BookShipmentInput', {
      from, to, packages: Array.from({ length: packages }, (_, place) => ({ id: `P${place}`, weightKg: '1.5' })), reference, idempotencyKey: reference, service: { carrier: 'UPS', code: 'Ground' },
    }, 'commandId');
    const found = await eventually(() => server.database.kysely.selectFrom('booking').select('id').where('command_id', '=', Buffer.from(commandId, 'base64url').toString().slice('Command:'.length)).where('state', '=', 'BOOKED').execute(), (rows) => rows.length === 1);
    return Buffer.from(`Booking:${found[0]!.id}`).toString('base64url');
  }

  it('is scheduled by the bookings alone, shown with them, and called off', async () => {
    const booking = await booked();
    const asked = await schedule({ idempotencyKey: 'one', bookingIds: [booking], instructions: 'Dock 3' });
    expect(asked.userErrors).toEqual([]);
    expect(await schedule({ idempotencyKey: 'one', bookingIds: [booking], instructions: 'Dock 3' })).toMatchObject({ commandId: asked.commandId, duplicate: true });
    const { pickup } = await eventually(() => pickupOf(booking), (found) => found.pickup !== null);
    expect(pickup).toMatchObject({
      commandId: asked.commandId, connection: 'ep', state: 'SCHEDULED', carrier: 'UPS', confirmation: expect.stringMatching(/^WTC/), readyAt: expect.stringContaining(tomorrow), zone: 'America/Chicago',
      place: { city: 'Memphis', country: 'US' }, packages: 1, weightKg: '1.5', price: { amount: '9.80', currency: 'USD' }, bookings: { nodes: [{ id: booking }] },
    });
    expect(Date.parse(pickup.closesAt) - Date.parse(pickup.readyAt)).toBe(3 * 3600_000);
    expect(pickup.trackingNumbers).toHaveLength(1);
    const audited = await server.database.kysely.selectFrom('audit').select(['actor', 'action']).where('target_id', '=', Buffer.from(asked.commandId, 'base64url').toString().slice('Command:'.length)).execute();
    expect(audited).toEqual([{ actor: 'olga', action: 'pickup.requested' }]);
    // Somebody comes for it already.
    expect(await schedule({ idempotencyKey: 'two', bookingIds: [booking] })).toMatchObject({ commandId: null, userErrors: [{ code: 'CONFLICT', field: 'input.again' }] });
    const off = await mutate('cancelPickup', 'CancelPickupInput', { idempotencyKey: 'off', pickupId: pickup.id }, 'commandId duplicate');
    expect(off).toMatchObject({ duplicate: false, userErrors: [] });
    expect(await mutate('cancelPickup', 'CancelPickupInput', { idempotencyKey: 'off again', pickupId: pickup.id }, 'commandId duplicate')).toMatchObject({ commandId: off.commandId, duplicate: true });
    expect((await eventually(() => pickupOf(booking), (found) => found.pickup === null)).pickups.nodes).toEqual([{ state: 'CANCELLED' }]);
    expect(sandbox.pickups()).toMatchObject([{ status: 'canceled', shipments: 1 }]);
    expect((await graphql(server.url, operator, '{ pickups(first: 5, filter: { state: [CANCELLED], carrier: "ups" }) { nodes { id } } }')).pickups.nodes).toEqual([{ id: pickup.id }]);
  });

  it('is not asked for a second time while what was answered to the first is not projected yet', async () => {
    const booking = await booked();
    const asked = await schedule({ idempotencyKey: 'first', bookingIds: [booking] });
    const id = Buffer.from(asked.commandId, 'base64url').toString().slice('Command:'.length);
    await eventually(() => server.database.kysely.selectFrom('pickup').select('id').where('command_id', '=', id).execute(), (rows) => rows.length === 1);
    // As it stands between the answer and its record.
    await server.database.kysely.deleteFrom('pickup').where('command_id', '=', id).execute();
    expect(await schedule({ idempotencyKey: 'second', bookingIds: [booking] })).toMatchObject({ commandId: null, userErrors: [{ code: 'CONFLICT', field: 'input.again' }] });
    expect((await schedule({ idempotencyKey: 'second', bookingIds: [booking], again: true })).userErrors).toEqual([]);
  });

  it('comes once for all parcels of several bookings, also where the answer to the purchase is lost', async () => {
    const bookings = [await booked(2), await booked()];
    const before = sandbox.pickups().length;
    Object.assign(sandbox.faults, { answerLost: 1, only: '/buy' });
    const asked = await schedule({ idempotencyKey: 'lost', bookingIds: bookings });
    const found = await eventually(() => pickupOf(bookings[0]!), ({ pickup }) => pickup !== null);
    expect(found.pickup).toMatchObject({ commandId: asked.commandId, packages: 3, weightKg: '4.5', bookings: { nodes: expect.arrayContaining(bookings.map((id) => ({ id }))) } });
    expect(sandbox.pickups().slice(before)).toMatchObject([{ shipments: 3, status: 'scheduled', confirmation: found.pickup.confirmation }]);
  });

  it('is seen by our own people alone, and asked for by who may book', async () => {
    const booking = await booked();
    await schedule({ idempotencyKey: 'seen', bookingIds: [booking] });
    const { pickup } = await eventually(() => pickupOf(booking), (found) => found.pickup !== null);
    const carrier = await server.tokens.create({ role: 'partner', carriers: ['UPS'], ttl: 600 });
    expect((await graphqlAnswer(server.url, carrier, 'query($id: ID!) { pickup(id: $id) { id } pickups(first: 5) { nodes { id } } }', { id: pickup.id })).data).toEqual({ pickup: null, pickups: { nodes: [] } });
    const other = await server.tokens.create({ role: 'operator', companies: ['other'], ttl: 600 });
    expect((await graphql(server.url, other, 'query($id: ID!) { pickup(id: $id) { id } }', { id: pickup.id })).pickup).toBeNull();
    expect((await mutate('cancelPickup', 'CancelPickupInput', { idempotencyKey: 'x', pickupId: pickup.id }, 'commandId', other)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect((await mutate('cancelPickup', 'CancelPickupInput', { idempotencyKey: 'x', commandId: pickup.commandId }, 'commandId', other)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it.each([
    ['of a day that is over', { on: '2020-01-01' }, 'input.on'], ['of no day', { on: '2026-02-31' }, 'input.on'], ['that ends before it begins', { readyAt: '18:00', closesAt: '15:00' }, 'input.closesAt'], ['at no time', { readyAt: '3pm' }, 'input.readyAt'],
    ['in no zone', { zone: 'Memphis' }, 'input.zone'], ['without a word of what', {}, 'input.carrier'], ['where nothing is booked', { carrier: 'UPS', from, packages: { count: 1, weightKg: '1' } }, 'input.bookingIds'],
    ['of nothing', { carrier: 'UPS', from, packages: { count: 0, weightKg: '1' } }, 'input.packages'], ['at a connection that cannot', { connection: 'erp', carrier: 'UPS' }, 'input.connection'],
  ])('refuses one %s', async (what, input, field) => {
    expect(await schedule({ idempotencyKey: `bad ${what}`, ...input })).toMatchObject({ commandId: null, userErrors: [{ code: 'BAD_INPUT', field }] });
  });

  it('tells whether a carrier can deliver to an address, and books nothing where it says that it cannot', async () => {
    const check = (address: object, token = operator) => mutate('checkAddress', 'CheckAddressInput', { address }, 'check { connection verdict address { street city postalCode } isResidential messages }', token);
    expect(await check(to)).toEqual({ check: { connection: 'ep', verdict: 'VALID', address: { street: '388 TOWNSEND ST', city: 'SAN FRANCISCO', postalCode: '94107' }, isResidential: true, messages: [] }, userErrors: [] });
    expect((await check({ ...to, street: '000 unknown street' })).check).toMatchObject({ verdict: 'UNDELIVERABLE', address: null, messages: ['Address not found'] });
    expect(await check({ ...to, country: 'usa' })).toMatchObject({ check: null, userErrors: [{ field: 'input.address.country' }] });
    const { commandId } = await mutate('bookShipment', 'BookShipmentInput', { from, to: { ...to, street: '000 unknown street' }, packages: [{ id: 'A', weightKg: '1' }], reference: 'WH/OUT/99000', idempotencyKey: 'nowhere' }, 'commandId');
    const { command: ended } = await eventually(() => command(commandId), (found) => found.command.state === 'DEAD');
    expect(ended.error).toMatchObject({ reason: 'REFUSED', message: expect.stringContaining('Address not found') });
    expect(sandbox.bought().filter((each) => each.reference?.startsWith(Buffer.from(commandId, 'base64url').toString().slice('Command:'.length)))).toEqual([]);
  });
});

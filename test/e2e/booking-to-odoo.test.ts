import { afterAll, beforeAll, expect, it } from 'vitest';
import { append } from '../../src/events/append.js';
import { acceptCommands, openInput } from '../../src/events/commands.js';
import { acceptRequests, type ToldRequest } from '../../src/jobs/tasks/bookings/requests.js';
import { writeBack } from '../../src/jobs/tasks/write-back.js';
import { globalId, uuidFromGlobalId, uuidv7 } from '../../src/lib/ids.js';
import { commandOfRequest } from '../../src/model/requests.js';
import { parcelApiKey } from '../../src/sandbox/parcel/server.js';
import { draftSale } from '../../src/sandbox/odoo/documents.js';
import type { Results } from '../../src/sandbox/odoo/results.js';
import type { Sandbox } from '../../src/sandbox/main.js';
import { Random } from '../../src/sandbox/random.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { startOdoo, told } from '../support/odoo-sync.js';
import { startParcelSandbox, type ParcelSandbox } from '../support/parcel-sandbox.js';
import { eventually, graphql } from '../support/requests.js';

const secret = 'whsec_booking-to-odoo';

describeOnEachDatabase('a booking of a delivery of Odoo', (kind) => {
  let server: TestServer;
  let carrier: ParcelSandbox;
  let sandbox: Sandbox;
  let operator: string;
  beforeAll(async () => {
    server = await testServer(kind);
    carrier = await startParcelSandbox({ webhooks: { url: `${server.url}/ingest/ep`, secret }, pace: 20 });
    sandbox = await startOdoo(server, 'erp');
    await server.connections.add({ id: 'ep', connector: 'easypost', company: 'main', settings: { url: carrier.url }, secrets: { webhookSecret: secret, apiKey: parcelApiKey } });
    operator = await server.tokens.create({ role: 'operator', ttl: 600 });
    await told(server, sandbox);
  });
  afterAll(async () => {
    await sandbox?.stop();
    await carrier?.stop();
    await server?.remove();
  });

  const freight = {
    from: { company: 'Warehouse', street: '1 Dock Road', city: 'Memphis', region: 'TN', postalCode: '38118', country: 'US' },
    to: { name: 'Ann Example', street: '388 Townsend St', city: 'San Francisco', region: 'CA', postalCode: '94107', country: 'US' },
    packages: [{ id: 'PACK1', weightKg: '1.2' }, { id: 'PACK2', weightKg: '2' }],
  };
  const mutate = async (name: string, inputType: string, input: object, fields: string) => (await graphql(server.url, operator, `mutation($input: ${inputType}!) { ${name}(input: $input) { ${fields} userErrors { message code } } }`, { input }))[name];
  const results = (id: number) => Promise.resolve(sandbox.written.results.get(id) ?? null);
  const bookings = async (shipmentId: string) => (await graphql(server.url, operator, 'query($id: ID!) { shipment(id: $id) { bookings(first: 5) { nodes { id commandId state price { amount } packages { trackingNumber } } } } }', { id: shipmentId })).shipment.bookings.nodes;

  const cancellations = async (shipmentId: string) => (await server.database.kysely.selectFrom('command').select('id').where('kind', '=', 'booking.cancel').where('shipment_id', '=', uuidFromGlobalId('Shipment', shipmentId)).execute()).map((row) => row.id);

  async function newShipment(id: number): Promise<string> {
    const { picking } = draftSale(id, Date.now(), new Random(id), false);
    sandbox.odoo.write({ model: 'stock.picking', id, record: picking, atMs: Date.now() });
    await told(server, sandbox);
    const found = await eventually(() => graphql(server.url, operator, 'query($r: String!) { shipment(reference: $r) { id } }', { r: picking.name }), ({ shipment }) => shipment !== null);
    return found.shipment.id as string;
  }
  const isComplete = (of: Results | null) => of !== null && of.documents.size === 2 && of.tracking.size === 1 && of.costs.size === 1;

  it('stands there with a number and a label per package and what it costs, each once, and the numbers come back as its own', async () => {
    const shipmentId = await newShipment(301);
    const { commandId, userErrors } = await mutate('bookShipment', 'BookShipmentInput', { ...freight, idempotencyKey: 'b301', shipmentId, service: { carrier: 'UPS', code: 'Ground' } }, 'commandId');
    expect(userErrors).toEqual([]);
    const found = (await eventually(() => results(301), isComplete))!;
    const [booking] = await bookings(shipmentId);
    expect(booking).toMatchObject({ commandId, state: 'BOOKED' });
    const numbers = booking.packages.map((each: { trackingNumber: string }) => each.trackingNumber);
    expect([...found.tracking.values()]).toEqual([numbers]);
    expect([...found.costs.values()]).toEqual([booking.price.amount]);
    expect([...found.documents.values()].map(({ kind: what }) => what)).toEqual(['LABEL', 'LABEL']);
    expect(found.messages).toBe(2);
    await told(server, sandbox);
    expect(sandbox.odoo.rows('stock.picking').get(301)!.carrier_tracking_ref).toBe(numbers.join(','));
    // The carrier's own reports of both parcels follow.
    await eventually(() => results(301), (of) => of!.stage === 'dispatch' && of!.status !== null);
  });

  it('that is cancelled takes its numbers and its cost away again', async () => {
    const shipmentId = await newShipment(302);
    await mutate('bookShipment', 'BookShipmentInput', { ...freight, idempotencyKey: 'b302', shipmentId, service: { carrier: 'UPS', code: 'Ground' } }, 'commandId');
    await eventually(() => results(302), isComplete);
    const [booking] = await bookings(shipmentId);
    await mutate('cancelBooking', 'CancelBookingInput', { bookingId: booking.id, idempotencyKey: 'c302' }, 'commandId');
    const found = await eventually(() => results(302), (of) => of!.tracking.size === 0 && of!.costs.size === 0);
    expect(found!.documents.size).toBe(2);
    // Whoever cancels it again, under another key, is told of the cancellation that stands.
    const [first, again] = [await cancellations(shipmentId), await mutate('cancelBooking', 'CancelBookingInput', { bookingId: booking.id, idempotencyKey: 'c302-again' }, 'commandId duplicate')];
    expect(first).toHaveLength(1);
    expect(again).toEqual({ commandId: globalId('Command', first[0]!), duplicate: true, userErrors: [] });
    expect(await cancellations(shipmentId)).toEqual(first);
  });

  it('that an operator discards before it was begun is told as a label that failed, with the reason', async () => {
    const shipmentId = await newShipment(308);
    const id = uuidv7();
    await server.database.transaction((tx) => acceptCommands(tx, server.tasks.bodies, [{
      id, kind: 'shipment.book', input: { ...freight, references: [] }, connection: 'ep', lane: 'DISPATCH', company: 'main', requestedBy: 'erp', idempotencyKey: 'request-308', subject: 'odoo.delivery:erp:308', correlationId: id, notBefore: '2099-01-01T00:00:00Z',
    }]));
    expect((await mutate('discardCommand', 'DiscardCommandInput', { id: globalId('Command', id), reason: 'It is fetched by the customer.' }, 'command { state }')).userErrors).toEqual([]);
    const found = await eventually(() => results(308), (of) => (of?.labelFailures.length ?? 0) > 0);
    expect(found!.labelFailures).toEqual(['It was discarded: It is fetched by the customer.']);
    expect(await bookings(shipmentId)).toEqual([]);
  });

  it('that is cancelled before anything was begun is told as cancelled, once', async () => {
    const shipmentId = await newShipment(304);
    const id = uuidv7();
    await server.database.transaction((tx) => acceptCommands(tx, server.tasks.bodies, [{
      id, kind: 'shipment.book', input: { ...freight, references: [] }, connection: 'ep', lane: 'DISPATCH', company: 'main', requestedBy: 'erp', idempotencyKey: 'request-304', subject: 'odoo.delivery:erp:304', correlationId: id, notBefore: '2099-01-01T00:00:00Z',
    }]));
    const cancel = () => mutate('cancelBooking', 'CancelBookingInput', { commandId: globalId('Command', id), idempotencyKey: 'c304' }, 'commandId');
    expect((await cancel()).userErrors).toEqual([]);
    expect((await eventually(() => results(304), (of) => (of?.cancelled.length ?? 0) > 0))!.cancelled).toEqual([id]);
    await cancel();
    await writeBack(server.tasks);
    const tellings = () => server.database.kysely.selectFrom('command').select(['state', 'idempotency_key']).where('kind', '=', 'odoo.apply').where('shipment_id', '=', uuidFromGlobalId('Shipment', shipmentId)).execute();
    const ended = await eventually(tellings, (rows) => rows.every(({ state }) => state === 'DONE'));
    expect(ended).toEqual([{ state: 'DONE', idempotency_key: `write-back:erp:304:cancelled:${id}:1` }]);
    expect(await server.database.kysely.selectFrom('write_back_due').selectAll().execute()).toEqual([]);
  });

  it('that is cancelled before it was asked for is told as cancelled, by the request of Odoo', async () => {
    await newShipment(306);
    const request = {
      fact: { type: 'request.reported', reference: { kind: 'odoo.delivery', issuer: 'erp', value: '306' }, payload: { kind: 'CANCEL', requestId: 'c-306', cancels: 'b-306' } },
      context: { connection: 'erp', connector: 'odoo', company: 'main', rawId: uuidv7(), correlationId: uuidv7(), recordedAt: new Date().toISOString() },
    } as ToldRequest;
    await server.database.transaction(async (tx) => void (await append(tx, await acceptRequests(tx, server.tasks.bodies, [request], new Map()))));
    const found = await eventually(() => results(306), (of) => (of?.cancelled.length ?? 0) > 0);
    expect(found!.cancelled).toEqual([commandOfRequest('erp', 'b-306')]);
    const [told306] = await server.database.kysely.selectFrom('command').selectAll().where('subject', '=', 'odoo.delivery:erp:306').where('kind', '=', 'odoo.apply').where('idempotency_key', 'like', '%cancelled%').execute();
    expect(openInput(server.tasks.bodies, told306!)).toMatchObject({ topic: 'tracking', values: { request: 'b-306', packages: [] } });
  });

  it('of a transfer that Odoo has cancelled: what the carrier then says of it reaches the transfer', async () => {
    const shipmentId = await newShipment(305);
    await mutate('bookShipment', 'BookShipmentInput', { ...freight, idempotencyKey: 'b305', shipmentId, service: { carrier: 'UPS', code: 'Ground' } }, 'commandId');
    await eventually(() => results(305), isComplete);
    const { picking } = draftSale(305, Date.now(), new Random(305), false);
    sandbox.odoo.write({ model: 'stock.picking', id: 305, record: { ...picking, state: 'cancel' }, atMs: Date.now() });
    await told(server, sandbox);
    const [booking] = await bookings(shipmentId);
    await mutate('cancelBooking', 'CancelBookingInput', { bookingId: booking.id, idempotencyKey: 'c305' }, 'commandId');
    const found = await eventually(() => results(305), (of) => of!.tracking.size === 0 && of!.costs.size === 0);
    expect(found!.cancelled).toHaveLength(1);
  });

  it('that could not be cancelled stands, and asks somebody to see to it until that is decided', async () => {
    const shipmentId = await newShipment(307);
    await mutate('bookShipment', 'BookShipmentInput', { ...freight, idempotencyKey: 'b307', shipmentId, service: { carrier: 'UPS', code: 'Ground' } }, 'commandId');
    await eventually(() => results(307), isComplete);
    const [booking] = await bookings(shipmentId);
    // What is needed to cancel it is past its retention.
    await server.database.kysely.updateTable('command').set({ memory: null, input: null }).where('id', '=', uuidFromGlobalId('Command', booking.commandId)).execute();
    const { commandId } = await mutate('cancelBooking', 'CancelBookingInput', { bookingId: booking.id, idempotencyKey: 'c307' }, 'commandId');
    const cancellation = uuidFromGlobalId('Command', commandId)!;
    const found = await eventually(() => results(307), (of) => of!.exceptions.get(cancellation)?.isOpen === true);
    expect([found!.exceptions.get(cancellation)!.title, found!.tracking.size, found!.cancelled]).toEqual(['The carrier did not cancel the booking', 1, []]);
    expect((await mutate('discardCommand', 'DiscardCommandInput', { id: commandId, reason: 'It goes out all the same.' }, 'command { id }')).userErrors).toEqual([]);
    await eventually(() => results(307), (of) => of!.exceptions.get(cancellation)?.isOpen === false);
  });

  it('that the carrier refuses is a label that failed', async () => {
    const shipmentId = await newShipment(303);
    await mutate('bookShipment', 'BookShipmentInput', { ...freight, idempotencyKey: 'b303', shipmentId, service: { carrier: 'NOBODY', code: 'None' } }, 'commandId');
    const failed = await eventually(() => results(303), (of) => (of?.labelFailures.length ?? 0) > 0);
    expect(failed!.labelFailures).toHaveLength(1);
  });
});

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { followCancellations, pollSilent } from '../../src/jobs/tasks/bookings/poll.js';
import { noApiFaults } from '../../src/sandbox/parcel/api-faults.js';
import { parcelApiKey } from '../../src/sandbox/parcel/server.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { startParcelSandbox, type ParcelSandbox } from '../support/parcel-sandbox.js';
import { accepted, addConnections, delivery, odooBatch, order, party, partyId, postOdoo } from '../support/partners.js';
import { globalId, uuidFromGlobalId, uuidv7 } from '../../src/lib/ids.js';
import { eventually, graphql, graphqlAnswer } from '../support/requests.js';

const secret = 'whsec_booking-sandbox';

describeOnEachDatabase('booking at a carrier', (kind) => {
  let server: TestServer;
  let sandbox: ParcelSandbox;
  let operator: string;
  let admin: string;
  let customer: string;
  let serial = 500;

  beforeAll(async () => {
    server = await testServer(kind);
    sandbox = await startParcelSandbox({ webhooks: { url: `${server.url}/ingest/ep`, secret }, pace: 20 });
    await addConnections(server);
    await server.connections.add({ id: 'ep', connector: 'easypost', company: 'main', settings: { url: sandbox.url }, secrets: { webhookSecret: secret, apiKey: parcelApiKey } });
    // Nothing listens there; by its id it comes after the other, and books nothing.
    await server.connections.add({ id: 'silent', connector: 'easypost', company: 'main', settings: { url: 'http://127.0.0.1:9' }, secrets: { webhookSecret: secret, apiKey: parcelApiKey } });
    operator = await server.tokens.create({ role: 'operator', subject: 'olga', ttl: 600 });
    admin = await server.tokens.create({ role: 'admin', ttl: 600 });
    customer = await server.tokens.create({ role: 'customer', parties: [partyId(7)], ttl: 600 });
  });
  afterAll(async () => {
    await sandbox?.stop();
    await server?.remove();
  });
  beforeEach(() => void Object.assign(sandbox.faults, noApiFaults));

  const freight = {
    from: { company: 'Warehouse', street: '1 Dock Road', city: 'Memphis', region: 'TN', postalCode: '38118', country: 'US' },
    to: { name: 'Ann Example', street: '388 Townsend St', city: 'San Francisco', region: 'CA', postalCode: '94107', country: 'US' },
  };
  const packages = [{ id: 'PACK1', weightKg: '1.2' }, { id: 'PACK2', weightKg: '2' }];
  const mutate = async (name: string, inputType: string, input: object, fields: string, token = operator) => (await graphql(server.url, token, `mutation($input: ${inputType}!) { ${name}(input: $input) { ${fields} userErrors { field message code } } }`, { input }))[name];
  const book = (input: object) => mutate('bookShipment', 'BookShipmentInput', { ...freight, packages, ...input }, 'commandId duplicate');
  const shipment = async (id: string, token = operator) => (await graphql(server.url, token, `query($id: ID!) { shipment(id: $id) { id status carrier trackingNumbers
    bookings(first: 5) { nodes { id commandId state carrier service packages { id trackingNumber${token === operator ? ' error' : ''} } documents(first: 5) { nodes { id } } } }
    documents(first: 5) { nodes { id kind format package path bytes } } milestones(first: 20) { nodes { code source { rawCode } } } } }`, { id })).shipment;
  const bookedFor = (commandId: string) => sandbox.bought().filter((each) => each.reference?.startsWith(Buffer.from(commandId, 'base64url').toString().slice('Command:'.length)));

  async function newShipment(): Promise<string> {
    const id = ++serial;
    const body = JSON.stringify(odooBatch(party(7), order(id, { customer: 7 }), delivery(id, { order: id, customer: 7 })));
    await accepted(server, await postOdoo(server, body), body);
    const found = await eventually(() => graphql(server.url, operator, 'query($r: String!) { shipment(reference: $r) { id } }', { r: `WH/OUT/${id}` }), ({ shipment }) => shipment !== null);
    return found.shipment.id as string;
  }

  it('goes from the quote over the booking to label, numbers and milestones', async () => {
    const id = await newShipment();
    const { quote } = await mutate('requestQuote', 'RequestQuoteInput', { ...freight, packages, shipmentId: id }, 'quote { id partial missing { connection reason } reasons rates { carrier service label price { amount currency } } }');
    expect(quote).toMatchObject({ partial: true, missing: [{ connection: 'silent', reason: expect.stringContaining('refused') }] });
    expect(quote.rates[0]).toMatchObject({ carrier: 'USPS', service: 'GroundAdvantage', price: { currency: 'USD' } });
    const ups = quote.rates.find((rate: { service: string }) => rate.service === 'Ground');

    const { commandId, userErrors } = await book({ idempotencyKey: `quote-${id}`, shipmentId: id, quoteId: quote.id, service: { carrier: 'UPS', code: 'Ground' } });
    expect(userErrors).toEqual([]);
    const booked = await eventually(() => shipment(id), (found) => found.bookings.nodes.length > 0 && found.documents.nodes.length === 2 && found.trackingNumbers.length === 2 && found.milestones.nodes.length >= 4);
    expect(booked.bookings.nodes).toMatchObject([{ commandId, state: 'BOOKED', carrier: 'UPS', service: 'Ground', packages: [{ id: 'PACK1', error: null }, { id: 'PACK2' }] }]);
    const numbers = bookedFor(commandId).map((each) => each.trackingCode).sort();
    expect(numbers).toHaveLength(2);
    expect([...booked.trackingNumbers].sort()).toEqual(numbers);
    expect(booked.milestones.nodes.map((node: { source: { rawCode: string } }) => node.source.rawCode)).toEqual(expect.arrayContaining(['BOOKED', 'LABEL_CREATED']));
    const prices = await graphql(server.url, operator, 'query($id: ID!) { booking(id: $id) { price { amount } quoted { amount } reasons } }', { id: booked.bookings.nodes[0].id });
    expect(prices.booking).toEqual({ price: { amount: ups.price.amount }, quoted: { amount: ups.price.amount }, reasons: ['UPS/Ground was asked for.'] });
    const asked = await server.database.kysely.selectFrom('audit').select(['actor', 'action']).where('target_id', '=', uuidFromGlobalId('Command', commandId)!).execute();
    expect(asked).toEqual([{ actor: 'olga', action: 'booking.requested' }]);
    // The carrier's own tracker reports by webhook, for both parcels.
    await eventually(() => shipment(id), (found) => found.milestones.nodes.some((node: { code: string }) => node.code === 'PICKED_UP'));
    // A customer sees the parcel and its papers, but not what the carrier takes.
    expect((await shipment(id, customer)).bookings.nodes).toHaveLength(1);
    const { errors } = await graphqlAnswer(server.url, customer, 'query($id: ID!) { booking(id: $id) { price { amount } } }', { id: booked.bookings.nodes[0].id });
    expect(errors?.map((error) => error.extensions?.code)).toContain('FORBIDDEN');
    await expectFiles(booked.documents.nodes);
  });

  const file = (path: string, token: string | null) => fetch(`${server.url}${path}`, { headers: token === null ? {} : { authorization: `Bearer ${token}` } });

  async function expectFiles(documents: Array<{ id: string; path: string; bytes: number }>): Promise<void> {
    for (const { path, bytes } of documents) {
      const answer = await file(path, customer);
      expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([200, 'application/pdf', 'no-store']);
      expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="label-PACK\d.pdf"$/);
      const content = Buffer.from(await answer.arrayBuffer());
      expect([content.byteLength, content.subarray(0, 5).toString()]).toEqual([bytes, '%PDF-']);
    }
    const stranger = await server.tokens.create({ role: 'customer', parties: [partyId(8)], ttl: 600 });
    const { id, path } = documents[0]!;
    expect((await file(path, stranger)).status).toBe(404);
    expect((await file(path, await server.tokens.create({ role: 'support', ttl: 600 }))).status).toBe(403);
    expect((await file(path, null)).status).toBe(401);
    expect((await file('/documents/nothing', operator)).status).toBe(404);
    const uuid = Buffer.from(id, 'base64url').toString().slice('Document:'.length);
    const audited = await server.database.kysely.selectFrom('audit').select('role').where('action', '=', 'document.read').where('target_id', '=', uuid).execute();
    expect(audited).toEqual([{ role: 'customer' }]);
    const stored = await server.database.kysely.selectFrom('document_content').select('content').where('id', '=', uuid).executeTakeFirstOrThrow();
    expect(Buffer.from(stored.content!).includes('%PDF')).toBe(false);
  }

  it('goes by rules, gives a manifest that no customer sees, and says when the carrier comes', async () => {
    const { id: ruleId } = await mutate('saveBookingRule', 'SaveBookingRuleInput', { position: 1, name: 'never the post', action: { kind: 'EXCLUDE', services: ['USPS'] } }, 'id', admin);
    const id = await newShipment();
    const { commandId } = await book({ idempotencyKey: `rules-${id}`, shipmentId: id });
    const booked = await eventually(() => shipment(id), (found) => found.bookings.nodes.length > 0);
    expect(booked.bookings.nodes[0]).toMatchObject({ carrier: 'FEDEX', service: 'FEDEX_GROUND' });
    const { booking } = await graphql(server.url, operator, 'query($id: ID!) { booking(id: $id) { reasons } }', { id: booked.bookings.nodes[0].id });
    expect(booking.reasons[0]).toContain('“never the post” left out');
    expect((await graphql(server.url, operator, '{ bookingRules(first: 10) { nodes { id name action { kind services } } } }')).bookingRules.nodes).toEqual([{ id: ruleId, name: 'never the post', action: { kind: 'EXCLUDE', services: ['USPS'] } }]);
    expect(await mutate('saveBookingRule', 'SaveBookingRuleInput', { position: 1, name: 'half', action: { kind: 'ON_TIME', minShare: 2 } }, 'id', admin)).toMatchObject({ id: null, userErrors: [{ code: 'BAD_INPUT', field: 'input.action.minShare' }] });
    expect((await graphql(server.url, admin, 'mutation($id: ID!) { removeBookingRule(id: $id) { userErrors { code } } }', { id: ruleId })).removeBookingRule.userErrors).toEqual([]);

    expect((await mutate('createManifest', 'CreateManifestInput', { idempotencyKey: `manifest-${id}`, bookingIds: [booked.bookings.nodes[0].id] }, 'commandId')).userErrors).toEqual([]);
    const papers = await eventually(() => shipment(id), (found) => found.documents.nodes.some((node: { kind: string }) => node.kind === 'MANIFEST'));
    const manifest = papers.documents.nodes.find((node: { kind: string }) => node.kind === 'MANIFEST');
    expect((await file(manifest.path, operator)).status).toBe(200);
    expect((await shipment(id, customer)).documents.nodes.map((node: { kind: string }) => node.kind)).toEqual(['LABEL', 'LABEL']);
    expect((await file(manifest.path, customer)).status).toBe(404);
    expect(bookedFor(commandId)).toHaveLength(2);

    const cutOff = { facility: 'WH', carrier: 'FedEx', weekdays: [1, 2, 3, 4, 5, 6, 7], at: '16:30', zone: 'Europe/Berlin' };
    expect((await mutate('saveCarrierCutOff', 'SaveCarrierCutOffInput', cutOff, 'id', admin)).userErrors).toEqual([]);
    expect((await mutate('saveCarrierCutOff', 'SaveCarrierCutOffInput', { ...cutOff, weekdays: [1] }, 'id', admin)).userErrors).toMatchObject([{ code: 'CONFLICT' }]);
    const { nextCutOff } = await graphql(server.url, operator, '{ nextCutOff(facility: "WH", carrier: "FEDEX") { at carrier service zone } }');
    expect(nextCutOff).toMatchObject({ carrier: 'FEDEX', service: null, zone: 'Europe/Berlin' });
    expect(Date.parse(nextCutOff.at) - Date.now()).toBeGreaterThan(-60_000);
    expect(Date.parse(nextCutOff.at) - Date.now()).toBeLessThan(26 * 3600_000);
  });

  it('quotes for the company that an Odoo names by its own id, as its records are taken', async () => {
    await server.connections.add({ id: 'several', connector: 'odoo', company: 'main', settings: { companies: '1=main, 2=belgium' }, secrets: { webhookSecret: secret } });
    const ask = async (company: string, token = operator, connection = 'several') => (await graphql(server.url, token, 'mutation($input: RequestQuoteInput!) { requestQuote(input: $input) { quote { missing { reason } rates { carrier } } userErrors { field code } } }', { input: { ...freight, packages, connectionCompany: { connection, company } } })).requestQuote;
    expect((await ask('2')).quote).toEqual({ missing: [{ reason: 'No connection of belgium can give rates.' }], rates: [] });
    for (const ofMain of ['1', '3']) expect((await ask(ofMain)).quote.rates.length).toBeGreaterThan(0);
    const asOdoo = await server.tokens.create({ role: 'odoo', companies: ['main'], ttl: 600 });
    expect((await ask('1', asOdoo)).userErrors).toEqual([]);
    expect(await ask('2', asOdoo)).toEqual({ quote: null, userErrors: [{ field: 'input.company', code: 'NOT_FOUND' }] });
    expect(await ask('1', operator, 'nobody')).toEqual({ quote: null, userErrors: [{ field: 'input.connectionCompany.connection', code: 'NOT_FOUND' }] });
  });

  it('is held against the quote that was shown: not older than a day, and for the same freight', async () => {
    const id = await newShipment();
    const { quote } = await mutate('requestQuote', 'RequestQuoteInput', { ...freight, packages, shipmentId: id }, 'quote { id }');
    const input = { idempotencyKey: `held-${id}`, shipmentId: id, quoteId: quote.id, service: { carrier: 'UPS', code: 'Ground' } };
    for (const other of [{ packages: packages.slice(0, 1) }, { packages: [{ id: 'PACK1', weightKg: '1.2' }, { id: 'PACK2', weightKg: '2.5' }] }, { to: { ...freight.to, country: 'CA' } }]) {
      expect(await book({ ...input, ...other })).toMatchObject({ commandId: null, userErrors: [{ code: 'QUOTE_DIFFERS', field: 'input.quoteId' }] });
    }
    const made = (ago: number) => server.database.kysely.updateTable('quote').set({ created_at: new Date(Date.now() - ago).toISOString() }).where('id', '=', uuidFromGlobalId('Quote', quote.id)!).execute();
    await made(25 * 3600_000);
    expect(await book(input)).toMatchObject({ commandId: null, userErrors: [{ code: 'QUOTE_EXPIRED', field: 'input.quoteId' }] });
    await made(0);
    const { commandId, userErrors } = await book(input);
    expect(userErrors).toEqual([]);
    await made(25 * 3600_000);
    expect(await book(input)).toEqual({ commandId, duplicate: true, userErrors: [] });
  });

  it('is refused across a customs border without a word for customs, and booked with it', async () => {
    const to = { name: 'Ann Example', street: '1 King St', city: 'Toronto', region: 'ON', postalCode: 'M5H 1A1', country: 'CA' };
    const id = await newShipment();
    const asked = { shipmentId: id, to, packages: [{ id: 'PACK1', weightKg: '1.2' }] };
    expect(await book({ ...asked, idempotencyKey: `silent-${id}` })).toMatchObject({ commandId: null, userErrors: [{ code: 'BAD_INPUT', field: 'input.customs', message: expect.stringContaining('from US to CA') }] });
    const item = { description: 'Oak desk', quantity: 1, value: { amount: '10.50', currency: 'USD' }, weightKg: '1', hsCode: '9403.30', originCountry: 'US' };
    expect(await book({ ...asked, idempotencyKey: `wrong-${id}`, customs: { contents: 'MERCHANDISE', items: [{ ...item, quantity: 0 }] } })).toMatchObject({ userErrors: [{ field: 'input.customs.items.0.quantity' }] });
    const { commandId, userErrors } = await book({ ...asked, idempotencyKey: `said-${id}`, customs: { contents: 'MERCHANDISE', incoterm: 'DAP', items: [item] } });
    expect(userErrors).toEqual([]);
    await eventually(async () => bookedFor(commandId), (found) => found.length === 1);
  });

  it('is done once for a double click, and refuses the same key for something else', async () => {
    const id = await newShipment();
    const input = { idempotencyKey: `double-${id}`, shipmentId: id };
    const [first, second] = await Promise.all([book(input), book(input)]);
    expect(second.commandId).toBe(first.commandId);
    expect([first.duplicate, second.duplicate].sort()).toEqual([false, true]);
    expect(await book({ ...input, packages: [{ id: 'OTHER', weightKg: '9' }] })).toMatchObject({ commandId: null, userErrors: [{ code: 'CONFLICT', field: 'idempotencyKey' }] });
    await eventually(() => shipment(id), (found) => found.bookings.nodes.length > 0);
    expect(bookedFor(first.commandId)).toHaveLength(2);
    // One more booking of it is asked about, under every other key.
    const more = { ...input, idempotencyKey: `more-${id}` };
    expect(await book(more)).toMatchObject({ commandId: null, userErrors: [{ code: 'ALREADY_BOOKED', field: 'input.again' }] });
    expect((await book({ ...more, shipmentId: null, reference: `WH/OUT/${serial}` })).userErrors).toMatchObject([{ code: 'ALREADY_BOOKED' }]);
    expect(await book(input)).toEqual({ commandId: first.commandId, duplicate: true, userErrors: [] });
    const onceMore = await book({ ...more, again: true });
    expect(onceMore).toMatchObject({ duplicate: false, userErrors: [] });
    for (const [index, commandId] of [first.commandId, onceMore.commandId].entries()) expect((await mutate('cancelBooking', 'CancelBookingInput', { commandId, idempotencyKey: `cancel-${index}-${id}` }, 'commandId')).userErrors).toEqual([]);
    expect((await book({ ...input, idempotencyKey: `anew-${id}` })).userErrors).toEqual([]);
    expect((await book({ idempotencyKey: `nameless-${id}`, reference: ' ' })).userErrors).toMatchObject([{ code: 'BAD_INPUT', field: 'input.reference' }]);
    expect((await book({ idempotencyKey: `nul-${id}`, reference: 'A\0B' })).userErrors).toMatchObject([{ code: 'BAD_INPUT' }]);
  });

  it('comes right where the answers to every purchase are lost', async () => {
    const id = await newShipment();
    Object.assign(sandbox.faults, { answerLost: 1, only: '/buy' });
    const { commandId } = await book({ idempotencyKey: `lost-${id}`, shipmentId: id });
    await eventually(() => shipment(id), (found) => found.bookings.nodes.length > 0);
    expect(bookedFor(commandId).map((each) => each.reference!.split('/')[1]).sort()).toEqual(['PACK1', 'PACK2']);
  });

  it('needs no delivery of Odoo: it goes by the name that is given, and joins the delivery that comes to carry it', async () => {
    const id = ++serial;
    const { commandId } = await book({ idempotencyKey: `name-${id}`, reference: `WH/OUT/${id}` });
    const byName = () => graphql(server.url, operator, 'query($r: String!) { shipment(reference: $r) { id provisional bookings(first: 2) { nodes { commandId } } } }', { r: `WH/OUT/${id}` });
    const before = await eventually(byName, ({ shipment }) => shipment?.bookings.nodes.length === 1);
    expect(before.shipment).toMatchObject({ provisional: true, bookings: { nodes: [{ commandId }] } });
    expect((await graphql(server.url, operator, 'query($id: ID!) { command(id: $id) { shipment { id } } }', { id: commandId })).command.shipment).toEqual({ id: before.shipment.id });
    const body = JSON.stringify(odooBatch(party(7), order(id, { customer: 7 }), delivery(id, { order: id, customer: 7 })));
    await accepted(server, await postOdoo(server, body), body);
    const after = await eventually(byName, ({ shipment }) => shipment?.provisional === false);
    expect(after.shipment.bookings.nodes).toEqual([{ commandId }]);
  });

  it('is asked about once a day where its carrier says nothing', async () => {
    const id = await newShipment();
    sandbox.faults.untracked = true;
    const { commandId } = await book({ idempotencyKey: `silent-${id}`, shipmentId: id });
    await eventually(() => shipment(id), (found) => found.documents.nodes.length === 2);
    const later = Date.now() + 36 * 3600_000;
    expect(await pollSilent(server.tasks)).toBe(0);
    // Those without a number are nothing to ask about, however many and however old: they keep none of the others waiting.
    const [booked] = await server.database.kysely.selectFrom('booking').selectAll().where('command_id', '=', uuidFromGlobalId('Command', commandId)!).execute();
    const { shipment_id, company } = await server.database.kysely.selectFrom('booking_shipment').selectAll().where('booking_id', '=', booked!.id).executeTakeFirstOrThrow();
    const nameless = Array.from({ length: 250 }, (_, index) => ({ ...booked!, id: uuidv7(), subject: `${booked!.subject}-${index}`, command_id: null, updated_at: new Date(Date.parse(booked!.updated_at) - 60_000).toISOString(), names: '[]', packages: '[]', price: null, quoted: null }));
    // Nor is anything asked of a carrier whose connection was removed since.
    await server.connections.add({ id: 'carrier-gone', connector: 'easypost', company, settings: {}, secrets: {} });
    await server.database.kysely.updateTable('connection').set({ disabled_at: new Date().toISOString() }).where('id', '=', 'carrier-gone').execute();
    nameless.push({ ...nameless[0]!, id: uuidv7(), subject: `${booked!.subject}-gone`, connection: 'carrier-gone', names: JSON.stringify(booked!.names) });
    await server.database.kysely.insertInto('booking').values(nameless).execute();
    await server.database.kysely.insertInto('booking_shipment').values(nameless.map((row) => ({ booking_id: row.id, shipment_id, company }))).execute();
    expect(await pollSilent(server.tasks, later)).toBeGreaterThan(0);
    expect(await pollSilent(server.tasks, later)).toBe(0);
    expect(await server.database.kysely.selectFrom('command').select('id').where('connection', '=', 'carrier-gone').execute()).toEqual([]);
    await server.database.kysely.deleteFrom('booking').where('id', 'in', nameless.map((row) => row.id)).execute();
    await server.database.kysely.deleteFrom('booking_shipment').where('booking_id', 'in', nameless.map((row) => row.id)).execute();
    const told = await eventually(() => shipment(id), (found) => found.milestones.nodes.length > 4);
    expect(told.milestones.nodes.filter((node: { source: { rawCode: string } }) => node.source.rawCode !== 'BOOKED' && node.source.rawCode !== 'LABEL_CREATED').length).toBeGreaterThan(0);
  });

  it('comes out in part where a carrier refuses a package; the rest is booked by a retry, and nothing twice', async () => {
    const id = await newShipment();
    sandbox.faults.refused = '/PACK2';
    const { commandId } = await book({ idempotencyKey: `part-${id}`, shipmentId: id });
    const part = await eventually(() => shipment(id), (found) => found.bookings.nodes.length > 0);
    expect(part.bookings.nodes[0]).toMatchObject({ state: 'PARTIAL', packages: [{ id: 'PACK1', error: null }, { id: 'PACK2', trackingNumber: null, error: expect.stringContaining('refused this package') }] });
    sandbox.faults.refused = '';
    expect((await mutate('retryCommand', 'RetryCommandInput', { id: commandId }, 'command { id }')).userErrors).toEqual([]);
    const whole = await eventually(() => shipment(id), (found) => found.bookings.nodes[0].state === 'BOOKED');
    expect(whole.bookings.nodes).toHaveLength(1);
    expect(whole.bookings.nodes[0].packages[0]).toEqual(part.bookings.nodes[0].packages[0]);
    expect(bookedFor(commandId)).toHaveLength(2);
  });

  /** What the addon posts for one request, as it stands in its outbox. */
  const requested = (picking: number, record: object) => JSON.stringify({ ...odooBatch(), events: [{ id: `req-${picking}-${(record as { request_id: string }).request_id}`, topic: 'request', action: 'created', model: 'stock.picking', recordId: picking, version: 0, occurredAt: '2026-11-21T12:00:00Z', company: { id: 1, name: 'Main' }, record }] });
  const odooFreight = {
    picking: 'WH/OUT/1', company: '1', from: { ...freight.from, phone: '5555550100' }, to: freight.to, label_format: 'ZPL', service: null, quoted: { amount: '9.50', currency: 'USD' }, quote_id: null, promised_at: '2027-01-01T00:00:00Z',
    packages: [{ id: 'PACK7', weight: 4.4, weight_uom: 'lb', length: 300, width: 200, height: 100, dimension_uom: 'mm' }],
  };
  const tell = async (picking: number, record: object) => {
    const body = requested(picking, record);
    await accepted(server, await postOdoo(server, body), body);
  };
  const commandsOf = (key: string) => server.database.kysely.selectFrom('command').select(['id', 'kind', 'state', 'subject', 'connection']).where('requested_by', '=', 'odoo').where('idempotency_key', 'like', `${key}%`).orderBy('sequence').execute();

  it('is asked for by Odoo, once however often it is told, and cancelled by Odoo', async () => {
    const id = await newShipment();
    await tell(serial, { request_id: `r-${serial}`, kind: 'shipment.requested', ...odooFreight });
    await tell(serial, { request_id: `r-${serial}`, kind: 'shipment.requested', ...odooFreight });
    const booked = await eventually(() => shipment(id), (found) => found.bookings.nodes.length > 0 && found.documents.nodes.length > 0 && found.trackingNumbers.length > 0);
    expect(await commandsOf(`r-${serial}`)).toMatchObject([{ kind: 'shipment.book', state: 'DONE', subject: `odoo.delivery:odoo:${serial}`, connection: 'ep' }]);
    expect(booked.documents.nodes).toMatchObject([{ kind: 'LABEL', format: 'ZPL', package: 'PACK7' }]);
    expect(booked.trackingNumbers).toHaveLength(1);
    const logged = await server.database.kysely.selectFrom('event').select('payload').where('type', '=', 'request.reported').execute();
    expect(JSON.stringify(logged)).not.toMatch(/Townsend|Ann Example|5555550100/);

    await tell(serial, { request_id: `c-${serial}`, kind: 'shipment.cancel_requested', cancels: `r-${serial}`, booking: null });
    await eventually(() => shipment(id), (found) => found.bookings.nodes[0]?.state === 'CANCEL_REQUESTED');

    await tell(serial, { request_id: `b-${serial}`, kind: 'return_label.requested', ...odooFreight, label_format: 'PDF', from: freight.to, to: freight.from, return_of_request: `r-${serial}` });
    const returned = await eventually(() => shipment(id), (found) => found.documents.nodes.some((node: { kind: string }) => node.kind === 'RETURN_LABEL') && found.bookings.nodes.length === 2);
    expect(returned.bookings.nodes).toHaveLength(2);
  });

  it('tells Odoo’s people where nothing can be done: a cancellation of what is not known, a booking where nobody can book', async () => {
    await newShipment();
    await tell(serial, { request_id: `x-${serial}`, kind: 'shipment.cancel_requested', cancels: 'never', booking: null });
    await eventually(() => graphql(server.url, operator, '{ exceptions(first: 20) { nodes { kind detail } } }'), ({ exceptions }) => exceptions.nodes.some((node: { kind: string; detail: string }) => node.kind === 'REQUEST_REFUSED' && node.detail.includes('not known')));
  });

  it('is cancelled at the carrier, also where the cancellation meets a booking that is under way', async () => {
    const id = await newShipment();
    Object.assign(sandbox.faults, { slowMs: 500 });
    const { commandId } = await book({ idempotencyKey: `cancel-${id}`, shipmentId: id });
    await eventually(async () => (await server.database.kysely.selectFrom('command').select('state').where('idempotency_key', '=', `cancel-${id}`).executeTakeFirst())?.state, (state) => state === 'CALLING');
    const cancelled = await mutate('cancelBooking', 'CancelBookingInput', { idempotencyKey: `undo-${id}`, commandId }, 'commandId duplicate');
    expect(cancelled.userErrors).toEqual([]);
    expect(cancelled.commandId).not.toBe(commandId);
    await eventually(() => shipment(id), (found) => found.bookings.nodes[0]?.state === 'CANCEL_REQUESTED');
    expect(bookedFor(commandId).map((each) => each.refund)).toEqual(['submitted', 'submitted']);
    // The carrier confirms it some day, and is asked once a day.
    sandbox.confirmRefunds();
    expect(await followCancellations(server.tasks)).toBe(0);
    expect(await followCancellations(server.tasks, Date.now() + 36 * 3600_000)).toBeGreaterThan(0);
    await eventually(() => shipment(id), (found) => found.bookings.nodes[0]?.state === 'CANCELLED');
  });

  it('stands in the audit log, whatever people asked for before', async () => {
    const { id } = await server.database.kysely.selectFrom('booking').select('id').where('is_return', '=', false).orderBy('id').limit(1).executeTakeFirstOrThrow();
    const wayBack = { ...freight, packages: [packages[0]], bookingId: globalId('Booking', id), idempotencyKey: `return-${id}` };
    expect(await mutate('bookReturn', 'BookReturnInput', wayBack, 'duplicate')).toEqual({ duplicate: false, userErrors: [] });
    expect((await mutate('bookReturn', 'BookReturnInput', wayBack, 'duplicate')).duplicate).toBe(true);
    const rows = await server.database.kysely.selectFrom('audit').select(['actor', 'action']).distinct().where('action', '~', '^(quote|booking|return|manifest|booking-rule|cut-off)[.]').orderBy('action').execute();
    const of = (subject: string) => rows.filter(({ actor }) => (actor === 'olga') === (subject === 'olga')).map(({ action }) => action);
    expect(of('olga')).toEqual(['booking.cancelled', 'booking.requested', 'manifest.requested', 'quote.requested', 'return.requested']);
    expect(of('admin')).toEqual(expect.arrayContaining(['booking-rule.removed', 'booking-rule.saved', 'cut-off.saved']));
  });
});

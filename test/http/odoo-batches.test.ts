import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidv7 } from '../../src/lib/ids.js';
import { rotationOverlapMs } from '../../src/auth/connections.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, delivery, exceptionsOf, expectProblem, expectServing, odooBatch, odooEvent, order, party, postOdoo, type OdooPost } from '../support/partners.js';

const now = () => Math.floor(Date.now() / 1000);

describeOnEachDatabase('a batch of the Odoo addon', (kind) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
  });
  afterAll(() => server?.remove());

  const take = async (batch: object | string, options: OdooPost = {}) => {
    const text = typeof batch === 'string' ? batch : JSON.stringify(batch);
    const row = await accepted(server, await postOdoo(server, text, options), text);
    const exceptions = await exceptionsOf(server, row.id);
    await expectServing(server);
    return { row, kinds: exceptions.map((exception) => exception.kind), exceptions };
  };
  const orderNamed = (reference: string) => server.database.kysely.selectFrom('sales_order').selectAll().where('reference', '=', reference).executeTakeFirst();

  it.each<[string, (id: number) => unknown]>([
    ['an event of another shape', () => ({ hello: 'world' })],
    ['an event that is null', () => null],
    ['an event that is a number', () => 7],
    ['an order without its name', (id) => odooEvent('order', 'sale.order', id, { state: 'sale' })],
    ['a record id of 2^63', (id) => ({ ...odooEvent('order', 'sale.order', id, {}), recordId: 2 ** 63 })],
    ['a version beyond 2^53', (id) => ({ ...odooEvent('order', 'sale.order', id, {}), version: 2 ** 60 })],
    ['a negative version', (id) => ({ ...odooEvent('order', 'sale.order', id, {}), version: -1 })],
    ['a time of 1970', (id) => ({ ...order(id, { customer: 7 }), occurredAt: '1970-01-01T00:00:00Z' })],
    ['a time out of range', (id) => ({ ...order(id, { customer: 7 }), occurredAt: '275760-09-13T00:00:00Z' })],
    ['a quantity beyond any number', (id) => ({ ...order(id, { customer: 7 }), record: { ...((order(id, { customer: 7 }) as { record: object }).record), lines: [{ id: 1, name: 'x', quantity: '999999999999999999' }] } })],
  ])('with %s among good ones keeps the good ones and raises an exception for the bad one', async (_what, bad) => {
    const id = Math.floor(Math.random() * 1e9) + 10;
    const { row, kinds } = await take(odooBatch(order(id, { customer: 7 }), bad(id + 1) as object, order(id + 2, { customer: 7 })));
    expect(row.state).toBe('DECODED');
    expect(kinds).toEqual(['EVENT_INVALID']);
    expect(await orderNamed(`S${id}`)).toMatchObject({ state: 'sale' });
    expect(await orderNamed(`S${id + 2}`)).toMatchObject({ state: 'sale' });
    expect(await orderNamed(`S${id + 1}`)).toBeUndefined();
  });

  it('with 1e400 as a quantity keeps the other events', async () => {
    const good = order(501, { customer: 7 });
    const { kinds } = await take(JSON.stringify(odooBatch(good, order(502, { customer: 7 }))).replace('"quantity":3,"uom_id":{"id":1,"name":"Units"}}]}}]', '"quantity":1e400,"uom_id":{"id":1,"name":"Units"}}]}}]'));
    expect(kinds).toEqual(['EVENT_INVALID']);
    expect(await orderNamed('S501')).toBeDefined();
    expect(await orderNamed('S502')).toBeUndefined();
  });

  it('with a date of the field out of range loses the field, not the record', async () => {
    const event = order(601, { customer: 7 }) as { record: Record<string, unknown> };
    event.record.commitment_date = '9999-12-31 00:00:00';
    event.record.date_order = '1970-01-01 00:00:00';
    const { kinds } = await take(odooBatch(event));
    expect(kinds).toEqual(['FIELD_INVALID', 'FIELD_INVALID']);
    expect(await orderNamed('S601')).toMatchObject({ promised_at: null, ordered_at: null });
  });

  it('with NUL and half surrogates in names is stored with U+FFFD in their place', async () => {
    const { kinds } = await take(odooBatch(party(7), order(701, { customer: 7, name: 'S\u0000701\ud800' })));
    expect(kinds).toEqual(['TEXT_REPAIRED']);
    expect(await orderNamed('S\uFFFD701\uFFFD')).toBeDefined();
  });

  it.each(['__proto__', 'constructor', 'prototype'])('with a topic and a model called %s raises an exception and keeps the rest', async (name) => {
    const id = Math.floor(Math.random() * 1e9) + 10;
    const { row } = await take(odooBatch(odooEvent(name, name, id, {}), odooEvent('order', name, id + 1, { name: 'x', state: 'sale', partner_id: { id: 7 } }), order(id + 2, { customer: 7 })));
    expect(row.state).toBe('DECODED');
    expect(await orderNamed(`S${id + 2}`)).toBeDefined();
  });

  it.each<[string, object | string]>([
    ['another version', { specversion: '2', events: [] }],
    ['events that are no list', { specversion: '1', events: {} }],
    ['no envelope', '[]'],
    ['no JSON', 'events=1'],
    ['more events than one batch holds', { specversion: '1', events: Array.from({ length: 5001 }, () => 1) }],
  ])('with %s is kept and quarantined', async (_what, body) => {
    const { row, kinds } = await take(body);
    expect(row.state).toBe('QUARANTINED');
    expect(kinds).toEqual(['QUARANTINED']);
  });

  it('that states freight which Odoo does not own is not possible: its deliveries make shipments, never milestones', async () => {
    const { row } = await take(odooBatch(delivery(801, { customer: 7 })));
    const events = await server.database.kysely.selectFrom('event').select('type').where('causation_id', '=', row.id).execute();
    expect(events.map((event) => event.type).sort()).toEqual(['reference.linked', 'reference.linked', 'reference.named', 'shipment.registered', 'transfer.reported']);
  });

  it('under a known delivery id is a repeat', async () => {
    const batch = odooBatch(order(901, { customer: 7 }));
    const id = `msg_${uuidv7()}`;
    const { row } = await take(batch, { id });
    expect((await postOdoo(server, batch, { id })).body).toEqual({ id: row.id, duplicate: true, correlationId: row.correlation_id });
  });

  it('is taken with a timestamp four minutes off, and refused with 401 six minutes off, in either direction', async () => {
    for (const offset of [-240, 240]) expect((await postOdoo(server, odooBatch(), { timestamp: now() + offset })).status).toBe(202);
    for (const offset of [-360, 360]) expectProblem(await postOdoo(server, odooBatch(), { timestamp: now() + offset }), 401, 'SIGNATURE_INVALID');
  });

  it.each(['', 'now', '-1', '1e9', '99999999999999999999', '0'])('with the timestamp "%s" is refused with 401', async (timestamp) => {
    expectProblem(await postOdoo(server, odooBatch(), { headers: { 'webhook-timestamp': timestamp } }), 401, 'SIGNATURE_INVALID');
  });

  it('with another id, time or signature than was signed is refused with 401', async () => {
    for (const headers of [{ 'webhook-id': 'msg_other' }, { 'webhook-timestamp': String(now() - 1) }, { 'webhook-signature': 'v1,AAAA' }, { 'webhook-signature': 'v2,AAAA' }, { 'webhook-signature': '' }]) {
      expectProblem(await postOdoo(server, odooBatch(), { timestamp: now(), headers: headers as unknown as Record<string, string> }), 401, 'SIGNATURE_INVALID');
    }
  });

  it('is taken under the old and the new secret after a rotation, under neither when the overlap is over or the secret another', async () => {
    await server.connections.rotate('odoo', 'webhookSecret', 'the secret of the next month');
    try {
      expect((await postOdoo(server, odooBatch(party(71)))).status).toBe(202);
      expect((await postOdoo(server, odooBatch(party(72)), { secret: 'the secret of the next month' })).status).toBe(202);
      expectProblem(await postOdoo(server, odooBatch(party(73)), { secret: 'the secret of the month after' }), 401, 'SIGNATURE_INVALID');
      const before = new Date(Date.now() - 1000).toISOString();
      const ended = await server.database.kysely.updateTable('connection_secret').set({ expires_at: before }).where('connection', '=', 'odoo').where('expires_at', 'is not', null).returning('id').execute();
      expect(ended).toHaveLength(1);
      expect(rotationOverlapMs).toBe(24 * 3600 * 1000);
      await new Promise((next) => setTimeout(next, 1100)); // connections are kept for a second
      expectProblem(await postOdoo(server, odooBatch(party(74))), 401, 'SIGNATURE_INVALID');
      expect((await postOdoo(server, odooBatch(party(75)), { secret: 'the secret of the next month' })).status).toBe(202);
    } finally {
      await server.database.kysely.deleteFrom('connection_secret').where('connection', '=', 'odoo').execute();
      await server.connections.rotate('odoo', 'webhookSecret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    }
  });
});

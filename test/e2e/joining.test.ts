import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, delivery, odooBatch, order, party, partyId, postEasypost, postOdoo, postX12, tracker, unprojected } from '../support/partners.js';
import { eventually, graphql } from '../support/requests.js';
import { dataOf, openAcknowledged } from '../support/sockets.js';

const edi = (deliveryOrder: string, carrier: string) =>
  `ISA*00*          *00*          *02*NWCX           *ZZ*NORTHWIND      *260306*1410*U*00401*000000071*0*P*>~GS*QM*NWCX*NORTHWIND*20260306*1410*71*X*004010~` +
  `ST*214*0001~B10*P${deliveryOrder}**${carrier}~LX*1~AT7*AF*NS***20260305*0800*UT~AT7*X6*NS***20260305*1200*UT~L11*${deliveryOrder}*DO~SE*7*0001~GE*1*71~IEA*1*000000071~`;

interface Case {
  id: number;
  /** What the carrier calls it. */
  name: string;
  carrier: 'FEDEX' | 'NWCX';
  odoo(server: TestServer): Promise<void>;
  carrierReports(server: TestServer): Promise<void>;
}

let serial = 100;

/** One delivery of customer 7, known to its carrier by its name (X12) or its tracking number (EasyPost). */
function makeCase(by: 'delivery name' | 'tracking number'): Case {
  const id = ++serial;
  const byName = by === 'delivery name';
  const name = byName ? `WH/OUT/${id}` : `7946${id}`;
  const post = async (server: TestServer, answer: Awaited<ReturnType<typeof postOdoo>>, body: string) => void (await accepted(server, answer, body));
  return {
    id, name, carrier: byName ? 'NWCX' : 'FEDEX',
    async odoo(server) {
      const body = JSON.stringify(odooBatch(party(7), order(id, { customer: 7 }), delivery(id, { order: id, customer: 7, ...(byName ? {} : { tracking: `X${id}, ${name.slice(0, 4)} ${name.slice(4)}` }) })));
      await post(server, await postOdoo(server, body), body);
    },
    async carrierReports(server) {
      const body = byName ? edi(name, 'NWCX') : JSON.stringify(tracker(name, [{ at: '2026-03-05T08:00:00Z', detail: 'received_at_origin_facility' }, { at: '2026-03-05T12:00:00Z' }]));
      await post(server, byName ? await postX12(server, body) : await postEasypost(server, body), body);
    },
  };
}

describeOnEachDatabase('a delivery of Odoo and what its carrier reports', (kind) => {
  let server: TestServer;
  let operator: string;
  let customer: string;
  let stranger: string;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    operator = await server.tokens.create({ role: 'operator', ttl: 600 });
    customer = await server.tokens.create({ role: 'customer', parties: [partyId(7)], ttl: 600 });
    stranger = await server.tokens.create({ role: 'customer', parties: [partyId(8)], ttl: 600 });
  });
  afterAll(() => server?.remove());

  const query = (token: string, text: string, variables: Record<string, unknown> = {}) => graphql(server.url, token, text, variables);
  const fields = 'id reference status provisional carrier trackingNumbers order { id reference } milestones(first: 10) { nodes { id code } } exceptions(first: 10) { nodes { kind state } }';
  const found = async (of: Case) => (await query(operator, `query($s: String) { shipments(first: 10, filter: {search: $s}) { nodes { ${fields} } } }`, { s: of.name })).shipments.nodes as any[];
  const idle = () => eventually(() => unprojected(server), (count) => count === 0);

  async function expectOneShipment(of: Case): Promise<any> {
    await idle();
    const shipments = await found(of);
    expect(shipments).toHaveLength(1);
    expect(shipments[0]).toMatchObject({ reference: `WH/OUT/${of.id}`, provisional: false, status: 'IN_TRANSIT', order: { reference: `S${of.id}` } });
    expect(shipments[0].milestones.nodes.map((node: { code: string }) => node.code)).toEqual(['PICKED_UP', 'IN_TRANSIT']);
    expect(shipments[0].exceptions.nodes.filter((exception: { state: string }) => exception.state !== 'RESOLVED')).toEqual([]);
    return shipments[0];
  }

  describe.each(['delivery name', 'tracking number'] as const)('that share a %s', (by) => {
    it('are one shipment when Odoo speaks first', async () => {
      const of = makeCase(by);
      await of.odoo(server);
      const before = (await found({ ...of, name: `WH/OUT/${of.id}` }))[0];
      expect(before).toMatchObject({ status: 'PLANNED', provisional: false });
      await of.carrierReports(server);
      expect((await expectOneShipment(of)).id).toBe(before.id);
    });

    it('are one shipment when the carrier speaks first; its provisional id resolves for ever, and its exception is resolved', async () => {
      const of = makeCase(by);
      await of.carrierReports(server);
      await idle();
      const [provisional] = await found(of);
      expect(provisional).toMatchObject({ provisional: true, order: null, status: 'IN_TRANSIT', exceptions: { nodes: [{ kind: 'UNMATCHED', state: 'OPEN' }] } });
      await of.odoo(server);
      const shipment = await expectOneShipment(of);
      expect(shipment.exceptions.nodes).toEqual([{ kind: 'UNMATCHED', state: 'RESOLVED' }]);
      const byOldId = await query(operator, 'query($id: ID) { shipment(id: $id) { id reference milestones(first: 10) { nodes { id } } } }', { id: provisional.id });
      expect(byOldId.shipment).toMatchObject({ id: shipment.id, reference: `WH/OUT/${of.id}` });
      expect(byOldId.shipment.milestones.nodes).toHaveLength(2);
    });

    it('are one shipment when both speak at once, again and again', async () => {
      const cases = Array.from({ length: 6 }, () => makeCase(by));
      await Promise.all(cases.flatMap((of) => [of.odoo(server), of.carrierReports(server)]));
      for (const of of cases) await expectOneShipment(of);
    });

    it('are seen by the customer of the order, also on an open subscription, under the cursor of the link and once; not by another', async () => {
      const of = makeCase(by);
      const [mine, theirs] = [await openAcknowledged(server.url, customer), await openAcknowledged(server.url, stranger)];
      try {
        const { latestCursor: after } = await query(customer, '{ latestCursor }');
        const subscription = 'subscription ($after: String) { milestones(after: $after) { id code cursor shipment { reference order { reference } } } }';
        const [received, foreign] = [mine.subscribe('a', subscription, { after }), theirs.subscribe('a', subscription, { after })];
        await of.carrierReports(server);
        const before = (await query(customer, '{ latestCursor }')).latestCursor as string;
        expect(received).toEqual([]);
        await of.odoo(server);
        await eventually(async () => received.length, (count) => count >= 2);
        await new Promise((next) => setTimeout(next, 1300)); // longer than the feed's poll: a repeat would come by then
        const events = dataOf(received, 'milestones');
        expect(events.map((event) => event.code)).toEqual(['PICKED_UP', 'IN_TRANSIT']);
        expect(events.map((event) => event.shipment)).toEqual(Array(2).fill({ reference: `WH/OUT/${of.id}`, order: { reference: `S${of.id}` } }));
        expect(new Set(events.map((event) => event.cursor)).size).toBe(2);
        expect(foreign).toEqual([]);
        const missed = await query(customer, 'query($after: String) { events(first: 10, after: $after) { edges { cursor node { id } } } }', { after: before });
        expect(missed.events.edges).toEqual(events.map(({ id, cursor }) => ({ cursor, node: { id } })));
        const rest = await query(customer, 'query($after: String) { events(first: 10, after: $after) { edges { node { id } } } }', { after: events[0].cursor });
        expect(rest.events.edges).toEqual([{ node: { id: events[1].id } }]);
      } finally {
        await Promise.all([mine.close(), theirs.close()]);
      }
      const id = (await found(of))[0].id as string;
      const names = { id, reference: `WH/OUT/${of.id}` };
      const ask = 'query($id: ID, $reference: String) { a: shipment(id: $id) { reference } b: shipment(reference: $reference) { id } }';
      expect(await query(customer, ask, names)).toEqual({ a: { reference: names.reference }, b: { id } });
      expect(await query(stranger, ask, names)).toEqual({ a: null, b: null });
      expect((await query(stranger, '{ shipments(first: 100) { nodes { id } } orders(first: 100) { nodes { id } } events(first: 100) { nodes { id } } }'))).toEqual({ shipments: { nodes: [] }, orders: { nodes: [] }, events: { nodes: [] } });
    });

    it('are seen by the carrier that moves them, and by no other', async () => {
      const of = makeCase(by);
      await of.carrierReports(server);
      await of.odoo(server);
      await expectOneShipment(of);
      const own = await server.tokens.create({ role: 'partner', carriers: [of.carrier], ttl: 600 });
      const other = await server.tokens.create({ role: 'partner', carriers: ['UPS'], ttl: 600 });
      const ask = 'query($r: String) { shipment(reference: $r) { reference milestones(first: 10) { nodes { code } } } }';
      expect((await query(own, ask, { r: `WH/OUT/${of.id}` })).shipment).toMatchObject({ reference: `WH/OUT/${of.id}`, milestones: { nodes: [{ code: 'PICKED_UP' }, { code: 'IN_TRANSIT' }] } });
      expect((await query(other, ask, { r: `WH/OUT/${of.id}` })).shipment).toBeNull();
      expect((await query(other, '{ events(first: 10) { nodes { id } } }')).events.nodes).toEqual([]);
    });
  });

  it('that names another customer\'s tracking number twice stays apart and says so', async () => {
    const body = JSON.stringify(odooBatch(delivery(9001, { customer: 7, tracking: 'SHARED1' }), delivery(9002, { customer: 8, tracking: 'SHARED1' })));
    await accepted(server, await postOdoo(server, body), body);
    await idle();
    const both = (await query(operator, '{ shipments(first: 10, filter: {search: "shared1"}) { nodes { reference } } }')).shipments.nodes;
    expect(both.map((node: { reference: string }) => node.reference).sort()).toEqual(['WH/OUT/9001', 'WH/OUT/9002']);
    expect((await query(operator, '{ exceptions(first: 10, filter: {kind: ["AMBIGUOUS"]}) { nodes { class state } } }')).exceptions.nodes).toEqual([{ class: 'DATA', state: 'OPEN' }]);
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, delivery, odooBatch, order, party, partyId, postEasypost, postOdoo, tracker } from '../support/partners.js';
import { graphql } from '../support/requests.js';

const count = 7;

describeOnEachDatabase('the queries of the graph', (kind) => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
    const ids = Array.from({ length: count }, (_, index) => index + 1);
    const batch = JSON.stringify(odooBatch(party(7), party(8), ...ids.flatMap((id) => [
      order(id, { customer: id % 2 === 0 ? 7 : 8, state: id === 3 ? 'cancel' : 'sale' }), delivery(id, { order: id, customer: id % 2 === 0 ? 7 : 8, tracking: `QT${id}` }),
    ])));
    await accepted(server, await postOdoo(server, batch), batch);
    for (const [number, scans] of [['QT1', 5], ['QT2', 1], ['LOOSE1', 2]] as const) {
      const body = JSON.stringify(tracker(number, Array.from({ length: scans }, (_, hour) => ({ at: `2026-03-05T${String(10 + hour).padStart(2, '0')}:00:00Z`, code: hour === 4 ? 'OD' : 'IT' }))));
      await accepted(server, await postEasypost(server, body), body);
    }
    for (const bad of ['{"a":1}', '{"b":2}', '{"c":3}']) await accepted(server, await postEasypost(server, bad), bad);
  });
  afterAll(() => server?.remove());

  const ask = (query: string, variables: Record<string, unknown> = {}, by = token) => graphql(server.url, by, query, variables);

  /** Every page of a list of `first` at a time; checks that the pages fit together. */
  async function pages(list: string, first: number, filter: string, selection = 'id', by = token): Promise<any[]> {
    const nodes: any[] = [];
    for (let after: string | null = null, turn = 0; turn < 50; turn++) {
      const data: Record<string, any> = await ask(`query($after: String) { ${list}(first: ${first}, after: $after${filter}) { edges { cursor node { ${selection} } } nodes { ${selection} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`, { after }, by);
      const page = data[list];
      expect(page.edges.map((edge: { node: unknown }) => edge.node)).toEqual(page.nodes);
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
      if (page.edges.length > 0) expect(page.pageInfo).toMatchObject({ startCursor: page.edges[0].cursor, endCursor: page.edges.at(-1).cursor });
      nodes.push(...page.nodes);
      if (!page.pageInfo.hasNextPage) return nodes;
      expect(page.nodes).toHaveLength(first);
      after = page.pageInfo.endCursor;
    }
    throw new Error(`${list} does not end.`);
  }

  const filters: Record<string, [string, number]> = { shipments: ['', count + 1], orders: ['', count], events: ['', 8], exceptions: ['', 4] };
  it.each(Object.entries(filters).flatMap(([list, [filter, total]]) => [1, 2, 3, 100].map((first) => [list, first, filter, total] as const)))('give all %s in pages of %i, each once and in one order', async (list, first, filter, total) => {
    const found = (await pages(list, first, filter)).map((node) => node.id);
    expect(found).toHaveLength(total);
    expect(new Set(found).size).toBe(total);
    expect(found).toEqual((await pages(list, 100, filter)).map((node) => node.id));
  });

  it('give a timeline in pages, in time order', async () => {
    const times: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: any = (await ask('query($after: String) { shipment(trackingNumber: "QT1") { milestones(first: 2, after: $after) { nodes { occurredAt } pageInfo { hasNextPage endCursor hasPreviousPage } } } }', { after })).shipment.milestones;
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
      times.push(...page.nodes.map((node: { occurredAt: string }) => node.occurredAt));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(times).toEqual([10, 11, 12, 13, 14].map((hour) => `2026-03-05T${hour}:00:00.000Z`));
  });

  it('give the first page of many timelines at once, each with its own', async () => {
    const { shipments } = await ask('{ shipments(first: 100) { nodes { reference milestones(first: 2) { nodes { code } pageInfo { hasNextPage } } } } }');
    const of = (reference: string) => shipments.nodes.find((node: { reference: string }) => node.reference === reference).milestones;
    expect(of('WH/OUT/1')).toEqual({ nodes: [{ code: 'IN_TRANSIT' }, { code: 'IN_TRANSIT' }], pageInfo: { hasNextPage: true } });
    expect(of('WH/OUT/2')).toEqual({ nodes: [{ code: 'IN_TRANSIT' }], pageInfo: { hasNextPage: false } });
    expect(of('WH/OUT/3')).toEqual({ nodes: [], pageInfo: { hasNextPage: false } });
  });

  it('give timelines to a customer and to an operator of one company, too', async () => {
    const customer = await server.tokens.create({ role: 'customer', parties: [partyId(8)], ttl: 60 });
    const company = await server.tokens.create({ role: 'operator', companies: ['main'], ttl: 60 });
    const foreign = await server.tokens.create({ role: 'operator', companies: ['other'], ttl: 60 });
    const query = '{ shipment(reference: "WH/OUT/1") { milestones(first: 10) { nodes { id } } lastMilestone { code } } }';
    for (const by of [customer, company]) expect((await ask(query, {}, by)).shipment).toMatchObject({ milestones: { nodes: { length: 5 } }, lastMilestone: { code: 'OUT_FOR_DELIVERY' } });
    expect((await ask(query, {}, foreign)).shipment).toBeNull();
    expect(await pages('events', 2, '', 'id', customer)).toHaveLength(5);
    expect(await pages('events', 2, '', 'id', company)).toHaveLength(8);
    expect(await pages('events', 2, '', 'id', foreign)).toHaveLength(0);
    expect(await pages('exceptions', 2, '', 'id', company)).toHaveLength(4);
    expect(await pages('exceptions', 2, '', 'id', foreign)).toHaveLength(0);
  });

  it('find a shipment by its id, its reference and its tracking number, as people type them', async () => {
    const { shipment } = await ask('{ shipment(reference: "WH/OUT/1") { id } }');
    for (const by of [{ id: shipment.id }, { reference: ' WH/OUT/1 ' }, { trackingNumber: 'qt 1' }, { trackingNumber: 'QT1' }]) {
      expect((await ask('query($id: ID, $reference: String, $trackingNumber: String) { shipment(id: $id, reference: $reference, trackingNumber: $trackingNumber) { id } }', by)).shipment).toEqual(shipment);
    }
    expect((await ask('{ a: shipment(reference: "WH/OUT/999") { id } b: shipment(id: "nothing") { id } c: shipment(trackingNumber: "") { id } }'))).toEqual({ a: null, b: null, c: null });
  });

  it.each(['', 'id: "x", reference: "y"', 'id: "x", reference: "y", trackingNumber: "z"'])('refuse a shipment asked for by (%s)', async (args) => {
    const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query: `{ shipment${args === '' ? '' : `(${args})`} { id } }` }) });
    expect(await response.json()).toMatchObject({ data: { shipment: null }, errors: [{ extensions: { code: 'BAD_INPUT' }, path: ['shipment'] }] });
  });

  it.each<[string, string[]]>([
    ['{status: [OUT_FOR_DELIVERY]}', ['WH/OUT/1']],
    ['{status: [OUT_FOR_DELIVERY, IN_TRANSIT]}', ['LOOSE1', 'WH/OUT/2', 'WH/OUT/1']],
    ['{provisional: true}', ['LOOSE1']],
    ['{carrier: "FEDEX"}', ['LOOSE1', 'WH/OUT/2', 'WH/OUT/1']],
    ['{search: "wh/out/5"}', ['WH/OUT/5']],
    ['{search: "  QT2 "}', ['WH/OUT/2']],
    ['{search: "s6"}', ['WH/OUT/6']],
    ['{search: "LOOSE", provisional: false}', []],
    ['{search: "%"}', []],
    ['{search: "_"}', []],
    ['{status: [DELIVERED]}', []],
  ])('give the shipments of the filter %s', async (filter, references) => {
    const nodes = await pages('shipments', 2, `, filter: ${filter}`, 'reference');
    expect(nodes.map((node) => node.reference).sort()).toEqual([...references].sort());
  });

  it.each<[string, string[]]>([
    ['{state: ["cancel"]}', ['S3']],
    ['{state: ["sale", "cancel"], reference: " S2 "}', ['S2']],
    ['{reference: "S99"}', []],
  ])('give the orders of the filter %s', async (filter, references) => {
    expect((await pages('orders', 1, `, filter: ${filter}`, 'reference')).map((node) => node.reference)).toEqual(references);
  });

  it.each<[string, number]>([
    ['{codes: ["OUT_FOR_DELIVERY"]}', 1],
    ['{codes: ["OUT_FOR_DELIVERY", "IN_TRANSIT"]}', 8],
    ['{classifiers: [ACTUAL]}', 8],
    ['{classifiers: [PLANNED, ESTIMATED]}', 0],
    ['{codes: ["NOTHING"]}', 0],
  ])('give the events of the filter %s', async (filter, total) => expect(await pages('events', 1, `, filter: ${filter}`)).toHaveLength(total));

  it('give the events of one shipment, by the id that it shows', async () => {
    const { shipment } = await ask('{ shipment(reference: "WH/OUT/1") { id } }');
    expect(await pages('events', 2, `, filter: {shipmentId: "${shipment.id}"}`)).toHaveLength(5);
  });

  it.each<[string, string[]]>([
    ['{kind: ["UNMATCHED"]}', ['UNMATCHED']],
    ['{kind: ["QUARANTINED"]}', ['QUARANTINED', 'QUARANTINED', 'QUARANTINED']],
    ['{state: [RESOLVED]}', []],
    ['{state: [OPEN, ASSIGNED], kind: ["UNMATCHED", "QUARANTINED"]}', ['QUARANTINED', 'QUARANTINED', 'QUARANTINED', 'UNMATCHED']],
  ])('give the exceptions of the filter %s', async (filter, kinds) => expect((await pages('exceptions', 2, `, filter: ${filter}`, 'kind')).map((node) => node.kind).sort()).toEqual(kinds));

  it('lead from an order to its shipments, their timeline and back', async () => {
    const data = await ask('{ order(reference: "S1") { reference state direction promisedAt total { amount currency } party { name city country } lines(first: 10) { nodes { description quantity unit } } shipments(first: 10) { nodes { reference status order { reference } milestones(first: 1) { nodes { shipment { reference } } } } } } }');
    expect(data.order).toEqual({
      reference: 'S1', state: 'sale', direction: 'SALE', promisedAt: '2026-03-06T16:00:00.000Z', total: { amount: '100', currency: 'EUR' }, party: { name: 'Party 8', city: 'Bremen', country: 'DE' },
      lines: { nodes: [{ description: 'Oak desk', quantity: '3', unit: 'Units' }] },
      shipments: { nodes: [{ reference: 'WH/OUT/1', status: 'OUT_FOR_DELIVERY', order: { reference: 'S1' }, milestones: { nodes: [{ shipment: { reference: 'WH/OUT/1' } }] } }] },
    });
  });

  it('show each token who it is', async () => {
    const admin = await server.tokens.create({ role: 'admin', ttl: 60, subject: 'somebody', scopes: ['orders:read', 'exceptions:write'] });
    expect(await ask('{ viewer { name role scopes demonstration } }', {}, admin)).toEqual({ viewer: { name: 'somebody', role: 'admin', scopes: ['exceptions:write', 'orders:read'], demonstration: false } });
  });
});

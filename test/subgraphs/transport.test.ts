import { execute, parse } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readerFor } from '../../src/auth/reader.js';
import { openLiveFeed, type LiveFeed } from '../../src/events/live.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { carrierSubgraph } from '../../src/subgraphs/carrier/index.js';
import { odooSubgraph } from '../../src/subgraphs/odoo/index.js';
import { operationsSubgraph } from '../../src/subgraphs/operations/index.js';
import type { Subgraph } from '../../src/subgraphs/shared/build.js';
import { LoaderScope, type GraphContext } from '../../src/subgraphs/shared/context.js';
import { People } from '../../src/subgraphs/shared/people.js';
import { tmsSubgraph } from '../../src/subgraphs/tms/index.js';
import { yardSubgraph } from '../../src/subgraphs/yard/index.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, delivery, odooBatch, order, party, postOdoo } from '../support/partners.js';
import { referenceGateways } from '../support/reference-gateways.js';
import { graphql, graphqlAnswer } from '../support/requests.js';
import { addTransportConnections, dockAppointment, dockVisit, dockWarehouse, otmTrip, postTransport } from '../support/transport.js';
import { refusingCommands } from '../support/refusing-commands.js';

const count = 7;
const at = (hour: number, day = 6) => `2026-03-0${day}T${String(hour).padStart(2, '0')}:00:00Z`;

describeOnEachDatabase('the graph of transport and yard', (kind) => {
  let server: TestServer;
  let token: string;
  let live: LiveFeed & { close(): Promise<void> };
  let subgraphs: Subgraph[];

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    await addTransportConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
    live = await openLiveFeed(server.database, server.bus);
    subgraphs = await Promise.all([odooSubgraph(), carrierSubgraph(), tmsSubgraph(), yardSubgraph(), operationsSubgraph()]);
    const ids = Array.from({ length: count }, (_, index) => index + 1);
    const batch = JSON.stringify(odooBatch(party(7), ...ids.flatMap((id) => [order(id, { customer: 7 }), delivery(id, { order: id, customer: 7 })])));
    await accepted(server, await postOdoo(server, batch), batch);
    const name = (id: number) => `WH/OUT/${((id - 1) % count) + 1}`;
    // Each load carries three deliveries, and each delivery is on three loads; the last has no time at all.
    const trips = ids.map((id) => otmTrip(`t-${id}`, {
      at: at(6), carrier: id % 2 === 0 ? 'Delta' : 'Omega',
      stops: [{ load: [name(id), name(id + 1), name(id + 2)], code: 'MEM1', ...(id === count ? {} : { planned: [at(id + 6)] }) }, { unload: [name(id), name(id + 1)], ...(id === count ? {} : { planned: [at(id + 10)] }) }, { unload: [name(id + 2)] }],
    }));
    const body = JSON.stringify(trips);
    await accepted(server, await postTransport(server, 'tms', body), body);
    const messages = [dockWarehouse('w1', { at: at(1), code: 'MEM1' }), ...ids.flatMap((id) => [
      dockAppointment(`a-${id}`, { at: at(6), start: at(Math.ceil(id / 2) + 6), numbers: [`T-${id}`, name(id), name(id + 1)] }),
      dockVisit(`v-${id}`, { at: at(12), appointment: `a-${id}`, events: id === count ? {} : { Arrived: at(Math.ceil(id / 2) + 6), Departed: at(Math.ceil(id / 2) + 10) } }),
    ])];
    for (const message of messages) {
      const text = JSON.stringify(message);
      await accepted(server, await postTransport(server, 'dock', text), text);
    }
  });
  afterAll(async () => {
    await live?.close();
    await server?.remove();
  });

  const ask = (query: string, variables: Record<string, unknown> = {}) => graphql(server.url, token, query, variables);
  const contextOf = async (): Promise<GraphContext> => {
    const principal = await server.tokens.authenticate(`Bearer ${token}`);
    return { principal, reader: readerFor(server.database.kysely, principal), live, commands: refusingCommands, correlationId: uuidv7(), presence: () => ({ groups: [], slowReaders: [] }), loaders: new LoaderScope(), people: new People(server.people, server.audit, principal, uuidv7()) };
  };

  /** All items of a list, `first` at a time, checked page by page. */
  async function paged(root: string | null, list: string, item: string, first: number): Promise<unknown[]> {
    const items: unknown[] = [];
    for (let after: string | null = null, turn = 0; turn < 50; turn++) {
      const selection = `${list}(first: ${first}, after: $after) { edges { cursor node { ${item} } } nodes { ${item} } pageInfo { hasNextPage hasPreviousPage endCursor } }`;
      const data: Record<string, any> = await ask(`query($after: String) { ${root === null ? selection : `${root} { ${selection} }`} }`, { after });
      const page = (root === null ? data : data[root.split('(')[0]!])[list];
      expect(page.edges.map((edge: { node: unknown }) => edge.node)).toEqual(page.nodes);
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
      items.push(...page.nodes);
      if (!page.pageInfo.hasNextPage) return items;
      expect(page.nodes).toHaveLength(first);
      after = page.pageInfo.endCursor as string;
    }
    throw new Error('The pages do not end.');
  }

  it.each<[string | null, string, string, number]>([
    [null, 'loads', 'reference', count], [null, 'appointments', 'confirmation', count], [null, 'visits', 'id', count],
    ['load(reference: "T-2")', 'stops', 'sequence', 3], ['load(reference: "T-2")', 'shipments', 'id', 3], ['load(reference: "T-2")', 'appointments', 'confirmation', 1],
    ['shipment(reference: "WH/OUT/3")', 'loads', 'reference', 3], ['shipment(reference: "WH/OUT/3")', 'stops', 'loadId sequence', 6], ['shipment(reference: "WH/OUT/3")', 'appointments', 'confirmation', 3],
  ])('gives below %s the list %s in pages that fit together', async (root, list, item, total) => {
    const whole = await paged(root, list, item, 100);
    expect(whole).toHaveLength(total);
    expect(new Set(whole.map((each) => JSON.stringify(each))).size).toBe(total);
    for (const first of [1, 2, 3]) expect(await paged(root, list, item, first)).toEqual(whole);
  });

  it('orders loads by their start, latest first and those without one last, and appointments by time', async () => {
    expect((await ask('{ loads(first: 10) { nodes { reference } } }')).loads.nodes.map((node: any) => node.reference)).toEqual(['T-6', 'T-5', 'T-4', 'T-3', 'T-2', 'T-1', 'T-7']);
    const starts = (await ask('{ appointments(first: 10) { nodes { startsAt } } }')).appointments.nodes.map((node: any) => node.startsAt);
    expect(starts).toEqual([...starts].sort());
    expect((await ask('{ visits(first: 10) { nodes { checkedInAt } } }')).visits.nodes.at(-1)).toEqual({ checkedInAt: null });
  });

  it.each<[string, number]>([
    ['loads(first: 10, filter: { carrier: "DELTA" })', 3], ['loads(first: 10, filter: { state: [] })', 0], ['loads(first: 10, filter: { state: [CONFIRMED] })', 7],
    ['appointments(first: 10, filter: { state: [SCHEDULED], direction: OUTBOUND })', 7], ['appointments(first: 10, filter: { direction: INBOUND })', 0],
    ['appointments(first: 10, filter: { from: "2026-03-06T09:00:00Z", to: "2026-03-06T10:00:00Z" })', 2], ['visits(first: 10, filter: { state: [CHECKED_OUT] })', 6], ['visits(first: 10, filter: { state: [UNKNOWN] })', 1],
  ])('gives of %s %i', async (list, total) => {
    expect((await ask(`{ ${list} { nodes { id } } }`))[list.split('(')[0]!].nodes).toHaveLength(total);
  });

  it('takes one statement for a level of a subgraph, whatever the number of parents and the arguments', async () => {
    const { reads } = server.database;
    const original = reads.withPlugin;
    const statementsOf = async (query: string) => {
      let statements = 0;
      reads.withPlugin = ((plugin: { transformResult(args: unknown): unknown }) => original.call(reads, {
        transformQuery: (args: never) => (plugin as never as { transformQuery(args: never): never }).transformQuery(args),
        transformResult(args: never) {
          statements++;
          return plugin.transformResult(args);
        },
      } as never)) as never;
      try {
        await ask(query);
      } finally {
        reads.withPlugin = original;
      }
      return statements;
    };
    expect(await statementsOf('{ loads(first: 10) { nodes { id a: stops(first: 2) { nodes { sequence } } b: stops(first: 1) { nodes { kind } } } } }')).toBe(2);
    expect(await statementsOf('{ loads(first: 10) { nodes { id shipments(first: 2) { nodes { id } } appointments(first: 2) { nodes { id } } } } }')).toBe(3);
    expect(await statementsOf('{ shipments(first: 10) { nodes { id loads(first: 2) { nodes { reference } } stops(first: 2) { nodes { sequence } } appointments(first: 2) { nodes { id } } lateBy } } }')).toBe(4);
    expect(await statementsOf('{ loads(first: 10) { nodes { stops(first: 3) { nodes { load { reference } facility { id } } } } } }')).toBe(4); // loads, stops, their loads, their facilities
    expect(await statementsOf('{ appointments(first: 10) { nodes { id load { id } stop { loadId sequence } facility { name } visits(first: 2) { nodes { id } } shipments(first: 2) { nodes { id } } } } }')).toBe(6);
    expect(await statementsOf('{ appointments(first: 10) { nodes { stop { kind } } } }')).toBe(3); // appointments, their stops as the yard knows them, and as transport does
  });

  it('does not take a facility of another company for the one at which a load stops, though both have one code', async () => {
    const stops = async () => ((await ask('{ appointments(first: 10) { nodes { stop { sequence } } } }')).appointments.nodes as Array<{ stop: object | null }>).map(({ stop }) => stop);
    expect(await stops()).toEqual(Array.from({ length: count }, () => ({ sequence: 1 })));
    const move = (company: string) => server.database.kysely.updateTable('facility').set({ company }).where('code', '=', 'MEM1').execute();
    await move('second');
    try {
      expect(await stops()).toEqual(Array.from({ length: count }, () => null));
    } finally {
      await move('main');
    }
  });

  it('finds a stop by its composite key, and what a field requires in the reference', async () => {
    const { load } = await ask('{ load(reference: "T-2") { id } }');
    const representations = [
      { __typename: 'Stop', loadId: load.id, sequence: 2 }, { __typename: 'Stop', loadId: load.id, sequence: 9 }, { __typename: 'Stop', loadId: 'nonsense', sequence: 1 }, { __typename: 'Stop', loadId: load.id, sequence: 1e12 },
      { __typename: 'Shipment', id: uuidv7(), promisedAt: at(10), estimatedAt: at(12), deliveredAt: null }, { __typename: 'Shipment', id: 'nonsense' },
      { __typename: 'Visit', id: uuidv7(), checkedInAt: at(8), checkedOutAt: at(13), appointment: { startsAt: at(9) } },
    ];
    const { schema } = subgraphs.find(({ name }) => name === 'tms')!;
    const document = parse('query($r: [_Any!]!) { _entities(representations: $r) { ... on Stop { kind } ... on Shipment { lateBy } ... on Visit { detention { minutes isRunning } } } }');
    const result = await execute({ schema, document, contextValue: await contextOf(), variableValues: { r: representations } });
    expect(JSON.parse(JSON.stringify(result))).toEqual({ data: { _entities: [{ kind: 'DELIVERY' }, null, null, null, { lateBy: 120 }, null, { detention: { minutes: 120, isRunning: false } }] } });
  });

  it.each(referenceGateways.map(({ name, make }) => [name, make] as const))('answers as %s does over the same subgraphs', async (_name, make) => {
    const gateway = await make(subgraphs);
    if (gateway === null) return;
    const query = `{
      shipments(first: 10) { nodes { reference lateBy loads(first: 2) { nodes { reference carrier } } stops(first: 2) { nodes { sequence kind facility { name code } load { reference } } } appointments(first: 2) { nodes { confirmation stop { kind plannedArrivalAt } load { reference stops(first: 1) { nodes { kind } } } } } } }
      visits(first: 10) { nodes { state facility { name } appointment { confirmation shipments(first: 2) { nodes { reference lateBy } } } detention { startsAt minutes isRunning } } }
      loads(first: 3) { nodes { reference shipments(first: 3) { nodes { reference order { reference } } } appointments(first: 3) { nodes { dock } } } }
    }`;
    const reference = await gateway({ query, document: parse(query), variables: {}, context: await contextOf() });
    expect(reference.errors).toBeUndefined();
    const plain = (data: unknown) => JSON.parse(JSON.stringify(data)) as unknown;
    expect(plain(reference.data)).toEqual(await ask(query));
  });

  it.each(['load', 'facility'])('refuses %s asked for by nothing or by two names, and what is no id', async (field) => {
    const other = field === 'load' ? 'reference' : 'code';
    for (const args of ['', `(id: "x", ${other}: "y")`]) expect((await graphqlAnswer(server.url, token, `{ ${field}${args} { id } }`)).errors).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
    expect((await ask(`{ a: ${field}(id: "nonsense") { id } b: ${field}(${other}: "nothing") { id } }`))).toEqual({ a: null, b: null });
  });

  it.each(['loads', 'appointments', 'visits', 'shipment(reference: "WH/OUT/1") { stops', 'shipment(reference: "WH/OUT/1") { loads', 'load(reference: "T-1") { stops', 'load(reference: "T-1") { shipments'])('refuses %s without first, with one out of range, and a cursor that is none', async (list) => {
    const close = list.includes('{') ? ' }' : '';
    const codes = async (args: string) => (await graphqlAnswer(server.url, token, `{ ${list}${args} { nodes { __typename } }${close} }`)).errors?.map((error) => error.extensions?.code);
    for (const args of ['', '(first: 0)', '(first: 101)', '(first: 1, after: "")', '(first: 1, after: "nonsense")', `(first: 1, after: "${Buffer.from('["x","y"]').toString('base64url')}")`]) expect(await codes(args), args).toEqual(['BAD_INPUT']);
  });
});

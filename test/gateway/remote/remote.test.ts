import { parse, printSchema } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renewedEvents } from '../../../src/gateway/events.js';
import { eventually } from '../../support/requests.js';
import { subgraphOf } from '../fusion/subgraph.js';
import { serveRemote, type RemoteServer } from './remote-server.js';
import { Asked, carbon, openWorld, type World } from './world.js';

let remote: RemoteServer;
let world: World;

beforeAll(async () => {
  remote = await serveRemote(carbon.schema);
  world = await openWorld({ subgraphs: [{ name: 'carbon', url: remote.url, timeoutMs: 3_000, maxBytes: 4096 }] });
});
afterAll(async () => {
  world?.close();
  await remote?.close();
});
beforeEach(() => {
  remote.received.length = 0;
  remote.instead = undefined;
});

describe('a remote subgraph', () => {
  it('adds fields to our entities: one request for all objects of a level', async () => {
    expect(await world.ask('{ shipments(first: 3) { id status emission } }')).toEqual({ data: { shipments: [0, 1, 2].map((n) => ({ id: `s${n}`, status: 'IN_TRANSIT', emission: n + 0.5 })) } });
    expect(remote.received).toHaveLength(1);
  });

  it('is handed what its fields require of ours', async () => {
    expect(await world.ask('{ shipment(id: "s3") { footprint } }')).toEqual({ data: { shipment: { footprint: 30 } } });
  });

  it('refers to our entities, whose fields the fused graph then gives, from all local subgraphs at once', async () => {
    expect(await world.ask('{ heaviest { id tracking weight } }')).toEqual({ data: { heaviest: { id: 's4', tracking: 'T4', weight: 400 } } });
  });

  it('that refers to what nobody may see is told NOT_FOUND there, and what is known beside it stays', async () => {
    const { data, errors } = await world.ask('{ offsets { id parcel { shipment { weight } } } }');
    expect(data).toEqual({ offsets: [{ id: 'o1', parcel: { shipment: { weight: 100 } } }, { id: 'o2', parcel: { shipment: { weight: null } } }] });
    expect(errors).toMatchObject([{ path: ['offsets', 1, 'parcel', 'shipment', 'weight'], message: expect.stringMatching(/no such record, or this token/) }]);
    const strict = await world.ask('{ offsets { id parcel { shipment { tracking } } } }');
    expect(strict.data).toEqual({ offsets: [{ id: 'o1', parcel: { shipment: { tracking: 'T1' } } }, { id: 'o2', parcel: { shipment: null } }] });
    expect(strict.errors).toMatchObject([{ message: expect.stringMatching(/no such record/) }]);
  });

  it('carries out mutations, once', async () => {
    expect(await world.ask('mutation { offset(shipment: "s2") { id parcel { shipment { status } } } }')).toEqual({ data: { offset: { id: 'o-s2', parcel: { shipment: { status: 'IN_TRANSIT' } } } } });
    expect(remote.received.filter(({ query }) => query.includes('mutation'))).toHaveLength(1);
  });

  it('joins events of our subscriptions', async () => {
    const results = await renewedEvents(world.graphs.current, { document: parse('subscription { moved { id emission } }'), contextValue: new Asked() });
    const events: unknown[] = [];
    for await (const event of results as AsyncIterable<unknown>) events.push(JSON.parse(JSON.stringify(event)));
    expect(events).toEqual([0, 1, 2].map((n) => ({ data: { moved: { id: `s${n}`, emission: n + 0.5 } } })));
  });

  it('is not asked where an operation stays local, nor is the planner: our resolvers are asked as if there were none', async () => {
    const context = new Asked();
    expect((await world.ask('query($n: Int) { shipments(first: $n) { ...S } } fragment S on Shipment { id tracking weight __typename }', context, { n: 1 })).data).toEqual({ shipments: [{ id: 's0', tracking: 'T0', weight: 0, __typename: 'Shipment' }] });
    expect(context.fields).toEqual(['shipments']);
    expect(remote.received).toEqual([]);
  });

  it('may take a field over from one of ours (@override): it is asked for it then, local as the rest may be', async () => {
    const taker = await serveRemote(subgraphOf('taker', 'type Query { taken: Int } type Shipment @key(fields: "id") { id: ID! weight: Int @override(from: "scales") }', { Shipment: { __resolveReference: (reference: object) => ({ ...reference, weight: -1 }) } }).schema);
    const overriding = await openWorld({ subgraphs: [{ name: 'taker', url: taker.url }] });
    expect((await overriding.ask('{ shipment(id: "s3") { status weight } }')).data).toEqual({ shipment: { status: 'IN_TRANSIT', weight: -1 } });
    overriding.close();
    await taker.close();
  });

  it('is part of the schema that clients see, and its demands on scopes are met before its fields are told', async () => {
    expect((await world.ask('{ __type(name: "Shipment") { fields { name } } }')).data!.__type.fields.map(({ name }: { name: string }) => name).sort()).toEqual(['emission', 'footprint', 'id', 'status', 'tracking', 'weight']);
    expect(await world.ask('{ hidden }')).toEqual({ data: { hidden: 7 } });
    remote.received.length = 0;
    expect(await world.ask('{ hidden }', new Asked([]))).toMatchObject({ data: { hidden: null }, errors: [{ path: ['hidden'] }] });
    expect(remote.received).toEqual([]);
    expect(await world.ask('{ secret heaviest { id } }')).toMatchObject({ data: { secret: null, heaviest: { id: 's4' } }, errors: [{ path: ['secret'] }] });
  });

  it('counts towards the cost of an operation, planned or local', async () => {
    const small = await openWorld({ subgraphs: [{ name: 'carbon', url: remote.url }] }, {}, 9);
    remote.received.length = 0;
    for (const query of ['{ shipments { id emission } scales }', '{ shipments { id } scales heaviest { id } }']) expect(await small.ask(query)).toMatchObject({ errors: [{ message: expect.stringMatching(/may cost 1\d; 9 is the limit/) }] });
    expect(remote.received).toEqual([]);
    small.close();
  });
});

describe('a remote subgraph that fails', () => {
  it.each<[string, NonNullable<RemoteServer['instead']>]>([
    ['answers nothing in time', () => {}],
    ['breaks off', (_request, response) => response.destroy()],
    ['begins an answer and does not end it', (_request, response) => response.writeHead(200).write('{"data":')],
    ['answers more than it may', (_request, response) => response.end(JSON.stringify({ data: { _entities: [{ emission: 1 }], filler: 'x'.repeat(10_000) } }))],
    ['answers what is no JSON', (_request, response) => response.writeHead(502).end('<html>Bad gateway</html>')],
    ['answers what is no result', (_request, response) => response.end('[]')],
    ['sends elsewhere', (_request, response) => response.writeHead(307, { location: remote.url }).end()],
  ])('because it %s costs its own fields and nothing else', async (_what, instead) => {
    remote.instead = instead;
    const { data, errors } = await world.ask('{ shipments(first: 2) { id status emission } }');
    expect(data).toEqual({ shipments: [{ id: 's0', status: 'IN_TRANSIT', emission: null }, { id: 's1', status: 'IN_TRANSIT', emission: null }] });
    expect(errors!.map(({ path }) => path)).toEqual([['shipments', 0, 'emission'], ['shipments', 1, 'emission']]);
    for (const error of errors!) expect(error.extensions).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
    expect(remote.received).toHaveLength(1); // a redirect is not followed
  });

  it('with errors of its own is quoted only where that is configured', async () => {
    remote.instead = (_request, response) => response.end(JSON.stringify({ data: null, errors: [{ message: 'Row 7 of table secrets', extensions: { code: 'QUOTA' } }] }));
    const hidden = await world.ask('{ heaviest { id } }');
    expect(hidden).toMatchObject({ data: { heaviest: null }, errors: [{ message: 'The subgraph carbon answered with an error.', path: ['heaviest'], extensions: { code: 'SUBGRAPH_FAILED' } }] });
    expect(JSON.stringify(hidden)).not.toContain('secrets');
    remote.instead = undefined;
    const open = await openWorld({ subgraphs: [{ name: 'carbon', url: remote.url, showErrors: true }] });
    remote.instead = (_request, response) => response.end(JSON.stringify({ data: null, errors: [{ message: 'Out of quota', extensions: { code: 'QUOTA' } }] }));
    expect(await open.ask('{ heaviest { id } }')).toMatchObject({ data: { heaviest: null }, errors: [{ message: 'Out of quota', extensions: { code: 'SUBGRAPH_FAILED', reason: 'QUOTA' } }] });
    open.close();
  });

  it('has nullable fields in the graph, whatever its SDL says, unless it is told to keep them', async () => {
    expect(printSchema(world.graphs.current.schema)).toMatch(/emission: Float\n/);
    expect(printSchema(world.graphs.current.schema)).toMatch(/carbonVersion: String\n/);
    const kept = await openWorld({ subgraphs: [{ name: 'carbon', url: remote.url, keepNonNull: true }] });
    expect(printSchema(kept.graphs.current.schema)).toMatch(/emission: Float!/);
    kept.close();
  });
});

describe('headers', () => {
  it('of the client go to a remote subgraph where that is configured and nowhere else, beside those that are set', async () => {
    const other = await serveRemote(subgraphOf('other', 'type Query { other: Int }', { Query: { other: () => 1 } }).schema);
    const both = await openWorld({ subgraphs: [
      { name: 'carbon', url: remote.url, forwardHeaders: ['Authorization'], setHeaders: { 'X-Api-Key': { file: 'key' }, 'x-from': 'gatehouse' } },
      { name: 'other', url: other.url },
    ] }, { key: 'k-1\n' });
    other.received.length = remote.received.length = 0;
    await both.ask('{ other heaviest { id } }', new Asked([], { authorization: 'Bearer user', cookie: 'c=1' }));
    expect(remote.received[0]!.headers).toMatchObject({ authorization: 'Bearer user', 'x-api-key': 'k-1', 'x-from': 'gatehouse', 'x-correlation-id': 'test' });
    expect(remote.received[0]!.headers.cookie).toBeUndefined();
    expect(other.received[0]!.headers).not.toHaveProperty('authorization');
    expect(other.received[0]!.headers).not.toHaveProperty('x-api-key');
    both.close();
    await other.close();
  });
});

describe('the file of remote subgraphs', () => {
  const offer = (text: string) => subgraphOf('offer', text, { Query: { offer: () => 1, better: () => 2 } });

  it('is read again when it changes: new operations see the new graph, a subscription that is open goes on', async () => {
    const first = await serveRemote(offer('type Query { offer: Int }').schema);
    const changing = await openWorld({ subgraphs: [{ name: 'offer', url: first.url }] });
    const before = changing.graphs.current;
    const events = (await renewedEvents(before, { document: parse('subscription { moved { id } }'), contextValue: new Asked() })) as AsyncGenerator<{ data?: any }>;
    expect((await events.next()).value!.data.moved.id).toBe('s0');
    changing.configure({ subgraphs: [{ name: 'offer', url: first.url, sdl: 'offer.graphql' }] }, { 'offer.graphql': 'type Query { offer: Int better: Int }' });
    await eventually(async () => changing.graphs.current, (graph) => graph !== before);
    expect(changing.graphs.current.schema.getQueryType()!.getFields()).toHaveProperty('better');
    expect((await events.next()).value!.data.moved.id).toBe('s1');
    expect(changing.graphs.of(before.schema)).toBe(before);
    changing.close();
    await first.close();
  });

  it('that does not compose any more leaves the graph as it was', async () => {
    const steady = await openWorld({ subgraphs: [{ name: 'carbon', url: remote.url }] });
    const before = steady.graphs.current;
    for (const broken of ['type Query { shipment(id: Int): Int }', 'type Query {']) {
      steady.configure({ subgraphs: [{ name: 'carbon', url: remote.url, sdl: 'broken.graphql' }] }, { 'broken.graphql': broken });
      await steady.graphs.reload();
      expect(steady.graphs.current).toBe(before);
    }
    expect((await steady.ask('{ heaviest { id } }')).data).toEqual({ heaviest: { id: 's4' } });
    steady.close();
  });

  it.each<[string, object, string]>([
    ['names a subgraph like one of ours', { subgraphs: [{ name: 'tracking', url: 'http://127.0.0.1:1/', sdl: 'x.graphql' }] }, 'cannot be named tracking'],
    ['has an address that is none', { subgraphs: [{ name: 'x', url: 'file:///etc/passwd' }] }, 'subgraphs.0.url'],
    ['has a member that nobody knows', { subgraphs: [{ name: 'x', url: 'http://127.0.0.1:1/', timeout: 3 }] }, 'timeout'],
    ['would pass on a header of the request itself', { subgraphs: [{ name: 'x', url: 'http://127.0.0.1:1/', forwardHeaders: ['Host'] }] }, 'the header host'],
    ['has subscriptions in a remote subgraph', { subgraphs: [{ name: 'x', url: 'http://127.0.0.1:1/', sdl: 'events.graphql' }] }, 'subscriptions'],
    ['names a service that does not answer', { subgraphs: [{ name: 'x', url: 'http://127.0.0.1:1/' }] }, 'does not give its SDL'],
    ['gives a supergraph with a subgraph that is not configured', { supergraph: 'supergraph.graphql', subgraphs: [] }, 'not configured: carbon'],
  ])('that %s ends the start with the reason', async (_what, settings, reason) => {
    const supergraph = world.graphs.current.supergraph;
    await expect(openWorld(settings, { 'x.graphql': 'type Query { x: Int }', 'events.graphql': 'type Query { x: Int } type Subscription { y: Int }', 'supergraph.graphql': supergraph })).rejects.toThrow(reason);
  });

  it('may give a supergraph that was composed elsewhere: ours in it is executed here, addresses in it are not used', async () => {
    const supergraph = world.graphs.current.supergraph.replaceAll(remote.url, 'http://192.0.2.1/never');
    const given = await openWorld({ supergraph: 'supergraph.graphql', subgraphs: [{ name: 'carbon', url: remote.url }] }, { 'supergraph.graphql': supergraph });
    expect((await given.ask('{ heaviest { id tracking emission } }')).data).toEqual({ heaviest: { id: 's4', tracking: 'T4', emission: 4.5 } });
    given.close();
  });
});

import { execute, getNamedType, isLeafType, isNonNullType, isObjectType, parse, print, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readerFor } from '../../src/auth/reader.js';
import { openLiveFeed, type LiveFeed } from '../../src/events/live.js';
import { openGateway } from '../../src/gateway/gateway.js';
import { Operations } from '../../src/gateway/execute/operations.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { carrierSubgraph } from '../../src/subgraphs/carrier/index.js';
import { odooSubgraph } from '../../src/subgraphs/odoo/index.js';
import { operationsSubgraph } from '../../src/subgraphs/operations/index.js';
import type { Subgraph } from '../../src/subgraphs/shared/build.js';
import { LoaderScope, type GraphContext } from '../../src/subgraphs/shared/context.js';
import { People } from '../../src/subgraphs/shared/people.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, delivery, odooBatch, order, party, partyId, postEasypost, postOdoo, tracker } from '../support/partners.js';
import { refusingCommands } from '../support/refusing-commands.js';

/** Scopes that a field demands by itself and by the type that it gives. */
function scopesNeeded(field: GraphQLField<unknown, unknown>): string[] {
  const type = getNamedType(field.type);
  return [field.astNode, type.astNode].flatMap((node) => (node?.directives ?? []).filter((directive) => directive.name.value === 'requiresScopes').flatMap((directive) => [...print(directive).matchAll(/"([^"]+)"/g)].map((match) => match[1]!)));
}

/** Everything that a subgraph knows of a type and these scopes allow, as a selection: fields without arguments, and lists with `first`. */
function selectionOf(type: GraphQLObjectType, depth: number, scopes: ReadonlySet<string>): string {
  return Object.values(type.getFields()).map((field) => fieldSelection(field, depth, scopes)).filter((text) => text !== '').join(' ');
}

function fieldSelection(field: GraphQLField<unknown, unknown>, depth: number, scopes: ReadonlySet<string>): string {
  if (scopesNeeded(field).some((scope) => !scopes.has(scope))) return '';
  const named = getNamedType(field.type);
  const needed = field.args.filter((argument) => isNonNullType(argument.type)).map((argument) => argument.name);
  if (needed.some((name) => name !== 'first')) return '';
  const head = `${field.name}${needed.length === 0 ? '' : '(first: 5)'}`;
  if (isLeafType(named)) return head;
  if (!isObjectType(named) || depth === 0) return '';
  const inner = selectionOf(named, depth - 1, scopes);
  return inner === '' ? '' : `${head} { ${inner} }`;
}

function entitiesOf(schema: GraphQLSchema): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap()).filter((type): type is GraphQLObjectType => isObjectType(type) && (type.astNode?.directives ?? []).concat(type.extensionASTNodes.flatMap((node) => node.directives ?? [])).some((directive) => directive.name.value === 'key'));
}

describeOnEachDatabase('the fused graph', (kind) => {
  let server: TestServer;
  let live: LiveFeed & { close(): Promise<void> };
  let subgraphs: Subgraph[];
  let fused: Operations;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    const batch = JSON.stringify(odooBatch(party(7), party(8), ...[1, 2, 3].flatMap((id) => [order(id, { customer: id === 3 ? 8 : 7 }), delivery(id, { order: id, customer: id === 3 ? 8 : 7, tracking: `ET${id}` })])));
    await accepted(server, await postOdoo(server, batch), batch);
    for (const number of ['ET1', 'ET2', 'ET3', 'ALONE']) {
      const body = JSON.stringify(tracker(number, [{ at: '2026-03-05T08:00:00Z' }, { at: '2026-03-05T09:00:00Z', detail: 'damaged' }, { at: '2026-03-05T10:00:00Z', status: 'out_for_delivery' }], { est_delivery_date: '2026-03-06T12:00:00Z' }));
      await accepted(server, await postEasypost(server, body), body);
    }
    live = await openLiveFeed(server.database, server.bus);
    subgraphs = await Promise.all([odooSubgraph(), carrierSubgraph(), operationsSubgraph()]);
    const gateway = await openGateway<GraphContext>(subgraphs, { log: server.log, introspection: true });
    fused = gateway.operations;
    await gateway.apollo.stop();
  });
  afterAll(async () => {
    await live?.close();
    await server?.remove();
  });

  const contextOf = async (token: string): Promise<GraphContext> => {
    const principal = await server.tokens.authenticate(`Bearer ${token}`);
    return { principal, reader: readerFor(server.database.kysely, principal), live, commands: refusingCommands, correlationId: uuidv7(), presence: () => ({ groups: [], slowReaders: [] }), loaders: new LoaderScope(), people: new People(server.people, server.audit, principal, uuidv7()) };
  };
  const run = async (graph: GraphQLSchema | Operations, token: string, query: string, variableValues: Record<string, unknown> = {}) => {
    const args = { document: parse(query), contextValue: await contextOf(token), variableValues };
    const result = await (graph instanceof Operations ? graph.execute(args) : execute({ schema: graph, ...args }));
    expect(result.errors).toBeUndefined();
    return JSON.parse(JSON.stringify(result.data)) as Record<string, any>;
  };

  const tokens = {
    'an operator': () => server.tokens.create({ role: 'operator', ttl: 60 }),
    'an operator of one company': () => server.tokens.create({ role: 'operator', companies: ['main'], ttl: 60 }),
    'a customer': () => server.tokens.create({ role: 'customer', parties: [partyId(7)], ttl: 60 }),
    'a carrier': () => server.tokens.create({ role: 'partner', carriers: ['FEDEX'], ttl: 60 }),
  };

  it.each([['Shipment', 'shipments'], ['Order', 'orders'], ['Transfer', 'transfers'], ['Exception', 'exceptions']] as const)('gives of every %s what the entity resolver of each field\'s own subgraph gives, whoever asks', async (typeName, list) => {
    let compared = 0;
    for (const make of Object.values(tokens)) {
      const token = await make();
      const { scopes } = await contextOf(token).then(({ principal }) => principal);
      const needed = { shipments: 'shipments:read', orders: 'orders:read', transfers: 'orders:read', exceptions: 'exceptions:read' } as const;
      if (!scopes.has(needed[list])) continue;
      for (const subgraph of subgraphs) {
        const entity = entitiesOf(subgraph.schema).find((type) => type.name === typeName);
        if (entity === undefined) continue;
        for (const field of Object.values(entity.getFields())) {
          const selection = fieldSelection(field, 3, scopes);
          if (selection === '') continue;
          const viaFused = (await run(fused, token, `{ ${list}(first: 100) { nodes { id ${selection} } } }`))[list].nodes as Array<Record<string, unknown>>;
          const representations = viaFused.map(({ id }) => ({ __typename: typeName, id }));
          const own = await run(subgraph.schema, token, `query($r: [_Any!]!) { _entities(representations: $r) { ... on ${typeName} { id ${selection} } } }`, { r: representations });
          expect({ subgraph: subgraph.name, field: field.name, entities: own._entities }).toEqual({ subgraph: subgraph.name, field: field.name, entities: viaFused });
          compared += viaFused.length;
        }
      }
    }
    expect(compared).toBeGreaterThan(10);
  });

  it('crosses subgraphs and comes back with the same rows', async () => {
    const token = await tokens['an operator']();
    const data = await run(fused, token, '{ exceptions(first: 100) { nodes { kind shipment { reference trackingNumbers order { reference shipments(first: 5) { nodes { id reference status exceptions(first: 5) { nodes { id kind } } } } } } } } }');
    const matters = data.exceptions.nodes as any[];
    const damaged = matters.filter((node) => node.kind === 'MILESTONE');
    expect(damaged).toHaveLength(4);
    for (const { shipment } of damaged.filter((node) => node.shipment.order !== null)) {
      expect(shipment.order.reference).toBe(shipment.reference.replace('WH/OUT/', 'S'));
      expect(shipment.order.shipments.nodes).toMatchObject([{ reference: shipment.reference, status: 'OUT_FOR_DELIVERY', exceptions: { nodes: [{ kind: 'MILESTONE' }] } }]);
    }
  });

  it('gives null, and not another\'s row, for entities that the token may not see', async () => {
    const operator = await tokens['an operator']();
    const customer = await tokens['a customer']();
    const { shipment, order: theirs } = await run(fused, operator, '{ shipment(reference: "WH/OUT/3") { id } order(reference: "S3") { id } }');
    for (const [subgraph, type, id] of [['carrier', 'Shipment', shipment.id], ['odoo', 'Order', theirs.id]] as const) {
      const { schema } = subgraphs.find((each) => each.name === subgraph)!;
      const answer = await run(schema, customer, `query($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { id } } }`, { r: [{ __typename: type, id }, { __typename: type, id: 'nonsense' }] });
      expect(answer._entities).toEqual([null, null]);
    }
    const { schema } = subgraphs.find((each) => each.name === 'odoo')!;
    const hop = await run(schema, customer, 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Shipment { order { id } } } }', { r: [{ __typename: 'Shipment', id: shipment.id }] });
    expect(hop._entities).toEqual([{ order: null }]);
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { isObjectType, type GraphQLObjectType } from 'graphql';
import { roles, scopes, scopesOfRole, type Scope } from '../../src/auth/principal.js';
import { carrierSubgraph } from '../../src/subgraphs/carrier/index.js';
import { odooSubgraph } from '../../src/subgraphs/odoo/index.js';
import { operationsSubgraph } from '../../src/subgraphs/operations/index.js';
import { tmsSubgraph } from '../../src/subgraphs/tms/index.js';
import { yardSubgraph } from '../../src/subgraphs/yard/index.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { partyId } from '../support/partners.js';
import { graphqlAnswer } from '../support/requests.js';

/** What each root field needs, and a way to ask for it. A new field without a row here fails the test. */
const rootFields: Readonly<Record<string, { scope: Scope | null; ask: string }>> = {
  'Query.shipment': { scope: 'shipments:read', ask: '{ shipment(reference: "x") { id } }' },
  'Query.shipments': { scope: 'shipments:read', ask: '{ shipments(first: 1) { nodes { id } } }' },
  'Query.events': { scope: 'shipments:read', ask: '{ events(first: 1) { nodes { id } } }' },
  'Query.latestCursor': { scope: 'shipments:read', ask: '{ latestCursor }' },
  'Query.order': { scope: 'orders:read', ask: '{ order(reference: "x") { id } }' },
  'Query.orders': { scope: 'orders:read', ask: '{ orders(first: 1) { nodes { id } } }' },
  'Query.party': { scope: 'orders:read', ask: '{ party(id: "x") { id } }' },
  'Query.parties': { scope: 'orders:read', ask: '{ parties(first: 1) { nodes { id } } }' },
  'Query.transfer': { scope: 'orders:read', ask: '{ transfer(reference: "x") { id } }' },
  'Query.transfers': { scope: 'orders:read', ask: '{ transfers(first: 1) { nodes { id } } }' },
  'Query.invoice': { scope: 'invoices:read', ask: '{ invoice(reference: "x") { id } }' },
  'Query.invoices': { scope: 'invoices:read', ask: '{ invoices(first: 1) { nodes { id } } }' },
  'Query.product': { scope: 'products:read', ask: '{ product(sku: "x") { id } }' },
  'Query.products': { scope: 'products:read', ask: '{ products(first: 1) { nodes { id } } }' },
  'Query.stockLevels': { scope: 'stock:read', ask: '{ stockLevels(first: 1) { nodes { id } } }' },
  'Query.exception': { scope: 'exceptions:read', ask: '{ exception(id: "x") { id } }' },
  'Query.exceptions': { scope: 'exceptions:read', ask: '{ exceptions(first: 1) { nodes { id } } }' },
  'Query.load': { scope: 'loads:read', ask: '{ load(reference: "x") { id } }' },
  'Query.loads': { scope: 'loads:read', ask: '{ loads(first: 1) { nodes { id } } }' },
  'Query.facility': { scope: 'yard:read', ask: '{ facility(code: "x") { id } }' },
  'Query.appointment': { scope: 'yard:read', ask: '{ appointment(id: "x") { id } }' },
  'Query.appointments': { scope: 'yard:read', ask: '{ appointments(first: 1) { nodes { id } } }' },
  'Query.visit': { scope: 'yard:read', ask: '{ visit(id: "x") { id } }' },
  'Query.visits': { scope: 'yard:read', ask: '{ visits(first: 1) { nodes { id } } }' },
  'Query.viewer': { scope: null, ask: '{ viewer { role } }' },
  'Mutation.assignException': { scope: 'exceptions:write', ask: 'mutation { assignException(input: {id: "x", assignee: "y"}) { userErrors { code } } }' },
  'Mutation.resolveException': { scope: 'exceptions:write', ask: 'mutation { resolveException(input: {id: "x", resolution: "y"}) { userErrors { code } } }' },
  'Mutation.reopenException': { scope: 'exceptions:write', ask: 'mutation { reopenException(input: {id: "x", reason: "y"}) { userErrors { code } } }' },
  'Subscription.milestones': { scope: 'shipments:read', ask: 'subscription { milestones { id } }' },
};

/** Scopes that the field's own subgraph demands: `[["a"]]` as the directive has it. */
async function demanded(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { schema } of await Promise.all([carrierSubgraph(), odooSubgraph(), tmsSubgraph(), yardSubgraph(), operationsSubgraph()])) {
    for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter((each): each is GraphQLObjectType => isObjectType(each))) {
      for (const field of Object.values(type.getFields())) {
        if (field.name.startsWith('_')) continue; // federation's own
        const directive = field.astNode?.directives?.find((each) => each.name.value === 'requiresScopes');
        const value = directive?.arguments?.[0]?.value;
        found[`${type.name}.${field.name}`] = value?.kind === 'ListValue' ? value.values.flatMap((group) => (group.kind === 'ListValue' ? group.values.map((each) => (each.kind === 'StringValue' ? each.value : '')) : [])).join(' ') : '';
      }
    }
  }
  return found;
}

it('every root field demands its scope in its subgraph, save viewer', async () => {
  const expected = Object.fromEntries(Object.entries(rootFields).map(([name, row]) => [name, row.scope ?? '']));
  expect(await demanded()).toEqual(expected);
});

describeOnEachDatabase('the scopes of a token', (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer(kind);
  });
  afterAll(() => server?.remove());

  const overHttp = Object.entries(rootFields).filter(([name]) => !name.startsWith('Subscription'));
  const tokenFor = (scopeList: readonly string[]) => server.tokens.create({ role: 'admin', scopes: scopeList, ttl: 60 });

  it.each(overHttp)('%s is refused with FORBIDDEN to a token with every scope but its own, and given to one with that alone', async (name, { scope, ask }) => {
    const field = name.split('.')[1]!;
    const all = Object.keys(scopes);
    const without = await graphqlAnswer(server.url, await tokenFor(all.filter((each) => each !== scope)), ask);
    const alone = await graphqlAnswer(server.url, await tokenFor(scope === null ? [] : [scope]), ask);
    expect(alone.errors).toBeUndefined();
    if (scope === null) return expect(without.errors).toBeUndefined();
    expect(without.errors).toMatchObject([{ path: [field], extensions: { code: 'FORBIDDEN' } }]);
    expect(without.errors![0]!.message).toContain(scope);
    expect(without.data).toEqual({ [field]: null });
  });

  it('leave what they allow untouched beside a field that they refuse', async () => {
    const token = await tokenFor(['shipments:read']);
    const answer = await graphqlAnswer(server.url, token, '{ shipment(reference: "x") { id } order(reference: "x") { id } viewer { role } }');
    expect(answer).toMatchObject({ data: { shipment: null, order: null, viewer: { role: 'admin' } }, errors: [{ path: ['order'], extensions: { code: 'FORBIDDEN' } }] });
  });

  it('are never wider than those of the role, whatever the token asks for', async () => {
    const every = Object.keys(scopes);
    for (const role of roles) {
      const token = await server.tokens.create({ role, scopes: every, parties: [partyId(7)], carriers: ['FEDEX'], ttl: 60 });
      const { data } = await graphqlAnswer(server.url, token, '{ viewer { scopes } }');
      expect(data!.viewer.scopes).toEqual([...scopesOfRole[role]].sort());
    }
  });

  it('that are none leave only who the token is', async () => {
    const token = await server.tokens.create({ role: 'operator', scopes: [], ttl: 60 });
    expect((await graphqlAnswer(server.url, token, '{ viewer { scopes } }')).data).toEqual({ viewer: { scopes: [] } });
    expect((await graphqlAnswer(server.url, token, '{ shipment(reference: "x") { id } }')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

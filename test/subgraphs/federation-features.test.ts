import { execute, parse } from 'graphql';
import { Directive, Field, Float, ID, Int, ObjectType, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { compose, type LocalSubgraph } from '../../src/gateway/compose.js';
import { globalId, uuidv7 } from '../../src/lib/ids.js';
import { carrierSubgraph } from '../../src/subgraphs/carrier/index.js';
import { odooSubgraph } from '../../src/subgraphs/odoo/index.js';
import { operationsSubgraph } from '../../src/subgraphs/operations/index.js';
import { buildSubgraph, type Subgraph } from '../../src/subgraphs/shared/build.js';
import { LoaderScope } from '../../src/subgraphs/shared/context.js';
import { tmsSubgraph } from '../../src/subgraphs/tms/index.js';
import { yardSubgraph } from '../../src/subgraphs/yard/index.js';
import { subgraphOf } from '../gateway/fusion/subgraph.js';

// The features of apollo-federation-subgraph-compatibility; federated tracing (ftv1) over HTTP is in http/subgraphs.

@ObjectType('Maker', { simpleResolvers: true })
class Maker {
  @Field(() => ID) code!: string;
}

@Directive('@custom')
@Directive('@key(fields: "id")')
@Directive('@key(fields: "sku package")')
@Directive('@key(fields: "maker { code } sku")')
@ObjectType('Product', { simpleResolvers: true })
class Product {
  @Field(() => ID) id!: string;
  @Field(() => String) sku!: string;
  @Field(() => String) package!: string;
  @Field(() => Maker) maker!: Maker;
  @Directive('@tag(name: "internal")')
  @Field(() => String, { nullable: true }) notes?: string;
  @Directive('@inaccessible')
  @Field(() => Float, { nullable: true }) margin?: number;
  @Directive('@override(from: "old")')
  @Field(() => String, { nullable: true }) label?: string;
}

@Directive('@interfaceObject')
@Directive('@key(fields: "id")')
@ObjectType('Item', { simpleResolvers: true })
class Item {
  @Field(() => ID) id!: string;
  @Field(() => Int, { nullable: true }) stock?: number;
}

const product = { id: 'p1', sku: 'S', package: 'box', maker: { code: 'M' }, notes: 'n', margin: 0.5, label: 'new' };

@Resolver(() => Product)
class ProductResolver {
  @Query(() => Product, { nullable: true })
  product(): Product {
    return product;
  }

  @FieldResolver(() => String, { nullable: true })
  label(@Root() { label }: Product): string | undefined {
    return label;
  }
}

let small: Subgraph;
let ours: Subgraph[];
beforeAll(async () => {
  small = await buildSubgraph({
    name: 'small',
    resolvers: [ProductResolver],
    orphanedTypes: [Item],
    references: {
      Product: (reference) => {
        const { id, sku, maker } = reference as Partial<typeof product>;
        return id === product.id || (sku === product.sku && (maker === undefined || maker.code === product.maker.code)) ? product : null;
      },
      Item: ({ id }) => ({ id, stock: 3 }),
    },
    directives: 'extend schema @link(url: "https://example.com/custom/v1.0", import: ["@custom"]) @composeDirective(name: "@custom")\ndirective @custom on OBJECT\n',
  });
  ours = await Promise.all([odooSubgraph(), carrierSubgraph(), tmsSubgraph(), yardSubgraph(), operationsSubgraph()]);
});

async function run({ schema }: Subgraph, query: string, variableValues: Record<string, unknown> = {}): Promise<unknown> {
  const result = await execute({ schema, document: parse(query), variableValues, contextValue: { loaders: new LoaderScope() } });
  expect(result.errors).toBeUndefined();
  return JSON.parse(JSON.stringify(result.data));
}

const entities = (subgraph: Subgraph, selection: string, ...representations: object[]) => run(subgraph, `query($r: [_Any!]!) { _entities(representations: $r) { ${selection} } }`, { r: representations });
const named = (name: string) => ours.find((each) => each.name === name)!;

describe('a subgraph of ours', () => {
  it('gives its SDL by _service, and it composes', async () => {
    const told = await Promise.all(ours.map(async (subgraph) => ({ ...subgraph, sdl: ((await run(subgraph, '{ _service { sdl } }')) as { _service: { sdl: string } })._service.sdl })));
    expect(compose(told)).toEqual(compose(ours));
  });

  it('links federation 2 (@link)', () => {
    for (const { sdl } of ours) expect(sdl).toMatch(/@link\(url: "https:\/\/specs\.apollo\.dev\/federation\/v2\.9"/);
  });

  it('gives entities by a single key', async () => {
    const id = globalId('Shipment', uuidv7());
    expect(await entities(named('tms'), '... on Shipment { id }', { __typename: 'Shipment', id })).toEqual({ _entities: [{ id }] });
  });

  it('declares a key of several fields', () => expect(named('tms').sdl).toMatch(/type Stop @key\(fields: "loadId sequence"\)/));

  it('computes a field from what others own (@requires, @external), nested fields too', async () => {
    const id = globalId('Shipment', uuidv7());
    const late = { __typename: 'Shipment', id, promisedAt: '2026-03-05T10:00:00.000Z', estimatedAt: '2026-03-05T10:30:00.000Z', deliveredAt: null };
    expect(await entities(named('tms'), '... on Shipment { lateBy }', late)).toEqual({ _entities: [{ lateBy: 30 }] });
    expect(named('tms').sdl).toMatch(/@requires\(fields: "checkedInAt checkedOutAt appointment \{ startsAt \}"\)/);
  });

  it('says what it can tell of others on a certain way (@provides)', () => expect(named('tms').sdl).toMatch(/facility: Facility @provides\(fields: "name"\)/));

  it('shares value types (@shareable)', () => {
    for (const { sdl } of ours.filter((each) => each.sdl.includes('type PageInfo'))) expect(sdl).toMatch(/type PageInfo @shareable/);
  });

  it('says how long its lists are and what scopes they need (@listSize, @requiresScopes)', () => {
    expect(named('carrier').sdl).toMatch(/shipments\([^)]*first: Int!\): ShipmentConnection [^\n]*@listSize\(slicingArguments: \["first"\], sizedFields: \["edges", "nodes"\]\)/);
    expect(named('carrier').sdl).toMatch(/latestCursor: String @requiresScopes\(scopes: \[\["shipments:read"\]\]\)/);
  });
});

describe('a subgraph of the same builder', () => {
  const other: LocalSubgraph = subgraphOf('old', 'type Query { item: Item } interface Item @key(fields: "id") { id: ID! } type Pallet implements Item @key(fields: "id") { id: ID! } type Product @key(fields: "id") { id: ID! label: String }', {});

  it.each<[string, object]>([
    ['a single key', { id: 'p1' }],
    ['a key of several fields', { sku: 'S', package: 'box' }],
    ['a nested key', { sku: 'S', maker: { code: 'M' } }],
  ])('gives an entity by %s, of several that it has', async (_what, key) => {
    expect(await entities(small, '__typename ... on Product { id }', { __typename: 'Product', ...key }, { __typename: 'Product', id: 'other', sku: 'no' })).toEqual({ _entities: [{ __typename: 'Product', id: 'p1' }, null] });
  });

  it('tags for contracts (@tag): the tag is in the supergraph', () => {
    expect(small.sdl).toMatch(/notes: String @tag\(name: "internal"\)/);
    expect(compose([small, other]).supergraph).toMatch(/notes: String[^\n]*@tag\(name: "internal"\)/);
  });

  it('hides from clients what routers may use (@inaccessible)', () => {
    const { api, supergraph } = compose([small, other]);
    expect(supergraph).toMatch(/margin: Float[^\n]*@inaccessible/);
    expect(api).not.toContain('margin');
  });

  it('takes a field over from another subgraph (@override)', () => {
    expect(compose([small, other]).supergraph).toMatch(/label: String[^\n]*override: "old"/);
  });

  it('adds to every type of an interface (@interfaceObject)', async () => {
    expect(compose([small, other]).api).toMatch(/type Pallet implements Item \{[^}]*stock: Int/);
    expect(await entities(small, '... on Item { id stock }', { __typename: 'Item', id: 'i1' })).toEqual({ _entities: [{ id: 'i1', stock: 3 }] });
  });

  it('brings directives of its own into the supergraph (@composeDirective)', () => {
    expect(compose([small, other]).supergraph).toMatch(/directive @custom on OBJECT/);
  });
});

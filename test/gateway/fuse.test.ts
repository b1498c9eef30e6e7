import { execute, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compose } from '../../src/gateway/compose.js';
import { Operations } from '../../src/gateway/execute/operations.js';
import { fuse } from '../../src/gateway/fuse.js';
import { ShopContext, shopSubgraphs } from './fusion/shop.js';
import { subgraphOf } from './fusion/subgraph.js';

const subgraphs = shopSubgraphs();
const { schema, resolution } = fuse(subgraphs, compose(subgraphs).api);
const operations = new Operations(schema, resolution);

async function ask(query: string, context = new ShopContext()): Promise<any> {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  return JSON.parse(JSON.stringify(await operations.execute({ document, contextValue: context })));
}

describe('the fused graph resolves', () => {
  it('a field of another subgraph through the key that this one can tell, by the second key where the first is unknown', async () => {
    expect(await ask('{ product(id: "p2") { name inStock rating } warehouses { products { upc name } } }')).toEqual({ data: {
      product: { name: 'Product 2', inStock: false, rating: null },
      warehouses: [
        { products: ['', 'xx', 'xxxx', 'xxxxxx'].map((x) => ({ upc: `upc-${x}`, name: `Product ${x.length}` })) },
        { products: ['x', 'xxx', 'xxxxx'].map((x) => ({ upc: `upc-${x}`, name: `Product ${x.length}` })) },
      ],
    } });
  });

  it('by way of a third subgraph, where no key leads there at once', async () => {
    // inventory knows upc alone, reviews id alone: products knows both.
    expect(await ask('{ warehouses { products { rating } } }')).toEqual({ data: { warehouses: [{ products: [4.5, null, 4.5, 4.5].map((rating) => ({ rating })) }, { products: [4.5, 4.5, 4.5].map((rating) => ({ rating })) }] } });
    expect(await ask('{ reviews { product { inStock } } }')).toMatchObject({ data: { reviews: expect.arrayContaining([{ product: { inStock: true } }]) } });
  });

  it('composite and nested keys', async () => {
    expect(await ask('{ users { username balance } debtors { username id org { id } } }')).toEqual({ data: {
      users: [['user0', 0], ['user1', 101], ['user2', 200], ['user3', 301]].map(([username, balance]) => ({ username, balance })),
      debtors: [{ username: 'user2', id: 'u2', org: { id: 'g0' } }, { username: 'user3', id: 'u3', org: { id: 'g1' } }],
    } });
  });

  it('@requires of nested fields that other subgraphs own, from wherever the object came', async () => {
    expect(await ask('{ products { estimate } warehouses { products { upc estimate } } }')).toMatchObject({ data: { products: [0, 11, 22, -1000 + 3, 40 - 100, 55, 66].map((estimate) => ({ estimate })), warehouses: [{ products: [{ estimate: 0 }, { estimate: 22 }, { estimate: -60 }, { estimate: 66 }] }, {}] } });
  });

  it('an overridden field in the subgraph that took it over', async () => {
    expect(await ask('{ product(id: "p1") { legacy } }')).toEqual({ data: { product: { legacy: 'new upc-x' } } });
  });

  it('abstract types by the resolver of the subgraph that made the object, and their fields across subgraphs', async () => {
    expect(await ask('{ items { __typename ... on Product { inStock } ... on Service { hours } } reviews { subject { __typename ... on Product { name } ... on User { username } } } }')).toMatchObject({ data: {
      items: [{ __typename: 'Product', inStock: true }, { __typename: 'Product' }, { __typename: 'Product' }, { __typename: 'Service', hours: 0 }, { hours: 1 }, { hours: 2 }, null],
      reviews: expect.arrayContaining([{ subject: { __typename: 'Product', name: 'Product 0' } }, { subject: { __typename: 'User', username: 'user1' } }]),
    } });
  });

  it('null for an entity that its owner does not know, without asking for it again by a key that is null', async () => {
    const a = subgraphOf('a', 'type Query { thing: T } type T @key(fields: "id") { id: ID! }', { Query: { thing: () => ({ id: 1 }) } });
    const b = subgraphOf('b', 'type T @key(fields: "id") @key(fields: "code") { id: ID! code: ID name: String } type Query { b: Int }', { T: { __resolveReference: () => null } });
    const c = subgraphOf('c', 'type T @key(fields: "code") { code: ID size: Int } type Query { c: Int }', { T: { __resolveReference: () => { throw new Error('asked'); } } });
    const fused = fuse([a, b, c], compose([a, b, c]).api);
    expect(JSON.parse(JSON.stringify(await new Operations(fused.schema, fused.resolution).execute({ document: parse('{ thing { id name size } }') })))).toEqual({ data: { thing: { id: '1', name: null, size: null } } });
  });

  it('a level of a list with one batch for each loader', async () => {
    const context = new ShopContext();
    await ask('{ products { inStock reviews(first: 5) { id product { inStock reviews { id } } } } }', context);
    expect(context.batches).toEqual(['stock 7', 'reviews 7']);
  });

  it('one hop for all fields of an object that live in the same subgraph', async () => {
    let references = 0;
    const a = subgraphOf('a', 'type Query { thing: T } type T @key(fields: "id") { id: ID! }', { Query: { thing: () => ({ id: 1 }) } });
    const b = subgraphOf('b', 'type T @key(fields: "id") { id: ID! x: Int y: Int z: T } type Query { other: Int }', { T: { __resolveReference: ({ id }: { id: string }) => (references++, { id, x: 1, y: 2 }) } });
    const fused = fuse([a, b], compose([a, b]).api);
    const result = await new Operations(fused.schema, fused.resolution).execute({ document: parse('{ thing { id x y again: x } }') });
    expect(JSON.parse(JSON.stringify(result))).toEqual({ data: { thing: { id: '1', x: 1, y: 2, again: 1 } } });
    expect(references).toBe(1);
  });
});

describe('the fused graph', () => {
  it('locates what a reference resolver throws at every field that wanted it', async () => {
    const a = subgraphOf('a', 'type Query { thing: T } type T @key(fields: "id") { id: ID! }', { Query: { thing: () => ({ id: 1 }) } });
    const b = subgraphOf('b', 'type T @key(fields: "id") { id: ID! x: Int y: Int! } type Query { other: Int }', { T: { __resolveReference: () => { throw new Error('down'); } } });
    const fused = fuse([a, b], compose([a, b]).api);
    const run = async (query: string) => JSON.parse(JSON.stringify(await new Operations(fused.schema, fused.resolution).execute({ document: parse(query) })));
    expect(await run('{ thing { id x } }')).toMatchObject({ data: { thing: { id: '1', x: null } }, errors: [{ message: 'down', path: ['thing', 'x'] }] });
    expect(await run('{ thing { id y } }')).toMatchObject({ data: { thing: null }, errors: [{ message: 'down', path: ['thing', 'y'] }] });
  });

  it('has no resolvers in its schema: only compiled operations reach the subgraphs', async () => {
    expect(await execute({ schema, document: parse('{ product(id: "p1") { id } }'), contextValue: new ShopContext() })).toEqual({ data: { product: null } });
  });

  const base = 'type Query { thing: T } type T @key(fields: "id") { id: ID! }';
  it.each<[string, string, string]>([
    ['a label on @override', 'type T @key(fields: "id") { id: ID! name: String @override(from: "a", label: "percent(5)") } type Query { b: Int }', '@override with a label'],
    ['@interfaceObject', 'type N @key(fields: "id") @interfaceObject { id: ID! extra: Int } type Query { b: Int }', '@interfaceObject'],
    ['@policy', 'type T @key(fields: "id") { id: ID! name: String @policy(policies: [["p"]]) } type Query { b: Int }', '@policy'],
    ['fragments in @requires', 'type T @key(fields: "id") { id: ID! n: N @external name: String @requires(fields: "n { ... on T { id } }") } interface N @key(fields: "id") { id: ID! } type Query { b: Int }', 'fragments'],
  ])('refuses %s at start', (_what, sdl, reason) => {
    const [a, b] = [subgraphOf('a', base, {}), subgraphOf('b', sdl, {})];
    expect(() => fuse([a, b], 'type Query { thing: T } type T { id: ID! name: String }')).toThrow(reason);
  });

  const shared = '@shareable';
  it.each<[string, string, string, string]>([
    ['a mutation in two subgraphs: who does it would depend on what is asked of the result', `type Query { a: Int } type Mutation { add: Int ${shared} }`, `type Query { b: Int } type Mutation { add: Int ${shared} }`, 'Mutation.add is in the subgraphs a and b'],
    ['a union that two subgraphs resolve and know differently', `type Query { all: [U] ${shared} } union U = X | Y type X ${shared} { x: Int } type Y { y: Int }`, `type Query { all: [U] ${shared} } union U = X | Z type X ${shared} { x: Int } type Z { z: Int }`, 'Query.all gives X | Y in one subgraph and X | Z in another'],
    ['a key that is another’s, of an object that two subgraphs may give', `type Query { node: N ${shared} } interface N { id: ID! } type T implements N @key(fields: "id") { id: ID! }`, `type Query { node: N ${shared} } interface N { id: ID! } type T implements N @key(fields: "id") { id: ID! @external b: Int }`, 'whose key is @external in subgraph b'],
    ['@provides of what is nested', 'type Query { a: Int } type T @key(fields: "id") { id: ID! t: T n: Int }', 'type Query { b: T @provides(fields: "t { t { n } }") } type T @key(fields: "id") { id: ID! t: T @external n: Int @external }', '@provides of t'],
  ])('refuses %s', (_what, first, second, reason) => {
    const both = [subgraphOf('a', first, {}), subgraphOf('b', second, {})];
    expect(() => fuse(both, compose(both).api)).toThrow(reason);
  });

  it('takes arguments in @requires, each field its own', async () => {
    const a = subgraphOf('a', 'type Query { thing: T } type T @key(fields: "id") { id: ID! price(currency: String): Int }', { Query: { thing: () => ({ id: 1 }) }, T: { price: (_: unknown, { currency }: { currency?: string }) => (currency === 'USD' ? 110 : 100) } });
    const b = subgraphOf('b', 'type Query { b: Int } type T @key(fields: "id") { id: ID! price(currency: String): Int @external dollars: Int @requires(fields: "price(currency: \\"USD\\")") euros: Int @requires(fields: "price(currency: \\"EUR\\")") }', { T: { __resolveReference: (reference: object) => reference, dollars: ({ price }: { price: number }) => price, euros: ({ price }: { price: number }) => price } });
    const fused = fuse([a, b], compose([a, b]).api);
    expect(JSON.parse(JSON.stringify(await new Operations(fused.schema, fused.resolution).execute({ document: parse('{ thing { dollars euros } }') })))).toEqual({ data: { thing: { dollars: 110, euros: 100 } } });
  });

  it('does not take from a subgraph what that does not know to be there, whatever others allow', async () => {
    const a = subgraphOf('a', 'type Query { node: N } interface N { id: ID! } type S implements N { id: ID! } type T @key(fields: "id") { id: ID! }', { Query: { node: () => ({ __typename: 'T', id: 1 }) } });
    const b = subgraphOf('b', 'type Query { b: Int } interface N { id: ID! } type T implements N @key(fields: "id") { id: ID! x: Int }', {});
    const fused = fuse([a, b], compose([a, b]).api);
    expect(await new Operations(fused.schema, fused.resolution).execute({ document: parse('{ node { id } }') })).toMatchObject({ data: { node: null }, errors: [{ path: ['node'] }] });
  });

  it('refuses enums that stand for other values, and scalars that subgraphs read differently', () => {
    const withEnum = subgraphOf('a', 'type Query { e: E } enum E { X }', { E: { X: 7 } });
    expect(() => fuse([withEnum], compose([withEnum]).api)).toThrow('internal value for X');
  });

  it('refuses a field that no key leads to', () => {
    const a = subgraphOf('a', 'type Query { thing: T } type T @key(fields: "id") { id: ID! }', {});
    const b = subgraphOf('b', 'type T @key(fields: "other") { other: ID! name: String } type Query { b: T }', {});
    expect(() => fuse([a, b], 'type Query { thing: T } type T { id: ID! name: String }')).toThrow('No @key leads from T in subgraph a to b');
  });
});

import { buildSchema, getIntrospectionQuery, execute, GraphQLError, parse, type ExecutionResult, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { BoundedCache } from '../../../src/lib/bounded-cache.js';
import { CompiledOperation, compileOperation } from '../../../src/gateway/execute/compile.js';
import { Operations } from '../../../src/gateway/execute/operations.js';

const schema = buildSchema('type Query { a: T list: [T] text(in: String): String } type T { a: T b: T c: T d: T n: Int id: ID } type Subscription { ticks(to: Int!): Int other: T }');
const node: Record<string, unknown> = { n: 1, id: 'x' };
for (const name of ['a', 'b', 'c', 'd']) node[name] = node;
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
const compiled = (query: string, of: GraphQLSchema = schema) => compileOperation(of, parse(query)) as CompiledOperation;

describe('a hostile document', () => {
  const doubling = (levels: number) => `{ a { ...F0 } } ${Array.from({ length: levels }, (_, i) => `fragment F${i} on T { a { ...F${i + 1} } b { ...F${i + 1} } }`).join(' ')} fragment F${levels} on T { n }`;

  it('whose fragments spread each other twice is compiled once a fragment', () => {
    const operation = compiled(doubling(10));
    expect(plain(operation.execute({ root: { a: node } }))).toMatchObject({ data: { a: { a: {} } } });
    expect(operation.size).toBeLessThan(100);
  });

  it('costs no compiling where nothing is met: a selection is compiled when data come to it', () => {
    const operation = compiled(doubling(200));
    expect(operation.execute({ root: { a: null } })).toEqual({ data: { a: null } });
    expect(operation.size).toBeLessThan(10);
  });

  it('that spreads a fragment within itself ends where the data end', () => {
    const operation = compiled('{ a { ...F } } fragment F on T { n a { ...F } }');
    expect(plain(operation.execute({ root: { a: { n: 1, a: { n: 2, a: null } } } }))).toEqual({ data: { a: { n: 1, a: { n: 2, a: null } } } });
  });

  it('with twenty conditional variables is kept for a few sets of values only', () => {
    const names = Array.from({ length: 20 }, (_, i) => `v${i}`);
    const operation = compiled(`query(${names.map((name) => `$${name}: Boolean!`).join(' ')}) { a { ${names.map((name) => `x${name}: n @include(if: $${name})`).join(' ')} } }`);
    for (let i = 0; i < 500; i++) operation.execute({ root: { a: node }, variables: Object.fromEntries(names.map((name, bit) => [name, ((i >> bit) & 1) === 1])) });
    expect(operation.size).toBeLessThan(8 * 25);
  });

  it('cannot reach a prototype by its names', () => {
    const result = compiled('{ a { __proto__: n constructor: n toString: id } list { n } }').execute({ root: { a: node, list: [] } }) as ExecutionResult;
    expect(JSON.stringify(result.data)).toBe('{"a":{"__proto__":1,"constructor":1,"toString":"x"},"list":[]}');
    expect(({} as Record<string, unknown>).n).toBeUndefined();
  });

  it('does not have its text run as code', () => {
    const text = '__date__\\"); globalThis.broken = true; //';
    expect(compiled(`{ text(in: "${text}") }`).execute({ root: { text: ({ in: given }: { in: string }) => given } })).toEqual({ data: { text: text.replace('\\"', '"') } });
    expect('broken' in globalThis).toBe(false);
  });
});

describe('a compiled operation', () => {
  const changing = buildSchema('input In { tags: [String] } type Query { a: Int } type Mutation { add(by: Int!): Int keep(in: In, n: Int): Int }');
  const { add, keep } = changing.getMutationType()!.getFields();

  it('runs the fields of a mutation one after the other, each to its end', async () => {
    const steps: string[] = [];
    add!.resolve = async (_root, { by }) => {
      steps.push(`begin ${by}`);
      await new Promise((next) => setTimeout(next, 10 - by));
      steps.push(`end ${by}`);
      return by;
    };
    const result = await compiled('mutation { x: add(by: 1) y: add(by: 5) z: add(by: 2) }', changing).execute({});
    expect(plain(result)).toEqual({ data: { x: 1, y: 5, z: 2 } });
    expect(steps).toEqual(['begin 1', 'end 1', 'begin 5', 'end 5', 'begin 2', 'end 2']);
  });

  it('gives every call arguments of its own, so that what one resolver changes no other sees', () => {
    keep!.resolve = (_root, args) => {
      const seen = (args.in?.tags.length ?? 0) + (args.n ?? 0);
      args.in?.tags.push('more');
      args.n = 100;
      return seen;
    };
    for (const [query, variables] of [['mutation { x: keep(in: {tags: ["a"]}, n: 1) }', {}], ['mutation($n: Int, $t: String) { x: keep(in: {tags: [$t]}, n: $n) }', { n: 1, t: 'a' }], ['mutation($n: Int) { x: keep(n: $n) }', { n: 2 }]] as const) {
      const operation = compiled(query, changing);
      for (let again = 0; again < 3; again++) expect(plain(operation.execute({ variables }))).toEqual({ data: { x: 2 } });
    }
  });
});

it('of a compiled operation, each object of a list gets arguments of its own, too', () => {
  const listing = buildSchema('type Query { all: [Item] } type Item { keep(n: Int): Int }');
  (listing.getType('Item') as GraphQLObjectType).getFields().keep!.resolve = (_item, args) => args.n++;
  const operation = compiled('query($n: Int) { all { keep(n: $n) } }', listing);
  expect(plain(operation.execute({ root: { all: [{}, {}, {}] }, variables: { n: 7 } }))).toEqual({ data: { all: [{ keep: 7 }, { keep: 7 }, { keep: 7 }] } });
});

describe('compiled documents', () => {
  it('are kept up to a number, the last used the longest', () => {
    const operations = new Operations(schema, undefined, { maxEntries: 3, maxWeight: 1e9 });
    const documents = Array.from({ length: 5 }, (_, i) => parse(`{ a { n x${i}: n } }`));
    for (const document of [...documents, documents[0]!]) expect(plain(operations.execute({ document, rootValue: { a: node } }))).toMatchObject({ data: { a: { n: 1 } } });
    expect(operations.kept.documents).toBe(3);
  });

  it('are kept up to a weight that grows as they are compiled', () => {
    const operations = new Operations(schema, undefined, { maxEntries: 1000, maxWeight: 100_000 });
    for (let i = 0; i < 200; i++) {
      const document = parse(`{ a { x${i}: n a { n b { n c { n } } } } }`);
      for (let again = 0; again < 2; again++) operations.execute({ document, rootValue: { a: node } });
    }
    expect(operations.kept.documents).toBeGreaterThan(1);
    expect(operations.kept.documents).toBeLessThan(20);
    expect(operations.kept.bytes).toBeLessThanOrEqual(100_000);
  });

  it('too heavy to be kept are executed all the same', () => {
    const cache = new BoundedCache<string, number>({ maxEntries: 10, maxWeight: 5, weightOf: (value) => value });
    cache.set('light', 2);
    cache.set('heavy', 9);
    expect([cache.get('heavy'), cache.size, cache.weight]).toEqual([undefined, 0, 0]);
    const operations = new Operations(schema, undefined, { maxEntries: 10, maxWeight: 1 });
    expect(plain(operations.execute({ document: parse('{ a { n } }'), rootValue: { a: node } }))).toEqual({ data: { a: { n: 1 } } });
    expect(operations.kept).toEqual({ documents: 0, bytes: 0 });
  });

  it('answer for each of their operations by name, and refuse as graphql-js does', async () => {
    const document = parse('query A { a { n } } query B { a { id } } mutation M { x }');
    const operations = new Operations(schema);
    for (const operationName of ['A', 'B', 'M', 'Nothing', null, undefined]) {
      const ours = await operations.execute({ document, operationName, rootValue: { a: node } });
      expect(plain(ours)).toEqual(plain(await execute({ schema, document, operationName, rootValue: { a: node } })));
    }
  });

  it('give introspection as graphql-js does', () => {
    const document = parse(getIntrospectionQuery());
    expect(plain(new Operations(schema).execute({ document }))).toEqual(plain(execute({ schema, document })));
  });
});

describe('a compiled subscription', () => {
  const subscribable = buildSchema('type Query { a: Int } type Subscription { ticks(to: Int!): Int }');
  const field = subscribable.getSubscriptionType()!.getFields().ticks!;
  field.subscribe = async function* (_root, { to }) {
    for (let tick = 1; tick <= to; tick++) yield { ticks: tick * 10 };
  };
  const operations = new Operations(subscribable);
  const document = parse('subscription($to: Int!) { tick: ticks(to: $to) }');

  it('gives the events of its source, each executed as the root', async () => {
    const source = await operations.createSourceEventStream({ document, variableValues: { to: 3 } });
    const results = [];
    for await (const event of source as AsyncIterable<unknown>) results.push(plain(await operations.execute({ document, variableValues: { to: 3 }, rootValue: event })));
    expect(results).toEqual([10, 20, 30].map((tick) => ({ data: { tick } })));
  });

  it('gives what its resolver or its variables fail with as a result, located', async () => {
    expect(plain(await operations.createSourceEventStream({ document, variableValues: {} }))).toMatchObject({ errors: [{ message: 'Variable "$to" of required type "Int!" was not provided.' }] });
    field.subscribe = () => {
      throw new GraphQLError('no source');
    };
    expect(plain(await operations.createSourceEventStream({ document, variableValues: { to: 1 } }))).toEqual({ errors: [{ message: 'no source', locations: [{ line: 1, column: 27 }], path: ['tick'] }] });
    field.subscribe = () => 5 as never;
    await expect(operations.createSourceEventStream({ document, variableValues: { to: 1 } })).rejects.toThrow('Subscription field must return Async Iterable. Received: 5.');
  });
});

import { buildSchema, parse, validate, type ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { costFormula } from '../../src/gateway/cost/formula.js';
import { costsOf } from '../../src/gateway/cost/weights.js';
import { bounded } from '../../src/gateway/cost/limit.js';
import type { OperationArgs } from '../../src/gateway/execute/operations.js';
import { computedMs } from '../support/processor-time.js';

const schema = buildSchema(`
  directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
  type Query {
    page(first: Int = 7, last: Int): Page @listSize(slicingArguments: ["first", "last"], sizedFields: ["nodes", "edges"])
    search(page: PageInput): [Thing] @listSize(slicingArguments: ["page.first"])
    featured: [Thing] @listSize(assumedSize: 4)
    plain: [Thing]
    tags: [String]
    heavy(deep: Boolean @cost(weight: 100)): Thing @cost(weight: 50)
    any: Any
  }
  type Mutation { change: Thing }
  input PageInput { first: Int }
  type Page { nodes: [Thing] edges: [Edge] total: Int extra: [Thing] }
  type Edge { node: Thing }
  type Thing { id: ID things(first: Int!): Page @listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"]) costly: Costly }
  type Costly @cost(weight: 9) { id: ID }
  union Any = Thing | Costly
`);
const costOf = costsOf([{ schema }]);

function cost(query: string, variables: Record<string, unknown> = {}): number {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const formula = costFormula(schema, document, null, costOf)!;
  return typeof formula === 'number' ? formula : formula(variables);
}

describe('the cost of an operation', () => {
  it.each<[string, number]>([
    ['{ __typename tags }', 0],
    ['{ heavy { id } }', 50],
    ['{ heavy(deep: false) { id } }', 150],
    ['{ plain { id } }', 10],
    ['{ featured { id costly { id } } }', 4 * (1 + 9)],
    ['{ search(page: {first: 3}) { id } }', 3],
    ['mutation { change { id } }', 11],
    ['{ any { ... on Thing { costly { id } } ... on Costly { id } } }', 1 + 9],
    ['{ page(first: 20) { total } }', 1],
    ['{ page(first: 20) { nodes { id } } }', 1 + 20],
    ['{ page(first: 20) { edges { node { id } } } }', 1 + 20 * 2],
    ['{ page(first: 20, last: 30) { nodes { id } } }', 1 + 30],
    ['{ page { nodes { id } extra { id } } }', 1 + 7 + 10],
    ['{ page(first: 20) { ...F } } fragment F on Page { nodes { ...T } } fragment T on Thing { costly { id } }', 1 + 20 * (1 + 9)],
    ['{ page(first: 20) { nodes { things(first: 5) { nodes { id } } } } }', 1 + 20 * (1 + 1 + 5)],
    ['{ page(first: -5) { nodes { id } } }', 1],
  ])('%s is %i', (query, expected) => expect(cost(query)).toBe(expected));

  it('counts pages by the variables of each request, and by their defaults', () => {
    const query = 'query($n: Int = 2, $m: Int!) { page(first: $n) { nodes { things(first: $m) { nodes { id } } } } }';
    expect(cost(query, { m: 3 })).toBe(1 + 2 * (1 + 1 + 3));
    expect(cost(query, { n: 10, m: 10 })).toBe(1 + 10 * (1 + 1 + 10));
    expect(cost('query($p: PageInput) { search(page: $p) { id } }', { p: { first: 6 } })).toBe(6);
  });

  it('takes no longer for fragments that spread each other twice', () => {
    const levels = 60;
    const fragments = Array.from({ length: levels }, (_, n) => `fragment F${n} on Thing { ${n + 1 < levels ? `...F${n + 1} ... on Thing { ...F${n + 1} }` : 'things(first: $n) { nodes { id } }'} }`).join('\n');
    const started = process.cpuUsage();
    expect(cost(`query($n: Int!) { heavy { ...F0 } }\n${fragments}`, { n: 1 })).toBeGreaterThan(2 ** 50);
    expect(computedMs(started)).toBeLessThan(1000);
  });

  it('beyond the limit is refused with both figures', () => {
    const { execute } = bounded({ execute: () => ({ data: {} }), createSourceEventStream: async () => ({}) }, schema, costOf, { maxCost: 20 });
    const check = (args: OperationArgs) => (execute(args) as ExecutionResult).errors?.[0];
    const document = parse('query($n: Int!) { page(first: $n) { nodes { id } } }');
    expect(check({ document, variableValues: { n: 19 } })).toBeUndefined();
    expect(check({ document, variableValues: { n: 20 } })?.originalError).toMatchObject({ code: 'TOO_COSTLY', figures: { cost: 21, limit: 20 } });
    expect(check({ document, operationName: 'other', variableValues: {} })).toBeUndefined();
  });
});

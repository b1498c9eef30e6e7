import { buildSchema, getIntrospectionQuery, parse, validate } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import * as queries from '../../src/control-room/queries.js';
import { compose } from '../../src/gateway/compose.js';
import { limitRules, limits } from '../../src/gateway/limits.js';
import { carrierSubgraph } from '../../src/subgraphs/carrier/index.js';
import { odooSubgraph } from '../../src/subgraphs/odoo/index.js';
import { operationsSubgraph } from '../../src/subgraphs/operations/index.js';
import { computedMs } from '../support/processor-time.js';

describe('the limit on nodes', () => {
  let schema: ReturnType<typeof buildSchema>;
  beforeAll(async () => void (schema = buildSchema(compose(await Promise.all([odooSubgraph(), carrierSubgraph(), operationsSubgraph()])).api, { assumeValidSDL: true })));
  const refusals = (query: string) => validate(schema, parse(query), limitRules).map((error) => error.message);

  it('refuses a document that multiplies full pages three times over', () => {
    const deep = '{shipments(first:100){nodes{milestones(first:100){nodes{shipment{milestones(first:100){nodes{shipment{milestones(first:100){nodes{code}}}}}}}}}}}';
    expect(refusals(deep)).toEqual([expect.stringMatching(/^This asks for up to \d+ nodes; 20000 is the limit\./)]);
  });

  it.each([
    ['literals', '{ shipments(first: 100) { nodes { milestones(first: 199) { nodes { code } } } } }', '{ shipments(first: 100) { nodes { milestones(first: 200) { nodes { code } } } } }'],
    ['variables, as a hundred', 'query($n: Int!) { shipments(first: $n) { nodes { milestones(first: 199) { nodes { code } } } } }', 'query($n: Int!) { shipments(first: $n) { nodes { milestones(first: 200) { nodes { code } } } } }'],
    ['lists without first, as ten', '{ shipments(first: 100) { nodes { milestones(first: 16) { nodes { shipment { packages { status } } } } } } }', '{ shipments(first: 100) { nodes { milestones(first: 17) { nodes { shipment { packages { status } } } } } } }'],
    ['edges and nodes, each once', '{ shipments(first: 100) { nodes { milestones(first: 99) { edges { node { code } } nodes { code } } } } }', '{ shipments(first: 100) { nodes { milestones(first: 100) { edges { node { code } } nodes { code } } } } }'],
    ['fragments', '{ shipments(first: 100) { ...S } } fragment S on ShipmentConnection { nodes { milestones(first: 199) { nodes { code } } } }', '{ shipments(first: 100) { ...S } } fragment S on ShipmentConnection { nodes { ... { milestones(first: 200) { nodes { code } } } } }'],
  ])('counts %s', (_what, within, beyond) => {
    expect(refusals(within)).toEqual([]);
    expect(refusals(beyond)).toEqual([expect.stringContaining(`${limits.maxNodes} is the limit`)]);
  });

  it('looks at each fragment once, though fragments spread each other twice', () => {
    const fragments = Array.from({ length: 60 }, (_, i) => `fragment F${i} on Shipment { ...F${i + 1} ...F${i + 1} }`).join(' ');
    const started = process.cpuUsage();
    expect(refusals(`{ shipments(first: 1) { nodes { ...F0 } } } ${fragments} fragment F60 on Shipment { order { id } }`)).toEqual([expect.stringContaining('is the limit')]);
    expect(computedMs(started)).toBeLessThan(1000);
  });

  it('ends on fragments that spread themselves', () => {
    expect(refusals('{ shipments(first: 1) { nodes { ...A } } } fragment A on Shipment { lastMilestone { shipment { ...A } } }')).toEqual([]);
  });

  const ownQueries = Object.entries(queries).flatMap(([name, value]) => (typeof value === 'string' && /(Query|Mutation|Subscription)$/.test(name) ? [[name, value] as [string, string]] : []));
  it.each<[string, string]>([
    ...ownQueries,
    ['the first of the README', '{ shipment(reference: "WH-OUT-00042") { status milestones(first: 10) { nodes { code occurredAt source { rawCode } } } } }'],
    ['the subscription of the README', 'subscription($cursor: String) { milestones(after: $cursor) { cursor code shipment { reference } } }'],
    ['introspection', getIntrospectionQuery()],
  ])('lets %s pass, as every other rule does', (_name, query) => {
    expect(validate(schema, parse(query))).toEqual([]);
    expect(refusals(query)).toEqual([]);
  });

  it('has the pages’ queries to look at', () => expect(ownQueries.length).toBeGreaterThanOrEqual(7));
});

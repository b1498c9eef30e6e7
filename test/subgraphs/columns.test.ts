import fc from 'fast-check';
import { sql } from 'kysely';
import { execute, getNamedType, isLeafType, isNonNullType, isObjectType, parse, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf, type Principal } from '../../src/auth/principal.js';
import { readerFor } from '../../src/auth/reader.js';
import { localGraph, type LocalGraph } from '../../src/gateway/local-graph.js';
import { carrierSubgraph } from '../../src/subgraphs/carrier/index.js';
import { odooSubgraph } from '../../src/subgraphs/odoo/index.js';
import { operationsSubgraph } from '../../src/subgraphs/operations/index.js';
import { LoaderScope, type GraphContext } from '../../src/subgraphs/shared/context.js';
import { tmsSubgraph } from '../../src/subgraphs/tms/index.js';
import { yardSubgraph } from '../../src/subgraphs/yard/index.js';
import { fillStatements, sessionFunctions } from '../bench/board/rows.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { fusedForGraphqlJs } from '../support/fused-schema.js';
import { recordStatements } from '../support/recorded-statements.js';

/** Fields that need more than rows to resolve: the live feed, the vault of personal data, its audit. */
const leftOut = new Set(['cursor', 'latestCursor', 'Party', 'party', 'shipTo', 'commercialEntity', 'rawText', 'detail']);
const roots = ['shipments', 'orders', 'transfers', 'loads', 'appointments', 'visits', 'exceptions', 'products', 'stockLevels', 'invoices'];

describeOnEachDatabase('what statements select', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let graph: LocalGraph;
  /** Its resolvers are told nothing of the selection: they read everything. */
  let oracle: GraphQLSchema;

  beforeAll(async () => {
    services = await testServices(kind);
    await services.database.transaction(async (tx) => {
      for (const statement of [...sessionFunctions.split(/;\s*\n/), ...fillStatements(240).map((each) => each.statement)]) {
        if (statement.trim() !== '') await sql.raw(statement).execute(tx);
      }
      const id = sql.raw(`gen_random_uuid()`);
      await sql`insert into transfer (id, subject, company, connection, direction, reference, state, order_id, tracking_numbers, lines, version, updated_at)
        select ${id}, 'transfer:erp:' || value, 'main', 'erp', 'OUTGOING', 'WH/OUT/' || value, 'done', (select order_id from shipment s where s.id = shipment_id), '{}', '[]', 1, now() from reference where kind = 'odoo.delivery'`.execute(tx);
      await sql`insert into invoice (id, subject, company, connection, reference, state, payment_state, party_id, order_references, total, residual, version, updated_at)
        select ${id}, 'invoice:erp:' || reference, 'main', 'erp', 'INV/' || reference, 'posted', 'paid', party_id, array[reference], total, total, 1, now() from sales_order`.execute(tx);
      await sql`insert into product (id, subject, company, connection, name, sku, version, updated_at) select ${id}, 'product:erp:' || g, 'main', 'erp', 'Product ' || g, 'SKU' || g, 1, now() from generate_series(1, 5) g`.execute(tx);
      await sql`insert into stock_level (id, subject, company, connection, product_id, location, on_hand, reserved, unit, version, updated_at) select ${id}, 'stock:' || name, 'main', 'erp', id, 'WH', 5, 2, 'Units', 1, now() from product`.execute(tx);
      await sql`insert into visit (id, subject, company, connection, facility_id, appointment_id, type, state, checked_in_at, version, updated_at) select ${id}, 'visit:' || subject, 'main', 'dock', facility_id, id, 'LIVE', 'CHECKED_OUT', starts_at, 1, now() from appointment`.execute(tx);
    });
    const subgraphs = await Promise.all([odooSubgraph(), carrierSubgraph(), tmsSubgraph(), yardSubgraph(), operationsSubgraph()]);
    graph = localGraph(subgraphs, { maxCost: 10_000_000 } as never);
    oracle = fusedForGraphqlJs(subgraphs);
  });
  afterAll(() => services?.remove());

  const operator = principalOf({ subject: 's', role: 'operator', parties: [], carriers: [], companies: ['main'], expiresMs: Date.now() + 3_600_000, demonstration: false } as never);
  const contextOf = (principal: Principal) => ({ principal, reader: readerFor(services.database.reads, principal), correlationId: 'c', loaders: new LoaderScope() }) as unknown as GraphContext;
  const run = async (query: string) => JSON.parse(JSON.stringify(await graph.operations.execute({ document: parse(query), contextValue: contextOf(operator) }))) as { data: any; errors?: unknown };

  it.each<[string, string[]]>([
    ['{ shipments(first: 2) { nodes { reference } } }', ['shipment: id reference']],
    ['{ shipments(first: 2) { pageInfo { endCursor } } }', ['shipment: id']],
    ['{ shipments(first: 2) { edges { node { ...F } } } } fragment F on Shipment { status ... { carrier @skip(if: true) } }', ['shipment: id status']],
    ['{ shipments(first: 2) { nodes { order { state } lateBy } } }', ['shipment: delivered_at estimated_at id promised_at', 'sales_order: id reference state']],
    ['{ shipments(first: 2) { nodes { a: order { state } b: order { direction } } } }', ['shipment: id', 'sales_order: direction id reference state']],
    ['{ shipments(first: 2) { nodes { milestones(first: 1) { nodes { source { rawCode } } } lastMilestone { code } } } }', ['shipment: id last_milestone_id', 'milestone: id occurred_at raw_code']],
    ['{ orders(first: 2) { nodes { lines(first: 1) { nodes { unit } } } } }', ['sales_order: id lines reference']],
    ['{ shipments(first: 2) { nodes { loads(first: 1) { nodes { carrier stops(first: 2) { nodes { place { city } } } appointments(first: 1) { nodes { dock } } } } exceptions(first: 1) { nodes { title } } } } }',
      ['shipment: id', 'load: carrier id', 'exception: id opened_at shipment_id title', 'stop: load_id place sequence', 'appointment: dock id starts_at']],
  ])('is what the operation reads: %s', async (query, expected) => {
    let answer: { errors?: unknown } = {};
    const statements = await recordStatements(services.database, async () => {
      answer = await run(query);
    });
    expect(answer.errors).toBeUndefined();
    const selected = statements.map(({ sql: text }) => {
      const innermost = /select ((?:"\w+"\."\w+",? ?(?:as "\w+",? ?)?)+)/.exec(text)![1]!;
      const columns = [...innermost.matchAll(/"(\w+)"\."(\w+)"(?! as)/g)];
      return `${columns[0]![1]}: ${columns.map((column) => column[2]).sort().join(' ')}`;
    });
    expect(selected.sort()).toEqual([...expected].sort());
  });

  /** A selection of some fields of a type, a few levels deep, some of them twice with other selections. */
  function selectionOf(type: GraphQLObjectType, depth: number): fc.Arbitrary<string> {
    const fields = Object.values(type.getFields()).filter((field) => !leftOut.has(field.name) && canAsk(field) && (depth > 0 || isLeafType(getNamedType(field.type))));
    const one = fc.constantFrom(...fields).chain((field) => {
      const inner = getNamedType(field.type);
      const args = field.args.some(({ name }) => name === 'first') ? '(first: 3)' : '';
      return isObjectType(inner) ? selectionOf(inner, isPage(inner) ? depth : depth - 1).map((nested) => `${field.name}${args} { ${nested} }`) : fc.constant(field.name + args);
    });
    return fc.array(one, { minLength: 1, maxLength: 4 }).map((all) => all.map((each, index) => `f${index}: ${each}`).join(' '));
  }
  const isPage = (type: GraphQLObjectType) => /(Connection|Edge)$/.test(type.name);
  const canAsk = (field: GraphQLField<unknown, unknown>) => {
    const type = getNamedType(field.type);
    return (isLeafType(type) || (isObjectType(type) && !leftOut.has(type.name))) && field.args.every((arg) => arg.name === 'first' || !isNonNullType(arg.type));
  };

  it('is all that any operation reads: it answers as one that reads every column', async () => {
    const query = graph.schema.getQueryType()!;
    const operation = fc.constantFrom(...roots).chain((root) => {
      const type = getNamedType(query.getFields()[root]!.type) as GraphQLObjectType;
      return selectionOf(type, 3).map((selection) => `{ ${root}(first: 4) { ${selection} } }`);
    });
    await fc.assert(fc.asyncProperty(operation, async (text) => {
      const expected = JSON.parse(JSON.stringify(await execute({ schema: oracle, document: parse(text), contextValue: contextOf(operator) }))) as { data: unknown; errors?: unknown };
      expect(expected.errors).toBeUndefined();
      expect(await run(text)).toEqual(expected);
    }), { numRuns: 150 });
  });
});

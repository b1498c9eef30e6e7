import { isObjectType, parse, TypeInfo, validate, visit, visitWithTypeInfo, type GraphQLSchema } from 'graphql';
import { beforeAll, expect, it } from 'vitest';
import { FieldAccess } from '../../../src/gateway/fusion/access.js';
import type { LocalSubgraph } from '../../../src/gateway/compose.js';
import { localGraph } from '../../../src/gateway/local-graph.js';
import { eventsDocument } from '../../../src/jobs/tasks/webhooks/document.js';
import { webhookTopics } from '../../../src/model/webhook.js';
import { topicNames } from '../../../src/subgraphs/carrier/event-types.js';
import { carrierSubgraph } from '../../../src/subgraphs/carrier/index.js';
import { odooSubgraph } from '../../../src/subgraphs/odoo/index.js';
import { operationsSubgraph } from '../../../src/subgraphs/operations/index.js';
import { tmsSubgraph } from '../../../src/subgraphs/tms/index.js';
import { yardSubgraph } from '../../../src/subgraphs/yard/index.js';

const others = ['orders:read', 'money:read', 'personal:read', 'loads:read', 'yard:read', 'exceptions:read', 'stock:read', 'products:read', 'operations:read'];

let schema: GraphQLSchema;
let subgraphs: LocalSubgraph[];
beforeAll(async () => {
  subgraphs = await Promise.all([odooSubgraph(), carrierSubgraph(), tmsSubgraph(), yardSubgraph(), operationsSubgraph()]);
  schema = localGraph(subgraphs, { maxCost: 1e9 }).schema;
});

/** Fields of the document, as `Type.field`, that need a scope which is not among these. */
function refused(text: string, scopes: ReadonlySet<string>): string[] {
  const access = new FieldAccess(subgraphs);
  const found: string[] = [];
  const info = new TypeInfo(schema);
  visit(parse(text), visitWithTypeInfo(info, {
    Field() {
      const [type, field] = [info.getParentType(), info.getFieldDef()];
      if (!isObjectType(type) || field == null) return;
      const [, groups] = JSON.parse(access.textOf(type, field)) as [boolean, string[]];
      const isMet = groups.every((group) => (JSON.parse(group) as string[][]).some((all) => all.every((scope) => scopes.has(scope))));
      if (!isMet) found.push(`${type.name}.${field.name}`);
    },
  }));
  return found;
}

it('an endpoint can be told of every topic of the graph', () => {
  expect([...webhookTopics].sort()).toEqual([...topicNames].sort());
});

it('asks the graph for nothing that the owner’s scopes do not show, whichever these are', () => {
  for (let subset = 0; subset < 2 ** others.length; subset++) {
    const scopes = new Set(['shipments:read', ...others.filter((_, index) => (subset >> index) % 2 === 1)]);
    const text = eventsDocument(scopes);
    expect(validate(schema, parse(text)), [...scopes].join(' ')).toEqual([]);
    expect(refused(text, scopes), [...scopes].join(' ')).toEqual([]);
  }
});

it('asks for more with every scope', () => {
  for (const scope of others) {
    if (scope === 'money:read' || scope === 'products:read') continue; // of orders, and of stock
    expect(eventsDocument(new Set(['shipments:read', scope])).length, scope).toBeGreaterThan(eventsDocument(new Set(['shipments:read'])).length);
  }
  expect(eventsDocument(new Set(['orders:read', 'money:read']))).toContain('total');
  expect(eventsDocument(new Set(['orders:read']))).not.toContain('total');
});

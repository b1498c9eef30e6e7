import { buildSchema, parse, type ExecutionResult } from 'graphql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bounded } from '../../src/gateway/cost/limit.js';
import { costsOf } from '../../src/gateway/cost/weights.js';
import { datesOf, deprecatedIn, deprecationHeaders, type Deprecated } from '../../src/gateway/deprecations.js';
import { DeprecatedUse } from '../../src/http/deprecated-use.js';
import { deprecations } from '../../src/cli/commands/deprecations.js';
import { packageRoot } from '../../src/lib/package-root.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { undatedDeprecations } from '../support/undated-deprecations.js';

const schema = buildSchema(`
  enum Status { OPEN LOST @deprecated(reason: "Use CLOSED. Since 2026-02-01.") CLOSED }
  type Thing { id: ID, old: String @deprecated(reason: "Use id. Since 2026-01-01, until 2026-07-01."), older: String @deprecated, self: Thing }
  type Query { thing(status: Status, sort: String @deprecated(reason: "It sorts by itself. Since 2026-03-01, until 2026-06-01.")): Thing, things: [Thing] }
  type Subscription { thing: Thing }
`);
const coordinates = (query: string) => deprecatedIn(schema, parse(query)).map(({ coordinate }) => coordinate).sort();

describe('what is deprecated', () => {
  it('is found wherever an operation uses it, each once', () => {
    expect(coordinates('{ thing { id self { id } } }')).toEqual([]);
    expect(coordinates('{ thing(status: LOST, sort: "x") { old a: old ...F } } fragment F on Thing { self { older } }')).toEqual(['Query.thing(sort:)', 'Status.LOST', 'Thing.old', 'Thing.older']);
  });

  it('is told in headers with the earliest of its days', () => {
    expect(deprecationHeaders([])).toEqual({});
    expect(deprecationHeaders(deprecatedIn(schema, parse('{ thing(sort: "x") { old } }')))).toEqual({ deprecation: '@1767225600', sunset: 'Mon, 01 Jun 2026 00:00:00 GMT' });
    expect(deprecationHeaders(deprecatedIn(schema, parse('{ thing { older } }')))).toEqual({ deprecation: '@0' });
  });

  it('is told to the context of an operation and in the extensions of its result, and of every event', async () => {
    const told: Deprecated[] = [];
    const execution = bounded({ execute: () => ({ data: {} }), createSourceEventStream: async () => ({}) }, schema, costsOf([{ schema }]), { maxCost: 100 });
    const contextValue = { admit: ({ deprecated }: { deprecated: readonly Deprecated[] }) => void told.push(...deprecated) };
    const document = parse('subscription { thing { old } }');
    await execution.createSourceEventStream({ document, contextValue });
    const event = (await execution.execute({ document, contextValue, rootValue: {} })) as ExecutionResult;
    expect(told.map(({ coordinate }) => coordinate)).toEqual(['Thing.old']);
    expect(event.extensions).toMatchObject({ deprecations: [{ coordinate: 'Thing.old', since: '2026-01-01', until: '2026-07-01', reason: expect.stringContaining('Use id') }] });
    expect(((await execution.execute({ document: parse('{ thing { id } }'), contextValue })) as ExecutionResult).extensions).toBeUndefined();
  });

  it('says since when, and from when on it may be gone: in this API, too', () => {
    expect(datesOf('Use id. Since 2026-01-01, until 2026-07-01.')).toEqual({ since: '2026-01-01', until: '2026-07-01' });
    expect(undatedDeprecations(schema)).toEqual(['Status.LOST', 'Thing.older']);
    expect(undatedDeprecations(buildSchema(readFileSync(join(packageRoot, 'schema', 'api.graphql'), 'utf8'), { assumeValid: true }))).toEqual([]);
  });
});

describeOnEachDatabase('who uses what is deprecated', (kind) => {
  it('is counted by subject and day, written together, and told with the last day', async () => {
    const services = await testServices(kind);
    try {
      const use = new DeprecatedUse(services.database.kysely, services.log, 60_000);
      for (let n = 0; n < 3; n++) use.count('portal', [{ coordinate: 'Thing.old' }, { coordinate: 'Status.LOST' }]);
      await use.flush();
      use.count('portal', [{ coordinate: 'Thing.old' }]);
      use.count('partner:7', [{ coordinate: 'Thing.old' }]);
      await use.close();
      const lines: string[] = [];
      for await (const line of deprecations.run(services, {}, undefined as never)) lines.push(line);
      expect(lines.slice(1)).toEqual([expect.stringMatching(/^Status\.LOST {2}portal {2}3 operations, the last on \d{4}-/), expect.stringMatching(/^Thing\.old {2}portal {2}4 operations/), expect.stringMatching(/^Thing\.old {2}partner:7 {2}1 operation,/)]);
    } finally {
      await services.remove();
    }
  });
});

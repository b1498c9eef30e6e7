import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compose } from '../../src/gateway/compose.js';
import { Operations } from '../../src/gateway/execute/operations.js';
import { fuse } from '../../src/gateway/fuse.js';
import { subgraphOf } from './fusion/subgraph.js';

const thing = { id: 1, secret: 's', both: 'b', plain: 'p', money: { amount: 5 } };
const a = subgraphOf('a', `
  type Query { things: [Thing!] money: Money }
  type Thing @key(fields: "id") {
    id: ID! plain: String secret: String @requiresScopes(scopes: [["read", "secret"], ["admin"]])
    both: String @requiresScopes(scopes: [["a"]]) @shareable own: String @authenticated money: Money }
  type Money @requiresScopes(scopes: [["money"]]) { amount: Int }
`, { Query: { things: () => [thing, thing], money: () => thing.money } });
const b = subgraphOf('b', 'type Query { b: Int } type Thing @key(fields: "id") { id: ID! both: String @requiresScopes(scopes: [["b"]]) @shareable far: String @requiresScopes(scopes: [["far"]]) }', {
  Thing: { __resolveReference: () => { throw new Error('asked without the scope'); } },
});
const fused = fuse([a, b], compose([a, b]).api);
const operations = new Operations(fused.schema, fused.resolution);
const asked = { scopes: 0 };

async function ask(query: string, scopes: readonly string[] | null): Promise<any> {
  const has = new Set(scopes);
  const counting = { has: (scope: string) => (asked.scopes++, has.has(scope)) } as unknown as ReadonlySet<string>;
  return JSON.parse(JSON.stringify(await operations.execute({ document: parse(query), contextValue: scopes === null ? {} : { principal: { scopes: counting } } })));
}
const codesOf = async (query: string, scopes: readonly string[] | null) => ((await ask(query, scopes)).errors ?? []).map((error: { path: unknown[]; message: string }) => `${error.path.join('.')}: ${error.message}`);

describe('what a field demands of who asks', () => {
  it('is met by any group of scopes, and by a group with all of its scopes', async () => {
    for (const scopes of [['read', 'secret'], ['admin']]) expect(await ask('{ things { secret plain } }', scopes)).toEqual({ data: { things: [{ secret: 's', plain: 'p' }, { secret: 's', plain: 'p' }] } });
    expect(await codesOf('{ things { secret } }', ['read'])).toEqual(['things.0.secret: This needs the scope read and secret or admin.', 'things.1.secret: This needs the scope read and secret or admin.']);
  });

  it('is decided once per operation, however many objects there are', async () => {
    asked.scopes = 0;
    await ask('{ things { secret again: secret } more: things { secret } }', ['admin']);
    expect(asked.scopes).toBe(2);
  });

  it('counts what every subgraph demands of a field that they share', async () => {
    expect(await codesOf('{ things { both } }', ['a'])).toHaveLength(2);
    expect(await codesOf('{ things { both } }', ['a', 'b'])).toEqual([]);
  });

  it('holds for the type that the field gives, and for its own type', async () => {
    expect(await codesOf('{ things { money { amount } } }', [])).toContain('things.0.money: This needs the scope money.');
    expect(await codesOf('{ things { money { amount } } }', ['money'])).toEqual([]);
    expect(await codesOf('{ money { amount } }', [])).toEqual(['money: This needs the scope money.']);
  });

  it('is asked before another subgraph is', async () => {
    expect(await codesOf('{ things { far } }', [])).toEqual(['things.0.far: This needs the scope far.', 'things.1.far: This needs the scope far.']);
  });

  it('is refused as UNAUTHENTICATED where nobody is signed in', async () => {
    expect((await ask('{ things { own } }', null)).errors).toHaveLength(2);
    expect((await ask('{ things { own } }', null)).errors[0].message).toContain('token');
    expect((await ask('{ things { own } }', [])).errors).toBeUndefined();
  });
});

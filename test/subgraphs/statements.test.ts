import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, delivery, odooBatch, order, party, postEasypost, postOdoo, tracker } from '../support/partners.js';
import { recordStatements } from '../support/recorded-statements.js';
import { graphql, graphqlAnswer } from '../support/requests.js';

const orders = 12;
const scans = 6;

describeOnEachDatabase('a query of lists below lists', (kind) => {
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
    const ids = Array.from({ length: orders }, (_, index) => index + 1);
    const batch = JSON.stringify(odooBatch(party(7), ...ids.flatMap((id) => [order(id, { customer: 7 }), ...[1, 2, 3].map((part) => delivery(id * 10 + part, { order: id, customer: 7, tracking: `ST${id}P${part}` }))])));
    await accepted(server, await postOdoo(server, batch), batch);
    for (const id of ids) {
      const body = JSON.stringify(tracker(`ST${id}P1`, Array.from({ length: scans }, (_, hour) => ({ at: `2026-03-05T${10 + hour}:00:00Z`, code: 'IT', ...(hour === 2 ? { status: 'failure', detail: 'package_damaged' } : {}) }))));
      await accepted(server, await postEasypost(server, body), body);
    }
  });
  afterAll(() => server?.remove());

  const ask = (query: string, variables: Record<string, unknown> = {}) => graphql(server.url, token, query, variables);

  /** Statements that the query takes. */
  const statementsOf = async (query: string, variables: Record<string, unknown> = {}) => (await recordStatements(server.database, () => ask(query, variables))).length;

  it('takes one statement a level, whatever the number of parents and whatever their arguments', async () => {
    const { shipments } = await ask('{ shipments(first: 1, filter: { search: "ST1P1" }) { nodes { milestones(first: 2) { pageInfo { endCursor } } } } }');
    const after = shipments.nodes[0].milestones.pageInfo.endCursor as string;
    const query = (list: string) => `query($after: String) { shipments(first: 50) { nodes { id ${list} used: milestones(first: 1, after: $after) { nodes { id } } } } }`;
    expect(await statementsOf('{ shipments(first: 50) { nodes { id } } }')).toBe(1);
    expect(await statementsOf(query('milestones(first: 3, after: $after) { nodes { code } }'), { after })).toBe(2);
    expect(await statementsOf(query('a: milestones(first: 3, after: $after) { nodes { code } } b: milestones(first: 5) { nodes { code } } c: milestones(first: 1) { nodes { id } }'), { after })).toBe(2);
    expect(await statementsOf('{ shipments(first: 50) { nodes { id a: exceptions(first: 3) { nodes { id } } b: exceptions(first: 1) { nodes { id } } } } }')).toBe(2);
    const twoLevels = 'order { a: shipments(first: 2) { nodes { id milestones(first: 2, after: $after) { nodes { code } } } } b: shipments(first: 1) { nodes { id } } lines(first: 2) { nodes { unit } } }';
    expect(await statementsOf(`query($after: String) { shipments(first: 50) { nodes { id ${twoLevels} } } }`, { after })).toBe(5); // shipments, orders, theirs, as the carrier knows them, timelines
  });

  /** All items of a list below one parent, `first` at a time, checked page by page. */
  async function paged(root: string, path: (data: any) => any, list: (first: number, after: string | null) => string, first: number): Promise<string[]> {
    const ids: string[] = [];
    for (let after: string | null = null, turn = 0; turn < 50; turn++) {
      const page: any = path(await ask(`{ ${root} { ${list(first, after)} { edges { cursor node { id: ${root.startsWith('order') && list(1, null).startsWith('lines') ? 'description' : 'id'} } } pageInfo { hasNextPage endCursor hasPreviousPage } } } }`));
      ids.push(...page.edges.map((edge: any) => edge.node.id));
      expect(page.edges.length).toBeLessThanOrEqual(first);
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
      if (!page.pageInfo.hasNextPage) return ids;
      expect(page.pageInfo.endCursor).toBe(page.edges.at(-1).cursor);
      after = page.pageInfo.endCursor as string;
    }
    throw new Error('The pages do not end.');
  }
  const argument = (first: number, after: string | null) => `(first: ${first}${after === null ? '' : `, after: "${after}"`})`;

  it.each<[string, string, string, number]>([
    ['a timeline', 'shipment(trackingNumber: "ST4P1")', 'milestones', scans],
    ['the shipments of an order', 'order(reference: "S4")', 'shipments', 3],
    ['the lines of an order', 'order(reference: "S4")', 'lines', 1],
    ['the exceptions of a shipment', 'shipment(trackingNumber: "ST4P1")', 'exceptions', 1],
  ])('gives %s in pages that fit together', async (_what, root, list, count) => {
    const of = (data: any) => data[root.split('(')[0]!][list];
    const whole = await paged(root, of, (first, after) => `${list}${argument(first, after)}`, 100);
    expect(whole).toHaveLength(count);
    for (const first of [1, 2]) expect(await paged(root, of, (size, after) => `${list}${argument(size, after)}`, first)).toEqual(whole);
  });

  it.each(['order(reference: "S1") { shipments', 'order(reference: "S1") { lines', 'shipment(trackingNumber: "ST1P1") { milestones', 'shipment(trackingNumber: "ST1P1") { exceptions'])('refuses %s without first, with one out of range, and a cursor that is none', async (list) => {
    const answer = async (given: string) => (await graphqlAnswer(server.url, token, `{ ${list}${given} { nodes { __typename } } } }`)).errors?.map((error) => error.extensions?.code);
    expect(await answer('')).toEqual(['BAD_INPUT']);
    for (const first of [0, 101, -1]) expect(await answer(`(first: ${first})`)).toEqual(['BAD_INPUT']);
    for (const after of ['', 'nonsense', Buffer.from('["x","y"]').toString('base64url')]) expect(await answer(`(first: 1, after: "${after}")`)).toEqual(['BAD_INPUT']);
  });
});

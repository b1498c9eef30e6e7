import fc from 'fast-check';
import { buildSchema, getNamedType, type GraphQLField, type GraphQLNamedType, type GraphQLSchema } from 'graphql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { grantSchema } from '../../src/auth/grant.js';
import { roles, scopes, type Role, type Scope } from '../../src/auth/scopes.js';
import { globalId, uuidv7 } from '../../src/lib/ids.js';
import { packageRoot } from '../../src/lib/package-root.js';
import { testServer, type DatabaseKind, type TestServer } from '../support/databases.js';
import { drawnSelection, fieldText, type ArgumentValues } from '../support/drawn-operation.js';
import { addWorldConnections, carriers, companies, customers, facilities, idsOfWorld, mark, siteOf, sites, tellWorld, tmsConnections, type Group } from '../support/owned-world.js';
import { partyId } from '../support/partners.js';
import { eventually, graphqlAnswer } from '../support/requests.js';
import { openAcknowledged } from '../support/sockets.js';

/** Somebody who asks: a role, whose rows, and which scopes; undefined: those of the role. */
interface Asker {
  role: Role;
  customers: number[];
  carriers: number[];
  facilities: number[];
  tms: number[];
  shops: number[];
  companies: number[];
  scopes?: Scope[];
}

/**
 * Which texts and ids of a group somebody may be shown at most, by what they are. Written from what each role is
 * for, without a look at the rules of the product; `visibility.ts` must not be wider anywhere.
 */
function allowed(asker: Asker, group: Group, has: (scope: Scope) => boolean): Set<string> {
  const kinds = new Set<string>();
  const may = (...given: string[]) => given.forEach((kind) => kinds.add(kind));
  // The timeline says where the goods are loaded and unloaded.
  const shipment = ['out', 'trk', 'ms', 'stop0', 'stop1'];
  /** The load says which truck drives it, and where that is. */
  const load = ['load', 'loadid', 'truck'];
  /** Ids and texts of what the warehouse at the facility states, and of the pallet there, with what is on it and the name of the step that put it on its shelf. */
  const warehouse = ['worder', 'wconf', 'wlevel', 'wadj', 'wsku', 'wtext', 'pallet', 'shelf', 'goods', 'pick'];
  /** What was bought in the shop of the company; who bought it is personal. */
  const shop = ['sorder', 'ssku', 'sbuyer'];
  const asked = ['own', 'ownid', 'ownstop', 'ownoffer0'];
  const given = ['given', 'givenid', 'givenstop', 'giventruck'];
  if (asker.role === 'customer') {
    if (asker.customers.includes(group.customer)) may(...shipment, 'order', 'line', 'in', 'inv', 'money', 'loadid');
  } else if (asker.role === 'partner') {
    if (asker.carriers.includes(group.carrier)) may(...shipment, ...load, 'stop2', 'appt', 'visit', 'ovisit', 'ownappt', 'ownvisit', 'drule', 'dcarrier', ...asked, ...given, 'lost', 'lostreason', 'lostoffer0');
    // What every carrier is paid at a facility.
    if (asker.carriers.length > 0) may('dplace');
    // What the group's carrier declined, the other one is asked for: neither is told of the other.
    if (asker.carriers.includes(1 - group.carrier)) may('lost', 'lostid', 'loststop', 'lostoffer1');
    const runs = (company: number) => asker.facilities.includes(siteOf(company, group.facility));
    if (runs(group.tms)) may(...shipment, 'loadid');
    if (runs(group.facility)) may(...shipment, 'loadid', 'appt', 'visit', 'ovisit', 'omove', 'ostay');
    // What the carrier named and nobody confirmed is told to whoever runs the facility, and not to the carrier.
    if (runs(group.company)) may('ownappt', 'ownvisit', 'claim');
    if (runs(group.company)) may(...shipment, 'loadid', ...warehouse);
    if (asker.tms.includes(group.tms)) may(...shipment, ...load, 'stop2');
    if (asker.shops.includes(group.company)) may(...shipment, 'order', 'line', 'in', 'loadid', ...shop);
  } else {
    const sees = (company: number) => asker.companies.length === 0 || asker.companies.includes(company);
    if (sees(group.company)) may('ownappt', 'ownvisit', 'claim');
    if (sees(group.company)) may(...shipment, 'order', 'line', 'in', 'inv', 'draft', 'pick', 'money', 'raw', 'party', 'product', 'stock', 'release', 'exc', 'pickup', ...warehouse, ...shop, 'drule', 'dcarrier', 'dplace', 'dowed', ...asked, ...given, 'driver', 'lost', 'lostid', 'loststop', 'lostreason', 'lostoffer0', 'lostoffer1');
    if (sees(group.tms)) may(...load, 'stop0', 'stop1', 'stop2', 'tender', 'edi', 'tdriver');
    if (sees(group.facility)) may('appt', 'visit', 'ovisit', 'omove', 'ostay', 'odriver');
  }
  if (!has('money:read')) kinds.delete('money');
  if (!has('personal:read')) ['raw', 'party', 'sbuyer', 'driver', 'tdriver', 'odriver'].forEach((kind) => kinds.delete(kind));
  if (!has('loads:read')) ['truck', 'tender'].forEach((kind) => kinds.delete(kind));
  if (!has('commands:read')) kinds.delete('edi');
  if (!has('detention:read')) ['drule', 'dcarrier', 'dplace', 'dowed'].forEach((kind) => kinds.delete(kind));
  if (!has('exceptions:read')) ['exc', 'release'].forEach((kind) => kinds.delete(kind));
  return kinds;
}

const drawnGroup = fc.record({ company: fc.constantFrom(0, 1), customer: fc.constantFrom(0, 1, 2), carrier: fc.constantFrom(0, 1), tms: fc.constantFrom(0, 1), facility: fc.constantFrom(0, 1) }) as fc.Arbitrary<Omit<Group, 'number'>>;
const some = (n: number) => fc.subarray(Array.from({ length: n }, (_, index) => index));
const drawnAsker: fc.Arbitrary<Asker> = fc.record({
  role: fc.oneof(fc.constantFrom(...roles), fc.constantFrom('customer' as const, 'partner' as const)), customers: some(3), carriers: some(2), facilities: some(4), tms: some(2), shops: some(2), companies: some(2),
  scopes: fc.option(fc.subarray(Object.keys(scopes) as Scope[], { minLength: 3 }), { nil: undefined, freq: 3 }),
}).filter((asker) => (asker.role === 'customer' ? asker.customers.length > 0 : asker.role !== 'partner' || asker.carriers.length + asker.facilities.length + asker.tms.length + asker.shops.length > 0))
  .map((asker) => ({ ...asker, ...(asker.role === 'machine' && asker.scopes === undefined ? { scopes: ['shipments:read', 'orders:read', 'loads:read', 'yard:read'] as Scope[] } : {}) }) as Asker);

const sdl = readFileSync(join(packageRoot, 'schema', 'api.graphql'), 'utf8');
const groupCount = 6;
/** Who surely asks owns at least this of the first group. */
const owners = { customer: 0, carrier: 0 } as const;
/** Fields of Query that list records which are in the world. */
const owned = ['events', 'shipments', 'invoices', 'products', 'stockLevels', 'orders', 'parties', 'transfers', 'interchanges', 'exceptions', 'loads', 'vehicles', 'warehouseOrders', 'inventoryLevels', 'inventoryAdjustments', 'pallets', 'appointments', 'visits', 'availability', 'pickups', 'detentionCharges', 'tenderOffers'] as const;

const kinds: DatabaseKind[] = inject('postgresUrl') === null ? ['embedded'] : ['embedded', 'postgres'];
describe.each(kinds)('what anybody is shown (%s)', (kind) => {
  let server: TestServer;
  let schema: GraphQLSchema;
  let groups: Group[];
  let ids: Map<string, string>;
  /** Cursors that anybody was given, to be tried by everybody. */
  const cursors: string[] = [];

  beforeAll(async () => {
    schema = buildSchema(sdl);
    server = await testServer(kind, { GATEHOUSE_OPERATIONS_PER_MINUTE: '0', GATEHOUSE_COST_PER_MINUTE: '0' });
    await addWorldConnections(server);
    groups = fc.sample(fc.array(drawnGroup, { minLength: groupCount, maxLength: groupCount }), 1)[0]!.map((group, index) => ({ ...group, ...(index === 0 ? owners : {}), number: index + 1 }));
    await tellWorld(server, groups);
    ids = await idsOfWorld(server);
  });
  afterAll(() => server?.remove());

  // Signed past what refuses lists that say nothing for a role: whatever a token claims, it shows no more.
  const tokenOf = async (asker: Asker) => (await server.tokens.issuer.issue({ subject: `${asker.role}:${uuidv7()}`, ttl: 600, grant: grantSchema.parse({
    role: asker.role, parties: asker.customers.map((index) => partyId(customers[index]!)), carriers: asker.carriers.map((index) => carriers[index]!), facilities: asker.facilities.map((index) => sites[index]!),
    connections: asker.tms.map((index) => tmsConnections[index]!), shops: asker.shops.map((index) => companies[index]!), companies: asker.companies.map((index) => companies[index]!), scopes: asker.scopes,
  }) })).jwt;

  /** Arguments that probe: names and ids of any group, cursors of anybody, pages of any size. */
  function probing(draw: (n: number) => number, used: Set<string>): ArgumentValues {
    const pick = <Item>(items: readonly Item[]) => items[draw(items.length)]!;
    const text = (value: string) => (used.add(value), JSON.stringify(value));
    const anyMark = () => mark(pick(groups), pick(['order', 'out', 'in', 'inv', 'draft', 'load', 'trk', 'product', 'pick', 'stock']));
    return {
      gives: () => draw(4) === 0,
      valueOf(name, type) {
        if (name === 'first') return String(1 + draw(6));
        if (name === 'after') return cursors.length === 0 ? undefined : text(pick(cursors));
        if (type.name === 'ID') return text(draw(8) === 0 ? globalId(pick(['Order', 'Load', 'Shipment']), uuidv7()) : pick([...ids.keys()]));
        if (type.name === 'DateTime' && name === 'to') return '"2026-03-08T00:00:00Z"';
        if (type.name === 'DateTime') return '"2026-03-06T00:00:00Z"';
        if (type.name === 'Int') return String(draw(5));
        if (type.name === 'Boolean') return pick(['true', 'false']);
        if (type.name === 'String') return text(name === 'carrier' ? pick(['ALPHA_HAULAGE', 'BETA_LINES']) : name === 'code' ? pick(facilities) : anyMark());
        return undefined;
      },
    };
  }

  /** What stands in an answer of what the world holds, in ids and cursors too: `g3z-load`. */
  function shownIn(text: string, used: ReadonlySet<string>): Set<string> {
    // What somebody sent in may come back in the words of a refusal.
    const answer = [...used].reduce((rest, value) => rest.replaceAll(JSON.stringify(value).slice(1, -1), ''), text);
    const found = new Set<string>();
    const read = (plain: string) => {
      for (const [, number, what] of plain.matchAll(/g(\d+)z-([a-z]+\d?)/gi)) found.add(`g${number}z-${what!.toLowerCase()}`);
      for (const [, number] of plain.matchAll(/777(\d{4})\.25/g)) found.add(`g${Number(number)}z-money`);
      for (const uuid of plain.match(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g) ?? []) {
        const marked = byUuid.get(uuid);
        if (marked !== undefined) found.add(marked);
      }
    };
    read(answer);
    for (const [encoded] of answer.matchAll(/[A-Za-z0-9_-]{16,}/g)) read(Buffer.from(encoded, 'base64url').toString('utf8'));
    return found;
  }
  const byUuid = new Map<string, string>();
  beforeAll(() => {
    for (const [id, marked] of ids) byUuid.set(Buffer.from(id, 'base64url').toString().split(':')[1]!, marked);
  });

  /** Some of all fields of Query, and two of those that list what is in the world: beside them others are many. */
  function drawnRoots(draw: (n: number) => number): Array<GraphQLField<unknown, unknown>> {
    const fields = schema.getQueryType()!.getFields();
    const names = Object.keys(fields);
    const drawn = [...Array.from({ length: 4 }, () => names[draw(names.length)]!), ...Array.from({ length: 2 }, () => owned[draw(owned.length)]!)];
    return [...new Set(drawn)].map((name) => fields[name]!);
  }

  /** So that each of these roles asks often enough, whoever is drawn beside them. */
  const nobody = { customers: [], carriers: [], facilities: [], tms: [], shops: [], companies: [], scopes: undefined };
  const surelyAsked = [1, 2, 3, 4, 5].flatMap((n): Array<[Asker, number[]]> =>
    [{ ...nobody, role: 'customer', customers: [owners.customer] }, { ...nobody, role: 'partner', carriers: [owners.carrier] }, { ...nobody, role: 'operator' }].map((asker, index) => [asker as Asker, [1, 2, 3].map((step) => n * 1000 + index * 100 + step)]));

  const leaksTo = (asker: Asker, scopesHeld: ReadonlySet<string>, found: ReadonlySet<string>) => {
    const may = new Map(groups.map((group) => [group.number, allowed(asker, group, (scope) => scopesHeld.has(scope))]));
    return [...found].filter((each) => {
      const [, number, what] = /^g(\d+)z-(.+)$/.exec(each)!;
      return !may.get(Number(number))!.has(what!);
    });
  };

  const collectCursors = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && /cursor$/i.test(name) && cursors.length < 500) cursors.push(inner);
      else collectCursors(inner);
    }
  };

  it('belongs to rows that they may see, whatever they ask: in data, errors, cursors and ids', async () => {
    const met = new Map<Role, number>();
    let answered = 0;
    await fc.assert(fc.asyncProperty(drawnAsker, fc.array(fc.nat(1_000_000), { minLength: 3, maxLength: 3 }), async (asker, seeds) => {
      const token = await tokenOf(asker);
      const held = new Set((await graphqlAnswer(server.url, token, '{ viewer { scopes } }')).data!['viewer'].scopes as string[]);
      for (const seed of seeds) {
        const draw = drawer(seed);
        const used = new Set<string>();
        const values = probing(draw, used);
        const fields = drawnRoots(draw);
        const query = `{ ${fields.map((field) => fieldText(schema, field, 'Query', 4, draw, values)).join(' ')} }`;
        const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query }) });
        const text = await response.text();
        expect(text, query).not.toContain('"code":"INTERNAL"');
        const found = shownIn(text, used);
        expect(leaksTo(asker, held, found), `${JSON.stringify(asker)} ${query}`).toEqual([]);
        if (found.size > 0) met.set(asker.role, (met.get(asker.role) ?? 0) + 1);
        const { data } = JSON.parse(text) as { data?: unknown };
        if (data !== undefined && data !== null) answered++;
        collectCursors(data);
      }
    }), { numRuns: 100, examples: surelyAsked });
    expect(answered).toBeGreaterThan(80);
    for (const role of ['customer', 'partner', 'operator'] as const) expect(met.get(role) ?? 0, `${role} was shown something`).toBeGreaterThan(2);
  });

  it('comes in whole: everybody sees all shipments, loads and orders that are theirs, page by page', async () => {
    await fc.assert(fc.asyncProperty(drawnAsker, fc.integer({ min: 1, max: 4 }), async (drawn, first) => {
      const asker = { ...drawn };
      delete asker.scopes;
      if (asker.role === 'machine') asker.scopes = ['shipments:read', 'orders:read', 'loads:read'];
      const token = await tokenOf(asker);
      const held = new Set((await graphqlAnswer(server.url, token, '{ viewer { scopes } }')).data!['viewer'].scopes as string[]);
      for (const [list, what, scope] of [['shipments', 'out', 'shipments:read'], ['loads', 'load', 'loads:read'], ['orders', 'order', 'orders:read']] as const) {
        if (!held.has(scope)) continue;
        const seen: string[] = [];
        for (let after: string | null = null, pages = 0; pages < 50; pages++) {
          const answer: any = (await graphqlAnswer(server.url, token, `query($after: String) { ${list}(first: ${first}, after: $after) { nodes { reference } pageInfo { hasNextPage endCursor } } }`, { after })).data![list];
          seen.push(...answer.nodes.map((node: { reference: string }) => node.reference.toLowerCase()));
          if (!answer.pageInfo.hasNextPage) break;
          expect(answer.nodes).toHaveLength(first);
          after = answer.pageInfo.endCursor as string;
        }
        const theirs = groups.filter((group) => allowed(asker, group, () => true).has(what)).map((group) => mark(group, what));
        expect(seen.filter((reference) => reference.endsWith(`-${what}`)).sort(), `${list} of ${JSON.stringify(asker)}`).toEqual(theirs.sort());
      }
    }), { numRuns: 25 });
  });

  it('is in subscriptions, too, nothing but what they may see, from the beginning of the feed', async () => {
    const start = await beginning();
    await fc.assert(fc.asyncProperty(drawnAsker, fc.nat(1_000_000), async (asker, seed) => {
      const token = await tokenOf(asker);
      const held = new Set((await graphqlAnswer(server.url, token, '{ viewer { scopes } }')).data!['viewer'].scopes as string[]);
      const draw = drawer(seed);
      const used = new Set<string>();
      const values = { ...probing(draw, used), gives: () => false };
      const socket = await openAcknowledged(server.url, token);
      const operations = Object.values(schema.getSubscriptionType()!.getFields()).map((field) => {
        const selection = drawnSelection(schema, getNamedType(field.type) as GraphQLNamedType, 3, draw, values);
        return { field, text: `subscription { s: ${field.name}(after: ${JSON.stringify(start)}) { ${selection} } }` };
      });
      const received = operations.map(({ field, text }) => ({ text, messages: socket.subscribe(field.name, text) }));
      // What was missed comes at once; a query on the same socket is answered behind the first of it.
      const query = socket.subscribe('last', '{ shipments(first: 50) { nodes { id } } viewer { role } }');
      await eventually(async () => query.length, (length) => length > 0);
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (const { text, messages } of received) {
        const found = shownIn(JSON.stringify(messages), used);
        expect(leaksTo(asker, held, found), `${JSON.stringify(asker)} ${text}`).toEqual([]);
        events += messages.filter(({ type }) => type === 'next').length;
      }
      await socket.close();
    }), { numRuns: 20 });
    expect(events).toBeGreaterThan(50);
  });
  let events = 0;

  it('does not tell a record that they may not see from one that does not exist, in the answer or in what it costs', async () => {
    const asking = (root: string, argument: string, value: string) => `{ answer: ${root}(${argument}: ${JSON.stringify(value)}) { __typename } }`;
    const types = [['shipment', 'Shipment', 'out'], ['order', 'Order', 'order'], ['transfer', 'Transfer', 'in'], ['invoice', 'Invoice', 'inv'], ['load', 'Load', 'loadid'], ['appointment', 'Appointment', 'appt'], ['visit', 'Visit', 'visit'], ['warehouseOrder', 'WarehouseOrder', 'worder'], ['exception', 'Exception', 'exc'], ['pickup', 'Pickup', 'pickup'], ['product', 'Product', 'product']] as const;
    let compared = 0;
    await fc.assert(fc.asyncProperty(drawnAsker, async (asker) => {
      const token = await tokenOf(asker);
      for (const [root, type, what] of types) {
        const hidden = groups.find((group) => !allowed(asker, group, () => true).has(what));
        const id = hidden === undefined ? undefined : [...ids].find(([of, text]) => text === mark(hidden, what) && Buffer.from(of, 'base64url').toString().startsWith(type))?.[0];
        if (id === undefined) continue;
        const names = ['appointment', 'visit', 'warehouseOrder', 'exception', 'pickup'].includes(root) ? [] : [root === 'product' ? 'sku' : 'reference'];
        const pairs = [['id', id, globalId(type, uuidv7())], ...names.map((name) => [name, mark(hidden!, what === 'loadid' ? 'load' : what), 'g0z-nothing'])] as Array<[string, string, string]>;
        for (const [argument, forbidden, missing] of pairs) {
          const [first, second] = [await costOf(asking(root, argument, forbidden), token), await costOf(asking(root, argument, missing), token)];
          expect(first, `${root}(${argument}:) to ${JSON.stringify(asker)}`).toEqual(second);
          compared++;
        }
      }
    }), { numRuns: 15 });
    expect(compared).toBeGreaterThan(60);
  });

  /** The answer, to the byte, and the number of statements that were read for it. */
  async function costOf(query: string, token: string): Promise<{ text: string; statements: number }> {
    const { reads } = server.database;
    const original = reads.withPlugin;
    let statements = 0;
    reads.withPlugin = ((plugin: { transformQuery(args: never): never; transformResult(args: unknown): unknown }) => original.call(reads, {
      transformQuery: (args: never) => plugin.transformQuery(args),
      transformResult(args: never) {
        statements++;
        return plugin.transformResult(args);
      },
    } as never)) as never;
    try {
      const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query }) });
      return { text: `${response.status} ${await response.text()}`.replaceAll(/"column":\d+/g, ''), statements };
    } finally {
      reads.withPlugin = original;
    }
  }

  async function beginning(): Promise<string> {
    const admin = await server.tokens.create({ role: 'admin', ttl: 600 });
    const latest = (await graphqlAnswer(server.url, admin, '{ latestCursor }')).data!['latestCursor'] as string;
    return Buffer.from(Buffer.from(latest, 'base64url').toString().replace(/\.\d+\.\d+$/, '.0.0')).toString('base64url');
  }
});

/** A small generator of whole numbers from 0 to below `n`, the same for the same seed. */
function drawer(seed: number): (n: number) => number {
  let state = seed + 1;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % n;
  };
}

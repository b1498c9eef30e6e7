import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Principal } from '../../../src/auth/principal.js';
import { append } from '../../../src/events/append.js';
import { globalId, uuidv7 } from '../../../src/lib/ids.js';
import { createLog } from '../../../src/lib/log.js';
import { openServices, startServer, type RunningServer, type Services } from '../../../src/main.js';
import { changeException } from '../../../src/projections/change-exception.js';
import type { Message } from '../../projections/journey-messages.js';
import { openPipeline, type Pipeline } from '../../projections/pipeline.js';
import { describeOnEachDatabase } from '../../support/databases.js';
import { tracker } from '../../support/partners.js';
import { graphql } from '../../support/requests.js';
import { Follower } from './follower.js';
import { maySee, snapshot, tablesOf, type Row, type Snapshot, type TopicField } from './oracle.js';
import { customerOf, messagesOf, worlds, type World } from './world.js';

interface Filter {
  topic: TopicField;
  filter: object | null;
  type: string;
  passes(table: string, row: Row): boolean;
}

const all = () => true;
const none = { filter: null, passes: all };
/** Subscriptions with their filters, and what these let through by what stands in the row. */
const filters: Filter[] = [
  { topic: 'milestones', type: 'MilestoneFilter', ...none },
  { topic: 'milestones', type: 'MilestoneFilter', filter: { codes: ['IN_TRANSIT', 'DELIVERED', 'ETA_UPDATED'] }, passes: (_, row) => ['IN_TRANSIT', 'DELIVERED', 'ETA_UPDATED'].includes(row.code as string) },
  { topic: 'shipmentChanges', type: 'ShipmentChangeFilter', ...none },
  { topic: 'shipmentChanges', type: 'ShipmentChangeFilter', filter: { status: ['IN_TRANSIT', 'DELIVERED'] }, passes: (_, row) => ['IN_TRANSIT', 'DELIVERED'].includes(row.status as string) },
  { topic: 'yardEvents', type: 'YardEventFilter', ...none },
  { topic: 'yardEvents', type: 'YardEventFilter', filter: { of: ['VISIT'] }, passes: (table) => table === 'visit' },
  { topic: 'loadChanges', type: 'LoadChangeFilter', ...none },
  { topic: 'loadChanges', type: 'LoadChangeFilter', filter: { carrier: 'UPS' }, passes: (_, row) => row.carrier === 'UPS' },
  { topic: 'exceptionChanges', type: 'ExceptionChangeFilter', ...none },
  { topic: 'exceptionChanges', type: 'ExceptionChangeFilter', filter: { state: ['RESOLVED'] }, passes: (_, row) => row.state === 'RESOLVED' },
  { topic: 'stockChanges', type: 'StockLevelFilter', ...none },
  { topic: 'stockChanges', type: 'StockLevelFilter', filter: { location: 'WH/Stock/1' }, passes: (_, row) => row.location === 'WH/Stock/1' },
  { topic: 'operationsHealth', type: 'OperationsHealthFilter', ...none },
  { topic: 'operationsHealth', type: 'OperationsHealthFilter', filter: { connection: ['erp'] }, passes: (_, row) => row.connection === 'erp' },
];
const selections: Record<TopicField, string> = {
  milestones: 'id cursor', shipmentChanges: 'id cursor shipment { status }', yardEvents: 'id cursor of', loadChanges: 'id cursor load { state }',
  exceptionChanges: 'cursor exception { id }', stockChanges: 'id cursor', operationsHealth: 'cursor connection { id }',
};
const topicNames: Record<TopicField, string> = { milestones: 'MILESTONES', shipmentChanges: 'SHIPMENTS', yardEvents: 'YARD', loadChanges: 'LOADS', exceptionChanges: 'EXCEPTIONS', stockChanges: 'STOCK', operationsHealth: 'OPERATIONS' };

const rounds = 5;
const followers = 14;
/** The others ask for the same as one of these, and are sent the same where they have caught up. */
const leaders = 7;

/** Index of the grant that is part of each, where there is one: what is left when rights are lost. */
const narrower: Readonly<Record<number, number>> = { 0: 1, 3: 2, 5: 4 };

interface Plan {
  world: World;
  /** In which round each message arrives. */
  rounds: number[];
  who: Array<{ token: number; filter: number; from: number; narrowedIn: number }>;
  /** In each round, of each follower: stay, be cut off, come back at server 0 or 1. */
  moves: number[];
  /** Of what is done beside: resolve an exception, tell of a synchronisation. */
  deeds: number[];
}

const plans: fc.Arbitrary<Plan> = fc.record({
  world: worlds,
  rounds: fc.array(fc.nat(rounds - 1), { minLength: 30, maxLength: 30 }),
  who: fc.array(fc.record({ token: fc.nat(6), filter: fc.nat(filters.length - 1), from: fc.nat(2), narrowedIn: fc.nat(rounds * 2) }), { minLength: followers, maxLength: followers }),
  moves: fc.array(fc.nat(4), { minLength: rounds * followers, maxLength: rounds * followers }),
  deeds: fc.array(fc.nat(3), { minLength: rounds, maxLength: rounds }),
});

/** What is drawn may leave out a topic: in the first run there is something of each, whoever sees everything asks for it, and others of them lose rights. */
function withEveryTopic({ world, who, deeds, ...rest }: Plan): Plan {
  return {
    ...rest, world: { ...world, stock: world.stock.map((each) => ({ ...each, deleted: false })) }, deeds: [2, ...deeds.slice(1)],
    who: who.map((_, index) => ({ token: 0, filter: 2 * (index % leaders), from: 0, narrowedIn: index < leaders ? rounds : 2 })),
  };
}

/** A parcel of which Odoo knows nothing: a shipment with a milestone and an exception. */
const strangeParcel: Message = { connection: 'parcels', body: JSON.stringify(tracker('KNOWN-TO-NOBODY')) };

interface Watcher {
  follower: Follower;
  /** By the token under which it came. */
  principals: ReadonlyMap<string, Principal>;
  /** At first, when it sees the most. */
  widest: Principal;
  /** At the end, when it may have lost rights. */
  principal: Principal;
  asked: Filter;
  /** Index of the snapshot from which it began. */
  from: number;
  /** In which round it loses rights, and the token that it has then. */
  narrowing: { round: number; token: string } | null;
}

describeOnEachDatabase('subscribers that resume', (kind) => {
  let pipeline: Pipeline;
  const servers: RunningServer[] = [];
  let second: Services | undefined;
  let run = 0;

  beforeAll(async () => {
    pipeline = await openPipeline(kind, { parcels: 'north' });
    servers.push(await startServer(pipeline.services));
    // The embedded database is one process's: there both servers are in it.
    if (kind === 'postgres') second = await openServices(pipeline.services.config, createLog('silent'), { supervise: false });
    servers.push(await startServer(second ?? pipeline.services));
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    await second?.close();
    await pipeline?.remove();
  });

  /** What people of different rights hold; which topics their scopes allow follows from the role. */
  const tokens = async () => {
    const { tokens: of } = pipeline.services;
    const grants = [
      { role: 'operator' }, { role: 'operator', companies: ['main'] }, { role: 'operator', companies: ['north'] }, { role: 'operator', companies: ['main', 'north'] },
      { role: 'customer', parties: [customerOf(run, 0)] }, { role: 'customer', parties: [customerOf(run, 0), customerOf(run, 1)] }, { role: 'partner', carriers: ['FedEx', 'UPS'] },
    ] as const;
    return Promise.all(grants.map(async (grant) => {
      const token = await of.create({ ...grant, subject: 'somebody', ttl: 3600 } as never);
      return { token, principal: await of.authenticate(`Bearer ${token}`) };
    }));
  };
  const scopes: Record<TopicField, string> = { milestones: 'shipments:read', shipmentChanges: 'shipments:read', yardEvents: 'yard:read', loadChanges: 'loads:read', exceptionChanges: 'exceptions:read', stockChanges: 'stock:read', operationsHealth: 'operations:read' };

  /** Projects what is there, and what follows from it; a snapshot after each step that moved. */
  async function settle(snapshots: Snapshot[]): Promise<void> {
    for (let idle = 0; idle < 2; ) {
      await pipeline.project();
      const now = await snapshot(pipeline.services.database.kysely);
      idle = now.position === snapshots.at(-1)!.position ? idle + 1 : 0;
      if (idle === 0) snapshots.push(now);
      await pipeline.followUp();
    }
  }

  async function deed(what: number): Promise<void> {
    const { database } = pipeline.services;
    if (what === 1) {
      const open = await database.kysely.selectFrom('exception').select('id').where('state', '<>', 'RESOLVED').orderBy('opened_at', 'desc').limit(1).executeTakeFirst();
      if (open !== undefined) await changeException(database, { id: open.id, action: 'resolve', resolution: 'seen to' }, 'somebody', uuidv7(), async () => {});
    }
    if (what >= 2) {
      const [type, payload] = what === 2 ? ['sync.started', { run: uuidv7(), cause: 'COMMAND' }] : ['sync.finished', { run: uuidv7(), state: 'FAILED', error: 'unreachable' }];
      const at = new Date().toISOString();
      await database.transaction((tx) => append(tx, [{ id: uuidv7(), type, version: 1, subject: 'connection:erp', company: 'main', connection: 'erp', factKey: null, occurredAt: at as never, recordedAt: at as never, correlationId: uuidv7(), causationId: null, payload }]));
    }
  }

  const urlOf = (move: number) => servers[move % servers.length]!.url;
  const documentOf = ({ topic, type }: Filter) => `subscription ($after: String!, $filter: ${type}) { event: ${topic}(after: $after, filter: $filter) { ${selections[topic]} } }`;

  async function carryOut(plan: Plan): Promise<{ watchers: Watcher[]; snapshots: Snapshot[] }> {
    const holders = await tokens();
    const messages = [...(run === 1 ? [strangeParcel] : []), ...messagesOf(plan.world, run)];
    const snapshots = [await snapshot(pipeline.services.database.kysely)];
    const watchers: Watcher[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const [index, { from, narrowedIn }] of plan.who.entries()) {
        const { token, filter } = plan.who[index % leaders]!;
        const { principal: widest, token: jwt } = holders[token]!;
        const left = narrowedIn < rounds && narrowedIn >= from ? holders[narrower[token] ?? token]! : holders[token]!;
        const { principal } = left;
        const asked = filters[filter]!;
        if (from !== round || !principal.scopes.has(scopes[asked.topic] as never)) continue;
        const { latestCursor } = await graphql(urlOf(round), jwt, '{ latestCursor }').catch(() => ({ latestCursor: null }));
        const follower = new Follower(jwt, documentOf(asked), asked.filter, latestCursor as string);
        await follower.connect(urlOf(filter));
        watchers.push({ follower, principals: new Map([[jwt, widest], [left.token, principal]]), widest, principal, asked, from: snapshots.length - 1, narrowing: left.token === jwt ? null : { round: narrowedIn, token: left.token } });
      }
      const fresh = await pipeline.receive(messages.filter((_, index) => plan.rounds[index % plan.rounds.length] === round));
      // Cut off while events are under way, and back while others are.
      const moved = narrow(round, watchers).then(() => move(plan, round, watchers));
      for (const [connection, ids] of fresh) await pipeline.decode(connection, ids);
      await deed(plan.deeds[round]!);
      await settle(snapshots);
      await moved;
    }
    for (const [index, { follower }] of watchers.entries()) {
      follower.cut();
      await follower.connect(urlOf(index + 1));
    }
    return { watchers, snapshots };
  }

  /** Offers the token of fewer rights on the open socket: that ends, and the follower comes back with what is left. */
  async function narrow(round: number, watchers: readonly Watcher[]): Promise<void> {
    for (const [index, { follower, narrowing }] of watchers.entries()) {
      if (narrowing?.round !== round) continue;
      const code = await follower.changeToken(narrowing.token);
      expect([4403, null]).toContain(code);
      if (code !== null) await follower.connect(urlOf(index));
    }
  }

  async function move(plan: Plan, round: number, watchers: readonly Watcher[]): Promise<void> {
    for (const [index, { follower }] of watchers.entries()) {
      const what = plan.moves[(round * followers + index) % plan.moves.length]!;
      if (what === 0) continue;
      follower.cut();
      if (what > 1) await follower.connect(urlOf(what));
    }
  }

  interface Expectation {
    name: string;
    id: string;
    /** Positions between which it must be told once. */
    after: number;
    upTo: number;
    isSure: boolean;
  }

  /** What a watcher is to be told, worked out from the records before and after every step. */
  function expectations({ principal, widest, asked, from }: Watcher, snapshots: readonly Snapshot[]): Expectation[] {
    const expected: Expectation[] = [];
    for (const [table, type] of Object.entries(tablesOf[asked.topic])) {
      for (let step = from + 1; step < snapshots.length; step++) {
        const [before, now] = [snapshots[step - 1]!, snapshots[step]!];
        for (const [name, row] of now.rows) {
          if (!name.startsWith(`${table} `)) continue;
          const isNew = table === 'milestone' ? row.active === true && before.rows.get(name)?.active !== true : JSON.stringify(before.rows.get(name)) !== JSON.stringify(row);
          const shows = (to: Principal, at: Snapshot) => at.rows.has(name) && maySee(to, at, table, at.rows.get(name)!) && asked.passes(table, at.rows.get(name)!);
          if (!isNew || !shows(widest, now)) continue;
          // What left its sight later, or its filter, may have been told or not.
          expected.push({ name, id: type === '' ? row.id : globalId(type, row.id), after: before.position, upTo: now.position, isSure: snapshots.slice(step).every((at) => shows(principal, at)) });
        }
      }
    }
    return expected;
  }

  const within = (position: number, { after, upTo }: Expectation) => position > after && position <= upTo;

  function check(watcher: Watcher, snapshots: readonly Snapshot[]): void {
    const { follower: { told, errors }, principals, principal, asked } = watcher;
    const name = `${asked.topic} ${JSON.stringify(asked.filter)} of ${principal.role} ${JSON.stringify(principal.companies)} ${principal.keys.length} keys`;
    expect(errors, `${name}: errors`).toEqual([]);
    for (let index = 1; index < told.length; index++) {
      const [a, b] = [told[index - 1]!, told[index]!];
      expect(b.position > a.position || (b.position === a.position && b.ordinal > a.ordinal), `${name}: cursors rise, none comes twice`).toBe(true);
    }
    for (const each of expectations(watcher, snapshots)) {
      const count = told.filter((event) => event.id === each.id && within(event.position, each)).length;
      if (each.isSure) expect(count, `${name}: ${each.name} in ${each.after} to ${each.upTo}`).toBe(1);
      else expect(count, `${name}: ${each.name} in ${each.after} to ${each.upTo}`).toBeLessThanOrEqual(1);
    }
    if (asked.topic === 'milestones') checkOnce(watcher, snapshots, name);
    const tables = Object.entries(tablesOf[asked.topic]);
    for (const event of told) {
      // It may be told at any moment after its step, so it must have been visible at one of them.
      const since = snapshots.findIndex((each) => each.position >= event.position);
      const seen = snapshots.slice(since).some((at) => tables.some(([table, type]) => [...at.rows].some(([key, row]) => key.startsWith(`${table} `) && (type === '' ? row.id : globalId(type, row.id)) === event.id && maySee(principals.get(event.token)!, at, table, row) && asked.passes(table, row))));
      expect(seen, `${name}: may see ${event.id} told at ${event.position}`).toBe(true);
    }
  }

  /** A milestone is told twice only to who lost in between the key under which it was seen: another one may have taken its place in the same step. */
  function checkOnce({ follower: { told }, principal }: Watcher, snapshots: readonly Snapshot[], name: string): void {
    const last = new Map<string, number>();
    for (const { id, position } of told) {
      const before = last.get(id);
      last.set(id, position);
      if (before === undefined) continue;
      const between = snapshots.filter((at) => at.position >= before && at.position <= position);
      const shows = (to: Principal) => between.every((at) => at.rows.has(`milestone ${id}`) && maySee(to, at, 'milestone', at.rows.get(`milestone ${id}`)!));
      const wasLost = principal.keys.length === 0 ? !shows(principal) : !principal.keys.some((key) => shows({ ...principal, keys: [key] }));
      expect(wasLost, `${name}: ${id} is told at ${before} and at ${position}`).toBe(true);
    }
  }

  /**
   * Pages of `events` give what stands in the feed for this token now: all of it was told, in that order. Who holds several
   * keys may have seen a milestone under one that it has lost since: it stands now where the next one made it visible.
   */
  async function checkEvents({ follower, asked, from, principal }: Watcher, snapshots: readonly Snapshot[]): Promise<void> {
    if (asked.filter !== null && asked.topic !== 'milestones') return; // events filters milestones only
    const found: Array<{ cursor: string; id: string }> = [];
    let after = cursorAt(follower, snapshots[from]!.position);
    for (let more = true; more; ) {
      const { events } = await graphql(urlOf(found.length), follower.token, 'query ($after: String, $topics: [Topic!], $filter: MilestoneFilter) { events(first: 3, after: $after, topics: $topics, filter: $filter) { all { id cursor } pageInfo { hasNextPage endCursor } } }', { after, topics: [topicNames[asked.topic]], filter: asked.topic === 'milestones' ? asked.filter : null });
      found.push(...events.all);
      after = events.pageInfo.endCursor;
      more = events.pageInfo.hasNextPage;
    }
    const wasSeenBefore = ({ cursor, id }: { cursor: string; id: string }) => {
      const position = Number(Buffer.from(cursor, 'base64url').toString().split('.')[1]);
      const before = snapshots.findLast((at) => at.position < position);
      const row = before?.rows.get(`milestone ${id}`);
      return asked.topic === 'milestones' && principal.keys.length > 1 && row !== undefined && row.active === true && maySee(principal, before!, 'milestone', row);
    };
    const told = new Set(follower.told.map((event) => event.cursor));
    const cursors = found.filter((event) => told.has(event.cursor) || !wasSeenBefore(event)).map((event) => event.cursor);
    expect(follower.told.map((event) => event.cursor).filter((cursor) => cursors.includes(cursor)), `${asked.topic}: events gives what the subscription told`).toEqual(cursors);
  }

  /** The end of a position, as clients hold it. */
  function cursorAt({ token: _, told }: Follower, position: number): string | null {
    const known = told[0]?.cursor;
    if (known === undefined) return null;
    const [tag] = Buffer.from(known, 'base64url').toString().split('.');
    return Buffer.from(`${tag}.${position}.999999999`).toString('base64url');
  }

  it('get exactly what they may see, once and in order, whatever happens, wherever and whenever they are cut off', async () => {
    let told = 0;
    let narrowed = 0;
    const runs = kind === 'postgres' ? 25 : 12;
    const topics = new Set<string>();
    await fc.assert(fc.asyncProperty(plans, async (plan) => {
      run++;
      const { watchers, snapshots } = await carryOut(run === 1 ? withEveryTopic(plan) : plan);
      const sure = watchers.map((watcher) => expectations(watcher, snapshots).filter((each) => each.isSure));
      await untilQuiet(watchers, sure);
      for (const watcher of watchers) check(watcher, snapshots);
      for (const watcher of watchers) {
        // Under fewer keys a milestone may stand elsewhere: pages show where.
        if (watcher.follower.told.length > 0 && watcher.narrowing === null) await checkEvents(watcher, snapshots);
        if (watcher.narrowing !== null && watcher.follower.told.some(({ token }) => token === watcher.narrowing!.token)) narrowed++;
      }
      for (const { follower, asked } of watchers) {
        follower.cut();
        told += follower.told.length;
        if (follower.told.length > 0) topics.add(asked.topic);
      }
    }), { numRuns: runs, endOnFailure: true });
    expect(told).toBeGreaterThan(10 * runs);
    expect(narrowed, 'who lost rights was told of what is left').toBeGreaterThan(0);
    expect([...topics].sort(), 'every topic was told of').toEqual(Object.keys(tablesOf).sort());
  }, 300_000);

  /** Until all that must come has come, or does not; and a moment longer, for what comes too much. */
  async function untilQuiet(watchers: readonly Watcher[], sure: ReadonlyArray<readonly Expectation[]>): Promise<void> {
    const isThere = () => watchers.every(({ follower }, index) => sure[index]!.every((each) => follower.told.some((event) => event.id === each.id && within(event.position, each))));
    for (const endMs = Date.now() + 30_000; !isThere() && Date.now() < endMs; ) await new Promise((next) => setTimeout(next, 20));
    await new Promise((next) => setTimeout(next, 100));
  }
});

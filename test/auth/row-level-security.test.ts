import { CompiledQuery, sql } from 'kysely';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { principalOf, type Principal } from '../../src/auth/principal.js';
import { readerFor, type Reader } from '../../src/auth/reader.js';
import { ReadStatement } from '../../src/auth/statements.js';
import { readableTables, type ReadableTable } from '../../src/auth/visibility.js';
import { holdKeys } from '../../src/db/held-keys.js';
import { countRun } from '../../src/db/prepared.js';
import { shipmentsQuery } from '../../src/subgraphs/carrier/queries.js';
import { testServer, type TestServer } from '../support/databases.js';
import { addWorldConnections, carriers, companies, customers, sites, tellWorld, tmsConnections, type Group } from '../support/owned-world.js';
import { partyId } from '../support/partners.js';

const base = { subject: 's', expiresMs: Date.now() + 3_600_000, demonstration: false, parties: [], carriers: [], companies: [] };
const readable = Object.keys(readableTables) as ReadableTable[];
const some = <Item>(items: readonly Item[]) => fc.subarray([...items]);
const drawnOutsider: fc.Arbitrary<Principal> = fc.oneof(
  some(customers).map((ids) => principalOf({ ...base, role: 'customer', parties: ids.map(partyId) })),
  fc.record({ carriers: some(carriers), facilities: some(sites), connections: some(tmsConnections), shops: some(companies) }).map((names) => principalOf({ ...base, role: 'partner', ...names })),
);
const drawnGroup = fc.record({ company: fc.constantFrom(0, 1), customer: fc.constantFrom(0, 1, 2), carrier: fc.constantFrom(0, 1), tms: fc.constantFrom(0, 1), facility: fc.constantFrom(0, 1) }) as fc.Arbitrary<Omit<Group, 'number'>>;
const groupCount = 6;

describe.skipIf(inject('postgresUrl') === null)(`row-level security${inject('postgresUrl') === null ? ' (skipped: no PostgreSQL is installed)' : ''}`, () => {
  let server: TestServer;
  let ourselves: string;

  beforeAll(async () => {
    server = await testServer('postgres', { GATEHOUSE_ROW_LEVEL_SECURITY: 'on' });
    await addWorldConnections(server);
    const groups = fc.sample(fc.array(drawnGroup, { minLength: groupCount, maxLength: groupCount }), 1)[0]!.map((group, index) => ({ ...group, number: index + 1 }));
    await tellWorld(server, groups);
    ourselves = (await sql<{ user: string }>`select current_user as user`.execute(server.database.reads)).rows[0]!.user;
  });
  afterAll(() => server?.remove());

  /** A statement as an outsider, past the rewrite of queries. */
  const runAs = async <Row>({ keys }: Pick<Principal, 'keys'>, text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const query = CompiledQuery.raw(text, [...values]);
    holdKeys(query.queryId, keys);
    return (await server.database.reads.executeQuery<Row>(query)).rows;
  };
  const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();

  it('shows an outsider of every readable table what the rewrite of queries shows, whoever asks for whatever is there', async () => {
    const met = new Map<string, number>();
    await fc.assert(fc.asyncProperty(drawnOutsider, async (principal) => {
      for (const table of readable) {
        const [rewritten, unrewritten] = await Promise.all([readerFor(server.database.kysely, principal).db.selectFrom(table).selectAll().execute(), runAs(principal, `select * from ${table}`)]);
        expect(sorted(unrewritten), `${table} to ${principal.keys.join(' ')}`).toEqual(sorted(rewritten));
        met.set(table, (met.get(table) ?? 0) + rewritten.length);
      }
    }), { numRuns: 60 });
    const forInsiders = ['party', 'product', 'stock_level', 'exception', 'connection_health', 'command', 'command_attempt', 'quote', 'booking_rule', 'carrier_cut_off', 'interchange', 'interchange_answer', 'tender', 'tender_plan', 'geofence', 'warehouse_release', 'pickup', 'pickup_booking'];
    for (const table of readable) expect([table, (met.get(table) ?? 0) > 0]).toEqual([table, !forInsiders.includes(table)]);
  });

  it('has every table that can be read under a policy, grants its role these and the keys, and nothing else', async () => {
    const { rows } = await sql<{ name: string; policy: string | null; enabled: boolean; rights: string[] }>`
      select c.relname as name, p.policyname as policy, c.relrowsecurity as enabled, array(select privilege from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as privilege where has_table_privilege(${server.database.outsiders.role}, c.oid, privilege)) as rights
      from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_policies p on p.tablename = c.relname and p.schemaname = n.nspname
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema')`.execute(server.database.kysely);
    const open = rows.filter(({ policy, rights }) => policy !== null || rights.length > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(open).toEqual([...readable, 'record_access'].sort().map((name) => ({ name, policy: 'outsiders', enabled: true, rights: ['SELECT'] })));
    expect(rows.length).toBeGreaterThan(open.length + 20);
  });

  it('keeps an outsider from every other table, from writing, and from rows that only another key opens, even where it names them', async () => {
    const nobody = { keys: [] };
    await expect(runAs(nobody, 'select * from signing_key')).rejects.toMatchObject({ code: '42501' });
    await expect(runAs(nobody, 'select * from event')).rejects.toMatchObject({ code: '42501' });
    await expect(runAs(nobody, 'select pg_read_file($1)', ['/etc/passwd'])).rejects.toMatchObject({ code: '42501' });
    await expect(runAs(nobody, 'delete from shipment')).rejects.toThrow();
    const [row] = await server.database.kysely.selectFrom('record_access').selectAll().where('kind', '=', 'shipment').limit(1).execute();
    const other = { keys: [`${row!.key}0`, 'all', '*', '', '"', '\\', '{}', 'NULL', "'", '},{'] };
    expect(await runAs(other, 'select * from shipment where id = $1', [row!.record_id])).toEqual([]);
    expect(await runAs(other, 'select * from record_access')).toEqual([]);
    expect(await runAs({ keys: [...other.keys, row!.key] }, 'select id from shipment where id = $1', [row!.record_id])).toEqual([{ id: row!.record_id }]);
    expect(await runAs<{ keys: string[] }>(other, 'select held_keys() as keys')).toEqual([{ keys: other.keys }]);
  });

  it('holds for what readers read, whichever way they are asked, and for outsiders alone', async () => {
    const statement = new ReadStatement((db) => db.selectFrom('shipment').select('shipment.id'));
    const ways: Array<(reader: Reader) => Promise<unknown>> = [(reader) => reader.db.selectFrom('shipment').select('shipment.id').execute(), (reader) => reader.read(statement, null, [])];
    const readerOf = (principal: Principal) => readerFor(server.database.reads, principal);
    const [outsider, insider, narrow] = [principalOf({ ...base, role: 'customer', parties: [partyId(customers[0])] }), principalOf({ ...base, role: 'operator' }), principalOf({ ...base, role: 'operator', companies: ['main'] })];
    const { role } = server.database.outsiders;
    for (const way of ways) await way(readerOf(outsider));
    await sql`revoke select on shipment from ${sql.id(role!)}`.execute(server.database.kysely);
    try {
      for (const way of ways) {
        await expect(way(readerOf(outsider))).rejects.toMatchObject({ code: '42501' });
        await way(readerOf(insider));
        await way(readerOf(narrow));
      }
    } finally {
      await sql`grant select on shipment to ${sql.id(role!)}`.execute(server.database.kysely);
    }
  });

  it('runs nothing where it cannot run it as an outsider', async () => {
    const { outsiders } = server.database;
    const { role } = outsiders;
    outsiders.role = 'nobody_of_that_name';
    try {
      const outcomes = await Promise.allSettled([runAs({ keys: [] }, 'select * from shipment'), runAs({ keys: [] }, 'select 1 from log_head where position >= $1', [0])]);
      expect(outcomes).toMatchObject([{ status: 'rejected', reason: { code: '22023' } }, { status: 'rejected', reason: { code: '22023' } }]);
    } finally {
      outsiders.role = role;
    }
    expect(await runAs<{ role: string }>({ keys: [] }, 'select current_user as role')).toEqual([{ role }]);
  });

  it('never runs a statement under the keys of another, with principals of all kinds on the same connections', async () => {
    const holders = [...['party:a', 'party:b', 'carrier:C', 'tms:d'].map((key) => [key]), ['shop:e', 'shop:f'], []];
    const text = 'select current_user as role, held_keys() as keys, $1::integer as number, pg_backend_pid() as pid';
    for (let run = 0; run < 5; run++) countRun(text);
    const pids = new Map<number, Set<string>>();
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ who: fc.option(fc.constantFrom(...holders), { freq: 4 }), fails: fc.boolean(), waits: fc.boolean() }), { minLength: 20, maxLength: 60 }), async (asked) => {
      await Promise.all(asked.map(async ({ who, fails, waits }, number) => {
        if (waits) await new Promise((next) => setTimeout(next, number % 7));
        const query = CompiledQuery.raw(text, [number]);
        if (who !== null) holdKeys(query.queryId, who);
        const [row] = await Promise.all([
          server.database.reads.executeQuery<{ role: string; keys: string[] | null; number: number; pid: number }>(query).then(({ rows }) => rows[0]!),
          fails ? expect(runAs({ keys: ['party:of-the-failed'] }, 'select 1 / $1::integer', [0])).rejects.toMatchObject({ code: '22012' }) : undefined,
        ]);
            expect(row).toMatchObject({ number, keys: who, role: who === null ? ourselves : server.database.outsiders.role });
        pids.set(row.pid, (pids.get(row.pid) ?? new Set()).add(String(who)));
      }));
    }), { numRuns: 40 });
    // The connections were shared, or this says nothing.
    expect(Math.max(...[...pids.values()].map((who) => who.size))).toBe(holders.length + 1);
  });

  it('finds rows by the same indexes as without it: of 20,000 shipments those that an outsider asks for are read, and no more', async () => {
    const { kysely } = server.database;
    await sql`insert into shipment (id, company, reference, status, provisional, names, tracking_numbers, created_at, updated_at)
      select gen_random_uuid(), 'main', 'B' || n, 'IN_TRANSIT', false, array['B' || n], array['T' || n], now(), now() from generate_series(1, 20000) n`.execute(kysely);
    await sql`insert into record_access (key, kind, record_id) select key, 'shipment', id from shipment, unnest(array['shop:big', 'carrier:BIG' || length(reference)]) as key where reference like 'B%' on conflict do nothing`.execute(kysely);
    await sql`analyze shipment, record_access`.execute(kysely);
    const principal = principalOf({ ...base, role: 'partner', shops: ['big'], carriers: ['BIG5'] });
    const reader = readerFor(server.database.reads, principal);
    const { db } = reader;
    const questions: Record<string, { compile(): CompiledQuery }> = {
      id: db.selectFrom('shipment').select('shipment.id').where('shipment.id', '=', (await kysely.selectFrom('shipment').select('id').where('reference', '=', 'B777').executeTakeFirstOrThrow()).id),
      page: shipmentsQuery(reader, 20, null, {}),
      'page of a status': shipmentsQuery(reader, 20, null, { status: ['IN_TRANSIT'] } as never),
      name: db.selectFrom('shipment').select('shipment.id').where(sql<boolean>`shipment.id = any(shipments_named(${'B777'}))`),
      number: db.selectFrom('shipment').select('shipment.id').where(sql<boolean>`shipment.id = any(shipments_tracked(${'T777'}))`),
    };
    for (const [name, question] of Object.entries(questions)) {
      const { sql: text, parameters } = question.compile();
      const plan = (await runAs<{ 'QUERY PLAN': string }>(principal, `explain (analyze, costs off, timing off) ${text}`, parameters)).map((row) => row['QUERY PLAN']).join('\n');
      expect(plan, name).toContain('SubPlan');
      // Rows that a node gave, and those that it read and dropped, over all of its runs.
      const read = [...plan.matchAll(/rows=(\d+) loops=(\d+)|Rows Removed by (?:Filter|Index Recheck): (\d+)/g)].map(([, rows, loops, removed]) => (rows === undefined ? Number(removed) : Number(rows) * Number(loops)));
      expect(Math.max(...read), `${name}\n${plan}`).toBeLessThan(100);
      expect(Math.max(...read), name).toBeGreaterThan(0);
    }
  });
});

import { sql, type Expression } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf, type PrincipalClaims } from '../../src/auth/principal.js';
import { readerFor, type Reader } from '../../src/auth/reader.js';
import { globalId } from '../../src/lib/ids.js';
import { encodeCursor } from '../../src/subgraphs/shared/pages.js';
import { loadsQuery } from '../../src/subgraphs/tms/queries.js';
import { appointmentsQuery, visitsQuery } from '../../src/subgraphs/yard/queries.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';

const rows = 20_000;

describeOnEachDatabase(`lists of ${rows.toLocaleString('en')} loads, appointments and visits`, (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  const readers = {} as Record<'operator' | 'carrier', Reader>;

  beforeAll(async () => {
    services = await testServices(kind);
    const claims = { subject: 's', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false };
    const reader = (more: Partial<PrincipalClaims> & Pick<PrincipalClaims, 'role'>) => readerFor(services.database.reads, principalOf({ ...claims, ...more }));
    Object.assign(readers, { operator: reader({ role: 'operator', companies: ['main'] }), carrier: reader({ role: 'partner', carriers: ['D'] }) });
    const db = services.database.kysely;
    const id = sql`('00000000-0000-8000-8000-' || lpad(to_hex(g), 12, '0'))::uuid`;
    const facility = sql`('00000000-0000-8000-8000-' || lpad(to_hex(g % 50), 12, '0'))::uuid`;
    // The rare ones lie where a list ends: who reads in its order and throws away finds them last.
    const rare = (value: string, else_: string) => sql`case when g > ${rows - 20} then ${value} else ${else_} end`;
    const all = sql`from generate_series(1, ${rows}::integer) g`;
    await sql`insert into load (id, subject, company, connection, reference, name_key, state, raw_state, carrier, starts_at, stops, version, updated_at)
      select ${id}, 'load:' || g, 'main', 't', 'L' || g, 'L' || g, ${rare('DRAFT', 'COMPLETED')}, 'x', 'D', timestamptz '2026-03-01' - (g || ' minutes')::interval, '[]', 1, now() ${all}`.execute(db);
    await sql`insert into appointment (id, subject, company, connection, facility_id, direction, state, raw_state, starts_at, numbers, names, version, updated_at)
      select ${id}, 'appointment:' || g, 'main', 't', ${facility}, 'INBOUND', ${rare('NO_SHOW', 'COMPLETED')}, 'x', timestamptz '2026-03-01' + (g || ' minutes')::interval, '{}', '[]', 1, now() ${all}`.execute(db);
    await sql`insert into visit (id, subject, company, connection, facility_id, type, state, checked_in_at, version, updated_at)
      select ${id}, 'visit:' || g, 'main', 't', ${facility}, 'LIVE', ${rare('AT_DOCK', 'CHECKED_OUT')}, timestamptz '2026-03-01' - (g || ' minutes')::interval, 1, now() ${all}`.execute(db);
    for (const table of ['load', 'appointment', 'visit'] as const) await sql`insert into record_access select 'carrier:D', ${table}, id from ${sql.table(table)}`.execute(db);
    await sql`analyze`.execute(db);
  });
  afterAll(() => services?.remove());

  const late = '2026-02-16T00:00:00.000Z';
  const uuid = '00000000-0000-8000-8000-000000000000';
  const fifth = globalId('Facility', '00000000-0000-8000-8000-000000000005');
  type Explained = { execute(): Promise<unknown[]>; explain(format: 'text', options: Expression<unknown>): Promise<object[]> };
  const queries: ReadonlyArray<[string, (reader: Reader) => Explained, number]> = [
    ['the first loads', (reader) => loadsQuery(reader, 50, null, {}), 51],
    ['loads far down the list', (reader) => loadsQuery(reader, 50, encodeCursor(late, uuid), {}), 51],
    ['loads of a rare state', (reader) => loadsQuery(reader, 50, null, { state: ['DRAFT'] }), 20],
    ['loads of a carrier that has none', (reader) => loadsQuery(reader, 50, null, { carrier: 'nobody' }), 0],
    ['the first appointments', (reader) => appointmentsQuery(reader, 50, null, {}), 51],
    ['appointments far down the list', (reader) => appointmentsQuery(reader, 50, encodeCursor('2026-03-10T00:00:00.000Z', uuid), {}), 51],
    ['the appointments of a facility and day', (reader) => appointmentsQuery(reader, 50, null, { facilityId: fifth, from: '2026-03-09T00:00:00Z', to: '2026-03-10T00:00:00Z' }), 29],
    ['appointments of a rare state', (reader) => appointmentsQuery(reader, 50, null, { state: ['NO_SHOW'] }), 20],
    ['the first visits', (reader) => visitsQuery(reader, 50, null, {}), 51],
    ['visits far down the list', (reader) => visitsQuery(reader, 50, encodeCursor(late, uuid), {}), 51],
    ['trucks on site', (reader) => visitsQuery(reader, 50, null, { state: ['AT_DOCK'] }), 20],
  ];
  it.each(queries.flatMap(([what, query, found]) => (['operator', 'carrier'] as const).map((who) => [what, who, query, found] as const)))('give %s to an %s through an index', async (_what, who, make, found) => {
    const query = make(readers[who]);
    expect(await query.execute()).toHaveLength(found);
    const plan = (await query.explain('text', sql`analyze, costs off, timing off`)).map((row) => String(Object.values(row)[0])).join('\n');
    expect(plan).not.toContain('Seq Scan');
    for (const [, read] of plan.matchAll(/(?:rows=|Removed by Filter: |Removed by Index Recheck: )(\d+)/g)) expect(Number(read), plan).toBeLessThan(2000);
  });
});

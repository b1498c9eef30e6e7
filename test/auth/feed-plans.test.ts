import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { principalOf, type Principal } from '../../src/auth/principal.js';
import { readerFor } from '../../src/auth/reader.js';
import { feedRows } from '../../src/subgraphs/shared/feed.js';
import { testServices } from '../support/databases.js';

const base = { subject: 's', expiresMs: Date.now() + 3_600_000, demonstration: false, parties: [] as string[], carriers: [] as string[], companies: [] as string[] };
const outsider = (...keys: string[]): Principal => ({ ...principalOf({ ...base, role: 'customer', parties: ['x'] }), keys });
const insider = (...companies: string[]): Principal => principalOf({ ...base, role: 'operator', companies });

describe.skipIf(inject('postgresUrl') === null)('a feed of 200,000 rows (PostgreSQL; skipped where none is installed)', () => {
  let services: Awaited<ReturnType<typeof testServices>>;
  beforeAll(async () => {
    services = await testServices('postgres');
    const company = sql`case when g % 100 = 0 then 'small' when g % 3 = 0 then 'north' else 'main' end`;
    for (const key of [sql`'all'`, sql`case when g % 2 = 0 then 'carrier:ups' else 'party:' || g % 200 end`]) {
      await sql`insert into feed (key, position, ordinal, milestone_id, changed, record_id, company) select ${key}, g, 0, md5(g::text)::uuid, case when g % 50 = 0 then 'shipment' end, case when g % 50 = 0 then md5(g::text)::uuid end, ${company} from generate_series(1, 100000) g`.execute(services.database.kysely);
    }
    await sql`analyze feed`.execute(services.database.kysely);
  });
  afterAll(() => services?.remove());

  it.each<[string, Principal]>([
    ['one key', outsider('party:7')],
    ['rare and frequent keys', outsider('party:7', 'party:9', 'carrier:ups')],
    ['rare keys', outsider('party:7', 'party:9', 'party:11')],
    ['everybody of the house', insider()],
    ['one company', insider('main')],
    ['a small company', insider('small')],
    ['two companies', insider('main', 'north')],
  ])('is read by %s through an index, without reading the whole of it', async (_who, principal) => {
    const reader = readerFor(services.database.kysely, principal);
    const page = feedRows(reader, ['milestone'], { position: 50_000, ordinal: 0 }, 100);
    expect(await page.execute()).toHaveLength(100);
    const plan = (await page.explain('text', sql`analyze, costs off, timing off`)).map((row) => String(Object.values(row)[0])).join('\n');
    expect(plan).not.toContain('Seq Scan');
    for (const [, rows] of plan.matchAll(/(?:rows=|Removed by Filter: )(\d+)/g)) expect(Number(rows), plan).toBeLessThan(2000);
  });
});

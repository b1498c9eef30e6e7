import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { readerFor, type Reader } from '../../src/auth/reader.js';
import { shipmentsQuery } from '../../src/subgraphs/carrier/queries.js';
import type { ShipmentFilter } from '../../src/subgraphs/carrier/types.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';

const rows = 20_000;

describeOnEachDatabase(`the list of ${rows.toLocaleString('en')} shipments`, (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let reader: Reader;
  beforeAll(async () => {
    services = await testServices(kind);
    reader = readerFor(services.database.reads, principalOf({ subject: 's', role: 'operator', parties: [], carriers: [], companies: ['main'], expiresMs: Date.now() + 3_600_000, demonstration: false }));
    // The rare ones are the oldest: who reads newest first and throws away finds them last.
    await sql`
      insert into shipment (id, company, reference, status, provisional, carrier, search, created_at, updated_at)
      select ('00000000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid, 'main', 'WH/OUT/' || g, case when g <= 20 then 'LOST' else 'DELIVERED' end, g <= 20,
        case when g <= 20 then 'RARE' else 'UPS' end, 'wh/out/' || g || ' s' || (g + 40000) || case when g <= 20 then ' needle_%' || g else '' end || ' 1z' || md5(g::text), now(), now()
      from generate_series(1, ${rows}::integer) g`.execute(services.database.kysely);
    await sql`analyze shipment`.execute(services.database.kysely);
  });
  afterAll(() => services?.remove());

  it.each<[string, ShipmentFilter, string, number]>([
    ['a part of a name', { search: 'NEEDLE_' }, 'shipment_search', 20],
    ['a part with characters that LIKE knows', { search: 'e_%7' }, 'shipment_search', 1],
    ['a whole reference', { search: 'wh/out/777 ' }, 'shipment_search', 11],
    ['a part that nothing has', { search: 'no such thing' }, 'shipment_search', 0],
    ['a rare status', { status: ['LOST'] }, 'shipment_status', 20],
    ['a rare carrier', { carrier: 'RARE' }, 'shipment_carrier', 20],
    ['what is provisional', { provisional: true }, 'shipment_provisional', 20],
  ])('is searched for %s through an index', async (_what, filter, index, found) => {
    const query = shipmentsQuery(reader, 50, null, filter);
    expect(await query.execute()).toHaveLength(found);
    const plan = (await query.explain('text', sql`analyze, costs off, timing off`)).map((row) => String(Object.values(row)[0])).join('\n');
    expect(plan).toContain(index);
    expect(plan).not.toContain('Seq Scan');
    for (const [, read] of plan.matchAll(/(?:rows=|Removed by Filter: |Removed by Index Recheck: )(\d+)/g)) expect(Number(read)).toBeLessThan(2000);
  });

  it('finds what holds the part that was asked for, and nothing else, whatever the part', async () => {
    const texts = (await services.database.kysely.selectFrom('shipment').select(['id', 'search']).orderBy('id', 'desc').execute()) as Array<{ id: string; search: string }>;
    const part = fc.oneof(
      fc.tuple(fc.nat(rows - 1), fc.nat(20), fc.integer({ min: 1, max: 12 })).map(([row, from, length]) => texts[row]!.search.slice(from, from + length)),
      fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constantFrom('%', '_', '\\', '%%%', "'''", 'ß', 'İ', '🚚🚚🚚'),
    ).filter((text) => !text.includes('\0'));
    await fc.assert(fc.asyncProperty(part, async (search) => {
      const wanted = search.trim().toLowerCase();
      const expected = texts.filter((row) => row.search.includes(wanted)).slice(0, 6).map((row) => row.id);
      expect((await shipmentsQuery(reader, 5, null, { search }).execute()).map((row) => row.id)).toEqual(expected);
    }), { numRuns: 60 });
  });
});

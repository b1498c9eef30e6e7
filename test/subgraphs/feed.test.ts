import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { readerFor } from '../../src/auth/reader.js';
import { openLiveFeed, type LiveFeed } from '../../src/events/live.js';
import { globalId, uuidOfName } from '../../src/lib/ids.js';
import { milestonesOf, readMilestones, readShipments } from '../../src/subgraphs/carrier/feed.js';
import { readFeedFrom } from '../../src/subgraphs/shared/change.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { feedPage } from '../support/feed-pages.js';

const [kept, merged] = [uuidOfName('kept'), uuidOfName('merged')];
const milestones = 2500;

describeOnEachDatabase('what a subscription reads', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let live: LiveFeed & { close(): Promise<void> };

  beforeAll(async () => {
    services = await testServices(kind);
    const db = services.database.kysely;
    await sql`insert into shipment (id, company, status, provisional, created_at, updated_at, merged_into) values (${kept}, 'main', 'IN_TRANSIT', false, now(), now(), null), (${merged}, 'main', 'UNKNOWN', true, now(), now(), ${kept})`.execute(db);
    await sql`insert into milestone (id, position, subject, shipment_id, company, fact_group, content_hash, active, code, classifier, occurred_at, zone, zone_assumed, observed_at, recorded_at, connection)
      select md5(g::text)::uuid, g, 'tracking:UPS:1', ${kept}, 'main', g::text, g::text, true, 'IN_TRANSIT', 'ACTUAL', now(), 'UTC', false, now(), now(), 'parcels' from generate_series(1, ${milestones + 1}::integer) g`.execute(db);
    await sql`insert into record_access (key, kind, record_id) select key, 'shipment', id from unnest(array['carrier:UPS', 'facility:DC@main']) key, unnest(array[${kept}::uuid, ${merged}::uuid]) id`.execute(db);
    // All but the last were met as a carrier; then the same were opened to the facility, in one batch.
    await sql`insert into feed (key, position, ordinal, company, milestone_id) select 'carrier:UPS', g, 0, 'main', md5(g::text)::uuid from generate_series(1, ${milestones}::integer) g`.execute(db);
    await sql`insert into feed (key, position, ordinal, company, milestone_id) select 'facility:DC@main', ${milestones + 1}::integer, g, 'main', md5(g::text)::uuid from generate_series(1, ${milestones + 1}::integer) g`.execute(db);
    await sql`insert into projection (name, position) values ('main', ${milestones + 1}) on conflict (name) do update set position = excluded.position`.execute(db);
    live = await openLiveFeed(services.database, services.bus);
  });
  afterAll(async () => {
    await live?.close();
    await services?.remove();
  });

  const readerOf = (claims: object) => readerFor(services.database.reads, principalOf({ subject: 's', role: 'partner', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false, ...claims }));

  it('goes on behind any number of milestones that its reader met under another key', async () => {
    const partner = readerOf({ carriers: ['UPS'], facilities: ['DC'] });
    const page = await feedPage(partner, live, { position: milestones, ordinal: 0 }, 10);
    expect(page.map(({ id, cursor }) => [id, cursor])).toEqual([[expect.any(String), { position: milestones + 1, ordinal: 2 * (milestones + 1) }]]);
  });

  it('ends a page of a query where it has looked long enough, and the next page goes on from there', async () => {
    const operator = readerFor(services.database.reads, principalOf({ subject: 's', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false }));
    const carrier = readerOf({ carriers: ['UPS'] });
    const rare = milestonesOf({ codes: ['DELIVERED'] });
    const first = await readFeedFrom(carrier, live, undefined, rare, 10, 500);
    expect(first).toMatchObject({ items: [], hasMore: true });
    expect(first.scanned.position).toBeGreaterThanOrEqual(500);
    let page = first;
    let pages = 1;
    for (; page.hasMore; pages++) page = await readFeedFrom(carrier, live, live.encode(page.scanned), rare, 10, 500);
    expect(pages).toBeLessThan(8);
    expect((await readFeedFrom(operator, live, undefined, rare, 10, 500)).hasMore).toBe(false);
  });

  it('by the id of a shipment is of the one that it was merged into', async () => {
    const { db } = readerOf({ carriers: ['UPS'] });
    const id = (await db.selectFrom('milestone').select('id').limit(1).executeTakeFirstOrThrow()).id;
    for (const shipmentId of [kept, merged]) expect([...(await readMilestones(db, [id], { shipmentId: globalId('Shipment', shipmentId) })).keys()]).toEqual([id]);
    expect([...(await readMilestones(db, [id], { shipmentId: uuidOfName('another') })).keys()]).toEqual([]);
    const changes = async (shipmentId: string) => [...(await readShipments(db, [kept, merged], { shipmentId }))].map(([uuid, { deleted }]) => [uuid, deleted]).sort();
    expect(await changes(merged)).toEqual([[kept, false], [merged, true]].sort());
    expect(await changes(kept)).toEqual([[kept, false]]);
  });
});

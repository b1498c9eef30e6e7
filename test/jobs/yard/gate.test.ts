import { sql, type RawBuilder } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../../src/auth/principal.js';
import { instant } from '../../../src/lib/clock.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { loadsAtGate, shipmentsAtGate } from '../../../src/jobs/tasks/yard/gate-candidates.js';
import { VisitDesk } from '../../../src/jobs/tasks/yard/visits.js';
import { openPipeline, type Pipeline } from '../../projections/pipeline.js';
import { describeOnEachDatabase } from '../../support/databases.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';

const claims = { subject: 'dock-office', role: 'operator' as const, parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false };
const operator = principalOf(claims);
const warehouse = principalOf({ ...claims, subject: 'gate', role: 'partner', facilities: ['WH@main'] });
const asker = (by = operator) => ({ by, idempotencyKey: uuidv7(), correlationId: uuidv7() });
const rows = 20_000;

describeOnEachDatabase('what a truck may come for', (kind) => {
  let pipeline: Pipeline;
  let facility: string;
  const db = () => pipeline.services.database.kysely;
  beforeAll(async () => {
    pipeline = await openPipeline(kind);
    facility = await saveFacilityPlan(pipeline.tasks, { code: 'WH', company: 'main', plan: facilityPlan() }, operator, uuidv7());
  });
  afterAll(() => pipeline?.remove());

  it('is told to whom it may be shown, and to people of the company in the exception', async () => {
    const [load, other] = [uuidv7(), uuidv7()];
    await sql`insert into load (id, subject, company, connection, reference, name_key, state, raw_state, stops, version, updated_at)
      values (${load}, 'load:secret', 'main', 'tms', 'SEC-4711', 'SEC-4711', 'DISPATCHED', 'x', '[]', 1, now()), (${other}, 'load:own', 'main', 'tms', 'SEC-4712', 'SEC-4712', 'DISPATCHED', 'x', '[]', 1, now())`.execute(db());
    await sql`insert into stop (load_id, sequence, company, kind, facility_code, planned_arrival) select id, 1, 'main', 'DROP', 'WH', now() from unnest(${[load, other]}::uuid[]) id`.execute(db());
    await sql`insert into record_access (key, kind, record_id) values ('facility:WH@main', 'load', ${other})`.execute(db());
    const desk = new VisitDesk(pipeline.tasks);
    const asked = async (by: typeof operator) => (await desk.checkIn({ facility, references: ['SEC-471'], seals: [] }, asker(by))).unmatched.map(({ given, candidates }) => [given, candidates.map(({ name }) => name).toSorted()]);
    expect(await asked(operator)).toEqual([['SEC-471', ['SEC-4711', 'SEC-4712']]]);
    expect(await asked(warehouse)).toEqual([['SEC-471', ['SEC-4712']]]);
    const told = await db().selectFrom('exception').select('detail').where('kind', '=', 'GATE_REFERENCE').where('title', 'like', '%SEC-471,%').execute();
    expect(told.map(({ detail }) => ['SEC-4711', 'SEC-4712'].every((name) => detail!.includes(name)))).toEqual([true, true]);
  });

  it('is found through indexes, and of more than can be looked at the nearest to now', async () => {
    const now = Date.now();
    await sql`insert into load (id, subject, company, connection, reference, name_key, state, raw_state, stops, version, updated_at)
      select md5('l' || g)::uuid, 'load:g' || g, 'main', 'tms', 'G' || g, 'G' || g, 'DISPATCHED', 'x', '[]', 1, now() from generate_series(1, ${rows}::integer) g`.execute(db());
    await sql`insert into stop (load_id, sequence, company, kind, facility_code, planned_arrival)
      select md5('l' || g)::uuid, 1, case when g % 2 = 0 then 'main' else 'second' end, 'DROP', case when g % 4 = 0 then 'WH' else 'XX' end, ${instant(now)}::timestamptz + ((g - 10000) || ' minutes')::interval from generate_series(1, ${rows}::integer) g`.execute(db());
    await sql`insert into transfer (id, subject, company, connection, direction, reference, state, tracking_numbers, scheduled_at, lines, version, updated_at)
      select md5('t' || g)::uuid, 'transfer:erp:' || g, 'main', 'erp', case when g % 2 = 0 then 'INCOMING' else 'OUTGOING' end, case when g % 4 = 0 then 'WH' else 'XX' end || '/IN/' || g, 'assigned', '{}', ${instant(now)}::timestamptz + ((g - 10000) || ' minutes')::interval, '[]', 1, now() from generate_series(1, ${rows}::integer) g`.execute(db());
    await sql`insert into shipment (id, company, status, provisional, created_at, updated_at) select md5('s' || g)::uuid, 'main', 'PENDING', false, now(), now() from generate_series(1, ${rows}::integer) g`.execute(db());
    await sql`insert into reference (subject, kind, issuer, value, shipment_id) select 'odoo.delivery:erp:' || g, 'odoo.delivery', 'erp', g::text, md5('s' || g)::uuid from generate_series(1, ${rows}::integer) g`.execute(db());
    await sql`analyze`.execute(db());
    const site = { code: 'WH', company: 'main' };
    const loads = (await loadsAtGate(site, now).execute(db())).rows;
    const shipments = (await shipmentsAtGate(site, now, [], []).execute(db())).rows;
    expect([loads.length, shipments.length]).toEqual([500, 500]);
    for (const { at } of [...loads.filter(({ reference }) => reference.startsWith('G')), ...shipments]) expect(Math.abs(Date.parse(at!) - now)).toBeLessThanOrEqual(1_000 * 60_000 + 60_000);
    const plans = await Promise.all([loadsAtGate(site, now), shipmentsAtGate(site, now, [], loads.slice(0, 5).map(({ id }) => id))].map((query) => planOf(query)));
    for (const plan of plans) {
      expect(plan).not.toMatch(/Seq Scan on (stop|load|transfer|reference|shipment)\b/);
      const removed = [...plan.matchAll(/Rows Removed by (?:Filter|Index Recheck): (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
      expect(removed, plan).toBeLessThan(100);
    }
  }, 120_000);

  async function planOf(query: RawBuilder<object>): Promise<string> {
    const { sql: text, parameters } = query.compile(db());
    const { rows: lines } = await db().executeQuery({ sql: `explain (analyze, costs off, timing off) ${text}`, parameters, query: { kind: 'RawNode' } as never, queryId: { queryId: 'plan' } });
    return lines.map((row) => String(Object.values(row as object)[0])).join('\n');
  }
});

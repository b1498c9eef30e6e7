import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../../src/auth/principal.js';
import { MoveDesk } from '../../../src/jobs/tasks/yard/moves.js';
import { saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { VisitDesk } from '../../../src/jobs/tasks/yard/visits.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { renamedFacilities } from '../../../src/projections/facility-names.js';
import { projectYards } from '../../../src/projections/trailers.js';
import { openPipeline, type Pipeline } from '../../projections/pipeline.js';
import { describeOnEachDatabase } from '../../support/databases.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';

const operator = principalOf({ subject: 'dock-office', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });
const asker = () => ({ by: operator, idempotencyKey: uuidv7(), correlationId: uuidv7() });

describeOnEachDatabase('trailers in yards', (kind) => {
  let pipeline: Pipeline;
  let [moves, visits]: [MoveDesk, VisitDesk] = [null as never, null as never];
  let facility = '';
  const plan = facilityPlan({ spots: ['P1', 'P2', 'P3'] });
  const db = () => pipeline.services.database.kysely;
  const save = (over: object = {}) => saveFacilityPlan(pipeline.tasks, { code: 'WH', company: 'main', plan: { ...plan, ...over } }, operator, uuidv7());

  beforeAll(async () => {
    pipeline = await openPipeline(kind, {}, {});
    [moves, visits] = [new MoveDesk(pipeline.tasks), new VisitDesk(pipeline.tasks)];
    facility = await save();
    await pipeline.settle();
  });
  afterAll(() => pipeline?.remove());

  const dropped = async (trailer: string) => {
    const { visit } = await visits.checkIn({ facility, truck: `K ${trailer}`, trailer, type: 'DROP', references: [], seals: [] }, asker());
    await visits.report({ visit, step: 'CHECK_OUT' }, asker());
  };
  const taken = async (trailer: string) => {
    const { visit } = await visits.checkIn({ facility, truck: `L ${trailer}`, type: 'PICK_UP', references: [], seals: [] }, asker());
    await visits.report({ visit, step: 'ATTACH', trailer }, asker());
    await visits.report({ visit, step: 'CHECK_OUT' }, asker());
  };
  const open = async (trailer: string) => (await db().selectFrom('yard_move').select('to_place').where('trailer_key', '=', trailer).where('state', '=', 'REQUESTED').orderBy('to_place').execute()).map((row) => row.to_place);

  it('have one move at a time, also where one that was called off is taken up again', async () => {
    await dropped('TA');
    const first = await moves.request({ facility, trailer: 'TA', to: 'P2' }, asker());
    await moves.report({ move: first.move, step: 'CANCEL', reason: 'no driver' }, asker());
    await moves.request({ facility, trailer: 'TA', to: 'P3' }, asker());
    await expect(moves.undo(first.move, asker())).rejects.toMatchObject({ code: 'CONFLICT', field: 'input.moveId' });
    expect(await open('TA')).toEqual(['P3']);
  });

  it('that leave end their moves, so that their places can be had, and have them again only while they are here', async () => {
    await dropped('TB');
    const first = await moves.request({ facility, trailer: 'TB', to: 'P1' }, asker());
    await taken('TB');
    expect(await open('TB')).toEqual([]);
    await dropped('TD');
    await moves.request({ facility, trailer: 'TD', to: 'P1' }, asker());
    await expect(moves.undo(first.move, asker())).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('not here any more') });
    await dropped('TB');
    await expect(moves.undo(first.move, asker())).rejects.toMatchObject({ code: 'SLOT_TAKEN' });
    await moves.request({ facility, trailer: 'TB', to: 'P2' }, asker());
    await expect(moves.undo(first.move, asker())).rejects.toMatchObject({ code: 'CONFLICT' });
    expect([await open('TB'), await open('TD')]).toEqual([['P2'], ['P1']]);
  });

  it('are not looked at when the plan of their facility is saved: only what it is called concerns them', async () => {
    const renamed = () => pipeline.services.database.transaction((tx) => renamedFacilities(tx, [facility]));
    expect(await renamed()).toEqual([]);
    await save({ docks: [{ ...plan.docks[0]!, blocked: [{ from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z', reason: 'repair' }] }] });
    expect(await renamed()).toEqual([]);
    await db().updateTable('facility').set({ zone: 'America/Chicago' }).where('id', '=', facility).execute();
    expect([await renamed(), await renamed()]).toEqual([[facility], []]);
  });

  it('keep the stays that lie further back than is looked at, and are not missed there', async () => {
    const add = (from: number, to: number) => sql`insert into visit (id, subject, company, connection, version, updated_at, facility_id, type, state, raw_state, truck, trailer, trailer_key, trailer_out, trailer_out_key, left_without_trailer, checked_in_at, checked_out_at, numbers, names)
      select gen_random_uuid(), 'visit:gatehouse:shuttle-' || n, 'main', 'gatehouse', 1, now(), ${facility}::uuid, case when n % 2 = 1 then 'DROP' else 'PICK_UP' end, 'CHECKED_OUT', 'x', 'S' || n, case when n % 2 = 1 then 'TS' end, case when n % 2 = 1 then 'TS' end,
        case when n % 2 = 0 then 'TS' end, case when n % 2 = 0 then 'TS' end, n % 2 = 1, timestamptz '2025-01-01' + n * interval '1 hour', timestamptz '2025-01-01' + n * interval '1 hour' + interval '10 minutes', '{}', '[]'
      from generate_series(${from}::integer, ${to}::integer) n`.execute(db());
    const fold = async () => {
      const { id } = await db().selectFrom('visit').select('id').where('truck', 'like', 'S%').orderBy('checked_in_at', 'desc').executeTakeFirstOrThrow();
      await pipeline.services.database.transaction((tx) => projectYards(tx, { visits: [id], moves: [], facilities: [], renamed: [], appointments: [] }));
    };
    const stays = async () => Number((await db().selectFrom('trailer_stay').select((e) => e.fn.countAll().as('count')).where('trailer_key', '=', 'TS').executeTakeFirstOrThrow()).count);
    await add(1, 480);
    await fold();
    expect(await stays()).toBe(240);
    for (let from = 481; from <= 540; from += 3) {
      await add(from, from + 2);
      await fold();
    }
    expect(await stays()).toBe(270);
    expect(await db().selectFrom('yard_contradiction').select('kind').where('trailer_key', '=', 'TS').execute()).toEqual([]);
  });
});

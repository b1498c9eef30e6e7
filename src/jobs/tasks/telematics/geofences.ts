import { sql } from 'kysely';
import { recordAudit, type Actor } from '../../../events/audit.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { isPoint, type Fence } from '../../../model/geo.js';
import type { FollowUp } from '../../../projections/runner.js';
import type { TaskContext } from '../context.js';

const maxCorners = 100;
const maxRadius = 50_000;

/**
 * Draws a fence around a facility, or takes it away. Loads that are under way are worked out anew by it.
 * @param companies whose facilities may be changed
 * @throws GatehouseError NOT_FOUND, BAD_INPUT
 */
export async function setGeofence(tasks: Pick<TaskContext, 'database' | 'jobs'>, facility: string, fence: Fence | null, by: Actor, companies: readonly string[] | '*' | 'none'): Promise<void> {
  if (fence !== null) checkFence(fence);
  await tasks.database.transaction(async (tx) => {
    const row = await tx.selectFrom('facility').select(['id', 'company']).where('id', '=', facility).where('deleted', '=', false).executeTakeFirst();
    if (row === undefined || companies === 'none' || (companies !== '*' && !companies.includes(row.company))) throw new GatehouseError('NOT_FOUND', undefined, { field: 'facility' });
    await recordAudit(tx, [{ actor: by, action: fence === null ? 'geofence.removed' : 'geofence.set', target: { kind: 'facility', id: facility }, ...(fence === null ? {} : { payload: { fence: JSON.stringify(fence) } }) }]);
    if (fence === null) await tx.deleteFrom('geofence').where('facility_id', '=', facility).execute();
    else {
      const values = { fence: JSON.stringify(fence), changed_by: by.subject, changed_at: instant(Date.now()) };
      await tx.insertInto('geofence').values({ facility_id: facility, company: row.company, ...values }).onConflict((c) => c.column('facility_id').doUpdateSet(values)).execute();
    }
    const { rows } = await sql<{ id: string }>`select distinct vl.load_id as id from facility f join stop s on s.facility_code = f.code and s.company = f.company join vehicle_load vl on vl.load_id = s.load_id where f.id = ${facility}`.execute(tx);
    if (rows.length > 0) await tasks.jobs.send(tx, 'follow-up', [{ action: 'settle-presence', loads: rows.map(({ id }) => id) } satisfies FollowUp]);
  });
}

function checkFence(fence: Fence): void {
  const wrong = (message: string) => new GatehouseError('BAD_INPUT', message, { field: 'fence' });
  const points = fence.kind === 'circle' ? [fence.centre] : fence.points;
  if (!points.every(isPoint)) throw wrong('A point has a latitude from -90 to 90 and a longitude from -180 to 180.');
  if (fence.kind === 'circle' && !(fence.radius > 0 && fence.radius <= maxRadius)) throw wrong(`radius takes more than 0 and at most ${maxRadius} metres.`);
  if (fence.kind === 'polygon' && (points.length < 3 || points.length > maxCorners)) throw wrong(`A polygon has 3 to ${maxCorners} points.`);
}

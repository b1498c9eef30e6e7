import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LogEvent } from '../events/event.js';
import { uuidOfName } from '../lib/ids.js';
import { normalizeReferenceValue } from '../model/references.js';
import type { LoadRecord } from '../model/transport/records.js';

/**
 * Keeps what was first agreed of the stops of loads, for figures of who keeps what was agreed: a window that is moved behind the truck
 * would make it punctual. Of several versions the lowest that says it, in whatever order they come.
 */
export async function keepPromises(tx: Transaction, events: readonly LogEvent[]): Promise<void> {
  const promises = new Map<string, object>();
  // Each version by itself, lowest first: a statement may say something of a stop once only.
  const stated = events.filter((event) => event.type === 'load.reported').map((event) => ({ load: uuidOfName(event.subject), ...(event.payload as { data: LoadRecord; recordVersion: number }) })).sort((a, b) => b.recordVersion - a.recordVersion);
  for (const { load, data, recordVersion } of stated) {
    for (const { id, facilityCode, window, planned } of data.stops) {
      const place = facilityCode === undefined ? '' : normalizeReferenceValue(facilityCode);
      const key = JSON.stringify([load, id, place]);
      const isAgreed = window?.from !== undefined || window?.to !== undefined;
      if (!isAgreed && planned?.arrival === undefined) continue;
      promises.set(key, {
        load_id: load, stop: id, place, ...promises.get(key), ...(isAgreed ? { window_from: window.from?.instant ?? null, window_to: window.to?.instant ?? null, window_version: recordVersion } : {}),
        ...(planned?.arrival === undefined ? {} : { planned_arrival: planned.arrival.instant, planned_version: recordVersion }),
      });
    }
  }
  if (promises.size === 0) return;
  await sql`
    insert into stop_promise as kept (load_id, stop, place, window_from, window_to, window_version, planned_arrival, planned_version)
    select load_id, stop, place, window_from, window_to, window_version, planned_arrival, planned_version from json_populate_recordset(null::stop_promise, ${JSON.stringify([...promises.values()])}::json) order by load_id, stop, place
    on conflict (load_id, stop, place) do update set
      window_from = case when excluded.window_version < coalesce(kept.window_version, excluded.window_version + 1) then excluded.window_from else kept.window_from end,
      window_to = case when excluded.window_version < coalesce(kept.window_version, excluded.window_version + 1) then excluded.window_to else kept.window_to end,
      window_version = least(excluded.window_version, kept.window_version),
      planned_arrival = case when excluded.planned_version < coalesce(kept.planned_version, excluded.planned_version + 1) then excluded.planned_arrival else kept.planned_arrival end,
      planned_version = least(excluded.planned_version, kept.planned_version)
    where excluded.window_version < coalesce(kept.window_version, excluded.window_version + 1) or excluded.planned_version < coalesce(kept.planned_version, excluded.planned_version + 1)`.execute(tx);
}

/** Stops that were written anew have what was first agreed of them. */
export async function showPromises(tx: Transaction, loadIds: readonly string[]): Promise<void> {
  if (loadIds.length === 0) return;
  await sql`
    update stop s set first_window_from = p.window_from, first_window_to = p.window_to, first_planned_arrival = p.planned_arrival
    from stop_promise p where s.load_id = any(${[...loadIds]}::uuid[]) and p.load_id = s.load_id and p.stop = s.source_id and p.place = coalesce(s.facility_code, '')`.execute(tx);
}

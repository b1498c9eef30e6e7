import type { Selectable } from 'kysely';
import type { TrailerStayTable, YardMoveTable } from '../../../db/schema.js';
import { globalId } from '../../../lib/ids.js';
import type { TrailerLoad, YardMoveState } from '../../../model/yard/records.js';
import type { TrailerStay, YardMove } from './types.js';

export function trailerStayOf(row: Selectable<TrailerStayTable>): TrailerStay {
  const until = row.left_at === null ? Date.now() : Date.parse(row.left_at);
  return {
    id: globalId('TrailerStay', row.id), uuid: row.id, trailer: row.trailer, arrivedAt: row.arrived_at, leftAt: row.left_at, ageMinutes: Math.max(0, Math.floor((until - Date.parse(row.arrived_at)) / 60_000)), place: row.place, load: row.load as TrailerLoad,
    ready: row.ready, facilityId: row.facility_id, arrivedWithId: row.arrived_with, leftWithId: row.left_with,
  };
}

export function yardMoveOf(row: Selectable<YardMoveTable>): YardMove {
  return {
    id: globalId('YardMove', row.id), uuid: row.id, trailer: row.trailer, state: row.state as YardMoveState, from: row.from_place, to: row.to_place, assignee: row.assignee, reason: row.reason, requestedAt: row.requested_at,
    assignedAt: row.assigned_at, startedAt: row.started_at, doneAt: row.done_at, updatedAt: row.updated_at, facilityId: row.facility_id,
  };
}

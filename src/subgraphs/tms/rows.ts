import type { Selectable } from 'kysely';
import type { LoadTable, StopTable } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import type { LoadState, StopKind } from '../../model/transport/records.js';
import { FieldColumns } from '../shared/columns.js';
import type { Place } from '../shared/place.js';
import type { Load, Stop } from './types.js';

/** What is read of a load: not its stops, which have rows of their own. */
export const loadColumns = ['load.id', 'load.reference', 'load.state', 'load.raw_state', 'load.carrier', 'load.truck', 'load.trailer', 'load.starts_at', 'load.updated_at', 'load.name_key', 'load.company', 'load.equipment', 'load.weight_kg', 'load.split_from', 'load.merged_into'] as const;
export type LoadRow = Pick<Selectable<LoadTable>, 'id' | 'reference' | 'state' | 'raw_state' | 'carrier' | 'truck' | 'trailer' | 'starts_at' | 'updated_at' | 'name_key' | 'company' | 'equipment' | 'weight_kg' | 'split_from' | 'merged_into'>;

export const loadFields = new FieldColumns('load', ['id'], {
  reference: ['reference'], state: ['state'], rawState: ['raw_state'], carrier: ['carrier'], truck: ['truck'], trailer: ['trailer'], startsAt: ['starts_at'], updatedAt: ['updated_at'], tender: ['name_key', 'company'],
  equipment: ['equipment'], weightKg: ['weight_kg'], splitFrom: ['split_from'], mergedInto: ['merged_into'],
});
export const stopFields = new FieldColumns('stop', ['load_id', 'sequence'], {
  planId: ['source_id'], kind: ['kind'], place: ['place'], facility: ['facility_code', 'company'], windowFrom: ['window_from'], windowTo: ['window_to'], plannedArrivalAt: ['planned_arrival'],
  plannedDepartureAt: ['planned_departure'], estimatedArrivalAt: ['estimated_arrival'], estimatedDepartureAt: ['estimated_departure'], arrivedAt: ['actual_arrival'], departedAt: ['actual_departure'],
});

export function loadOf(row: LoadRow): Load {
  return {
    id: globalId('Load', row.id), uuid: row.id, reference: row.reference, state: row.state as LoadState, rawState: row.raw_state, carrier: row.carrier, truck: row.truck, trailer: row.trailer,
    startsAt: row.starts_at, updatedAt: row.updated_at, nameKey: row.name_key, company: row.company, equipment: row.equipment, weightKg: row.weight_kg, splitFromUuid: row.split_from, mergedIntoUuid: row.merged_into,
  };
}

export function stopOf(row: Selectable<StopTable>): Stop {
  return {
    loadId: globalId('Load', row.load_id), loadUuid: row.load_id, planId: row.source_id, sequence: row.sequence, kind: row.kind as StopKind, place: row.place as Place | null, facilityCode: row.facility_code, company: row.company,
    windowFrom: row.window_from, windowTo: row.window_to, plannedArrivalAt: row.planned_arrival, plannedDepartureAt: row.planned_departure, estimatedArrivalAt: row.estimated_arrival,
    estimatedDepartureAt: row.estimated_departure, arrivedAt: row.actual_arrival, departedAt: row.actual_departure,
  };
}

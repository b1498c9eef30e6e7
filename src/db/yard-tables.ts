import type { JsonColumn, RecordColumns, Time } from './columns.js';

export interface FacilityTable extends RecordColumns { name: string; code: string | null; place: JsonColumn | null; zone: string | null; carriers_book: boolean }

export interface AppointmentTable extends RecordColumns {
  facility_id: string | null; dock: string | null; direction: string; state: string; raw_state: string; confirmation: string | null; starts_at: Time; ends_at: string | null;
  carrier: string | null; numbers: string[]; names: JsonColumn; handling: string | null; temperature: string | null; height_cm: number | null; pallets: number | null; wish: JsonColumn | null;
  reason: string | null; claimed: JsonColumn | null; standing: JsonColumn | null;
}

export interface VisitTable extends RecordColumns {
  facility_id: string | null; appointment_id: string | null; type: string; state: string; raw_state: string | null; carrier: string | null; truck: string | null; trailer: string | null;
  checked_in_at: string | null; at_dock_at: string | null; from_dock_at: string | null; checked_out_at: string | null;
  trailer_key: string | null; trailer_out: string | null; trailer_out_key: string | null; left_without_trailer: boolean; dock: string | null; direction: string | null; arrived_at: string | null;
  handling_started_at: string | null; handling_ended_at: string | null; numbers: string[]; names: JsonColumn; seals: JsonColumn | null; counts: JsonColumn; findings: JsonColumn; dock_reasons: string[];
  equipment: JsonColumn; equipment_keys: string[]; reason: string | null; personal_data_id: string | null; sealed: string | null;
}

export interface TrailerStayTable {
  id: string; company: string; site: string; facility_id: string; trailer: string; trailer_key: string; arrived_at: Time; arrived_with: string; left_at: string | null; left_with: string | null;
  place: string | null; load: string; ready: boolean; visits: string[];
}

export interface YardMoveTable extends RecordColumns {
  facility_id: string; trailer: string; trailer_key: string; state: string; from_place: string | null; to_place: string; assignee: string | null; visit_id: string | null; reason: string | null;
  requested_at: Time; assigned_at: string | null; started_at: string | null; done_at: string | null;
}

export interface FacilityPlanTable { facility_id: string; company: string; code: string; plan: JsonColumn; changed_by: string; changed_at: Time }

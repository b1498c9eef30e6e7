import type { LoadAssignmentRecord, TenderPlanRecord } from '../model/transport/assignment.js';
import { nextDeadline } from '../model/transport/tender-plan.js';
import { carrierCode, normalizeReferenceValue } from '../model/references.js';

export function tenderPlanColumns({ loadId, startedAt, loadDigest, plan }: TenderPlanRecord) {
  return { load_id: loadId, state: plan.state, plan, deadline_at: nextDeadline(plan), started_at: startedAt, load_digest: loadDigest };
}

/** The driver is copied sealed. */
export function assignmentColumns(data: LoadAssignmentRecord & { sealed?: string | null }) {
  const keyOf = (name: string | undefined) => (name === undefined ? null : normalizeReferenceValue(name) || null);
  return {
    load_id: data.loadId, carrier: data.carrier === undefined ? null : carrierCode(data.carrier), truck: data.truck ?? null, trailer: data.trailer ?? null, truck_key: keyOf(data.truck), trailer_key: keyOf(data.trailer),
    assigned_by: data.assignedBy, reason: data.reason ?? null, history: data.history, personal_data_id: data.sealed == null ? null : (data.personalDataId ?? null), sealed: data.sealed ?? null,
  };
}

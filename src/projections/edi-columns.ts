import { controlKey, type InterchangeRecord, type TenderRecord } from '../model/edi.js';
import { carrierCode, normalizeReferenceValue } from '../model/references.js';

export function interchangeColumns(data: InterchangeRecord) {
  return {
    syntax: data.syntax, direction: data.direction, sender: data.sender, receiver: data.receiver, control: data.control, control_key: controlKey(data.control),
    group_keys: data.groups.map((group) => controlKey(group.control)), is_test: data.isTest, syntax_version: data.version, made_at: data.madeAt?.instant ?? null, state: data.state,
    faults: data.faults, groups: data.groups, set_types: [...new Set(data.groups.flatMap((group) => group.sets.map((set) => set.type)))], answers_wanted: data.acknowledge,
    awaits: data.awaits?.kinds ?? [], due_at: data.awaits?.until ?? null, verdicts: data.verdicts, command_id: data.command ?? null, sha256: data.sha256, bytes: data.bytes,
  };
}

export function tenderColumns(data: TenderRecord) {
  return { load_key: normalizeReferenceValue(data.load), role: data.role, state: data.state, carrier: data.carrier === undefined ? null : carrierCode(data.carrier), reason: data.reason ?? null, at: data.at.instant };
}

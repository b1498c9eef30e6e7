import type { Anomaly, Decoded, Fact } from '../../model/facts.js';
import { parseOffsetTime } from '../../model/time.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { parseJson } from '../kit/json.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { toAppointment } from './appointments.js';
import { entityKinds } from './codes.js';
import { toFacility } from './facilities.js';
import { appointment, assetVisit, change, entityBase, warehouse } from './payloads.js';
import type { OpendockSettings } from './settings.js';
import { toVisit } from './visits.js';

/**
 * Reads one change of one entity: its whole state as of `lastChangedDateTime`, or that it is gone
 * (deleted, or no longer active).
 * @throws UnreadableMessage where it is no change of an Opendock entity, or lacks what names or places it
 */
export function decodeChange(message: RawMessage, settings: Pick<OpendockSettings, 'warehouseId'> = {}): Decoded {
  const { value, anomalies } = parseJson(message.body);
  const parsed = change.safeParse(value);
  const entity = parsed.success ? [parsed.data.entity, parsed.data.entityType, parsed.data.entityName].map(filled).find((name) => name !== undefined) : undefined;
  const operation = parsed.success ? [parsed.data.operation, parsed.data.action, parsed.data.eventType].map(filled).find((name) => name !== undefined)?.toLowerCase() : undefined;
  if (!parsed.success || entity === undefined || operation === undefined) throw new UnreadableMessage('The body is no change of an Opendock entity: it has no entity, operation and data.');
  const kind = rowOf(entityKinds, entity.toLowerCase());
  if (kind === undefined) {
    const name = clip(entity, 60);
    anomalies.push({ kind: 'ENTITY_IGNORED', message: `Opendock's entity ${name} is not read by this connector; it reads appointments, visits and warehouses.`, severity: 'LOW', rawCode: name });
    return { facts: [], anomalies };
  }
  const base = entityBase.safeParse(parsed.data.data);
  if (!base.success || base.data.id.length > maxReferenceLength) throw new UnreadableMessage(`The ${kind} in \`data\` has no usable id.`);
  const stated = [base.data.lastChangedDateTime, base.data.createDateTime].map((text) => parseOffsetTime(filled(text) ?? '')).find((time) => time !== null);
  const observedAt = stated?.instant ?? message.receivedAt;
  const changedMs = Date.parse(observedAt);
  // A change is told with its relations by who asks, and may be told without them by a webhook: of the same moment, who says more stands.
  const version = changedMs * 2 + (isWhole(kind, parsed.data.data, operation) ? 1 : 0);
  const of = { key: { kind, id: base.data.id }, factKey: `v${changedMs}`, version, observedAt };
  if (operation === 'delete' || base.data.isActive === false) return { facts: [{ ...of, type: 'record.deleted', payload: { deleted: true } }], anomalies };
  const fact = factOf(kind, of, parsed.data.data, { connection: message.connection, ...settings, anomalies });
  return { facts: [fact], anomalies: boundAnomalies(anomalies) };
}

function isWhole(kind: 'appointment' | 'visit' | 'facility', data: Record<string, unknown>, operation: string): boolean {
  const has = (name: string) => data[name] != null;
  return operation === 'delete' || data['isActive'] === false || kind === 'facility' || (kind === 'appointment' ? has('dock') : has('assetVisitEvents'));
}

type FactBase = Pick<Extract<Fact, { key: unknown }>, 'key' | 'factKey' | 'version' | 'observedAt'>;

function factOf(kind: 'appointment' | 'visit' | 'facility', of: FactBase, data: unknown, context: { connection: string; warehouseId?: string | undefined; anomalies: Anomaly[] }): Fact {
  switch (kind) {
    case 'appointment': {
      const parsed = appointment.safeParse(data);
      const { connection, warehouseId, anomalies } = context;
      const payload = parsed.success ? toAppointment(parsed.data, { connection, anomalies, ...(warehouseId === undefined ? {} : { warehouseId }) }) : null;
      if (payload === null) throw new UnreadableMessage('The appointment in `data` has no plausible `start` with offset.');
      return { ...of, type: 'appointment.reported', payload };
    }
    case 'visit': {
      const parsed = assetVisit.safeParse(data);
      if (!parsed.success) throw new UnreadableMessage('The visit in `data` cannot be read.');
      return { ...of, type: 'visit.reported', payload: toVisit(parsed.data, context.anomalies) };
    }
    case 'facility': {
      const parsed = warehouse.safeParse(data);
      if (!parsed.success) throw new UnreadableMessage('The warehouse in `data` has no name.');
      return { ...of, type: 'facility.reported', payload: toFacility(parsed.data) };
    }
  }
}

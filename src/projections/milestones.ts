import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { MilestoneTable } from '../db/schema.js';
import type { LogEvent } from '../events/event.js';
import { sha256 } from '../lib/ids.js';
import { canonicalJson } from '../lib/json.js';
import type { EstimateFact, MilestonePayload, RetractionFact } from '../model/facts.js';
import type { Classifier, MilestoneCode } from '../model/milestones.js';
import { carrierCode } from '../model/references.js';
import type { ShipmentEntry } from '../model/shipment.js';

/** A row of the timeline as it is inserted. */
export type MilestoneRow = Omit<MilestoneTable, 'place'> & { place: unknown };

export function factGroup(connection: string, subject: string, factKey: string): string {
  return sha256(canonicalJson([connection, subject, factKey])).slice(0, 32);
}

interface FreightPayload<T> {
  data: T;
  carrier?: string;
  observedAt: string;
}

/** Rows for the timeline; `shipmentOf` says where a subject's reference leads. A retraction is a row of its own. */
export function milestoneRows(events: readonly LogEvent[], shipmentOf: ReadonlyMap<string, string>): MilestoneRow[] {
  const rows: MilestoneRow[] = [];
  for (const event of events) {
    const shipmentId = shipmentOf.get(event.subject);
    if (shipmentId === undefined) continue;
    if (event.type === 'milestone.reported') rows.push(reportedRow(event, shipmentId));
    else if (event.type === 'milestone.retracted') rows.push(retractionRow(event, shipmentId));
  }
  return rows;
}

function common(event: LogEvent, shipmentId: string, observedAt: string) {
  return {
    id: event.id, position: event.position, subject: event.subject, shipment_id: shipmentId, company: event.company,
    fact_group: factGroup(event.connection!, event.subject, event.fact_key!), observed_at: observedAt, recorded_at: event.recorded_at,
    connection: event.connection!, raw_id: event.causation_id, carrier: carrierOf(event), package: packageOf(event.subject), active: false,
  };
}

function reportedRow(event: LogEvent, shipmentId: string): MilestoneRow {
  const { data, observedAt } = event.payload as FreightPayload<MilestonePayload>;
  return {
    ...common(event, shipmentId, observedAt),
    content_hash: sha256(canonicalJson([data, carrierOf(event)])).slice(0, 32),
    code: data.code, classifier: data.classifier, occurred_at: data.occurred.instant, zone: data.occurred.zone, zone_assumed: data.occurred.zoneAssumed ?? false,
    raw_code: data.rawCode, raw_reason: data.rawReason ?? null, raw_text: data.rawText ?? null, exception_class: data.exceptionClass ?? null,
    stop: data.stop ?? null, pieces: data.pieces ?? null, place: data.place ?? null, retracts: null, retracts_fact_key: null,
  };
}

function retractionRow(event: LogEvent, shipmentId: string): MilestoneRow {
  const { data, observedAt } = event.payload as FreightPayload<RetractionFact['payload'] & { retracts?: string }>;
  return {
    ...common(event, shipmentId, observedAt),
    content_hash: '', code: 'INFO', classifier: 'ACTUAL', occurred_at: observedAt, zone: 'Z', zone_assumed: false, raw_code: null, raw_reason: data.reason ?? null,
    raw_text: null, exception_class: null, stop: null, pieces: null, place: null, retracts: data.retracts ?? null,
    retracts_fact_key: data.retracts === undefined ? factGroup(event.connection!, event.subject, data.retractsFactKey) : null,
  };
}

function carrierOf(event: LogEvent): string | null {
  const { carrier } = event.payload as FreightPayload<unknown>;
  return carrier === undefined ? null : carrierCode(carrier);
}

/** A carrier's tracking number names one package; other references speak of the whole shipment. */
function packageOf(subject: string): string | null {
  if (!subject.startsWith('tracking:')) return null;
  return subject.slice(subject.indexOf(':', 'tracking:'.length) + 1);
}

export function timelineEntry(row: Pick<MilestoneTable, 'id' | 'fact_group' | 'content_hash' | 'code' | 'classifier' | 'connection' | 'stop' | 'carrier' | 'package' | 'pieces' | 'retracts' | 'retracts_fact_key'> & { occurred_at: string; observed_at: string }): ShipmentEntry {
  return {
    id: row.id, factGroup: row.fact_group, contentHash: row.content_hash, code: row.code as MilestoneCode, classifier: row.classifier as Classifier,
    occurredAt: row.occurred_at as string, observedAt: row.observed_at as string, source: row.connection, carrier: row.carrier, stop: row.stop, package: row.package, pieces: row.pieces,
    retracts: row.retracts, retractsFactGroup: row.retracts_fact_key,
  };
}

/** Keeps the latest estimate of each source; an older statement that arrives later changes nothing. */
export async function projectEstimates(tx: Transaction, events: readonly LogEvent[]): Promise<void> {
  const latest = new Map<string, object & { observed_at: string; estimated_at: string }>();
  for (const event of events) {
    if (event.type !== 'estimate.reported') continue;
    const { data, observedAt } = event.payload as FreightPayload<EstimateFact['payload']>;
    const key = `${event.subject}|${event.connection}|${data.of}`;
    const row = { subject: event.subject, connection: event.connection, kind: data.of, estimated_at: data.estimated.instant, zone: data.estimated.zone, observed_at: observedAt };
    const other = latest.get(key);
    if (other === undefined || row.observed_at > other.observed_at || (row.observed_at === other.observed_at && row.estimated_at > other.estimated_at)) latest.set(key, row);
  }
  if (latest.size === 0) return;
  await sql`
    insert into estimate (subject, connection, kind, estimated_at, zone, observed_at)
    select subject, connection, kind, estimated_at, zone, observed_at from json_populate_recordset(null::estimate, ${JSON.stringify([...latest.values()])}::json)
    on conflict (subject, connection, kind) do update set estimated_at = excluded.estimated_at, zone = excluded.zone, observed_at = excluded.observed_at
    where (excluded.observed_at, excluded.estimated_at) > (estimate.observed_at, estimate.estimated_at)
  `.execute(tx);
}

import { sql } from 'kysely';
import { factId } from '../../../events/append.js';
import type { NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { sha256, uuidv7 } from '../../../lib/ids.js';
import { canonicalJson } from '../../../lib/json.js';
import type { MilestonePayload, Place } from '../../../model/facts.js';
import { ourConnection } from '../../../model/our-connection.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import type { VisitRecord } from '../../../model/yard/records.js';
import { milestonesOfVisit, type VisitMilestone } from '../../../model/yard/visit-milestones.js';
import type { Transaction } from '../../engine.js';
import { contentHash } from '../message-events.js';
import type { OwnPayload } from '../own/records.js';

interface VisitRow {
  id: string;
  subject: string;
  company: string;
  version: number;
  deleted: boolean;
  appointment_id: string | null;
  facility: string | null;
  code: string | null;
  place: Place | null;
}

interface Statement {
  visit_id: string;
  shipment_id: string;
  key: string;
  subject: string;
  digest: string;
  event_id: string;
  fact_id: string;
}

interface MeantShipment {
  id: string;
  /** A name of it, under which it is spoken of. */
  subject: string;
  /** All values by which it is known. */
  values: string[];
}

/**
 * States what a visit that is kept here means for the shipments that it is for, and takes back what it means no more: a step was
 * undone, its time corrected, its shipment turns out to be another. Worked out anew each time, so that it may be done again.
 * @returns events to append in the same transaction
 */
export async function settleVisit(tx: Transaction, visitId: string): Promise<NewEvent[]> {
  // One settles a visit at a time; the second finds what the first has stated.
  const { rows: [visit] } = await sql<VisitRow>`
    select v.id, v.subject, v.company, v.version, v.deleted, v.appointment_id, f.name as facility, f.code, f.place from visit v left join facility f on f.id = v.facility_id
    where v.id = ${visitId}::uuid and v.connection = ${ourConnection} for no key update of v`.execute(tx);
  if (visit === undefined) return [];
  const { rows: [kept] } = await sql<{ payload: OwnPayload<VisitRecord>; correlation_id: string }>`select payload, correlation_id from event where subject = ${visit.subject} and subject_version = ${visit.version}`.execute(tx);
  const record = kept?.payload.data;
  const stated = (await tx.selectFrom('visit_statement').selectAll().where('visit_id', '=', visit.id).orderBy('shipment_id').orderBy('key').execute()) as Statement[];
  const wanted = record === undefined || visit.deleted ? [] : milestonesOfVisit(record);
  const shipments = wanted.length === 0 ? [] : await shipmentsMeant(tx, visit, stated);
  const open = new Map(stated.map((row) => [`${row.shipment_id} ${row.key}`, row]));
  const events: NewEvent[] = [];
  for (const shipment of shipments) {
    for (const milestone of ofShipment(wanted, shipment, shipments)) {
      const before = open.get(`${shipment.id} ${milestone.key}`);
      open.delete(`${shipment.id} ${milestone.key}`);
      const data = payloadOf(milestone, visit);
      const digest = sha256(canonicalJson(data)).slice(0, 32);
      if (before?.digest === digest) continue;
      if (before !== undefined) events.push(await takeBack(tx, before, visit, kept!.correlation_id));
      events.push(await state(tx, { visit_id: visit.id, shipment_id: shipment.id, key: milestone.key, subject: before?.subject ?? shipment.subject, digest }, data, visit, kept!.correlation_id));
    }
  }
  for (const row of open.values()) events.push(await takeBack(tx, row, visit, kept?.correlation_id ?? visit.id));
  return events;
}

/** What is said of one thing by its name is said of that shipment alone, where one of them has the name. */
function ofShipment(milestones: readonly VisitMilestone[], { values }: MeantShipment, all: readonly MeantShipment[]): VisitMilestone[] {
  return milestones.filter(({ reference }) => {
    if (reference === undefined) return true;
    const name = normalizeReferenceValue(reference);
    return values.includes(name) || !all.some((other) => other.values.includes(name));
  });
}

/** By its own references, by its appointment, and by the loads that these name, of which what is handled at this facility counts. */
async function shipmentsMeant(tx: Transaction, visit: VisitRow, stated: readonly Statement[]): Promise<MeantShipment[]> {
  const { rows } = await sql<{ id: string; subjects: string[]; values: string[] }>`
    with meant as (
      select shipment_id from visit_shipment where visit_id = ${visit.id}
      union select shipment_id from appointment_shipment where appointment_id = ${visit.appointment_id}::uuid
      union select ls.shipment_id from load l join stop s on s.load_id = l.id and s.facility_code = ${visit.code} join load_shipment ls on ls.load_id = l.id and ls.stop = s.sequence
        where not l.deleted and l.id in (select load_named(${visit.company}, number) from (select number from appointment_number where appointment_id = ${visit.appointment_id}::uuid union select unnest(numbers) from visit where id = ${visit.id}) named)
    )
    select s.id, array_agg(r.subject order by r.subject) as subjects, array_agg(distinct r.value) as values from meant m join shipment s on s.id = m.shipment_id join reference r on r.shipment_id = s.id
    where s.company = ${visit.company} and s.merged_into is null group by s.id order by s.id`.execute(tx);
  return rows.map(({ id, subjects, values }) => ({ id, values, subject: stated.find((row) => row.shipment_id === id && subjects.includes(row.subject))?.subject ?? subjects[0]! }));
}

function payloadOf({ code, occurred, rawCode, text }: VisitMilestone, { facility, place }: VisitRow): MilestonePayload {
  return { code, classifier: 'ACTUAL', occurred, rawCode, ...(text === undefined ? {} : { rawText: text }), ...(facility === null ? {} : { place: { ...place, name: facility } }) };
}

const factKeyOf = ({ visit_id: visit, shipment_id: shipment, key }: Pick<Statement, 'visit_id' | 'shipment_id' | 'key'>) => `visit|${visit}|${shipment}|${key}`;

async function state(tx: Transaction, of: Omit<Statement, 'event_id' | 'fact_id'>, data: MilestonePayload, { company }: VisitRow, correlationId: string): Promise<NewEvent> {
  const now = instant(Date.now());
  const event: NewEvent = {
    id: uuidv7(), type: 'milestone.reported', version: 1, subject: of.subject, company, connection: ourConnection, factKey: factKeyOf(of), contentHash: contentHash('milestone.reported', data, undefined),
    occurredAt: data.occurred.instant, recordedAt: now, correlationId, causationId: null, payload: { data, observedAt: now },
  };
  const row = { ...of, event_id: event.id, fact_id: factId(event) };
  await tx.insertInto('visit_statement').values(row).onConflict((c) => c.columns(['visit_id', 'shipment_id', 'key']).doUpdateSet({ subject: row.subject, digest: row.digest, event_id: row.event_id, fact_id: row.fact_id })).execute();
  return event;
}

/** The ledger forgets that it knows the fact: it may be stated again. */
async function takeBack(tx: Transaction, row: Statement, { company }: VisitRow, correlationId: string): Promise<NewEvent> {
  await tx.updateTable('fact').set({ retracted: true }).where('id', '=', row.fact_id).execute();
  await tx.deleteFrom('visit_statement').where('visit_id', '=', row.visit_id).where('shipment_id', '=', row.shipment_id).where('key', '=', row.key).execute();
  const now = instant(Date.now());
  return {
    id: uuidv7(), type: 'milestone.retracted', version: 1, subject: row.subject, company, connection: ourConnection, factKey: `retract|${row.event_id}`, contentHash: '', occurredAt: now, recordedAt: now,
    correlationId, causationId: null, payload: { data: { retracts: row.event_id, retractsFactKey: factKeyOf(row), reason: 'The visit no longer says so.' }, observedAt: now },
  };
}

import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LogEvent } from '../events/event.js';
import { uuidOfName } from '../lib/ids.js';
import { ourConnection } from '../model/our-connection.js';
import type { TenderPlan } from '../model/transport/tender-plan.js';
import { projectAccess } from './access.js';
import { recordsOf } from './record-ids.js';
import { upsertRows } from './rows.js';

interface PlanRow {
  id: string;
  load_id: string;
  company: string;
  plan: TenderPlan;
  deleted: boolean;
  updated_at: string;
}

/** Id of the offer to one carrier. */
export function offerId(planId: string, ordinal: number): string {
  return uuidOfName(`tender_offer:${planId}:${ordinal}`);
}

/**
 * Offers of the tenders that events speak of, and who may see them: each its carrier, for good; what it sees of the load is
 * decided with the load.
 * @returns loads whose sight may have changed, and the offers that these events changed
 */
export async function projectTenders(tx: Transaction, events: readonly LogEvent[]): Promise<{ loads: string[]; offers: string[] }> {
  const [plans, assignments] = [recordsOf(events, 'tender_plan'), recordsOf(events, 'load_assignment')];
  const assigned = assignments.length === 0 ? [] : await tx.selectFrom('load_assignment').select('load_id').where('id', '=', sql<string>`any(${assignments}::uuid[])`).execute();
  const loads = assigned.map((row) => row.load_id);
  if (plans.length === 0) return { loads, offers: [] };
  const rows = (await tx.selectFrom('tender_plan').select(['id', 'load_id', 'company', 'plan', 'deleted', 'updated_at']).where('id', '=', sql<string>`any(${plans}::uuid[])`).orderBy('id').execute()) as unknown as PlanRow[];
  const offers = rows.flatMap((row) => row.plan.offers.map((offer) => ({
    id: offerId(row.id, offer.ordinal), plan_id: row.id, load_id: row.load_id, company: row.company, ordinal: offer.ordinal, carrier: offer.carrier, channel: offer.channel, connection: offer.connection ?? null,
    load_reference: row.plan.load, state: offer.state, revision: offer.revision, accepted_revision: offer.acceptedRevision ?? null, offered_at: offer.offeredAt, deadline_at: offer.deadlineAt, ended_at: offer.endedAt ?? null,
    answers: offer.answers.map(({ key: _, order: __, ...answer }) => answer), changed_in: offer.changedIn, deleted: row.deleted, updated_at: row.updated_at,
  })));
  await upsertRows(tx, 'tender_offer', 'id', offers);
  await projectAccess(tx, offers.map((offer) => ({ kind: 'tender_offer', recordId: offer.id, keys: offer.deleted ? [] : [`carrier:${offer.carrier}`] })));
  const steps = new Set(events.filter((event) => event.type === 'tender_plan.reported').map((event) => `${uuidOfName(event.subject)} ${(event.payload as { recordVersion: number }).recordVersion}`));
  return { loads: [...loads, ...rows.map((row) => row.load_id)], offers: offers.filter((offer) => steps.has(`${offer.plan_id} ${offer.changed_in}`)).map((offer) => offer.id) };
}

/** Carriers that drive these loads, or are asked to: codes by load. */
export async function carriersOf(tx: Transaction, loadIds: readonly string[]): Promise<Map<string, string[]>> {
  const found = await sql<{ load_id: string; carrier: string }>`
    select load_id, carrier from tender_offer where load_id = any(${[...loadIds]}::uuid[]) and state in ('OPEN', 'ACCEPTED') and not deleted
    union select load_id, carrier from load_assignment where load_id = any(${[...loadIds]}::uuid[]) and carrier is not null and not deleted
  `.execute(tx);
  const carriers = new Map<string, string[]>();
  for (const { load_id: id, carrier } of found.rows) carriers.set(id, [...(carriers.get(id) ?? []), carrier]);
  return carriers;
}

/** Loads that these events of their TMS speak of while carriers drive them, or are asked to, by a tender of ours. */
export async function tenderedLoads(tx: Transaction, events: readonly LogEvent[]): Promise<string[]> {
  const ids = recordsOf(events.filter((event) => event.connection !== ourConnection), 'load');
  if (ids.length === 0) return [];
  const rows = await tx.selectFrom('tender_offer').select('load_id').distinct().where('load_id', '=', sql<string>`any(${ids}::uuid[])`).where('state', 'in', ['OPEN', 'ACCEPTED']).where('deleted', '=', false).execute();
  return rows.map((row) => row.load_id).sort();
}

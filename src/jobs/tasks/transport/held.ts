import { sql } from 'kysely';
import { GatehouseError } from '../../../lib/errors.js';
import { ourConnection } from '../../../model/our-connection.js';
import type { LoadAssignmentRecord } from '../../../model/transport/assignment.js';
import type { LoadVersion } from '../../../model/transport/load-plan.js';
import { isUnderWayOrDone, notBegun, type LoadProgress } from '../../../model/transport/progress.js';
import type { LoadRecord, LoadState, LoadStop } from '../../../model/transport/records.js';
import type { TenderPlan } from '../../../model/transport/tender-plan.js';
import { progressOfLoads } from '../../../projections/load-progress.js';
import type { Transaction } from '../../engine.js';
import type { OwnPayload } from '../own/records.js';

/** A load whose row is held until the transaction ends. */
export interface HeldLoad {
  id: string;
  /** Of a load that is planned here: its id at `ourConnection`. Null: a TMS states it, and it stays as that says. */
  ownId: string | null;
  company: string;
  subject: string;
  version: number;
  /** As it stands, changes of this transaction included. */
  record: LoadRecord;
  /** How far a load that is planned here has come by the times of its stops, which its record may not say yet. */
  progress: LoadProgress;
}

export interface HeldTender {
  id: string;
  /** Its id at `ourConnection`. */
  ownId: string;
  loadId: string;
  startedAt: string;
  loadDigest: string;
  plan: TenderPlan;
}

export interface HeldAssignment {
  version: number;
  record: LoadAssignmentRecord;
}

/** Companies whose loads somebody may change. */
export type Companies = readonly string[] | '*' | 'none';

const prefix = `load:${ourConnection}:`;

/**
 * Holds loads, in one order for all who do.
 * @param companies whose loads are meant; `*` for any
 * @param also those that their TMS deleted, where these are meant too
 * @throws GatehouseError NOT_FOUND where one is not there, or is another company's
 */
export async function holdLoads(tx: Transaction, ids: readonly string[], companies: Companies, field = 'input.loadId', also: { deleted?: true } = {}): Promise<HeldLoad[]> {
  const distinct = [...new Set(ids)];
  const rows = await tx.selectFrom('load').selectAll().where('id', '=', sql<string>`any(${distinct}::uuid[])`).orderBy('id').forUpdate().execute();
  const found = rows.filter((row) => !row.deleted || also.deleted === true).filter((row) => companies === '*' || (companies !== 'none' && companies.includes(row.company)));
  if (found.length < distinct.length) throw new GatehouseError('NOT_FOUND', undefined, { field });
  const progress = await progressOfLoads(tx, found.filter((row) => row.subject.startsWith(prefix)).map((row) => row.id), Date.now());
  const held: HeldLoad[] = [];
  for (const row of found) {
    const ownId = row.subject.startsWith(prefix) ? row.subject.slice(prefix.length) : null;
    const stated: LoadRecord = {
      name: row.reference, state: row.state as LoadState, rawState: row.raw_state, ...(row.carrier === null ? {} : { carrier: row.carrier }), ...(row.truck === null ? {} : { truck: row.truck }),
      ...(row.trailer === null ? {} : { trailer: row.trailer }), ...(row.equipment === null ? {} : { equipment: row.equipment }), ...(row.weight_kg === null ? {} : { weightKg: row.weight_kg }), stops: row.stops as unknown as LoadStop[],
    };
    const record = ownId === null ? stated : (await versionsOf(tx, row.subject)).at(-1)!.record;
    held.push({ id: row.id, ownId, company: row.company, subject: row.subject, version: row.version, record, progress: progress.get(row.id) ?? notBegun });
  }
  return held;
}

/** Where a load stands: as its TMS says; of one that is planned here as the times of its stops say, whether or not its record does already. */
export function stateOf({ ownId, record, progress }: HeldLoad): LoadState {
  if (ownId === null || record.state === 'CANCELLED') return record.state;
  return progress.state ?? (isUnderWayOrDone(record.state) ? 'CONFIRMED' : record.state);
}

/** Every version of a load that is planned here, oldest first: the log has them all. */
export async function versionsOf(tx: Transaction, subject: string): Promise<LoadVersion[]> {
  const events = await tx.selectFrom('event').select(['subject_version', 'payload']).where('subject', '=', subject).where('type', '=', 'load.reported').where('subject_version', 'is not', null).orderBy('position').execute();
  return events.map((event) => {
    const { data, step } = event.payload as unknown as OwnPayload<LoadRecord>;
    return { version: event.subject_version!, action: step.action, ...(step.undoes === undefined ? {} : { undoes: step.undoes }), record: data };
  });
}

/** The newest tender of a load, held. Hold the load before. */
export async function holdTender(tx: Transaction, loadId: string): Promise<HeldTender | null> {
  const row = await tx.selectFrom('tender_plan').select(['id', 'subject', 'load_id', 'started_at', 'load_digest', 'plan']).where('load_id', '=', loadId).where('deleted', '=', false).orderBy('started_at', 'desc').orderBy('id', 'desc').limit(1).forUpdate().executeTakeFirst();
  return row === undefined ? null : { id: row.id, ownId: row.subject.slice(`tender_plan:${ourConnection}:`.length), loadId: row.load_id, startedAt: row.started_at, loadDigest: row.load_digest, plan: row.plan as unknown as TenderPlan };
}

/** Who drives the load, as was decided here. Hold the load before. */
export async function holdAssignment(tx: Transaction, loadId: string): Promise<HeldAssignment> {
  const row = await tx.selectFrom('load_assignment').selectAll().where('load_id', '=', loadId).forUpdate().executeTakeFirst();
  if (row === undefined) return { version: 0, record: { loadId, assignedBy: '', history: [] } };
  return {
    version: row.version,
    record: {
      loadId, ...(row.carrier === null ? {} : { carrier: row.carrier }), ...(row.truck === null ? {} : { truck: row.truck }), ...(row.trailer === null ? {} : { trailer: row.trailer }), assignedBy: row.assigned_by,
      ...(row.reason === null ? {} : { reason: row.reason }), ...(row.personal_data_id === null ? {} : { personalDataId: row.personal_data_id }), history: row.history as unknown as LoadAssignmentRecord['history'],
    },
  };
}

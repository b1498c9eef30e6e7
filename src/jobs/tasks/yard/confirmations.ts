import { sql } from 'kysely';
import { recordAudit } from '../../../events/audit.js';
import { answerOnce } from '../../../events/own-requests.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { Json } from '../../../lib/json.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordId } from '../../../model/record-ids.js';
import type { WarehouseConfirmationRecord } from '../../../model/warehouse.js';
import { confirmedLines, countsOf, remarksOf, type HandledTransfer } from '../../../model/yard/handling.js';
import type { Finding, HandlingCount } from '../../../model/yard/records.js';
import { transfersOfVisits, type TransferOfVisit } from '../../../projections/handling-progress.js';
import { withdrawFromOdoo } from '../../../projections/write-back.js';
import type { Database, Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { ownVersions, standingVersions } from '../own/history.js';
import { stateOwn, type OwnState } from '../own/records.js';
import { runsFacility, type YardAsker } from './at-facility.js';

/** RECEIPT: goods that came in. DISPATCH: goods that leave. */
export type HandlingKind = 'RECEIPT' | 'DISPATCH';

export interface HandlingConfirmation {
  kind: HandlingKind;
  /** UUID of the visit of the truck. */
  visit: string;
  /** Name of the transfer in Odoo; absent: every one that the truck is here for. */
  transfer?: string;
  /** Nothing more comes of it: what is missing is missing. */
  isFinal: boolean;
  /** In the place of what was counted. */
  counts?: Array<Omit<HandlingCount, 'at'>>;
}

interface VisitRow {
  id: string;
  company: string;
  counts: HandlingCount[];
  findings: Finding[];
  carrier: string | null;
  zone: string | null;
  code: string | null;
  facility_company: string | null;
}

const subjectPrefix = `warehouse_confirmation:${ourConnection}:`;

/** What the warehouse says was really loaded or unloaded: by it transfers are validated in Odoo, or people look at what differs. */
export class HandlingDesk {
  readonly #database: Database;

  constructor({ database }: Pick<TaskContext, 'database'>) {
    this.#database = database;
  }

  /**
   * Confirms what was counted of a truck. Said again before Odoo has it, the latest counts.
   * @returns UUIDs of the confirmations, one for each transfer
   * @throws GatehouseError NOT_FOUND, BAD_INPUT; CONFLICT where nothing was counted, or Odoo has it already
   */
  async confirm(wish: HandlingConfirmation, asker: YardAsker): Promise<string[]> {
    return this.#once(asker, wish as unknown as Json, async (tx) => {
      const visit = await holdVisit(tx, wish.visit, asker.by);
      const transfers = await transfersToConfirm(tx, visit, wish);
      const versions = [];
      for (const each of transfers) versions.push({ each, last: (await holdConfirmation(tx, ownIdOf(visit, each))).last });
      for (const { each } of versions) await withdrawFromOdoo(tx, each.subject);
      const states = versions.map(({ each, last }): OwnState<'warehouse_confirmation.reported'> => ({
        type: 'warehouse_confirmation.reported', kind: 'warehouse_confirmation', id: ownIdOf(visit, each), company: visit.company, version: last + 1, payload: recordOf(visit, each, wish),
        step: { action: `confirmation.${wish.kind === 'RECEIPT' ? 'receipt' : 'dispatch'}`, by: asker.by.subject },
      }));
      const ids = states.map(({ id }) => recordId('warehouse_confirmation', ourConnection, id));
      await recordAudit(tx, states.map(({ version, payload, step }, index) => ({ actor: asker.by, action: step.action, target: { kind: 'warehouse_confirmation', id: ids[index]! }, correlationId: asker.correlationId, payload: { version, order: payload.order, isFinal: payload.isFinal } })));
      await stateOwn(tx, states, asker.correlationId);
      return ids;
    });
  }

  /**
   * Takes the latest step of a confirmation back, as long as Odoo does not have it.
   * @throws GatehouseError NOT_FOUND; CONFLICT
   */
  async undo(confirmation: string, asker: YardAsker): Promise<string[]> {
    return this.#once(asker, { confirmation, step: 'UNDO' }, async (tx) => {
      const row = await tx.selectFrom('warehouse_confirmation').select(['subject', 'company', 'facility', 'deleted']).where('id', '=', confirmation).where('connection', '=', ourConnection).executeTakeFirst();
      if (row === undefined || row.deleted || !runsFacility(asker.by, { code: row.facility ?? '', company: row.company })) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.confirmationId' });
      const ownId = row.subject.slice(subjectPrefix.length);
      const { last } = await holdConfirmation(tx, ownId);
      const standing = standingVersions(await ownVersions<'warehouse_confirmation.reported'>(tx, 'warehouse_confirmation', ownId));
      const [latest, before] = [standing.at(-1), standing.at(-2)];
      if (latest === undefined) throw new GatehouseError('CONFLICT', 'No step of it is left to take back.', { field: 'input.confirmationId' });
      await withdrawFromOdoo(tx, ownId.slice(ownId.indexOf(':') + 1));
      const shared = { kind: 'warehouse_confirmation' as const, id: ownId, company: row.company, version: last + 1, step: { action: 'confirmation.undo', by: asker.by.subject, undoes: latest.version } };
      await recordAudit(tx, [{ actor: asker.by, action: 'confirmation.undo', target: { kind: 'warehouse_confirmation', id: confirmation }, correlationId: asker.correlationId, payload: { undoes: latest.version } }]);
      await stateOwn(tx, [before === undefined ? { ...shared, type: 'record.deleted', payload: { deleted: true } } : { ...shared, type: 'warehouse_confirmation.reported', payload: before.payload }], asker.correlationId);
      return [confirmation];
    });
  }

  async #once(asker: YardAsker, asked: Json, work: (tx: Transaction) => Promise<string[]>): Promise<string[]> {
    const { answer } = await this.#database.transaction((tx) => answerOnce(tx, { requestedBy: asker.by.subject, idempotencyKey: asker.idempotencyKey }, asked, () => work(tx)));
    return answer;
  }
}

/** Of one truck and one transfer. */
function ownIdOf({ id }: VisitRow, { subject }: TransferOfVisit): string {
  return `${id}:${subject}`;
}

/** Held: its counts stay as they are. @throws GatehouseError NOT_FOUND where it is others' */
async function holdVisit(tx: Transaction, id: string, by: YardAsker['by']): Promise<VisitRow> {
  const { rows: [row] } = await sql<VisitRow>`
    select v.id, v.company, v.counts, v.findings, v.carrier, f.zone, f.code, f.company as facility_company from visit v left join facility f on f.id = v.facility_id where v.id = ${id}::uuid and not v.deleted for update of v`.execute(tx);
  if (row === undefined || !runsFacility(by, { code: row.code ?? '', company: row.facility_company ?? row.company })) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.visitId' });
  return row;
}

/** The record, held, and its last version; 0 where there is none. Who states a version that somebody else has taken fails with CONFLICT. */
async function holdConfirmation(tx: Transaction, ownId: string): Promise<{ last: number }> {
  await tx.selectFrom('warehouse_confirmation').select('id').where('id', '=', recordId('warehouse_confirmation', ourConnection, ownId)).forUpdate().execute();
  return { last: (await ownVersions(tx, 'warehouse_confirmation', ownId)).at(-1)?.version ?? 0 };
}

/** @throws GatehouseError */
async function transfersToConfirm(tx: Transaction, visit: VisitRow, { kind, transfer, counts }: HandlingConfirmation): Promise<TransferOfVisit[]> {
  const direction = kind === 'RECEIPT' ? 'INCOMING' : 'OUTGOING';
  const all = (await transfersOfVisits(tx, [visit.id])).filter((each) => each.direction === direction);
  const named = transfer === undefined ? all : all.filter((each) => each.transfer.name.toUpperCase() === transfer.trim().toUpperCase());
  if (named.length === 0) throw new GatehouseError('NOT_FOUND', `The truck is here for no ${transfer === undefined ? (kind === 'RECEIPT' ? 'receipt' : 'delivery') : transfer.slice(0, 60)}.`, { field: transfer === undefined ? 'input.visitId' : 'input.transfer' });
  if (counts !== undefined && named.length > 1) throw new GatehouseError('BAD_INPUT', `Say which is counted: ${named.map((each) => each.transfer.name).join(', ')}.`, { field: 'input.transfer' });
  const open = named.filter(({ state }) => state !== 'done' && state !== 'cancel');
  if (open.length === 0) throw new GatehouseError('CONFLICT', `${named[0]!.transfer.name} is ${named[0]!.state === 'done' ? 'done' : 'cancelled'} in Odoo.`, { field: 'input.transfer' });
  // With nothing said of one of them, nobody can tell that nothing of it came from that nobody has counted it.
  const counted = counts !== undefined ? open : open.filter((each) => countsOf(visit.counts, each.transfer).length > 0 || visit.findings.some(({ reference }) => isNamed(reference, each.transfer)));
  if (counted.length === 0) throw new GatehouseError('CONFLICT', 'Nothing was counted. Report counts first, or say them here.', { field: 'input.counts' });
  return counted;
}

function isNamed(reference: string | undefined, { name, isOnly }: HandledTransfer): boolean {
  return reference === undefined ? isOnly : reference.trim().toUpperCase() === name.toUpperCase();
}

function recordOf(visit: VisitRow, { transfer, subject }: TransferOfVisit, { kind, isFinal, counts }: HandlingConfirmation): WarehouseConfirmationRecord {
  const now = { instant: instant(Date.now()), zone: visit.zone ?? 'UTC' };
  const counted = counts === undefined ? visit.counts : counts.map((count) => ({ ...count, reference: transfer.name, at: now }));
  const lines = confirmedLines(transfer, counted, visit.findings);
  const remarks = remarksOf(visit.findings, transfer);
  const [, connection = '', id = ''] = /^transfer:([^:]*):(.*)$/s.exec(subject) ?? [];
  return {
    direction: kind === 'RECEIPT' ? 'INBOUND' : 'OUTBOUND', order: transfer.name, references: [{ kind: 'odoo.delivery', issuer: connection, value: id }], confirmedAt: now, isFinal, lines, packages: [],
    ...(visit.code === null ? {} : { facility: visit.code }), ...(visit.carrier === null ? {} : { carrier: visit.carrier }), ...(remarks.length === 0 ? {} : { remarks }),
  };
}

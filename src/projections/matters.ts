import { sql } from 'kysely';
import type { Queryable, Transaction } from '../db/database.js';
import type { ExceptionTable } from '../db/schema.js';
import type { EventPayloads, NewEvent } from '../events/event.js';
import { instant } from '../lib/clock.js';
import { uuidv7 } from '../lib/ids.js';
import { endOfMatter, matterKinds, mattersOf, type Matter, type MatterKind, type MatterMilestone, type MatterShipment } from '../model/matters.js';
import { acceptedByPeople } from '../model/warehouse-matters.js';
import { raisingCodes, type ShipmentStatus } from '../model/milestones.js';
import { ourselves, takeStep, type ExceptionStep } from './change-exception.js';
import { exceptionSubject } from './exceptions.js';
import { fulfilmentsOf } from './fulfilments.js';
import { holdLivingShipments } from './references.js';

type Row = Pick<ExceptionTable, 'subject' | 'company' | 'kind' | 'class' | 'severity' | 'state' | 'title' | 'detail' | 'shipment_id' | 'decided_by' | 'version'>;

interface Raise {
  type: 'raise';
  shipment: { id: string; company: string };
  matter: Matter;
}

/** What must happen so that the exceptions of a shipment are its matters. */
type Difference = Raise | { type: 'steps'; row: Row; steps: ExceptionStep[] };

/** Which of these shipments have exceptions that differ from their matters. */
export async function unsettledShipments(db: Queryable, shipmentIds: readonly string[]): Promise<string[]> {
  const differences = await differencesOf(db, shipmentIds, false);
  return [...new Set(differences.map((difference) => (difference.type === 'raise' ? difference.shipment.id : difference.row.shipment_id!)))];
}

/**
 * Raises, changes, resolves and reopens exceptions until those of the shipments are their matters.
 * What people decided is left to them.
 * @returns the events of it, for the caller to append in the same transaction
 */
export async function settleMatters(tx: Transaction, shipmentIds: readonly string[]): Promise<NewEvent[]> {
  // Nobody folds them meanwhile: a fold that still sees the exceptions as they were would ask for nothing.
  await holdLivingShipments(tx, shipmentIds);
  const differences = await differencesOf(tx, shipmentIds, true);
  const causes = await causesOf(tx, differences.filter((difference) => difference.type === 'raise'));
  const events: NewEvent[] = [];
  for (const difference of differences) {
    if (difference.type === 'raise') events.push(raisedEvent(difference, causes.get(difference)));
    else for (const [index, step] of difference.steps.entries()) events.push(await takeStep(tx, { ...difference.row, version: difference.row.version + index }, step, ourselves, uuidv7()));
  }
  return events;
}

async function differencesOf(db: Queryable, shipmentIds: readonly string[], lock: boolean): Promise<Difference[]> {
  if (shipmentIds.length === 0) return [];
  const ids = sql<string>`any(${[...shipmentIds]}::uuid[])`;
  const [shipments, milestones, transfers] = await Promise.all([
    db.selectFrom('shipment').select(['id', 'company', 'status', 'provisional', 'reference', 'conflict', 'release']).where('id', '=', ids).where('merged_into', 'is', null).orderBy('id').execute(),
    db.selectFrom('milestone').select(['shipment_id', 'subject', 'code', 'classifier', 'fact_group as factGroup', 'exception_class as exceptionClass', 'raw_code as rawCode', 'raw_text as rawText', 'raw_id as rawId'])
    .where('shipment_id', '=', ids).where('active', '=', true).where('classifier', '=', 'ACTUAL').where('code', '=', sql<string>`any(${[...raisingCodes]}::text[])`).execute(),
    fulfilmentsOf(db, shipmentIds),
  ]);
  const wanted = new Map<string, { matter: Matter; shipment: { id: string; company: string } }>();
  for (const shipment of shipments) {
    const own = milestones.filter((milestone) => milestone.shipment_id === shipment.id) as MatterMilestone[];
    const ofWarehouses = transfers.filter((transfer) => transfer.shipmentId === shipment.id);
    for (const matter of mattersOf(shipment as unknown as MatterShipment, own, ofWarehouses)) wanted.set(exceptionSubject(matter.kind, matter.about), { matter, shipment });
  }
  const rows = new Map((await exceptionRows(db, ids, [...wanted.keys()], lock)).map((row) => [row.subject, row]));
  const raised = [...wanted].filter(([subject]) => !rows.has(subject)).map(([, { matter, shipment }]): Difference => ({ type: 'raise', shipment, matter }));
  const stepped = [...rows.values()].flatMap((row): Difference[] => {
    const status = shipments.find((shipment) => shipment.id === row.shipment_id)?.status ?? 'UNKNOWN';
    const steps = stepsFor(row, wanted.get(row.subject)?.matter, status as ShipmentStatus);
    return steps.length === 0 ? [] : [{ type: 'steps', row, steps }];
  });
  return [...raised, ...stepped];
}

function exceptionRows(db: Queryable, shipmentIds: ReturnType<typeof sql<string>>, subjects: readonly string[], lock: boolean): Promise<Row[]> {
  const query = db.selectFrom('exception').select(['subject', 'company', 'kind', 'class', 'severity', 'state', 'title', 'detail', 'shipment_id', 'decided_by', 'version'])
    .where((w) => w.or([w('subject', '=', sql<string>`any(${[...subjects]}::text[])`), w.and([w('shipment_id', '=', shipmentIds), w('kind', 'in', matterKinds)])]))
    .orderBy('subject');
  return (lock ? query.forUpdate() : query).execute();
}

function stepsFor(row: Row, matter: Matter | undefined, status: ShipmentStatus): ExceptionStep[] {
  const isClosed = row.state === 'RESOLVED';
  const isLeftToPeople = row.decided_by !== null && row.decided_by !== ourselves;
  if (matter === undefined) return isClosed || isLeftToPeople ? [] : [{ action: 'resolve', resolution: endOfMatter(row.kind as MatterKind, status) }];
  const { class: itsClass, severity, title, detail } = matter;
  // What somebody accepted is what it said then.
  if (isClosed && isLeftToPeople && (row.detail === detail || !(acceptedByPeople as readonly string[]).includes(row.kind))) return [];
  const isSame = row.class === itsClass && row.severity === severity && row.title === title && row.detail === detail;
  return [
    ...(isClosed ? [{ action: 'reopen' as const, reason: 'What is known of the shipment says so again.' }] : []),
    ...(isSame ? [] : [{ action: 'change' as const, to: { class: itsClass, severity, title, detail } }]),
  ];
}

function raisedEvent({ shipment, matter: { about, ...matter } }: Raise, cause: Cause | undefined): NewEvent {
  const now = instant(Date.now());
  const rawId = cause?.raw_id ?? undefined;
  return {
    id: uuidv7(), type: 'exception.raised', version: 1, subject: exceptionSubject(matter.kind, about), company: shipment.company, connection: null, factKey: 'raised',
    occurredAt: now, recordedAt: now, correlationId: cause?.correlation_id ?? uuidv7(), causationId: rawId ?? null,
    payload: { ...matter, shipmentId: shipment.id, ...(rawId === undefined ? {} : { rawId }) } satisfies EventPayloads['exception.raised'],
  };
}

interface Cause {
  correlation_id: string;
  raw_id: string | null;
}

/** The message behind each matter: the one that reported it, or that made the shipment known. */
async function causesOf(tx: Transaction, raises: readonly Raise[]): Promise<Map<Raise, Cause>> {
  const rawIds = raises.flatMap(({ matter }) => matter.rawId ?? []);
  const subjects = raises.filter(({ matter }) => matter.kind === 'UNMATCHED').map(({ shipment }) => `shipment:${shipment.id}`);
  const messages = rawIds.length === 0 ? [] : await tx.selectFrom('inbox').select(['id as key', 'correlation_id', 'id as raw_id']).where('id', 'in', rawIds).execute();
  const registrations = subjects.length === 0 ? [] : await tx.selectFrom('event').select(['subject as key', 'correlation_id', 'causation_id as raw_id']).where('subject', 'in', subjects).where('type', '=', 'shipment.registered').execute();
  const byKey = new Map([...messages, ...registrations].map((row) => [row.key, row]));
  return new Map(raises.flatMap((raise) => {
    const cause = byKey.get(raise.matter.rawId ?? `shipment:${raise.shipment.id}`);
    return cause === undefined ? [] : [[raise, cause] as const];
  }));
}

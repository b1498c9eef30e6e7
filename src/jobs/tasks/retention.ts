import { sql } from 'kysely';
import { recordAudit, system } from '../../events/audit.js';
import { thinCheckpoints, type ChainedLog } from '../../events/checkpoints.js';
import { forgetDeprecatedUse, oldDeprecatedUse } from '../../events/deprecated-use.js';
import { eraseBodies } from '../../events/personal-data.js';
import { lastSeal } from '../../events/seals.js';
import { instant } from '../../lib/clock.js';
import { forgetPeople } from '../../projections/records.js';
import { watermark } from '../../projections/runner.js';
import type { Queryable, Transaction } from '../engine.js';
import type { TaskContext } from './context.js';
import { forgetCommands } from './forget-commands.js';
import { partitionSize } from './partitions.js';
import { erasePersonalData, forgetAssigned } from './subject.js';

const dayMs = 86_400_000;
/** Read first, since a change takes no limit, and asked again where they go: somebody may have taken them up in between. */
const batchSize = 500;
/** So that a minute's run stays short; the rest goes with the next ones. */
const maxBatches = 10;

interface RetentionKind {
  /** Days, where nothing else is set; null: for ever. */
  days: number | null;
  what: string;
  /** How many are past it. */
  due(db: Queryable, before: string): Promise<number>;
  /** Erases some of them. @returns how many; 0 when none is left */
  erase(tx: Transaction, before: string): Promise<number>;
}

/**
 * What is kept how long. Never deleted: dedupe keys of messages and facts (a repeat stays known), the
 * hashes of the audit log, the seals of the event log.
 */
export const retentionKinds = {
  raw: { days: 90, what: 'bodies and headers of raw messages; what is gone cannot be replayed', due: dueBodies, erase: eraseOldBodies },
  commands: { days: 90, what: 'what commands that have ended said, and what was answered to them; those that were given up keep it until somebody decides', due: dueCommands, erase: eraseCommands },
  personal: { days: 30, what: 'personal data that a newer version replaced, or whose party was deleted at its source; who drives a load, so long after they were named', due: duePersonal, erase: eraseOldPersonal },
  shops: { days: 30, what: 'who bought in shops, with the messages that say it, after their order was closed or called off there; what was bought stays', due: dueBuyers, erase: eraseBuyers },
  drivers: { days: 90, what: 'who drove trucks, after they left the yard, or after the last that was heard of the visit and the time of its appointment; the visit stays', due: dueDrivers, erase: eraseDrivers },
  audit: { days: 730, what: 'payloads of the audit log; who did what to what stays', due: duePayloads, erase: erasePayloads },
  documents: { days: 400, what: 'labels, proofs of delivery and other files; that they were there stays', due: dueDocuments, erase: eraseDocuments },
  quotes: { days: 400, what: 'quotes with the rates that were considered', due: dueQuotes, erase: eraseQuotes },
  adjustments: { days: 400, what: 'by how much warehouses changed levels, and why; levels, orders and confirmations stay', due: dueAdjustments, erase: eraseAdjustments },
  interchanges: { days: 400, what: 'interchanges of EDI with their faults and answers, and by which bytes a control number is known; what their sets said stays', due: dueInterchanges, erase: eraseInterchanges },
  webhooks: { days: 30, what: 'events that were sent to endpoints or given up, with their attempts; what waits stays', due: dueDeliveries, erase: eraseDeliveries },
  positions: { days: 30, what: 'earlier positions of vehicles; the last one of each stays', due: duePositions, erase: erasePositions },
  shadow: { days: 90, what: 'what connections in shadow mode said; it can be read again from raw messages', due: dueShadow, erase: eraseShadow },
  refusals: { days: 90, what: 'counts of refused messages and sign-ins; the audit log has them too', due: dueRefusals, erase: eraseRefusals },
  requests: { days: 30, what: 'what was answered under idempotency keys at docks and in planning: an older key is a new request', due: dueRequests, erase: eraseRequests },
  deprecated: { days: 400, what: 'counts of who used what the API deprecates', due: oldDeprecatedUse, erase: (tx, before) => forgetDeprecatedUse(tx, before, batchSize) },
  events: { days: null, what: `events, in whole partitions of ${partitionSize / 1e6} million; a read model cannot be built anew from what is gone`, due: dueEvents, erase: dropEvents },
} as const satisfies Record<string, RetentionKind>;

export type RetentionName = keyof typeof retentionKinds;

/** Days that each kind is kept: as set, else by default. */
export async function retentionDays(db: Queryable): Promise<Record<RetentionName, number | null>> {
  const set = new Map((await db.selectFrom('retention').selectAll().execute()).map((row) => [row.kind, row.days]));
  return Object.fromEntries(Object.entries(retentionKinds).map(([name, kind]) => [name, set.has(name) ? set.get(name)! : kind.days])) as Record<RetentionName, number | null>;
}

/** How many of each kind would go now. */
export async function dueNow({ database }: Pick<TaskContext, 'database'>): Promise<Array<{ name: RetentionName; days: number | null; due: number }>> {
  const found = [];
  for (const [name, days] of Object.entries(await retentionDays(database.kysely)) as Array<[RetentionName, number | null]>) {
    found.push({ name, days, due: days === null ? 0 : await retentionKinds[name].due(database.kysely, cutoff(days)) });
  }
  return found;
}

/** Erases what is past its time, a bounded part at a time; how many of each kind went is in the audit log. */
export async function retain({ database }: Pick<TaskContext, 'database'>): Promise<void> {
  await thinCheckpoints(database.kysely, instant(Date.now() - dayMs));
  for (const [name, days] of Object.entries(await retentionDays(database.kysely)) as Array<[RetentionName, number | null]>) {
    if (days === null) continue;
    for (let batch = 0; batch < maxBatches; batch++) {
      const count = await database.transaction(async (tx) => {
        const erased = await retentionKinds[name].erase(tx, cutoff(days));
        if (erased > 0) await recordAudit(tx, [{ actor: system, action: 'retention.erased', target: { kind: 'retention', id: name }, payload: { count: erased, days } }]);
        return erased;
      });
      if (count === 0) break;
    }
  }
}

function cutoff(days: number): string {
  return instant(Date.now() - days * dayMs);
}

async function dueBodies(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('inbox').select(counted).where('body', 'is not', null).where('state', '<>', 'RECEIVED').where('received_at', '<', before));
}

const bookmark = 'retention raw';

/** Ids of messages rise with time, so the place up to which all are empty is remembered instead of an index on every message. */
async function eraseOldBodies(tx: Transaction, before: string): Promise<number> {
  const from = (await tx.selectFrom('installation').select('value').where('name', '=', bookmark).executeTakeFirst())?.value ?? firstIdAt(0);
  const rows = await tx.selectFrom('inbox').select(['id', 'state', 'body_gone']).where('id', '>', from).where('id', '<', firstIdAt(Date.parse(before))).orderBy('id').limit(batchSize).execute();
  const waiting = rows.findIndex((row) => row.state === 'RECEIVED');
  const passed = waiting === -1 ? rows : rows.slice(0, waiting);
  const erased = await eraseBodies(tx, passed.map((row) => row.id), 'RETENTION');
  if (passed.length > 0) await tx.insertInto('installation').values({ name: bookmark, value: passed.at(-1)!.id }).onConflict((c) => c.column('name').doUpdateSet({ value: passed.at(-1)!.id })).execute();
  return erased;
}

/** The lowest UUIDv7 of a time. */
function firstIdAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

const isOldCommand = (before: string) => sql<boolean>`finished_at < ${before}::timestamptz and (input is not null or memory is not null) and state <> 'DEAD'`;

async function dueCommands(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('command').select(counted).where(isOldCommand(before)));
}

async function eraseCommands(tx: Transaction, before: string): Promise<number> {
  const rows = await tx.selectFrom('command').select('id').where(isOldCommand(before)).orderBy('finished_at').limit(batchSize).execute();
  const gone = await tx.updateTable('command').set({ input: null, memory: null }).where('id', '=', sql<string>`any(${rows.map((row) => row.id)}::uuid[])`).where(isOldCommand(before)).returning('id').execute();
  await tx.updateTable('command_attempt').set({ raw: null }).where('command_id', '=', sql<string>`any(${gone.map((row) => row.id)}::uuid[])`).where('raw', 'is not', null).execute();
  return gone.length;
}

const isOldPersonal = (before: string) => sql<boolean>`erased_at is null and (
  (created_at < ${before}::timestamptz and not exists (select 1 from party where party.personal_data_id = personal_data.id) and not exists (select 1 from shop_order where shop_order.personal_data_id = personal_data.id)
    and not exists (select 1 from visit where visit.personal_data_id = personal_data.id))
  or exists (select 1 from party where party.personal_data_id = personal_data.id and party.deleted and party.updated_at < ${before}::timestamptz))`;

async function duePersonal(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('personal_data').select(counted).where(isOldPersonal(before)));
}

async function eraseOldPersonal(tx: Transaction, before: string): Promise<number> {
  const rows = await tx.selectFrom('personal_data').select('id').where(isOldPersonal(before)).limit(batchSize).execute();
  const gone = await tx.updateTable('personal_data').set({ data: null, sealed: null, erased_at: instant(Date.now()) }).where('id', '=', sql<string>`any(${rows.map((row) => row.id)}::uuid[])`).where(isOldPersonal(before)).returning('id').execute();
  if (gone.length === 0) return 0;
  const ids = sql<string>`any(${gone.map((row) => row.id)}::uuid[])`;
  const deleted = await tx.selectFrom('party').select('subject').where('personal_data_id', '=', ids).execute();
  await tx.deleteFrom('personal_index').where('personal_data_id', '=', ids).execute();
  await forgetAssigned(tx, gone.map((row) => row.id));
  await forgetPeople(tx, deleted.map((row) => row.subject));
  return gone.length;
}

const isOldBuyer = (before: string) => sql<boolean>`personal_data_id is not null and (state in ('CLOSED', 'CANCELLED') or deleted) and updated_at < ${before}::timestamptz`;

async function dueBuyers(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('shop_order').select(counted).where(isOldBuyer(before)));
}

async function eraseBuyers(tx: Transaction, before: string): Promise<number> {
  const rows = await tx.selectFrom('shop_order').select('subject').where(isOldBuyer(before)).orderBy('updated_at').limit(batchSize).forUpdate().execute();
  const subjects = rows.map((row) => row.subject);
  if (subjects.length === 0) return 0;
  await erasePersonalData(tx, subjects);
  await forgetPeople(tx, subjects);
  await forgetCommands(tx, subjects, 'RETENTION');
  const mentions = await tx.selectFrom('personal_mention').select('raw_id').where('subject', '=', sql<string>`any(${subjects}::text[])`).execute();
  await eraseBodies(tx, mentions.map((row) => row.raw_id), 'RETENTION');
  return subjects.length;
}

/** Whatever a visit was last said to be: a truck that was announced and never came, or that nobody saw leave, ends no other way. */
const isOldDriver = (before: string) => sql<boolean>`personal_data_id is not null and updated_at < ${before}::timestamptz and (state in ('CHECKED_OUT', 'REJECTED', 'CANCELLED') or deleted
  or greatest(arrived_at, checked_in_at, at_dock_at, handling_started_at, handling_ended_at, from_dock_at, checked_out_at, (select appointment.starts_at from appointment where appointment.id = visit.appointment_id), '-infinity') < ${before}::timestamptz)`;

async function dueDrivers(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('visit').select(counted).where(isOldDriver(before)));
}

async function eraseDrivers(tx: Transaction, before: string): Promise<number> {
  const rows = await tx.selectFrom('visit').select('subject').where(isOldDriver(before)).orderBy('id').limit(batchSize).forUpdate().execute();
  const subjects = rows.map((row) => row.subject);
  if (subjects.length === 0) return 0;
  await erasePersonalData(tx, subjects);
  await forgetPeople(tx, subjects);
  return subjects.length;
}

async function duePayloads(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('audit').select(counted).where('payload', 'is not', null).where('at', '<', before));
}

/** From the beginning on, so that the primary key finds them. */
async function erasePayloads(tx: Transaction, before: string): Promise<number> {
  const name = 'retention audit';
  const from = Number((await tx.selectFrom('installation').select('value').where('name', '=', name).executeTakeFirst())?.value ?? 0);
  const rows = await tx.selectFrom('audit').select(['position', 'at']).where('position', '>', from).orderBy('position').limit(batchSize).execute();
  const old = rows.filter((row) => row.at < before);
  if (old.length === 0) return 0;
  const last = old.at(-1)!.position;
  await tx.updateTable('audit').set({ payload: null, salt: null }).where('position', '>', from).where('position', '<=', last).execute();
  await tx.insertInto('installation').values({ name, value: String(last) }).onConflict((c) => c.column('name').doUpdateSet({ value: String(last) })).execute();
  // That these payloads may be missing, doctor --audit reads here.
  await recordAudit(tx, [{ actor: system, action: erasedAction, target: { kind: 'audit', id: String(last) } }]);
  return old.length;
}

async function dueDocuments(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('document_content').select(counted).where('content', 'is not', null).where('created_at', '<', before));
}

async function eraseDocuments(tx: Transaction, before: string): Promise<number> {
  const rows = await tx.selectFrom('document_content').select('id').where('content', 'is not', null).where('created_at', '<', before).limit(batchSize).execute();
  if (rows.length > 0) await tx.updateTable('document_content').set({ content: null }).where('id', '=', sql<string>`any(${rows.map((row) => row.id)}::uuid[])`).execute();
  return rows.length;
}

async function dueQuotes(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('quote').select(counted).where('created_at', '<', before));
}

async function dueAdjustments(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('inventory_adjustment').select(counted).where('adjusted_at', '<', before));
}

async function eraseAdjustments(tx: Transaction, before: string): Promise<number> {
  const rows = await tx.selectFrom('inventory_adjustment').select('id').where('adjusted_at', '<', before).orderBy('adjusted_at').limit(batchSize).execute();
  if (rows.length > 0) await tx.deleteFrom('inventory_adjustment').where('id', '=', sql<string>`any(${rows.map((row) => row.id)}::uuid[])`).execute();
  return rows.length;
}

async function dueInterchanges(db: Queryable, before: string): Promise<number> {
  return (await countOf(db.selectFrom('interchange').select(counted).where('updated_at', '<', before))) + (await countOf(db.selectFrom('edi_received').select(counted).where('received_at', '<', before)));
}

/** What was said of them and what waits for an answer go with them. */
async function eraseInterchanges(tx: Transaction, before: string): Promise<number> {
  const rows = await tx.selectFrom('interchange').select('id').where('updated_at', '<', before).orderBy('updated_at').limit(batchSize).execute();
  const ids = sql<string>`any(${rows.map((row) => row.id)}::uuid[])`;
  for (const table of ['interchange_watch', 'interchange_answer', 'interchange_verdict'] as const) await tx.deleteFrom(table).where('interchange_id', '=', ids).execute();
  await tx.deleteFrom('interchange').where('id', '=', ids).execute();
  const received = await sql`
    delete from edi_received where (connection, sender, control) in (select connection, sender, control from edi_received where received_at < ${before}::timestamptz order by received_at limit ${batchSize}) returning 1`.execute(tx);
  return rows.length + received.rows.length;
}

async function eraseQuotes(tx: Transaction, before: string): Promise<number> {
  const rows = await tx.selectFrom('quote').select('id').where('created_at', '<', before).limit(batchSize).execute();
  if (rows.length > 0) await tx.deleteFrom('quote').where('id', '=', sql<string>`any(${rows.map((row) => row.id)}::uuid[])`).execute();
  return rows.length;
}

async function dueDeliveries(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('webhook_delivery').select(counted).where('finished_at', '<', before));
}

/** Their attempts go with them. */
async function eraseDeliveries(tx: Transaction, before: string): Promise<number> {
  const rows = await tx.selectFrom('webhook_delivery').select('sequence').where('finished_at', '<', before).orderBy('finished_at').limit(batchSize).execute();
  const gone = await tx.deleteFrom('webhook_delivery').where('sequence', '=', sql<number>`any(${rows.map((row) => row.sequence)}::bigint[])`).where('finished_at', '<', before).returning('sequence').execute();
  await tx.deleteFrom('webhook_replay').where('finished_at', '<', before).execute();
  return gone.length;
}

async function duePositions(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('vehicle_track').select(counted).where('at', '<', before));
}

async function erasePositions(tx: Transaction, before: string): Promise<number> {
  const { rows } = await sql`delete from vehicle_track where ctid = any(array(select ctid from vehicle_track where at < ${before}::timestamptz order by at limit ${batchSize})) returning 1`.execute(tx);
  return rows.length;
}

async function dueShadow(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('shadow_fact').select(counted).where('recorded_at', '<', before));
}

async function eraseShadow(tx: Transaction, before: string): Promise<number> {
  const { rows } = await sql`delete from shadow_fact where id = any(array(select id from shadow_fact where recorded_at < ${before}::timestamptz order by recorded_at limit ${batchSize})) returning 1`.execute(tx);
  return rows.length;
}

async function dueRefusals(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('rejection').select(counted).where('minute', '<', before).where('audited', '=', sql<number>`count`));
}

async function eraseRefusals(tx: Transaction, before: string): Promise<number> {
  const { numDeletedRows } = await tx.deleteFrom('rejection').where('minute', '<', before).where('audited', '=', sql<number>`count`).executeTakeFirst();
  return Number(numDeletedRows);
}

/** The oldest partition, where all of it is sealed, projected and old. */
async function oldPartition(db: Queryable, before: string): Promise<{ name: string; end: number } | null> {
  const { rows } = await sql<{ name: string; number: number }>`
    select c.relname as name, substr(c.relname, 8)::bigint as number from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'event'::regclass order by number limit 1`.execute(db);
  const oldest = rows[0];
  if (oldest === undefined) return null;
  const end = (oldest.number + 1) * partitionSize;
  if ((await lastSeal(db)).last < end - 1 || (await watermark(db)) < end - 1) return null;
  const newest = await sql<{ recorded_at: string | null }>`select max(recorded_at) as recorded_at from ${sql.table(oldest.name)}`.execute(db);
  return newest.rows[0]!.recorded_at !== null && newest.rows[0]!.recorded_at >= before ? null : { name: oldest.name, end };
}

async function dueEvents(db: Queryable, before: string): Promise<number> {
  const partition = await oldPartition(db, before);
  return partition === null ? 0 : countOf(sql<{ count: number }>`select count(*) as count from ${sql.table(partition.name)}`.execute(db).then(({ rows }) => rows[0]!));
}

async function dropEvents(tx: Transaction, before: string): Promise<number> {
  const partition = await oldPartition(tx, before);
  if (partition === null) return 0;
  await sql`drop table ${sql.table(partition.name)}`.execute(tx);
  // The seals stay; that these events may be missing, doctor --audit reads here.
  await recordAudit(tx, [{ actor: system, action: droppedAction, target: { kind: 'event', id: String(partition.end - 1) } }]);
  return partitionSize;
}

/** Up to which position of the event log retention has dropped it; 0: nothing. The audit log proves it. */
export function droppedUpTo(db: Queryable): Promise<number> {
  return goneUpTo(db, 'event', droppedAction);
}

/** Up to which position of the audit log retention has erased payloads; 0: none. The audit log proves it. */
export function erasedUpTo(db: Queryable): Promise<number> {
  return goneUpTo(db, 'audit', erasedAction);
}

async function goneUpTo(db: Queryable, log: ChainedLog, action: string): Promise<number> {
  const row = await db.selectFrom('audit').select(sql<number | null>`max(target_id::bigint)`.as('position')).where('action', '=', action).where('actor', '=', system.subject).where('target_kind', '=', log).executeTakeFirst();
  return row?.position ?? 0;
}

/** Target: the last position that is gone. */
const droppedAction = 'retention.events-dropped';
/** Target: the last position whose payload is gone. */
const erasedAction = 'retention.payloads-erased';

function dueRequests(db: Queryable, before: string): Promise<number> {
  return countOf(db.selectFrom('own_request').select(counted).where('created_at', '<', before));
}

async function eraseRequests(tx: Transaction, before: string): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from own_request where (requested_by, idempotency_key) in (select requested_by, idempotency_key from own_request where created_at < ${before}::timestamptz order by created_at limit ${batchSize} for update skip locked)
  `.execute(tx);
  return Number(numAffectedRows ?? 0);
}

const counted = sql<number>`count(*)`.as('count');

async function countOf(query: { executeTakeFirstOrThrow(): Promise<{ count: number }> } | Promise<{ count: number }>): Promise<number> {
  return (await ('executeTakeFirstOrThrow' in query ? query.executeTakeFirstOrThrow() : query)).count;
}

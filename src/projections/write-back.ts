import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import { instant } from '../lib/clock.js';
import { GatehouseError } from '../lib/errors.js';
import type { Place } from '../model/facts.js';
import type { Classifier, MilestoneCode, Severity } from '../model/milestones.js';
import type { Told, WriteBackBooking, WriteBackMilestone, WriteBackState } from '../model/write-back.js';
import type { TransferAppointment, TransferVisit } from '../model/yard/at-odoo.js';
import { acceptedByPeople, shortKinds, warehouseMatters } from '../model/warehouse-matters.js';
import { ourConnection } from '../model/our-connection.js';
import { progressOfTransfers } from './handling-progress.js';
import { exceptionSubject } from './exceptions.js';
import { everyone } from './feed.js';
import { endOfPage, follower } from './follower.js';
import { fulfilmentsOf, type TransferFulfilment } from './fulfilments.js';
import { ourselves } from './change-exception.js';
import { noteShortages } from './shortages.js';

/** A transfer of an Odoo connection that stands for a shipment, with all that is known of it. */
export interface TransferState extends WriteBackState {
  /** Odoo's id of it. */
  transferId: string;
  shipmentId: string;
  company: string;
  /** Where what goes out leaves from: the place in Odoo's own names of deliveries, `WH/OUT/00042`. Null of all else. */
  facility: string | null;
}

const own = follower('write-back');
export const { position: writeBackPosition, keepPosition: keepWriteBackPosition } = own;

/**
 * Shipments of which something changed behind a position: itself, its milestones, exceptions, appointments or visits
 * (bookings and documents change the shipment).
 * @param limit rows of the feed that are looked at
 * @returns them, and the position up to which they are complete; null where the feed no longer goes back so far
 */
export async function changedShipments(tx: Transaction, after: number, upTo: number, limit: number): Promise<{ shipments: string[]; position: number } | null> {
  if (await own.isCutOff(tx, after)) return null;
  const { rows } = await sql<{ position: number; shipment_id: string | null }>`
    with ending as (${endOfPage(after, upTo, limit)})
    select distinct f.position, coalesce(s.merged_into, s.id) as shipment_id
    from (select position, milestone_id, changed, record_id from feed where key = ${everyone} and position > ${after} and position <= (select position from ending)) f
    left join milestone m on m.id = f.milestone_id
    left join exception e on f.changed = 'exception' and e.id = f.record_id
    left join appointment_shipment a on f.changed = 'appointment' and a.appointment_id = f.record_id
    left join visit_shipment v on f.changed = 'visit' and v.visit_id = f.record_id
    left join shipment s on s.id = coalesce(m.shipment_id, e.shipment_id, a.shipment_id, v.shipment_id, case when f.changed = 'shipment' then f.record_id end)
    order by f.position`.execute(tx);
  const isEnd = rows.length === 0 || rows.at(-1)!.position >= upTo;
  return { shipments: [...new Set(rows.flatMap((row) => row.shipment_id ?? []))], position: isEnd ? upTo : rows.at(-1)!.position };
}

/**
 * Has shipments looked at of which something changed that the feed does not tell: in the transaction that changes it.
 * @param of their ids, and subjects of their names
 */
export async function markForWriteBack(tx: Transaction, of: { shipments?: readonly string[]; subjects?: readonly string[] }): Promise<void> {
  // One that is marked already is held until this transaction ends: nobody takes it before what changes can be seen.
  await sql`
    insert into write_back_due (shipment_id)
    select id from unnest(${[...(of.shipments ?? [])]}::uuid[]) as x(id) union select shipment_id from reference where subject = any(${[...(of.subjects ?? [])]}::text[]) order by 1
    on conflict (shipment_id) do update set shipment_id = excluded.shipment_id`.execute(tx);
  await sql`select pg_notify(${writeBackChannel}, '')`.execute(tx);
}

/** Told when something was marked. A wake-up may be lost: every process also looks each minute. */
export const writeBackChannel = 'gatehouse_write_back';

/** Takes what was marked, at most so many. */
export async function takeMarked(tx: Transaction, limit: number): Promise<string[]> {
  const { rows } = await sql<{ shipment_id: string }>`
    with taken as (delete from write_back_due where shipment_id in (select shipment_id from write_back_due order by shipment_id limit ${limit} for update skip locked) returning shipment_id)
    select distinct coalesce(s.merged_into, s.id) as shipment_id from taken join shipment s on s.id = taken.shipment_id`.execute(tx);
  return rows.map((row) => row.shipment_id);
}

/** Every shipment that stands for a transfer, by pages. */
export async function shipmentsOfTransfers(tx: Transaction, after: string | null, limit: number): Promise<string[]> {
  let query = tx.selectFrom('shipment').select('id').where('merged_into', 'is', null).where('transfer_subject', 'is not', null).orderBy('id').limit(limit);
  if (after !== null) query = query.where('id', '>', after);
  return (await query.execute()).map((row) => row.id);
}

/** Of each transfer of these connections that stands for one of these shipments, what has to stand there. Notes since when one is short. */
export async function statesOf(tx: Transaction, shipmentIds: readonly string[], connections: readonly string[]): Promise<TransferState[]> {
  if (shipmentIds.length === 0 || connections.length === 0) return [];
  const transfers = await transfersOf(tx, shipmentIds, connections);
  const ids = [...new Set(transfers.map((row) => row.shipment_id))];
  if (ids.length === 0) return [];
  const milestones = Map.groupBy(await milestonesOf(tx, ids), (row) => row.shipment_id);
  const exceptions = Map.groupBy(await exceptionsOf(tx, ids), (row) => row.shipment_id);
  const booked = await bookingsOf(tx, ids);
  const bookings = Map.groupBy(booked, (row) => row.shipment_id);
  const commands = await endedCommandsOf(tx, transfers, booked);
  const documents = Map.groupBy(await documentsOf(tx, ids), (row) => row.shipment_id);
  const appointments = Map.groupBy(await appointmentsOf(tx, ids), (row) => row.shipment_id);
  const visits = Map.groupBy(await visitsOf(tx, ids), (row) => row.shipment_id);
  const fulfilments = new Map((await fulfilmentsOf(tx, ids)).map((each) => [each.transfer, each]));
  const reviews = await reviewsOf(tx, [...fulfilments.values()]);
  const progress = await progressOfTransfers(tx, ids);
  const shortages = await noteShortages(tx, [...fulfilments.values()], Date.now());
  return transfers.map((row): TransferState => ({
    transferId: row.transfer_id, shipmentId: row.shipment_id, company: row.company, connection: row.connection,
    facility: row.direction === 'OUTGOING' && row.reference.includes('/') ? row.reference.split('/')[0]! : null,
    transfer: { direction: row.direction, state: row.state },
    shipment: { status: row.status, estimatedAt: row.estimated_at, promisedAt: row.promised_at, deliveredAt: row.delivered_at },
    milestones: (milestones.get(row.shipment_id) ?? []).map(toMilestone),
    exceptions: exceptions.get(row.shipment_id) ?? [],
    bookings: (bookings.get(row.shipment_id) ?? []).map(({ id, state, carrier, price, packages }) => ({ id, state, carrier, price, packages })),
    ...commandsOf(commands, row, bookings.get(row.shipment_id) ?? []),
    documents: documents.get(row.shipment_id) ?? [],
    appointments: (appointments.get(row.shipment_id) ?? []).map(({ shipment_id: _, ...each }) => each),
    visits: (visits.get(row.shipment_id) ?? []).map(({ shipment_id: _, ...each }) => each),
    fulfilment: fulfilments.get(subjectOf(row))?.fulfilment ?? null,
    confirmations: fulfilments.get(subjectOf(row))?.confirmations.map(({ id, carrier, packages }) => ({ id, carrier, packages })) ?? [],
    progress: progress.get(subjectOf(row)) ?? [],
    isShortageAccepted: reviews.get(subjectOf(row))?.isShortageAccepted ?? false,
    handled: handledOf(fulfilments.get(subjectOf(row)), reviews.get(subjectOf(row))?.open ?? []),
    shortageAgeMs: shortages.get(subjectOf(row)) ?? null,
  }));
}

interface TransferRow {
  subject: string; transfer_id: string; shipment_id: string; company: string; connection: string; direction: string; state: string; reference: string;
  status: string; estimated_at: string | null; promised_at: string | null; delivered_at: string | null;
}

async function transfersOf(tx: Transaction, shipmentIds: readonly string[], connections: readonly string[]): Promise<TransferRow[]> {
  const { rows } = await sql<TransferRow>`
    select r.subject, r.value as transfer_id, s.id as shipment_id, t.company, t.connection, t.direction, t.state, t.reference, s.status, s.estimated_at, s.promised_at, s.delivered_at
    from reference r join shipment s on s.id = r.shipment_id join transfer t on t.subject = 'transfer:' || substr(r.subject, length('odoo.delivery:') + 1)
    where r.shipment_id = any(${[...shipmentIds]}::uuid[]) and r.kind = 'odoo.delivery' and t.connection = any(${[...connections]}::text[]) and not t.deleted
    order by t.subject`.execute(tx);
  return rows;
}

/** Subject of the transfer itself, of which the row has that of its name. */
function subjectOf({ connection, transfer_id: id }: Pick<TransferRow, 'connection' | 'transfer_id'>): string {
  return `transfer:${connection}:${id}`;
}

interface Review {
  /** Kinds of what differs and that nobody has accepted as it stands. */
  open: string[];
  isShortageAccepted: boolean;
}

/** Of each transfer, by its subject, what people accepted of what differs; it counts for what they saw. */
async function reviewsOf(tx: Transaction, fulfilments: readonly TransferFulfilment[]): Promise<Map<string, Review>> {
  const matters = fulfilments.flatMap((each) => warehouseMatters(each).filter(({ kind }) => (acceptedByPeople as readonly string[]).includes(kind)));
  if (matters.length === 0) return new Map();
  const rows = await tx.selectFrom('exception').select(['subject', 'detail']).where('subject', 'in', matters.map(({ kind, about }) => exceptionSubject(kind, about))).where('state', '=', 'RESOLVED').where('decided_by', 'is not', null).where('decided_by', '<>', ourselves).execute();
  const accepted = new Map(rows.map((row) => [row.subject, row.detail]));
  const isAccepted = (matter: (typeof matters)[number]) => accepted.get(exceptionSubject(matter.kind, matter.about)) === matter.detail;
  return new Map([...Map.groupBy(matters, ({ about }) => about)].map(([transfer, own]) => [transfer, {
    open: own.filter((matter) => !isAccepted(matter)).map(({ kind }) => kind),
    isShortageAccepted: own.some((matter) => (shortKinds as readonly string[]).includes(matter.kind) && isAccepted(matter)),
  }]));
}

/** Null where no confirmation was given here. */
function handledOf(of: TransferFulfilment | undefined, open: string[]): WriteBackState['handled'] {
  if (of === undefined || !of.confirmations.some(({ connection }) => connection === ourConnection)) return null;
  return { open, isFinal: of.confirmations.some(({ isFinal }) => isFinal) };
}

interface MilestoneRow {
  shipment_id: string; id: string; code: MilestoneCode; classifier: Classifier; occurred_at: string; recorded_at: string; zone: string; place: Place | null; raw_text: string | null;
  connection: string; carrier: string | null; package: string | null;
}

async function milestonesOf(tx: Transaction, shipmentIds: readonly string[]): Promise<MilestoneRow[]> {
  const { rows } = await sql<MilestoneRow>`
    select shipment_id, id, code, classifier, occurred_at, recorded_at, zone, place, raw_text, connection, carrier, package
    from milestone where shipment_id = any(${[...shipmentIds]}::uuid[]) and active order by occurred_at, id`.execute(tx);
  return rows;
}

function toMilestone(row: MilestoneRow): WriteBackMilestone {
  const { id, code, classifier, zone, connection, carrier } = row;
  const place = row.place === null ? '' : [row.place.name, row.place.city, row.place.region, row.place.country].filter((part) => part !== undefined).join(', ');
  return { id, code, classifier, occurredAt: row.occurred_at, recordedAt: row.recorded_at, zone, place: place === '' ? null : place, text: row.raw_text, connection, carrier, package: row.package };
}

async function exceptionsOf(tx: Transaction, shipmentIds: readonly string[]) {
  const { rows } = await sql<{ shipment_id: string; id: string; kind: string; severity: Severity; title: string; detail: string }>`
    select shipment_id, id, kind, severity, title, detail from exception where shipment_id = any(${[...shipmentIds]}::uuid[]) and state <> 'RESOLVED' order by id`.execute(tx);
  return rows;
}

type BookingRow = WriteBackBooking & { shipment_id: string; subject: string; command_id: string | null };

async function bookingsOf(tx: Transaction, shipmentIds: readonly string[]) {
  const { rows } = await sql<BookingRow>`
    select x.shipment_id, b.id, b.subject, b.command_id, b.state, b.carrier, b.price, b.packages from booking_shipment x join booking b on b.id = x.booking_id
    where x.shipment_id = any(${[...shipmentIds]}::uuid[]) and not b.deleted order by b.id`.execute(tx);
  return rows;
}

interface CommandRow {
  id: string; kind: string; state: string; shipment_id: string | null; subject: string; order_key: string | null; requested_by: string; idempotency_key: string; message: string; reason: string;
}

/** Why a command was discarded that had not been given up before. */
export const calledOff = 'CALLED_OFF';

/** Commands of these transfers that came to nothing: bookings that no carrier took, bookings that were called off before anything was begun, and cancellations. */
async function endedCommandsOf(tx: Transaction, transfers: readonly TransferRow[], bookings: readonly BookingRow[]): Promise<CommandRow[]> {
  const subjects = [...transfers, ...bookings].map((row) => row.subject);
  const { rows } = await sql<CommandRow>`
    select id, kind, state, shipment_id, subject, order_key, requested_by, idempotency_key, coalesce(error->>'message', '') as message, coalesce(error->>'reason', '') as reason from command
    where (kind in ('shipment.book', 'return.book') and (state = 'CANCELLED' and memory is null) or kind in ('shipment.book', 'return.book', 'booking.cancel') and (state = 'DEAD' or (state = 'DISCARDED' and error->>'reason' = ${calledOff})))
      and (shipment_id = any(${transfers.map((row) => row.shipment_id)}::uuid[]) or subject = any(${subjects}::text[])) order by id`.execute(tx);
  return rows;
}

function commandsOf(commands: readonly CommandRow[], { shipment_id: shipmentId, subject, connection }: TransferRow, bookings: readonly BookingRow[]): Pick<WriteBackState, 'failedBookings' | 'cancelledBookings' | 'failedCancellations'> {
  const own = commands.filter((each) => each.shipment_id === shipmentId || each.subject === subject || bookings.some((booking) => booking.subject === each.subject));
  const toBook = own.filter(({ kind }) => kind !== 'booking.cancel');
  return {
    failedBookings: toBook.filter(({ state }) => state !== 'CANCELLED').map(({ id, message, reason }) => ({ command: id, message: reason === calledOff ? `It was discarded: ${message}` : message, isRetryable: reason !== 'REFUSED' })),
    // A command that was accepted anew goes by the key of the first, and what comes after the slash.
    cancelledBookings: toBook.filter(({ state }) => state === 'CANCELLED').map((each) => ({ command: each.id, request: each.requested_by === connection ? each.idempotency_key.split('/')[0]! : null })),
    failedCancellations: own.filter(({ kind }) => kind === 'booking.cancel').map(({ id, message, subject: of, order_key: key }) => ({
      command: id, message, booking: bookings.find((booking) => booking.subject === of || (booking.command_id !== null && key === `booking:${booking.command_id}`))?.id ?? null,
    })),
  };
}

/** Those whose content is here. */
async function documentsOf(tx: Transaction, shipmentIds: readonly string[]) {
  const { rows } = await sql<{ shipment_id: string; id: string; kind: string; format: string; package: string | null; sha256: string }>`
    select x.shipment_id, d.id, d.kind, d.format, d.package, d.sha256 from document_shipment x join document d on d.id = x.document_id join document_content c on c.id = d.id
    where c.content is not null and x.shipment_id = any(${[...shipmentIds]}::uuid[]) and not d.deleted order by d.id`.execute(tx);
  return rows;
}

async function appointmentsOf(tx: Transaction, shipmentIds: readonly string[]) {
  const { rows } = await sql<TransferAppointment & { shipment_id: string }>`
    select x.shipment_id, a.id, a.starts_at as "startsAt", a.dock, a.state, a.direction, a.carrier from appointment_shipment x join appointment a on a.id = x.appointment_id join shipment s on s.id = x.shipment_id
    where x.shipment_id = any(${[...shipmentIds]}::uuid[]) and not a.deleted and a.state <> 'CANCELLED' and (a.connection <> ${ourConnection} or a.company = s.company) order by a.id`.execute(tx);
  return rows;
}

async function visitsOf(tx: Transaction, shipmentIds: readonly string[]) {
  const { rows } = await sql<TransferVisit & { shipment_id: string }>`
    select x.shipment_id, v.id, v.state, v.carrier, v.truck, v.trailer, v.dock, a.confirmation as appointment, coalesce(v.checked_in_at, v.arrived_at) as "checkedInAt", v.at_dock_at as "atDockAt", v.checked_out_at as "checkedOutAt"
    from visit_shipment x join visit v on v.id = x.visit_id join shipment s on s.id = x.shipment_id left join appointment a on a.id = v.appointment_id
    where x.shipment_id = any(${[...shipmentIds]}::uuid[]) and not v.deleted and (v.connection <> ${ourConnection} or v.company = s.company) order by v.id`.execute(tx);
  return rows;
}

/** Until when carriers take freight at the places of these transfers. */
export async function cutOffsOf(tx: Transaction, of: ReadonlyArray<Pick<TransferState, 'company' | 'facility'>>) {
  const facilities = of.flatMap(({ facility }) => facility ?? []);
  return facilities.length === 0 ? [] : tx.selectFrom('carrier_cut_off').selectAll().where('facility', 'in', facilities).execute();
}

/** Has the cut-offs of a place told anew, by the last of the deliveries that leave it, in the transaction that changes them. */
export async function markPlaceForWriteBack(tx: Transaction, { company, facility }: { company: string; facility: string }): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select distinct on (t.connection) coalesce(s.merged_into, s.id) as id
    from transfer t join reference r on r.subject = 'odoo.delivery:' || substr(t.subject, length('transfer:') + 1) join shipment s on s.id = r.shipment_id
    where t.company = ${company} and t.direction = 'OUTGOING' and not t.deleted and starts_with(t.reference, ${`${facility}/`}) order by t.connection, t.id desc`.execute(tx);
  await markForWriteBack(tx, { shipments: rows.map((row) => row.id) });
}

/** What Odoo was told of these transfers, by `connection:transfer`. */
export async function toldOf(tx: Transaction, transfers: ReadonlyArray<{ connection: string; transferId: string }>): Promise<Map<string, Told>> {
  if (transfers.length === 0) return new Map();
  const { rows } = await sql<{ key: string; told: Told }>`
    select w.connection || ':' || w.transfer as key, w.told from write_back w
    join unnest(${transfers.map((each) => each.connection)}::text[], ${transfers.map((each) => each.transferId)}::text[]) as x(connection, transfer) on w.connection = x.connection and w.transfer = x.transfer`.execute(tx);
  return new Map(rows.map((row) => [row.key, row.told]));
}

export async function keepTold(tx: Transaction, rows: ReadonlyArray<{ connection: string; transfer: string; told: Told; updated_at: string }>): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into write_back (connection, transfer, told, updated_at)
    select connection, transfer, told, updated_at from json_populate_recordset(null::write_back, ${JSON.stringify(rows)}::json)
    on conflict (connection, transfer) do update set told = excluded.told, updated_at = excluded.updated_at`.execute(tx);
}

/** The correlation of what was reported last of each shipment. */
export async function correlationsOf(tx: Transaction, shipmentIds: readonly string[]): Promise<Map<string, string>> {
  if (shipmentIds.length === 0) return new Map();
  const { rows } = await sql<{ shipment_id: string; correlation_id: string }>`
    select m.shipment_id, e.correlation_id from (select shipment_id, max(position) as position from milestone where shipment_id = any(${[...shipmentIds]}::uuid[]) group by shipment_id) m
    join event e on e.position = m.position`.execute(tx);
  return new Map(rows.map((row) => [row.shipment_id, row.correlation_id]));
}

/**
 * Takes back that a transfer is to be validated, as long as nobody has begun to tell Odoo.
 * @param transfer subject
 * @throws GatehouseError CONFLICT where Odoo has it, or is being told
 */
export async function withdrawFromOdoo(tx: Transaction, transfer: string): Promise<void> {
  const [, connection = '', id = ''] = /^transfer:([^:]*):(.*)$/s.exec(transfer) ?? [];
  // Nobody decides on what Odoo is told meanwhile.
  await writeBackPosition(tx);
  const told = (await toldOf(tx, [{ connection, transferId: id }])).get(`${connection}:${id}`);
  const validated = told?.['validate'];
  if (told === undefined || validated === undefined || validated.ended === true) return;
  const now = instant(Date.now());
  const withdrawn = await tx.updateTable('command').set({ state: 'DISCARDED', error: JSON.stringify({ reason: calledOff, kind: null, message: 'The warehouse took its confirmation back.' }), updated_at: now, finished_at: now })
    .where('connection', '=', connection).where('idempotency_key', '=', `write-back:${connection}:${id}:validate:${validated.revision}`).where('state', '=', 'QUEUED').where('attempts', '=', 0).returning('id').execute();
  if (withdrawn.length === 0) throw new GatehouseError('CONFLICT', 'Odoo has it already, or is being told at this moment. Correct it there.', { field: 'input' });
  await keepTold(tx, [{ connection, transfer: id, told: { ...told, validate: { ...validated, ended: true } }, updated_at: now }]);
}

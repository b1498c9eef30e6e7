import { sql } from 'kysely';
import { acceptCommands, openInput, type Acceptance, type CommandRow } from '../../../events/commands.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidv7 } from '../../../lib/ids.js';
import { isZone } from '../../../lib/zone.js';
import type { BookingInput, FreightAddress, PickupInput, PickupWish } from '../../../model/commands.js';
import { totalWeight } from '../../../model/freight.js';
import { holdNames, type Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { callOff, isOpen, type Asker, type Cancellation } from './accept.js';
import { isKnown } from './booked.js';
import { partnersFor, type Partner } from './partners.js';

const time = /^([01]\d|2[0-3]):[0-5]\d$/;
const dayMs = 86_400_000;
const bad = (field: string, message: string) => new GatehouseError('BAD_INPUT', message, { field: `input.${field}` });

/**
 * Accepts a pickup.
 * @param partner by `pickupPartner`
 * @throws GatehouseError BAD_INPUT where it lacks something; CONFLICT where somebody comes for one of the parcels already, or under a key that was used for another input
 */
export async function acceptPickup(tx: Transaction, tasks: Pick<TaskContext, 'bodies' | 'defaultZone'>, partner: Partner, wish: PickupWish, asker: Asker): Promise<Acceptance> {
  const { company, requestedBy, idempotencyKey, correlationId, causationId } = asker;
  const { connection } = partner;
  const input = await inputOf(tx, tasks, wish, partner);
  const lack = partner.connector.perform?.lacksForPickup?.(input, connection.settings) ?? null;
  if (lack !== null) throw bad(lack.field, lack.message);
  if (wish.again !== true) await refuseSecondPickup(tx, tasks.bodies, connection.id, input.bookings, asker);
  const id = asker.commandId ?? uuidv7();
  const [accepted] = await acceptCommands(tx, tasks.bodies, [{
    id, kind: 'pickup.schedule', input, connection: connection.id, lane: 'DISPATCH', company, requestedBy, idempotencyKey, subject: `pickup:${input.carrier}`, orderKey: orderKeyOf(id), correlationId,
    ...(causationId === undefined ? {} : { causationId }),
    // The day is over everywhere by then: who was not asked to come does not.
    deadlineAt: new Date(Date.parse(`${input.on}T12:00:00Z`) + dayMs).toISOString(),
  }]);
  return accepted!;
}

function orderKeyOf(pickup: string): string {
  return `pickup:${pickup}`;
}

/** Who has somebody come: the connection that was named, else the first of the company that can. @throws GatehouseError BAD_INPUT */
export async function pickupPartner(tasks: Pick<TaskContext, 'connections'>, company: string, wanted: string | undefined): Promise<Partner> {
  const partners = await partnersFor(tasks, company, 'pickup');
  const found = wanted === undefined ? partners[0] : partners.find(({ connection }) => connection.id === wanted);
  if (found === undefined) throw bad('connection', wanted === undefined ? `No connection of ${company} can have somebody come.` : `The connection ${wanted} cannot have somebody come for ${company}.`);
  return found;
}

async function inputOf(tx: Transaction, tasks: Pick<TaskContext, 'bodies' | 'defaultZone'>, wish: PickupWish, { connection }: Partner): Promise<PickupInput> {
  const booked = await bookedInputs(tx, tasks.bodies, wish.bookings);
  const from = wish.from ?? originOf([...booked.values()]);
  const zone = wish.zone ?? (typeof connection.settings.zone === 'string' ? connection.settings.zone : tasks.defaultZone);
  const { carrier, on, readyAt, closesAt, bookings, service, instructions } = wish;
  checkTimes({ on, readyAt, closesAt, zone });
  if (carrier === undefined) throw bad('carrier', 'Say which carrier, or which bookings.');
  if (from === undefined) throw bad('from', 'Say where to: these bookings are of several places, or it is not known any more.');
  return {
    carrier, from, on, readyAt, closesAt, zone, bookings, packages: wish.packages ?? packagesOf(wish, booked),
    parts: wish.parts.map(({ booking, ...part }) => ({ ...part, country: booked.get(booking)?.to.country ?? from.country })),
    ...(service === undefined ? {} : { service }), ...(instructions === undefined ? {} : { instructions }),
  };
}

/** @throws GatehouseError BAD_INPUT */
function checkTimes({ on, readyAt, closesAt, zone }: Pick<PickupInput, 'on' | 'readyAt' | 'closesAt' | 'zone'>): void {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(on) ? Date.parse(`${on}T00:00:00Z`) : NaN;
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== on) throw bad('on', 'The day is written 2026-11-23.');
  // It may still be yesterday there.
  if (day < Date.now() - 2 * dayMs || day > Date.now() + 60 * dayMs) throw bad('on', 'The day is today or one of the next sixty.');
  for (const [field, value] of [['readyAt', readyAt], ['closesAt', closesAt]] as const) if (!time.test(value)) throw bad(field, 'The time is hours and minutes: 16:30.');
  if (closesAt <= readyAt) throw bad('closesAt', 'They must be there for some time: closesAt is after readyAt.');
  if (!isZone(zone)) throw bad('zone', 'The zone is one of IANA’s: Europe/Berlin.');
}

/** What was asked for in these bookings, as far as it is still kept. */
async function bookedInputs(tx: Transaction, bodies: TaskContext['bodies'], bookings: readonly string[]): Promise<Map<string, BookingInput>> {
  if (bookings.length === 0) return new Map();
  const rows = await tx.selectFrom('command').select(['id', 'input']).where('id', '=', sql<string>`any(${[...bookings]}::uuid[])`).where('kind', 'in', ['shipment.book', 'return.book']).execute();
  return new Map(rows.flatMap((row) => {
    const input = openInput(bodies, row) as BookingInput | null;
    return input === null ? [] : [[row.id, input] as const];
  }));
}

/** Where all of them go out; undefined where that is not one place. */
function originOf(inputs: readonly BookingInput[]): FreightAddress | undefined {
  const keys = new Set(inputs.map(({ from: { street, postalCode, city, country } }) => JSON.stringify([street, postalCode, city, country])));
  return keys.size === 1 ? inputs[0]!.from : undefined;
}

function packagesOf({ bookings, parts }: PickupWish, booked: ReadonlyMap<string, BookingInput>): PickupInput['packages'] {
  if (bookings.length === 0 || booked.size < bookings.length) throw bad('packages', 'Say how many packages there are, and what they weigh.');
  return { count: parts.length, weightKg: totalWeight([...booked.values()].flatMap((input) => input.packages)) };
}

/**
 * Refuses to have somebody come twice for the same parcels. Two that ask at the same moment are told apart: the second waits
 * for the first. What was asked for before under the same key is not refused.
 */
async function refuseSecondPickup(tx: Transaction, bodies: TaskContext['bodies'], connection: string, bookings: readonly string[], asker: Asker): Promise<void> {
  if (bookings.length === 0) return;
  await holdNames(tx, [`pickup:${connection}`]);
  if (await isKnown(tx, asker)) return;
  const wanted = new Set(bookings);
  // Of what was scheduled a moment ago the record is not there yet.
  const { rows: open } = await sql<Pick<CommandRow, 'id' | 'input'>>`
    select c.id, c.input from command c where c.connection = ${connection} and c.kind = 'pickup.schedule'
      and (c.state in ('QUEUED', 'CALLING', 'WAITING') or (c.state = 'DONE' and (c.deadline_at is null or c.deadline_at > clock_timestamp()) and not exists (select from pickup p where p.command_id = c.id)
        and not exists (select from command u where u.kind = 'pickup.cancel' and u.order_key = 'pickup:' || c.id and u.state in ('QUEUED', 'CALLING', 'WAITING', 'DONE'))))`.execute(tx);
  const isUnderWay = open.some((row) => (openInput(bodies, row) as PickupInput | null)?.bookings.some((booking) => wanted.has(booking)) === true);
  const { rows } = await sql<{ confirmation: string | null }>`
    select p.confirmation from booking b join pickup_booking x on x.booking_id = b.id join pickup p on p.id = x.pickup_id
    where b.command_id = any(${[...bookings]}::uuid[]) and p.state = 'SCHEDULED' and p.closes_at > clock_timestamp() and not p.deleted
      and not exists (select from command u where u.kind = 'pickup.cancel' and u.order_key = 'pickup:' || p.command_id and u.state in ('QUEUED', 'CALLING', 'WAITING', 'DONE')) limit 1`.execute(tx);
  if (isUnderWay || rows[0] !== undefined) {
    const number = rows[0]?.confirmation == null ? '' : ` (${rows[0].confirmation})`;
    throw new GatehouseError('CONFLICT', `Somebody comes for one of these already${number}. If one more is meant, ask with again: true.`, { field: 'input.again' });
  }
}

/**
 * Calls a pickup off: one of which nothing was begun simply does not happen; one that is under way or done is followed by a
 * command that undoes it, once. Nobody can have it tried again after that.
 * @param pickup id of the command that scheduled it
 * @param canCancel whether the carrier takes that over its API
 * @throws GatehouseError NOT_FOUND; CONFLICT under a key that was used for another input, or where only people can call it off
 */
export async function acceptPickupCancellation(tx: Transaction, bodies: TaskContext['bodies'], pickup: string, canCancel: boolean, asker: Asker): Promise<Cancellation> {
  const row = await lockPickup(tx, pickup, asker.company);
  const events = isOpen(row) ? await callOff(tx, row, 'The pickup was called off.') : [];
  if (row.memory === null && !['CALLING', 'DONE'].includes(row.state)) return { command: row.id, duplicate: !isOpen(row), events };
  const standing = await tx.selectFrom('command').select('id').where('connection', '=', row.connection).where('kind', '=', 'pickup.cancel').where('order_key', '=', orderKeyOf(row.id)).where('state', 'in', ['QUEUED', 'CALLING', 'WAITING', 'DONE']).executeTakeFirst();
  if (standing !== undefined) return { command: standing.id, duplicate: true, events };
  if (!canCancel) throw new GatehouseError('CONFLICT', 'This carrier takes no cancellation of a pickup over its API: call there, with the number of its confirmation.', { field: 'pickup' });
  const { requestedBy, idempotencyKey, company, correlationId } = asker;
  const [accepted] = await acceptCommands(tx, bodies, [{
    kind: 'pickup.cancel', input: { pickup: row.id }, connection: row.connection, lane: 'DISPATCH', company, requestedBy, idempotencyKey, subject: row.subject, orderKey: orderKeyOf(row.id), correlationId,
  }]);
  return { command: accepted!.id, duplicate: accepted!.duplicate, events };
}

/** As it stands until this transaction ends; where it was accepted anew with another input, what stands in its place. */
async function lockPickup(tx: Transaction, id: string, company: string): Promise<CommandRow> {
  const row = await tx.selectFrom('command').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined || row.company !== company || row.kind !== 'pickup.schedule') throw new GatehouseError('NOT_FOUND', undefined, { field: 'pickup' });
  return row.replaced_by === null ? row : lockPickup(tx, row.replaced_by, company);
}

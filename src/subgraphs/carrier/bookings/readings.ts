import { sql } from 'kysely';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import type { ManifestPart, PickupWish } from '../../../model/commands.js';
import type { GraphContext } from '../../shared/context.js';

const mostBookings = 1_000;

/**
 * A booking, as the principal sees it, with the command that made it.
 * @throws GatehouseError NOT_FOUND; BAD_INPUT for one that was made elsewhere
 */
export async function readBooking({ reader }: GraphContext, id: string): Promise<{ uuid: string; commandId: string; company: string }> {
  const uuid = uuidFromGlobalId('Booking', id);
  const row = uuid === null ? undefined : await reader.db.selectFrom('booking').select(['id', 'company', 'command_id']).where('id', '=', uuid).executeTakeFirst();
  if (row === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.bookingId' });
  if (row.command_id === null) throw new GatehouseError('BAD_INPUT', 'This booking was made elsewhere: cancel it there.', { field: 'input.bookingId' });
  return { uuid: row.id, commandId: row.command_id, company: row.company };
}

/**
 * What stands on a manifest of these bookings.
 * @throws GatehouseError NOT_FOUND; BAD_INPUT where they are not of one company, connection and carrier, or nothing of them is booked
 */
export async function manifestOf(context: GraphContext, ids: readonly string[]): Promise<{ company: string; connection: string; carrier: string; bookings: string[]; parts: ManifestPart[] }> {
  const { rows, ...of } = await standingBookings(context, ids);
  const parts = rows.flatMap(({ parts }) => parts);
  return { ...of, bookings: rows.map(({ uuid }) => uuid), parts };
}

/** What is fetched of these bookings. @throws as `manifestOf` does */
export async function fetchedOf(context: GraphContext, ids: readonly string[]): Promise<Required<Pick<PickupWish, 'connection' | 'carrier' | 'bookings' | 'parts'>> & { company: string }> {
  const { rows, ...of } = await standingBookings(context, ids);
  const known = rows.flatMap(({ commandId, service, parts }) => (commandId === null ? [] : parts.map((part) => ({ ...part, service, booking: commandId }))));
  return { ...of, bookings: [...new Set(known.map(({ booking }) => booking))], parts: known };
}

interface StandingBookings {
  company: string;
  connection: string;
  carrier: string;
  rows: Array<{ uuid: string; commandId: string | null; service: string; parts: ManifestPart[] }>;
}

async function standingBookings({ reader }: GraphContext, ids: readonly string[]): Promise<StandingBookings> {
  if (ids.length === 0 || ids.length > mostBookings) throw new GatehouseError('BAD_INPUT', `Name 1 to ${mostBookings} bookings.`, { field: 'input.bookingIds' });
  const uuids = [...new Set(ids.map((id) => uuidFromGlobalId('Booking', id) ?? ''))].sort();
  const rows = uuids.includes('') ? [] : await reader.db.selectFrom('booking').select(['id', 'company', 'connection', 'command_id', 'carrier', 'service', 'state', 'packages']).where('id', '=', sql<string>`any(${uuids}::uuid[])`).orderBy('id').execute();
  if (rows.length < uuids.length) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.bookingIds' });
  const [first] = rows;
  const { company, connection, carrier } = first!;
  if (rows.some((row) => row.company !== company || row.connection !== connection || row.carrier !== carrier)) throw new GatehouseError('BAD_INPUT', 'These bookings are not all of one company, connection and carrier.', { field: 'input.bookingIds' });
  const found = rows.map(({ id, command_id: commandId, service, state, packages }) => ({
    uuid: id, commandId, service,
    parts: state !== 'BOOKED' && state !== 'PARTIAL' ? [] : (packages as unknown as Array<Partial<ManifestPart>>).flatMap(({ externalId, trackingNumber }) => (externalId === undefined || trackingNumber === undefined ? [] : [{ externalId, trackingNumber }])),
  }));
  if (found.every(({ parts }) => parts.length === 0)) throw new GatehouseError('BAD_INPUT', 'Nothing of these bookings is booked any more.', { field: 'input.bookingIds' });
  return { company, connection, carrier, rows: found };
}

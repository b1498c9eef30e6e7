import type { Selectable } from 'kysely';
import type { TransferTable } from '../../../db/schema.js';
import { globalId } from '../../../lib/ids.js';
import { FieldColumns } from '../../shared/columns.js';
import type { Release } from '../../shared/release.js';
import type { Weight } from '../measures.js';
import type { Transfer, TransferDirectionName } from './types.js';

/** Not its lines, of which it may have thousands: those are read by themselves. */
export const transferFields = new FieldColumns('transfer', ['id', 'reference'], {
  direction: ['direction'], state: ['state'], carrier: ['carrier'], trackingNumbers: ['tracking_numbers'], scheduledAt: ['scheduled_at'], deadlineAt: ['deadline_at'], doneAt: ['done_at'], weight: ['weight'],
  packageCount: ['package_count'], release: ['release'], updatedAt: ['updated_at'], order: ['order_id'], party: ['party_id', 'ship_to_id'], shipTo: ['ship_to_id'], backorderOf: ['backorder_of'], returnOf: ['return_of'],
});
export type TransferRow = Omit<Selectable<TransferTable>, 'lines'>;

export function transferOf(row: TransferRow): Transfer {
  return {
    id: globalId('Transfer', row.id), uuid: row.id, reference: row.reference, direction: row.direction as TransferDirectionName, state: row.state, carrier: row.carrier, trackingNumbers: row.tracking_numbers,
    scheduledAt: row.scheduled_at, deadlineAt: row.deadline_at, doneAt: row.done_at, weight: row.weight as Weight | null, packageCount: row.package_count, release: row.release as unknown as Release | null,
    updatedAt: row.updated_at, orderId: row.order_id, partyId: row.party_id, shipToId: row.ship_to_id, backorderOfId: row.backorder_of, returnOfId: row.return_of,
  };
}

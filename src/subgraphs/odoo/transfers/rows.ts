import type { Selectable } from 'kysely';
import type { TransferTable } from '../../../db/schema.js';
import { globalId } from '../../../lib/ids.js';
import type { Release } from '../../shared/release.js';
import type { Weight } from '../measures.js';
import type { Transfer, TransferDirectionName } from './types.js';

/** What is read of a transfer: not its lines, of which it may have thousands. */
export const transferColumns = [
  'transfer.id', 'transfer.reference', 'transfer.direction', 'transfer.state', 'transfer.carrier', 'transfer.tracking_numbers', 'transfer.scheduled_at', 'transfer.deadline_at', 'transfer.done_at', 'transfer.weight',
  'transfer.package_count', 'transfer.release', 'transfer.updated_at', 'transfer.order_id', 'transfer.party_id', 'transfer.ship_to_id', 'transfer.backorder_of', 'transfer.return_of',
] as const;
type TransferRow = Pick<Selectable<TransferTable>,
  'id' | 'reference' | 'direction' | 'state' | 'carrier' | 'tracking_numbers' | 'scheduled_at' | 'deadline_at' | 'done_at' | 'weight' | 'package_count' | 'release' | 'updated_at' | 'order_id' | 'party_id' | 'ship_to_id' | 'backorder_of' | 'return_of'>;

export function transferOf(row: TransferRow): Transfer {
  return {
    id: globalId('Transfer', row.id), uuid: row.id, reference: row.reference, direction: row.direction as TransferDirectionName, state: row.state, carrier: row.carrier, trackingNumbers: row.tracking_numbers,
    scheduledAt: row.scheduled_at, deadlineAt: row.deadline_at, doneAt: row.done_at, weight: row.weight as Weight | null, packageCount: row.package_count, release: row.release as unknown as Release | null,
    updatedAt: row.updated_at, orderId: row.order_id, partyId: row.party_id, shipToId: row.ship_to_id, backorderOfId: row.backorder_of, returnOfId: row.return_of,
  };
}

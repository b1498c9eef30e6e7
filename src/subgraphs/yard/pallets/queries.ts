import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { FieldsRead } from '../../../lib/fields-read.js';
import { ssccOf } from '../../../model/gs1.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import { uuidOfFilter } from '../../shared/lookup.js';
import { cursorPatterns, decodeCursor } from '../../shared/pages.js';
import { palletFields, type PalletRow } from './rows.js';
import type { PalletFilter } from './types.js';

/**
 * The SSCC that a caller names, with or without (00).
 * @throws GatehouseError BAD_INPUT when it is none
 */
export function ssccGiven(text: string, field: string): string {
  const sscc = ssccOf(text);
  if (sscc === undefined) throw new GatehouseError('BAD_INPUT', `${field} is no SSCC: it has 18 digits, with (00) before them or without.`, { field });
  return sscc;
}

/** Where it is before where it was: at the warehouse that it has not left, then where something happened last. */
export function palletQuery({ db }: Reader, sscc: string, fields?: FieldsRead) {
  return db.selectFrom('pallet').select(palletFields.of(fields).names as never).$castTo<PalletRow>().where('sscc', '=', sscc)
    .orderBy(sql`state = 'SHIPPED'`).orderBy('updated_at', 'desc').orderBy('pallet.id').limit(1);
}

/** The one of which something happened last first; one row more than `first` where there is a next page. */
export function palletsQuery({ db }: Reader, first: number, after: string | null | undefined, filter: PalletFilter, fields?: FieldsRead) {
  let query = db.selectFrom('pallet').select(palletFields.of(fields).names as never).$castTo<PalletRow>().orderBy('updated_at', 'desc').orderBy('pallet.id', 'desc').limit(first + 1);
  if (filter.state != null) query = query.where('state', 'in', filter.state.length > 0 ? filter.state : ['']);
  if (filter.facilityCode != null) query = query.where('facility', '=', normalizeReferenceValue(filter.facilityCode));
  if (filter.sscc != null) query = query.where('sscc', '=', ssccGiven(filter.sscc, 'filter.sscc'));
  if (filter.within != null) query = query.where('within', '=', ssccGiven(filter.within, 'filter.within'));
  if (filter.sscc == null && filter.within == null) query = query.where('within', 'is', null);
  if (filter.reference != null) query = query.where('pallet.id', 'in', db.selectFrom('pallet_report').select('pallet_id').where('reference_key', '=', normalizeReferenceValue(filter.reference)));
  const shipment = uuidOfFilter('Shipment', 'shipmentId', filter.shipmentId);
  if (shipment !== null) {
    const handled = db.selectFrom('warehouse_shipment').select('warehouse_shipment.record_id').where('warehouse_shipment.shipment_id', '=', shipment);
    const moved = db.selectFrom('reference').innerJoin('transfer', (join) => join.on('transfer.subject', '=', sql<string>`'transfer:' || reference.issuer || ':' || reference.value`)).select('transfer.id as record_id').where('reference.shipment_id', '=', shipment).where('reference.kind', '=', 'odoo.delivery');
    query = query.where('pallet.id', 'in', db.selectFrom('pallet_report').select('pallet_id').where('record_id', 'in', handled.unionAll(moved)));
  }
  if (after != null) {
    const [at, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(updated_at, pallet.id) < (${at}::timestamptz, ${id}::uuid)`);
  }
  return query;
}

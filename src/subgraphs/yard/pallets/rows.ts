import type { Selectable } from 'kysely';
import type { PalletReportTable, PalletTable } from '../../../db/schema.js';
import { globalId } from '../../../lib/ids.js';
import { isSsccValid } from '../../../model/gs1.js';
import type { PalletLine, PalletState, PalletStep } from '../../../model/pallet.js';
import { FieldColumns } from '../../shared/columns.js';
import type { Pallet, PalletReportType } from './types.js';

export type PalletRow = Selectable<PalletTable>;
export type PalletReportRow = Selectable<PalletReportTable>;

/** Lines are read by those who ask for them. */
export const palletFields = new FieldColumns('pallet', ['id', 'sscc', 'state', 'updated_at'], {
  facilityCode: ['facility'], location: ['location'], within: ['within'], expectedAt: ['expected_at'], receivedAt: ['received_at'], putAwayAt: ['put_away_at'], putAwayLocation: ['put_away_location'], shippedAt: ['shipped_at'],
  lines: ['lines'],
});
export const reportFields = new FieldColumns('pallet_report', ['id', 'at'], {
  step: ['step'], expectedAt: ['expected_at'], connection: ['connection'], reference: ['reference'], number: ['number'], location: ['location'],
});

export function palletOf(row: PalletRow): Pallet {
  return {
    id: globalId('Pallet', row.id), uuid: row.id, sscc: row.sscc, isSsccValid: isSsccValid(row.sscc), state: row.state as PalletState, facilityCode: row.facility, isPutAway: row.state === 'PUT_AWAY', location: row.location, within: row.within,
    expectedAt: row.expected_at, receivedAt: row.received_at, putAwayAt: row.put_away_at, putAwayLocation: row.put_away_location, shippedAt: row.shipped_at, updatedAt: row.updated_at,
    allLines: ((row.lines ?? []) as unknown as PalletLine[]).map(({ productId, name, sku, barcode, quantity, unit, lot, expiresOn, carton }) => ({
      name: name ?? null, sku: sku ?? null, barcode: barcode ?? null, productId: productId ?? null, quantity, unit: unit ?? null, lot: lot ?? null, expiresOn: expiresOn ?? null, carton: carton ?? null,
    })),
  };
}

export function reportOf(row: PalletReportRow): PalletReportType {
  return { uuid: row.id, step: row.step as PalletStep, at: row.at, expectedAt: row.expected_at, connection: row.connection, reference: row.reference, number: row.number, location: row.location };
}

import { z } from 'zod';
import type { Fact, MilestonePayload } from '../../model/facts.js';
import { normalizeReferenceValue, trackingReference, type Reference } from '../../model/references.js';
import type { WarehouseConfirmationRecord, WarehousePolicy } from '../../model/warehouse.js';
import { clip, factKeyOf, filled, maxReferenceLength } from './text.js';

/** More numbers than one milestone can be said to have parcels. */
const maxNumbers = 500;
/** Hours, unless set otherwise. */
const acknowledgeHours = 24;

/** `WH=76733, EAST=80112`: code in Odoo and the partner's name of it; null where the text is none of the kind. */
function readWarehouses(text: string): Map<string, string> | null {
  const found = new Map<string, string>();
  for (const part of text.split(',').map((each) => each.trim()).filter((each) => each !== '')) {
    const [code, name, more] = part.split('=').map((each) => each.trim());
    if (code === undefined || code === '' || more !== undefined || code.length > 20 || name === '' || (name?.length ?? 0) > 80) return null;
    found.set(code.toUpperCase(), name ?? code);
  }
  return found.size === 0 ? null : found;
}

/** Settings of every connection that looks after warehouses. */
export const warehouseSettings = {
  warehouses: z.string().max(2_000).refine((text) => readWarehouses(text) !== null, 'must be codes of warehouses in Odoo with the name each has at the partner, e.g. WH=76733, EAST=80112').optional()
    .meta({ title: 'Warehouses', description: 'Warehouses of Odoo that this partner looks after: their short names in Odoo, each with the name or id that it has at the partner. Their transfers go to the partner, and what it states is of them.' }),
  handles: z.enum(['deliveries', 'receipts', 'both', 'none']).optional().meta({ title: 'Sends', description: 'What the partner is told of: released deliveries, expected receipts, both (unless given), or none.' }),
  acknowledgeHours: z.coerce.number('must be a number of hours').min(0).max(10_000).optional().meta({ title: 'Acknowledged within hours', description: 'After so many hours without an answer people are told; 0: never; 24 unless given.' }),
  levelTolerance: z.string().regex(/^\d{1,9}(\.\d{1,6})?$/, 'must be a number of units').optional().meta({ title: 'Tolerance of levels', description: 'By how many units a level that the partner states may differ from Odoo; 0 unless given.' }),
  levelTolerancePercent: z.coerce.number('must be a percentage').min(0).max(100).optional().meta({ title: 'Tolerance of levels in percent', description: 'Of the level in Odoo; the larger of both counts; 0 unless given.' }),
};

export interface WarehouseSettings {
  warehouses?: string | undefined;
  handles?: 'deliveries' | 'receipts' | 'both' | 'none' | undefined;
  acknowledgeHours?: number | undefined;
  levelTolerance?: string | undefined;
  levelTolerancePercent?: number | undefined;
}

/** How a connection with these settings looks after warehouses; null where it names none. */
export function warehousePolicy(settings: WarehouseSettings): WarehousePolicy | null {
  const warehouses = readWarehouses(settings.warehouses ?? '');
  if (warehouses === null) return null;
  const handles = settings.handles ?? 'both';
  const hours = settings.acknowledgeHours ?? acknowledgeHours;
  return {
    warehouses, deliveries: handles === 'both' || handles === 'deliveries', receipts: handles === 'both' || handles === 'receipts', acknowledgeHours: hours === 0 ? null : hours,
    tolerance: { units: settings.levelTolerance ?? '0', percent: settings.levelTolerancePercent ?? 0 },
  };
}

/** Code in Odoo of the warehouse that the partner calls so; that of the only one where it names none; else its own name. */
export function facilityOf(settings: WarehouseSettings, names: ReadonlyArray<string | null | undefined>): string | undefined {
  const warehouses = [...(readWarehouses(settings.warehouses ?? '') ?? [])];
  const given = names.map(filled).filter((name) => name !== undefined);
  const known = warehouses.find(([, name]) => given.some((each) => each.toUpperCase() === name.toUpperCase()));
  if (known !== undefined) return known[0];
  if (given.length === 0) return warehouses.length === 1 ? warehouses[0]![0] : undefined;
  return clip(given[0]!, 60);
}

/** Gives the code in Odoo of the warehouse of ours that one of some names stands for: its code, or what the partner calls it. */
export function ourWarehouse(settings: WarehouseSettings): (names: ReadonlyArray<string | undefined>) => string | undefined {
  const codes = new Map([...(readWarehouses(settings.warehouses ?? '') ?? [])].flatMap(([code, name]) => [[name.toUpperCase(), code], [code, code]]));
  return (names) => names.map((name) => codes.get(filled(name)?.toUpperCase() ?? '')).find((code) => code !== undefined);
}

/** The form in which the name of an order is compared: the key of its records. Null for what is no name. */
export function orderKey(name: string | null | undefined): string | null {
  const key = normalizeReferenceValue(name ?? '');
  return key === '' || key.length > maxReferenceLength ? null : key;
}

/** What an order of this name stands for: Odoo's transfer of the same name. @param key see `orderKey` */
export function orderReference(connection: string, key: string): Reference {
  return { kind: 'delivery_order', issuer: connection, value: key };
}

/** What happened to the goods by a confirmation, and the tracking numbers that name them from now on. */
export function confirmationMilestone(confirmation: WarehouseConfirmationRecord, { reference, observedAt, rawCode, code }: { reference: Reference; observedAt: string; rawCode: string; code?: MilestonePayload['code'] }): Fact {
  const { direction, isFinal, confirmedAt, packages, number, carrier } = confirmation;
  const meant = code ?? (direction === 'OUTBOUND' ? 'PICKED_UP' : isFinal ? 'DELIVERED' : 'PARTIALLY_DELIVERED');
  const numbers = packages.slice(0, maxNumbers).flatMap((each) => (each.trackingNumber === undefined ? [] : [trackingReference(each.carrier ?? carrier ?? null, each.trackingNumber)]));
  const also = [...new Map(numbers.map((each) => [`${each.issuer} ${each.value}`, each])).values()];
  return {
    type: 'milestone.reported', reference, factKey: factKeyOf('warehouse', rawCode, number ?? '', confirmedAt.instant), observedAt, ...(also.length === 0 ? {} : { also }),
    payload: { code: meant, classifier: 'ACTUAL', occurred: confirmedAt, rawCode, ...(packages.length === 0 ? {} : { pieces: packages.length }) },
  };
}

import type { BookingInput } from '../../model/commands.js';
import type { TenderInput, TenderStop } from '../../model/edi.js';
import { totalWeight } from '../../model/freight.js';
import { trackingReference } from '../../model/references.js';
import { instantOfLocal, parseLocalTime } from '../kit/zone.js';
import type { FurtherCommand } from '../contract.js';
import type { RateTableSettings } from './settings.js';

/** Numbers that were drawn for a booking, and those of them that were booked. */
export interface Numbers {
  drawn: readonly string[];
  booked: readonly string[];
}

/** A booking as a carrier's EDI takes it: one load of one consignment, under the lowest of the numbers that were drawn for it. */
export function tenderOf({ tariff, tender, zone }: RateTableSettings, input: BookingInput, numbers: Numbers, on: string): FurtherCommand<'tender.send'>[] {
  if (tender === undefined || numbers.booked.length === 0) return [];
  const stop = (kind: TenderStop['kind'], { company, name, street, street2, city, region, postalCode, country }: BookingInput['to']): TenderStop => ({
    kind, references: [],
    place: { name: company ?? name ?? '', street: [street, street2].filter((line) => line !== undefined && line !== '').join(', '), city, country, ...(region === undefined ? {} : { region }), ...(postalCode === undefined ? {} : { postalCode }) },
  });
  const day = parseLocalTime(on);
  const [first, last] = day === null ? [null, null] : [instantOfLocal(day, zone ?? 'UTC', zone === undefined), instantOfLocal({ ...day, hour: 23, minute: 59, second: 0 }, zone ?? 'UTC', zone === undefined)];
  const load: TenderInput = {
    load: loadOf(numbers), purpose: 'ORIGINAL', carrier: tender.carrier ?? tariff.carrier, weightKg: totalWeight(input.packages),
    references: [...numbers.booked.map((number) => trackingReference(tariff.carrier, number)), ...input.references],
    stops: [{ ...stop('PICKUP', input.from), ...(first === null || last === null ? {} : { window: { from: first, to: last } }) }, stop('DELIVERY', input.to)],
  };
  return [{ kind: 'tender.send', input: load, changed: { ...load, purpose: 'CHANGE' }, connection: tender.connection, key: 'tender' }];
}

/** That this load is off. */
export function withdrawalOf({ tariff, tender }: RateTableSettings, numbers: Numbers): FurtherCommand<'tender.send'>[] {
  if (tender === undefined || numbers.booked.length === 0) return [];
  const load: TenderInput = { load: loadOf(numbers), purpose: 'CANCEL', carrier: tender.carrier ?? tariff.carrier, references: numbers.booked.map((number) => trackingReference(tariff.carrier, number)), stops: [] };
  return [{ kind: 'tender.send', input: load, connection: tender.connection, key: 'withdrawal' }];
}

function loadOf({ drawn }: Numbers): string {
  return [...drawn].sort()[0]!;
}

import type { FreightAddress } from '../../model/commands.js';
import type { Access } from '../contract.js';
import type { PackageToBook } from '../kit/booking/carrier.js';
import { withCode, type CarrierOutcome } from '../kit/booking/errors.js';
import { deliver } from '../kit/transports/transport.js';
import type { Price } from './pricing.js';
import type { RateTableSettings } from './settings.js';

/** What the carrier is told of one parcel, or that a manifest holds it. The parcel's number tells a repeat. */
export interface Order {
  order: 'BOOK' | 'CANCEL' | 'MANIFEST';
  number: string;
  fields: Record<string, string>;
}

export function bookingOrder(number: string, { request, package: parcel, isReturn, reference: booking }: PackageToBook, price: Price, on: string): Order {
  const { options = {}, references } = request;
  return {
    order: 'BOOK', number,
    fields: {
      booking, service: price.service, shipOn: on, return: isReturn ? 'yes' : 'no', ...addressFields('from', request.from), ...addressFields('to', request.to),
      weightKg: parcel.weightKg, lengthCm: parcel.lengthCm ?? '', widthCm: parcel.widthCm ?? '', heightCm: parcel.heightCm ?? '', chargedKg: price.chargedKg, piece: String(request.packages.findIndex((each) => each.id === parcel.id) + 1), pieces: String(request.packages.length),
      signature: options.signature === true ? 'yes' : 'no', saturday: options.saturday === true ? 'yes' : 'no', reference: references.map((each) => each.value).join(' ').slice(0, 200), price: price.amount, currency: price.currency,
    },
  };
}

function addressFields(side: 'from' | 'to', of: FreightAddress): Record<string, string> {
  const { company, name, street, street2, postalCode, city, region, country, phone, email } = of;
  return Object.fromEntries(Object.entries({ company, name, street, street2, postalCode, city, region, country, phone, email }).map(([field, value]) => [`${side}${field[0]!.toUpperCase()}${field.slice(1)}`, value ?? '']));
}

/**
 * Tells the carrier, in a file of its own. The same orders have the same name and key each time: who reads them twice finds the same
 * numbers. Where nothing is to be told this is done at once.
 * @param name of the file, without what it ends with
 */
export async function tell(access: Access<RateTableSettings>, name: string, orders: readonly Order[], timeoutMs: number): Promise<CarrierOutcome<null>> {
  const { orders: format } = access.settings;
  if (format === 'none') return { ok: true, value: null };
  const text = format === 'json' ? `${JSON.stringify(orders.map(({ order, number, fields }) => ({ order, number, ...fields })), null, 1)}\n` : csvOf(orders);
  const told = await deliver(access, { name: `${name}.${format}`, contentType: format === 'json' ? 'application/json' : 'text/csv', bytes: Buffer.from(text), id: name }, timeoutMs);
  return told.ok ? { ok: true, value: null } : withCode(told);
}

/** RFC 4180. A value that a spreadsheet would take for a formula is given an apostrophe. */
function csvOf(orders: readonly Order[]): string {
  const quoted = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  const columns = Object.keys(orders[0]?.fields ?? {});
  return [['order', 'number', ...columns].join(','), ...orders.map(({ order, number, fields }) => [order, number, ...columns.map((column) => fields[column] ?? '')].map(quoted).join(',')), ''].join('\r\n');
}

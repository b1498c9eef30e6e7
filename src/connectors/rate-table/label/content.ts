import type { FreightAddress } from '../../../model/commands.js';
import type { PackageToBook } from '../../kit/booking/carrier.js';
import type { NumberRange } from '../numbers.js';

/** What stands on a label, whatever draws it. */
export interface LabelContent {
  carrier: string;
  service: string;
  isReturn: boolean;
  from: string[];
  to: string[];
  /** Country, postal code: what sorts parcels. */
  route: string;
  weight: string;
  /** Which of how many. */
  piece: string;
  on: string;
  reference: string;
  /** The bar code, and what people read under it. */
  bars: { text: string; isGs1: boolean; shown: string };
}

export function contentOf({ request, package: parcel, isReturn }: PackageToBook, { number, service, on, carrier, range }: { number: string; service: string; on: string; carrier: string; range: NumberRange['kind'] }): LabelContent {
  const place = request.packages.findIndex((each) => each.id === parcel.id) + 1;
  const { to } = request;
  return {
    carrier, service, isReturn, from: linesOf(request.from), to: linesOf(to), route: [to.country, to.postalCode].filter((part) => part !== undefined).join(' '), weight: `${parcel.weightKg} kg`, piece: `${place}/${request.packages.length}`, on,
    reference: request.references.find((each) => each.kind === 'delivery_name' || each.kind === 'order_name')?.value ?? request.references[0]?.value ?? '',
    // The application identifier 00 says that it is an SSCC.
    bars: range === 'sscc' ? { text: `00${number}`, isGs1: true, shown: `(00) ${number}` } : { text: number, isGs1: false, shown: number },
  };
}

function linesOf({ name, company, street, street2, city, region, postalCode, country, phone }: FreightAddress): string[] {
  const town = [postalCode, city, region].filter((part) => part !== undefined && part !== '').join(' ');
  return [company, name, street, street2, town, country, phone].filter((line): line is string => line !== undefined && line.trim() !== '');
}

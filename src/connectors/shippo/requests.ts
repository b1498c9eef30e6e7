import type { Json } from '../../lib/json.js';
import type { Customs, FreightAddress, FreightRequest, LabelFormat } from '../../model/commands.js';
import { customsOf } from '../../model/freight.js';
import { timesAmount } from '../kit/amounts.js';
import type { PackageToBook } from '../kit/booking/carrier.js';

const longestMetadata = 100;
/** Shippo demands dimensions; where none are given, a box of this many centimetres. */
const sideUnlessGiven = '10';
const contents = { MERCHANDISE: 'MERCHANDISE', DOCUMENTS: 'DOCUMENTS', GIFT: 'GIFT', SAMPLE: 'SAMPLE', RETURNED_GOODS: 'RETURN_MERCHANDISE', OTHER: 'OTHER' } as const;
/** Those terms that Shippo knows. */
const terms = new Set(['DDP', 'DAP', 'FCA']);
export const labelTypes: Readonly<Record<LabelFormat, string>> = { PDF: 'PDF_4x6', ZPL: 'ZPLII', PNG: 'PNG' };

/** Body of POST /shipments/ for one package. */
export function shipmentBody(of: PackageToBook): Json {
  const { request, package: parcel, isReturn } = of;
  const { shipOn, options = {} } = request;
  const customs = customsOf(request, parcel);
  // For a return Shippo is told the way there, and switches the addresses itself (its guide to returns).
  const [from, to] = isReturn ? [request.to, request.from] : [request.from, request.to];
  return {
    async: false,
    metadata: metadataOf(of),
    address_from: address(from),
    address_to: address(to),
    ...(shipOn === undefined ? {} : { shipment_date: `${shipOn}T12:00:00Z` }),
    parcels: [{
      mass_unit: 'kg', weight: parcel.weightKg, distance_unit: 'cm', length: parcel.lengthCm ?? sideUnlessGiven, width: parcel.widthCm ?? sideUnlessGiven, height: parcel.heightCm ?? sideUnlessGiven,
    }],
    extra: { ...(isReturn ? { is_return: true } : {}), ...(options.signature === true ? { signature_confirmation: 'STANDARD' } : {}), ...(options.saturday === true ? { saturday_delivery: true } : {}) },
    ...(customs === undefined ? {} : { customs_declaration: customsBody(customs, request) }),
  };
}

/** By it people find at Shippo what of ours it is. */
export function metadataOf({ reference, key }: Pick<PackageToBook, 'reference' | 'key'>): string {
  return reference.length <= longestMetadata ? reference : key;
}

export function address(of: FreightAddress): { [name: string]: Json } {
  const { name, company, street, street2, city, region, postalCode, country, phone, email } = of;
  // A label is refused without a name.
  const given = { name: name ?? company, company, street1: street, street2, city, state: region, zip: postalCode, country, phone, email };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''));
}

/** Value and weight of an item are of all its pieces together. */
function customsBody({ contents: kind, explanation, incoterm, invoice, signer, items }: Customs, { from }: FreightRequest): Json {
  return {
    contents_type: contents[kind], certify: true, certify_signer: signer ?? from.name ?? from.company ?? '', non_delivery_option: 'RETURN',
    ...(explanation === undefined ? {} : { contents_explanation: explanation }), ...(incoterm !== undefined && terms.has(incoterm) ? { incoterm } : {}), ...(invoice === undefined ? {} : { invoice }),
    items: items.map((item) => ({
      description: item.description, quantity: item.quantity, mass_unit: 'kg', net_weight: timesAmount(item.weightKg, item.quantity), value_amount: timesAmount(item.value.amount, item.quantity), value_currency: item.value.currency, origin_country: item.originCountry,
      ...(item.hsCode === undefined ? {} : { hs_code: item.hsCode }), ...(item.sku === undefined ? {} : { sku_code: item.sku }),
    })),
  };
}

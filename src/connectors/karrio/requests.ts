import type { Json } from '../../lib/json.js';
import type { Customs, FreightAddress, FreightRequest } from '../../model/commands.js';
import { customsOf } from '../../model/freight.js';
import type { PackageToBook } from '../kit/booking/carrier.js';
import { totalValue } from '../kit/booking/customs.js';
import { clip } from '../kit/text.js';

const contents = { MERCHANDISE: 'merchandise', DOCUMENTS: 'documents', GIFT: 'gift', SAMPLE: 'sample', RETURNED_GOODS: 'return_merchandise', OTHER: 'other' } as const;
/** Those terms that Karrio knows. */
const terms = new Set(['CFR', 'CIF', 'CIP', 'CPT', 'DAP', 'DDP', 'EXW', 'FAS', 'FCA', 'FOB']);
const longestDescription = 200;

/** What a shipment and a question for rates have in common, for one package. */
export function rateBody({ request, package: parcel, isReturn }: PackageToBook, carrierIds: readonly string[]): { [name: string]: Json } {
  const { shipOn, options = {} } = request;
  // For a return Karrio is told the way there, and switches the addresses itself.
  const [from, to] = isReturn ? [request.to, request.from] : [request.from, request.to];
  return {
    shipper: address(from),
    recipient: address(to),
    parcels: [{ weight: Number(parcel.weightKg), weight_unit: 'KG', dimension_unit: 'CM', ...sides(parcel) }],
    options: {
      ...(shipOn === undefined ? {} : { shipping_date: `${shipOn}T12:00` }), ...(options.signature === true ? { signature_confirmation: true } : {}), ...(options.saturday === true ? { saturday_delivery: true } : {}),
    },
    ...(isReturn ? { is_return: true } : {}),
    ...(carrierIds.length === 0 ? {} : { carrier_ids: [...carrierIds] }),
  };
}

/** Body of POST /v1/shipments: a draft with its rates, as no service is named. */
export function shipmentBody(of: PackageToBook, carrierIds: readonly string[]): Json {
  const { request, package: parcel, reference, key, format } = of;
  const customs = customsOf(request, parcel);
  return {
    ...rateBody(of, carrierIds),
    // Printed on labels by most carriers, whose references are short; ours whole stands in the metadata.
    reference: key.replaceAll('-', ''),
    metadata: { gatehouse: reference },
    label_type: format,
    ...(customs === undefined ? {} : { customs: customsBody(customs, request) }),
  };
}

function sides({ lengthCm, widthCm, heightCm }: PackageToBook['package']): { [name: string]: Json } {
  const given = { length: lengthCm, width: widthCm, height: heightCm };
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, Number(value)]])));
}

export function address(of: FreightAddress): { [name: string]: Json } {
  const { name, company, street, street2, city, region, postalCode, country, phone, email } = of;
  // Carriers refuse a label without a name.
  const given = { person_name: name ?? company, company_name: company, address_line1: street, address_line2: street2, city, state_code: region, postal_code: postalCode, country_code: country, phone_number: phone, email };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''));
}

/** Value and weight of a commodity are of one piece. */
function customsBody(customs: Customs, { from, shipOn }: FreightRequest): Json {
  const { contents: kind, explanation, incoterm, invoice, signer, items } = customs;
  const value = totalValue(customs);
  return {
    content_type: contents[kind], certify: true, commercial_invoice: true, signer: clip(signer ?? from.name ?? from.company ?? '', 50),
    ...(explanation === undefined ? {} : { content_description: explanation }), ...(incoterm !== undefined && terms.has(incoterm) ? { incoterm } : {}), ...(invoice === undefined ? {} : { invoice }), ...(shipOn === undefined ? {} : { invoice_date: shipOn }),
    duty: { paid_by: incoterm === 'DDP' ? 'sender' : 'recipient', currency: value.currency, declared_value: Number(value.amount) },
    commodities: items.map((item) => ({
      title: clip(item.description, longestDescription), description: clip(item.description, longestDescription), quantity: item.quantity, weight: Number(item.weightKg), weight_unit: 'KG', value_amount: Number(item.value.amount), value_currency: item.value.currency, origin_country: item.originCountry,
      ...(item.hsCode === undefined ? {} : { hs_code: item.hsCode }), ...(item.sku === undefined ? {} : { sku: item.sku }),
    })),
  };
}

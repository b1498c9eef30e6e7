import type { Json } from '../../lib/json.js';
import type { Customs, FreightAddress, FreightPackage } from '../../model/commands.js';
import { customsOf } from '../../model/freight.js';
import type { PackageToBook } from '../kit/booking/carrier.js';

const formats = { PDF: 'pdf', ZPL: 'zpl', PNG: 'png' } as const;
const contents = { MERCHANDISE: 'merchandise', DOCUMENTS: 'documents', GIFT: 'gift', SAMPLE: 'sample', RETURNED_GOODS: 'returned_goods', OTHER: 'other' } as const;

/** Body of POST /v1/rates for one package: makes a shipment, which costs nothing, and rates it. */
export function ratesBody({ request, package: of, key, isReturn, isQuote }: PackageToBook, carrierIds: readonly string[]): Json {
  const { shipOn, options = {} } = request;
  const customs = customsOf(request, of);
  return {
    rate_options: { carrier_ids: [...carrierIds], ...(isReturn ? { is_return: true } : {}) },
    shipment: {
      // Unique at ShipEngine: by it the shipment is found where the answer to its making was lost.
      ...(isQuote ? {} : { external_shipment_id: key }),
      ...(shipOn === undefined ? {} : { ship_date: shipOn }),
      ...(isReturn ? { is_return: true } : {}),
      ship_from: address(request.from),
      ship_to: address(request.to),
      confirmation: options.signature === true ? 'signature' : 'none',
      ...(options.saturday === true ? { advanced_options: { saturday_delivery: true } } : {}),
      ...(customs === undefined ? {} : { customs: customsBody(customs) }),
      packages: [packageBody(of, customs)],
    },
  };
}

/** The same shipment, rated anew. */
export function rerateBody(shipmentId: string, carrierIds: readonly string[]): Json {
  return { shipment_id: shipmentId, rate_options: { carrier_ids: [...carrierIds] } };
}

/** Body of POST /v1/labels/rates/{rate}. Whether the address is right was seen when it was rated. */
export function labelBody(format: keyof typeof formats): Json {
  return { label_format: formats[format], label_layout: '4x6', label_download_type: 'url', validate_address: 'no_validation' };
}

/** As POST /v1/addresses/validate takes it, which is also how shipments do. */
export function address(of: FreightAddress): { [name: string]: Json } {
  const { name, company, street, street2, city, region, postalCode, country, phone, email } = of;
  const given = { name: name ?? company, company_name: company, address_line1: street, address_line2: street2, city_locality: city, state_province: region, postal_code: postalCode, country_code: country, phone, email };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''));
}

function packageBody(of: FreightPackage, customs: Customs | undefined): Json {
  const { lengthCm, widthCm, heightCm } = of;
  const sides: { [name: string]: Json } = lengthCm === undefined || widthCm === undefined || heightCm === undefined ? {} : { dimensions: { unit: 'centimeter', length: Number(lengthCm), width: Number(widthCm), height: Number(heightCm) } };
  return { package_code: 'package', weight: { value: grams(of.weightKg), unit: 'gram' }, ...sides, ...(customs === undefined ? {} : { products: products(customs) }) } as Json;
}

function customsBody({ contents: kind, explanation, incoterm }: Customs): Json {
  return { contents: contents[kind], non_delivery: 'return_to_sender', ...(explanation === undefined ? {} : { contents_explanation: explanation }), ...(incoterm === undefined ? {} : { terms_of_trade_code: incoterm.toLowerCase() }) };
}

/** Value and weight are of one piece each. */
function products({ items }: Customs): Json {
  return items.map((item) => ({
    description: item.description, quantity: item.quantity, value: { amount: Number(item.value.amount), currency: item.value.currency.toLowerCase() }, weight: { value: grams(item.weightKg), unit: 'gram' },
    country_of_origin: item.originCountry, ...(item.hsCode === undefined ? {} : { harmonized_tariff_code: item.hsCode }), ...(item.sku === undefined ? {} : { sku: item.sku }),
  }));
}

/** Rounded up: who rounds down is charged for the difference later. */
function grams(kilograms: string): number {
  return Math.max(1, Math.ceil(Number((Number(kilograms) * 1000).toFixed(6))));
}

import type { Json } from '../../lib/json.js';
import type { CustomsContents, FreightAddress, FreightPackage, FreightRequest } from '../../model/commands.js';
import { customsOf } from '../../model/freight.js';
import { timesAmount } from '../kit/amounts.js';
import { defaultFormat } from '../kit/booking/files.js';

const ouncesPerKilogram = 35.27396195;
const centimetresPerInch = 2.54;

/**
 * Body of POST /v2/shipments for one package. Weight goes in ounces and is rounded up to a tenth, dimensions in
 * inches to a tenth: who rounds down is charged for the difference later.
 * @param reference by which the shipment is found again
 */
export function shipmentBody(request: FreightRequest, of: FreightPackage, reference: string, isReturn: boolean): Json {
  const { shipOn, options = {} } = request;
  // For a return EasyPost is told the way there, and switches the addresses itself (its guide to returns).
  const [from, to] = isReturn ? [request.to, request.from] : [request.from, request.to];
  return {
    shipment: {
      reference,
      ...(isReturn ? { is_return: true } : {}),
      from_address: address(from),
      to_address: address(to),
      parcel: {
        weight: tenths(Number(of.weightKg) * ouncesPerKilogram),
        ...dimension('length', of.lengthCm), ...dimension('width', of.widthCm), ...dimension('height', of.heightCm),
      },
      ...customs(request, of),
      options: {
        label_format: options.labelFormat ?? defaultFormat,
        ...(options.signature === true ? { delivery_confirmation: 'SIGNATURE' } : {}),
        ...(options.saturday === true ? { saturday_delivery: true } : {}),
        ...(request.customs?.incoterm === undefined ? {} : { incoterm: request.customs.incoterm }),
        ...(request.customs?.invoice === undefined ? {} : { commercial_invoice_number: request.customs.invoice }),
        ...(shipOn === undefined ? {} : { label_date: `${shipOn}T12:00:00Z` }),
      },
    },
  };
}

const contentsTypes: Readonly<Record<CustomsContents, string>> = { MERCHANDISE: 'merchandise', DOCUMENTS: 'documents', GIFT: 'gift', SAMPLE: 'sample', RETURNED_GOODS: 'returned_goods', OTHER: 'other' };

/** EasyPost's CustomsInfo: value and weight of an item are of all its pieces together. */
function customs(request: FreightRequest, of: FreightPackage): { [name: string]: Json } {
  const customs = customsOf(request, of);
  if (customs === undefined) return {};
  const signer = customs.signer ?? request.from.name ?? request.from.company ?? '';
  return {
    customs_info: {
      contents_type: contentsTypes[customs.contents], contents_explanation: customs.explanation ?? '', customs_certify: true, customs_signer: signer, non_delivery_option: 'return', restriction_type: 'none',
      customs_items: customs.items.map((item) => ({
        description: item.description, quantity: item.quantity, value: timesAmount(item.value.amount, item.quantity), currency: item.value.currency,
        weight: tenths(Number(item.weightKg) * item.quantity * ouncesPerKilogram), origin_country: item.originCountry,
        ...(item.hsCode === undefined ? {} : { hs_tariff_number: item.hsCode }), ...(item.sku === undefined ? {} : { code: item.sku }),
      })),
    },
  };
}

export function address(of: FreightAddress): Json {
  const { name, company, street, street2, city, region, postalCode, country, phone, email } = of;
  const given = { name, company, street1: street, street2, city, state: region, zip: postalCode, country, phone, email };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''));
}

function dimension(name: string, centimetres: string | undefined): { [name: string]: Json } {
  return centimetres === undefined ? {} : { [name]: tenths(Number(centimetres) / centimetresPerInch) };
}

/** Rounded up to a tenth; the noise of binary fractions is no reason to round up. */
function tenths(value: number): number {
  return Math.ceil(Number((value * 10).toFixed(6))) / 10;
}

import type { Json } from '../../lib/json.js';
import type { CustomsItem } from '../../model/commands.js';
import { customsOf } from '../../model/freight.js';
import { timesAmount } from '../kit/amounts.js';
import type { PackageToBook } from '../kit/booking/carrier.js';
import { totalValue } from '../kit/booking/customs.js';
import { clip } from '../kit/text.js';

const purposes = { MERCHANDISE: 'SOLD', DOCUMENTS: 'NOT_SOLD', GIFT: 'GIFT', SAMPLE: 'SAMPLE', RETURNED_GOODS: 'REPAIR_AND_RETURN', OTHER: 'NOT_SOLD' } as const;

/** What customs are told of one package, as FedEx takes it, and the commercial invoice that it is to write from it; nothing where nothing is said. */
export function customsClearance(of: PackageToBook, accountNumber: string): { [name: string]: Json } {
  const customs = customsOf(of.request, of.package);
  if (customs === undefined) return {};
  const { contents, incoterm, invoice, explanation } = customs;
  const total = totalValue(customs);
  // Whoever sells "delivered, duty paid" pays duties; of all others the receiver does.
  const duties: Json = incoterm === 'DDP' ? { paymentType: 'SENDER', payor: { responsibleParty: { accountNumber: { value: accountNumber } } } } : { paymentType: 'RECIPIENT' };
  return {
    customsClearanceDetail: {
      dutiesPayment: duties, isDocumentOnly: contents === 'DOCUMENTS', totalCustomsValue: { amount: Number(total.amount), currency: total.currency },
      commercialInvoice: {
        shipmentPurpose: purposes[contents], ...(incoterm === undefined ? {} : { termsOfSale: incoterm }), ...(explanation === undefined ? {} : { comments: [clip(explanation, 444)] }),
        ...(invoice === undefined ? {} : { customerReferences: [{ customerReferenceType: 'INVOICE_NUMBER', value: clip(invoice, 40) }] }),
      },
      commodities: customs.items.map(commodity),
    },
  };
}

/** What rates depend on of it: the Rate API takes less of a declaration than the Ship API. */
export function ratedClearance(of: PackageToBook, accountNumber: string): { [name: string]: Json } {
  const customs = customsOf(of.request, of.package);
  const said = customsClearance(of, accountNumber)['customsClearanceDetail'] as { [name: string]: Json } | undefined;
  if (customs === undefined || said === undefined) return {};
  return { customsClearanceDetail: { dutiesPayment: said['dutiesPayment']!, commercialInvoice: { shipmentPurpose: purposes[customs.contents] }, commodities: said['commodities']! } };
}

/** Has FedEx give the invoice with the label. */
export const invoiceWanted: { [name: string]: Json } = { shippingDocumentSpecification: { shippingDocumentTypes: ['COMMERCIAL_INVOICE'], commercialInvoiceDetail: { documentFormat: { docType: 'PDF', stockType: 'PAPER_LETTER' } } } };

/** Weight and customs value are of all its pieces together. */
function commodity({ description, quantity, value, weightKg, hsCode, originCountry, sku }: CustomsItem): Json {
  return {
    description: clip(description, 450), countryOfManufacture: originCountry, numberOfPieces: 1, quantity, quantityUnits: 'PCS',
    unitPrice: { amount: Number(value.amount), currency: value.currency }, customsValue: { amount: Number(timesAmount(value.amount, quantity)), currency: value.currency },
    weight: { units: 'KG', value: Number(timesAmount(weightKg, quantity)) },
    ...(hsCode === undefined ? {} : { harmonizedCode: hsCode.replaceAll('.', '') }), ...(sku === undefined ? {} : { partNumber: clip(sku, 40) }),
  };
}

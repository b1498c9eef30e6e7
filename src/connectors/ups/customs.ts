import type { Json } from '../../lib/json.js';
import type { Customs, CustomsItem } from '../../model/commands.js';
import { customsOf } from '../../model/freight.js';
import type { PackageToBook } from '../kit/booking/carrier.js';
import { totalValue } from '../kit/booking/customs.js';
import { linesWithin } from '../kit/booking/measures.js';
import { clip } from '../kit/text.js';

const reasons = { MERCHANDISE: 'SALE', DOCUMENTS: 'DOCUMENTS', GIFT: 'GIFT', SAMPLE: 'SAMPLE', RETURNED_GOODS: 'RETURN', OTHER: 'OTHER' } as const;
/** Terms that UPS prints; it knows no DPU. */
const terms = new Set(['CFR', 'CIF', 'CIP', 'CPT', 'DAP', 'DDP', 'EXW', 'FAS', 'FCA', 'FOB']);
/** Words of one line, and how many lines a product has. */
const [lineLength, mostLines] = [35, 3];

/**
 * The commercial invoice, which UPS writes from it and gives with the label; undefined where nothing is said of customs.
 * @param soldTo the receiver as UPS takes a contact
 * @param today ISO date, for an invoice of a shipment whose day is not named
 */
export function internationalForms(of: PackageToBook, soldTo: Json, today: string): Json | undefined {
  const customs = customsOf(of.request, of.package);
  if (customs === undefined) return undefined;
  return {
    FormType: ['01'], InvoiceNumber: clip(customs.invoice ?? of.request.references[0]?.value ?? of.key.replaceAll('-', ''), lineLength), InvoiceDate: (of.request.shipOn ?? today).replaceAll('-', ''),
    ReasonForExport: clip(customs.contents === 'OTHER' ? (customs.explanation ?? reasons.OTHER) : reasons[customs.contents], 20), CurrencyCode: customs.items[0]!.value.currency,
    ...(customs.incoterm !== undefined && terms.has(customs.incoterm) ? { TermsOfShipment: customs.incoterm } : {}),
    Contacts: { SoldTo: soldTo },
    Product: customs.items.map(product),
  };
}

/** What UPS asks beside for shipments from the United States to Canada and Puerto Rico: the value, in whole units. */
export function invoiceLineTotal(customs: Customs): { [name: string]: Json } {
  const { amount, currency } = totalValue(customs);
  return { InvoiceLineTotal: { CurrencyCode: currency, MonetaryValue: String(Math.max(1, Math.ceil(Number(amount)))) } };
}

function product({ description, quantity, value, hsCode, originCountry, sku }: CustomsItem): Json {
  return {
    Description: linesOf(description), Unit: { Number: String(quantity), UnitOfMeasurement: { Code: 'PCS' }, Value: value.amount }, OriginCountryCode: originCountry,
    ...(hsCode === undefined ? {} : { CommodityCode: hsCode.replaceAll('.', '') }), ...(sku === undefined ? {} : { PartNumber: clip(sku, lineLength) }),
  };
}

function linesOf(text: string): string[] {
  return linesWithin([clip(text, lineLength * mostLines)], lineLength).map((line) => clip(line, lineLength)).slice(0, mostLines);
}

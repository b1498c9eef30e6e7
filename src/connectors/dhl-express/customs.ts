import type { Json } from '../../lib/json.js';
import type { Customs, CustomsContents, CustomsItem } from '../../model/commands.js';
import { crossesCustoms, customsOf } from '../../model/freight.js';
import { timesAmount } from '../kit/amounts.js';
import type { PackageToBook } from '../kit/booking/carrier.js';
import { totalValue } from '../kit/booking/customs.js';
import { clip } from '../kit/text.js';

const reasons: Readonly<Record<CustomsContents, string>> = { MERCHANDISE: 'commercial_purpose_or_sale', DOCUMENTS: 'permanent', GIFT: 'gift', SAMPLE: 'sample', RETURNED_GOODS: 'return', OTHER: 'permanent' };
const invoiceTypes: Readonly<Record<CustomsContents, string>> = { MERCHANDISE: 'commercial', DOCUMENTS: 'proforma', GIFT: 'proforma', SAMPLE: 'proforma', RETURNED_GOODS: 'returns', OTHER: 'proforma' };
const personal: ReadonlySet<CustomsContents> = new Set(['GIFT']);

/** What customs are told of a package; undefined where nothing needs to be: papers are no goods, and not declared. */
export function declared({ request, package: of }: Pick<PackageToBook, 'request' | 'package'>): Customs | undefined {
  const customs = customsOf(request, of);
  return customs === undefined || customs.contents === 'DOCUMENTS' ? undefined : customs;
}

/** Of a quote, for which customs need not have been told yet. */
export function isDeclarable({ request, package: of }: Pick<PackageToBook, 'request' | 'package'>): boolean {
  return customsOf(request, of) === undefined ? crossesCustoms(request) : declared({ request, package: of }) !== undefined;
}

/** The part of a booking's `content` that is about customs. @param today ISO date: of the invoice */
export function customsContent(of: PackageToBook, today: string): { [name: string]: Json } {
  const customs = declared(of);
  if (customs === undefined) return { isCustomsDeclarable: false };
  const total = totalValue(customs);
  const reason = reasons[customs.contents];
  return {
    isCustomsDeclarable: true, declaredValue: thousandths(total.amount), declaredValueCurrency: total.currency,
    exportDeclaration: {
      lineItems: customs.items.map((item, index) => lineItem(item, index + 1, reason)),
      invoice: { number: clip(customs.invoice ?? of.key.replaceAll('-', ''), 35), date: today, ...(customs.signer === undefined ? {} : { signatureName: clip(customs.signer, 35) }) },
      exportReason: clip(customs.explanation ?? reason.replaceAll('_', ' '), 30), exportReasonType: reason, shipmentType: personal.has(customs.contents) ? 'personal' : 'commercial',
    },
  };
}

/** DHL takes three decimals. */
export function thousandths(amount: string): number {
  return Number(Number(amount).toFixed(3));
}

/** Has DHL write the invoice, and give it with the label. */
export function invoiceOption(customs: Customs): Json {
  return { typeCode: 'invoice', templateName: customs.contents === 'RETURNED_GOODS' ? 'RET_COM_INVOICE_A4_01' : 'COMMERCIAL_INVOICE_P_10', isRequested: true, invoiceType: invoiceTypes[customs.contents], languageCode: 'eng' };
}

/** The price is of one, weights are of all its pieces together. */
function lineItem({ description, quantity, value, weightKg, hsCode, originCountry, sku }: CustomsItem, number: number, reason: string): Json {
  const weight = Math.max(0.001, thousandths(timesAmount(weightKg, quantity)));
  return {
    number, description: clip(description, 512), price: thousandths(value.amount), quantity: { value: quantity, unitOfMeasurement: 'PCS' }, manufacturerCountry: originCountry,
    weight: { netValue: weight, grossValue: weight }, exportReasonType: reason,
    ...(hsCode === undefined ? {} : { commodityCodes: [{ typeCode: 'outbound', value: hsCode }] }), ...(sku === undefined ? {} : { customerReferences: [{ typeCode: 'PAN', value: clip(sku, 35) }] }),
  };
}

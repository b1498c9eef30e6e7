import type { Json } from '../../lib/json.js';
import type { FreightAddress, FreightPackage, FreightRequest } from '../../model/commands.js';
import type { PackageToBook, Service } from '../kit/booking/carrier.js';
import { totalValue } from '../kit/booking/customs.js';
import { linesWithin } from '../kit/booking/measures.js';
import { clip } from '../kit/text.js';
import { customsContent, declared, invoiceOption, isDeclarable, thousandths } from './customs.js';
import type { DhlExpressSettings } from './settings.js';
import { handoverTime } from './times.js';

/** Longest line of an address, and how many there are. */
const lineLength = 45;
export const mostLines = 3;

export type Shipping = Pick<DhlExpressSettings, 'importAccountNumber' | 'zone' | 'paperless' | 'labelTemplate'> & { accountNumber: string };

/** Body of POST /rates: all products for one package. @param nowMs parcels are handed over after it */
export function rateBody(of: PackageToBook, shipping: Shipping, nowMs: number): Json {
  const { request } = of;
  const customs = declared(of);
  const total = customs === undefined ? undefined : totalValue(customs);
  return {
    customerDetails: { shipperDetails: address(request.from), receiverDetails: address(request.to) },
    accounts: carriageAccounts(of, shipping),
    plannedShippingDateAndTime: handoverTime(request.shipOn, shipping.zone ?? 'UTC', nowMs),
    unitOfMeasurement: 'metric', isCustomsDeclarable: isDeclarable(of),
    ...(total === undefined ? {} : { monetaryAmount: [{ typeCode: 'declaredValue', value: thousandths(total.amount), currency: total.currency }] }),
    estimatedDeliveryDate: { isRequested: true, typeCode: 'QDDC' }, returnStandardProductsOnly: false, nextBusinessDay: true, productTypeCode: 'all',
    packages: [measures(of.package)],
  };
}

/** Body of POST /shipments: one package as a shipment of its own, under our reference. The label comes with the answer, and never again. No pickup is asked for with it. */
export function shipBody(of: PackageToBook, service: Service, shipping: Shipping, nowMs: number): Json {
  const { request, format } = of;
  const customs = declared(of);
  const [productCode, localProductCode] = service.code.split('/');
  const services = addedServices(of, shipping);
  return {
    plannedShippingDateAndTime: handoverTime(request.shipOn, shipping.zone ?? 'UTC', nowMs),
    pickup: { isRequested: false },
    productCode: productCode!, ...(localProductCode === undefined ? {} : { localProductCode }),
    getRateEstimates: true, accounts: accounts(of, shipping), ...(services.length === 0 ? {} : { valueAddedServices: services }),
    outputImageProperties: {
      printerDPI: format === 'ZPL' ? 200 : 300, encodingFormat: format === 'ZPL' ? 'zpl' : 'pdf', splitTransportAndWaybillDocLabels: true, splitInvoiceAndReceipt: true,
      imageOptions: [{ typeCode: 'label', templateName: shipping.labelTemplate ?? 'ECOM26_84_001' }, { typeCode: 'waybillDoc', isRequested: false }, ...(customs === undefined ? [] : [invoiceOption(customs)])],
    },
    customerReferences: [{ typeCode: 'CU', value: referenceValue(of.key) }],
    customerDetails: { shipperDetails: party(request.from), receiverDetails: party(request.to) },
    content: {
      packages: [measures(of.package)], ...customsContent(of, new Date(nowMs).toISOString().slice(0, 10)),
      description: clip(customs?.items[0]?.description.trim() || 'Goods', 70), incoterm: customs?.incoterm ?? 'DAP', unitOfMeasurement: 'metric',
    },
    estimatedDeliveryDate: { isRequested: true, typeCode: 'QDDC' },
  };
}

/** Our name of a package has at most 35 characters at DHL. */
export function referenceValue(key: string): string {
  return key.replaceAll('-', '');
}

/** What comes back is paid for by the import account where one is named. */
function carriageAccounts({ isReturn }: PackageToBook, { accountNumber, importAccountNumber }: Shipping): Json[] {
  return [{ typeCode: 'shipper', number: accountNumber }, ...(isReturn && importAccountNumber !== undefined ? [{ typeCode: 'payer', number: importAccountNumber }] : [])];
}

/** Whoever sells "delivered, duty paid" pays duties. */
function accounts(of: PackageToBook, shipping: Shipping): Json[] {
  return [...carriageAccounts(of, shipping), ...(isDutyPaid(of) ? [{ typeCode: 'duties-taxes', number: shipping.accountNumber }] : [])];
}

function addedServices(of: PackageToBook, { paperless }: Shipping): Json[] {
  const { options = {} } = of.request;
  const codes = [...(options.signature === true ? ['SF'] : []), ...(options.saturday === true ? ['AA'] : []), ...(isDutyPaid(of) ? ['DD'] : []), ...(paperless === 'on' && declared(of) !== undefined ? ['WY'] : [])];
  return codes.map((serviceCode) => ({ serviceCode }));
}

function isDutyPaid(of: PackageToBook): boolean {
  return declared(of)?.incoterm === 'DDP';
}

const grams = 1000;

/** Kilograms to the gram, rounded up: who rounds down is charged for the difference later. Centimetres to the tenth of a millimetre. */
export function measures({ weightKg, lengthCm, widthCm, heightCm }: Pick<FreightPackage, 'weightKg' | 'lengthCm' | 'widthCm' | 'heightCm'>): { [name: string]: Json } {
  const weight = Math.max(1, Math.ceil(Number((Number(weightKg) * grams).toFixed(3)))) / grams;
  if (lengthCm === undefined || widthCm === undefined || heightCm === undefined) return { weight };
  const [length, width, height] = [lengthCm, widthCm, heightCm].map((side) => Math.max(0.01, Number(Number(side).toFixed(2))));
  return { weight, dimensions: { length: length!, width: width!, height: height! } };
}

export function party(of: FreightAddress): { postalAddress: Json; contactInformation: Json } {
  const name = [of.name, of.company].find((each) => each !== undefined && each.trim() !== '') ?? 'Unknown';
  const company = of.company === undefined || of.company.trim() === '' ? name : of.company;
  return {
    postalAddress: address(of),
    contactInformation: {
      fullName: clip(name, 255), companyName: clip(company, 100),
      // DHL takes no shipment without a number to call; of who left none there is none to give.
      phone: of.phone === undefined || of.phone.trim() === '' ? '0000000000' : clip(of.phone.trim(), 70),
      ...(of.email === undefined || of.email === '' || of.email.length > 70 ? {} : { email: of.email }),
    },
  };
}

/** Street and what is added to it, as DHL takes it in lines. */
export function addressLines({ street, street2 }: Pick<FreightRequest['from'], 'street' | 'street2'>): string[] {
  return linesWithin([street, street2], lineLength);
}

function address(of: FreightAddress): Json {
  const [addressLine1 = '', addressLine2, addressLine3] = addressLines(of);
  const province = of.region?.trim() ?? '';
  return {
    postalCode: of.postalCode ?? '', cityName: clip(of.city, lineLength), countryCode: of.country, ...(province.length >= 2 && province.length <= 35 ? { provinceCode: province } : {}),
    addressLine1, ...(addressLine2 === undefined ? {} : { addressLine2 }), ...(addressLine3 === undefined ? {} : { addressLine3 }),
  };
}

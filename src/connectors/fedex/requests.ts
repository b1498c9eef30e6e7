import type { Json } from '../../lib/json.js';
import type { FreightAddress, FreightPackage, FreightRequest, LabelFormat } from '../../model/commands.js';
import { customsOf } from '../../model/freight.js';
import type { PackageToBook, Service } from '../kit/booking/carrier.js';
import { linesWithin, sidesOf, usesPounds, weightOf } from '../kit/booking/measures.js';
import { clip } from '../kit/text.js';
import { customsClearance, invoiceWanted, ratedClearance } from './customs.js';
import type { FedexSettings } from './settings.js';

/** Longest line of an address, and name. */
const lineLength = 35;
const imageTypes: Readonly<Record<LabelFormat, string>> = { PDF: 'PDF', PNG: 'PNG', ZPL: 'ZPLII' };

type Shipping = { accountNumber: string; pickup: FedexSettings['pickup'] };

/** Body of POST /rate/v1/rates/quotes: all services for one package, with the days that they take. */
export function rateBody(of: PackageToBook, { accountNumber, pickup }: Shipping): Json {
  const { request } = of;
  return {
    accountNumber: { value: accountNumber },
    rateRequestControlParameters: { returnTransitTimes: true, rateSortOrder: 'SERVICENAMETRADITIONAL' },
    requestedShipment: {
      shipper: { address: place(request.from) }, recipient: { address: place(request.to) },
      rateRequestType: ['ACCOUNT', 'LIST'], pickupType: pickup ?? 'USE_SCHEDULED_PICKUP', packagingType: 'YOUR_PACKAGING',
      ...(request.shipOn === undefined ? {} : { shipDateStamp: request.shipOn }),
      ...specialServices(of), ...ratedClearance(of, accountNumber),
      requestedPackageLineItems: [packageLine(of.package, request)],
    },
  };
}

/** Body of POST /ship/v1/shipments: one package as a shipment of its own, under our reference. The label comes with the answer, and never again. */
export function shipBody(of: PackageToBook, service: Service, { accountNumber, pickup }: Shipping): Json {
  const { request } = of;
  return {
    accountNumber: { value: accountNumber },
    labelResponseOptions: 'LABEL',
    requestedShipment: {
      shipper: party(request.from), recipients: [party(request.to)],
      ...(request.shipOn === undefined ? {} : { shipDatestamp: request.shipOn }),
      serviceType: service.code, packagingType: 'YOUR_PACKAGING', pickupType: pickup ?? 'USE_SCHEDULED_PICKUP', blockInsightVisibility: false,
      shippingChargesPayment: { paymentType: 'SENDER', payor: { responsibleParty: { accountNumber: { value: accountNumber } } } },
      rateRequestType: ['ACCOUNT'], totalWeight: weightOf(of.package, request.from.country),
      ...specialServices(of), ...customsClearance(of, accountNumber), ...(customsOf(request, of.package) === undefined ? {} : invoiceWanted),
      labelSpecification: { imageType: imageTypes[of.format], labelStockType: of.format === 'ZPL' ? 'STOCK_4X6' : 'PAPER_4X6', labelFormatType: 'COMMON2D' },
      requestedPackageLineItems: [{ ...packageLine(of.package, request), customerReferences: [{ customerReferenceType: 'CUSTOMER_REFERENCE', value: referenceValue(of.key) }] }],
    },
  };
}

const dayMs = 86_400_000;
/** Days around now in which a booking of ours can have its date of shipping; FedEx takes 30 at most. */
const daysBack = 7;
const daysAhead = 14;

/** Body of POST /track/v1/referencenumbers, by our reference. @param nowMs the dates of shipping are sought around it */
export function referenceBody(key: string, accountNumber: string, nowMs: number): Json {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const end = day(nowMs + daysAhead * dayMs);
  // FedEx's schema calls the end of the range by one name, and its examples by another.
  return { includeDetailedScans: false, referencesInformation: { type: 'CUSTOMER_REFERENCE', value: referenceValue(key), accountNumber, shipDateBegin: day(nowMs - daysBack * dayMs), shipDateEnd: end, shipDateEndDate: end } };
}

/** Our name of a package has at most 40 characters at FedEx. */
function referenceValue(key: string): string {
  return key.replaceAll('-', '');
}

function specialServices({ request: { options = {} }, isReturn }: PackageToBook): { [name: string]: Json } {
  const types = [...(isReturn ? ['RETURN_SHIPMENT'] : []), ...(options.saturday === true ? ['SATURDAY_DELIVERY'] : [])];
  if (types.length === 0) return {};
  return { shipmentSpecialServices: { specialServiceTypes: types, ...(isReturn ? { returnShipmentDetail: { returnType: 'PRINT_RETURN_LABEL' } } : {}) } };
}

function packageLine(of: FreightPackage, { from: { country }, options = {} }: FreightRequest): { [name: string]: Json } {
  const isImperial = usesPounds(country);
  const sides = sidesOf(of, country);
  return {
    weight: { units: isImperial ? 'LB' : 'KG', value: weightOf(of, country) },
    ...(sides === null ? {} : { dimensions: { length: sides[0], width: sides[1], height: sides[2], units: isImperial ? 'IN' : 'CM' } }),
    ...(options.signature === true ? { packageSpecialServices: { specialServiceTypes: ['SIGNATURE_OPTION'], signatureOptionType: 'DIRECT' } } : {}),
  };
}

export function party(of: FreightAddress): Json {
  const digits = of.phone?.replace(/\D/g, '').slice(-15);
  return {
    contact: {
      ...(of.name === undefined || of.name === '' ? {} : { personName: clip(of.name, lineLength) }), ...(of.company === undefined || of.company === '' ? {} : { companyName: clip(of.company, lineLength) }),
      // FedEx takes no shipment without a number to call; of who left none there is none to give.
      phoneNumber: digits === undefined || digits === '' ? '0000000000' : digits,
      ...(of.email === undefined || of.email === '' || of.email.length > 80 ? {} : { emailAddress: of.email }),
    },
    address: address(of),
  };
}

export function address(of: FreightAddress): Json {
  return { streetLines: linesWithin([of.street, of.street2], lineLength), ...place(of) };
}

/** An address as far as rates depend on it. */
function place({ city, region, postalCode, country }: FreightAddress): { [name: string]: Json } {
  return { city, ...(region === undefined ? {} : { stateOrProvinceCode: region }), ...(postalCode === undefined ? {} : { postalCode }), countryCode: country };
}

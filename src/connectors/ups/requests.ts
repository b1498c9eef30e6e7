import type { Json } from '../../lib/json.js';
import type { FreightAddress, FreightPackage, FreightRequest, LabelFormat } from '../../model/commands.js';
import { customsOf } from '../../model/freight.js';
import type { PackageToBook, Service } from '../kit/booking/carrier.js';
import { linesWithin, sidesOf, usesPounds, weightOf } from '../kit/booking/measures.js';
import { clip } from '../kit/text.js';
import { internationalForms, invoiceLineTotal } from './customs.js';

/** Longest line of an address, and name. */
const lineLength = 35;
/** Within these, references belong to the package; between others to the shipment. */
const domestic = new Set(['US/US', 'PR/PR']);

/** Body of POST /api/rating/v2409/Shoptimeintransit: all services for one package, with the days that they take. */
export function rateBody(of: PackageToBook, accountNumber: string): Json {
  const { request } = of;
  const day = request.shipOn?.replaceAll('-', '');
  return {
    RateRequest: {
      Request: { TransactionReference: { CustomerContext: of.reference } },
      Shipment: {
        ...parties(of, accountNumber), ...paymentDetails('PaymentDetails', accountNumber),
        ShipmentRatingOptions: { NegotiatedRatesIndicator: 'Y' },
        // 03: no documents.
        DeliveryTimeInformation: { PackageBillType: '03', ...(day === undefined ? {} : { Pickup: { Date: day } }) },
        ...shipmentOptions(request),
        Package: [{ PackagingType: { Code: '02' }, ...measures(of.package, request.from.country), ...packageOptions(request) }],
        ShipmentTotalWeight: weight(of.package, request.from.country),
      },
    },
  };
}

/** Body of POST /api/shipments/v2409/ship: one package as a shipment of its own, under our reference. @param today ISO date */
export function shipBody(of: PackageToBook, service: Service, accountNumber: string, today: string): Json {
  const { request } = of;
  const reference = [{ Code: 'TN', Value: referenceValue(of.key) }];
  const isDomestic = domestic.has(`${request.from.country}/${request.to.country}`);
  const customs = customsOf(request, of.package);
  const forms = internationalForms(of, contact(request.to), today);
  return {
    ShipmentRequest: {
      Request: { RequestOption: 'nonvalidate', TransactionReference: { CustomerContext: of.reference } },
      Shipment: {
        Description: clip(customs?.items[0]?.description ?? 'Goods', 50), ...parties(of, accountNumber), ...paymentDetails('PaymentInformation', accountNumber, customs?.incoterm === 'DDP'),
        ShipmentRatingOptions: { NegotiatedRatesIndicator: 'Y' },
        Service: { Code: service.code },
        // 9: a label that we print, for who sends it back.
        ...(of.isReturn ? { ReturnService: { Code: '9' } } : {}),
        ...shipmentOptions(request, forms),
        ...(customs !== undefined && needsLineTotal(request) ? invoiceLineTotal(customs) : {}),
        ...(isDomestic ? {} : { ReferenceNumber: reference }),
        Package: [{ Description: 'Goods', Packaging: { Code: '02' }, ...measures(of.package, request.from.country), ...packageOptions(request), ...(isDomestic ? { ReferenceNumber: reference } : {}) }],
      },
      LabelSpecification: labelSpecification(askedFormat(of.format)),
    },
  };
}

/** Body of POST /api/labels/v1/recovery, by the tracking number or by our reference. */
export function recoveryBody(by: { trackingNumber: string } | { key: string; accountNumber: string }, format: LabelFormat): Json {
  return {
    LabelRecoveryRequest: {
      Request: { SubVersion: '1903' },
      LabelSpecification: labelSpecification(format === 'PNG' ? 'GIF' : format),
      ...('trackingNumber' in by ? { TrackingNumber: by.trackingNumber } : { ReferenceValues: { ReferenceNumber: { Value: referenceValue(by.key) }, ShipperNumber: by.accountNumber } }),
    },
  };
}

/** Our name of a package has at most 35 characters at UPS. */
function referenceValue(key: string): string {
  return key.replaceAll('-', '');
}

/** A shipment is made with a picture or with a printer's language; PDF and PNG are made of the picture. */
function askedFormat(format: LabelFormat): 'GIF' | 'ZPL' {
  return format === 'ZPL' ? 'ZPL' : 'GIF';
}

function labelSpecification(code: 'GIF' | 'ZPL' | 'PDF'): Json {
  return { LabelImageFormat: { Code: code }, HTTPUserAgent: 'Mozilla/4.5', LabelStockSize: { Height: '6', Width: '4' } };
}

/** Who has the account ships: the sender, or, of what comes back, who receives it. */
function parties({ request: { from, to }, isReturn }: PackageToBook, accountNumber: string): { [name: string]: Json } {
  return { Shipper: { ...party(isReturn ? to : from), ShipperNumber: accountNumber }, ShipFrom: party(from), ShipTo: party(to) };
}

/** Charge 01 is transport, 02 are duties and taxes: without it the receiver pays them. */
function paymentDetails(name: string, accountNumber: string, withDuties = false): { [name: string]: Json } {
  return { [name]: { ShipmentCharge: ['01', ...(withDuties ? ['02'] : [])].map((type) => ({ Type: type, BillShipper: { AccountNumber: accountNumber } })) } };
}

function shipmentOptions({ options = {} }: FreightRequest, forms?: Json): { [name: string]: Json } {
  const wanted: { [name: string]: Json } = { ...(options.saturday === true ? { SaturdayDeliveryIndicator: '' } : {}), ...(forms === undefined ? {} : { InternationalForms: forms }) };
  return Object.keys(wanted).length === 0 ? {} : { ShipmentServiceOptions: wanted };
}

function needsLineTotal({ from, to }: FreightRequest): boolean {
  return from.country === 'US' && (to.country === 'CA' || to.country === 'PR');
}

/** Of who buys, for the invoice: the same, with a name to ask for. */
function contact(of: FreightAddress): Json {
  const own = party(of);
  return { AttentionName: own['Name']!, ...own };
}

function packageOptions({ options = {}, from, to }: FreightRequest): { [name: string]: Json } {
  // 2: signature; of packages alone where both ends are in the United States or both in Puerto Rico.
  return options.signature === true && domestic.has(`${from.country}/${to.country}`) ? { PackageServiceOptions: { DeliveryConfirmation: { DCISType: '2' } } } : {};
}

function party({ name, company, street, street2, city, region, postalCode, country, phone, email }: FreightAddress): { [name: string]: Json } {
  const [first, second] = company === undefined || company === '' ? [name ?? 'Receiver', name] : [company, name];
  const digits = phone?.replace(/\D/g, '').slice(-15);
  return {
    Name: clip(first, lineLength),
    ...(second === undefined || second === '' ? {} : { AttentionName: clip(second, lineLength) }),
    ...(digits === undefined || digits === '' ? {} : { Phone: { Number: digits } }),
    ...(email === undefined || email === '' || email.length > 50 ? {} : { EMailAddress: email }),
    Address: { AddressLine: linesWithin([street, street2], lineLength), City: city, ...(region === undefined ? {} : { StateProvinceCode: region }), ...(postalCode === undefined ? {} : { PostalCode: postalCode.replace(/[\s-]/g, '') }), CountryCode: country },
  };
}

function measures(of: FreightPackage, country: string): { [name: string]: Json } {
  const sides = sidesOf(of, country);
  const dimensions: { [name: string]: Json } = sides === null ? {} : { Dimensions: { UnitOfMeasurement: { Code: usesPounds(country) ? 'IN' : 'CM' }, Length: String(sides[0]), Width: String(sides[1]), Height: String(sides[2]) } };
  return { ...dimensions, PackageWeight: weight(of, country) };
}

function weight(of: FreightPackage, country: string): Json {
  return { UnitOfMeasurement: { Code: usesPounds(country) ? 'LBS' : 'KGS' }, Weight: String(weightOf(of, country)) };
}

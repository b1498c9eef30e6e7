import { gifOf } from '../gif.js';

/** What UPS answers, in the shape of its published examples. */

/** A label as UPS draws it: lying, here at a fiftieth of its size. */
export const labelGif = gifOf(28, 16, Array.from({ length: 28 * 16 }, (_, at) => (at % 28 < 24 && at % 3 === 0 ? 0 : 3)));

export const labelOf = (format: string): Buffer => (format === 'ZPL' ? Buffer.from('^XA^FO50,50^FDlabel^FS^XZ') : format === 'PDF' ? Buffer.from('%PDF-1.4 label') : labelGif);

const success = { ResponseStatus: { Code: '1', Description: 'Success' }, TransactionReference: { CustomerContext: '' } };
const usd = (amount: string) => ({ CurrencyCode: 'USD', MonetaryValue: amount });

export function rated(code: string, amount: string, negotiated: string | null, days: string, arrival: string): object {
  return {
    Disclaimer: [], Service: { Code: code, Description: '' }, RatedShipmentAlert: [{ Code: '110971', Description: 'Your invoice may vary from the displayed reference rates' }],
    BillingWeight: { UnitOfMeasurement: { Code: 'LBS', Description: 'Pounds' }, Weight: '3.0' }, TransportationCharges: usd(amount), ServiceOptionsCharges: usd('0.00'), TotalCharges: usd(amount),
    ...(negotiated === null ? {} : { NegotiatedRateCharges: { TotalCharge: usd(negotiated) } }), RatedPackage: [{ Weight: '3.0' }],
    TimeInTransit: { PickupDate: '20260306', PackageBillType: '03', AutoDutyCode: '02', ServiceSummary: { Service: { Description: 'UPS' }, EstimatedArrival: { Arrival: { Date: arrival, Time: '233000' }, BusinessDaysInTransit: days, Pickup: { Date: '20260306', Time: '190000' }, DayOfWeek: 'TUE' }, GuaranteedIndicator: code === '03' ? '0' : '1', SundayDelivery: '', SaturdayDelivery: '' } },
  };
}

export const rates = (shipments: readonly object[]): object => ({ RateResponse: { Response: success, RatedShipment: shipments } });

/** @param invoice with a commercial invoice */
export const booked = (number: string, format: string, invoice = false): object => ({
  ShipmentResponse: {
    Response: success,
    ShipmentResults: {
      ShipmentCharges: { TransportationCharges: usd('14.10'), ServiceOptionsCharges: usd('0.00'), TotalCharges: usd('14.10') }, NegotiatedRateCharges: { TotalCharge: usd('9.10') },
      BillingWeight: { UnitOfMeasurement: { Code: 'LBS', Description: 'Pounds' }, Weight: '3.0' }, ShipmentIdentificationNumber: number,
      ...(invoice ? { Form: { Code: '01', Description: 'All Requested International Forms', Image: { ImageFormat: { Code: 'PDF', Description: 'PDF' }, GraphicImage: Buffer.from('%PDF-1.4 invoice').toString('base64') } } } : {}),
      PackageResults: [{ TrackingNumber: number, ServiceOptionsCharges: usd('0.00'), ShippingLabel: { ImageFormat: { Code: format, Description: format }, GraphicImage: labelOf(format).toString('base64'), ...(format === 'GIF' ? { HTMLImage: Buffer.from('<html>').toString('base64') } : {}) } }],
    },
  },
});

export const recovered = (number: string, format: string): object => ({
  LabelRecoveryResponse: { Response: success, ShipmentIdentificationNumber: number, LabelResults: [{ TrackingNumber: number, LabelImage: { LabelImageFormat: { Code: format.toLowerCase() }, GraphicImage: labelOf(format).toString('base64') } }] },
});

export const voided = (): object => ({ VoidShipmentResponse: { Response: success, SummaryResult: { Status: { Code: '1', Description: 'Voided' } } } });

export const refusal = (code: string, message: string): object => ({ response: { errors: [{ code, message }] } });

export const token = (value: string): object => ({ token_type: 'Bearer', issued_at: String(Date.now()), client_id: 'client', access_token: value, scope: '', expires_in: '14399', refresh_count: '0', status: 'approved' });

/** @param number of a pickup: its PRN */
export const fetched = (number: string): object => ({
  PickupCreationResponse: { Response: success, PRN: number, RateStatus: { Code: '01', Description: 'Rate available' }, RateResult: { RateType: 'SD', CurrencyCode: 'USD', ChargeDetail: [{ ChargeCode: 'B', ChargeDescription: 'BASE CHARGE', ChargeAmount: '6.50' }], GrandTotalOfAllCharge: '6.50' } },
});

export const pending = (pickups: ReadonlyArray<{ PRN: string; ReferenceNumber: string }>): object => ({
  PickupPendingStatusResponse: { Response: success, PendingStatus: pickups.map((each) => ({ PickupType: '01', ServiceDate: '20260306', PickupStatusMessage: 'Dispatched to driver', OnCallStatusCode: '002', BillingCode: '01', ContactName: 'Warehouse', ...each })) },
});

export const calledOff = (): object => ({ PickupCancelResponse: { Response: success, PickupType: '01' } });

/** @param candidates each an address as UPS writes it */
export const addressed = (indicator: 'Valid' | 'Ambiguous' | 'NoCandidates', candidates: ReadonlyArray<{ AddressLine: string[]; PoliticalDivision2: string; PoliticalDivision1: string; PostcodePrimaryLow: string; PostcodeExtendedLow?: string }> = []): object => ({
  XAVResponse: { Response: success, [indicator === 'NoCandidates' ? 'NoCandidatesIndicator' : `${indicator}AddressIndicator`]: '', AddressClassification: { Code: '2', Description: 'Residential' }, Candidate: candidates.map((each) => ({ AddressClassification: { Code: '2' }, AddressKeyFormat: { ...each, CountryCode: 'US' } })) },
});

/** What FedEx answers, in the shape of its published examples. */

export const labelOf = (imageType: string): Buffer => (imageType === 'ZPLII' ? Buffer.from('^XA^FO50,50^FDlabel^FS^XZ') : imageType === 'PNG' ? Buffer.from('\x89PNG\r\n\x1a\nlabel', 'latin1') : Buffer.from('%PDF-1.4 label'));

const envelope = { transactionId: '624deea6-b709-470c-8c39-4b5511281492', customerTransactionId: 'gatehouse' };

export function rated(serviceType: string, serviceName: string, amount: number, transitTime: string, day: string): object {
  const detail = (rateType: string, total: number) => ({ rateType, ratedWeightMethod: 'ACTUAL', totalDiscounts: 0, totalBaseCharge: total, totalNetCharge: total, totalNetFedExCharge: total, shipmentRateDetail: { rateZone: '08', currency: 'USD', surCharges: [] }, currency: 'USD' });
  return {
    serviceType, serviceName, packagingType: 'YOUR_PACKAGING', customerMessages: [], ratedShipmentDetails: [detail('LIST', amount + 5), detail('ACCOUNT', amount)], signatureOptionType: 'SERVICE_DEFAULT',
    operationalDetail: { ineligibleForMoneyBackGuarantee: true, transitTime, serviceCode: '92' }, commit: { dateDetail: { dayOfWeek: 'Tue', dayFormat: `${day}T23:59:00` }, saturdayDelivery: false },
  };
}

export const rates = (details: readonly object[]): object => ({ ...envelope, output: { rateReplyDetails: details, quoteDate: '2026-03-06', encoded: false } });

/** @param invoice with a commercial invoice */
export const booked = (number: string, imageType: string, invoice = false): object => ({
  ...envelope,
  output: {
    transactionShipments: [{
      serviceType: 'FEDEX_GROUND', shipDatestamp: '2026-03-06', serviceCategory: 'GROUND', serviceName: 'FedEx Ground', masterTrackingNumber: number, alerts: [],
      ...(invoice ? { shipmentDocuments: [{ contentType: 'COMMERCIAL_INVOICE', copiesToPrint: 3, docType: 'PDF', trackingNumber: number, encodedLabel: Buffer.from('%PDF-1.4 invoice').toString('base64') }] } : {}),
      pieceResponses: [{ masterTrackingNumber: number, trackingNumber: number, packageSequenceNumber: 1, netRateAmount: 9.1, currency: 'USD', packageDocuments: [{ contentType: 'LABEL', copiesToPrint: 1, docType: imageType, encodedLabel: labelOf(imageType).toString('base64') }] }],
      completedShipmentDetail: { carrierCode: 'FDXG', shipmentRating: { actualRateType: 'PAYOR_ACCOUNT_PACKAGE', shipmentRateDetails: [{ rateType: 'PAYOR_ACCOUNT_PACKAGE', totalNetCharge: 9.1, currency: 'USD' }] } },
    }],
  },
});

/** @param number null: nothing is known */
export const tracked = (asked: string, number: string | null, code = 'OC'): object => ({
  ...envelope,
  output: {
    completeTrackResults: [{
      trackingNumber: asked,
      trackResults: [number === null
        ? { trackingNumberInfo: { trackingNumber: asked, trackingNumberUniqueId: '', carrierCode: '' }, error: { code: 'TRACKING.REFERENCENUMBER.NOTFOUND', message: 'Reference number cannot be found. Please correct the reference number and try again.' } }
        : { trackingNumberInfo: { trackingNumber: number, trackingNumberUniqueId: `12029~${number}~FDEG`, carrierCode: 'FDXG' }, latestStatusDetail: { code, derivedCode: code, description: code === 'CA' ? 'Shipment cancelled by sender' : 'Shipment information sent to FedEx' }, scanEvents: [] }],
    }],
  },
});

/** @param numbers of the parcels on the list; none: nothing was open */
export const closed = (numbers: readonly string[]): object => ({
  ...envelope,
  output: numbers.length === 0
    ? { alerts: [{ code: 'CLOSE.NOSHIPMENTS', alertType: 'NOTE', message: 'There are no shipments to close.' }] }
    : { closeDocuments: [{ type: 'MANIFEST', shippingCycle: '1003234523333204', shippingDocumentDisposition: 'RETURNED', copiesToPrint: 1, parts: [{ documentPartSequenceNumber: 2, image: Buffer.from(`${numbers.map((number) => `  ${number}    1 LB (net)`).join('\r\n')}\r\n\f`).toString('base64') }, { documentPartSequenceNumber: 1, image: Buffer.from('FedEx Ground Pickup Manifest\r\n\r\n').toString('base64') }] }] },
});

export const cancellation = (cancelledShipment: boolean): object => ({ ...envelope, output: { cancelledShipment, cancelledHistory: true, successMessage: 'Success' } });

export const refusal = (code: string, message: string): object => ({ ...envelope, errors: [{ code, message }] });

export const token = (value: string): object => ({ access_token: value, token_type: 'bearer', expires_in: 3599, scope: 'CXS' });

export const proof = (): object => ({ ...envelope, output: { localization: { languageCode: 'en' }, documentType: 'SIGNATURE_PROOF_OF_DELIVERY', documentFormat: 'PDF', document: [Buffer.from('%PDF-1.4 proof of delivery').toString('base64')], alerts: [] } });

/** @param code of a pickup */
export const fetched = (code: string): object => ({ ...envelope, output: { pickupConfirmationCode: code, message: 'Courier on the way', location: 'COSA', alerts: [] } });

export const calledOff = (code: string): object => ({ ...envelope, output: { pickupConfirmationCode: code, cancelConfirmationMessage: 'Requested pickup has been cancelled Successfully.', alerts: [] } });

/** @param attributes what FedEx found, as texts */
export const resolved = (address: { streetLinesToken: string[]; city: string; stateOrProvinceCode: string; postalCode: string; countryCode: string }, attributes: Record<string, string>): object => ({
  ...envelope, output: { resolvedAddresses: [{ ...address, classification: 'BUSINESS', customerMessages: [], attributes: { CountrySupported: 'true', ...attributes } }], alerts: [] },
});

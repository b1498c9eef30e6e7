/** What DHL Express answers, in the shape of the examples in its published file. */

const base = 'https://expressapi.dhl.com/mydhlapi';

export const labelOf = (format: string): Buffer => (format === 'zpl' ? Buffer.from('^XA^FO50,50^FDlabel^FS^XZ') : Buffer.from('%PDF-1.4 label'));

export function rated(productCode: string, productName: string, price: number, days: number, deliveredAt: string, localProductCode = productCode): object {
  return {
    productName, productCode, localProductCode, localProductCountryCode: 'US', networkTypeCode: 'TD', isCustomerAgreement: false, weight: { volumetric: 1.2, provided: 1.5, unitOfMeasurement: 'metric' },
    totalPrice: [{ currencyType: 'BASEC', priceCurrency: 'EUR', price: price * 2 }, { currencyType: 'BILLC', priceCurrency: 'USD', price }, { currencyType: 'PULCL', priceCurrency: 'USD', price }],
    pickupCapabilities: { nextBusinessDay: false, localCutoffDateAndTime: '2026-03-06T15:00:00', pickupEarliest: '09:30:00', pickupLatest: '16:00:00' },
    deliveryCapabilities: { deliveryTypeCode: 'QDDC', estimatedDeliveryDateAndTime: deliveredAt, destinationServiceAreaCode: 'SFO', totalTransitDays: days },
    pricingDate: '2026-03-06',
  };
}

export const rates = (products: readonly object[]): object => ({ products, exchangeRates: [{ currentExchangeRate: 1.188411, currency: 'GBP', baseCurrency: 'EUR' }] });

/** @param invoice with a commercial invoice */
export const booked = (number: string, format: string, invoice = false): object => ({
  shipmentTrackingNumber: number, trackingUrl: `${base}/shipments/${number}/tracking`,
  packages: [{ referenceNumber: 1, trackingNumber: `JD01460000${number}`, trackingUrl: `${base}/shipments/${number}/tracking?pieceTrackingNumber=JD01460000${number}` }],
  documents: [
    { imageFormat: format.toUpperCase(), content: labelOf(format).toString('base64'), typeCode: 'label' },
    ...(invoice ? [{ imageFormat: 'PDF', content: Buffer.from('%PDF-1.4 invoice').toString('base64'), typeCode: 'invoice' }] : []),
  ],
  shipmentCharges: [{ currencyType: 'BILLC', priceCurrency: 'USD', price: 9.1, serviceBreakdown: [{ name: 'EXPRESS WORLDWIDE', price: 9.1 }] }, { currencyType: 'BASEC', priceCurrency: 'EUR', price: 8.4 }],
  estimatedDeliveryDate: { estimatedDeliveryDate: '2026-03-10', estimatedDeliveryType: 'QDDC' },
});

/** @param code of its only event; null: none yet */
export const tracked = (number: string, reference: string, code: string | null): object => ({
  shipments: [{
    shipmentTrackingNumber: number, status: 'Success', shipmentTimestamp: '2026-03-06T16:10:00', productCode: 'P', description: 'Goods', shipperReferences: [{ value: reference, typeCode: 'CU' }], numberOfPieces: 1,
    events: code === null ? [] : [{ date: '2026-03-06', time: '10:05:00', GMTOffset: '-06:00', typeCode: code, description: code === 'DUMMY_PU' ? 'Shipment information received' : 'Shipment picked up', serviceArea: [{ code: 'MEM', description: 'Memphis-US' }], signedBy: '' }],
  }],
});

export const refusal = (status: number, detail: string): object => ({ instance: '/expressapi', detail, title: status === 404 ? 'Not data found' : 'Bad request', message: status === 404 ? 'Not data found' : 'Bad request', status: String(status) });

export const proof = (): object => ({ documents: [{ encodingFormat: 'PDF', content: Buffer.from('%PDF-1.4 proof of delivery').toString('base64'), typeCode: 'POD' }] });

import { seconds, trackerObject, type TrackerRecord } from './tracker.js';
import type { SandboxRateRecord, ScanFormRecord, ShipmentRecord } from './shipments.js';

/** A Shipment in EasyPost's wire format. @param base address under which the files of labels are fetched */
export function shipmentObject(record: ShipmentRecord, base: string, tracker: TrackerRecord | undefined): Record<string, unknown> {
  const { bought } = record;
  return {
    created_at: seconds(record.createdMs), is_return: record.isReturn, messages: [], mode: 'test', options: { currency: 'USD', payment: { type: 'SENDER' }, date_advance: 0, ...record.options }, reference: record.reference,
    status: 'unknown', tracking_code: bought?.trackingCode ?? null, updated_at: seconds(record.updatedMs), batch_id: null, batch_status: null, batch_message: null, customs_info: null,
    from_address: addressObject(record.from), to_address: addressObject(record.to), return_address: addressObject(record.from), buyer_address: addressObject(record.to), insurance: null, order_id: null,
    parcel: { object: 'Parcel', length: null, width: null, height: null, predefined_package: null, ...record.parcel, mode: 'test' },
    postage_label: bought === null ? null : labelObject(record, base),
    rates: record.rates.map((rate) => rateObject(rate, record)),
    refund_status: record.refund, scan_form: record.scanForm === null ? null : { id: record.scanForm, object: 'ScanForm' },
    selected_rate: bought === null ? null : rateObject(bought.rate, record),
    tracker: tracker === undefined ? null : trackerObject(tracker),
    usps_zone: 4, forms: [], fees: bought === null ? [] : [{ object: 'Fee', type: 'PostageFee', amount: `${bought.rate.amount}000`, charged: true, refunded: record.refund === 'refunded' }],
    id: record.id, object: 'Shipment',
  };
}

function rateObject(rate: SandboxRateRecord, record: ShipmentRecord): Record<string, unknown> {
  return {
    id: rate.id, object: 'Rate', created_at: seconds(record.createdMs), updated_at: seconds(record.createdMs), mode: 'test', service: rate.service, carrier: rate.carrier, rate: rate.amount, currency: 'USD',
    retail_rate: rate.amount, retail_currency: 'USD', list_rate: rate.amount, list_currency: 'USD', billing_type: 'easypost', delivery_days: rate.days, delivery_date: null, delivery_date_guaranteed: false,
    est_delivery_days: rate.days, shipment_id: record.id, carrier_account_id: 'ca_00000000000000000000000000000001',
  };
}

const extensions: Readonly<Record<string, string>> = { PDF: 'pdf', ZPL: 'zpl', PNG: 'png' };
const mediaTypes: Readonly<Record<string, string>> = { PDF: 'application/pdf', ZPL: 'application/zpl', PNG: 'image/png' };

/** As recorded: the label in the format that was bought at `label_url`, converted ones in fields of their own. */
function labelObject(record: ShipmentRecord, base: string): Record<string, unknown> {
  const { labelId, atMs, formats } = record.bought!;
  const format = String(record.options['label_format'] ?? 'PNG');
  const url = (of: string) => `${base}/files/postage_label/${record.id}.${extensions[of] ?? 'png'}`;
  return {
    object: 'PostageLabel', id: labelId, created_at: seconds(atMs), updated_at: seconds(atMs), date_advance: 0, integrated_form: 'none', label_date: seconds(atMs), label_resolution: 300, label_size: '4x6',
    label_type: 'default', label_file_type: mediaTypes[format] ?? 'image/png', label_url: url(format), label_pdf_url: format !== 'PDF' && formats.has('PDF') ? url('PDF') : null,
    label_zpl_url: format !== 'ZPL' && formats.has('ZPL') ? url('ZPL') : null, label_epl2_url: null, label_file: null,
  };
}

function addressObject(address: Record<string, unknown>): Record<string, unknown> {
  return { object: 'Address', mode: 'test', name: null, company: null, street1: null, street2: null, city: null, state: null, zip: null, country: 'US', phone: null, email: null, ...address };
}

export function scanFormObject(form: ScanFormRecord, base: string): Record<string, unknown> {
  return {
    id: form.id, object: 'ScanForm', created_at: seconds(form.createdMs), updated_at: seconds(form.createdMs), tracking_codes: form.trackingCodes, address: null, status: 'created', message: null,
    form_url: `${base}/files/scan_form/${form.id}.pdf`, form_file_type: null, batch_id: null, confirmation: null,
  };
}

import { z } from 'zod';

/** ShipEngine's objects, as far as they are read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const number = z.number().nullish().catch(null);
const id = z.string().min(1).max(120);

export const trackEvent = z.looseObject({
  occurred_at: text, carrier_occurred_at: text, description: text, city_locality: text, state_province: text, postal_code: text, country_code: text, signer: text,
  event_code: text, carrier_detail_code: text, status_code: text, status_detail_code: text, carrier_status_code: text, proof_of_delivery_url: text, latitude: number, longitude: number,
});
export type TrackEvent = z.infer<typeof trackEvent>;

export const tracking = z.looseObject({
  tracking_number: z.string().trim().min(1), status_code: text, status_detail_code: text, status_description: text, carrier_code: text, ship_date: text, estimated_delivery_date: text, actual_delivery_date: text,
  events: z.array(z.unknown()).nullish().catch(null),
});
export type Tracking = z.infer<typeof tracking>;

/** A webhook's body. Those of tracking have their object in `data`. */
export const notice = z.looseObject({ resource_type: z.string().min(1), resource_url: text, data: z.unknown().optional() });

const money = z.object({ currency: z.string().regex(/^[A-Za-z]{3}$/).transform((code) => code.toUpperCase()), amount: z.number().min(0).max(1e9) });

const rate = z.looseObject({
  rate_id: id, carrier_code: z.string().min(1).max(60), service_code: z.string().min(1).max(100), service_type: text, carrier_friendly_name: text,
  shipping_amount: money, insurance_amount: money.nullish().catch(null), confirmation_amount: money.nullish().catch(null), other_amount: money.nullish().catch(null), tax_amount: money.nullish().catch(null),
  delivery_days: z.int().min(0).max(365).nullish().catch(null), estimated_delivery_date: text, guaranteed_service: z.boolean().nullish().catch(null), package_type: text, ship_date: text,
});
export type ShipEngineRate = z.infer<typeof rate>;

const message = z.looseObject({ carrier_code: text, message: text });
const invalidRate = z.looseObject({ carrier_friendly_name: text, service_type: text, error_messages: z.array(z.string()).nullish().catch(null) });

/** What POST /v1/rates answers: a shipment with its rates. */
export const ratedShipment = z.looseObject({
  shipment_id: id,
  created_at: text,
  rate_response: z.looseObject({
    rates: z.array(z.unknown()).nullish().catch(null).transform((rates) => (rates ?? []).flatMap((each) => rate.safeParse(each).data ?? [])),
    invalid_rates: z.array(invalidRate).nullish().catch(null),
    errors: z.array(message).nullish().catch(null),
    created_at: text,
  }),
});
export type RatedShipment = z.infer<typeof ratedShipment>;

const download = z.looseObject({ href: text, pdf: text, png: text, zpl: text });

export const label = z.looseObject({
  label_id: id, status: text, shipment_id: text, external_shipment_id: text, tracking_number: text, carrier_code: text, service_code: text, created_at: text,
  shipment_cost: money.nullish().catch(null), insurance_cost: money.nullish().catch(null), voided: z.boolean().nullish().catch(null), voided_at: text, is_return_label: z.boolean().nullish().catch(null),
  label_download: download.nullish().catch(null), form_download: z.looseObject({ href: text }).nullish().catch(null), rate_id: text,
  /** Ours: what was answered to the request to void it. */
  void: z.looseObject({ approved: z.boolean(), message: text, reason_code: text }).nullish().catch(null),
});
export type Label = z.infer<typeof label>;

export const voidAnswer = z.looseObject({ approved: z.boolean(), message: text });

export const labelList = z.looseObject({ labels: z.array(z.unknown()) });

const oneManifest = z.looseObject({ manifest_id: id, label_ids: z.array(z.string()).nullish().catch(null), manifest_download: z.looseObject({ href: text }).nullish().catch(null) });
export const manifestAnswer = z.looseObject({
  manifests: z.array(oneManifest).nullish().catch(null),
  manifest_requests: z.array(z.looseObject({ manifest_request_id: id, status: text })).nullish().catch(null),
});
export type ManifestAnswer = z.infer<typeof manifestAnswer>;

const matched = z.looseObject({ address_line1: text, address_line2: text, city_locality: text, state_province: text, postal_code: text, country_code: text, address_residential_indicator: text });

export const addressChecks = z.array(z.looseObject({ status: text, matched_address: matched.nullish().catch(null), messages: z.array(z.looseObject({ message: text })).nullish().catch(null) }));

export const carrierList = z.looseObject({ carriers: z.array(z.looseObject({ carrier_id: id })) });

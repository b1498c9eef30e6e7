import { generateKeyPairSync, sign } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { ratesFor } from '../../../src/sandbox/parcel/rate-table.js';
import { startSimulated, type Bought, type SimulatedCarrier, type SimulatedContext } from './simulated.js';
import type { FastifyInstance } from 'fastify';

export const shipEngineKey = 'TEST_simulatedkey0123456789';

interface Shipment {
  id: string;
  name: string | null;
  body: Record<string, any>;
  rates: Array<{ id: string; carrier: string; service: string; amount: number; days: number }>;
}

interface Label {
  id: string;
  shipment: Shipment;
  rate: Shipment['rates'][number];
  number: string;
  format: string;
  voided: boolean;
  manifest: string | null;
  at: string;
}

const carrierCodes: Readonly<Record<string, string>> = { USPS: 'stamps_com', UPS: 'ups', FedEx: 'fedex', DHLExpress: 'dhl_express' };

const refuse = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply => {
  const own = status === 429 ? 'rate_limit_exceeded' : status === 503 ? 'unspecified' : code;
  return reply.code(status).send({ request_id: '22467317-a130-4927-95a6-76124b716e58', errors: [{ error_source: 'shipengine', error_type: 'system', error_code: own, message }] });
};

/**
 * ShipEngine, as far as the connector speaks to it. Names of shipments are unique; a rate may be bought again and makes a
 * second label, as nothing in its documentation forbids.
 */
export async function start({ seed = 1 }: { seed?: number } = {}): Promise<SimulatedCarrier> {
  const shipments = new Map<string, Shipment>();
  const labels = new Map<string, Label>();
  const bought = (): Bought[] => [...labels.values()].map(({ id, shipment, number, voided }) => ({ id, reference: shipment.name, trackingNumber: number, cancelled: voided }));
  return startSimulated({
    seed, refuse, bought,
    isAuthorized: (headers) => headers['api-key'] === shipEngineKey,
    unauthorized: { code: 'unauthorized', message: 'The API key is invalid.' },
    connection: (url) => ({ settings: { url, carrierIds: 'se-1', settleSeconds: 4 }, secrets: { webhookSecret: keySet, apiKey: shipEngineKey } }),
    routes(app, context) {
      shipmentRoutes(app, shipments, context);
      labelRoutes(app, { shipments, labels }, context);
      otherRoutes(app, labels, context);
    },
  });
}

const money = (amount: number) => ({ currency: 'usd', amount });

function shipmentRoutes(app: FastifyInstance, shipments: Map<string, Shipment>, _context: SimulatedContext): void {
  const rated = (of: Shipment) => ({
    ...of.body, shipment_id: of.id, external_shipment_id: of.name, created_at: '2026-03-06T14:00:00.257Z', modified_at: '2026-03-06T14:00:00.24Z', shipment_status: 'pending', customs: null,
    rate_response: {
      rates: of.rates.map((rate) => ({
        rate_id: rate.id, rate_type: 'shipment', carrier_id: 'se-1', shipping_amount: money(rate.amount), insurance_amount: money(0), confirmation_amount: money(0), other_amount: money(0), tax_amount: null, zone: null, package_type: 'package',
        delivery_days: rate.days, guaranteed_service: false, estimated_delivery_date: null, carrier_delivery_days: String(rate.days), ship_date: '2026-03-06T00:00:00Z', negotiated_rate: false, service_type: `${rate.carrier} ${rate.service}`,
        service_code: rate.service, trackable: true, carrier_code: carrierCodes[rate.carrier], carrier_nickname: rate.carrier, carrier_friendly_name: rate.carrier, validation_status: 'valid', warning_messages: [], error_messages: [],
      })),
      invalid_rates: [], rate_request_id: 'se-9', shipment_id: of.id, created_at: '2026-03-06T14:00:01.3335224Z', status: 'completed', errors: [],
    },
  });
  app.get('/v1/carriers', async () => ({ carriers: [{ carrier_id: 'se-1', carrier_code: 'stamps_com' }], request_id: 'r', errors: [] }));
  app.post<{ Body: Record<string, any> }>('/v1/rates', async ({ body }, reply) => {
    if (body['shipment_id'] !== undefined) {
      const known = shipments.get(String(body['shipment_id']));
      return known === undefined ? refuse(reply, 404, 'not_found', 'There is no such shipment.') : rated(known);
    }
    const wanted = body['shipment'] as Record<string, any> | undefined;
    const parcel = wanted?.['packages']?.[0];
    if (wanted?.['ship_to']?.country_code === undefined || typeof parcel?.weight?.value !== 'number') return refuse(reply, 400, 'field_value_required', 'ship_to and packages are required.');
    const name = typeof wanted['external_shipment_id'] === 'string' ? wanted['external_shipment_id'] : null;
    if (name !== null && [...shipments.values()].some((each) => each.name === name)) return refuse(reply, 409, 'identifier_conflict', `external_shipment_id ${name} exists.`);
    const id = `se-${shipments.size + 1}`;
    const rates = ratesFor(parcel.weight.value / 28.349523125, { country: wanted['ship_from'].country_code }, { country: wanted['ship_to'].country_code });
    const made: Shipment = { id, name, body: wanted, rates: rates.map((rate, place) => ({ id: `${id}r${place}`, carrier: rate.carrier, service: rate.service, amount: Number(rate.amount), days: rate.days })) };
    shipments.set(id, made);
    return rated(made);
  });
  app.get<{ Params: { name: string } }>('/v1/shipments/external_shipment_id/:name', async ({ params }, reply) => {
    const known = [...shipments.values()].find((each) => each.name === params.name);
    return known === undefined ? refuse(reply, 404, 'not_found', 'There is no such shipment.') : { shipment_id: known.id, external_shipment_id: known.name };
  });
  app.post('/v1/addresses/validate', async () => [{ status: 'unverified', original_address: {}, matched_address: null, messages: [{ code: 'a1002', message: 'Address not found.', type: 'error', detail_code: null }] }]);
}

function labelRoutes(app: FastifyInstance, { shipments, labels }: { shipments: Map<string, Shipment>; labels: Map<string, Label> }, { faults, base }: SimulatedContext): void {
  const shown = (of: Label) => labelObject(of, base());
  app.post<{ Params: { rate: string }; Body: Record<string, any> }>('/v1/labels/rates/:rate', async ({ params, body }, reply) => {
    const shipment = shipments.get(params.rate.split('r')[0]!);
    const rate = shipment?.rates.find((each) => each.id === params.rate);
    if (shipment === undefined || rate === undefined) return refuse(reply, 404, 'not_found', 'There is no such rate.');
    if (faults.refused !== '' && String(shipment.body['ship_to'].address_line2 ?? '').endsWith(faults.refused)) return refuse(reply, 400, 'unspecified', 'The carrier refused this package.');
    const id = `se-label-${labels.size + 1}`;
    const label: Label = { id, shipment, rate, number: `${rate.carrier === 'UPS' ? '1Z' : '94'}${String(labels.size + 1).padStart(16, '0')}`, format: String(body['label_format']), voided: false, manifest: null, at: new Date().toISOString() };
    labels.set(id, label);
    return shown(label);
  });
  app.get<{ Querystring: { shipment_id?: string; tracking_number?: string } }>('/v1/labels', async ({ query }) => {
    const found = [...labels.values()].filter((each) => (query.shipment_id === undefined || each.shipment.id === query.shipment_id) && (query.tracking_number === undefined || each.number === query.tracking_number));
    return { labels: found.map(shown), total: found.length, page: 1, pages: 1, links: {} };
  });
  app.get<{ Params: { id: string } }>('/v1/labels/:id', async ({ params }, reply) => {
    const label = labels.get(params.id);
    return label === undefined ? refuse(reply, 404, 'not_found', 'There is no such label.') : shown(label);
  });
  app.put<{ Params: { id: string } }>('/v1/labels/:id/void', async ({ params }, reply) => {
    const label = labels.get(params.id);
    if (label === undefined) return refuse(reply, 404, 'not_found', 'There is no such label.');
    if (label.voided) return { approved: false, message: 'The label was voided already.', reason_code: 'label_already_voided' };
    label.voided = true;
    return { approved: true, message: 'Request for refund submitted.  This label has been voided.' };
  });
}

function otherRoutes(app: FastifyInstance, labels: Map<string, Label>, { base }: SimulatedContext): void {
  const manifestOf = (id: string) => ({ manifest_id: id, form_id: `${id}f`, created_at: '2026-03-06T16:00:00.147Z', ship_date: '2026-03-06T00:00:00Z', shipments: 1, label_ids: [...labels.values()].filter((each) => each.manifest === id).map((each) => each.id), warehouse_id: 'se-1', submission_id: '1', carrier_id: 'se-1', manifest_download: { href: `${base()}/files/${id}.pdf` } });
  app.post<{ Body: { label_ids?: string[] } }>('/v1/manifests', async ({ body }, reply) => {
    const wanted = (body.label_ids ?? []).map((id) => labels.get(id));
    if (wanted.length === 0 || wanted.some((each) => each === undefined || each.manifest !== null)) return refuse(reply, 400, 'invalid_status', 'A label is on a manifest already, or is not known.');
    const id = `se-man-${Math.floor(Math.random() * 1e9)}`;
    for (const each of wanted) each!.manifest = id;
    return { manifests: [manifestOf(id)], manifest_requests: [{ manifest_request_id: `${id}q`, status: 'completed' }], errors: [] };
  });
  app.get<{ Querystring: { label_ids?: string } }>('/v1/manifests', async ({ query }) => {
    const id = labels.get(query.label_ids ?? '')?.manifest ?? null;
    return { manifests: id === null ? [] : [manifestOf(id)], total: 1, page: 1, pages: 1 };
  });
  app.get<{ Params: { id: string } }>('/v1/manifests/requests/:id', async ({ params }) => ({ manifests: [manifestOf(params.id.slice(0, -1))], manifest_requests: [{ manifest_request_id: params.id, status: 'completed' }] }));
  app.get<{ Querystring: { tracking_number?: string } }>('/v1/tracking', async ({ query }) => ({
    tracking_number: query.tracking_number, status_code: 'NY', status_detail_code: 'SHIPMENT_CREATED', carrier_code: 'stamps_com', carrier_id: 1, status_description: 'Not Yet In System', ship_date: null, estimated_delivery_date: '2026-03-09T00:00:00Z', actual_delivery_date: null, events: [],
  }));
}

function labelObject({ id, shipment, rate, number, format, voided, at }: Label, base: string): Record<string, unknown> {
  const url = (extension: string) => `${base}/files/${id}.${extension}`;
  return {
    label_id: id, status: voided ? 'voided' : 'completed', shipment_id: shipment.id, external_shipment_id: shipment.name, ship_date: '2026-03-06T00:00:00Z', created_at: at, shipment_cost: money(rate.amount), insurance_cost: money(0), tracking_number: number,
    is_return_label: shipment.body['is_return'] === true, rma_number: null, is_international: false, batch_id: '', carrier_id: 'se-1', service_code: rate.service, package_code: 'package', voided, voided_at: voided ? at : null, label_format: format,
    display_scheme: 'label', label_layout: '4x6', trackable: true, label_image_id: null, carrier_code: carrierCodes[rate.carrier], tracking_status: 'in_transit', rate_id: rate.id,
    label_download: { pdf: url('pdf'), png: url('png'), zpl: url('zpl'), href: url(format) }, form_download: shipment.body['customs'] == null ? null : { href: `${base}/files/${id}-customs.pdf` }, insurance_claim: null, charge_event: 'carrier_default', packages: [],
  };
}

const pairs = ['first', 'second'].map((kid) => ({ kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }));

/** ShipEngine's public key set, and the one that it would use next. */
export const [keySet, otherKeySet] = pairs.map(({ kid, publicKey }) => JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] })) as [string, string];

/** Headers with which ShipEngine would send this body. @param secret one of the two key sets; any other text is signed by nobody known */
export function signedHeaders(body: Uint8Array, secret: string, atMs: number): Record<string, string> {
  const pair = pairs[secret === otherKeySet ? 1 : 0]!;
  const timestamp = new Date(atMs).toISOString();
  const signature = sign('sha256', Buffer.concat([Buffer.from(`${timestamp}.`), body]), pair.privateKey).toString('base64');
  return { 'x-shipengine-rsa-sha256-key-id': pair.kid, 'x-shipengine-rsa-sha256-signature': signature, 'x-shipengine-timestamp': timestamp };
}

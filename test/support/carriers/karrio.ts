import type { FastifyInstance, FastifyReply } from 'fastify';
import { pdfOf, zplOf } from '../../../src/sandbox/parcel/label-files.js';
import { ratesFor } from '../../../src/sandbox/parcel/rate-table.js';
import { onePixel, startSimulated, type Bought, type SimulatedCarrier, type SimulatedContext } from './simulated.js';

export const karrioKey = 'key_simulated0123456789abcdef';

interface Shipment {
  id: string;
  status: 'draft' | 'created' | 'cancelled';
  body: Record<string, any>;
  rates: Array<Record<string, any>>;
  selected: Record<string, any> | null;
  number: string | null;
  labelType: string;
  manifest: string | null;
}

interface World {
  shipments: Map<string, Shipment>;
  manifests: Map<string, Record<string, any>>;
  pickups: Map<string, Record<string, any>>;
  /** Every booking at a carrier behind Karrio, whatever Karrio itself knows of it. */
  booked: Bought[];
}

const names: Readonly<Record<string, string>> = { FedEx: 'fedex', USPS: 'usps', UPS: 'ups', DHLExpress: 'dhl_express' };
const codes: Readonly<Record<number, string>> = { 401: 'authentication_required', 404: 'not_found', 409: 'state_error', 429: 'throttled' };
const refuse = (reply: FastifyReply, status: number, _code: string, message: string): FastifyReply => reply.code(status).send({ errors: [{ code: codes[status] ?? 'failure', message, level: 'error' }] });
let made = 0;
const nextId = (kind: string) => `${kind}_${(++made).toString(16).padStart(32, '0')}`;

/** Karrio, as far as the connector speaks to it. A shipment that is no draft any more cannot be bought. Files that came with a purchase are given later by a call of their own. */
export async function start({ seed = 1 }: { seed?: number } = {}): Promise<SimulatedCarrier> {
  const world: World = { shipments: new Map(), manifests: new Map(), pickups: new Map(), booked: [] };
  return startSimulated({
    seed, refuse, bought: () => world.booked,
    isAuthorized: (headers) => headers['authorization'] === `Token ${karrioKey}`,
    unauthorized: { code: '', message: 'Authentication credentials were not provided.' },
    connection: (url) => ({ settings: { url, settleSeconds: 4 }, secrets: { webhookSecret: 'whsec_simulated0123456789', apiKey: karrioKey } }),
    routes(app, context) {
      draftRoutes(app, world);
      purchaseRoutes(app, world, context);
      trackerRoutes(app, world);
      manifestRoutes(app, world);
      pickupRoutes(app, world);
    },
  });
}

function ratesOf(body: Record<string, any>): Array<Record<string, any>> {
  const [from, to] = body['is_return'] === true ? [body['recipient'], body['shipper']] : [body['shipper'], body['recipient']];
  return ratesFor(Number(body['parcels'][0].weight) * 35.27396195, { country: from.country_code }, { country: to.country_code }).map((rate) => ({
    id: nextId('rat'), object_type: 'rate', carrier_name: names[rate.carrier]!, carrier_id: `${names[rate.carrier]!}-main`, currency: 'USD', service: `${names[rate.carrier]!}_${rate.service.toLowerCase()}`, total_charge: Number(rate.amount), transit_days: rate.days, estimated_delivery: null, extra_charges: [],
    meta: { ext: names[rate.carrier]!, carrier: names[rate.carrier]!, rate_provider: names[rate.carrier]!, service_name: rate.service.toUpperCase() }, test_mode: true,
  }));
}

const isWhole = (body: Record<string, any>) => typeof body['recipient']?.country_code === 'string' && typeof body['shipper']?.country_code === 'string' && typeof body['parcels']?.[0]?.weight === 'number' && body['parcels'][0].weight_unit === 'KG';

function labelOf({ id, labelType }: Shipment): Buffer {
  return labelType === 'PNG' ? onePixel : labelType === 'ZPL' ? zplOf({ lines: [id] }) : pdfOf({ lines: [id] });
}

function shown(of: Shipment, withFiles = false): object {
  const isBought = of.number !== null;
  const document = (category: string, format: string, content: Buffer) => ({ category, format, url: `/v1/shipments/${of.id}/${category}.${format.toLowerCase()}`, base64: withFiles ? content.toString('base64') : null });
  const hasInvoice = isBought && of.body['customs'] != null;
  return {
    ...of.body, id: of.id, object_type: 'shipment', status: of.status, created_at: new Date().toISOString().replace('T', ' ').replace('Z', '000+00:00'), rates: of.rates, selected_rate: of.selected, selected_rate_id: of.selected?.['id'] ?? null, service: of.selected?.['service'] ?? null,
    carrier_name: of.selected?.['carrier_name'] ?? null, carrier_id: of.selected?.['carrier_id'] ?? null, tracking_number: of.number, shipment_identifier: of.number, label_type: of.labelType, meta: isBought ? of.selected!['meta'] : {}, messages: [], test_mode: true,
    label_url: isBought ? `/v1/shipments/${of.id}/label.${of.labelType.toLowerCase()}` : null, invoice_url: hasInvoice ? `/v1/shipments/${of.id}/invoice.pdf` : null,
    shipper: { id: nextId('adr'), object_type: 'address', validation: null, ...of.body['shipper'] },
    shipping_documents: isBought ? [document('label', of.labelType, labelOf(of)), ...(hasInvoice ? [document('invoice', 'PDF', pdfOf({ lines: ['invoice'] }))] : [])] : [],
  };
}

function draftRoutes(app: FastifyInstance, { shipments }: World): void {
  app.post<{ Body: Record<string, any> }>('/v1/proxy/rates', async ({ body }, reply) => (isWhole(body) ? { rates: ratesOf(body), messages: [] } : refuse(reply, 400, '', 'shipper: This field is required.')));
  app.post<{ Body: Record<string, any> }>('/v1/shipments', async ({ body }, reply) => {
    if (!isWhole(body) || String(body['reference'] ?? '').length > 100) return refuse(reply, 400, '', 'shipper: This field is required.');
    const shipment: Shipment = { id: nextId('shp'), status: 'draft', body, rates: ratesOf(body), selected: null, number: null, labelType: body['label_type'] ?? 'PDF', manifest: null };
    if (shipment.rates.length === 0) return reply.code(424).send({ messages: [{ carrier_name: 'ups', carrier_id: 'ups-main', code: '111100', message: 'The requested service is invalid from the selected origin.' }] });
    shipments.set(shipment.id, shipment);
    return reply.code(201).send(shown(shipment));
  });
  app.get<{ Params: { id: string } }>('/v1/shipments/:id', async ({ params }, reply) => (shipments.has(params.id) ? shown(shipments.get(params.id)!) : refuse(reply, 404, '', 'Shipment not found')));
  app.post<{ Params: { id: string } }>('/v1/shipments/:id/rates', async ({ params }, reply) => {
    const of = shipments.get(params.id);
    if (of?.status !== 'draft') return refuse(reply, 409, '', 'Shipment is created and cannot be updated anymore...');
    of.rates = ratesOf(of.body);
    return shown(of);
  });
}

function purchaseRoutes(app: FastifyInstance, { shipments, booked }: World, { faults }: SimulatedContext): void {
  app.post<{ Params: { id: string }; Body: { selected_rate_id?: string; label_type?: string } }>('/v1/shipments/:id/purchase', async ({ params, body }, reply) => {
    const of = shipments.get(params.id);
    if (of === undefined) return refuse(reply, 404, '', 'Shipment not found');
    if (of.status !== 'draft') return refuse(reply, 409, '', `The shipment is '${of.status}' and cannot be purchased again`);
    const rate = of.rates.find((each) => each['id'] === body.selected_rate_id);
    if (rate === undefined) return refuse(reply, 400, '', 'Invalid selected_rate_id');
    const reference = String(of.body['metadata']?.gatehouse ?? '');
    const message = { carrier_name: rate['carrier_name'], carrier_id: rate['carrier_id'], message: 'The carrier refused this package.', code: '120100' };
    if (faults.refused !== '' && reference.endsWith(faults.refused)) return reply.code(424).send({ messages: [message] });
    const number = `${rate['carrier_name'] === 'ups' ? '1Z' : '92'}${String(booked.length + 1).padStart(16, '0')}`;
    booked.push({ id: of.id, reference, trackingNumber: number, cancelled: false });
    Object.assign(of, { status: 'created', selected: rate, number, labelType: body.label_type ?? of.labelType });
    return shown(of, true);
  });
  app.post<{ Params: { id: string } }>('/v1/shipments/:id/cancel', async ({ params }, reply) => {
    const of = shipments.get(params.id);
    if (of === undefined) return refuse(reply, 404, '', 'Shipment not found');
    if (of.status === 'cancelled') return reply.code(202).send(shown(of));
    of.status = 'cancelled';
    for (const each of booked.filter(({ id }) => id === of.id)) each.cancelled = true;
    return shown(of);
  });
  app.post<{ Params: { id: string; kind: string } }>('/v1/shipments/:id/documents/:kind', async ({ params }, reply) => {
    const of = shipments.get(params.id);
    if (of === undefined || of.number === null) return refuse(reply, 404, '', `Shipment '${params.id}' not found or has no ${params.kind}`);
    const content = params.kind === 'label' ? labelOf(of) : pdfOf({ lines: ['invoice'] });
    return { category: params.kind, format: params.kind === 'label' ? of.labelType : 'PDF', base64: content.toString('base64'), url: `/v1/shipments/${of.id}/${params.kind}.pdf` };
  });
}

function trackerRoutes(app: FastifyInstance, { booked, shipments }: World): void {
  const tracker = (number: string, carrier: string, url: string | null = null) => ({
    id: `trk_${number}`, object_type: 'tracker', carrier_name: carrier, carrier_id: `${carrier}-main`, tracking_number: number, status: 'pending', delivered: false, estimated_delivery: '2026-03-09', meta: { ext: carrier, carrier }, metadata: {}, info: { signed_by: null }, messages: [], test_mode: true, delivery_image_url: url, signature_image_url: null,
    events: [{ date: '2026-03-06', time: '03:00 PM', timestamp: '2026-03-06T15:00:00.000Z', status: 'created', code: 'CREATED', reason: null, description: 'Shipment label created', location: '', latitude: null, longitude: null }],
  });
  app.get<{ Params: { number: string } }>('/v1/trackers/:number', async ({ params }, reply) => {
    const of = booked.find((each) => each.trackingNumber === params.number);
    if (of === undefined) return refuse(reply, 404, '', 'Tracking not found');
    return tracker(params.number, shipments.get(of.id)!.selected!['carrier_name'], '/files/delivery.png');
  });
  app.post<{ Body: { tracking_number: string; carrier_name: string } }>('/v1/trackers', async ({ body }, reply) => (Object.values(names).includes(body.carrier_name) ? reply.code(202).send(tracker(body.tracking_number, body.carrier_name)) : refuse(reply, 400, '', 'carrier_name: not a valid choice.')));
}

function manifestRoutes(app: FastifyInstance, { shipments, manifests }: World): void {
  app.post<{ Body: { shipment_ids?: string[]; carrier_name?: string; address?: Record<string, any>; reference?: string } }>('/v1/manifests', async ({ body }, reply) => {
    const wanted = (body.shipment_ids ?? []).flatMap((id) => shipments.get(id) ?? []);
    const usable = wanted.filter((each) => each.manifest === null && each.selected?.['carrier_name'] === body.carrier_name && each.status === 'created');
    if (usable.length === 0 || typeof body.address?.['country_code'] !== 'string' || 'id' in body.address) return refuse(reply, 400, '', 'shipment_ids: One or more shipment ids are invalid or not found.');
    const id = nextId('manf');
    for (const each of usable) each.manifest = id;
    const manifest = { id, object_type: 'manifest', carrier_name: body.carrier_name, carrier_id: `${body.carrier_name}-main`, reference: body.reference ?? null, shipment_identifiers: usable.map((each) => each.number), manifest_url: `/v1/manifests/${id}/manifest.pdf`, options: {}, meta: {}, metadata: {}, messages: [], test_mode: true };
    manifests.set(id, manifest);
    return reply.code(201).send(manifest);
  });
  app.get('/v1/manifests', async () => ({ count: manifests.size, next: null, previous: null, results: [...manifests.values()].reverse() }));
  app.get<{ Params: { id: string } }>('/v1/manifests/:id', async ({ params }, reply) => manifests.get(params.id) ?? refuse(reply, 404, '', 'Manifest not found'));
  app.post<{ Params: { id: string } }>('/v1/manifests/:id/document', async ({ params }, reply) => (manifests.has(params.id) ? { category: 'manifest', format: 'PDF', base64: pdfOf({ lines: [params.id] }).toString('base64'), url: null } : refuse(reply, 404, '', 'Manifest not found')));
}

function pickupRoutes(app: FastifyInstance, { shipments, pickups }: World): void {
  app.post<{ Body: Record<string, any> }>('/v1/pickups', async ({ body }, reply) => {
    const numbers = (body['tracking_numbers'] ?? []) as string[];
    const taken = [...pickups.values()].some((each) => each['status'] === 'scheduled' && (each['tracking_numbers'] as string[]).some((number) => numbers.includes(number)));
    const known = numbers.every((number) => [...shipments.values()].some((each) => each.number === number && each.selected?.['carrier_name'] === body['carrier_code']));
    if (taken || !known || (numbers.length === 0 && !(body['parcels_count'] > 0)) || String(body['instruction'] ?? '').length > 50) return refuse(reply, 400, '', 'tracking_numbers: already scheduled for pickups, or not found.');
    const id = nextId('pck');
    const pickup = { ...body, tracking_numbers: numbers, id, object_type: 'pickup', status: 'scheduled', carrier_name: body['carrier_code'], carrier_id: `${body['carrier_code']}-main`, confirmation_number: `C${pickups.size + 1}`, pickup_charge: { name: 'Pickup fees', amount: 5.5, currency: 'USD' }, meta: {}, test_mode: true };
    pickups.set(id, pickup);
    return reply.code(201).send(pickup);
  });
  app.get('/v1/pickups', async () => ({ count: pickups.size, next: null, previous: null, results: [...pickups.values()].reverse() }));
  app.get<{ Params: { id: string } }>('/v1/pickups/:id', async ({ params }, reply) => pickups.get(params.id) ?? refuse(reply, 404, '', 'Pickup not found'));
  app.post<{ Params: { id: string } }>('/v1/pickups/:id/cancel', async ({ params }, reply) => {
    const of = pickups.get(params.id);
    if (of === undefined) return refuse(reply, 404, '', 'Pickup not found');
    // One that is off already is shown, with a status of refusal.
    if (of['status'] === 'cancelled') return reply.code(409).send(of);
    of['status'] = 'cancelled';
    return of;
  });
}

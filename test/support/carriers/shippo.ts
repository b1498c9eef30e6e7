import type { FastifyInstance, FastifyReply } from 'fastify';
import { ratesFor } from '../../../src/sandbox/parcel/rate-table.js';
import { startSimulated, type Bought, type SimulatedCarrier, type SimulatedContext } from './simulated.js';

export const shippoKey = 'shippo_test_simulated0123456789';

interface Shipment {
  object_id: string;
  metadata: string | null;
  address_from: { object_id: string };
  rates: Array<Record<string, any>>;
  toStreet2: string;
}

interface Transaction {
  object_id: string;
  object_created: string;
  status: string;
  rate: Record<string, any>;
  metadata: string | null;
  tracking_number: string;
  label_file_type: string;
}

interface World {
  shipments: Map<string, Shipment>;
  transactions: Map<string, Transaction>;
  manifests: Map<string, { object_id: string; transactions: string[] }>;
}

const tokens: Readonly<Record<string, string>> = { FedEx: 'fedex', USPS: 'usps', UPS: 'ups', DHLExpress: 'dhl_express' };
const refuse = (reply: FastifyReply, status: number, _code: string, message: string): FastifyReply => reply.code(status).send({ detail: message });
let made = 0;
const nextId = () => (++made).toString(16).padStart(32, '0');

/**
 * Shippo, as far as the connector speaks to it. A rate may be bought again and makes a second transaction, as nothing in its
 * documentation forbids.
 */
export async function start({ seed = 1 }: { seed?: number } = {}): Promise<SimulatedCarrier> {
  const world: World = { shipments: new Map(), transactions: new Map(), manifests: new Map() };
  const bought = (): Bought[] => [...world.transactions.values()].filter((each) => each.status !== 'ERROR').map(({ object_id: id, metadata, tracking_number: number, status }) => ({ id, reference: metadata, trackingNumber: number, cancelled: status.startsWith('REFUND') }));
  return startSimulated({
    seed, refuse, bought,
    isAuthorized: (headers) => headers['authorization'] === `ShippoToken ${shippoKey}`,
    unauthorized: { code: '', message: 'Invalid token.' },
    connection: (url) => ({ settings: { url, settleSeconds: 4 }, secrets: { webhookSecret: 'shippo secret', apiKey: shippoKey } }),
    routes(app, context) {
      shipmentRoutes(app, world);
      transactionRoutes(app, world, context);
      manifestRoutes(app, world, context);
    },
  });
}

function shipmentRoutes(app: FastifyInstance, { shipments }: World): void {
  const shown = ({ toStreet2: _, ...of }: Shipment) => ({ ...of, status: 'SUCCESS', object_created: '2026-03-06T14:00:00.000Z', object_owner: 'tests@example.com', messages: [], parcels: [], carrier_accounts: [], test: true });
  app.post<{ Body: Record<string, any> }>('/shipments/', async ({ body }, reply) => {
    const [from, to, parcel] = [body['address_from'], body['address_to'], body['parcels']?.[0]];
    if (typeof to?.country !== 'string' || parcel?.weight === undefined || parcel.length === undefined) return reply.code(400).send({ parcels: [{ __all__: ['This field is required.'] }] });
    const id = nextId();
    const rates = ratesFor(Number(parcel.weight) * 35.27396195, { country: from.country }, { country: to.country }).map((rate) => ({
      object_id: nextId(), object_created: new Date().toISOString(), amount: rate.amount, amount_local: rate.amount, currency: 'USD', currency_local: 'USD', provider: rate.carrier === 'DHLExpress' ? 'DHL Express' : rate.carrier, attributes: [], carrier_account: `account-${rate.carrier}`, shipment: id, estimated_days: rate.days,
      servicelevel: { name: rate.service, token: `${tokens[rate.carrier]}_${rate.service.toLowerCase()}`, terms: '' }, messages: [], test: true,
    }));
    const shipment: Shipment = { object_id: id, metadata: body['metadata'] ?? null, address_from: { ...from, object_id: nextId() }, rates, toStreet2: String(to.street2 ?? '') };
    shipments.set(id, shipment);
    return reply.code(201).send(shown(shipment));
  });
  app.get<{ Params: { id: string } }>('/shipments/:id/', async ({ params }, reply) => (shipments.has(params.id) ? shown(shipments.get(params.id)!) : refuse(reply, 404, '', 'Not found.')));
  app.get<{ Params: { id: string } }>('/rates/:id', async ({ params }, reply) => [...shipments.values()].flatMap(({ rates }) => rates).find((rate) => rate['object_id'] === params.id) ?? refuse(reply, 404, '', 'Not found.'));
  app.post('/addresses/', async (_request, reply) => reply.code(201).send({ object_id: nextId(), validation_results: { is_valid: false, messages: [{ source: 'USPS', code: 'Invalid City/State/Zip', type: 'address_error', text: 'The City in the address submitted is invalid.' }] } }));
}

function transactionRoutes(app: FastifyInstance, { shipments, transactions }: World, { faults, base }: SimulatedContext): void {
  const extensions: Readonly<Record<string, string>> = { PDF_4x6: 'pdf', ZPLII: 'zpl', PNG: 'png' };
  const url = (of: Transaction) => (of.status === 'ERROR' ? '' : `${base()}/files/${of.object_id}.${extensions[of.label_file_type] ?? 'pdf'}`);
  const common = (of: Transaction) => ({ ...of, object_state: 'VALID', object_owner: 'tests@example.com', test: true, tracking_status: 'UNKNOWN', tracking_url_provider: '', eta: null, label_url: url(of), commercial_invoice_url: null, messages: of.status === 'ERROR' ? [{ source: 'USPS', code: '', text: 'The carrier refused this package.' }] : [], parcel: nextId() });
  const shown = (of: Transaction) => ({ ...common(of), rate: of.rate['object_id'] as string });
  app.post<{ Body: Record<string, any> }>('/transactions/', async ({ body }, reply) => {
    const shipment = [...shipments.values()].find(({ rates }) => rates.some((rate) => rate['object_id'] === body['rate']));
    const rate = shipment?.rates.find((each) => each['object_id'] === body['rate']);
    if (shipment === undefined || rate === undefined) return reply.code(400).send({ rate: ['Rate with supplied object_id not found.'] });
    const isRefused = faults.refused !== '' && shipment.toStreet2.endsWith(faults.refused);
    const transaction: Transaction = {
      object_id: nextId(), object_created: new Date().toISOString(), status: isRefused ? 'ERROR' : 'SUCCESS', rate, metadata: body['metadata'] ?? null, label_file_type: String(body['label_file_type']),
      tracking_number: isRefused ? '' : `${rate['provider'] === 'UPS' ? '1Z' : '92'}${String(transactions.size + 1).padStart(16, '0')}`,
    };
    transactions.set(transaction.object_id, transaction);
    const { object_id, amount, currency, provider, servicelevel } = rate;
    // Of a transaction that was made at once a part of its rate is answered.
    return reply.code(201).send({ ...common(transaction), rate: { object_id, amount, currency, provider, servicelevel_name: servicelevel.name, servicelevel_token: servicelevel.token, carrier_account: rate['carrier_account'] } });
  });
  app.get<{ Querystring: { rate?: string } }>('/transactions/', async ({ query }) => ({ next: null, previous: null, results: [...transactions.values()].filter((each) => query.rate === undefined || each.rate['object_id'] === query.rate).map(shown) }));
  app.get<{ Params: { id: string } }>('/transactions/:id', async ({ params }, reply) => (transactions.has(params.id) ? shown(transactions.get(params.id)!) : refuse(reply, 404, '', 'Not found.')));
  app.post<{ Body: { transaction?: string } }>('/refunds/', async ({ body }, reply) => {
    const transaction = transactions.get(body.transaction ?? '');
    if (transaction?.status !== 'SUCCESS') return reply.code(400).send({ transaction: ['A refund cannot be made for this transaction.'] });
    transaction.status = 'REFUNDPENDING';
    return reply.code(201).send({ object_id: nextId(), object_created: new Date().toISOString(), object_updated: new Date().toISOString(), object_owner: 'tests@example.com', status: 'PENDING', transaction: transaction.object_id, test: true });
  });
  app.get<{ Params: { carrier: string; number: string } }>('/tracks/:carrier/:number', async ({ params }) => ({
    carrier: params.carrier, tracking_number: params.number, messages: [], metadata: null, eta: '2026-03-09T00:00:00Z', original_eta: null, address_from: null, address_to: null, transaction: null,
    tracking_status: { object_id: nextId(), object_created: '2026-03-06T15:00:00Z', object_updated: '2026-03-06T15:00:00Z', status: 'PRE_TRANSIT', status_details: 'Label created', status_date: '2026-03-06T15:00:00Z', substatus: { code: 'information_received', text: 'Information about the package received.', action_required: false }, location: null },
    tracking_history: [],
  }));
}

function manifestRoutes(app: FastifyInstance, { transactions, manifests }: World, { base }: SimulatedContext): void {
  const shown = (of: { object_id: string; transactions: string[] }) => ({ ...of, status: 'SUCCESS', carrier_account: 'account-USPS', shipment_date: '2026-03-06T12:00:00Z', address_from: nextId(), documents: [`${base()}/files/${of.object_id}.pdf`], errors: [], object_created: '2026-03-06T15:00:00Z', object_updated: '2026-03-06T15:00:00Z', object_owner: 'tests@example.com' });
  app.post<{ Body: { transactions?: string[]; carrier_account?: string; address_from?: string } }>('/manifests/', async ({ body }, reply) => {
    const wanted = body.transactions ?? [];
    const isTaken = [...manifests.values()].some((each) => each.transactions.some((id) => wanted.includes(id)));
    if (isTaken || wanted.some((id) => !transactions.has(id)) || body.carrier_account === undefined || body.address_from === undefined) return reply.code(400).send({ transactions: ['A manifest cannot be made for these.'] });
    const manifest = { object_id: nextId(), transactions: wanted };
    manifests.set(manifest.object_id, manifest);
    return reply.code(201).send(shown(manifest));
  });
  app.get('/manifests/', async () => ({ next: null, previous: null, results: [...manifests.values()].map(shown) }));
  app.get<{ Params: { id: string } }>('/manifests/:id', async ({ params }, reply) => (manifests.has(params.id) ? shown(manifests.get(params.id)!) : refuse(reply, 404, '', 'Not found.')));
}

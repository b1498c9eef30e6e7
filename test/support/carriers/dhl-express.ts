import type { FastifyInstance, FastifyReply } from 'fastify';
import { booked, rated, rates, refusal, tracked } from './dhl-express-answers.js';
import { startSimulated, type Bought, type SimulatedCarrier, type SimulatedContext } from './simulated.js';

const [apiKey, apiSecret] = ['simulated-key', 'simulated-secret'];

interface Shipment {
  number: string;
  reference: string;
  isFetched: boolean;
}

interface ShipRequest {
  plannedShippingDateAndTime: string;
  pickup: { isRequested: boolean };
  customerReferences: Array<{ value: string; typeCode: string }>;
  outputImageProperties: { encodingFormat: string; imageOptions: Array<{ typeCode: string; isRequested?: boolean }> };
  customerDetails: { receiverDetails: { postalAddress: { addressLine1: string; addressLine2?: string } } };
  content: { isCustomsDeclarable: boolean; exportDeclaration?: object };
}

/** How a simulated DHL Express can be told that its courier has a parcel: `POST /fetched/<number>`. */
const refuse = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply => reply.code(status).send(refusal(status, `${code}: ${message}`));

/** DHL Express, as far as the connector speaks to it. Who books under one reference twice has booked twice; a label is given once, and nothing is taken back. */
export async function start({ seed = 1 }: { seed?: number } = {}): Promise<SimulatedCarrier> {
  const shipments: Shipment[] = [];
  const asUuid = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const bought = (): Bought[] => shipments.map(({ number, reference }) => ({ id: number, reference: asUuid(reference), trackingNumber: number, cancelled: false }));
  const basic = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
  return startSimulated({
    seed, refuse, bought,
    isAuthorized: (headers) => headers['authorization'] === basic,
    unauthorized: { code: '401', message: 'Invalid Credentials' },
    connection: (url) => ({ settings: { url, accountNumber: '123456789', settleSeconds: 4 }, secrets: { apiKey, apiSecret } }),
    routes: (app, context) => shipmentRoutes(app, shipments, context),
  });
}

function shipmentRoutes(app: FastifyInstance, shipments: Shipment[], { faults }: SimulatedContext): void {
  app.post<{ Body: { customerDetails: { receiverDetails: { countryCode: string } } } }>('/rates', async ({ body }) =>
    rates(body.customerDetails.receiverDetails.countryCode === 'US' ? [rated('N', 'EXPRESS DOMESTIC', 9.1, 2, '2026-03-10T23:59:00'), rated('I', 'EXPRESS DOMESTIC 9:00', 31, 1, '2026-03-09T09:00:00')] : [rated('P', 'EXPRESS WORLDWIDE', 61.2, 4, '2026-03-12T23:59:00')]));
  app.post<{ Body: ShipRequest }>('/shipments', async ({ body }, reply) => {
    const { customerReferences, outputImageProperties: { encodingFormat, imageOptions }, customerDetails, content, plannedShippingDateAndTime, pickup } = body;
    const reference = customerReferences.find((each) => each.typeCode === 'CU')?.value;
    if (reference === undefined || reference.length > 35) return refuse(reply, 422, '422', '#/customerReferences/0/value: expected maxLength: 35');
    if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2} GMT[+-]\d{2}:\d{2}$/.test(plannedShippingDateAndTime)) return refuse(reply, 400, '998', 'ShipTimeStamp is not well formatted.');
    if (encodingFormat !== 'pdf' && encodingFormat !== 'zpl') return refuse(reply, 422, '422', '#/outputImageProperties/encodingFormat: not a valid enum value');
    if (pickup.isRequested || content.isCustomsDeclarable !== (content.exportDeclaration !== undefined)) return refuse(reply, 400, '1001', 'What is asked for does not hang together.');
    const { addressLine1, addressLine2 } = customerDetails.receiverDetails.postalAddress;
    if (faults.refused !== '' && [addressLine1, addressLine2].some((line) => line?.endsWith(faults.refused))) return refuse(reply, 400, '7008', 'The requested product is not available between this origin and destination.');
    const number = `53745${String(shipments.length + 1).padStart(5, '0')}`;
    shipments.push({ number, reference, isFetched: false });
    return reply.code(201).send(booked(number, encodingFormat, imageOptions.some((option) => option.typeCode === 'invoice' && option.isRequested === true)));
  });
  app.get<{ Querystring: { shipmentReference: string } }>('/tracking', async ({ query }, reply) => {
    const found = shipments.filter((each) => each.reference === query.shipmentReference);
    if (found.length === 0) return reply.code(404).send(refusal(404, `No Shipments Found for ReferenceID | ${query.shipmentReference}`));
    return { shipments: found.flatMap(({ number, reference }) => (tracked(number, reference, null) as { shipments: object[] }).shipments) };
  });
  app.get<{ Params: { number: string } }>('/shipments/:number/tracking', async ({ params }, reply) => {
    const of = shipments.find((each) => each.number === params.number);
    return of === undefined ? reply.code(404).send(refusal(404, 'No data found')) : tracked(of.number, of.reference, of.isFetched ? 'PU' : 'DUMMY_PU');
  });
  app.post<{ Params: { number: string } }>('/fetched/:number', async ({ params }) => {
    shipments.find((each) => each.number === params.number)!.isFetched = true;
    return {};
  });
}

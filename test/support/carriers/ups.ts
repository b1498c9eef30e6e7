import type { FastifyInstance, FastifyReply } from 'fastify';
import { startSimulated, type Bought, type SimulatedCarrier, type SimulatedContext } from './simulated.js';
import { booked, rated, rates, recovered, refusal, token, voided } from './ups-answers.js';

const [clientId, clientSecret] = ['simulated-client', 'simulated-secret'];
const bearer = 'simulated-token-of-ups';

interface Shipment {
  number: string;
  /** The reference of ours by which labels are recovered, and our own name, which UPS only repeats. */
  value: string;
  context: string;
  voided: boolean;
}

interface ShipRequest {
  Request: { TransactionReference: { CustomerContext: string } };
  Shipment: { ShipmentServiceOptions?: { InternationalForms?: { FormType: string[]; Product: Array<{ Description: string[]; Unit: { Number: string; Value: string } }>; Contacts: { SoldTo: { AttentionName: string } } } }; ReferenceNumber?: Array<{ Value: string }>; Package: Array<{ ReferenceNumber?: Array<{ Value: string }> }> };
  LabelSpecification: { LabelImageFormat: { Code: string } };
}
interface RecoveryRequest {
  TrackingNumber?: string;
  ReferenceValues?: { ReferenceNumber: { Value: string }; ShipperNumber: string };
  LabelSpecification: { LabelImageFormat: { Code: string } };
}

const ownCodes: Readonly<Record<number, string>> = { 429: '10429', 503: '10004', 401: '250002' };
const refuse = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply => reply.code(status).send(refusal(ownCodes[status] ?? code, message));

/** UPS, as far as the connector speaks to it. Who books under one reference twice has booked twice. */
export async function start({ seed = 1 }: { seed?: number } = {}): Promise<SimulatedCarrier> {
  const shipments: Shipment[] = [];
  const bought = (): Bought[] => shipments.map(({ number, context, voided: cancelled }) => ({ id: number, reference: context, trackingNumber: number, cancelled }));
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  return startSimulated({
    seed, refuse, bought,
    isAuthorized: (headers) => headers['authorization'] === `Bearer ${bearer}` || headers['authorization'] === basic,
    unauthorized: { code: '250002', message: 'Invalid Authentication Information.' },
    connection: (url) => ({ settings: { url, accountNumber: 'X12345', settleSeconds: 4 }, secrets: { webhookSecret: 'whsec_test', apiKey: clientId, apiSecret: clientSecret } }),
    routes(app, context) {
      app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, new URLSearchParams(String(body))));
      app.post<{ Body: URLSearchParams }>('/security/v1/oauth/token', async ({ body }, reply) => (body.get('grant_type') === 'client_credentials' ? token(bearer) : refuse(reply, 400, '10400', 'Invalid/Missing Authorization Header')));
      shipmentRoutes(app, shipments, context);
    },
  });
}

function shipmentRoutes(app: FastifyInstance, shipments: Shipment[], { faults }: SimulatedContext): void {
  app.post<{ Body: { RateRequest: { Shipment: { ShipTo: { Address: { CountryCode: string } } } } } }>('/api/rating/v2409/Shoptimeintransit', async ({ body }) => {
    const isNear = body.RateRequest.Shipment.ShipTo.Address.CountryCode === 'US';
    return rates(isNear ? [rated('03', '14.10', '9.10', '2', '20260310'), rated('01', '31.00', null, '1', '20260309')] : [rated('65', '74.00', '61.20', '4', '20260312')]);
  });
  app.post<{ Body: { ShipmentRequest: ShipRequest } }>('/api/shipments/v2409/ship', async ({ body }, reply) => {
    const { Request, Shipment, LabelSpecification } = body.ShipmentRequest;
    const context = Request.TransactionReference.CustomerContext;
    const value = Shipment.Package[0]?.ReferenceNumber?.[0]?.Value ?? Shipment.ReferenceNumber?.[0]?.Value;
    const format = LabelSpecification.LabelImageFormat.Code;
    if (value === undefined || value.length > 35) return refuse(reply, 400, '120541', 'Missing or invalid reference number.');
    if (format !== 'GIF' && format !== 'ZPL') return refuse(reply, 400, '120517', 'Invalid label image format.');
    if (faults.refused !== '' && context.endsWith(faults.refused)) return refuse(reply, 400, '120120', 'The requested service is unavailable between the selected locations.');
    const number = `1ZX12345${String(shipments.length + 1).padStart(10, '0')}`;
    shipments.push({ number, value, context, voided: false });
    return booked(number, format, Shipment.ShipmentServiceOptions?.InternationalForms?.FormType.includes('01') === true);
  });
  app.post<{ Body: { LabelRecoveryRequest: RecoveryRequest } }>('/api/labels/v1/recovery', async ({ body }, reply) => {
    const { TrackingNumber, ReferenceValues, LabelSpecification } = body.LabelRecoveryRequest;
    const found = shipments.filter((each) => (TrackingNumber === undefined ? each.value === ReferenceValues?.ReferenceNumber.Value : each.number === TrackingNumber));
    if (found.length === 0) return refuse(reply, 400, '300007', 'The shipment for the requested tracking number or the combination of reference number plus shipper number could not be found.');
    if (found.length > 1) return refuse(reply, 400, '300001', 'Multiple shipments found for the request');
    if (found[0]!.voided) return refuse(reply, 400, '300033', 'The shipment for which you are trying to recover a label or Receipt has been voided.');
    return recovered(found[0]!.number, LabelSpecification.LabelImageFormat.Code);
  });
  app.delete<{ Params: { number: string } }>('/api/shipments/v2409/void/cancel/:number', async ({ params }, reply) => {
    const of = shipments.find((each) => each.number === params.number);
    if (of === undefined) return refuse(reply, 400, '190102', 'No shipment found within the allowed void period');
    if (of.voided) return refuse(reply, 400, '190117', 'The Shipment has already been voided');
    of.voided = true;
    return voided();
  });
  app.get<{ Params: { number: string } }>('/api/track/v1/details/:number', async ({ params }, reply) => {
    const of = shipments.find((each) => each.number === params.number);
    if (of === undefined) return refuse(reply, 404, 'TW0001', 'Tracking Information Not Found');
    const status = { type: 'M', description: 'Shipper created a label, UPS has not received the package yet. ', code: 'MP', statusCode: '003' };
    return { trackResponse: { shipment: [{ inquiryNumber: of.number, package: [{ trackingNumber: of.number, activity: [{ location: { address: { country: 'US' } }, status, date: '20260306', time: '080000', gmtDate: '20260306', gmtTime: '14:00:00', gmtOffset: '-06:00' }] }] }] } };
  });
  app.post<{ Params: { version: string }; Body: { trackingNumberList: string[]; destination?: { url: string; credential: string } } }>('/api/track/:version/subscription/standard/package', async ({ params, body }, reply) => {
    if (body.trackingNumberList.length > 100) return refuse(reply, 400, 'VSS220', 'You have submitted over 100 tracking numbers which is not allowed.');
    if (params.version === 'v1' && (body.destination?.url ?? '') === '') return refuse(reply, 400, 'VSS600', 'URL is empty or not present. The Subscription request has been rejected.');
    return { validTrackingNumbers: body.trackingNumberList.filter((number) => number.startsWith('1Z')), invalidTrackingNumbers: body.trackingNumberList.filter((number) => !number.startsWith('1Z')) };
  });
}

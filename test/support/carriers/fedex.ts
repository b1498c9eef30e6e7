import type { FastifyInstance, FastifyReply } from 'fastify';
import { booked, cancellation, closed, rated, rates, refusal, token, tracked } from './fedex-answers.js';
import { startSimulated, type Bought, type SimulatedCarrier, type SimulatedContext } from './simulated.js';

const [apiKey, apiSecret] = ['simulated-key', 'simulated-secret'];
const bearer = 'simulated-token-of-fedex';

interface Shipment {
  number: string;
  reference: string;
  cancelled: boolean;
  /** Which close of the day it was on. */
  cycle: number | null;
}

interface ShipRequest {
  requestedShipment: {
    recipients: [{ address: { streetLines: string[] } }];
    labelSpecification: { imageType: string };
    customsClearanceDetail?: { commodities: unknown[]; totalCustomsValue: { amount: number } };
    shippingDocumentSpecification?: { shippingDocumentTypes: string[] };
    requestedPackageLineItems: [{ customerReferences?: Array<{ customerReferenceType: string; value: string }> }];
  };
}

const ownCodes: Readonly<Record<number, string>> = { 429: 'TOO.MANY.REQUESTS', 503: 'SERVICE.UNAVAILABLE.ERROR', 401: 'NOT.AUTHORIZED.ERROR' };
const refuse = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply => reply.code(status).send(refusal(ownCodes[status] ?? code, message));

/** FedEx, as far as the connector speaks to it. Who books under one reference twice has booked twice; a label is given once. */
export async function start({ seed = 1 }: { seed?: number } = {}): Promise<SimulatedCarrier> {
  const shipments: Shipment[] = [];
  const asUuid = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const bought = (): Bought[] => shipments.map(({ number, reference, cancelled }) => ({ id: number, reference: asUuid(reference), trackingNumber: number, cancelled }));
  return startSimulated({
    seed, refuse, bought,
    isAuthorized: (headers) => headers['authorization'] === `Bearer ${bearer}` || headers['content-type'] === 'application/x-www-form-urlencoded',
    unauthorized: { code: 'NOT.AUTHORIZED.ERROR', message: 'Access token expired. Please modify your request and try again.' },
    connection: (url) => ({ settings: { url, accountNumber: '123456789', settleSeconds: 4 }, secrets: { webhookSecret: 'whsec_test', apiKey, apiSecret } }),
    routes(app, context) {
      app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, new URLSearchParams(String(body))));
      app.post<{ Body: URLSearchParams }>('/oauth/token', async ({ body }, reply) => (body.get('client_id') === apiKey && body.get('client_secret') === apiSecret ? token(bearer) : refuse(reply, 401, 'NOT.AUTHORIZED.ERROR', 'The given client credentials were not valid.')));
      shipmentRoutes(app, shipments, context);
    },
  });
}

function shipmentRoutes(app: FastifyInstance, shipments: Shipment[], { faults }: SimulatedContext): void {
  app.post('/rate/v1/rates/quotes', async () => rates([rated('FEDEX_GROUND', 'FedEx Ground®', 9.1, 'TWO_DAYS', '2026-03-10'), rated('PRIORITY_OVERNIGHT', 'FedEx Priority Overnight®', 31, 'ONE_DAY', '2026-03-09')]));
  app.post<{ Body: ShipRequest }>('/ship/v1/shipments', async ({ body }, reply) => {
    const { recipients: [to], labelSpecification, requestedPackageLineItems: [line], customsClearanceDetail: customs, shippingDocumentSpecification: papers } = body.requestedShipment;
    const reference = line.customerReferences?.find((each) => each.customerReferenceType === 'CUSTOMER_REFERENCE')?.value;
    if (reference === undefined || reference.length > 40) return refuse(reply, 400, 'CUSTOMERREFERENCE.VALUE.INVALID', 'Invalid customer reference.');
    if (faults.refused !== '' && to.address.streetLines.some((text) => text.endsWith(faults.refused))) return refuse(reply, 400, 'SERVICE.PACKAGECOMBINATION.INVALID', 'Invalid service and packaging combination.');
    const number = `7948${String(shipments.length + 1).padStart(8, '0')}`;
    shipments.push({ number, reference, cancelled: false, cycle: null });
    return booked(number, labelSpecification.imageType, customs !== undefined && papers?.shippingDocumentTypes.includes('COMMERCIAL_INVOICE') === true);
  });
  app.put<{ Body: { trackingNumber: string } }>('/ship/v1/shipments/cancel', async ({ body }, reply) => {
    const of = shipments.find((each) => each.number === body.trackingNumber);
    if (of === undefined) return refuse(reply, 404, 'TRACKINGNUMBER.ENTERED.INVALID', 'The tracking number entered is invalid.');
    if (of.cancelled) return refuse(reply, 400, 'SHIPMENT.ALREADY.CANCELLED', 'The shipment was cancelled already.');
    of.cancelled = true;
    return cancellation(true);
  });
  const onCycle = (cycle: number) => shipments.filter((each) => each.cycle === cycle).map((each) => each.number);
  app.put('/ship/v1/endofday/', async () => {
    const cycle = 1 + Math.max(0, ...shipments.map((each) => each.cycle ?? 0));
    for (const each of shipments) if (!each.cancelled) each.cycle ??= cycle;
    return closed(onCycle(cycle));
  });
  app.post<{ Body: { trackingNumber: string } }>('/ship/v1/endofday/', async ({ body }, reply) => {
    const cycle = shipments.find((each) => each.number === body.trackingNumber)?.cycle ?? null;
    return cycle === null ? refuse(reply, 400, 'CLOSE.REPORTNOTFOUND', 'No report was found.') : closed(onCycle(cycle));
  });
  app.post<{ Body: { referencesInformation: { value: string } } }>('/track/v1/referencenumbers', async ({ body }) => {
    const { value } = body.referencesInformation;
    // All of them: one that was cancelled does not hide another that stands.
    const found = shipments.filter((each) => each.reference === value);
    const [first, ...others] = (found.length === 0 ? [null] : found).map((of) => tracked(value, of?.number ?? null, of?.cancelled === true ? 'CA' : 'OC') as { output: { completeTrackResults: [{ trackResults: object[] }] } });
    first!.output.completeTrackResults[0].trackResults.push(...others.flatMap((each) => each.output.completeTrackResults[0].trackResults));
    return first!;
  });
  app.post<{ Body: { trackingInfo: [{ trackingNumberInfo: { trackingNumber: string } }] } }>('/track/v1/trackingnumbers', async ({ body }) => {
    const { trackingNumber } = body.trackingInfo[0].trackingNumberInfo;
    const of = shipments.find((each) => each.number === trackingNumber);
    const answer = tracked(trackingNumber, of?.number ?? null) as { output: { completeTrackResults: [{ trackResults: Array<Record<string, unknown>> }] } };
    if (of !== undefined) answer.output.completeTrackResults[0].trackResults[0]!['scanEvents'] = [{ date: '2026-03-06T10:05:00-06:00', eventType: 'OC', eventDescription: 'Shipment information sent to FedEx', scanLocation: { countryCode: 'US' } }];
    return answer;
  });
}

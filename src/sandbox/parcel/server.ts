import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Faults } from '../webhooks.js';
import type { Random } from '../random.js';
import { bookingRoutes } from './booking-routes.js';
import type { Carrier } from './carrier.js';
import type { Pickups } from './pickups.js';
import { refuse } from './refuse.js';
import type { Shipments } from './shipments.js';
import { trackerObject } from './tracker.js';

/** The key that the simulated aggregator takes, as user name of Basic authentication. */
export const parcelApiKey = 'EZTKsandbox';

const carrierNames = ['FedEx', 'UPS', 'USPS', 'DHLExpress'] as const;
const creation = z.object({ tracker: z.object({ tracking_code: z.string().trim().min(1).max(100), carrier: z.enum(carrierNames).optional() }) });

/** EasyPost's API, as far as it is simulated: trackers, shipments with their labels, scan forms, pickups, addresses. */
export function createParcelServer(carrier: Carrier, faults: Faults, booking: { shipments: Shipments; pickups: Pickups; random: Random }): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    if (faults.parcelUnavailable) return refuse(reply, 503, 'SERVICE_UNAVAILABLE', 'The service is unavailable. Try again later.');
    if (request.url.startsWith('/files/') || request.url.startsWith('/sandbox/')) return undefined;
    if (request.headers.authorization !== `Basic ${Buffer.from(`${parcelApiKey}:`).toString('base64')}`) return refuse(reply, 401, 'APIKEY.INACTIVE', 'This api key is no longer active. Please use a different api key or reactivate this key.');
    return undefined;
  });
  app.post('/v2/trackers', async (request, reply) => {
    const parsed = creation.safeParse(request.body);
    if (!parsed.success) return refuse(reply, 422, 'PARAMETER.INVALID', `${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`);
    const { tracking_code, carrier: name } = parsed.data.tracker;
    const { tracker, isNew } = carrier.createTracker(tracking_code, name ?? detectCarrier(tracking_code));
    return reply.code(isNew ? 201 : 200).send(trackerObject(tracker));
  });
  app.get<{ Params: { id: string } }>('/v2/trackers/:id', async (request, reply) => {
    const tracker = carrier.tracker(request.params.id);
    return tracker === undefined ? refuse(reply, 404, 'NOT_FOUND', 'The requested resource could not be found.') : trackerObject(tracker);
  });
  bookingRoutes(app, { ...booking, carrier, faults: faults.parcelApi, base: () => `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` });
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'NOT_FOUND', 'The requested resource could not be found.'));
  return app;
}

/** By the form of the number, as EasyPost does where no carrier is named. */
function detectCarrier(code: string): (typeof carrierNames)[number] {
  if (/^1Z/i.test(code)) return 'UPS';
  if (/^9\d{21}$/.test(code)) return 'USPS';
  return /^\d{10}$/.test(code) ? 'DHLExpress' : 'FedEx';
}

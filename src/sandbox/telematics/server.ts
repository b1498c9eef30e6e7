import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Fleet } from './fleet.js';
import { warehouseSite } from './geography.js';
import type { Reading, Truck } from './truck.js';

/** The token that the simulated telematics take. */
export const telematicsToken = 'samsara_api_sandbox';

/** Samsara's API, as far as it is simulated: the feed of vehicle statistics, and the vehicles. */
export function createTelematicsServer(fleet: Fleet): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => (request.headers.authorization === `Bearer ${telematicsToken}` ? undefined : refuse(reply, 401, 'Unauthorized')));
  app.get<{ Querystring: { types?: string; after?: string } }>('/fleet/vehicles/stats/feed', async (request, reply) => {
    const { types, after } = request.query;
    if (types !== 'gps') return refuse(reply, 400, 'Of the types of statistics only gps is simulated.');
    if (after !== undefined && !/^\d{1,15}$/.test(after)) return refuse(reply, 400, 'Invalid pagination cursor.');
    const untilMs = Date.now();
    const data = fleet.trucks.flatMap((truck) => {
      const gps = fleet.readings(truck, after === undefined ? null : Number(after), untilMs);
      return gps.length === 0 ? [] : [{ ...vehicle(truck), gps: gps.map(position) }];
    });
    return { data, pagination: { endCursor: String(untilMs), hasNextPage: false } };
  });
  app.get('/fleet/vehicles', async () => ({ data: fleet.trucks.map((truck) => ({ ...vehicle(truck), licensePlate: truck.licensePlate })), pagination: { endCursor: '', hasNextPage: false } }));
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'Not Found'));
  return app;
}

function vehicle({ id, name, licensePlate }: Truck) {
  return { id, name, licensePlate, externalIds: { 'samsara.serial': `GW${id.slice(-6)}` } };
}

function position({ atMs, latitude, longitude, headingDegrees, speedMilesPerHour }: Reading) {
  const isHome = latitude === warehouseSite.at.latitude && longitude === warehouseSite.at.longitude;
  return { time: new Date(atMs).toISOString(), latitude, longitude, headingDegrees, speedMilesPerHour, reverseGeo: { formattedLocation: isHome ? warehouseSite.address : 'Memphis, TN' }, isEcuSpeed: false };
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ message, requestId: 'sandbox' });
}

import { fastify, type FastifyInstance } from 'fastify';
import type { Dispatcher } from './dispatcher.js';
import { tripObject } from './trip.js';

/** The bearer token that the simulated transport management system takes. */
export const tmsApiToken = 'sandbox-tms-token';

/** Trips by the paths of the Open Trip Model, to be read. */
export function createTmsServer(dispatcher: Dispatcher): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => (request.headers.authorization === `Bearer ${tmsApiToken}` ? undefined : reply.code(401).send({ error: 'Unauthorized' })));
  app.get('/api/v5/trips', async () => dispatcher.trips().map(tripObject));
  app.get<{ Params: { id: string } }>('/api/v5/trips/:id', async (request, reply) => {
    const trip = dispatcher.trip(request.params.id);
    return trip === undefined ? reply.code(404).send({ error: 'Not Found' }) : tripObject(trip);
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'Not Found' }));
  return app;
}

import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import { z } from 'zod';
import { appointmentObject, type Scheduler } from './scheduler.js';

/** Who may call the simulated dock scheduler. */
export const dockLogin = { email: 'dispatch@harbor-supply.example', password: 'sandbox-password' } as const;
const accessToken = 'sandbox-jwt';

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const login = z.object({ email: z.string(), password: z.string() });
/** `earlier` is no field of Opendock: what happened before the sandbox began. */
const booking = z.object({ start: instant, end: instant, refNumbers: z.array(z.string()).max(100), carrier: z.string().min(1), earlier: z.boolean().optional() });
const checkIn = z.object({ appointmentId: z.string(), licensePlate: z.string(), at: instant, earlier: z.boolean().optional() });
const departure = z.object({ assetVisitId: z.string(), eventType: z.literal('Departed'), at: instant });

/** Opendock's API, as far as it is simulated: log in, book, read, check in, depart. */
export function createDockServer(scheduler: Scheduler): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/auth/login') return undefined;
    return request.headers.authorization === `Bearer ${accessToken}` ? undefined : refuse(reply, 401, 'Unauthorized');
  });
  app.post('/auth/login', async (request, reply) => {
    const parsed = login.safeParse(request.body);
    if (!parsed.success || parsed.data.email !== dockLogin.email || parsed.data.password !== dockLogin.password) return refuse(reply, 401, 'Unauthorized');
    return reply.code(201).send({ access_token: accessToken });
  });
  app.post('/appointment', async (request, reply) => {
    const parsed = booking.safeParse(request.body);
    if (!parsed.success) return refuse(reply, 400, 'Bad Request');
    const { start, end, refNumbers, carrier, earlier } = parsed.data;
    return reply.code(201).send({ data: appointmentObject(scheduler.book({ startMs: start, endMs: end, refNumbers, carrier }, earlier)) });
  });
  app.get<{ Params: { id: string } }>('/appointment/:id', async (request, reply) => {
    const appointment = scheduler.appointment(request.params.id);
    return appointment === undefined ? refuse(reply, 404, 'Not Found') : { data: appointmentObject(appointment) };
  });
  app.post('/asset-visit', async (request, reply) => {
    const parsed = checkIn.safeParse(request.body);
    if (!parsed.success) return refuse(reply, 400, 'Bad Request');
    const { appointmentId, licensePlate, at, earlier } = parsed.data;
    const id = scheduler.checkIn({ appointmentId, licensePlate, atMs: at }, earlier);
    return id === null ? refuse(reply, 404, 'Not Found') : reply.code(201).send({ data: { id } });
  });
  app.post('/asset-visit/event', async (request, reply) => {
    const parsed = departure.safeParse(request.body);
    if (!parsed.success) return refuse(reply, 400, 'Bad Request');
    return scheduler.depart(parsed.data.assetVisitId, parsed.data.at) ? reply.code(201).send({}) : refuse(reply, 404, 'Not Found');
  });
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'Not Found'));
  return app;
}

function refuse(reply: FastifyReply, statusCode: number, message: string): FastifyReply {
  return reply.code(statusCode).send({ statusCode, message });
}

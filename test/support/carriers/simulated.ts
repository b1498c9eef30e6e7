import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import type { Json } from '../../../src/lib/json.js';
import { apiFaults, injectFaults, noApiFaults, type ApiFaults, type Refusal } from '../../../src/sandbox/parcel/api-faults.js';
import { pdfOf, zplOf } from '../../../src/sandbox/parcel/label-files.js';
import { Random } from '../../../src/sandbox/random.js';

/** A purchase, as a simulated carrier knows it. */
export interface Bought {
  /** The carrier's id of it. */
  id: string;
  /** Our reference, as it came. */
  reference: string | null;
  trackingNumber: string;
  cancelled: boolean;
}

/** A carrier of tests, in its own wire format, with faults that may be changed while it runs. */
export interface SimulatedCarrier {
  url: string;
  /** Settings and secrets of a connection that reaches it. */
  connection: { settings: Record<string, Json>; secrets: Record<string, string> };
  faults: ApiFaults;
  change(faults: Partial<ApiFaults>): void;
  bought(): Bought[];
  cancelled(): Bought[];
  close(): Promise<void>;
}

export interface SimulatedOptions {
  seed?: number;
  /** The proof that every call of the API carries. */
  isAuthorized(headers: Record<string, unknown>): boolean;
  refuse: Refusal;
  /** Of a call without its proof. */
  unauthorized: { code: string; message: string };
  routes(app: FastifyInstance, context: SimulatedContext): void;
  bought(): Bought[];
  connection(url: string): SimulatedCarrier['connection'];
}

export interface SimulatedContext {
  faults: ApiFaults;
  /** Address of this server, once it listens. */
  base(): string;
}

/** One pixel. */
export const onePixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const mediaTypes: Readonly<Record<string, string>> = { pdf: 'application/pdf', zpl: 'application/zpl', png: 'image/png' };

/** Starts a carrier on loopback: faults happen to its API; files under /files/ and what is under /sandbox/ are without proof and fault. */
export async function startSimulated(options: SimulatedOptions): Promise<SimulatedCarrier> {
  const faults: ApiFaults = { ...noApiFaults };
  const counts: Record<string, number> = {};
  const app = fastify({ forceCloseConnections: true });
  const base = () => `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const cancelled = () => options.bought().filter((each) => each.cancelled);
  void app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => (options.isAuthorized(request.headers) ? undefined : options.refuse(reply, 401, options.unauthorized.code, options.unauthorized.message)));
    injectFaults(scope, faults, new Random((options.seed ?? 1) + 1), counts, options.refuse);
    options.routes(scope, { faults, base });
  });
  app.get<{ Params: { name: string } }>('/files/:name', async (request, reply) => {
    const [, name, extension] = /^([\w-]+)\.(pdf|zpl|png)$/.exec(request.params.name) ?? [];
    if (name === undefined) return reply.code(404).send();
    return reply.type(mediaTypes[extension!]!).send(extension === 'png' ? onePixel : extension === 'zpl' ? zplOf({ lines: [name] }) : pdfOf({ lines: [name] }));
  });
  app.post('/sandbox/faults', async (request) => Object.assign(faults, apiFaults.partial().parse(request.body)));
  app.get('/sandbox/bookings', async () => ({ bought: options.bought(), faults: counts }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url, faults, connection: options.connection(url), bought: options.bought, cancelled,
    change: (given) => void Object.assign(faults, given),
    close: () => app.close(),
  };
}

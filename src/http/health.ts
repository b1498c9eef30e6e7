import type { FastifyInstance } from 'fastify';
import { GatehouseError } from '../lib/errors.js';
import type { Metric } from '../lib/metric.js';

export interface HealthOptions {
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  metrics(): Promise<Metric[]>;
  /** @throws GatehouseError when this token may not read metrics */
  authorize(authorization: string | undefined): Promise<void>;
}

/** /healthz: the process lives. /readyz: it can serve. /metrics: figures, with a token. */
export function healthRoutes(app: FastifyInstance, options: HealthOptions): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    try {
      await options.ping();
    } catch (cause) {
      throw new GatehouseError('UNAVAILABLE', 'The database does not answer.', { retryAfter: 5, cause });
    }
    return { status: 'ready' };
  });
  app.get('/metrics', async (request, reply) => {
    await options.authorize(request.headers.authorization);
    const lines = (await options.metrics()).flatMap(({ name, help, values }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} gauge`,
      ...values.map(({ labels, value }) => `${name}${labels === undefined ? '' : `{${Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`).join(',')}}`} ${value}`),
    ]);
    return reply.type('text/plain; version=0.0.4').send(`${lines.join('\n')}\n`);
  });
}

import type { FastifyInstance } from 'fastify';
import { GatehouseError } from '../lib/errors.js';
import { sameText } from '../lib/same-text.js';

export interface ControlOptions {
  /** Known only to who may read the data folder. */
  secret: string;
  /**
   * Runs a command of the command line in this process, line by line.
   * @param by user of the system who runs it
   */
  run(command: string, options: Record<string, unknown>, by: string): AsyncIterable<string>;
}

/**
 * POST /control: the command line, when this process owns the embedded database. Answers lines of
 * JSON: {"line"} for output, at the end {"done": true} or {"error"}.
 */
export function controlRoutes(app: FastifyInstance, { secret, run }: ControlOptions): void {
  app.post<{ Body: { command?: unknown; options?: unknown; by?: unknown } }>('/control', async (request, reply) => {
    const given = request.headers['x-gatehouse-control'];
    if (typeof given !== 'string' || !sameText(given, secret)) throw new GatehouseError('NOT_FOUND', 'There is nothing at this address.');
    const { command, options, by } = request.body ?? {};
    if (typeof command !== 'string' || typeof by !== 'string' || typeof options !== 'object' || options === null) throw new GatehouseError('BAD_INPUT');
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    try {
      for await (const line of run(command, options as Record<string, unknown>, by)) reply.raw.write(`${JSON.stringify({ line })}\n`);
      reply.raw.end(`${JSON.stringify({ done: true })}\n`);
    } catch (error) {
      const known = error instanceof GatehouseError;
      reply.raw.end(`${JSON.stringify({ error: known ? error.message : 'The command failed in the server; its log says why.' })}\n`);
      if (!known) throw error;
    }
  });
}

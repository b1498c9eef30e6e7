import type { FastifyReply } from 'fastify';

/** A refusal in EasyPost's wire format. */
export function refuse(reply: FastifyReply, status: number, code: string, message: string, errors: unknown[] = []): FastifyReply {
  return reply.code(status).send({ error: { code, message, errors } });
}

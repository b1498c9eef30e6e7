import type { FastifyInstance } from 'fastify';

/** What nothing here needs of a browser. */
const unneeded = ['accelerometer', 'camera', 'display-capture', 'geolocation', 'gyroscope', 'magnetometer', 'microphone', 'midi', 'payment', 'usb'];

const always = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': unneeded.map((name) => `${name}=()`).join(', '),
  // Of answers that are no page: a browser that shows one all the same runs and loads nothing. Pages set their own.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
} as const;

/** A year; of this host alone, for we do not know who has the others of the domain. */
const strictTransport = 'max-age=31536000';

/** Headers of every answer. Over TLS (here, or at a proxy that is trusted to say so) browsers are told to stay with it. */
export function securityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(always);
    if (request.protocol === 'https') reply.header('strict-transport-security', strictTransport);
  });
}

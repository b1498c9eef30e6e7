import { pino, type Logger, type LoggerOptions } from 'pino';

export type Log = Logger;

/**
 * Names under which something secret or personal may come, at the top of a line and one and two levels below. Errors of
 * PostgreSQL tell of values in `detail` and `where`, those of the embedded database bring all parameters along.
 */
const withheld = ['authorization', 'cookie', 'webhookSecret', 'secret', 'secrets', 'password', 'apiKey', 'token', 'access_token', 'refresh_token', 'key', 'privateKey', 'email', 'phone', 'street', 'body', 'parameters', 'params', 'detail', 'where'];

/** How lines are made, wherever they go. */
export function logOptions(level: string): LoggerOptions {
  return {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: withheld.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  };
}

/** Structured logs on standard error, so that commands can print results on standard output. */
export function createLog(level: string): Log {
  return pino(logOptions(level), pino.destination({ dest: 2, sync: true }));
}

import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Structured logs on standard error, so that commands can print results on standard output. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['req.headers.authorization', '*.webhookSecret', '*.secret', '*.password', '*.token'],
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

import { resolve } from 'node:path';
import { z } from 'zod';

/** Everything that the environment decides. The only reader of process.env. */
export interface Config {
  host: string;
  port: number;
  /** Connection string of PostgreSQL; absent: the embedded database in `dataFolder`. */
  databaseUrl?: string;
  /** Absolute path of the folder of the embedded database, the key file and the server's address. */
  dataFolder: string;
  sandbox: boolean;
  production: boolean;
  /** 32 bytes in base64 or hex under which secrets are encrypted; absent: made in the data folder. */
  secretKey?: string;
  logLevel: string;
  /** Largest body taken by any route, bytes. */
  maxBodyBytes: number;
  /** IANA zone for times that arrive without one and whose connection names none. */
  defaultZone: string;
  /** A second issuer of tokens, beside our own. */
  issuer?: { url: string; audience: string; jwksUrl: string };
  /** PostgreSQL connections this process may hold. */
  poolSize: number;
}

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(4000),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgres://').optional(),
  GATEHOUSE_DATA: z.string().default('./.gatehouse'),
  GATEHOUSE_SANDBOX: z.enum(['on', 'off']).optional(),
  GATEHOUSE_SECRET_KEY: z.string().optional(),
  GATEHOUSE_LOG: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('warn'),
  GATEHOUSE_MAX_BODY: z.coerce.number().int().min(1024).default(4 * 1024 * 1024),
  GATEHOUSE_ZONE: z.string().refine(isZone, 'must be an IANA zone, e.g. Europe/Berlin').default('UTC'),
  GATEHOUSE_ISSUER: z.url().optional(),
  GATEHOUSE_ISSUER_AUDIENCE: z.string().default('gatehouse'),
  GATEHOUSE_ISSUER_JWKS: z.url().optional(),
  GATEHOUSE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  NODE_ENV: z.string().optional(),
});

/** Thrown with one line per variable that is wrong, naming it and what it takes. */
export class ConfigError extends Error {}

/**
 * Reads the configuration. An empty variable counts as absent.
 * @throws ConfigError
 */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  }
  const v = parsed.data;
  const production = v.NODE_ENV === 'production';
  if (v.GATEHOUSE_ISSUER !== undefined && v.GATEHOUSE_ISSUER_JWKS === undefined) {
    throw new ConfigError('GATEHOUSE_ISSUER_JWKS: give the address of the key set of GATEHOUSE_ISSUER.');
  }
  return {
    host: v.HOST,
    port: v.PORT,
    dataFolder: resolve(v.GATEHOUSE_DATA),
    sandbox: v.GATEHOUSE_SANDBOX === undefined ? v.DATABASE_URL === undefined && !production : v.GATEHOUSE_SANDBOX === 'on',
    production,
    logLevel: v.GATEHOUSE_LOG,
    maxBodyBytes: v.GATEHOUSE_MAX_BODY,
    defaultZone: v.GATEHOUSE_ZONE,
    poolSize: v.GATEHOUSE_POOL,
    ...(v.DATABASE_URL === undefined ? {} : { databaseUrl: v.DATABASE_URL }),
    ...(v.GATEHOUSE_SECRET_KEY === undefined ? {} : { secretKey: v.GATEHOUSE_SECRET_KEY }),
    ...(v.GATEHOUSE_ISSUER === undefined
      ? {}
      : { issuer: { url: v.GATEHOUSE_ISSUER, audience: v.GATEHOUSE_ISSUER_AUDIENCE, jwksUrl: v.GATEHOUSE_ISSUER_JWKS! } }),
  };
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

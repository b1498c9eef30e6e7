import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { isZone } from './zone.js';

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
  /** Hour of the day (UTC) of the nightly synchronisation; null: none. */
  syncHour: number | null;
  /** A second issuer of tokens, beside our own. */
  issuer?: { url: string; audience: string; jwksUrl: string };
  /** PostgreSQL connections this process may hold. */
  poolSize: number;
  /** Authentic messages a minute that one connection may send to one process, where it has no setting of its own. */
  messagesPerMinute: number;
  /** Addresses or networks of the proxies in front; absent: the address of the socket is the client's. */
  trustedProxies?: readonly string[];
  /** Bytes that may wait for a slow reader on a WebSocket before nothing more is sent to it. */
  socketBufferBytes: number;
  /** Longest that a statement which reads for a client may take, ms; on PostgreSQL only. 0: no limit. */
  readTimeoutMs: number;
  /** What routers show that they may ask our subgraphs; absent: only this machine may, and not in production. */
  subgraphsToken?: string;
  /** Absolute path of the file of remote subgraphs. */
  remoteSubgraphs?: string;
  /** Absolute path of the manifest of trusted documents; in production nothing else runs then. */
  trustedDocuments?: string;
  /** What one GraphQL operation may cost at most, by @cost and @listSize; absent: the gateway's own. */
  maxCost?: number;
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
  GATEHOUSE_SYNC_HOUR: z.union([z.literal('off'), z.coerce.number().int().min(0).max(23)], { error: 'must be an hour from 0 to 23 (UTC), or off' }).default(2),
  GATEHOUSE_ISSUER: z.url().optional(),
  GATEHOUSE_ISSUER_AUDIENCE: z.string().default('gatehouse'),
  GATEHOUSE_ISSUER_JWKS: z.url().optional(),
  GATEHOUSE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  GATEHOUSE_MESSAGES_PER_MINUTE: z.coerce.number().int().min(1).default(600_000),
  GATEHOUSE_TRUSTED_PROXIES: z.string().transform((list) => list.split(',').map((each) => each.trim())).refine((list) => list.every(isNetwork), 'must be addresses or networks, e.g. 10.0.0.0/8,::1').optional(),
  GATEHOUSE_SOCKET_BUFFER: z.coerce.number().int().min(16 * 1024).default(1024 * 1024),
  GATEHOUSE_READ_TIMEOUT: z.coerce.number().int().min(0).max(600_000).default(10_000),
  GATEHOUSE_SUBGRAPHS_TOKEN: z.string().min(20, 'must have 20 characters or more: openssl rand -base64 32').optional(),
  GATEHOUSE_REMOTE_SUBGRAPHS: z.string().optional(),
  GATEHOUSE_TRUSTED_DOCUMENTS: z.string().optional(),
  GATEHOUSE_MAX_COST: z.coerce.number().int().min(1).optional(),
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
    syncHour: v.GATEHOUSE_SYNC_HOUR === 'off' ? null : v.GATEHOUSE_SYNC_HOUR,
    messagesPerMinute: v.GATEHOUSE_MESSAGES_PER_MINUTE,
    socketBufferBytes: v.GATEHOUSE_SOCKET_BUFFER,
    readTimeoutMs: v.GATEHOUSE_READ_TIMEOUT,
    ...(v.GATEHOUSE_TRUSTED_PROXIES === undefined ? {} : { trustedProxies: v.GATEHOUSE_TRUSTED_PROXIES }),
    ...(v.GATEHOUSE_SUBGRAPHS_TOKEN === undefined ? {} : { subgraphsToken: v.GATEHOUSE_SUBGRAPHS_TOKEN }),
    ...(v.GATEHOUSE_REMOTE_SUBGRAPHS === undefined ? {} : { remoteSubgraphs: resolve(v.GATEHOUSE_REMOTE_SUBGRAPHS) }),
    ...(v.GATEHOUSE_TRUSTED_DOCUMENTS === undefined ? {} : { trustedDocuments: resolve(v.GATEHOUSE_TRUSTED_DOCUMENTS) }),
    ...(v.GATEHOUSE_MAX_COST === undefined ? {} : { maxCost: v.GATEHOUSE_MAX_COST }),
    ...(v.DATABASE_URL === undefined ? {} : { databaseUrl: v.DATABASE_URL }),
    ...(v.GATEHOUSE_SECRET_KEY === undefined ? {} : { secretKey: v.GATEHOUSE_SECRET_KEY }),
    ...(v.GATEHOUSE_ISSUER === undefined
      ? {}
      : { issuer: { url: v.GATEHOUSE_ISSUER, audience: v.GATEHOUSE_ISSUER_AUDIENCE, jwksUrl: v.GATEHOUSE_ISSUER_JWKS! } }),
  };
}

function isNetwork(text: string): boolean {
  const [address, bits, ...rest] = text.split('/');
  const longest = isIP(address!) === 6 ? 128 : 32;
  return isIP(address!) !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest));
}

import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { isZone } from './zone.js';

/** What may need a second person's approval. */
export const fourEyesActions = ['replay', 'connections', 'commands'] as const;
export type FourEyes = (typeof fourEyesActions)[number];

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
  /** Actions that a second person must approve. */
  fourEyes: readonly FourEyes[];
  /** Keys before it, under which the keys of the data may still be wrapped. */
  oldSecretKeys?: readonly string[];
  logLevel: string;
  /** Largest body taken by any route, bytes. */
  maxBodyBytes: number;
  /** IANA zone for times that arrive without one and whose connection names none. */
  defaultZone: string;
  /** Hour of the day (UTC) of the nightly synchronisation; null: none. */
  syncHour: number | null;
  /** Tokens of one environment are refused in every other: production, test, development and the like. */
  environment: string;
  /** Absolute path of the file of identity providers and of the rights of Odoo's users. */
  identityFile?: string;
  /** Header in which the proxies in front hand on the certificate of their client. */
  clientCertificateHeader: string;
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
  /** Whether row-level security of PostgreSQL holds for what outsiders read; absent: where its role can be had. */
  rowLevelSecurity?: 'on' | 'off';
  /** What routers show that they may ask our subgraphs; absent: only this machine may, and not in production. */
  subgraphsToken?: string;
  /** Server of NATS with JetStream through which processes wake one another; absent: PostgreSQL's LISTEN and NOTIFY. */
  natsUrl?: string;
  /** Broker that is told of events: `nats://[user:password@]host:port[/subject.prefix]`; with what it may be shown. */
  broker?: { url: string; scopes: readonly string[]; companies: readonly string[] };
  /** Days for which subscriptions can be resumed. */
  feedDays: number;
  /** Absolute path of the file of remote subgraphs. */
  remoteSubgraphs?: string;
  /** Absolute path of the manifest of trusted documents; in production nothing else runs then. */
  trustedDocuments?: string;
  /** What one GraphQL operation may cost at most, by @cost and @listSize; absent: the gateway's own. */
  maxCost?: number;
  /** Networks beside the public internet into which connections may call, as `10.0.0.0/8` or one address. */
  allowedNetworks: readonly string[];
  /** Whether the schema is for everybody who has a token. */
  introspection: boolean;
  /** Origins (`https://portal.example.com`) whose pages may call `/graphql`, besides our own. */
  allowedOrigins: readonly string[];
  /** Origins whose pages may show the control room in a frame: those of connected Odoos. */
  frameOrigins: readonly string[];
  /** GraphQL operations a minute of one token's subject, in one process; 0: no limit. */
  operationsPerMinute: number;
  /** Points of cost a minute of one token's subject, in one process; 0: no limit. */
  costPerMinute: number;
  /** Sockets that may be open to this process; more are closed at once. */
  maxSockets: number;
  /** Sockets of one address, this machine's own excepted; 0: no limit. */
  socketsPerAddress: number;
  /** WebSockets and event streams of one token's subject; 0: no limit. */
  socketsPerToken: number;
}

const networks = z.string().transform((list) => list.split(',').map((each) => each.trim())).refine((list) => list.every(isNetwork), 'must be addresses or networks, e.g. 10.0.0.0/8,::1');

const list = z.string().transform((text) => text.split(',').map((each) => each.trim()).filter((each) => each !== ''));

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(4000),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgres://').optional(),
  GATEHOUSE_DATA: z.string().default('./.gatehouse'),
  GATEHOUSE_SANDBOX: z.enum(['on', 'off']).optional(),
  GATEHOUSE_SECRET_KEY: z.string().optional(),
  GATEHOUSE_FOUR_EYES: z.string().transform((list) => list.split(',').map((each) => each.trim())).pipe(z.array(z.enum(fourEyesActions, { error: `takes these, separated by commas: ${fourEyesActions.join(', ')}` }))).optional(),
  GATEHOUSE_SECRET_KEYS_OLD: z.string().transform((list) => list.split(',').map((each) => each.trim()).filter((each) => each !== '')).optional(),
  GATEHOUSE_LOG: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('warn'),
  GATEHOUSE_MAX_BODY: z.coerce.number().int().min(1024).default(4 * 1024 * 1024),
  GATEHOUSE_ZONE: z.string().refine(isZone, 'must be an IANA zone, e.g. Europe/Berlin').default('UTC'),
  GATEHOUSE_SYNC_HOUR: z.union([z.literal('off'), z.coerce.number().int().min(0).max(23)], { error: 'must be an hour from 0 to 23 (UTC), or off' }).default(2),
  GATEHOUSE_ENVIRONMENT: z.string().regex(/^[a-z0-9-]{1,32}$/, 'has small letters, digits and dashes, at most 32').optional(),
  GATEHOUSE_IDENTITY: z.string().optional(),
  GATEHOUSE_CLIENT_CERT_HEADER: z.string().regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header, e.g. Client-Cert').default('Client-Cert'),
  GATEHOUSE_ISSUER: z.url().optional(),
  GATEHOUSE_ISSUER_AUDIENCE: z.string().default('gatehouse'),
  GATEHOUSE_ISSUER_JWKS: z.url().optional(),
  GATEHOUSE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  GATEHOUSE_MESSAGES_PER_MINUTE: z.coerce.number().int().min(1).default(600_000),
  GATEHOUSE_TRUSTED_PROXIES: networks.optional(),
  GATEHOUSE_SOCKET_BUFFER: z.coerce.number().int().min(16 * 1024).default(1024 * 1024),
  GATEHOUSE_READ_TIMEOUT: z.coerce.number().int().min(0).max(600_000).default(10_000),
  GATEHOUSE_ROW_LEVEL_SECURITY: z.enum(['on', 'off']).optional(),
  GATEHOUSE_SUBGRAPHS_TOKEN: z.string().min(20, 'must have 20 characters or more: openssl rand -base64 32').optional(),
  GATEHOUSE_NATS_URL: z.string().regex(/^(nats|tls):\/\//, 'must start with nats:// or tls://').optional(),
  GATEHOUSE_BROKER_URL: z.string().refine((text) => /^(nats|tls):$/.test(URL.parse(text)?.protocol ?? '') && /^(\/[A-Za-z0-9_.-]*)?$/.test(URL.parse(text)!.pathname), 'must be nats://host:4222 or tls://host:4222, with a prefix of subjects behind it where gatehouse.events does not do: nats://host:4222/acme.logistics').optional(),
  GATEHOUSE_BROKER_SCOPES: list.default(['shipments:read', 'loads:read', 'yard:read', 'exceptions:read', 'stock:read']),
  GATEHOUSE_BROKER_COMPANIES: list.default([]),
  GATEHOUSE_FEED_DAYS: z.coerce.number().int().min(1).default(30),
  GATEHOUSE_REMOTE_SUBGRAPHS: z.string().optional(),
  GATEHOUSE_TRUSTED_DOCUMENTS: z.string().optional(),
  GATEHOUSE_MAX_COST: z.coerce.number().int().min(1).optional(),
  GATEHOUSE_ALLOWED_NETWORKS: networks.optional(),
  GATEHOUSE_INTROSPECTION: z.enum(['on', 'off']).optional(),
  GATEHOUSE_ALLOWED_ORIGINS: z.string().transform((list) => list.split(',').map((each) => each.trim())).refine((list) => list.every(isOrigin), 'must be origins without a path, e.g. https://portal.example.com; * is none').optional(),
  GATEHOUSE_FRAME_ORIGINS: z.string().transform((list) => list.split(',').map((each) => each.trim())).refine((list) => list.every(isOrigin), 'must be origins without a path, e.g. https://odoo.example.com; * is none').optional(),
  GATEHOUSE_OPERATIONS_PER_MINUTE: z.coerce.number().int().min(0).default(12_000),
  GATEHOUSE_COST_PER_MINUTE: z.coerce.number().int().min(0).default(6_000_000),
  GATEHOUSE_MAX_SOCKETS: z.coerce.number().int().min(1).default(20_000),
  GATEHOUSE_SOCKETS_PER_ADDRESS: z.coerce.number().int().min(0).default(1_000),
  GATEHOUSE_SOCKETS_PER_TOKEN: z.coerce.number().int().min(0).default(1_000),
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
  const sandbox = v.GATEHOUSE_SANDBOX === undefined ? v.DATABASE_URL === undefined && !production : v.GATEHOUSE_SANDBOX === 'on';
  return {
    host: v.HOST,
    port: v.PORT,
    dataFolder: resolve(v.GATEHOUSE_DATA),
    sandbox,
    production,
    environment: v.GATEHOUSE_ENVIRONMENT ?? v.NODE_ENV ?? 'development',
    clientCertificateHeader: v.GATEHOUSE_CLIENT_CERT_HEADER,
    ...(v.GATEHOUSE_IDENTITY === undefined ? {} : { identityFile: resolve(v.GATEHOUSE_IDENTITY) }),
    logLevel: v.GATEHOUSE_LOG,
    maxBodyBytes: v.GATEHOUSE_MAX_BODY,
    defaultZone: v.GATEHOUSE_ZONE,
    poolSize: v.GATEHOUSE_POOL,
    fourEyes: v.GATEHOUSE_FOUR_EYES ?? [],
    syncHour: v.GATEHOUSE_SYNC_HOUR === 'off' ? null : v.GATEHOUSE_SYNC_HOUR,
    messagesPerMinute: v.GATEHOUSE_MESSAGES_PER_MINUTE,
    socketBufferBytes: v.GATEHOUSE_SOCKET_BUFFER,
    readTimeoutMs: v.GATEHOUSE_READ_TIMEOUT,
    introspection: v.GATEHOUSE_INTROSPECTION === undefined ? developments.includes(v.NODE_ENV ?? '') : v.GATEHOUSE_INTROSPECTION === 'on',
    allowedOrigins: v.GATEHOUSE_ALLOWED_ORIGINS ?? [],
    frameOrigins: v.GATEHOUSE_FRAME_ORIGINS ?? [],
    operationsPerMinute: v.GATEHOUSE_OPERATIONS_PER_MINUTE,
    costPerMinute: v.GATEHOUSE_COST_PER_MINUTE,
    maxSockets: v.GATEHOUSE_MAX_SOCKETS,
    socketsPerAddress: v.GATEHOUSE_SOCKETS_PER_ADDRESS,
    socketsPerToken: v.GATEHOUSE_SOCKETS_PER_TOKEN,
    allowedNetworks: [...(v.GATEHOUSE_ALLOWED_NETWORKS ?? []), ...(sandbox || (!production && isLoopback(v.HOST)) ? loopback.networks : [])],
    ...(v.GATEHOUSE_TRUSTED_PROXIES === undefined ? {} : { trustedProxies: v.GATEHOUSE_TRUSTED_PROXIES }),
    ...(v.GATEHOUSE_ROW_LEVEL_SECURITY === undefined ? {} : { rowLevelSecurity: v.GATEHOUSE_ROW_LEVEL_SECURITY }),
    ...(v.GATEHOUSE_SUBGRAPHS_TOKEN === undefined ? {} : { subgraphsToken: v.GATEHOUSE_SUBGRAPHS_TOKEN }),
    ...(v.GATEHOUSE_REMOTE_SUBGRAPHS === undefined ? {} : { remoteSubgraphs: resolve(v.GATEHOUSE_REMOTE_SUBGRAPHS) }),
    ...(v.GATEHOUSE_TRUSTED_DOCUMENTS === undefined ? {} : { trustedDocuments: resolve(v.GATEHOUSE_TRUSTED_DOCUMENTS) }),
    feedDays: v.GATEHOUSE_FEED_DAYS,
    ...(v.GATEHOUSE_NATS_URL === undefined ? {} : { natsUrl: v.GATEHOUSE_NATS_URL }),
    ...(v.GATEHOUSE_BROKER_URL === undefined ? {} : { broker: { url: v.GATEHOUSE_BROKER_URL, scopes: v.GATEHOUSE_BROKER_SCOPES, companies: v.GATEHOUSE_BROKER_COMPANIES } }),
    ...(v.GATEHOUSE_MAX_COST === undefined ? {} : { maxCost: v.GATEHOUSE_MAX_COST }),
    ...(v.DATABASE_URL === undefined ? {} : { databaseUrl: v.DATABASE_URL }),
    ...(v.GATEHOUSE_SECRET_KEY === undefined ? {} : { secretKey: v.GATEHOUSE_SECRET_KEY }),
    ...(v.GATEHOUSE_SECRET_KEYS_OLD === undefined ? {} : { oldSecretKeys: v.GATEHOUSE_SECRET_KEYS_OLD }),
    ...(v.GATEHOUSE_ISSUER === undefined
      ? {}
      : { issuer: { url: v.GATEHOUSE_ISSUER, audience: v.GATEHOUSE_ISSUER_AUDIENCE, jwksUrl: v.GATEHOUSE_ISSUER_JWKS! } }),
  };
}

/** The simulated world is on this machine; and who alone can reach a server needs no guard against himself. */
const loopback = { hosts: ['127.0.0.1', 'localhost', '::1'], networks: ['127.0.0.0/8', '::1'] };

/** Whether this host is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return loopback.hosts.includes(host);
}

/** Values of NODE_ENV that say: nobody depends on this. Any other, `staging` too, is treated with care. */
const developments: readonly string[] = ['', 'development', 'test'];

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}

function isNetwork(text: string): boolean {
  const [address, bits, ...rest] = text.split('/');
  const longest = isIP(address!) === 6 ? 128 : 32;
  return isIP(address!) !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest));
}

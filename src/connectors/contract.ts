import type { z } from 'zod';
import type { Json } from '../lib/json.js';
import type { Decoded, RecordKind } from '../model/facts.js';

/**
 * What a connector is. A folder of connectors/ exports one of these from its index.ts; everything
 * else in the folder is reached through it. Mapping is pure: no clock, no network, no state.
 */
export interface Connector<Settings extends object = Record<string, unknown>> {
  /** Name used in `gatehouse connection add <id>`. */
  id: string;
  label: string;
  capabilities: readonly Capability[];
  /** How the outside system proves who it is when it sends to us. */
  authentication: 'hmac' | 'standard-webhooks' | 'token' | 'none';
  /** Requests per minute which the system allows us; absent where we never call it. */
  rateLimit?: { perMinute: number };
  /** Where the system's owner documents the wire format. */
  documentation: string;
  /** Object schema of the settings; `.meta({ secret: true })` marks those that are encrypted at rest. */
  settings: z.ZodType<Settings>;
  receive?: Receive<Settings>;
  sync?: Sync<Settings>;
}

export type Capability = 'receive.webhook' | 'receive.file' | 'receive.poll' | 'sync';

export interface Receive<Settings> {
  /** Media types that are taken, without parameters. Anything else is answered with 415. */
  contentTypes: readonly string[];
  /** Largest body in bytes; the server's own limit applies besides. */
  maxBytes?: number;
  /**
   * Checks that the message comes from who it claims, over the raw bytes. `secrets` holds every
   * currently valid value of the setting `webhookSecret` (two during a rotation). Never throws.
   */
  verify(message: IncomingMessage, secrets: readonly string[], settings: Settings): Verification;
  /** The sender's own id of this delivery; null where it has none, and then the body's hash serves. */
  deliveryId(message: IncomingMessage): string | null;
  /** Raw to canonical. Throws UnreadableMessage where nothing can be read; anything less is an anomaly. */
  decode(message: RawMessage, settings: Settings): Decoded;
}

export interface IncomingMessage {
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
  /** Milliseconds UTC at which it arrived, for signatures with a time window. */
  receivedMs: number;
}

export interface RawMessage {
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
  /** ISO instant at which it arrived. */
  receivedAt: string;
  /** Id of the connection it came by: the issuer of names that are unique only there. */
  connection: string;
  /** IANA zone for times that the source states without one. */
  zone: string;
}

export type Verification = { ok: true } | { ok: false; reason: 'missing' | 'wrong' | 'outdated' | 'no_secret' };

/** An authentic message that cannot be read at all: it is quarantined, raw, with this reason. */
export class UnreadableMessage extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableMessage';
  }
}

/** What a call to an outside system gave. Errors are data; nothing is thrown. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: ConnectorError };

export interface ConnectorError {
  /**
   * `auth`: the key is wrong or may not. `rate_limited`, `unavailable`: the same call may succeed
   * later. `invalid`: it never will. `unparseable`: the other side does not speak as documented.
   */
  kind: 'auth' | 'rate_limited' | 'invalid' | 'unavailable' | 'unparseable';
  /** For people; without secrets. */
  message: string;
  /** Seconds after which the other side wants to be asked again. */
  retryAfter?: number;
  /** What was answered, cut and without secrets. */
  raw: string;
}

/** What a connector that calls its system is handed: the connection, opened. */
export interface Access<Settings> {
  connection: string;
  settings: Settings;
  /** Every valid value of each secret, newest first. */
  secrets: Readonly<Record<string, readonly string[]>>;
}

/**
 * Reading records at their source, to find what never arrived. A record that is read is stated in a
 * message of the very form that `receive.decode` reads, so that it gives the same facts as if it had
 * been sent.
 */
export interface Sync<Settings> {
  /** What can be read, in the order in which a run reads it. */
  topics: readonly SyncTopic[];
  /** What is missing in the settings, for people; null where the source can be read. */
  lacks(access: Access<Settings>): string | null;
  /** @param memory what `begin` of the same run gave; null before it */
  open(access: Access<Settings>, memory: Json | null): SyncSource;
}

export interface SyncTopic {
  topic: string;
  /** What its records are here. A record may be of one topic today and of another tomorrow. */
  kind: RecordKind;
}

export interface SyncSource {
  /** Asks who we are there and changes nothing. */
  test(): Promise<Outcome<SyncTest>>;
  /**
   * Starts a run.
   * @param floor the highest version of a record that is known here: what is read gets a higher one
   */
  begin(floor: number): Promise<Outcome<SyncStart>>;
  /** @param after `next` of the page before; null for the first */
  readPage(topic: string, after: string | null, limit: number): Promise<Outcome<SyncPage>>;
  /**
   * Which of these records, by the ids that facts give them, the source no longer has: a page that
   * states their deletion. `next` is null.
   */
  readDeleted(topic: string, ids: readonly string[]): Promise<Outcome<SyncPage>>;
  /** A message that states these records of a page, as `receive` takes it. */
  toMessage(page: SyncPage, records: readonly Json[]): { headers: Record<string, string>; body: Uint8Array };
}

export interface SyncTest {
  /** One line for people each: version, user, database. */
  lines: string[];
  /** ISO instant at which the key ends; null where it does not, or the system does not say. */
  keyExpiresAt: string | null;
}

export interface SyncStart {
  /** Records by topic, for progress. */
  totals: Readonly<Record<string, number>>;
  keyExpiresAt: string | null;
  /** Handed to `open` with every further page of the run. */
  memory: Json;
}

export interface SyncPage {
  records: Json[];
  /** What the records have in common. */
  envelope: Record<string, Json>;
  next: string | null;
  /** Records left out because the source is about to send them. */
  underway: number;
  /** Records that the source itself could not read. */
  unreadable: number;
}

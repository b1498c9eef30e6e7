import type { z } from 'zod';
import type { Decoded } from '../model/facts.js';

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
}

export type Capability = 'receive.webhook' | 'receive.file' | 'receive.poll';

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

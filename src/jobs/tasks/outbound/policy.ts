import { z } from 'zod';
import type { CommandKind } from '../../../model/commands.js';

/** How a partner is treated. Every option stands in `defaultPolicy`; a connection overrides what differs. */
export const policySchema = z.strictObject({
  /** Milliseconds until an answer must be here. */
  timeoutMs: z.int().min(1_000).max(120_000),
  /** Failed attempts after which a command is given up. Those of a partner that is down or limits us do not count. */
  attempts: z.int().min(1).max(100),
  /** Seconds before the second attempt; doubles up to `backoffMaxSeconds`, with jitter. */
  backoffSeconds: z.number().min(0.1).max(3_600),
  backoffMaxSeconds: z.number().min(1).max(86_400),
  /** Hours after which a command that still waits is given up, whatever it waits for. */
  giveUpHours: z.number().min(0.01).max(24 * 365),
  /** Calls under way at once. */
  concurrency: z.int().min(1).max(64),
  /** Calls begun per minute, evenly spread. */
  perMinute: z.int().min(1).max(60_000),
  /** The breaker opens when of the last `breakerWindow` calls at least this share failed for reasons of the partner. */
  breakerShare: z.number().min(0.1).max(1),
  breakerWindow: z.int().min(2).max(1_000),
  /** Seconds for which it stays open at first; doubles up to `openMaxSeconds` while probes fail. */
  openSeconds: z.number().min(0.1).max(3_600),
  openMaxSeconds: z.number().min(1).max(3_600),
  /** Calls under way at once while it is half open, and successes in a row that close it. */
  probes: z.int().min(1).max(16),
  /** Connection that takes over what may go elsewhere while this one is down; null: none. */
  fallback: z.string().nullable(),
});

export type PartnerPolicy = z.infer<typeof policySchema>;
export type PolicyOverrides = Partial<PartnerPolicy>;
export const overridesSchema = policySchema.partial();

export const defaultPolicy: PartnerPolicy = {
  timeoutMs: 15_000,
  attempts: 8,
  backoffSeconds: 2,
  backoffMaxSeconds: 600,
  giveUpHours: 72,
  concurrency: 8,
  perMinute: 600,
  breakerShare: 0.5,
  breakerWindow: 20,
  openSeconds: 5,
  openMaxSeconds: 120,
  probes: 2,
  fallback: null,
};

/** @param allowed what the connector's documentation allows, where it says so */
export function policyOf(overrides: PolicyOverrides, allowed: { perMinute?: number; concurrency?: number } = {}): PartnerPolicy {
  return { ...defaultPolicy, ...allowed, ...overrides };
}

interface KindRule {
  /** Another partner can do the same, as long as this one has begun nothing. */
  mayGoElsewhere: boolean;
}

/** What holds for every command of a kind, whoever performs it. */
export const kindRules: Readonly<Record<CommandKind, KindRule>> = {
  'shipment.book': { mayGoElsewhere: true },
  'booking.cancel': { mayGoElsewhere: false },
  'return.book': { mayGoElsewhere: true },
  'manifest.create': { mayGoElsewhere: false },
  'tracking.poll': { mayGoElsewhere: false },
  'source.poll': { mayGoElsewhere: false },
  'file.results': { mayGoElsewhere: false },
  'receipt.send': { mayGoElsewhere: false },
  'warehouse.release': { mayGoElsewhere: false },
  'warehouse.announce': { mayGoElsewhere: false },
  'load.publish': { mayGoElsewhere: false },
  'tender.send': { mayGoElsewhere: false },
  'tender.answer': { mayGoElsewhere: false },
  'status.send': { mayGoElsewhere: false },
  'notice.send': { mayGoElsewhere: false },
  'edi.acknowledge': { mayGoElsewhere: false },
  'shop.fulfil': { mayGoElsewhere: false },
  'shop.track': { mayGoElsewhere: false },
  'pickup.schedule': { mayGoElsewhere: false },
  'pickup.cancel': { mayGoElsewhere: false },
  'appointment.book': { mayGoElsewhere: false },
  'appointment.move': { mayGoElsewhere: false },
  'appointment.cancel': { mayGoElsewhere: false },
  'appointment.follow': { mayGoElsewhere: false },
  'odoo.apply': { mayGoElsewhere: false },
};

/** Kinds that the fallback of a partner may take over. */
export const movableKinds = (Object.keys(kindRules) as CommandKind[]).filter((kind) => kindRules[kind].mayGoElsewhere);

import { z } from 'zod';
import { isUuid } from '../../../lib/ids.js';
import type { PickupInput, PickupRecord } from '../../../model/commands.js';
import type { Fact } from '../../../model/facts.js';
import { UnreadableMessage, type RawMessage } from '../../contract.js';
import { instantOfLocal, parseLocalTime } from '../zone.js';
import type { PickupCarrier } from './pickup-carrier.js';

/** Calling off comes after every attempt to schedule. */
const cancellationVersion = 1_000_000;

const text = z.string().max(300);

/** What was asked for, as far as the record says it: the address is not part of it. */
export const askedPickup = z.object({
  carrier: text, on: text, readyAt: text, closesAt: text, zone: text,
  place: z.object({ city: text, region: text.optional(), postalCode: text.optional(), country: text }),
  bookings: z.array(text).max(1000), trackingNumbers: z.array(text).max(5000), packages: z.object({ count: z.int().min(0), weightKg: text }),
});
export type AskedPickup = z.infer<typeof askedPickup>;

export function askedOf({ carrier, on, readyAt, closesAt, zone, from, bookings, parts, packages }: PickupInput): AskedPickup {
  const { city, region, postalCode, country } = from;
  return {
    carrier, on, readyAt, closesAt, zone, bookings, packages, trackingNumbers: parts.map((part) => part.trackingNumber),
    place: { city, ...(region === undefined ? {} : { region }), ...(postalCode === undefined ? {} : { postalCode }), country },
  };
}

/** `pickup`: the carrier's own object; null where nothing had been scheduled that could be called off. */
export const pickupAnswer = z.object({
  gatehouse: z.enum(['pickup', 'pickup-cancellation']), command: z.string().refine(isUuid), attempt: z.int().min(1).max(999_999), asked: askedPickup, pickup: z.unknown(),
});
export type PickupAnswer = z.infer<typeof pickupAnswer>;

/** Whether what was kept is an answer to a command about a pickup. */
export function isPickupAnswer(value: unknown): boolean {
  const kind = (value as { gatehouse?: unknown } | null)?.gatehouse;
  return kind === 'pickup' || kind === 'pickup-cancellation';
}

/**
 * Facts of what a carrier answered to a command about a pickup, by what was kept of it.
 * @throws UnreadableMessage where it is no such answer
 */
export function pickupFacts(value: unknown, message: RawMessage, readPickup: PickupCarrier<never>['readPickup']): Fact[] {
  const answer = pickupAnswer.safeParse(value);
  if (!answer.success) throw new UnreadableMessage('The body is no answer about a pickup that this version keeps.');
  const { gatehouse, command, attempt, asked, pickup } = answer.data;
  const kept = readPickup(pickup);
  if (kept === null) throw new UnreadableMessage('The pickup cannot be read.');
  const { state, rawState, confirmation, price, on = asked.on, readyAt = asked.readyAt, closesAt = asked.closesAt } = kept;
  const version = (gatehouse === 'pickup' ? 0 : cancellationVersion) + attempt;
  const { carrier, zone, bookings, trackingNumbers, packages } = asked;
  const { city, region, postalCode, country } = asked.place;
  const payload: PickupRecord = {
    command, state, rawState, carrier, readyAt: instantOf(on, readyAt, asked.zone), closesAt: instantOf(on, closesAt, asked.zone), zone, bookings, trackingNumbers, packages,
    place: { city, ...(region === undefined ? {} : { region }), ...(postalCode === undefined ? {} : { postalCode }), country },
    ...(confirmation === undefined ? {} : { confirmation }), ...(price === undefined ? {} : { price }),
  };
  return [{ type: 'pickup.reported', key: { kind: 'pickup', id: command }, factKey: `v${version}`, version, observedAt: message.receivedAt, payload }];
}

function instantOf(on: string, at: string, zone: string): string {
  const local = parseLocalTime(`${on}T${at}`);
  const found = local === null ? null : instantOfLocal(local, zone);
  if (found === null) throw new UnreadableMessage(`${on} ${at} in ${zone} is no time.`);
  return found.instant;
}

import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { CommandKind } from '../../model/commands.js';
import type { Access, CommandMemory, OutboundCommand, Outcome, Perform, Performed } from '../contract.js';
import { performBy } from '../kit/booking/perform.js';
import { carrier } from './carrier.js';
import { pickups } from './pickups.js';
import type { UpsSettings } from './settings.js';
import { subscribe } from './subscriptions.js';

const booking = performBy(carrier, ['shipment.book', 'return.book', 'booking.cancel', 'tracking.poll', 'pickup.schedule', 'pickup.cancel'], pickups);

const bookedPackages = z.looseObject({ packages: z.array(z.looseObject({ trackingNumber: z.string().nullish() })) });

/** Milliseconds without which subscribing is left to the next poll. */
const leastMs = 500;

/**
 * What UPS does for us. What was booked or polled is subscribed at Track Alert as well, where that is set: that this fails is no fault of
 * the command, whose result says so; the poll of the next day tries it again.
 */
export const perform: Perform<UpsSettings> = {
  ...booking,
  async perform<K extends CommandKind>(access: Access<UpsSettings>, command: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
    const endMs = performance.now() + command.timeoutMs;
    const outcome = await booking.perform(access, command, memory);
    if (!outcome.ok || (access.settings.trackAlert ?? 'off') === 'off') return outcome;
    const numbers = numbersOf(command, outcome.value.result);
    const leftMs = Math.floor(endMs - performance.now());
    if (numbers.length === 0 || leftMs < leastMs) return outcome;
    const trackAlert = await subscribe(access, numbers, leftMs);
    return { ok: true, value: { ...outcome.value, result: { ...(outcome.value.result as { [name: string]: Json }), trackAlert } } };
  },
};

function numbersOf(command: OutboundCommand, result: Json): string[] {
  if (command.kind === 'tracking.poll') return (command as OutboundCommand<'tracking.poll'>).input.references.filter((each) => each.kind === 'tracking').map((each) => each.value);
  if (command.kind === 'booking.cancel') return [];
  return (bookedPackages.safeParse(result).data?.packages ?? []).flatMap((each) => each.trackingNumber ?? []);
}

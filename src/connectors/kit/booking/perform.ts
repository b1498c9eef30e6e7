import type { BookingInput, CommandKind, FreightRequest, PickupInput, Rate } from '../../../model/commands.js';
import type { Access, CommandMemory, OutboundCommand, Outcome, Perform, Performed, Quote } from '../../contract.js';
import { failure } from '../http.js';
import { book, packageOf, ratesOf } from './book.js';
import { cancel } from './cancel.js';
import type { BookingCarrier, Held } from './carrier.js';
import { withoutCode } from './errors.js';
import { createManifest } from './manifest.js';
import { forEachPart } from './parts.js';
import type { PickupCarrier } from './pickup-carrier.js';
import { cancelPickup, schedulePickup } from './pickups.js';
import { pollTracking } from './poll.js';
import { commonRates } from './rates.js';

type Commands = { [K in CommandKind]: OutboundCommand<K> }[CommandKind];

/** What a carrier does for us, as a connector states it. @param commands those that this carrier has @param pickups where it has those of pickups */
export function performBy<Settings, Draft, Bought>(carrier: BookingCarrier<Settings, Draft, Bought>, commands: readonly CommandKind[], pickups?: PickupCarrier<Settings>): Perform<Settings> {
  return {
    commands,
    ...(carrier.lacks === undefined ? {} : { lacks: (input: BookingInput, settings: Settings) => carrier.lacks!(input, settings) }),
    ...(pickups?.lacksForPickup === undefined ? {} : { lacksForPickup: (input: PickupInput, settings: Settings) => pickups.lacksForPickup!(input, settings) }),
    async perform<K extends CommandKind>(access: Access<Settings>, given: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
      const command = given as unknown as Commands;
      const unsupported = failure('invalid', `${carrier.name} does not do ${command.kind}.`, '');
      if (!commands.includes(command.kind)) return unsupported;
      switch (command.kind) {
        case 'shipment.book':
        case 'return.book':
          return book(carrier, access, command, memory);
        case 'booking.cancel':
          return cancel(carrier, access, command);
        case 'manifest.create':
          return createManifest(carrier as unknown as BookingCarrier<Settings>, access, command, memory);
        case 'tracking.poll':
          return pollTracking(carrier as unknown as BookingCarrier<Settings>, access, command);
        case 'pickup.schedule':
          return pickups === undefined ? unsupported : schedulePickup(pickups, access, command, memory);
        case 'pickup.cancel':
          return pickups === undefined ? unsupported : cancelPickup(pickups, access, command);
        default:
          return unsupported;
      }
    },
  };
}

/** Rates for all packages together; by drafts that are never bought where a carrier has drafts. */
export function quoteBy<Settings, Draft, Bought>(carrier: BookingCarrier<Settings, Draft, Bought>): Quote<Settings> {
  return {
    async rates(access: Access<Settings>, request: FreightRequest, timeoutMs: number): Promise<Outcome<Rate[]>> {
      const opened = carrier.open(access, timeoutMs);
      if (!opened.ok) return opened;
      const calls = opened.value;
      const made = await forEachPart(request.packages, async (each) => {
        const of = packageOf(null, each, request, false);
        const draft = calls.draft === undefined ? { ok: true as const, value: null } : await calls.draft(of, null);
        return draft.ok ? { ok: true as const, value: { of, draft: draft.value as Held<Draft> | null } } : draft;
      });
      const failed = made.find((one) => !one.ok);
      if (failed !== undefined && !failed.ok) return withoutCode(failed.error);
      const parts = made.flatMap((one) => (one.ok ? [one.value] : []));
      const byPackage = await ratesOf(calls, parts);
      if (!byPackage.ok) return withoutCode(byPackage.error);
      const rates = commonRates(byPackage.value, access.connection);
      const why = parts.map(({ draft }) => (draft === null ? '' : (calls.whyNoRate?.(draft) ?? ''))).find((text) => text !== '');
      return rates.length === 0 && why !== undefined ? failure('invalid', why, '') : { ok: true, value: rates };
    },
  };
}

import type { CommandKind } from '../../model/commands.js';
import type { Access, Connector, OutboundCommand } from '../contract.js';
import { pollTracking } from '../kit/booking/poll.js';
import { failure } from '../kit/http.js';
import { verifyToken } from '../kit/signatures.js';
import { DhlApi } from './api.js';
import { settings, type DhlSettings } from './settings.js';
import { decodeMessage } from './webhook.js';

const tracking = {
  name: 'DHL',
  open(access: Access<DhlSettings>, timeoutMs: number) {
    const opened = DhlApi.open(access, timeoutMs);
    return opened.ok ? { ok: true as const, value: { track: ({ number }: { number: string }) => opened.value.track(number) } } : opened;
  },
};

/** Where parcels of DHL are, of Express as of its post and freight: pushed, and asked for. It books nothing. See `DhlApi` for what was verified. */
export const dhl: Connector<DhlSettings> = {
  id: 'dhl',
  label: 'DHL tracking',
  capabilities: ['receive.webhook', 'track'],
  authentication: 'token',
  // What a new key of DHL is allowed: one call in five seconds.
  rateLimit: { perMinute: 12 },
  documentation: 'https://developer.dhl.com/api-reference/shipment-tracking',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifyToken,
    // DHL names no delivery: a repeat has the same bytes.
    deliveryId: () => null,
    decode: decodeMessage,
  },
  perform: {
    commands: ['tracking.poll'],
    async perform<K extends CommandKind>(access: Access<DhlSettings>, command: OutboundCommand<K>) {
      if (command.kind !== 'tracking.poll') return failure('invalid', `DHL tracking does not do ${command.kind}.`, '');
      return pollTracking(tracking, access, command as unknown as OutboundCommand<'tracking.poll'>);
    },
  },
};

import type { Connector } from '../contract.js';
import { settings, type EasyPostSettings } from './settings.js';
import { decodeEvent, verifySignature } from './webhook.js';

/** Parcel tracking by EasyPost: one webhook for some hundred carriers. */
export const easypost: Connector<EasyPostSettings> = {
  id: 'easypost',
  label: 'EasyPost',
  capabilities: ['receive.webhook'],
  authentication: 'hmac',
  documentation: 'https://docs.easypost.com/docs/trackers',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifySignature,
    // An event's id names the event at EasyPost, not what was sent: the same id with another body
    // (one more scan, signed anew) is another delivery and must not be dropped as a repeat of the
    // first. A true repeat has the same bytes; and facts are known by themselves besides.
    deliveryId: () => null,
    decode: decodeEvent,
  },
};

import type { Connector } from '../contract.js';
import { perform } from './performing.js';
import { publicationPolicy } from './registering.js';
import { settings, type Project44Settings } from './settings.js';
import { decodeMessage, verify } from './webhook.js';

/**
 * Visibility of project44: where trucks and their freight are, by webhook and by asking; our loads registered there to be tracked.
 *
 * Checked against its public guides: tokens by client credentials (`/api/v4/oauth2/token`), that webhooks carry the answer of
 * `/api/v4/shipments/{id}/tracking/history` or, where that is configured, notifications of truckload shipments with
 * `latestStatusUpdate`, `statusUpdates` and stops; the types of events, the fields of events and positions, the pairs of status and
 * reason, that duplicates come and that what is out of order or before the registration is not pushed (the histories have it); what a
 * registration (`POST /api/v4/tl/shipments`) must hold.
 * Not verified, for want of an account and of those pages: how webhooks prove who sends them (a token and basic authentication are
 * taken, its own OAuth 2 for webhooks is not), the names `arrivalDateTime` and `departureDateTime` at a stop's status, that
 * `GET /api/v4/tl/shipments/statuses` finds a shipment by its bill of lading (why a person decides
 * where a registration whose answer was lost is not found, unless `afterSettling` says otherwise) and shows as CANCELED or DELETED
 * what was ended, that `PUT /api/v4/tl/shipments/{id}` takes what POST
 * does and `/actions` the code CANCEL, and how many calls a minute are allowed. A webhook of many pages was not seen.
 */
export const project44: Connector<Project44Settings> = {
  id: 'project44',
  label: 'project44',
  capabilities: ['receive.webhook', 'track', 'write'],
  authentication: 'token',
  rateLimit: { perMinute: 120 },
  documentation: 'https://developers.project44.com/guides/shippers',
  settings,
  settingsLack: ({ publish, apiKey, apiSecret }) => (publish !== undefined && (apiKey === undefined || apiSecret === undefined) ? 'Loads are registered under a client application: set apiKey and apiSecret.' : null),
  receive: {
    contentTypes: ['application/json'],
    verify,
    // project44 names no delivery: a repeat has the same bytes.
    deliveryId: () => null,
    decode: decodeMessage,
  },
  perform,
  loads: publicationPolicy,
};

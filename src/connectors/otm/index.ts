import type { Connector } from '../contract.js';
import { verifyToken } from '../kit/signatures.js';
import { perform, publicationPolicy } from './publishing.js';
import { settings, type OtmSettings } from './settings.js';
import { decodeTrips } from './webhook.js';

/**
 * Transport management systems that speak Open Trip Model 5: their trips are read, and loads are told to them as trips.
 *
 * Checked against the OpenAPI document 5.7-rc.1 and the documentation 5.7 of its owner: entities, the three kinds of
 * associations, lifecycles, action types, results, constraints, documents, events, `PUT /api/v5/trips` with the id in the
 * trip, and that authentication is left to the parties, with a bearer token recommended. OTM names no envelope of messages: taken
 * is a trip, an event, or an array of entities and events, as a body of POST. The schema of an entity does not list the `actions` of a
 * trip, that of the request does: only trips that carry them are read.
 * Not defined by OTM, and ours: which keys of `externalAttributes` name a shipment, a facility and a stop (codes.ts), and `region` of an
 * address. Not verified: what partners do with a stop that is told in several lifecycles at once, as the documentation shows it.
 */
export const otm: Connector<OtmSettings> = {
  id: 'otm',
  label: 'Open Trip Model',
  capabilities: ['receive.webhook', 'write'],
  authentication: 'token',
  documentation: 'https://otm5.opentripmodel.org/',
  settings,
  settingsLack: ({ publish, url }) => (publish !== undefined && url === undefined ? 'Loads are told to an address: set url.' : null),
  receive: {
    contentTypes: ['application/json'],
    verify: verifyToken,
    // OTM gives a message no id of its own: the hash of the bytes tells a repeat.
    deliveryId: () => null,
    decode: decodeTrips,
  },
  perform,
  loads: publicationPolicy,
};

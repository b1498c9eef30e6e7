import type { Connector } from '../contract.js';
import { verifyToken } from '../kit/signatures.js';
import { settings, type OtmSettings } from './settings.js';
import { decodeTrips } from './webhook.js';

/**
 * Transport management systems that speak Open Trip Model 5.
 *
 * Checked against the OpenAPI document 5.7-rc.1 and the documentation 5.7 of its owner: entities,
 * associations, lifecycles, action types, results, constraints, and that authentication is left to the
 * parties, with a bearer token recommended. OTM names no endpoints and no envelope of messages: taken is
 * a trip, or an array of entities, as a body of POST. The documentation gives a trip its `actions`; the
 * schema of the release candidate does not list them there: only trips that carry them are read.
 * Not defined by OTM, and ours: which keys of `externalAttributes` name a shipment (codes.ts).
 */
export const otm: Connector<OtmSettings> = {
  id: 'otm',
  label: 'Open Trip Model',
  capabilities: ['receive.webhook'],
  authentication: 'token',
  documentation: 'https://otm5.opentripmodel.org/',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifyToken,
    // OTM gives a message no id of its own: the hash of the bytes tells a repeat.
    deliveryId: () => null,
    decode: decodeTrips,
  },
};

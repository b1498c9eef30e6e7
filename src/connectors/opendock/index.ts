import type { Connector } from '../contract.js';
import { verifyToken } from '../kit/signatures.js';
import { perform, test } from './performing.js';
import { settings, type OpendockSettings } from './settings.js';
import { poll } from './source.js';
import { decodeChange } from './webhook.js';

/**
 * Dock appointments, visits and warehouses of Opendock Nova: by its webhooks, and by its REST API (Neutron), which is asked for what changed and
 * by which appointments are booked, moved and cancelled.
 *
 * Checked against its public documentation and OpenAPI document (4.144) and a client of it: the fields of Appointment, AssetVisit
 * and Warehouse, the statuses, visit types and visit events; that a webhook is a POST with the type of
 * the entity, the operation (Create, Update, Delete) and the whole entity; that nothing is signed, and
 * that headers of our own can be registered: a bearer token is ours; login with e-mail and password and refresh of the token; lists in the
 * syntax of nestjsx/crud with search by `lastChangedDateTime`, `isActive` and `tags`, their sorting, joins and pages; what a booking needs
 * (load type, dock, start) and may have, that a change is a PATCH.
 * Not verified, for want of an account: the names of the three members of a webhook’s body (the likely ones are taken), and whether relations are in it
 * (what they would say is left open where they are not, until the next look); whether a carrier’s user may set tags (our
 * reference stands in the notes as well) and how notes are searched; that PATCH with the status Cancelled is how its own pages cancel (DELETE takes the
 * record away); which status tells a slot that is taken (every refusal is one); how many requests a minute are allowed.
 */
export const opendock: Connector<OpendockSettings> = {
  id: 'opendock',
  label: 'Opendock',
  capabilities: ['receive.webhook', 'receive.poll', 'schedule'],
  authentication: 'token',
  rateLimit: { perMinute: 120 },
  documentation: 'https://neutron.opendock.com/docs',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifyToken,
    // None is documented: the hash of the bytes tells a repeat.
    deliveryId: () => null,
    decode: decodeChange,
  },
  poll,
  perform,
  test,
};

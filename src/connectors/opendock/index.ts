import type { Connector } from '../contract.js';
import { verifyToken } from '../kit/signatures.js';
import { settings, type OpendockSettings } from './settings.js';
import { decodeChange } from './webhook.js';

/**
 * Dock appointments, visits and warehouses of Opendock Nova, by its webhooks.
 *
 * Checked against its public documentation and OpenAPI document: the fields of Appointment, AssetVisit
 * and Warehouse, the statuses, visit types and visit events; that a webhook is a POST with the type of
 * the entity, the operation (Create, Update, Delete) and the whole entity; that nothing is signed, and
 * that headers of our own can be registered: a bearer token is ours.
 * Not verified, for want of a real message (webhooks are in beta and set up by Opendock's people): the
 * names of the three members of the body, so the likely ones are taken; whether relations (dock,
 * loadType, assetVisitEvents, assetContainers) are in it, so what they would say is left open where they
 * are not. Polling its API by lastChangedDateTime is not part of this connector.
 */
export const opendock: Connector<OpendockSettings> = {
  id: 'opendock',
  label: 'Opendock',
  capabilities: ['receive.webhook'],
  authentication: 'token',
  documentation: 'https://developer.loadsmart.com/docs/opendock/for-warehouses/webhooks',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifyToken,
    // None is documented: the hash of the bytes tells a repeat.
    deliveryId: () => null,
    decode: decodeChange,
  },
};

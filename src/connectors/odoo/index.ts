import type { Connector } from '../contract.js';
import { verifyStandardWebhook } from '../kit/signatures.js';
import { storableDeliveryId } from '../kit/text.js';
import { odooPerform } from './perform.js';
import { odooSync } from './sync.js';
import { settings, type OdooSettings } from './settings.js';
import { decodeBatch } from './webhook.js';
import { companyCodes } from './companies.js';
import { writeBackPolicy } from './write-back.js';

/** Odoo through the gatehouse addon, which posts its outbox in signed batches and is read from to find what was lost. */
export const odoo: Connector<OdooSettings> = {
  id: 'odoo',
  label: 'Odoo',
  capabilities: ['receive.webhook', 'sync', 'write'],
  authentication: 'standard-webhooks',
  // Of commands, of which one call carries as many as are under way.
  rateLimit: { perMinute: 6_000, concurrency: 50 },
  documentation: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifyStandardWebhook,
    deliveryId: (message) => storableDeliveryId(message.headers['webhook-id']),
    decode: decodeBatch,
  },
  sync: odooSync(),
  perform: odooPerform(),
  writeBack: writeBackPolicy,
  companyOf: (given, id) => companyCodes(given.companies).get(id),
  companiesOf: (given) => [...companyCodes(given.companies).values()],
};

import type { Connector } from '../contract.js';
import { verifyToken } from '../kit/signatures.js';
import { perform, quote } from './perform.js';
import { settings, settingsLack, type RateTableSettings } from './settings.js';
import { decodeMessage } from './webhook.js';

/**
 * A carrier without an API: its price list is data, parcels get numbers from the range that it gave, labels are drawn here, and it is told by files
 * (a folder, SFTP, AS2, HTTP) or not at all. It may report where parcels are, with a token; richer files go to a connection of `files`.
 *
 * What is drawn follows published standards: Code 128 (ISO/IEC 15417), GS1-128 with an SSCC, UPU S10, ZPL II, PDF 1.4. Not tried on a
 * printer of Zebra's. Customs papers are not made; a label as PDF shows Latin letters alone.
 */
export const rateTable: Connector<RateTableSettings> = {
  id: 'rate-table',
  label: 'Rate table',
  capabilities: ['receive.webhook', 'quote', 'book', 'cancel', 'return', 'manifest'],
  authentication: 'token',
  documentation: 'https://www.gs1.org/standards/gs1-logistic-label-guideline',
  settings,
  settingsLack,
  receive: {
    contentTypes: ['application/json'],
    verify: verifyToken,
    deliveryId: () => null,
    decode: decodeMessage,
  },
  quote,
  perform,
};

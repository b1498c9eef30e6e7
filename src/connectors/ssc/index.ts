import type { Connector } from '../contract.js';
import { verifyToken } from '../kit/signatures.js';
import { perform, test } from './performing.js';
import { settings, type SscSettings } from './settings.js';
import { decodeMessage } from './webhook.js';

/**
 * Dock appointments at any system that speaks the standard of the Scheduling Standards Consortium, as a carrier or broker: free times,
 * schedule, reschedule, cancel, details, and the event appointment-changed.
 *
 * Checked against the published OpenAPI document, version 1.1.1 (github.com/freightapis/ssc): every path, member and code that is used here, that
 * refusals are answers with the status FAILURE, that stops are counted from 0, that a request may be decided later, that an event carries
 * no proof but the address to which it is sent, and that a rejected reschedule leaves the old time standing.
 * Left open by the standard, and to be tried with each system: how clients prove themselves (a bearer token, or OAuth client credentials);
 * whether appointments have ids and are found by them (their load and stop name them where they have none); which identifiers are demanded; what
 * keeps a repeated request from doing a thing twice (ours carries Idempotency-Key, and asks how the stop stands before and after). Subscriptions
 * are set up there by hand: the address ends in the capability. Answers to callbackUrl are not asked for: what is not decided at once is asked for again.
 */
export const ssc: Connector<SscSettings> = {
  id: 'ssc',
  label: 'SSC dock scheduling',
  capabilities: ['receive.webhook', 'schedule'],
  authentication: 'token',
  rateLimit: { perMinute: 60 },
  documentation: 'https://freightapis.github.io/ssc/v1.1',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: verifyToken,
    capability: true,
    // None is documented: the hash of the bytes tells a repeat.
    deliveryId: () => null,
    decode: decodeMessage,
  },
  perform,
  test,
};

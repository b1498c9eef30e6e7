import type { Connector } from '../contract.js';
import { noticeReceivers } from '../kit/edi/receivers.js';
import { verifyToken } from '../kit/signatures.js';
import { pollTransport, wrappedTransport } from '../kit/transports/inbound.js';
import { transportLack } from '../kit/transports/transport.js';
import { performEdifact } from './perform.js';
import { profileOf } from './profile.js';
import { settings, type EdifactSettings } from './settings.js';
import { decodeFile } from './webhook.js';

/**
 * UN/EDIFACT interchanges with trading partners, over HTTP, AS2, SFTP or folders. A connection is one partner; its
 * setting `profile` holds what was agreed. Messages are in messages/, one file each.
 *
 * Syntax after ISO 9735, versions 1 to 4; status events after UN/CEFACT Recommendation 24, revision 6; DESADV as
 * GS1's guides (EANCOM) use it, checked against public samples. No interchange that we write was read by a
 * partner's own system. Not verified: which of a DESADV's references (AAJ, ON, CU, DQ) a partner uses for the
 * order that it carried out, which reference qualifiers a partner uses for what, which differs between their guides, and
 * interchanges in UNOX, whose switching of character sets (ISO 2022) is not followed.
 */
export const edifact: Connector<EdifactSettings> = {
  id: 'edifact',
  label: 'EDI EDIFACT',
  capabilities: ['receive.webhook', 'receive.file', 'receive.poll', 'write'],
  authentication: 'token',
  documentation: 'https://unece.org/trade/uncefact/introducing-unedifact',
  rateLimit: { perMinute: 600 },
  settings,
  settingsLack: (settings) => transportLack(settings, profileOf(settings)?.acknowledge === true ? 'profile.acknowledge' : null),
  receive: {
    contentTypes: ['application/edifact', 'text/plain', 'application/octet-stream'],
    verify: verifyToken,
    // Senders begin their references anew, and send corrections under the same one: the hash of the bytes tells a repeat.
    deliveryId: () => null,
    wrapped: wrappedTransport,
    decode: decodeFile,
  },
  poll: pollTransport,
  noticeReceivers,
  perform: performEdifact,
};

import type { Connector } from '../contract.js';
import { noticeReceivers } from '../kit/edi/receivers.js';
import { verifyToken } from '../kit/signatures.js';
import { pollTransport, wrappedTransport } from '../kit/transports/inbound.js';
import { transportLack } from '../kit/transports/transport.js';
import { warehousePolicy } from '../kit/warehouse.js';
import { performX12 } from './perform.js';
import { profileOf } from './profile.js';
import { settings, type X12Settings } from './settings.js';
import { decodeFile } from './webhook.js';

/**
 * ANSI X12 interchanges with trading partners, over HTTP, AS2, SFTP or folders. A connection is one partner;
 * its setting `profile` holds what was agreed. Sets are in sets/, one file each.
 *
 * Written to release 004010. X12's own texts are sold, not published: segments and codes were checked
 * against partners' public implementation guides; codes that differ there stand in codes.ts with a note.
 * An 856 goes out as most retailers want it (shipment, order, pallets, cartons, items); those who want another
 * order of levels, or segments of their own, were not tried.
 */
export const x12: Connector<X12Settings> = {
  id: 'x12',
  label: 'EDI X12',
  capabilities: ['receive.webhook', 'receive.file', 'receive.poll', 'write'],
  authentication: 'token',
  documentation: 'https://x12.org/products/transaction-sets',
  rateLimit: { perMinute: 600 },
  settings,
  settingsLack: (settings) => transportLack(settings, (profileOf(settings)?.acknowledge.length ?? 0) > 0 ? 'profile.acknowledge' : null),
  receive: {
    contentTypes: ['application/edi-x12', 'text/plain', 'application/octet-stream'],
    verify: verifyToken,
    // A control number (ISA13) is unique for its sender only in theory: partners restart them and
    // send corrections under the same one. The hash of the bytes tells a repeat.
    deliveryId: () => null,
    wrapped: wrappedTransport,
    decode: decodeFile,
  },
  poll: pollTransport,
  noticeReceivers,
  perform: performX12,
  warehouse: warehousePolicy,
};

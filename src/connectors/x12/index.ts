import type { Connector } from '../contract.js';
import { verifyToken } from '../kit/signatures.js';
import { settings, type X12Settings } from './settings.js';
import { decodeFile } from './webhook.js';

/** ANSI X12 interchanges from trading partners, over HTTP or through a watched folder. Reads 214. */
export const x12: Connector<X12Settings> = {
  id: 'x12',
  label: 'EDI X12',
  capabilities: ['receive.webhook', 'receive.file'],
  authentication: 'token',
  documentation: 'https://x12.org/products/transaction-sets',
  settings,
  receive: {
    contentTypes: ['application/edi-x12', 'text/plain', 'application/octet-stream'],
    verify: verifyToken,
    // A control number (ISA13) is unique for its sender only in theory: partners restart them and
    // send corrections under the same one. The hash of the bytes tells a repeat.
    deliveryId: () => null,
    decode: decodeFile,
  },
};

import type { Connector } from '../contract.js';
import { verifyToken } from '../kit/signatures.js';
import { pollTransport, wrappedTransport } from '../kit/transports/inbound.js';
import { transportLack } from '../kit/transports/transport.js';
import { decodeFile } from './decode.js';
import { perform } from './perform.js';
import { settings, type FilesSettings } from './settings.js';

/** CSV and lines of fixed width from any partner, by a mapping that is data: over HTTP, from a watched folder, over SFTP. A results file goes back by the transport. */
export const files: Connector<FilesSettings> = {
  id: 'files',
  label: 'Files (CSV, fixed width)',
  capabilities: ['receive.webhook', 'receive.file', 'receive.poll', 'write'],
  authentication: 'token',
  documentation: 'https://www.rfc-editor.org/rfc/rfc4180',
  settings,
  settingsLack: (settings) => transportLack(settings, settings.results === undefined || settings.results === 'none' ? null : 'results'),
  receive: {
    contentTypes: ['text/csv', 'text/plain', 'application/octet-stream'],
    verify: verifyToken,
    deliveryId: () => null,
    wrapped: wrappedTransport,
    decode: decodeFile,
  },
  poll: pollTransport,
  perform,
};

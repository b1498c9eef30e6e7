import { z } from 'zod';
import type { Access, Outcome } from '../../contract.js';
import { structured } from '../structured.js';
import type { Delivered, Delivery } from './delivery.js';
import { deliverOverAs2 } from './as2/deliver.js';
import { as2Secrets, as2Transport } from './as2/settings.js';
import { deliverToFolder, folderTransport } from './folder.js';
import { deliverOverHttp, httpTransport } from './http.js';
import { deliverOverSftp } from './sftp/deliver.js';
import { sftpSecrets, sftpTransport } from './sftp/settings.js';

export type { Delivered, Delivery };

/** How bytes go to a partner, as the setting `transport` of a connection says it. Another way is another member of this union. */
export const transportSchema = z.discriminatedUnion('kind', [folderTransport, httpTransport, sftpTransport, as2Transport]);

export type TransportSettings = z.infer<typeof transportSchema>;

/** The setting `transport`. Secrets of a transport are settings of their own, so that they are encrypted: `transportToken`. */
export const transportSettings = {
  transport: structured(transportSchema).meta({ title: 'Transport', description: 'How interchanges go to the partner, e.g. {"kind":"folder","path":"/var/edi/out"} or {"kind":"http","url":"https://edi.example.com/in"}.' }).optional(),
  transportToken: z.string().min(1).max(4_000).meta({ secret: true, title: 'Transport token', description: 'Sent as bearer token where interchanges go over HTTP.' }).optional(),
  ...sftpSecrets,
  ...as2Secrets,
};

/** What a connector's settings hold of it. */
export interface TransportAccess {
  transport?: TransportSettings | undefined;
}

/** Words for settings that have something go back to the partner and do not say how; null where they do. `what`: the setting that has it go, null: none. */
export function transportLack({ transport }: TransportAccess, what: string | null): string | null {
  return what === null || transport !== undefined ? null : `transport: ${what} has something go to the partner, and nothing says how. Set transport, too, e.g. transport={"kind":"folder","path":"/var/edi/out"}.`;
}

/**
 * Hands bytes to the partner. Called again with the same delivery when its answer was lost: each way makes
 * of a repeat no second file where it can.
 */
export async function deliver(access: Access<TransportAccess>, delivery: Delivery, timeoutMs: number): Promise<Outcome<Delivered>> {
  const { transport } = access.settings;
  if (transport === undefined) return { ok: false, error: { kind: 'auth', message: 'The connection has no transport. Set how interchanges go to the partner.', raw: '' } };
  switch (transport.kind) {
    case 'folder':
      return deliverToFolder(transport, delivery);
    case 'http':
      return deliverOverHttp(access, transport, delivery, timeoutMs);
    case 'sftp':
      return deliverOverSftp(access, transport, delivery, timeoutMs);
    case 'as2':
      return deliverOverAs2(access, transport, delivery, timeoutMs);
  }
}

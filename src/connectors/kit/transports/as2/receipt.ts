import { hash } from 'node:crypto';
import type { Identity } from './cms.js';
import { contentOf, mediaTypeOf, MimeFault, parseEntity, partsOf, writeEntity, writeParts, type Entity } from './mime.js';
import { micText, signPart, type Mic } from './signed.js';
import type { Digest } from './algorithms.js';

/** A message disposition notification (RFC 4130, 7; RFC 8098), as it is read. */
export interface Receipt {
  /** Message-ID of what it is about. */
  messageId: string;
  /** What became of it: `processed`, `processed/error: decryption-failed`, in small letters. */
  disposition: string;
  mic: { digest: string; value: string } | null;
}

export interface NewReceipt {
  /** Our AS2 name and the partner's. */
  from: string;
  to: string;
  messageId: string;
  disposition: 'processed' | `processed/error: ${string}` | `failed/failure: ${string}`;
  mic: Mic | null;
  /** Null: unsigned, as it was asked for. */
  sign: Digest | null;
}

export interface WrittenReceipt {
  headers: Record<string, string>;
  body: Buffer;
}

/** The same message gets the same receipt, byte for byte: it names no time. */
export function writeReceipt({ from, to, messageId, disposition, mic, sign }: NewReceipt, identity: Identity): WrittenReceipt {
  const words = disposition === 'processed' ? 'The message was received and is kept.' : 'The message was not taken.';
  const text = writeEntity({ 'Content-Type': 'text/plain; charset=us-ascii', 'Content-Transfer-Encoding': '7bit' }, Buffer.from(`${words}\r\n`));
  const fields = [
    'Reporting-UA: Gatehouse', `Original-Recipient: rfc822; ${from}`, `Final-Recipient: rfc822; ${from}`, `Original-Message-ID: ${messageId}`,
    `Disposition: automatic-action/MDN-sent-automatically; ${disposition}`, ...(mic === null ? [] : [`Received-Content-MIC: ${micText(mic)}`]),
  ];
  const report = writeEntity({ 'Content-Type': 'message/disposition-notification', 'Content-Transfer-Encoding': '7bit' }, Buffer.from(`${fields.join('\r\n')}\r\n`));
  const name = hash('sha256', `${from}\n${to}\n${messageId}\n${mic?.value ?? ''}\n${disposition}`, 'hex').slice(0, 40);
  const type = `multipart/report; report-type=disposition-notification; boundary="report-${name}"`;
  const body = writeParts([text, report], `report-${name}`);
  const common = { 'AS2-Version': '1.2', 'AS2-From': quoted(from), 'AS2-To': quoted(to), 'Message-ID': `<${name}@gatehouse>`, 'MIME-Version': '1.0' };
  if (sign === null) return { headers: { ...common, 'Content-Type': type }, body };
  const signed = signPart(writeEntity({ 'Content-Type': type }, body), identity, sign);
  return { headers: { ...common, 'Content-Type': signed.contentType }, body: signed.body };
}

/** @throws MimeFault */
export function readReceipt(entity: Entity): Receipt {
  const type = mediaTypeOf(entity.headers['content-type']);
  if (type.type !== 'multipart/report') throw new MimeFault('It is no receipt.');
  for (const part of partsOf(entity.body, type)) {
    const each = parseEntity(part);
    if (mediaTypeOf(each.headers['content-type']).type !== 'message/disposition-notification') continue;
    const fields = parseEntity(Buffer.concat([Buffer.from(contentOf(each).toString('latin1').trimEnd(), 'latin1'), Buffer.from('\r\n\r\n')])).headers;
    const disposition = fields['disposition']?.split(';').slice(1).join(';').trim().toLowerCase();
    const messageId = fields['original-message-id'];
    if (disposition === undefined || messageId === undefined) throw new MimeFault('The receipt does not say of which message it is, or what became of it.');
    const mic = /^([A-Za-z0-9+/=]+)\s*,\s*([A-Za-z0-9-]+)/.exec(fields['received-content-mic'] ?? '');
    return { messageId, disposition: disposition.replace(/\s+/g, ' ').slice(0, 300), mic: mic === null ? null : { value: mic[1]!, digest: mic[2]!.toLowerCase().replace('-', '') } };
  }
  throw new MimeFault('The receipt has no part for machines.');
}

/** What is wrong with it; null where the partner has what was sent. */
export function faultOf({ disposition, mic }: Receipt, sent: { digest: string; value: string }): string | null {
  if (!/^processed($|\s*\/\s*warning)/.test(disposition)) return `The partner answered: ${disposition}.`;
  if (mic === null) return 'The receipt names no integrity check.';
  return mic.digest === sent.digest && mic.value === sent.value ? null : 'The partner received other bytes than were sent: the integrity checks differ.';
}

/** A name with blanks stands in quotes (RFC 4130, 6.2). */
export function quoted(name: string): string {
  return name.includes(' ') ? `"${name}"` : name;
}

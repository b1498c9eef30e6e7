import type { X509Certificate } from 'node:crypto';
import type { Access, IncomingMessage, Opened } from '../../../contract.js';
import { storableText } from '../../json.js';
import { decompress } from './cms.js';
import { decrypt } from './envelope.js';
import { CmsFault } from './structure.js';
import { evidenceOf } from './deliver.js';
import { ourIdentity } from './identity.js';
import { contentOf, mediaTypeOf, MimeFault, parseEntity, type Entity } from './mime.js';
import { faultOf, readReceipt, writeReceipt, type NewReceipt, type WrittenReceipt } from './receipt.js';
import { keysOf, readCertificates, type As2Transport } from './settings.js';
import { openSigned, type Mic } from './signed.js';

/** Bytes that a compressed message may grow to. */
const maxBytes = 50 * 1024 * 1024;
/** Wraps within one another: encrypted, signed, compressed, in any order. */
const maxDepth = 5;

type OpenedBy = Pick<Access<object>, 'secrets'>;

interface Taken {
  entity: Entity;
  mic: Mic | null;
  encrypted: boolean;
}

/**
 * Opens a message by AS2: only from the partner and to us by name, signed with a certificate of the partner, over the
 * raw bytes. Whatever else is wrong is answered with one and the same error: which step failed would help to break
 * ciphertexts (the message is for our own log).
 */
export function openAs2(message: IncomingMessage, transport: As2Transport, access: OpenedBy): Opened {
  const { headers } = message;
  const messageId = headers['message-id']?.trim() ?? '';
  if (nameOf(headers['as2-from']) !== transport.to || nameOf(headers['as2-to']) !== transport.from) return { ok: false, why: 'AS2-From or AS2-To names somebody else', reply: null };
  if (!/^[\x21-\x7e]{3,300}$/.test(messageId)) return { ok: false, why: 'Message-ID is missing or no id', reply: null };
  let opened: Taken;
  try {
    opened = unwrap({ headers: headers as Record<string, string>, body: Buffer.from(message.body) }, transport, access, message.receivedMs);
    if (mediaTypeOf(opened.entity.headers['content-type']).type === 'multipart/report') {
      const receipt = readReceipt(opened.entity);
      return { ok: true, receipt: { messageId: receipt.messageId, disposition: receipt.disposition, signed: evidenceOf(headers['content-type'], message.body), faultOf: (sent) => faultOf(receipt, sent) } };
    }
    if (transport.requireEncryption && !opened.encrypted) throw new CmsFault('It is not encrypted.');
    const body = contentOf(opened.entity);
    const mic = opened.mic!;
    return {
      ok: true, message: { headers: keptHeaders(opened.entity, messageId), body, receivedMs: message.receivedMs },
      // Another content under the same id is another message: what is answered for must be kept.
      deliveryId: `${messageId} ${mic.value}`,
      ...answerTo(message, transport, access, { messageId, disposition: 'processed', mic }),
    };
  } catch (error) {
    if (!(error instanceof CmsFault) && !(error instanceof MimeFault)) throw error;
    return { ok: false, why: error.message, ...refusalOf(message, transport, access, messageId) };
  }
}

/** @throws CmsFault, MimeFault */
function unwrap(outer: Entity, transport: As2Transport, { secrets }: OpenedBy, atMs: number): Taken {
  const certificates: X509Certificate[] = readCertificates(transport.partnerCertificates);
  const taken: Taken = { entity: outer, mic: null, encrypted: false };
  for (let depth = 0; depth < maxDepth; depth++) {
    const type = mediaTypeOf(taken.entity.headers['content-type']);
    if (type.type === 'multipart/signed') {
      const { part, mic } = openSigned(taken.entity.body, type, certificates, atMs);
      taken.mic ??= mic;
      taken.entity = parseEntity(part);
    } else if (type.type === 'application/pkcs7-mime' || type.type === 'application/x-pkcs7-mime') {
      const content = contentOf(taken.entity);
      const isCompressed = type.parameters.get('smime-type')?.toLowerCase() === 'compressed-data';
      taken.entity = parseEntity(isCompressed ? decompress(content, maxBytes) : decrypt(content, keysOf(secrets)));
      taken.encrypted ||= !isCompressed;
    } else {
      if (taken.mic === null) throw new CmsFault('It is not signed.');
      return taken;
    }
  }
  throw new MimeFault('It is wrapped too often.');
}

function keptHeaders({ headers }: Entity, messageId: string): Record<string, string> {
  const file = mediaTypeOf(`x${/;.*/s.exec(headers['content-disposition'] ?? '')?.[0] ?? ''}`).parameters.get('filename');
  return { 'content-type': storableText(headers['content-type'] ?? 'application/octet-stream').slice(0, 1000), 'x-as2-message-id': messageId, ...(file === undefined ? {} : { 'x-gatehouse-file': storableText(file).slice(0, 1000) }) };
}

/** Null where nobody can sign it, or none is wanted. */
function answerTo({ headers, receivedMs }: IncomingMessage, transport: As2Transport, access: OpenedBy, about: Pick<NewReceipt, 'messageId' | 'disposition' | 'mic'>): Pick<Extract<Opened, { ok: false }>, 'reply' | 'later'> {
  if (headers['disposition-notification-to'] === undefined) return { reply: null };
  const identity = ourIdentity(access, transport, receivedMs);
  const isSigned = /signed-receipt-protocol/i.test(headers['disposition-notification-options'] ?? '');
  const written = writeReceipt({ ...about, from: transport.from, to: transport.to, sign: isSigned ? (about.mic?.digest ?? transport.sign) : null }, identity);
  const url = headers['receipt-delivery-option'];
  if (url === undefined) return { reply: { status: 200, ...written } };
  // The header is not signed: receipts go to the partner's own host alone.
  if (URL.parse(url)?.host !== URL.parse(transport.url)?.host) throw new CmsFault('Receipt-Delivery-Option names another host than that of the partner.');
  return { reply: { status: 200, headers: {}, body: Buffer.alloc(0) }, later: toSend(url, written) };
}

function refusalOf(message: IncomingMessage, transport: As2Transport, access: OpenedBy, messageId: string): Pick<Extract<Opened, { ok: false }>, 'reply'> {
  try {
    const { reply } = answerTo({ ...message, headers: { ...message.headers, 'receipt-delivery-option': undefined } }, transport, access, { messageId, disposition: 'processed/error: authentication-failed', mic: null });
    return { reply };
  } catch (error) {
    if (error instanceof CmsFault) return { reply: null };
    throw error;
  }
}

function toSend(url: string, { headers, body }: WrittenReceipt): NonNullable<Extract<Opened, { ok: false }>['later']> {
  return { url, headers, body: body.toString('base64') };
}

function nameOf(header: string | undefined): string | undefined {
  return header?.trim().replace(/^"(.*)"$/, '$1');
}

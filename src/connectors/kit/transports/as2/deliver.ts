import type { Access, Outcome } from '../../../contract.js';
import { failure, sendRequest, statusError, type HttpAnswer } from '../../http.js';
import type { Delivered, Delivery } from '../delivery.js';
import { compress, type Identity } from './cms.js';
import { encrypt } from './envelope.js';
import { CmsFault } from './structure.js';
import { ourIdentity, partnersCertificate } from './identity.js';
import { mediaTypeOf, MimeFault, parseEntity, writeEntity, type Entity } from './mime.js';
import { faultOf, quoted, readReceipt, type Receipt } from './receipt.js';
import { readCertificates, type As2Transport } from './settings.js';
import { micOf, openSigned, signPart, type Mic } from './signed.js';

const maxAnswer = 1024 * 1024;

/**
 * Sends by AS2 (RFC 4130): compressed where it is to be, signed, encrypted. With a receipt at once it has arrived when
 * the partner's signature says so over the very bytes; a repeat has the same Message-ID, by which the partner knows it.
 */
export async function deliverOverAs2(access: Access<object>, transport: As2Transport, delivery: Delivery, timeoutMs: number): Promise<Outcome<Delivered>> {
  const nowMs = Date.now();
  const messageId = messageIdOf(transport, delivery.id);
  let message: { headers: Record<string, string>; body: Buffer; mic: Mic };
  try {
    message = wrapDelivery(delivery, ourIdentity(access, transport, nowMs), transport, nowMs);
  } catch (error) {
    if (error instanceof CmsFault) return failure('auth', error.message, '');
    throw error;
  }
  if (transport.receipt === 'async' && transport.receiptUrl === undefined) return failure('auth', 'Receipts are to come later, and receiptUrl does not say where to.', '');
  const headers = { ...message.headers, ...addressing(transport, messageId), ...receiptWanted(transport) };
  const answer = await sendRequest({ method: 'POST', url: transport.url, headers, body: message.body, timeoutMs, maxBytes: maxAnswer, secrets: [], allowedNetworks: access.allowedNetworks });
  if (!answer.ok) return answer;
  const error = statusError(answer.value, []);
  if (error !== null) return { ok: false, error };
  const receipt = { messageId, mic: message.mic.value, digest: message.mic.digest };
  if (transport.receipt === 'none') return { ok: true, value: { receipt: { ...receipt, state: 'NONE' } } };
  if (transport.receipt === 'async') return { ok: true, value: { receipt: { ...receipt, state: 'AWAITED', dueAt: new Date(nowMs + transport.receiptHours * 3_600_000).toISOString() } } };
  const fault = judge(answer.value, transport, messageId, message.mic, nowMs);
  return fault === null ? { ok: true, value: { receipt: { ...receipt, state: 'RECEIVED', signed: evidenceOf(answer.value.headers['content-type'], answer.value.bytes) } } } : fault;
}

/** The receipt as it came, in base64: the partner's signature is what proves it. */
export function evidenceOf(contentType: string | undefined, body: Uint8Array): string {
  return writeEntity({ 'Content-Type': contentType ?? '' }, body).toString('base64');
}

/** The command's id stands in it: by it a receipt that comes later finds what it is of. */
export function messageIdOf({ from }: As2Transport, id: string): string {
  return `<${id}@${from.replace(/[^A-Za-z0-9.-]+/g, '-')}>`;
}

function wrapDelivery({ name, contentType, bytes }: Delivery, identity: Identity, transport: As2Transport, nowMs: number): { headers: Record<string, string>; body: Buffer; mic: Mic } {
  const plain = writeEntity({ 'Content-Type': contentType, 'Content-Transfer-Encoding': 'binary', 'Content-Disposition': `attachment; filename="${name.replace(/["\\\r\n]/g, '_')}"` }, bytes);
  const part = transport.compress ? writeEntity({ 'Content-Type': 'application/pkcs7-mime; smime-type=compressed-data; name="smime.p7z"', 'Content-Transfer-Encoding': 'binary' }, compress(plain)) : plain;
  const signed = signPart(part, identity, transport.sign);
  const mic = micOf(part, transport.sign);
  if (transport.encrypt === 'none') return { headers: { 'content-type': signed.contentType }, body: signed.body, mic };
  const body = encrypt(writeEntity({ 'Content-Type': signed.contentType }, signed.body), partnersCertificate(transport, nowMs), transport.encrypt);
  return { headers: { 'content-type': 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"', 'content-transfer-encoding': 'binary', 'content-disposition': 'attachment; filename="smime.p7m"' }, body, mic };
}

function addressing({ from, to }: As2Transport, messageId: string): Record<string, string> {
  return { 'as2-version': '1.2', 'as2-from': quoted(from), 'as2-to': quoted(to), 'message-id': messageId, 'mime-version': '1.0', date: new Date().toUTCString(), subject: 'Message' };
}

function receiptWanted({ receipt, receiptUrl, from, sign }: As2Transport): Record<string, string> {
  if (receipt === 'none') return {};
  return {
    'disposition-notification-to': quoted(from), 'disposition-notification-options': `signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, ${sign.replace('sha', 'sha-')}`,
    ...(receipt === 'async' ? { 'receipt-delivery-option': receiptUrl! } : {}),
  };
}

/** Null where the receipt says that the partner has it. */
function judge(answer: HttpAnswer, transport: As2Transport, messageId: string, mic: Mic, nowMs: number): Outcome<never> | null {
  try {
    const receipt = openReceipt({ headers: answer.headers, body: Buffer.from(answer.bytes) }, transport, nowMs);
    if (receipt.messageId !== messageId) return failure('unparseable', 'The receipt is of another message.', receipt.messageId.slice(0, 300));
    const fault = faultOf(receipt, mic);
    return fault === null ? null : failure('invalid', fault, receipt.disposition);
  } catch (error) {
    if (error instanceof CmsFault || error instanceof MimeFault) return failure('unparseable', `The answer is no receipt that can be believed: ${error.message}`, '');
    throw error;
  }
}

/** A receipt signed by the partner. @throws CmsFault, MimeFault */
export function openReceipt(entity: Entity, transport: As2Transport, nowMs: number): Receipt {
  const type = mediaTypeOf(entity.headers['content-type']);
  if (type.type !== 'multipart/signed') throw new CmsFault('It is not signed.');
  return readReceipt(parseEntity(openSigned(entity.body, type, readCertificates(transport.partnerCertificates), nowMs).part));
}

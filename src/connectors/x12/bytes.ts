import type { Anomaly } from '../../model/facts.js';
import { UnreadableMessage } from '../contract.js';
import { storableText } from '../kit/json.js';

/**
 * Bytes of an interchange as text. Partners send ASCII, UTF-8 or ISO-8859-1 and do not say which:
 * what is valid UTF-8 is UTF-8, anything else is ISO-8859-1, in which every byte is a character.
 * @throws UnreadableMessage for nothing at all, and for UTF-16
 */
export function decodeText(body: Uint8Array): { text: string; anomalies: Anomaly[] } {
  if (body.length === 0) throw new UnreadableMessage('The body is empty.');
  if ((body[0] === 0xff && body[1] === 0xfe) || (body[0] === 0xfe && body[1] === 0xff)) {
    throw new UnreadableMessage('The file is UTF-16. Send X12 as ASCII, UTF-8 or ISO-8859-1.');
  }
  const anomalies: Anomaly[] = [];
  const text = utf8OrLatin1(body);
  const withoutMark = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (withoutMark !== text) anomalies.push({ kind: 'BYTE_ORDER_MARK', message: 'The file starts with a byte order mark, which X12 does not know. It was read without it.', severity: 'LOW' });
  const clean = storableText(withoutMark);
  if (clean !== withoutMark) anomalies.push({ kind: 'TEXT_REPAIRED', message: 'The file holds NUL characters; they were replaced by U+FFFD.', severity: 'LOW' });
  return { text: clean, anomalies };
}

function utf8OrLatin1(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    // Not UTF-8: not a fault, X12 leaves the character set to the partners.
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  }
}

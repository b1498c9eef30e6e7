import type { Anomaly } from '../../../model/facts.js';
import { UnreadableMessage } from '../../contract.js';

/** Text of an interchange, with what is needed to make the same bytes of it again. */
export interface EdiText {
  text: string;
  charset: Charset;
  /** A byte order mark stood before it. */
  marked: boolean;
  anomalies: Anomaly[];
}

/** `utf-8`, `latin1`, or a member of ISO 8859 as `TextDecoder` names it. */
export type Charset = 'utf-8' | 'latin1' | `iso-8859-${number}`;

const mark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Bytes as text. Partners send ASCII, UTF-8 or ISO 8859-1 and do not say which: what is valid UTF-8 is
 * UTF-8, anything else is ISO 8859-1, in which every byte is a character.
 * @param charset where the interchange names its character set
 * @throws UnreadableMessage for nothing at all, and for UTF-16
 */
export function decodeText(body: Uint8Array, charset?: Charset): EdiText {
  if (body.length === 0) throw new UnreadableMessage('The body is empty.');
  if ((body[0] === 0xff && body[1] === 0xfe) || (body[0] === 0xfe && body[1] === 0xff)) {
    throw new UnreadableMessage('The file is UTF-16. Send it as ASCII, UTF-8 or ISO-8859-1.');
  }
  const anomalies: Anomaly[] = [];
  const marked = mark.equals(body.subarray(0, 3));
  if (marked) anomalies.push({ kind: 'BYTE_ORDER_MARK', message: 'The file starts with a byte order mark, which EDI does not know. It was read without it.', severity: 'LOW' });
  const read = textOf(marked ? body.subarray(3) : body, charset);
  // Decoded bytes hold no half of a surrogate pair: NUL alone is what PostgreSQL refuses.
  const text = read.text.includes('\u0000') ? read.text.replaceAll('\u0000', '\uFFFD') : read.text;
  if (text !== read.text) anomalies.push({ kind: 'TEXT_REPAIRED', message: 'The file holds NUL characters; they were replaced by U+FFFD.', severity: 'LOW' });
  return { text, charset: read.charset, marked, anomalies };
}

/**
 * Text as bytes: the other way of `decodeText`.
 * @throws RangeError where the character set has no such character
 */
export function encodeText(text: string, charset: Charset, marked = false): Uint8Array {
  const bytes = charset === 'utf-8' ? Buffer.from(text, 'utf8') : charset === 'latin1' ? latin1Bytes(text) : tableBytes(text, charset);
  return marked ? Buffer.concat([mark, bytes]) : bytes;
}

function textOf(body: Uint8Array, charset: Charset | undefined): { text: string; charset: Charset } {
  if (charset === undefined || charset === 'utf-8') {
    try {
      return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body), charset: 'utf-8' };
    } catch {
      // Not UTF-8: not a fault, the character set is left to the partners.
    }
  } else if (charset !== 'latin1') {
    return { text: new TextDecoder(charset).decode(body), charset };
  }
  return { text: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), charset: 'latin1' };
}

function latin1Bytes(text: string): Buffer {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) throw new RangeError(`ISO 8859-1 has no character ${JSON.stringify(text[at])}.`);
  return Buffer.from(text, 'latin1');
}

const tables = new Map<Charset, ReadonlyMap<string, number>>();

function tableBytes(text: string, charset: Charset): Buffer {
  let table = tables.get(charset);
  if (table === undefined) {
    const characters = [...new TextDecoder(charset).decode(Uint8Array.from({ length: 256 }, (_, byte) => byte))];
    table = new Map(characters.map((character, byte) => [character, byte]));
    tables.set(charset, table);
  }
  return Buffer.from(Array.from(text, (character) => {
    const byte = table.get(character);
    if (byte === undefined) throw new RangeError(`${charset} has no character ${JSON.stringify(character)}.`);
    return byte;
  }));
}

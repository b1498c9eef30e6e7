import { randomBytes } from 'node:crypto';

/** A part of a message: its own headers, and its bytes as they came. */
export interface Entity {
  /** Names in lower case; folded lines joined. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/** Something that is no message in MIME. For our own people. */
export class MimeFault extends Error {}

const maxHeaderBytes = 64 * 1024;

/** @throws MimeFault where no headers begin it */
export function parseEntity(bytes: Buffer): Entity {
  if (bytes.byteLength > 0 && (bytes[0] === 0x0d || bytes[0] === 0x0a)) return { headers: {}, body: bytes.subarray(bytes[0] === 0x0d ? 2 : 1) };
  const [crlf, lf] = [bytes.indexOf('\r\n\r\n'), bytes.indexOf('\n\n')];
  const isCrlf = crlf !== -1 && (lf === -1 || crlf < lf);
  const end = isCrlf ? crlf : lf;
  if (end === -1 || end > maxHeaderBytes) throw new MimeFault('It has no headers.');
  const lines = bytes.toString('latin1', 0, end).replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const match = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line);
    if (match === null) throw new MimeFault('It has no headers.');
    headers[match[1]!.toLowerCase()] ??= match[2]!.trim();
  }
  return { headers, body: bytes.subarray(end + (isCrlf ? 4 : 2)) };
}

export interface MediaType {
  /** In small letters. */
  type: string;
  parameters: ReadonlyMap<string, string>;
}

export function mediaTypeOf(header: string | undefined): MediaType {
  const text = header ?? 'text/plain';
  const parameters = new Map<string, string>();
  for (const match of text.slice(0, 4_000).matchAll(/;\s*([^\s=;"]+)\s*=\s*(?:"([^"]*)"|([^\s;]*))/g)) parameters.set(match[1]!.toLowerCase(), match[2] ?? match[3] ?? '');
  return { type: text.split(';', 1)[0]!.trim().toLowerCase(), parameters };
}

/**
 * The parts between boundaries, each as its bytes stand there: what was signed must not change by a blank.
 * @throws MimeFault
 */
export function partsOf(body: Buffer, { parameters }: MediaType): Buffer[] {
  const boundary = parameters.get('boundary');
  if (boundary === undefined || boundary === '' || boundary.length > 200) throw new MimeFault('It names no boundary.');
  const marks: Array<{ start: number; end: number; isLast: boolean }> = [];
  for (let at = body.indexOf(`--${boundary}`); at !== -1 && marks.length < 20; at = body.indexOf(`--${boundary}`, at + 1)) {
    if (at > 0 && body[at - 1] !== 0x0a) continue;
    const lineEnd = body.indexOf('\n', at);
    const rest = body.toString('latin1', at + boundary.length + 2, lineEnd === -1 ? body.byteLength : lineEnd).trimEnd();
    if (rest !== '' && rest !== '--') continue;
    marks.push({ start: at, end: lineEnd === -1 ? body.byteLength : lineEnd + 1, isLast: rest === '--' });
    if (rest === '--') break;
  }
  if (marks.length < 2 || !marks.at(-1)!.isLast) throw new MimeFault('Its parts are not whole.');
  // The line break before a boundary belongs to the boundary (RFC 2046, 5.1.1).
  return marks.slice(0, -1).map((mark, index) => {
    const next = marks[index + 1]!.start;
    const end = next >= 2 && body[next - 2] === 0x0d ? next - 2 : next - 1;
    return body.subarray(mark.end, Math.max(mark.end, end));
  });
}

/** The content with its transfer encoding taken off. @throws MimeFault */
export function contentOf({ headers, body }: Entity): Buffer {
  const encoding = (headers['content-transfer-encoding'] ?? 'binary').toLowerCase();
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64');
  if (encoding === 'binary' || encoding === '7bit' || encoding === '8bit') return body;
  throw new MimeFault(`The transfer encoding ${encoding.slice(0, 40)} is not taken.`);
}

/** Headers and content as they go over the wire, with CRLF. */
export function writeEntity(headers: Readonly<Record<string, string>>, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`), body]);
}

/** @param boundary a text that none of the parts holds */
export function writeParts(parts: readonly Uint8Array[], boundary: string): Buffer {
  return Buffer.concat([...parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), part, Buffer.from('\r\n')]), Buffer.from(`--${boundary}--\r\n`)]);
}

export function newBoundary(): string {
  return `gatehouse-${randomBytes(18).toString('base64url')}`;
}

/** Base64 in lines of 76, as parts of mail are written. */
export function base64Lines(bytes: Uint8Array): Buffer {
  return Buffer.from(Buffer.from(bytes).toString('base64').replace(/.{76}(?=.)/g, '$&\r\n'));
}

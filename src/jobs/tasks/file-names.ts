/** File names as bytes, as the file system has them. */

/** Joins parts of a path that may be no UTF-8. */
export function join(...parts: ReadonlyArray<string | Uint8Array>): Buffer {
  const bytes = parts.map((part) => Buffer.from(part as Uint8Array));
  return Buffer.concat(bytes.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('/'), part])));
}

const unfinished = /^\.|\.(part|partial|filepart|crdownload|tmp|temp|uploading)$|~$/i;

/** Whether the name says that the file is hidden or still being written: senders rename it when it is whole. */
export function isUnfinished(name: Uint8Array): boolean {
  return unfinished.test(Buffer.from(name).toString('latin1'));
}

/** The name as encodeURIComponent writes it, byte for byte, so that names which are no UTF-8 have one, too. */
export function encodeName(name: Uint8Array): string {
  return [...name].map((byte) => (/[A-Za-z0-9\-_.!~*'()]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('');
}

/** Longest file name, in bytes, that file systems take. */
const maxNameBytes = 255;

/** The time before the name; a name too long for both loses its beginning and keeps its end. */
export function processedName(name: Uint8Array, atMs: number): Buffer {
  const prefix = Buffer.from(`${atMs}-`);
  const bytes = Buffer.from(name);
  let from = Math.max(0, prefix.length + bytes.length - maxNameBytes);
  // Not within a character of UTF-8.
  while (from > 0 && from < bytes.length && (bytes[from]! & 0xc0) === 0x80) from++;
  return Buffer.concat([prefix, bytes.subarray(from)]);
}

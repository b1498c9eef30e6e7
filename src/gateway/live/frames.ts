/** Larger bodies are written beside their head instead of being copied behind it. */
export const maxCopied = 16 * 1024;

const beforeId = Buffer.from('{"id":');
const afterId = Buffer.from(',"type":"next","payload":');
const tail = Buffer.from('}');

/** A `next` message of graphql-transport-ws with this result (JSON, UTF-8), as one unmasked frame (RFC 6455, 5.2). */
export function nextFrame(id: string, body: Buffer): Buffer {
  const idText = JSON.stringify(id);
  const idLength = Buffer.byteLength(idText);
  const length = beforeId.length + idLength + afterId.length + body.length + 1;
  const frame = Buffer.allocUnsafe(headerLength(length) + length);
  let at = writeHeader(frame, length);
  at = writeHead(frame, at, idText, idLength);
  frame.set(body, at);
  frame[frame.length - 1] = 0x7d;
  return frame;
}

/** The same as parts to be written one after the other: `body` is not copied. */
export function nextParts(id: string, body: Buffer): readonly Buffer[] {
  const idText = JSON.stringify(id);
  const idLength = Buffer.byteLength(idText);
  const length = beforeId.length + idLength + afterId.length + body.length + 1;
  const first = Buffer.allocUnsafe(headerLength(length) + length - body.length - 1);
  writeHead(first, writeHeader(first, length), idText, idLength);
  return [first, body, tail];
}

function headerLength(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** @returns where it ends */
function writeHeader(target: Buffer, length: number): number {
  target[0] = 0x81; // the only frame of its message; text
  if (length < 126) target[1] = length;
  else if (length < 65_536) {
    target[1] = 126;
    target.writeUInt16BE(length, 2);
  } else {
    target[1] = 127;
    target.writeUInt32BE(0, 2);
    target.writeUInt32BE(length, 6);
  }
  return headerLength(length);
}

/** What stands before the result. @returns where it ends */
function writeHead(target: Buffer, start: number, idText: string, idLength: number): number {
  target.set(beforeId, start);
  target.write(idText, start + beforeId.length);
  target.set(afterId, start + beforeId.length + idLength);
  return start + beforeId.length + idLength + afterId.length;
}

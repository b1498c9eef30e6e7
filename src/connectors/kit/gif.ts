/** The first picture of a GIF (GIF89a, as browsers read it): one byte a pixel, each an index into `palette`. */
export interface IndexedImage {
  width: number;
  height: number;
  pixels: Uint8Array;
  /** Red, green, blue of each colour. */
  palette: Uint8Array;
}

/** A label at 300 dots an inch has some 4 million; more is no label. */
const maxPixels = 40_000_000;

/** Null where it is no GIF, is cut off, or is larger than any label. */
export function readGif(bytes: Uint8Array): IndexedImage | null {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.length < 14 || !/^GIF8[79]a$/.test(data.toString('latin1', 0, 6))) return null;
  const flags = data[10]!;
  let at = 13;
  let palette: Uint8Array = new Uint8Array(0);
  if ((flags & 0x80) !== 0) {
    const size = 3 * 2 ** ((flags & 7) + 1);
    palette = data.subarray(at, at + size);
    at += size;
  }
  while (at < data.length) {
    const kind = data[at++];
    if (kind === 0x21) {
      at = afterBlocks(data, at + 1);
    } else if (kind === 0x2c) {
      return readPicture(data, at, palette);
    } else {
      return null;
    }
  }
  return null;
}

function afterBlocks(data: Buffer, from: number): number {
  let at = from;
  while (at < data.length && data[at] !== 0) at += data[at]! + 1;
  return at + 1;
}

function readPicture(data: Buffer, from: number, common: Uint8Array): IndexedImage | null {
  if (from + 9 >= data.length) return null;
  const [width, height, flags] = [data.readUInt16LE(from + 4), data.readUInt16LE(from + 6), data[from + 8]!];
  let at = from + 9;
  let palette = common;
  if ((flags & 0x80) !== 0) {
    const size = 3 * 2 ** ((flags & 7) + 1);
    palette = data.subarray(at, at + size);
    at += size;
  }
  if (width === 0 || height === 0 || width * height > maxPixels || palette.length < 3) return null;
  const leastBits = data[at++] ?? 0;
  const parts: Buffer[] = [];
  while (at < data.length && data[at] !== 0) {
    parts.push(data.subarray(at + 1, at + 1 + data[at]!));
    at += data[at]! + 1;
  }
  const rows = unpack(Buffer.concat(parts), leastBits, width * height);
  if (rows === null || rows.some((index) => index * 3 + 2 >= palette.length)) return null;
  return { width, height, pixels: (flags & 0x40) === 0 ? rows : inOrder(rows, width, height), palette };
}

/** LZW with codes of growing length, as GIF writes it; null where there are fewer pixels than there should be. */
function unpack(data: Buffer, leastBits: number, count: number): Uint8Array | null {
  if (leastBits < 2 || leastBits > 8) return null;
  const [clear, end] = [1 << leastBits, (1 << leastBits) + 1];
  const [prefix, suffix, stack] = [new Uint16Array(4096), new Uint8Array(4096), new Uint8Array(4097)];
  for (let code = 0; code < clear; code++) suffix[code] = code;
  const pixels = new Uint8Array(count);
  let [size, next, previous, first, written] = [leastBits + 1, end + 1, -1, 0, 0];
  let [bits, held] = [0, 0];
  for (let at = 0; written < count; ) {
    while (held < size) {
      if (at >= data.length) return null;
      bits |= data[at++]! << held;
      held += 8;
    }
    const code = bits & ((1 << size) - 1);
    bits >>>= size;
    held -= size;
    if (code === end) return null;
    if (code === clear) {
      [size, next, previous] = [leastBits + 1, end + 1, -1];
      continue;
    }
    if (code > next || (code === next && previous === -1)) return null;
    let depth = 0;
    let walk = code;
    if (code === next) {
      stack[depth++] = first;
      walk = previous;
    }
    while (walk >= clear) {
      stack[depth++] = suffix[walk]!;
      walk = prefix[walk]!;
    }
    first = suffix[walk]!;
    stack[depth++] = first;
    while (depth > 0 && written < count) pixels[written++] = stack[--depth]!;
    if (previous !== -1 && next < 4096) {
      prefix[next] = previous;
      suffix[next++] = first;
      if (next === 1 << size && size < 12) size++;
    }
    previous = code;
  }
  return pixels;
}

/** Interlaced rows come in four passes. */
function inOrder(rows: Uint8Array, width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(rows.length);
  let from = 0;
  for (const [start, step] of [[0, 8], [4, 8], [2, 4], [1, 2]] as const) {
    for (let row = start; row < height; row += step) {
      pixels.set(rows.subarray(from, from + width), row * width);
      from += width;
    }
  }
  return pixels;
}

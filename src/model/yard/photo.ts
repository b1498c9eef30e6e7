/** What a picture is, told by its bytes alone. */
export interface PhotoFormat {
  format: 'JPEG' | 'PNG';
  mediaType: 'image/jpeg' | 'image/png';
  width: number;
  height: number;
}

/** Null where it is neither JPEG nor PNG, cut short, or without a picture in it. */
export function photoFormat(bytes: Uint8Array): PhotoFormat | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = jpegSize(view) ?? pngSize(view);
  return found === null || found.width === 0 || found.height === 0 ? null : found;
}

/** Markers up to the picture's data, its frame among them, and the end of the picture behind. */
function jpegSize(view: DataView): PhotoFormat | null {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  let size: Pick<PhotoFormat, 'width' | 'height'> | null = null;
  for (let at = 2; at + 4 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // fill byte
      continue;
    }
    const length = view.getUint16(at + 2);
    if (length < 2 || at + 2 + length > view.byteLength) return null;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame && length >= 8) size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + length;
    if (marker === 0xda) return size !== null && hasEnd(view, at) ? { format: 'JPEG', mediaType: 'image/jpeg', ...size } : null;
  }
  return null;
}

function hasEnd(view: DataView, from: number): boolean {
  for (let at = view.byteLength - 2; at >= from; at--) if (view.getUint16(at) === 0xffd9) return true;
  return false;
}

const pngSignature = [0x89504e47, 0x0d0a1a0a];
const chunk = { IHDR: 0x49484452, IDAT: 0x49444154, IEND: 0x49454e44 } as const;

/** Chunks one after the other, with data among them, to the last. */
function pngSize(view: DataView): PhotoFormat | null {
  if (view.byteLength < 33 || view.getUint32(0) !== pngSignature[0] || view.getUint32(4) !== pngSignature[1] || view.getUint32(12) !== chunk.IHDR) return null;
  let hasData = false;
  for (let at = 8; at + 12 <= view.byteLength; ) {
    const [length, type] = [view.getUint32(at), view.getUint32(at + 4)];
    if (at + 12 + length > view.byteLength) return null;
    if (type === chunk.IDAT) hasData = true;
    if (type === chunk.IEND) return hasData ? { format: 'PNG', mediaType: 'image/png', width: view.getUint32(16), height: view.getUint32(20) } : null;
    at += 12 + length;
  }
  return null;
}

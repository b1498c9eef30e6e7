/** A GIF of these pixels (indexes of a palette of 2^bits colours), packed as encoders do, with a dictionary that is begun anew when it is full. */
export function gifOf(width: number, height: number, pixels: ArrayLike<number>, bits = 2): Buffer {
  const colours = 2 ** bits;
  const header = Buffer.alloc(13);
  header.write('GIF89a', 'latin1');
  header.writeUInt16LE(width, 6);
  header.writeUInt16LE(height, 8);
  header[10] = 0x80 | (bits - 1);
  const palette = Buffer.from(Array.from({ length: colours }, (_, index) => Math.round((index * 255) / (colours - 1))).flatMap((grey) => [grey, grey, grey]));
  const extension = Buffer.from([0x21, 0xf9, 4, 0, 0, 0, 0, 0]);
  const descriptor = Buffer.alloc(10);
  descriptor[0] = 0x2c;
  descriptor.writeUInt16LE(width, 5);
  descriptor.writeUInt16LE(height, 7);
  const packed = pack(pixels, Math.max(2, bits));
  const blocks: Buffer[] = [Buffer.from([Math.max(2, bits)])];
  for (let at = 0; at < packed.length; at += 255) {
    const part = packed.subarray(at, at + 255);
    blocks.push(Buffer.from([part.length]), part);
  }
  return Buffer.concat([header, palette, extension, descriptor, ...blocks, Buffer.from([0, 0x3b])]);
}

function pack(pixels: ArrayLike<number>, leastBits: number): Buffer {
  const [clear, end] = [2 ** leastBits, 2 ** leastBits + 1];
  const bytes: number[] = [];
  let [held, bits, size, next] = [0, 0, leastBits + 1, end + 1];
  let known = new Map<string, number>();
  const write = (code: number) => {
    bits |= code << held;
    for (held += size; held >= 8; held -= 8) {
      bytes.push(bits & 255);
      bits >>>= 8;
    }
  };
  write(clear);
  let run = '';
  const codeOf = (text: string) => (text.includes(',') ? known.get(text)! : Number(text));
  for (let at = 0; at < pixels.length; at++) {
    const longer = run === '' ? String(pixels[at]) : `${run},${pixels[at]}`;
    if (run === '' || known.has(longer)) {
      run = longer;
      continue;
    }
    write(codeOf(run));
    if (next < 4096) {
      if (next === 1 << size) size++;
      known.set(longer, next++);
    } else {
      write(clear);
      known = new Map();
      [size, next] = [leastBits + 1, end + 1];
    }
    run = String(pixels[at]);
  }
  if (run !== '') write(codeOf(run));
  write(end);
  if (held > 0) bytes.push(bits & 255);
  return Buffer.from(bytes);
}

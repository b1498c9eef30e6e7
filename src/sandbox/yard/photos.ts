import { crc32, deflateSync } from 'node:zlib';
import { Random } from '../random.js';

const side = 8;
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A small grey picture in PNG, another one for each seed. */
export function photoOf(seed: number): Buffer {
  const random = new Random(seed);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 8; // bits for each point, one channel
  // Each row begins with the number of its filter: none.
  const rows = Array.from({ length: side }, () => Buffer.from([0, ...Array.from({ length: side }, () => random.between(0, 255))]));
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

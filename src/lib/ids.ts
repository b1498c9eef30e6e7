import { hash, randomBytes } from 'node:crypto';

let lastMs = 0;
let counter = 0;

/**
 * A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then a 12-bit counter that keeps ids of one
 * process in order within a millisecond, then random bits.
 */
export function uuidv7(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = 0;
  } else if (++counter > 0xfff) {
    lastMs += 1;
    counter = 0;
  }
  const bytes = random16();
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return format(bytes);
}

/** Random bytes are drawn for many ids at once: a draw costs more than an id. */
let pool = Buffer.alloc(0);
let used = 0;

function random16(): Buffer {
  if (used === pool.length) {
    pool = randomBytes(16 * 256);
    used = 0;
  }
  used += 16;
  return pool.subarray(used - 16, used);
}

/**
 * The same UUID for the same name, for ever: a UUIDv8 over SHA-256. For records that are known by
 * an outside key alone (an order by its connection and number), so that no look-up is needed and
 * every order of arrival gives the same id.
 */
export function uuidOfName(name: string): string {
  const bytes = hash('sha256', name, 'buffer').subarray(0, 16);
  bytes[6] = 0x80 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return format(bytes);
}

function format(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const uuidLength = 36;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

/** The opaque id shown outside: type and UUID, so that `node(id:)` knows where to look. */
export function globalId(type: string, uuid: string): string {
  return Buffer.from(`${type}:${uuid}`).toString('base64url');
}

/** Reads a global id or a bare UUID. Null when it is neither, or of another type. */
export function uuidFromGlobalId(type: string, id: string): string | null {
  if (id.length === uuidLength && isUuid(id)) return id;
  const text = Buffer.from(id, 'base64url').toString('latin1');
  if (text.length !== type.length + 1 + uuidLength || !text.startsWith(type) || text[type.length] !== ':') return null;
  const uuid = text.slice(type.length + 1);
  return isUuid(uuid) ? uuid : null;
}

/** SHA-256 in hex. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

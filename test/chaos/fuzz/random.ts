/** Choices that a seed decides: the same seed makes the same requests. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1); mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Whole number from 0 to `end`, without it. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  chance(of: number): boolean {
    return this.next() < of;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** A stream of choices of its own, so that requests made at once do not disturb each other. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 4_294_967_296));
  }
}

/** Texts that programs have stumbled over. None has a word in it that the search for leaks looks for. */
export const oddTexts: readonly string[] = [
  '', ' ', '\u0000', 'a\u0000b', '\ud800', '\ufffe', '\u202e', '\u0130', 'ß', '👩‍👩‍👧', '..', '../../../../x', '%', '%%', '_', "'", "''", '"', '\\', '`', ';', '--', '/*', "' or 1=1 --", '$1', '${7*7}', '{{7*7}}', '<b>', '&lt;', '\r\nx: y',
  '__proto__', 'constructor', 'toString', 'null', 'undefined', 'true', 'NaN', '-1', '0', '1e400', '99999999999999999999', '2147483648', '-0', '0x10', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '+275760-09-13T00:00:00.000Z', '2026-02-30',
  '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'U2hpcG1lbnQ6MA', 'e30', 'W10', 'x'.repeat(300), 'ä'.repeat(5000), 'Bearer x', '*', '?', '#',
];

export const oddNumbers: readonly number[] = [0, -0, 1, -1, 2, 50, 100, 101, 1000, 0.5, -0.5, 1e21, 2_147_483_647, 2_147_483_648, -2_147_483_649, Number.MAX_SAFE_INTEGER, 1e308];

/** Damages bytes a few times. */
export function damaged(random: Random, bytes: Uint8Array): Buffer {
  let current = Buffer.from(bytes);
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(current.length + 1);
    const [before, after] = [current.subarray(0, at), current.subarray(at)];
    switch (random.below(6)) {
      case 0: current = Buffer.concat([before, Buffer.from([random.below(256)]), after.subarray(1)]); break;
      case 1: current = Buffer.concat([before, Buffer.from(random.pick(oddTexts)), after]); break;
      case 2: current = Buffer.concat([before, after.subarray(random.below(30))]); break;
      case 3: current = Buffer.concat([before, after.subarray(0, random.below(60)), after]); break;
      case 4: current = random.chance(0.2) ? Buffer.from(before) : current; break;
      default: current = Buffer.concat([before, Buffer.from(JSON.stringify(random.pick<unknown>([...oddTexts, ...oddNumbers, null, [], {}]))), after]);
    }
  }
  return current;
}

/** Any JSON, not deep. */
export function oddJson(random: Random, depth = 3): unknown {
  switch (random.below(depth > 0 ? 8 : 4)) {
    case 0: return null;
    case 1: return random.chance(0.5);
    case 2: return random.pick(oddNumbers);
    case 3: return random.pick(oddTexts);
    case 4: case 5: return Array.from({ length: random.below(4) }, () => oddJson(random, depth - 1));
    default: return Object.fromEntries(Array.from({ length: random.below(4) }, () => [random.pick(['query', 'variables', 'operationName', 'extensions', 'id', 'type', 'payload', 'events', 'result', ...oddTexts]), oddJson(random, depth - 1)]));
  }
}

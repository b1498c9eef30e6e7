interface Entry<Value> {
  value: Value;
  weight: number;
  /** When it was used last, counted in uses of the cache. */
  used: number;
}

/**
 * Keeps what was used last, up to a number of entries and a total weight. Using an entry leaves the Map as
 * it is: one that is deleted from and added to all the time makes tables that point to the next one, so that
 * garbage of each keeps alive that of the next, and short-lived objects grow old before they are collected.
 */
export class BoundedCache<Key, Value> {
  readonly #entries = new Map<Key, Entry<Value>>();
  readonly #maxEntries: number;
  readonly #maxWeight: number;
  readonly #weightOf: (value: Value) => number;
  #weight = 0;
  #uses = 0;

  /** @param weightOf may grow with use: it is asked again whenever the entry is found */
  constructor(options: { maxEntries: number; maxWeight: number; weightOf(value: Value): number }) {
    this.#maxEntries = options.maxEntries;
    this.#maxWeight = options.maxWeight;
    this.#weightOf = options.weightOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  get weight(): number {
    return this.#weight;
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#use(entry);
    this.#makeRoom();
    return entry.value;
  }

  /** What alone is heavier than everything may weigh is not kept. */
  set(key: Key, value: Value): void {
    this.#delete(key);
    const entry = { value, weight: 0, used: 0 };
    this.#entries.set(key, entry);
    this.#use(entry);
    this.#makeRoom();
  }

  #use(entry: Entry<Value>): void {
    const weight = this.#weightOf(entry.value);
    this.#weight += weight - entry.weight;
    entry.weight = weight;
    entry.used = ++this.#uses;
  }

  #makeRoom(): void {
    while (this.#entries.size > this.#maxEntries || this.#weight > this.#maxWeight) this.#delete(this.#leastRecent());
  }

  #leastRecent(): Key {
    let least: Key;
    let used = Infinity;
    for (const [key, entry] of this.#entries) {
      if (entry.used >= used) continue;
      least = key;
      used = entry.used;
    }
    return least!;
  }

  #delete(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }
}

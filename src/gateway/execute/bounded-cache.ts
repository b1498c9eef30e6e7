/** Keeps what was used last, up to a number of entries and a total weight. */
export class BoundedCache<Key, Value> {
  readonly #entries = new Map<Key, { value: Value; weight: number }>();
  readonly #maxEntries: number;
  readonly #maxWeight: number;
  readonly #weightOf: (value: Value) => number;
  #weight = 0;

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
    if (entry !== undefined) this.set(key, entry.value);
    return entry?.value;
  }

  /** What alone is heavier than everything may weigh is not kept. */
  set(key: Key, value: Value): void {
    this.#delete(key);
    const weight = this.#weightOf(value);
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    while (this.#entries.size > this.#maxEntries || this.#weight > this.#maxWeight) this.#delete(this.#entries.keys().next().value as Key);
  }

  #delete(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }
}

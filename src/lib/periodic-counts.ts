interface PeriodicCountsOptions<Row> {
  write(rows: Row[]): Promise<void>;
  /** Told of the rows that could not be written and are forgotten. */
  onFailure(error: unknown, rows: Row[]): void;
  /** Time between two writes, ms. */
  everyMs: number;
}

/** Rows kept between two writes; what comes beyond is written at once. */
const maxWaiting = 5_000;

/** Counts in memory that are written every few seconds: a flood of what is counted costs the database next to nothing. */
export class PeriodicCounts<Row extends { count: number }> {
  #rows = new Map<string, Row>();
  readonly #options: PeriodicCountsOptions<Row>;
  readonly #timer: NodeJS.Timeout;

  constructor(options: PeriodicCountsOptions<Row>) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), options.everyMs);
    this.#timer.unref();
  }

  /** Counts one more of `row`, which all of the same `key` share. */
  protected add(key: string, row: Omit<Row, 'count'>): void {
    const known = this.#rows.get(key);
    if (known === undefined) this.#rows.set(key, { ...row, count: 1 } as Row);
    else known.count++;
    if (this.#rows.size > maxWaiting) void this.flush();
  }

  async flush(): Promise<void> {
    const rows = [...this.#rows.values()];
    this.#rows = new Map();
    try {
      await this.#options.write(rows);
    } catch (error) {
      this.#options.onFailure(error, rows);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}

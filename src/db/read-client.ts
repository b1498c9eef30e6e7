import type { Socket } from 'node:net';
import pg from 'pg';
import { preparedName } from './prepared.js';

/** As whom PostgreSQL runs a statement, so that row-level security holds for it. */
export interface Outsider {
  role: string;
  /** `party:<uuid>` and the like. */
  keys: readonly string[];
}

/** Both settings end with the transaction: that of a statement that stands alone ends with it, however it ends. */
const becomeOutsider = { name: 'become_outsider', text: `select set_config('gatehouse.keys', $1, true), set_config('role', $2, true)` };

/** Prepares what is said to run again and again. Where it pipelines, the statements of one turn leave together. */
export class ReadClient extends pg.Client {
  #isHeldBack = false;
  #knowsOutsiders = false;

  override query(...given: never[]): never {
    this.#holdBack();
    const [text, values, ...rest] = given as unknown[];
    const name = typeof text === 'string' ? preparedName(text) : undefined;
    const query = super.query as (...given: unknown[]) => never;
    return name === undefined ? query.apply(this, given) : query.call(this, { name, text, values }, ...rest);
  }

  /** Runs one statement as an outsider; nothing of that is left on the connection. */
  queryAs(outsider: Outsider, text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    this.#prepareOutsiders();
    const query = new OutsiderQuery({ name: preparedName(text), text, values }, outsider);
    return new Promise((resolve, reject) => {
      query.callback = (error, result) => (error === null ? resolve(result) : reject(error));
      this.query(query as never);
    });
  }

  #prepareOutsiders(): void {
    if (this.#knowsOutsiders) return;
    this.#knowsOutsiders = true;
    const prepared = super.query({ ...becomeOutsider, values: ['{}', 'none'] }) as Promise<unknown>;
    // Only a lost connection ends here, and that ends the statements behind it as well.
    prepared.catch(() => {});
  }

  #holdBack(): void {
    if (this.#isHeldBack) return;
    this.#isHeldBack = true;
    const { stream } = (this as unknown as { connection: { stream: Socket } }).connection;
    stream.cork();
    process.nextTick(() => {
      this.#isHeldBack = false;
      stream.uncork();
    });
  }
}

/** As much of pg's connections and queries as is used here and is not in their types. */
interface Wire {
  bind(message: { statement: string; values: string[] }): void;
  execute(message: object): void;
}
interface WireQuery {
  callback: (error: Error | null, result: pg.QueryResult) => void;
  prepare(wire: Wire): void;
  handleDataRow(message: object): void;
  handleCommandComplete(message: object, wire: Wire): void;
}
const Query = pg.Query as unknown as new (config: object) => WireQuery;

/**
 * A statement, and before it in the same implicit transaction as whom it runs: what PostgreSQL is sent before one Sync it
 * does together or not at all, so the statement never runs as anybody else, also where the first part fails.
 */
class OutsiderQuery extends Query {
  readonly #outsider: Outsider;
  #isOutsider = false;

  constructor(config: { name: string | undefined; text: string; values: readonly unknown[] }, outsider: Outsider) {
    super({ ...config, queryMode: 'extended' });
    this.#outsider = outsider;
  }

  override prepare(wire: Wire): void {
    wire.bind({ statement: becomeOutsider.name, values: [arrayText(this.#outsider.keys), this.#outsider.role] });
    wire.execute({});
    super.prepare(wire);
  }

  override handleDataRow(message: object): void {
    if (this.#isOutsider) super.handleDataRow(message);
  }

  override handleCommandComplete(message: object, wire: Wire): void {
    if (this.#isOutsider) super.handleCommandComplete(message, wire);
    this.#isOutsider = true;
  }
}

/** As PostgreSQL writes an array of texts. */
function arrayText(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

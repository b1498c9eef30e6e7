import { sql } from 'kysely';
import { uuidv7 } from '../../../lib/ids.js';
import type { Database } from '../../engine.js';

/** A holder that is killed keeps what it holds for so long, ms. */
const leaseMs = 8_000;
const renewMs = 2_000;

/** A table of what one process at a time looks after: each row has the columns `holder` and `lease_until`. */
export interface LeasedTable {
  name: 'partner_state' | 'webhook_endpoint';
  /** Its primary key. */
  key: string;
}

/** The right to look after one row of such a table. */
export abstract class Lease {
  /** Key of the row. */
  readonly id: string;
  /** Names this holder in everything that it does. */
  readonly holder = uuidv7();
  readonly #database: Database;
  readonly #table: LeasedTable;
  #heldUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();

  protected constructor(database: Database, table: LeasedTable, id: string) {
    this.#database = database;
    this.#table = table;
    this.id = id;
  }

  /** @param sentMs of `performance.now()`: when the statement that took it was sent */
  protected takenAt(sentMs: number): void {
    this.#heldUntilMs = sentMs + leaseMs;
  }

  /** Whether nobody else can have taken it yet, with time to spare for a statement. */
  get isHeld(): boolean {
    return performance.now() < this.#heldUntilMs - 2_000;
  }

  /** Renews it until released. @param onFailure told when that did not work; it is tried again */
  keep(onFailure: (error: unknown) => void): void {
    this.#timer = setTimeout(() => {
      this.#renewing = this.#renew().catch(onFailure).then(() => {
        if (this.#timer !== undefined) this.keep(onFailure);
      });
    }, renewMs);
  }

  async #renew(): Promise<void> {
    const sentMs = performance.now();
    const { rows } = await sql`update ${sql.table(this.#table.name)} set lease_until = ${untilNow()} where ${this.#mine()} returning 1 as held`.execute(this.#database.kysely);
    this.#heldUntilMs = rows.length === 1 ? sentMs + leaseMs : 0;
  }

  /** @param isEmpty nothing of ours is under way: another may begin at once, else when the lease has run out */
  async release(isEmpty: boolean): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#renewing;
    this.#heldUntilMs = 0;
    if (isEmpty) await sql`update ${sql.table(this.#table.name)} set holder = null, lease_until = null where ${this.#mine()}`.execute(this.#database.kysely);
  }

  #mine() {
    return sql`${sql.ref(this.#table.key)} = ${this.id} and holder = ${this.holder}::uuid`;
  }
}

/** Until when a lease holds that is taken or renewed now, by the database's clock. */
export function untilNow() {
  return sql`clock_timestamp() + ${sql.lit(`${leaseMs} milliseconds`)}::interval`;
}

/** The embedded database has one owner: what is held when it is opened was held by a process that is gone. */
export async function releaseAbandoned(database: Database, { name }: LeasedTable): Promise<void> {
  if (database.kind === 'embedded') await sql`update ${sql.table(name)} set lease_until = null where lease_until is not null`.execute(database.kysely);
}

import { setTimeout as pause } from 'node:timers/promises';
import { statement } from '../cluster.js';
import type { Gatehouse } from '../gatehouse.js';
import type { Installation } from '../installation.js';
import { OdooRpc } from '../rpc.js';
import { compareRecords, type Remembered } from './compare.js';
import { compareTransitions, type LogPosition, type StatesById } from './transitions.js';
import { statesOf } from './states.js';

export type Many2one = [number, string] | false;

/** One Odoo and one Gatehouse, and what the steps made in the former. */
export class World {
  readonly odoo: Installation;
  readonly database: string;
  readonly rpc: OdooRpc;
  readonly gatehouse: Gatehouse;
  /** Connection of each company by its id. */
  readonly connections = new Map<number, string>();
  /** Made by the steps: what stood in the database before was never told. */
  readonly products: number[] = [];
  readonly partners: number[] = [];
  readonly failures: string[] = [];
  steps = 0;
  comparisons = 0;
  transitions = 0;
  readonly #remembered: Remembered = { promises: new Map() };
  #states: StatesById = new Map();
  #position: LogPosition = { outbox: 0, log: 0 };

  constructor(odoo: Installation, database: string, url: string, gatehouse: Gatehouse) {
    this.odoo = odoo;
    this.database = database;
    this.rpc = new OdooRpc(url, database);
    this.gatehouse = gatehouse;
  }

  /** Does `act` in Odoo, waits until all of it has arrived, and compares both sides. */
  async step(name: string, act: () => Promise<unknown>): Promise<void> {
    const before = this.#states;
    try {
      await act();
    } catch (error) {
      throw new Error(`The step "${name}" failed in Odoo: ${error instanceof Error ? error.message : String(error)}`);
    }
    await this.arrived(name);
    this.#states = await statesOf(this.rpc);
    const transitions = await compareTransitions(this, before, this.#states, this.#position);
    const records = await compareRecords(this, this.#remembered);
    this.#position = transitions.position;
    this.steps++;
    this.comparisons += records.compared;
    this.transitions += transitions.count;
    for (const difference of [...transitions.differences, ...records.differences]) this.failures.push(`after "${name}": ${difference}`);
  }

  /** Waits until Odoo has sent everything and Gatehouse has read it. */
  async arrived(name: string): Promise<void> {
    for (let waited = 0; ; waited += 100) {
      const [row] = await this.sql<{ open: string; dead: string; error: string | null }>(`select count(*) filter (where state in ('pending', 'sending')) as open, count(*) filter (where state = 'dead') as dead, max(last_error) as error from gatehouse_outbox`);
      if (row!.dead !== '0') throw new Error(`After "${name}" ${row!.dead} events are dead: ${row!.error}`);
      if (row!.open === '0') break;
      if (waited > 150_000) throw new Error(`After "${name}" ${row!.open} events are still not sent: ${row!.error ?? 'without an error'}`);
      await pause(100);
    }
    await this.gatehouse.settled();
  }

  /** Asks Odoo's database itself. */
  sql<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return statement<Row>(this.odoo.databaseUrl, text, this.database, values);
  }

  connectionOf(company: Many2one): string | undefined {
    return company === false ? undefined : this.connections.get(company[0]);
  }
}

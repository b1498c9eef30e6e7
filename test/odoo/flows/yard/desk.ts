import { isDeepStrictEqual } from 'node:util';
import { uuidv7 } from '../../../../src/lib/ids.js';
import { eventually } from '../../../support/requests.js';
import { dockAppointment } from '../../../support/transport.js';
import { Actions } from '../actions.js';
import type { World } from '../world.js';

export const schedulerToken = 'token-of-the-scheduler';
/** Two processes and a cron of Odoo lie between. */
const patienceMs = 90_000;

/** What stands on a transfer. */
export interface Transfer {
  id: number;
  name: string;
  state: string;
  scheduled_date: string;
  date_deadline: string | false;
  backorder_ids: number[];
  activity_ids: number[];
  gatehouse_appointment_at: string | false;
  gatehouse_appointment_state: string | false;
  gatehouse_schedule_differs: boolean;
  gatehouse_counted: number;
  gatehouse_exception: string | false;
}

const transferFields = ['name', 'state', 'scheduled_date', 'date_deadline', 'backorder_ids', 'activity_ids', 'gatehouse_appointment_at', 'gatehouse_appointment_state', 'gatehouse_schedule_differs', 'gatehouse_counted', 'gatehouse_exception'];

interface Answered {
  userErrors: Array<{ field: string | null; code: string; message: string }>;
}

/** How Odoo writes an instant. */
export const written = (instant: string): string => instant.slice(0, 19).replace('T', ' ');

/** Somebody at the gate with Gatehouse and somebody in the office with Odoo, and what is checked of what both see. */
export class YardDesk {
  readonly world: World;
  readonly actions: Actions;
  readonly failures: string[] = [];
  checks = 0;
  vendor = 0;
  customer = 0;
  /** Global id of the facility that is run here. */
  facility = '';
  #statements = 0;

  constructor(world: World, company: number) {
    this.world = world;
    this.actions = new Actions(world, company);
  }

  check(what: string, found: unknown, expected: unknown): void {
    this.checks++;
    if (!isDeepStrictEqual(found, expected)) this.failures.push(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
  }

  /** A product of its own, so that what is counted of one order is of no other. @returns its id and its code */
  async product(name: string): Promise<{ product: number; sku: string }> {
    return { product: await this.actions.product(name), sku: name.toUpperCase().replaceAll(' ', '-') };
  }

  /** A confirmed purchase of ten, of which Gatehouse knows the receipt. */
  async bought(name: string): Promise<{ order: string; receipt: number; product: number; sku: string }> {
    const made = await this.product(name);
    const id = await this.actions.purchase(this.vendor, made.product, 10);
    await this.actions.button('purchase.order', 'button_confirm', [id]);
    const [receipt] = await this.actions.open('purchase_id', id);
    if (receipt === undefined) throw new Error('The order has no receipt that is ready.');
    await this.world.gatehouse.knows('erp', [receipt]);
    return { ...made, order: await this.#nameOf('purchase.order', id), receipt };
  }

  /** A confirmed sale of four that are in stock, of which Gatehouse knows the delivery. */
  async sold(name: string): Promise<{ order: string; delivery: number; product: number; sku: string }> {
    const made = await this.product(name);
    await this.actions.count(made.product, 20);
    const id = await this.actions.order(this.customer, [[made.product, 4]]);
    await this.actions.button('sale.order', 'action_confirm', [id]);
    const [delivery] = await this.actions.open('sale_id', id);
    if (delivery === undefined) throw new Error('The order has no delivery that is ready.');
    await this.world.gatehouse.knows('erp', [delivery]);
    return { ...made, order: await this.#nameOf('sale.order', id), delivery };
  }

  async #nameOf(model: string, id: number): Promise<string> {
    const [row] = await this.world.rpc.call<Array<{ name: string }>>(model, 'read', [[id], ['name']]);
    return row!.name;
  }

  async transfer(id: number): Promise<Transfer> {
    const [row] = await this.world.rpc.call<Transfer[]>('stock.picking', 'read', [[id], transferFields]);
    return row!;
  }

  /** Waits until a transfer is as wanted. @throws saying how it is instead */
  async until(id: number, what: string, satisfies: (transfer: Transfer) => boolean): Promise<Transfer> {
    try {
      return await eventually(() => this.transfer(id), satisfies, patienceMs);
    } catch (error) {
      const commands = await this.world.gatehouse.rows('select kind, idempotency_key, state, attempts, error from command order by id desc limit 6');
      throw new Error(`${what} does not come: ${JSON.stringify(await this.transfer(id))}; commands: ${JSON.stringify(commands)}`, { cause: error });
    }
  }

  /** Waits until nothing is left that Gatehouse has to tell Odoo, or Odoo Gatehouse. */
  async quiet(what: string): Promise<void> {
    await this.world.arrived(what);
    await eventually(async () => (await this.world.gatehouse.rows<{ open: boolean }>(`
      select (select position from projection where name = 'write-back') < (select position from projection where name = 'main') or exists (select from write_back_due) or exists (select from command where connection = 'erp' and state in ('QUEUED', 'WAITING', 'CALLING')) as open`))[0]!.open, (open) => !open, patienceMs);
    await this.world.arrived(what);
  }

  /** Trucks on a transfer: the state of each that was not taken back. */
  async trucks(id: number): Promise<string[]> {
    return (await this.world.rpc.search<{ id: number; state: string }>('gatehouse.arrival', [['picking_id', '=', id], ['retracted', '=', false]], ['state'])).map(({ state }) => state);
  }

  /** What Odoo says was moved: of each move its quantity, and whether it is picked. */
  async moved(id: number): Promise<Array<[quantity: number, picked: boolean, state: string]>> {
    const moves = await this.world.rpc.search<{ id: number; quantity: number; picked: boolean; state: string }>('stock.move', [['picking_id', '=', id]], ['quantity', 'picked', 'state']);
    return moves.map(({ quantity, picked, state }) => [quantity, picked, state]);
  }

  /** Kinds of what a person has to look at, on a transfer in Odoo. */
  async matters(id: number): Promise<string[]> {
    return (await this.world.rpc.search<{ id: number; kind: string }>('gatehouse.exception', [['picking_id', '=', id], ['state', '=', 'open']], ['kind'])).map(({ kind }) => kind).sort();
  }

  /** Somebody of the company accepts what differs of a transfer. */
  async accept(name: string): Promise<void> {
    const { exceptions } = await this.world.gatehouse.graphql<{ exceptions: { nodes: Array<{ id: string; title: string }> } }>('{ exceptions(first: 100, filter: { state: [OPEN] }) { nodes { id title } } }');
    const own = exceptions.nodes.filter(({ title }) => title.startsWith(name));
    if (own.length === 0) throw new Error(`Nothing of ${name} is to be looked at.`);
    for (const { id } of own) await this.ask('resolveException', 'ResolveExceptionInput', { id, resolution: 'It is so.' }, 'exception { id }', false);
  }

  /** What an outside scheduler says of an appointment, each time newer than before. */
  async outside(id: string, start: string, numbers: string[], change: { status?: string; direction?: string } = {}): Promise<void> {
    const at = new Date(Date.now() - 3_600_000 + this.#statements++ * 1000).toISOString();
    const body = JSON.stringify(dockAppointment(id, { at, start, numbers, direction: 'Inbound', ...change }));
    const answer = await fetch(this.world.gatehouse.ingestUrl('dock'), { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${schedulerToken}` }, body });
    if (answer.status !== 202) throw new Error(`Gatehouse answers the scheduler with ${answer.status}: ${await answer.text()}`);
  }

  async ask<Payload extends object>(mutation: string, inputType: string, input: Record<string, unknown>, fields: string, isKeyed = true): Promise<Payload & Answered> {
    const query = `mutation Do($input: ${inputType}!) { ${mutation}(input: $input) { ${fields} userErrors { field code message } } }`;
    return Object.values(await this.world.gatehouse.graphql<Record<string, Payload & Answered>>(query, { input: isKeyed ? { idempotencyKey: uuidv7(), ...input } : input }))[0]!;
  }

  /** As `ask`, of what nothing stands against. @throws with what does */
  async done<Payload extends object>(mutation: string, inputType: string, input: Record<string, unknown>, fields: string): Promise<Payload> {
    const answer = await this.ask<Payload>(mutation, inputType, input, fields);
    if (answer.userErrors.length > 0) throw new Error(`${mutation}: ${JSON.stringify(answer.userErrors)}`);
    return answer;
  }

  /** Books a dock that is free. @returns id of the appointment and when it is */
  async book(names: { loads?: string[]; deliveries?: string[]; orders?: string[] }, direction: 'INBOUND' | 'OUTBOUND'): Promise<{ id: string; startsAt: string }> {
    const from = new Date(Date.now() + 3_600_000).toISOString();
    const to = new Date(Date.now() + 36 * 3_600_000).toISOString();
    const { freeSlots } = await this.world.gatehouse.graphql<{ freeSlots: Array<{ startsAt: string }> }>(`query Free($id: ID!, $from: DateTime!, $to: DateTime!) { freeSlots(facilityId: $id, from: $from, to: $to, need: { direction: ${direction} }, first: 1) { startsAt } }`, { id: this.facility, from, to });
    const startsAt = freeSlots[0]!.startsAt;
    const { appointment } = await this.done<{ appointment: { id: string } }>('bookAppointment', 'BookAppointmentInput', { facilityId: this.facility, startsAt, direction, ...names }, 'appointment { id }');
    return { id: appointment.id, startsAt };
  }

  /** A truck at the gate. @returns id of its visit */
  async arrives(over: Record<string, unknown>): Promise<string> {
    const { visit } = await this.done<{ visit: { id: string } }>('checkIn', 'CheckInInput', { facilityId: this.facility, references: [], truck: `TRUCK-${uuidv7().slice(-6)}`, ...over }, 'visit { id }');
    // What it is here for is known once the gate's statement is projected.
    await this.world.gatehouse.settled();
    return visit.id;
  }

  async counts(visitId: string, sku: string, quantity: number): Promise<void> {
    await this.done('reportVisit', 'ReportVisitInput', { visitId, step: 'COUNT', counts: [{ product: sku, unit: 'PIECE', quantity: String(quantity) }] }, 'visit { id }');
  }

  confirm(mutation: 'confirmReceipt' | 'confirmDispatch', visitId: string, over: Record<string, unknown> = {}) {
    return this.ask<{ confirmations: Array<{ id: string; reference: string }> | null }>(mutation, 'ConfirmHandlingInput', { visitId, ...over }, 'confirmations { id reference }');
  }

  undo(confirmationId: string) {
    return this.ask<object>('undoConfirmation', 'UndoConfirmationInput', { confirmationId }, 'confirmations { id }');
  }
}

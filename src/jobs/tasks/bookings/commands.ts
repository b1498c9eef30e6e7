import type { Principal } from '../../../auth/principal.js';
import { connectorOf } from '../../../connectors/registry.js';
import { append } from '../../../events/append.js';
import { recordAudit, type Actor } from '../../../events/audit.js';
import { acceptCommands, findCommand } from '../../../events/commands.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { Json } from '../../../lib/json.js';
import type { BookingInput, FreightAddress, ManifestPart, PickupWish } from '../../../model/commands.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { acceptBooking, acceptCancellation, quotedRate, type Asker } from './accept.js';
import { checkAddress, type CheckedAt } from './address-checks.js';
import { isKnown, refuseSecondBooking } from './booked.js';
import { acceptPickup, acceptPickupCancellation, pickupPartner } from './pickups.js';
import { bookingConnection } from './partners.js';
import { removeSetting, saveCutOff, saveRule, type SavedCutOff, type SavedRule } from './settings.js';
import { requestQuote, type Quoted } from './quotes.js';

interface Accepted {
  command: string;
  duplicate: boolean;
}

/** What somebody asks of carriers, each accepted in a transaction of its own. */
export class BookingRequests {
  readonly #tasks: TaskContext;

  constructor(tasks: TaskContext) {
    this.#tasks = tasks;
  }

  async quote(company: string, request: BookingInput, by: Actor, correlationId: string): Promise<Quoted> {
    const quoted = await requestQuote(this.#tasks, company, request, by.subject);
    await this.#tasks.database.transaction((tx) => recordAudit(tx, [{ actor: by, action: 'quote.requested', target: { kind: 'quote', id: quoted.id }, correlationId }]));
    return quoted;
  }

  /** @throws GatehouseError BAD_INPUT, CONFLICT, ALREADY_BOOKED, QUOTE_EXPIRED, QUOTE_DIFFERS */
  async book(input: BookingInput, { connection, of, again }: { connection?: string; of?: string; again?: boolean }, asker: Asker): Promise<Accepted> {
    const { database, bodies } = this.#tasks;
    const shown = input.quote === undefined ? null : await quotedRate(database.kysely, input.quote, asker.company, input);
    if (input.quote !== undefined && shown === null) throw new GatehouseError('BAD_INPUT', 'This quote is not known, or offers no such service.', { field: 'input.quoteId' });
    // What was accepted under this key in time is answered as it was.
    if (shown?.fault != null && !(await isKnown(database.kysely, asker))) throw new GatehouseError(shown.fault, undefined, { field: 'input.quoteId' });
    const rate = shown?.rate ?? null;
    const chosen: BookingInput = rate === null ? input : { ...input, service: { carrier: rate.carrier, code: rate.service }, quoted: input.quoted ?? rate.price };
    const by = await bookingConnection(this.#tasks, asker.company, connection ?? rate?.connection, chosen);
    return database.transaction(async (tx) => {
      if (of === undefined && again !== true) await refuseSecondBooking(tx, { company: asker.company, references: chosen.references }, asker);
      const { id, duplicate } = await acceptBooking(tx, bodies, by, chosen, asker, of === undefined ? undefined : { booking: of });
      return recorded(tx, of === undefined ? 'booking.requested' : 'return.requested', { command: id, duplicate }, asker);
    });
  }

  async companyOf(command: string): Promise<string | null> {
    return (await findCommand(this.#tasks.database.kysely, command))?.company ?? null;
  }

  async companyAt(connection: string, company: string): Promise<string | null> {
    const found = await this.#tasks.connections.find(connection);
    return found === null ? null : (connectorOf(found.connector)?.companyOf?.(found.settings, company) ?? found.company);
  }

  /** @throws GatehouseError NOT_FOUND, CONFLICT */
  cancel(booking: string, asker: Asker): Promise<Accepted> {
    return this.#tasks.database.transaction(async (tx) => {
      const { command, duplicate, events } = await acceptCancellation(tx, this.#tasks.bodies, booking, asker);
      const accepted = await recorded(tx, 'booking.cancelled', { command, duplicate }, asker, { booking });
      await append(tx, events);
      return accepted;
    });
  }

  /** @throws GatehouseError NOT_FOUND */
  saveRule(rule: SavedRule, by: Principal): Promise<string> {
    return saveRule(this.#tasks, rule, by, by.companies);
  }

  /** @throws GatehouseError NOT_FOUND, CONFLICT */
  saveCutOff(cutOff: Omit<SavedCutOff, 'weekdays'> & { weekdays: readonly number[] }, by: Principal): Promise<string> {
    return saveCutOff(this.#tasks, { ...cutOff, weekdays: [...cutOff.weekdays] }, by, by.companies);
  }

  /** @throws GatehouseError NOT_FOUND */
  async removeSetting(table: 'booking_rule' | 'carrier_cut_off', id: string, by: Principal): Promise<string> {
    await removeSetting(this.#tasks, table, id, by, by.companies);
    return id;
  }

  /** @throws GatehouseError BAD_INPUT, CONFLICT */
  async schedulePickup(wish: PickupWish, asker: Asker): Promise<Accepted> {
    const partner = await pickupPartner(this.#tasks, asker.company, wish.connection);
    return this.#tasks.database.transaction(async (tx) => {
      const { id, duplicate } = await acceptPickup(tx, this.#tasks, partner, wish, asker);
      return recorded(tx, 'pickup.requested', { command: id, duplicate }, asker, { on: wish.on, bookings: wish.bookings.length });
    });
  }

  /** @throws GatehouseError NOT_FOUND, CONFLICT */
  async cancelPickup(pickup: string, asker: Asker): Promise<Accepted> {
    const scheduled = await findCommand(this.#tasks.database.kysely, pickup);
    const connection = scheduled === null ? null : await this.#tasks.connections.find(scheduled.connection);
    const canCancel = connection !== null && connectorOf(connection.connector)?.perform?.commands.includes('pickup.cancel') === true;
    return this.#tasks.database.transaction(async (tx) => {
      const { command, duplicate, events } = await acceptPickupCancellation(tx, this.#tasks.bodies, pickup, canCancel, asker);
      const accepted = await recorded(tx, 'pickup.cancelled', { command, duplicate }, asker, { pickup });
      await append(tx, events);
      return accepted;
    });
  }

  /** @throws GatehouseError BAD_INPUT */
  async checkAddress(company: string, connection: string | undefined, address: FreightAddress, by: Actor, correlationId: string): Promise<CheckedAt> {
    const checked = await checkAddress(this.#tasks, company, connection, address);
    await this.#tasks.database.transaction((tx) => recordAudit(tx, [{ actor: by, action: 'address.checked', target: { kind: 'connection', id: checked.connection }, correlationId, payload: { verdict: checked.verdict, country: address.country } }]));
    return checked;
  }

  /** @throws GatehouseError CONFLICT */
  createManifest({ connection, carrier, bookings, parts }: { connection: string; carrier: string; bookings: string[]; parts: ManifestPart[] }, asker: Asker): Promise<Accepted> {
    const { company, requestedBy, idempotencyKey, correlationId } = asker;
    return this.#tasks.database.transaction(async (tx) => {
      const [accepted] = await acceptCommands(tx, this.#tasks.bodies, [{
        kind: 'manifest.create', input: { carrier, bookings, parts }, connection, lane: 'DISPATCH', company, requestedBy, idempotencyKey, subject: `manifest:${carrier}`, correlationId,
      }]);
      return recorded(tx, 'manifest.requested', { command: accepted!.id, duplicate: accepted!.duplicate }, asker, { carrier });
    });
  }
}

/** That somebody asked for it stands in the audit log with it; that it was asked for again does not. */
async function recorded(tx: Transaction, action: string, accepted: Accepted, { by, correlationId }: Asker, payload: { [name: string]: Json } = {}): Promise<Accepted> {
  if (by !== undefined && !accepted.duplicate) await recordAudit(tx, [{ actor: by, action, target: { kind: 'command', id: accepted.command }, correlationId, payload }]);
  return accepted;
}

import type { Principal } from '../../auth/principal.js';
import type { CommandInputs } from '../../model/commands.js';
import type { AcceptedCommand } from './booking-commands.js';

/** What people ask of systems that give out times at docks. */
export interface OutsideAppointments {
  /**
   * Durable when it resolves, and done afterwards.
   * @throws GatehouseError NOT_FOUND where the connection is not there or not theirs; BAD_INPUT where it gives out no times; CONFLICT
   */
  send<K extends 'appointment.book' | 'appointment.move' | 'appointment.cancel'>(kind: K, input: CommandInputs[K], to: { connection: string; subject: string; idempotencyKey: string; deadlineAt?: string }, by: Principal, correlationId: string): Promise<AcceptedCommand>;
}

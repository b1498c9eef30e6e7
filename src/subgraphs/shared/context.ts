import type { Principal } from '../../auth/principal.js';
import type { Reader } from '../../auth/reader.js';
import type { ExceptionChange } from '../../projections/change-exception.js';
import type { Approval, listApprovals } from '../../events/approvals.js';
import type { DeadFilter, DeadGroup } from '../../events/commands.js';
import type { LiveFeed } from '../../events/live.js';
import type { Fence } from '../../model/geo.js';
import type { AppointmentCommands } from './appointment-commands.js';
import type { BookingCommands } from './booking-commands.js';
import type { DetentionDesk } from './detention-desk.js';
import type { EdiCommands } from './edi-commands.js';
import type { LoadCommands } from './load-commands.js';
import type { MappingDesk } from './mapping-desk.js';
import type { OutsideAppointments } from './outside-appointments.js';
import type { People } from './people.js';
import type { HandlingCommands } from './handling-desk.js';
import type { MoveCommands, VisitCommands } from './visit-desk.js';
import type { Webhooks } from './webhooks.js';

/** What every resolver is handed: who asks, and the one way to read for them. */
export interface GraphContext {
  principal: Principal;
  reader: Reader;
  live: LiveFeed;
  commands: Commands;
  /** The only way to personal data. */
  people: People;
  /** Who watches what in this process. */
  presence(): Presence;
  correlationId: string;
  /** Headers of the client's request, by name in lower case; for remote subgraphs, which may be configured to be handed some. */
  headers?: Readonly<Record<string, string | undefined>>;
  /** Loaders live as long as one operation, or one event of a subscription. */
  loaders: LoaderScope;
}

/** Subscriptions of this process; times in milliseconds UTC. */
export interface Presence {
  groups: Array<{ operation: string; subscribers: number; live: number; delivered: number; deliveredPerSecond: number; bytes: number; bytesPerSecond: number }>;
  /** Connections that are held back. */
  slowReaders: Array<{ reader: string; bytes: number; sinceMs: number }>;
}

/** What subgraphs hand on instead of doing it: commands on what Gatehouse owns. */
export interface Commands {
  appointments: AppointmentCommands;
  bookings: BookingCommands;
  edi: EdiCommands;
  /** Times at docks that other systems give out. */
  outsideAppointments: OutsideAppointments;
  /** Loads that are planned here, and to whom loads are offered and given. */
  loads: LoadCommands;
  detention: DetentionDesk;
  webhooks: Webhooks;
  /** Trucks at facilities that are run here. */
  visits: VisitCommands;
  /** What was really loaded or unloaded. */
  handling: HandlingCommands;
  /** Trailers that are to be moved in their yards. */
  moves: MoveCommands;
  changeException(change: ExceptionChange, principal: Principal, correlationId: string): Promise<void>;
  /** Requests for approval, newest first; none for who sees some companies only. */
  approvals(principal: Principal, options: Parameters<typeof listApprovals>[1]): Promise<Approval[]>;
  /** @throws GatehouseError NOT_FOUND, BAD_INPUT */
  setGeofence(facility: string, fence: Fence | null, by: Principal): Promise<void>;
  /** How partners' codes are mapped. */
  mapping: MappingDesk;
  /** Decisions about commands to partners. */
  outbound: Outbound;
  /** @throws GatehouseError NOT_FOUND, FORBIDDEN, CONFLICT */
  decideApproval(id: string, decision: 'APPROVED' | 'REFUSED', principal: Principal, reason: string): Promise<Approval>;
}

/** What people decide about commands, each as a principal, who sees none of other companies. */
export interface Outbound {
  /** As JSON text; null once its retention has ended. */
  input(id: string): Promise<string | null>;
  answer(attemptId: string): Promise<string | null>;
  /** Looks at the source of a connection now. @returns id of the command */
  poll(connection: string, by: Principal, correlationId: string): Promise<string>;
  /** @throws GatehouseError NOT_FOUND, CONFLICT */
  retry(id: string, by: Principal): Promise<void>;
  /** @returns id of the command in its place. @throws GatehouseError NOT_FOUND, CONFLICT, BAD_INPUT */
  replay(id: string, input: string, by: Principal, reason?: string): Promise<string>;
  /** @throws GatehouseError NOT_FOUND, CONFLICT */
  discard(id: string, reason: string, by: Principal): Promise<void>;
  preview(filter: DeadFilter, by: Principal): Promise<DeadGroup[]>;
  /** @returns how many. @throws GatehouseError CONFLICT, BAD_INPUT */
  redrive(filter: DeadFilter, perMinute: number, by: Principal, reason?: string): Promise<number>;
  partners(by: Principal): Promise<PartnerView[]>;
  /** @throws GatehouseError NOT_FOUND, BAD_INPUT */
  setPolicy(connection: string, change: Readonly<Record<string, string | number | null>>, by: Principal): Promise<void>;
}

/** A connection that performs commands. */
export interface PartnerView {
  connection: string;
  connector: string;
  policy: {
    timeoutMs: number; attempts: number; backoffSeconds: number; backoffMaxSeconds: number; giveUpHours: number; concurrency: number; perMinute: number;
    breakerShare: number; breakerWindow: number; openSeconds: number; openMaxSeconds: number; probes: number; fallback: string | null;
  };
  overridden: string[];
  breaker: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  openUntil: string | null;
  pausedUntil: string | null;
  lastError: string | null;
  queues: Array<{ lane: 'DISPATCH' | 'REPORT'; waiting: number; calling: number; oldestSeconds: number | null }>;
  dead: number;
}

/** Makes each set of loaders once per operation: `context.loaders.get(shipmentLoaders, context)`. */
export class LoaderScope {
  readonly #made = new Map<unknown, unknown>();

  get<Loaders>(make: (reader: Reader) => Loaders, reader: Reader): Loaders {
    let loaders = this.#made.get(make);
    if (loaders === undefined) this.#made.set(make, (loaders = make(reader)));
    return loaders as Loaders;
  }

  /** Forgets what was read: something was changed. */
  forget(): void {
    this.#made.clear();
  }
}

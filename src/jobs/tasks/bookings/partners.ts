import type { Connection, Connections } from '../../../auth/connections.js';
import type { Access, Capability, Connector } from '../../../connectors/contract.js';
import { connectorOf, settingsSchema } from '../../../connectors/registry.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { BookingInput } from '../../../model/commands.js';
import type { TaskContext } from '../context.js';

export interface Partner {
  connection: Connection;
  connector: Connector;
}

/** Connections of a company that can do this, may have effects, and have what they need to be called, by their ids. */
export async function partnersFor(tasks: { connections: Pick<Connections, 'find' | 'list'> }, company: string, capability: Capability): Promise<Partner[]> {
  const rows = await tasks.connections.list();
  const found = await Promise.all(rows.filter((row) => !row.shadow && row.company === company && connectorOf(row.connector)?.capabilities.includes(capability) === true).map((row) => tasks.connections.find(row.id)));
  return found.flatMap((connection) => {
    const connector = connectorOf(connection?.connector ?? '');
    return connection === null || connector === undefined || !hasKey(connector, connection) ? [] : [{ connection, connector }];
  });
}

/** A connection without its key only receives. A connector that knows none (a price list) works by its settings alone. */
function hasKey(connector: Connector, { secrets }: Connection): boolean {
  return secrets['apiKey'] !== undefined || !Object.hasOwn(settingsSchema(connector).shape, 'apiKey');
}

/**
 * The connection that books: the one that was named, else the first of the company that can.
 * @throws GatehouseError BAD_INPUT where none can, or the booking lacks what it demands
 */
export async function bookingConnection(tasks: Pick<TaskContext, 'connections'>, company: string, wanted: string | undefined, input: BookingInput): Promise<string> {
  const partners = await partnersFor(tasks, company, 'book');
  const found = wanted === undefined ? firstThatCan(partners, input) : partners.find(({ connection }) => connection.id === wanted);
  if (found === undefined) throw new GatehouseError('BAD_INPUT', wanted === undefined ? `No connection of ${company} can book: give one an API key.` : `The connection ${wanted} cannot book for ${company}.`, { field: 'connection' });
  const lack = lackOf(found, input);
  if (lack !== null) throw new GatehouseError('BAD_INPUT', lack.message, { field: `input.${lack.field}` });
  return found.connection.id;
}

/** The first that would not refuse it for what it lacks; where all would, the first: it says what that is. */
export function firstThatCan(partners: readonly Partner[], input: BookingInput): Partner | undefined {
  return partners.find((partner) => lackOf(partner, input) === null) ?? partners[0];
}

function lackOf({ connector, connection }: Partner, input: BookingInput): { field: string; message: string } | null {
  return connector.perform?.lacks?.(input, connection.settings) ?? null;
}

export function accessTo({ connection }: Partner, tasks: Pick<TaskContext, 'allowedNetworks'>): Access<Record<string, unknown>> {
  return { connection: connection.id, settings: connection.settings, secrets: connection.secrets, allowedNetworks: tasks.allowedNetworks };
}

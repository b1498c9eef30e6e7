import { z } from 'zod';
import type { Connection } from '../../auth/connections.js';
import { connectorOf } from '../../connectors/registry.js';
import type { Connector } from '../../connectors/contract.js';
import { pollNow } from '../../jobs/tasks/polling/schedule.js';
import { GatehouseError } from '../../lib/errors.js';
import type { Services } from '../../main.js';
import type { DataCommand } from './command.js';
import { namesOf, openSettings, splitSettings } from './connection.js';

const setSchema = z.object({ id: z.string(), set: z.array(z.string()) });

/** Changes settings; what is not named stays, `key=` takes a setting away. */
export const connectionSet: DataCommand = {
  name: 'connection set',
  fourEyes: 'connections',
  audit: (given) => ({ action: 'connection.changed', target: { kind: 'connection', id: String(given.id) }, payload: { settings: namesOf(given.set) } }),
  shown: async ({ connections }, given) => ({ values: openSettings(connectorOf((await connections.find(String(given.id)))?.connector ?? ''), given.set) }),
  async *run(services, given) {
    const { id, set } = setSchema.parse(given);
    if (set.length === 0) throw new GatehouseError('BAD_INPUT', 'Say what is to change: --set key=value, or --file key=path.');
    const { connection, connector } = await opened(services, id);
    if (set.some((pair) => pair.startsWith('webhookSecret='))) throw new GatehouseError('BAD_INPUT', `The other side must follow a new webhookSecret. Change it with: gatehouse connection rotate ${id}`);
    const named = namedIn(set);
    const { settings, secrets } = changed(connector, connection, set);
    const removed = Object.keys(connection.secrets).filter((name) => named.has(name) && secrets[name] === undefined);
    await services.connections.change(id, settings, Object.fromEntries(Object.entries(secrets).filter(([name]) => named.has(name))), removed);
    yield `Connection ${id} changed: ${[...named].join(', ')}.`;
    if (connector.sync !== undefined || connector.test !== undefined) yield `Try it with: gatehouse connection test ${id}`;
  },
};

function namedIn(set: readonly string[]): Set<string> {
  return new Set(set.map((pair) => pair.slice(0, Math.max(0, pair.indexOf('=')))));
}

function changed(connector: Connector, connection: Connection, set: readonly string[]): ReturnType<typeof splitSettings> {
  const named = namedIn(set);
  const kept = { ...connection.settings, ...Object.fromEntries(Object.entries(connection.secrets).map(([name, values]) => [name, values[0]!])) };
  const pairs = Object.entries(kept).filter(([name]) => !named.has(name)).map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  // Nothing stands behind the first "=": in base64 a value may end in one.
  return splitSettings(connector, [...pairs, ...set.filter((pair) => pair.indexOf('=') !== pair.length - 1)]);
}

/**
 * The settings of a connection as they would be with these changes; its secrets are left out.
 * @throws GatehouseError BAD_INPUT
 */
export function changedSettings(connector: Connector, connection: Connection, set: readonly string[]): Connection['settings'] {
  return changed(connector, connection, set).settings;
}

const testSchema = z.object({ id: z.string() });
const testTimeoutMs = 15_000;

/** Calls the system behind a connection and says who answered, or what is wrong. */
export const connectionTest: DataCommand = {
  name: 'connection test',
  async *run(services, given) {
    const { connection, connector } = await opened(services, testSchema.parse(given).id);
    const access = { connection: connection.id, settings: connection.settings, secrets: connection.secrets, allowedNetworks: services.config.allowedNetworks };
    if (connector.test !== undefined) {
      const told = await connector.test(access, testTimeoutMs);
      if (!told.ok) throw new GatehouseError('UNAVAILABLE', `${connection.id} does not work (${told.error.kind}): ${told.error.message}`);
      yield* told.value;
      yield `${connection.id} works.`;
      return;
    }
    if (connector.sync === undefined) throw new GatehouseError('BAD_INPUT', `${connector.label} only sends to us; there is nothing to call. Have it send a message to POST /ingest/${connection.id}`);
    const lacks = connector.sync.lacks(access);
    if (lacks !== null) throw new GatehouseError('BAD_INPUT', `${lacks} Set them with: gatehouse connection set ${connection.id} --set url=...`);
    const outcome = await connector.sync.open(access, null).test();
    if (!outcome.ok) throw new GatehouseError('UNAVAILABLE', `${connection.id} does not work (${outcome.error.kind}): ${outcome.error.message}`);
    yield* outcome.value.lines;
    yield outcome.value.keyExpiresAt === null ? 'The key has no known end.' : `The key ends on ${outcome.value.keyExpiresAt.slice(0, 10)}.`;
    yield `${connection.id} works.`;
  },
};

/** Looks at the source of a connection now instead of when it is due. */
export const connectionPoll: DataCommand = {
  name: 'connection poll',
  audit: (given) => ({ action: 'source.poll-asked', target: { kind: 'connection', id: String(given.id) } }),
  async *run({ tasks }, given) {
    const { id } = testSchema.parse(given);
    const command = await pollNow(tasks, id, '*');
    yield `${id} is looked at. See how it goes with: gatehouse command show ${command}`;
  },
};

async function opened({ connections }: Services, id: string): Promise<{ connection: Connection; connector: Connector }> {
  const connection = await connections.find(id);
  if (connection === null) throw new GatehouseError('NOT_FOUND', `There is no connection ${id}. List them with: gatehouse connection list`);
  const connector = connectorOf(connection.connector);
  if (connector === undefined) throw new GatehouseError('CONFLICT', `Connection ${id} uses connector ${connection.connector}, which this version does not have.`);
  return { connection, connector };
}

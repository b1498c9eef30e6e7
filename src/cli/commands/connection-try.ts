import { z } from 'zod';
import { UnreadableMessage } from '../../connectors/contract.js';
import { connectorOf } from '../../connectors/registry.js';
import { GatehouseError } from '../../lib/errors.js';
import type { Decoded, Fact } from '../../model/facts.js';
import { referenceKey } from '../../model/references.js';
import type { DataCommand } from './command.js';
import { changedSettings } from './connection-access.js';

/** `content` is the file in base64: where it lies, the server that runs the command may not be. */
const schema = z.object({ id: z.string(), name: z.string(), content: z.base64(), set: z.array(z.string()).default([]) });

/** Facts that are printed at most; all are counted. */
const maxShown = 50;

/** Reads a file as the connection would, with other settings where some are given, prints what it says and what is wrong with it, and stores nothing. */
export const connectionTry: DataCommand = {
  name: 'connection try',
  async *run({ connections, config }, given) {
    const { id, name, content, set } = schema.parse(given);
    const connection = await connections.find(id);
    if (connection === null) throw new GatehouseError('NOT_FOUND', `There is no connection ${id}. List them with: gatehouse connection list`);
    const connector = connectorOf(connection.connector);
    if (connector?.receive === undefined) throw new GatehouseError('BAD_INPUT', `A connection of ${connection.connector} takes no messages.`);
    const settings = set.length === 0 ? connection.settings : changedSettings(connector, connection, set);
    const zone = typeof settings.zone === 'string' ? settings.zone : config.defaultZone;
    const message = { headers: { 'x-gatehouse-file': name }, body: Buffer.from(content, 'base64'), receivedAt: new Date().toISOString(), connection: id, zone };
    let decoded: Decoded;
    try {
      decoded = connector.receive.decode(message, settings);
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
      throw new GatehouseError('BAD_INPUT', `It cannot be read, and would be quarantined: ${error.message}`);
    }
    yield* linesOf(decoded);
  },
};

function* linesOf({ facts, anomalies, lineResults }: Decoded): Iterable<string> {
  for (const fact of facts.slice(0, maxShown)) yield `fact   ${subjectOf(fact)}  ${fact.type}  ${JSON.stringify(fact.payload)}`;
  if (facts.length > maxShown) yield `       … and ${facts.length - maxShown} more`;
  for (const { kind, severity, message } of anomalies) yield `fault  ${severity.padEnd(6)}  ${kind}  ${message}`;
  const rejected = lineResults?.filter(({ accepted }) => !accepted).length;
  yield `${facts.length} facts, ${anomalies.length} faults${rejected === undefined ? '' : `, ${rejected} lines that are not taken`}. Nothing was stored.`;
}

function subjectOf(fact: Fact): string {
  return 'key' in fact ? `${fact.key.kind}:${fact.key.id}` : referenceKey(fact.reference);
}

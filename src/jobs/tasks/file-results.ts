import { acceptCommands, type NewCommand } from '../../events/commands.js';
import { connectorOf } from '../../connectors/registry.js';
import { uuidOfName } from '../../lib/ids.js';
import type { LineResult } from '../../model/facts.js';
import { connectionSubject } from '../../projections/health.js';
import type { Transaction } from '../engine.js';
import type { TaskContext } from './context.js';
import type { Read } from './decode.js';

/** Longest part of a results file's name that is taken from the name of the file that it is about. */
const maxName = 120;

/**
 * Accepts what tells senders what became of the lines of their files: one command for each file, however often it is
 * read; none where the connection has no transport to send it by. Of a file of which no line could be read its sender is told, too.
 * @param time `replayed`: it could not be read before, of which its sender may have been told
 */
export async function acceptFileResults(tasks: Pick<TaskContext, 'bodies' | 'connections'>, tx: Transaction, read: readonly Read[], time: 'first' | 'replayed' = 'first'): Promise<void> {
  const commands: NewCommand[] = [];
  for (const { message, context, decoded, refused } of read) {
    const lines = decoded?.lineResults ?? refused ?? [];
    if (lines.length === 0) continue;
    const connection = await tasks.connections.within(tx).find(context.connection);
    if (connection?.settings.transport === undefined || connectorOf(connection.connector)?.perform?.commands.includes('file.results') !== true) continue;
    const key = time === 'first' ? `file.results:${message.id}` : `file.results:${message.id}:replayed`;
    const headers = message.headers ?? {};
    commands.push({
      id: uuidOfName(key), kind: 'file.results', input: { name: resultsName(headers['x-gatehouse-file'] ?? headers['x-file-name'], time === 'first' ? message.id : `${message.id}.replayed`), content: csvOf(lines) }, asked: { message: message.id },
      connection: connection.id, lane: 'REPORT', company: context.company, requestedBy: 'gatehouse', idempotencyKey: key, subject: connectionSubject(connection.id),
      correlationId: context.correlationId, causationId: message.id,
    });
  }
  await acceptCommands(tx, tasks.bodies, commands);
}

function resultsName(name: string | undefined, id: string): string {
  const plain = (name ?? 'file').replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[._]+/, '').slice(0, maxName) || 'file';
  return `${plain}.${id}.results.csv`;
}

/** RFC 4180. A value that a spreadsheet would take for a formula is given an apostrophe. */
function csvOf(results: readonly LineResult[]): string {
  const quoted = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  return ['line,result,reason', ...results.map(({ line, accepted, reason }) => `${line},${accepted ? 'accepted' : 'rejected'},${reason === undefined ? '' : quoted(reason)}`), ''].join('\r\n');
}

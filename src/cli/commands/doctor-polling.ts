import { connectorOf } from '../../connectors/registry.js';
import { secondsBetween } from '../../jobs/tasks/polling/schedule.js';
import type { Services } from '../../main.js';
import type { Finding } from './doctor.js';

/** A look may be so many times the usual pause late before something is wrong; a worker may be busy. */
const lateTimes = 3;
const lateSeconds = 120;

/** Connections whose source is looked at: when it was last, and whether that worked. */
export async function polledSources({ database, connections }: Services): Promise<Finding[]> {
  const rows = new Map((await database.kysely.selectFrom('poll_cursor').selectAll().execute()).map((row) => [row.connection, row]));
  const findings: Finding[] = [];
  for (const { id, connector } of await connections.list()) {
    const connection = connectorOf(connector)?.poll === undefined ? null : await connections.find(id);
    const every = connection === null ? null : secondsBetween(connection);
    const row = rows.get(id);
    if (connection === null || (every === null && row === undefined)) continue;
    const last = row?.succeeded_at == null ? null : Date.parse(row.succeeded_at);
    const day = last === null ? 'never' : `last at ${new Date(last).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
    if (row !== undefined && row.failures > 0) findings.push({ ok: false, text: `Looking at ${id} failed ${row.failures} times in a row, and ${last === null ? 'never worked' : `worked ${day}`}: ${row.error ?? ''} Try: gatehouse connection poll ${id}` });
    else if (every !== null && last !== null && Date.now() - last > (every * lateTimes + lateSeconds) * 1000) findings.push({ ok: false, text: `${id} was looked at ${day}, though it is to be every ${every} s. Is a worker running? Start one with: gatehouse work` });
    else if (last === null) findings.push({ ok: true, text: `${id} was not looked at yet.` });
    else findings.push({ ok: true, text: `${id} was looked at ${day}; ${row?.messages ?? 0} messages came that way.` });
  }
  return findings;
}

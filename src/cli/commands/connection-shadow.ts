import { z } from 'zod';
import type { Connection } from '../../auth/connections.js';
import { replay } from '../../jobs/tasks/replay.js';
import { compareConnections, type ComparedShipment } from '../../jobs/tasks/shadow/compare.js';
import { forgetShadow, switchShadow } from '../../jobs/tasks/shadow/switch.js';
import { instant } from '../../lib/clock.js';
import { GatehouseError } from '../../lib/errors.js';
import type { ComparedMilestone } from '../../model/comparison.js';
import type { Services } from '../../main.js';
import type { DataCommand } from './command.js';
import { withProgress } from './progress.js';
import { parseTime } from './times.js';

const shadowSchema = z.object({ id: z.string(), state: z.enum(['on', 'off']), since: z.string().optional() });

export const connectionShadow: DataCommand = {
  name: 'connection shadow',
  fourEyes: 'connections',
  audit: (given) => ({ action: 'connection.shadow', target: { kind: 'connection', id: String(given.id) }, payload: { state: String(given.state), since: given.since === undefined ? null : String(given.since) } }),
  async *run({ database, connections, tasks }, given, by) {
    const { id, state, since } = shadowSchema.parse(given);
    const from = parseTime(since, '--since') ?? instant(0);
    const changed = await database.transaction((tx) => switchShadow(tx, connections, id, state === 'on', by));
    if (state === 'on') {
      yield changed ? `${id} is in shadow mode: what it sends from now on has no effect. Compare it with: gatehouse connection compare ${id} <live connection>` : `${id} was in shadow mode already.`;
      return;
    }
    yield changed ? `${id} is live.` : `${id} was live already.`;
    const result = yield* withProgress((tell) => replay(tasks, { connection: id, from, to: instant(Date.now() + 1) }, ({ messages }) => tell(`${messages} messages so far`)));
    await database.transaction((tx) => forgetShadow(tx, id));
    yield `${result.messages} messages replayed: ${result.appended} events appended, ${result.quarantined} cannot be read.`;
  },
};

const compareSchema = z.object({ shadow: z.string(), live: z.string(), from: z.string().optional(), to: z.string().optional(), within: z.coerce.number().min(0).max(100_000).default(720) });
const defaultDays = 7;

export const connectionCompare: DataCommand = {
  name: 'connection compare',
  async *run(services, given) {
    const { shadow, live, from, to, within } = compareSchema.parse(given);
    const period = { from: parseTime(from, '--from') ?? instant(Date.now() - defaultDays * 86_400_000), to: parseTime(to, '--to') ?? instant(Date.now() + 1), withinMinutes: within };
    const { shipments, milestones, unreadable, differing, comparedTo } = await compareConnections(services.tasks, await found(services, shadow), await found(services, live), period);
    for (const each of differing) yield* differenceLines(each);
    yield `Shipments: ${shipments.both} at both, ${shipments.onlyShadow} only at ${shadow}, ${shipments.onlyLive} only at ${live}; ${shipments.statusDiffers} with another status.`;
    yield `Milestones: ${milestones.same} the same, ${milestones.otherTimes} at other times, ${milestones.onlyShadow} only at ${shadow}, ${milestones.onlyLive} only at ${live}.`;
    if (unreadable > 0) yield `${unreadable} messages of ${shadow} cannot be read.`;
    if (comparedTo < period.to) yield `There is more than is compared at once: compared up to ${comparedTo}. Go on with --from ${comparedTo}`;
  },
};

async function found({ connections }: Services, id: string): Promise<Connection> {
  const connection = await connections.find(id);
  if (connection === null) throw new GatehouseError('NOT_FOUND', `There is no connection ${id}. List them with: gatehouse connection list`);
  return connection;
}

function* differenceLines({ reference, status, milestones }: ComparedShipment): Iterable<string> {
  yield `${reference}${status.shadow === status.live ? '' : `  status ${status.shadow}, live ${status.live}`}`;
  for (const row of milestones.onlyHere) yield `  + ${words(row)}`;
  for (const row of milestones.onlyThere) yield `  - ${words(row)}`;
  for (const { here, there, seconds } of milestones.otherTimes) yield `  ~ ${words(here)}, live ${there.occurredAt} (${Math.abs(seconds)} s ${seconds > 0 ? 'earlier' : 'later'})`;
}

function words({ code, classifier, occurredAt }: ComparedMilestone): string {
  return `${code}${classifier === 'ACTUAL' ? '' : ` ${classifier}`} ${occurredAt}`;
}

import { z } from 'zod';
import { replay } from '../../jobs/tasks/replay.js';
import { GatehouseError } from '../../lib/errors.js';
import { instant } from '../../lib/clock.js';
import type { DataCommand } from './command.js';
import { withProgress } from './progress.js';
import { parseTime } from './times.js';

const schema = z.object({ connection: z.string(), from: z.string().optional(), to: z.string().optional() });

export const replayCommand: DataCommand = {
  name: 'replay',
  fourEyes: 'replay',
  audit: ({ connection, from, to }) => ({ action: 'replay.run', target: { kind: 'connection', id: String(connection) }, payload: { from: from === undefined ? null : String(from), to: to === undefined ? null : String(to) } }),
  async *run({ tasks, connections }, given) {
    const { connection, from, to } = schema.parse(given);
    if ((await connections.find(connection)) === null) throw new GatehouseError('NOT_FOUND', `There is no connection ${connection}. List them with: gatehouse connection list`);
    const job = { connection, from: parseTime(from, '--from') ?? instant(0), to: parseTime(to, '--to') ?? instant(Date.now() + 1) };
    const result = yield* withProgress((tell) => replay(tasks, job, (result) => tell(`${result.messages} messages so far`)));
    yield `${result.messages} messages replayed: ${result.appended} events appended, ${result.retracted} retracted, ${result.quarantined} cannot be read.`;
  },
};

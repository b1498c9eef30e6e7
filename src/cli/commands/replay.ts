import { z } from 'zod';
import { replay } from '../../jobs/tasks/replay.js';
import { GatehouseError } from '../../lib/errors.js';
import { instant } from '../../lib/clock.js';
import type { DataCommand } from './command.js';

const schema = z.object({ connection: z.string(), from: z.string().optional(), to: z.string().optional() });

export const replayCommand: DataCommand = {
  name: 'replay',
  async *run({ tasks, connections }, given) {
    const { connection, from, to } = schema.parse(given);
    if ((await connections.find(connection)) === null) throw new GatehouseError('NOT_FOUND', `There is no connection ${connection}. List them with: gatehouse connection list`);
    const lines: string[] = [];
    const job = { connection, from: parseTime(from, '--from') ?? instant(0), to: parseTime(to, '--to') ?? instant(Date.now() + 1), afterId: null };
    const running = replay(tasks, job, (result) => lines.push(`${result.messages} messages so far`));
    let finished = false;
    void running.finally(() => (finished = true)).catch(() => {});
    while (!finished) {
      await new Promise((next) => setTimeout(next, 100));
      while (lines.length > 0) yield lines.shift()!;
    }
    const result = await running;
    yield `${result.messages} messages replayed: ${result.appended} events appended, ${result.retracted} retracted, ${result.quarantined} cannot be read.`;
  },
};

function parseTime(text: string | undefined, option: string): string | null {
  if (text === undefined) return null;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new GatehouseError('BAD_INPUT', `${option} takes a time such as 2026-11-21 or 2026-11-21T08:00:00Z; this is "${text}".`);
  return instant(ms);
}

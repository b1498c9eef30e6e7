import { z } from 'zod';
import { dueNow, retentionDays, retentionKinds, type RetentionName } from '../../jobs/tasks/retention.js';
import { GatehouseError } from '../../lib/errors.js';
import { namesOf } from './connection.js';
import type { DataCommand } from './command.js';

const schema = z.object({ dryRun: z.boolean().default(false), set: z.array(z.string()).default([]) });

/** Shows and sets how long each kind of data is kept. */
export const retention: DataCommand = {
  name: 'retention',
  audit: ({ set }) => ({ action: namesOf(set).length > 0 ? 'retention.changed' : 'retention.shown', target: { kind: 'retention', id: namesOf(set).join(' ') || 'all' }, payload: { set: Array.isArray(set) ? set.map(String) : [] } }),
  async *run({ database, tasks }, given) {
    const { dryRun, set } = schema.parse(given);
    for (const { kind, days } of set.map(parseDays)) await database.kysely.insertInto('retention').values({ kind, days }).onConflict((c) => c.column('kind').doUpdateSet({ days })).execute();
    if (dryRun) {
      for (const { name, days, due } of await dueNow(tasks)) yield `${name.padEnd(10)}  ${daysText(days).padEnd(10)}  ${due} would go now`;
      return;
    }
    const days = await retentionDays(database.kysely);
    for (const [name, kind] of Object.entries(retentionKinds) as Array<[RetentionName, { what: string }]>) yield `${name.padEnd(10)}  ${daysText(days[name]).padEnd(10)}  ${kind.what}`;
  },
};

function daysText(days: number | null): string {
  return days === null ? 'for ever' : `${days} days`;
}

function parseDays(text: string): { kind: string; days: number | null } {
  const match = /^([a-z]+)=(\d{1,6}|never)$/.exec(text);
  if (match === null || !Object.hasOwn(retentionKinds, match[1]!) || match[2] === '0') throw new GatehouseError('BAD_INPUT', `--set takes <kind>=<days>, or <kind>=never to delete nothing of it; this is "${text}". Kinds: ${Object.keys(retentionKinds).join(', ')}.`);
  return { kind: match[1]!, days: match[2] === 'never' ? null : Number(match[2]) };
}

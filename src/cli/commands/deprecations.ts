import { deprecatedUse } from '../../events/deprecated-use.js';
import { instant } from '../../lib/clock.js';
import type { Services } from '../../main.js';
import type { DataCommand } from './command.js';

/** How far back it is looked, days: who has not used something for so long is taken to have left it. */
const days = 90;

/** Who still uses what the API deprecates: before it is taken away, these are to be told. */
export const deprecations: DataCommand = {
  name: 'deprecations',
  async *run(services) {
    const since = instant(Date.now() - days * 86_400_000).slice(0, 10);
    const rows = await deprecatedUse(services.database.kysely, since);
    if (rows.length === 0) return yield `Nobody has used anything deprecated since ${since}.`;
    yield `Since ${since}:`;
    for (const { coordinate, subject, count, last } of rows) yield `${coordinate}  ${subject}  ${count} operation${count === 1 ? '' : 's'}, the last on ${last}`;
  },
};

/** For the doctor: one line for each deprecated thing that is still used. */
export async function deprecatedStillUsed({ database }: Services): Promise<Array<{ ok: boolean; text: string }>> {
  const rows = await deprecatedUse(database.kysely, instant(Date.now() - days * 86_400_000).slice(0, 10));
  const subjects = new Map<string, number>();
  for (const { coordinate } of rows) subjects.set(coordinate, (subjects.get(coordinate) ?? 0) + 1);
  return [...subjects].map(([coordinate, count]) => ({ ok: true, text: `${coordinate} is deprecated and still used by ${count} token subject${count === 1 ? '' : 's'}: gatehouse deprecations` }));
}

import { z } from 'zod';
import { rotated } from '../../auth/data-keys.js';
import { reencrypt } from '../../auth/reencrypt.js';
import type { DataCommand } from './command.js';

const schema = z.object({ data: z.boolean().default(false) });

/**
 * Wraps the keys of the data under the key of GATEHOUSE_SECRET_KEY; with `data` makes new keys too, and
 * encrypts everything anew under them. Run again, it goes on where it was cut short, or forgets the keys before.
 */
export const keysRotate: DataCommand = {
  name: 'keys rotate',
  audit: ({ data }) => ({ action: 'keys.rotated', target: { kind: 'key', id: data === true ? 'data' : 'wrapping' } }),
  async *run({ database, keys }, given) {
    const { data } = schema.parse(given);
    const count = await keys.rewrap();
    yield count === 0 ? `All keys are wrapped by key ${keys.keyEncryption.id}.` : `${count} keys are wrapped by key ${keys.keyEncryption.id} now. GATEHOUSE_SECRET_KEYS_OLD is needed no more.`;
    if (!data) return;
    // Where a second key is there already, an earlier run was cut short, or its keys have not been forgotten yet.
    for (const purpose of rotated) if (keys.idsOf(purpose).length === 1) await keys.add(purpose);
    const activeMs = Math.max(...rotated.map((purpose) => keys.activeFromMs(purpose)));
    if (activeMs > Date.now()) yield `The new keys are used in ${Math.ceil((activeMs - Date.now()) / 1000)} s, when every process knows them.`;
    await new Promise((next) => setTimeout(next, Math.max(0, activeMs - Date.now())));
    yield* reencrypt(database, keys);
  },
};

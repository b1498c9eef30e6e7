import { z } from 'zod';
import { newestCheckpoints } from '../../events/checkpoints.js';
import { GatehouseError } from '../../lib/errors.js';
import type { DataCommand } from './command.js';
import { parseTime } from './times.js';

const pageSize = 1000;
const exportSchema = z.object({ from: z.string().optional(), to: z.string().optional(), format: z.literal('jsonl', { error: '--format takes jsonl.' }).default('jsonl') });

/** Prints every row of the audit log of a time as a line of JSON, hashes in hex; is recorded itself. */
export const auditExport: DataCommand = {
  name: 'audit export',
  audit: ({ from, to }) => ({ action: 'audit.exported', target: { kind: 'audit', id: 'all' }, payload: { from: String(from ?? ''), to: String(to ?? '') } }),
  async *run({ database }, given) {
    const parsed = exportSchema.safeParse(given);
    if (!parsed.success) throw new GatehouseError('BAD_INPUT', parsed.error.issues[0]!.message);
    const from = parseTime(parsed.data.from, '--from');
    const to = parseTime(parsed.data.to, '--to');
    for (let position = 0; ; ) {
      let query = database.kysely.selectFrom('audit').selectAll().where('position', '>', position).orderBy('position').limit(pageSize);
      if (from !== null) query = query.where('at', '>=', from);
      if (to !== null) query = query.where('at', '<', to);
      const rows = await query.execute();
      for (const row of rows) yield JSON.stringify({ ...row, salt: row.salt === null ? null : hex(row.salt), digest: hex(row.digest), hash: hex(row.hash) });
      if (rows.length < pageSize) return;
      position = rows.at(-1)!.position;
    }
  },
};

/** Prints the newest signed checkpoints and the keys to check them with, to be kept elsewhere. */
export const auditCheckpoint: DataCommand = {
  name: 'audit checkpoint',
  async *run({ database, signer }) {
    yield JSON.stringify({ checkpoints: await newestCheckpoints(database.kysely), ...(await signer.publicKeys()) });
  },
};

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

import { z } from 'zod';
import { memoryPurpose, type CommandRow } from '../../../events/commands.js';
import type { Transaction } from '../../engine.js';
import { raiseMatter } from '../connection-matters.js';
import type { TaskContext } from '../context.js';

export const unsentKind = 'CONTROL_NUMBERS_UNSENT';

/** What `sendInterchange` remembers of a command, as far as it is read here. */
const remembered = z.object({ control: z.string(), numbers: z.array(z.object({ series: z.string(), number: z.int() })) });

/**
 * Tells people of an interchange whose numbers were drawn and that nobody sends any more: its partner may look for it. The numbers are
 * not drawn again, for nobody knows whether it arrived and only the answer was lost. Of a command that drew none, nothing is told.
 */
export async function tellUnsentNumbers({ bodies }: Pick<TaskContext, 'bodies'>, tx: Transaction, row: CommandRow): Promise<void> {
  if (row.memory === null) return;
  const memory = remembered.safeParse(JSON.parse(bodies.openBytes(row.memory, memoryPurpose(row.id)).toString()));
  if (!memory.success) return;
  const { control, numbers } = memory.data;
  await raiseMatter(tx, { id: row.connection, company: row.company }, {
    kind: unsentKind, command: row.id, correlationId: row.correlation_id, title: `Interchange ${control} to ${row.connection} will not come`,
    detail: `Its command (${row.kind}) was discarded after its control numbers were drawn: ${numbers.map(({ series, number }) => `${series} ${number}`).join(', ')}. They are not used again. It has not arrived, unless only the answer to it was lost: tell the partner, who may be waiting for these numbers.`,
  });
}

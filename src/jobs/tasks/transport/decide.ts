import type { Principal } from '../../../auth/principal.js';
import { answerOnce } from '../../../events/own-requests.js';
import type { Json } from '../../../lib/json.js';
import type { TaskContext } from '../context.js';
import { TransportWork } from './work.js';

/** Who asks, and the key under which a repeat is known. */
export interface Asked {
  by: Principal;
  idempotencyKey: string;
  correlationId: string;
}

/**
 * Decides once under the key of who asks, in one transaction, and states what was decided.
 * @param compared what was asked: another question under the same key is refused
 */
export async function decideOnce<Answer extends Json>(tasks: Pick<TaskContext, 'database' | 'bodies'>, { by, idempotencyKey, correlationId }: Asked, compared: Json, decide: (work: TransportWork) => Promise<Answer>): Promise<Answer> {
  return tasks.database.transaction(async (tx) => {
    const work = new TransportWork(tasks, tx, by, correlationId);
    const { answer } = await answerOnce(tx, { requestedBy: by.subject, idempotencyKey }, compared, () => decide(work));
    await work.finish();
    return answer;
  });
}

import { hash } from 'node:crypto';
import type { Transaction } from '../db/database.js';
import { GatehouseError } from '../lib/errors.js';
import { canonicalJson, type Json } from '../lib/json.js';

const longestKey = 200;

/**
 * Does something that is asked for under an idempotency key, and remembers what was answered: whoever asks again under the key is
 * answered the same, and nothing is done. Two at once wait for one another. What is refused is not remembered: it may be asked again.
 * @param asked all that is wanted, as JSON
 * @param work runs in `tx`
 * @throws GatehouseError CONFLICT where the key was used for something else; BAD_INPUT where it is empty or too long
 */
export async function answerOnce<Answer extends Json>(tx: Transaction, { requestedBy, idempotencyKey }: { requestedBy: string; idempotencyKey: string }, asked: Json, work: () => Promise<Answer>): Promise<{ answer: Answer; duplicate: boolean }> {
  const key = idempotencyKey.trim();
  if (key === '' || key.length > longestKey) throw new GatehouseError('BAD_INPUT', `An idempotency key has 1 to ${longestKey} characters.`, { field: 'input.idempotencyKey' });
  const digest = hash('sha256', canonicalJson(asked), 'buffer');
  // Inserted first: who comes second waits here until the first has committed, and then finds its answer.
  const inserted = await tx.insertInto('own_request').values({ requested_by: requestedBy, idempotency_key: key, digest, answer: 'null' }).onConflict((c) => c.doNothing()).returning('requested_by').execute();
  if (inserted.length > 0) {
    const answer = await work();
    await tx.updateTable('own_request').set({ answer: JSON.stringify(answer) }).where('requested_by', '=', requestedBy).where('idempotency_key', '=', key).execute();
    return { answer, duplicate: false };
  }
  const before = await tx.selectFrom('own_request').select(['digest', 'answer']).where('requested_by', '=', requestedBy).where('idempotency_key', '=', key).executeTakeFirstOrThrow();
  if (!digest.equals(before.digest)) throw new GatehouseError('CONFLICT', 'This idempotency key was used for something else. Use a new key for each thing that is wanted.', { field: 'input.idempotencyKey' });
  return { answer: before.answer as unknown as Answer, duplicate: true };
}

import { sql } from 'kysely';
import { wakePerformers, type CommandRow } from '../../../events/commands.js';
import type { TaskContext } from '../context.js';
import { raiseGivenUp } from './matters.js';
import { defaultPolicy } from './policy.js';

const batchSize = 200;

type Overdue = Pick<CommandRow, 'id' | 'kind' | 'connection' | 'company' | 'subject' | 'shipment_id' | 'correlation_id' | 'deadline_at' | 'memory'>;

/**
 * Gives up what waits past its deadline, or longer than its partner's policy allows, also where nobody looks
 * after the partner: it is disabled, or its breaker is open.
 */
export async function giveUpOverdue(tasks: TaskContext): Promise<void> {
  const hours = sql`coalesce((p.overrides ->> 'giveUpHours')::float8, ${sql.lit(defaultPolicy.giveUpHours)})`;
  const late = sql`select c.id from command c where c.state in ('QUEUED', 'WAITING') and c.deadline_at <= clock_timestamp() limit ${sql.lit(batchSize)}`;
  const old = sql`select c.id from command c left join partner_policy p on p.connection = c.connection where c.state in ('QUEUED', 'WAITING') and c.waiting_since < clock_timestamp() - make_interval(secs => ${hours} * 3600) limit ${sql.lit(batchSize)}`;
  for (const [reason, due] of [['DEADLINE', late], ['AGE', old]] as const) while ((await giveUp(tasks, reason, due)) === batchSize);
}

async function giveUp(tasks: TaskContext, reason: 'DEADLINE' | 'AGE', due: ReturnType<typeof sql>): Promise<number> {
  return tasks.database.transaction(async (tx) => {
    const message = reason === 'DEADLINE' ? 'What it was to be done by has passed.' : 'It waited as long as the policy of its partner allows.';
    const { rows } = await sql<Overdue>`
      update command set state = 'DEAD', finished_at = clock_timestamp(), updated_at = clock_timestamp(),
        error = jsonb_build_object('reason', ${reason}::text, 'kind', error -> 'kind', 'message', ${message}::text || coalesce(' Before that: ' || (error ->> 'message'), ''))
      where id in (${due}) and state in ('QUEUED', 'WAITING')
      returning id, kind, connection, company, subject, shipment_id, correlation_id, deadline_at, memory`.execute(tx);
    if (rows.length === 0) return 0;
    await wakePerformers(tx);
    const words = (command: Overdue) => (command.memory === null ? message : `${message} It may have taken effect at the partner.`);
    await raiseGivenUp(tx, rows.map((command) => ({ command, reason, message: words(command) })));
    return rows.length;
  });
}

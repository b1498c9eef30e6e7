import type { DataKeys } from '../../auth/data-keys.js';
import { keptFourEyes } from '../../auth/installation.js';
import type { Principal } from '../../auth/principal.js';
import { argumentsText, takeApproval } from '../../events/approvals.js';
import type { FourEyes } from '../../lib/config.js';
import { GatehouseError } from '../../lib/errors.js';
import type { Json } from '../../lib/json.js';
import type { TaskContext } from './context.js';

/** By what GATEHOUSE_FOUR_EYES names it (any of them is enough), whether this process wants a second person for it, and the keys under which arguments are told apart. */
export interface SecondPerson {
  kinds: readonly FourEyes[];
  fourEyes: boolean;
  keys: Pick<DataKeys, 'fingerprint'>;
}

/**
 * Lets an action run over the graph once a second person has approved the very same arguments, where this process or the server that started last wants one.
 * @throws GatehouseError CONFLICT where a second person is still to approve it
 */
export async function needSecondPerson({ database }: Pick<TaskContext, 'database'>, { kinds, fourEyes, keys }: SecondPerson, by: Principal, action: string, given: Record<string, Json>, reason: string | undefined): Promise<void> {
  if (!fourEyes && !(await keptFourEyes(database)).some((kept) => (kinds as readonly string[]).includes(kept))) return;
  const sensitive = { action, arguments: given, digest: keys.fingerprint(argumentsText(action, given)) };
  const { approved, approval } = await database.transaction((tx) => takeApproval(tx, sensitive, by, reason));
  if (!approved) throw new GatehouseError('CONFLICT', `This needs a second person’s approval: have somebody else approve ${approval.id}, then do the same again.`);
}

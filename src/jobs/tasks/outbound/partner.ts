import { connectorOf } from '../../../connectors/registry.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { Json } from '../../../lib/json.js';
import type { CommandKind } from '../../../model/commands.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { overridesSchema, policyOf, type PartnerPolicy, type PolicyOverrides } from './policy.js';

/** How a partner is treated, and by whom what it cannot do may be done. */
export interface Treatment {
  policy: PartnerPolicy;
  /** Kinds that the fallback performs; empty where there is none. */
  fallbackKinds: readonly CommandKind[];
}

/** The policy of a connection as of now. */
export async function treatmentOf(tasks: Pick<TaskContext, 'database' | 'connections'>, connection: string): Promise<Treatment> {
  const row = await tasks.database.kysely.selectFrom('partner_policy').select('overrides').where('connection', '=', connection).executeTakeFirst();
  const found = await tasks.connections.find(connection);
  const policy = policyOf((row?.overrides ?? {}) as PolicyOverrides, found === null ? undefined : connectorOf(found.connector)?.rateLimit);
  const fallback = policy.fallback === null ? null : await tasks.connections.find(policy.fallback);
  return { policy, fallbackKinds: fallback === null || fallback.shadow ? [] : (connectorOf(fallback.connector)?.perform?.commands ?? []) };
}

/**
 * Sets what differs for a connection from the table of defaults; null takes an override away.
 * @returns the overrides that stand now
 * @throws GatehouseError NOT_FOUND, BAD_INPUT
 */
export async function setPolicy(tx: Transaction, connection: string, change: Readonly<Record<string, Json>>, by: string): Promise<PolicyOverrides> {
  // Made where it is missing: a row that is not there cannot be locked.
  await tx.insertInto('partner_policy').values({ connection, overrides: '{}', changed_by: by, changed_at: instant(Date.now()) }).onConflict((c) => c.doNothing()).execute();
  const { overrides } = await tx.selectFrom('partner_policy').select('overrides').where('connection', '=', connection).forUpdate().executeTakeFirstOrThrow();
  const merged = Object.fromEntries(Object.entries({ ...overrides, ...change }).filter(([, value]) => value !== null));
  const parsed = overridesSchema.safeParse(merged);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new GatehouseError('BAD_INPUT', `${issue.path.join('.') || 'policy'}: ${issue.message}`, { field: issue.path.join('.') || 'policy' });
  }
  await tx.updateTable('partner_policy').set({ overrides: JSON.stringify(parsed.data), changed_by: by, changed_at: instant(Date.now()) }).where('connection', '=', connection).execute();
  return parsed.data as PolicyOverrides;
}

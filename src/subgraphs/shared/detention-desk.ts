import type { Principal } from '../../auth/principal.js';
import type { DetentionRule } from '../../model/yard/detention.js';

/** How people change what is charged for waiting. */
export interface DetentionDesk {
  /** @returns its id. @throws GatehouseError NOT_FOUND, BAD_INPUT, CONFLICT */
  saveRule(rule: Omit<DetentionRule, 'id' | 'changedBy' | 'changedAt'> & { id?: string }, by: Principal, idempotencyKey: string, correlationId: string): Promise<string>;
  /** @returns its id. @throws GatehouseError NOT_FOUND, CONFLICT */
  removeRule(id: string, by: Principal, idempotencyKey: string, correlationId: string): Promise<string>;
}

import { datetime, type PickingRecord } from './records.js';
import type { Results } from './results.js';

/**
 * For when a transfer is planned by its appointment, as the addon's `_gatehouse_plan` does: what somebody changed by hand stays.
 * @returns the scheduled date that it gets; null where it stays as it is
 */
export function planned(plan: Results['plan'], { state, scheduled_date: now }: Pick<PickingRecord, 'state' | 'scheduled_date'>, values: Record<string, unknown>): string | null {
  if (!('schedule' in values) || state === 'done' || state === 'cancel') return null;
  if (plan.set !== null && plan.set !== now) return null;
  if (typeof values['schedule'] === 'string') {
    const set = datetime(Date.parse(values['schedule']));
    Object.assign(plan, { before: plan.set === null ? now : plan.before, set });
    return set;
  }
  const before = plan.set === null ? null : plan.before;
  Object.assign(plan, { set: null, before: null });
  return before;
}

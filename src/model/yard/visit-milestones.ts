import type { MilestoneCode } from '../milestones.js';
import type { ZonedInstant } from '../time.js';
import { directionOf } from './choose-dock.js';
import type { VisitRecord } from './records.js';

/** What a visit means for the shipments that it is for. */
export interface VisitMilestone {
  /** The same for the same thing, also when its time is corrected. */
  key: string;
  code: MilestoneCode;
  occurred: ZonedInstant;
  rawCode: string;
  /** In words for people, where there is more to say. */
  text?: string;
  /** Of these the name alone, where a finding names what it is of; else of all shipments. */
  reference?: string;
}

const codes = {
  INBOUND: { arrived: 'ARRIVED_DELIVERY', started: 'UNLOADING', ended: 'UNLOADED' },
  OUTBOUND: { arrived: 'ARRIVED_PICKUP', started: 'LOADING', ended: 'LOADED' },
} as const;

/** Milestones that stand for a visit as it is now. Who was turned away brought nothing. */
export function milestonesOfVisit(visit: VisitRecord): VisitMilestone[] {
  if (visit.state === 'CANCELLED' || visit.state === 'REJECTED') return [];
  const direction = directionOf(visit);
  const words = direction === 'UNKNOWN' ? null : codes[direction];
  const at = (key: string, code: MilestoneCode | undefined, occurred: ZonedInstant | undefined, rawCode: string): VisitMilestone[] => (code === undefined || occurred === undefined ? [] : [{ key, code, occurred, rawCode }]);
  return [
    ...at('arrived', words?.arrived, visit.arrivedAt ?? visit.checkedInAt, 'arrived'),
    ...at('checked-in', 'CHECKED_IN', visit.checkedInAt, 'checked in'),
    ...at('docked', 'DOCKED', visit.atDockAt, visit.dock === undefined ? 'at dock' : `at dock ${visit.dock}`),
    ...at('started', words?.started, visit.handlingStartedAt, 'handling started'),
    ...at('ended', words?.ended, visit.handlingEndedAt, 'handling ended'),
    ...(visit.equipment ?? []).map((step, index): VisitMilestone => ({ key: `equipment-${index}`, code: step.action === 'DETACHED' ? 'TRAILER_DETACHED' : 'TRAILER_ATTACHED', occurred: step.at, rawCode: `${step.action.toLowerCase()} ${step.trailer}` })),
    ...(visit.findings ?? []).filter(({ kind }) => kind === 'DAMAGED').map((finding): VisitMilestone => ({
      key: `finding-${finding.id}`, code: 'DAMAGED', occurred: finding.at, rawCode: 'damaged', ...(finding.note === undefined ? {} : { text: finding.note }), ...(finding.reference === undefined ? {} : { reference: finding.reference }),
    })),
    ...at('checked-out', 'CHECKED_OUT', visit.checkedOutAt, 'checked out'),
  ];
}

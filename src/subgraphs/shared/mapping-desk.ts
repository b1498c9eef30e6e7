import type { Principal } from '../../auth/principal.js';
import type { ShipmentDifference } from '../../model/mapping.js';

/** An override of a code as it stands. */
export interface OverrideView {
  rawCode: string;
  rawReason: string;
  code: string;
  classifier: string | null;
  exceptionClass: string | null;
}

export interface MappingView {
  applied: Array<OverrideView & { changedBy: string; changedAt: string }>;
  proposed: Array<{ rawCode: string; rawReason: string; becomes: OverrideView | null; changedBy: string; changedAt: string }>;
  fingerprint: string;
}

export interface UnmappedCodeView {
  connection: string;
  rawCode: string;
  rawReason: string;
  messages: number;
  firstAt: string;
  lastAt: string;
  rawId: string;
}

export interface MappingPreviewView {
  shipments: ShipmentDifference[];
  totals: { shipments: number; statuses: number; appear: number; go: number; change: number };
  messages: number;
  unreadable: number;
  unlinked: number;
  cut: boolean;
  fingerprint: string;
}

export interface ComparedMilestoneView {
  code: string;
  classifier: string;
  occurredAt: string;
}

export interface ComparisonView {
  shipments: { both: number; onlyShadow: number; onlyLive: number; statusDiffers: number };
  milestones: { same: number; otherTimes: number; onlyShadow: number; onlyLive: number };
  unreadable: number;
  differing: Array<{
    shipment: string | null; reference: string; status: { shadow: string; live: string };
    milestones: { same: number; otherTimes: Array<{ here: ComparedMilestoneView; there: ComparedMilestoneView; seconds: number }>; onlyHere: ComparedMilestoneView[]; onlyThere: ComparedMilestoneView[] };
  }>;
  comparedTo: string;
}

/** How partners' codes are mapped, and how connections in shadow mode compare, each as a principal, who sees no connection of other companies. */
export interface MappingDesk {
  /** @throws GatehouseError NOT_FOUND */
  table(connection: string, by: Principal): Promise<MappingView>;
  unmapped(options: { connection?: string | undefined; limit: number }, by: Principal): Promise<UnmappedCodeView[]>;
  /** @throws GatehouseError NOT_FOUND, BAD_INPUT */
  propose(connection: string, given: { rawCode: string; rawReason?: string | undefined; code: string; classifier?: string | null | undefined; exceptionClass?: string | null | undefined }, by: Principal): Promise<MappingView>;
  /** @throws GatehouseError NOT_FOUND */
  remove(connection: string, given: { rawCode: string; rawReason?: string | undefined }, by: Principal): Promise<MappingView>;
  /** @throws GatehouseError NOT_FOUND, CONFLICT */
  preview(connection: string, range: { from?: string | null | undefined; to?: string | null | undefined; messages: number }, by: Principal): Promise<MappingPreviewView>;
  /** @throws GatehouseError NOT_FOUND, CONFLICT */
  apply(connection: string, given: { fingerprint: string; from: string | null; reason?: string | undefined }, by: Principal): Promise<MappingView>;
  /** @throws GatehouseError NOT_FOUND, BAD_INPUT */
  compare(shadow: string, live: string, period: { from: string; to: string; withinMinutes: number }, by: Principal): Promise<ComparisonView>;
}

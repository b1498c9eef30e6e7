import type { Classifier, MilestoneCode } from './milestones.js';

/** What the folds need of a recorded milestone. Times are ISO instants in UTC with milliseconds. */
export interface TimelineEntry {
  id: string;
  /** Names the fact: connection, subject and fact key. Versions of one fact share it. */
  factGroup: string;
  contentHash: string;
  code: MilestoneCode;
  classifier: Classifier;
  occurredAt: string;
  observedAt: string;
  /** Tracking number of the package it speaks of; null: of the whole shipment. */
  package: string | null;
  pieces: number | null;
  /** Set on a retraction: the id of the entry, or the fact group, that no longer holds. */
  retracts: string | null;
  retractsFactGroup: string | null;
}

/**
 * Ids of the entries that stand: not retracted, no retraction itself, and of several versions of one
 * fact the one observed last. The same for every order and repetition of the entries.
 */
export function standing(entries: readonly TimelineEntry[]): Set<string> {
  const retractedIds = new Set<string>();
  const retractedGroups = new Set<string>();
  for (const entry of entries) {
    if (entry.retracts !== null) retractedIds.add(entry.retracts);
    if (entry.retractsFactGroup !== null) retractedGroups.add(entry.retractsFactGroup);
  }
  const newest = new Map<string, TimelineEntry>();
  for (const entry of entries) {
    if (isRetraction(entry) || retractedIds.has(entry.id) || retractedGroups.has(entry.factGroup)) continue;
    const other = newest.get(entry.factGroup);
    if (other === undefined || isNewerVersion(entry, other)) newest.set(entry.factGroup, entry);
  }
  return new Set([...newest.values()].map((entry) => entry.id));
}

export function isRetraction(entry: Pick<TimelineEntry, 'retracts' | 'retractsFactGroup'>): boolean {
  return entry.retracts !== null || entry.retractsFactGroup !== null;
}

function isNewerVersion(a: TimelineEntry, b: TimelineEntry): boolean {
  if (a.observedAt !== b.observedAt) return a.observedAt > b.observedAt;
  if (a.contentHash !== b.contentHash) return a.contentHash > b.contentHash;
  return a.id > b.id;
}

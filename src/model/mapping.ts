import type { Anomaly, Decoded, Fact, MilestoneFact } from './facts.js';
import type { Classifier, ExceptionClass, MilestoneCode } from './milestones.js';

/** Stands for every raw code in an override that looks at the reason alone. */
export const anyCode = '*';

/** What a partner's code means here, whatever its connector says. */
export interface CodeOverride {
  /** As it stands in the milestone; `*`: any. */
  rawCode: string;
  /** As it stands in the milestone; empty: any, none among them. */
  rawReason: string;
  code: MilestoneCode;
  /** Null: as the connector says. */
  classifier: Classifier | null;
  /** Null: what the code raises by itself. */
  exceptionClass: ExceptionClass | null;
}

/** A milestone as people compare it. */
export interface SaidMilestone {
  code: string;
  classifier: string;
  occurredAt: string;
  exceptionClass: string | null;
  rawCode: string | null;
  rawReason: string | null;
}

/** What would change of one shipment. */
export interface ShipmentDifference {
  /** UUID. */
  shipment: string;
  reference: string | null;
  status: { before: string; after: string };
  appear: SaidMilestone[];
  go: SaidMilestone[];
  change: Array<{ before: SaidMilestone; after: SaidMilestone }>;
}

/** Kind of anomaly by which a connector says that a code is in none of its tables. */
export const unknownCodeKind = 'UNKNOWN_CODE';

/** What a decoder gave, with these overrides in force: milestones say what the override says, and a code that one maps is unknown no more. */
export function withOverrides(decoded: Decoded, overrides: readonly CodeOverride[]): Decoded {
  if (overrides.length === 0) return decoded;
  const mapped = new Set(overrides.filter((row) => row.rawReason === '').map((row) => row.rawCode));
  const facts = decoded.facts.map((fact): Fact => {
    const override = fact.type === 'milestone.reported' ? overrideOf(fact.payload, overrides) : undefined;
    if (override === undefined || fact.type !== 'milestone.reported') return fact;
    mapped.add(fact.payload.rawCode);
    return overridden(fact, override);
  });
  const anomalies = decoded.anomalies.filter(({ kind, rawCode }) => kind !== unknownCodeKind || rawCode === undefined || !mapped.has(rawCode));
  return { facts, anomalies };
}

/** The most telling override: code and reason, then the code, then the reason. */
export function overrideOf({ rawCode, rawReason = '' }: { rawCode: string; rawReason?: string }, overrides: readonly CodeOverride[]): CodeOverride | undefined {
  const of = (code: string, reason: string) => overrides.find((row) => row.rawCode === code && row.rawReason === reason);
  return (rawReason === '' ? undefined : of(rawCode, rawReason)) ?? of(rawCode, '') ?? (rawReason === '' ? undefined : of(anyCode, rawReason));
}

function overridden(fact: MilestoneFact, { code, classifier, exceptionClass }: CodeOverride): MilestoneFact {
  const { exceptionClass: _, ...payload } = fact.payload;
  return { ...fact, payload: { ...payload, code, classifier: classifier ?? payload.classifier, ...(exceptionClass === null ? {} : { exceptionClass }) } };
}

/** A code that no table knows, with a reason beside it; empty where none is. */
export interface UnmappedCode {
  rawCode: string;
  rawReason: string;
}

/** Each code of a message that is mapped nowhere, once. */
export function unmappedCodes({ facts, anomalies }: Decoded): UnmappedCode[] {
  const found = new Map<string, UnmappedCode>();
  for (const rawCode of new Set(anomalies.flatMap((one: Anomaly) => (one.kind === unknownCodeKind && one.rawCode !== undefined ? [one.rawCode] : [])))) {
    const reasons = new Set(facts.flatMap((fact) => (fact.type === 'milestone.reported' && fact.payload.rawCode === rawCode ? [fact.payload.rawReason ?? ''] : [])));
    for (const rawReason of reasons.size === 0 ? [''] : reasons) found.set(`${rawCode}\n${rawReason}`, { rawCode, rawReason });
  }
  return [...found.values()];
}

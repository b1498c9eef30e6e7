import { compareText } from '../lib/compare.js';

/** A milestone as two sources are compared by it. */
export interface ComparedMilestone {
  code: string;
  classifier: string;
  /** ISO instant. */
  occurredAt: string;
}

export interface MilestoneComparison {
  same: number;
  /** Both say it, at times that differ. Seconds by which `here` is later than `there`. */
  otherTimes: Array<{ here: ComparedMilestone; there: ComparedMilestone; seconds: number }>;
  onlyHere: ComparedMilestone[];
  onlyThere: ComparedMilestone[];
}

/**
 * Compares what two sources say of one shipment. Milestones of one code and classifier are paired, the same instant first,
 * then in the order in which they happened while they are no further apart than `withinMs`; what has no counterpart is of one side only.
 */
export function compareMilestones(here: readonly ComparedMilestone[], there: readonly ComparedMilestone[], withinMs: number): MilestoneComparison {
  const result: MilestoneComparison = { same: 0, otherTimes: [], onlyHere: [], onlyThere: [] };
  const kinds = new Set([...here, ...there].map(kindOf));
  for (const kind of [...kinds].sort(compareText)) pairKind(ofKind(here, kind), ofKind(there, kind), withinMs, result);
  return result;
}

const kindOf = ({ code, classifier }: ComparedMilestone) => `${code} ${classifier}`;
const ofKind = (all: readonly ComparedMilestone[], kind: string) => all.filter((each) => kindOf(each) === kind).sort((a, b) => compareText(a.occurredAt, b.occurredAt));

function pairKind(here: ComparedMilestone[], there: ComparedMilestone[], withinMs: number, result: MilestoneComparison): void {
  for (const each of [...here]) {
    const match = there.findIndex((other) => other.occurredAt === each.occurredAt);
    if (match === -1) continue;
    there.splice(match, 1);
    here.splice(here.indexOf(each), 1);
    result.same++;
  }
  while (here.length > 0 && there.length > 0) {
    const [first, other] = [here[0]!, there[0]!];
    const apart = Date.parse(first.occurredAt) - Date.parse(other.occurredAt);
    if (Math.abs(apart) <= withinMs) {
      result.otherTimes.push({ here: here.shift()!, there: there.shift()!, seconds: Math.round(apart / 1000) });
    } else if (apart < 0) {
      result.onlyHere.push(here.shift()!);
    } else {
      result.onlyThere.push(there.shift()!);
    }
  }
  result.onlyHere.push(...here);
  result.onlyThere.push(...there);
}

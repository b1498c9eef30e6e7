import type { EdiFault } from '../../../model/edi.js';
import type { Anomaly } from '../../../model/facts.js';
import type { FactSet } from '../fact-set.js';

/** What a person must see to, though the set itself is whole. */
const noFaults: ReadonlySet<string> = new Set(['CONDITIONAL_ACCEPTANCE']);

export interface SetReading {
  /** What was left out of the set, one fault for each kind of anomaly of severity MEDIUM or HIGH. */
  faults: EdiFault[];
  /** It gave no fact at all. */
  nothingRead: boolean;
}

/**
 * Reads one set, and says how it was taken, so that no acknowledgement calls accepted what was left out. A whole set
 * that gives nothing and says nothing of why is told by NOTHING_READ.
 * @param code of the faults in the syntax' own table
 * @param what the set as people call it, with its type
 */
export function readSet(read: () => void, of: { what: string; code: string; complete: boolean }, facts: FactSet, anomalies: Anomaly[]): SetReading {
  const [factsBefore, anomaliesBefore] = [facts.added, anomalies.length];
  read();
  const nothingRead = of.complete && facts.added === factsBefore;
  if (!nothingRead && anomalies.length === anomaliesBefore) return { faults: [], nothingRead };
  const own = () => anomalies.slice(anomaliesBefore).filter(({ kind, severity }) => severity !== 'LOW' && !noFaults.has(kind));
  if (nothingRead && own().length === 0) anomalies.push({ kind: 'NOTHING_READ', message: `${of.what}: nothing was read of it, for it holds no segment that says something. Ask the sender what it was to say.`, severity: 'HIGH' });
  const counts = new Map<string, number>();
  for (const { kind } of own()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return { faults: [...counts].map(([kind, count]) => ({ level: 'SET', code: of.code, text: `${nothingRead ? 'Nothing of it was taken' : 'Not all of it was taken'}: ${kind}${count === 1 ? '' : `, ${count} times`}.` })), nothingRead };
}

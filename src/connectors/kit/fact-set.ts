import { canonicalJson } from '../../lib/json.js';
import type { Anomaly, Fact } from '../../model/facts.js';
import { referenceKey } from '../../model/references.js';

/**
 * The facts of one message, each once. Carriers repeat an item within a message; two items of one
 * key that differ keep the one whose content sorts first, so that the order within the message
 * decides nothing, and the other is reported.
 */
export class FactSet {
  readonly anomalies: Anomaly[] = [];
  /** How many were added so far, repeats too. */
  added = 0;
  private readonly byKey = new Map<string, Fact>();

  add(fact: Fact): void {
    this.added++;
    const subject = 'key' in fact ? `${fact.key.kind}:${fact.key.id}` : referenceKey(fact.reference);
    const key = `${subject}\n${fact.factKey}`;
    const earlier = this.byKey.get(key);
    if (earlier === undefined) {
      this.byKey.set(key, fact);
      return;
    }
    const [content, earlierContent] = [contentOf(fact), contentOf(earlier)];
    if (earlierContent === content) return;
    this.anomalies.push({ kind: 'ITEM_REPEATED', message: `Two items differ in their words but not in code, time and place (${fact.factKey}); one was kept.`, severity: 'LOW' });
    if (content < earlierContent) this.byKey.set(key, fact);
  }

  list(): Fact[] {
    return [...this.byKey.values()];
  }
}

function contentOf(fact: Fact): string {
  return canonicalJson({ type: fact.type, payload: fact.payload });
}

import { meansSame, referenceKey, type Reference } from './references.js';

/** Why references lead to one shipment: sources name them in the same breath, or equal values mean the same. */
export interface NamedReferences {
  references: readonly Reference[];
  /** Which names each source gives beside its own, by the keys of references. */
  names: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Groups of a shipment's references that nothing connects to its `anchors`, each held together by
 * what sources say. Pure.
 * @param anchors keys of the references that stay whatever else does
 */
export function groupsApart({ references, names }: NamedReferences, anchors: readonly string[]): Reference[][] {
  const groups: Reference[][] = [];
  const seen = new Set<string>();
  const connected = (from: Reference) => references.filter((to) => areConnected(from, to, names));
  const reach = (start: Reference): Reference[] => {
    const found: Reference[] = [];
    for (const open = [start]; open.length > 0; ) {
      const next = open.pop()!;
      if (seen.has(referenceKey(next))) continue;
      seen.add(referenceKey(next));
      found.push(next);
      open.push(...connected(next));
    }
    return found;
  };
  for (const anchor of references.filter((reference) => anchors.includes(referenceKey(reference)))) reach(anchor);
  for (const reference of references) if (!seen.has(referenceKey(reference))) groups.push(reach(reference));
  return groups;
}

function areConnected(a: Reference, b: Reference, names: NamedReferences['names']): boolean {
  const [keyA, keyB] = [referenceKey(a), referenceKey(b)];
  return names.get(keyA)?.has(keyB) === true || names.get(keyB)?.has(keyA) === true || meansSame(a, b);
}

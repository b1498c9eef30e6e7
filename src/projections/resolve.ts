import type { Transaction } from '../db/database.js';
import { uuidv7 } from '../lib/ids.js';
import { isQuoted, issuersAgree, referenceKey, sameValueKinds, tellingIssuer, type Reference } from '../model/references.js';
import { claimedShipments, holdShipmentsOfValues, lockReferenceValues, namesOfSources, referencesByValue, standingVersions, type LinkedReference } from './references.js';

/** One source's statement that these names mean one shipment. */
export interface Naming {
  primary: Reference;
  also: readonly Reference[];
  /** Set when the source is a transfer of Odoo: it claims the shipment, which is then not provisional. */
  claims: boolean;
  /** Version of the transfer that says so; an older one than is known says nothing any more. */
  version?: number;
}

/** What was decided, in order; each becomes one event. */
export type LinkDecision =
  | { type: 'registered'; shipmentId: string; provisional: boolean; naming: Naming }
  | { type: 'linked'; reference: Reference; shipmentId: string; sequence: number; from?: string }
  | { type: 'unlinked'; reference: Reference; sequence: number; from: string }
  | { type: 'named'; source: Reference; also: string[]; sequence: number }
  | { type: 'merged'; from: string; into: string }
  | { type: 'ambiguous'; shipmentId: string; reference: Reference; candidates: string[] };

/**
 * Decides which shipment each naming means: an exact link, else a match by the rules, else a new
 * (provisional) shipment; provisional ones that turn out to be the same are merged. Nothing is written.
 */
export async function resolveNamings(tx: Transaction, namings: readonly Naming[]): Promise<LinkDecision[]> {
  const values = [...new Set(namings.flatMap((naming) => namesOf(naming).map((reference) => reference.value)))];
  const sources = namings.filter((naming) => naming.also.length > 0).map((naming) => referenceKey(naming.primary));
  const [references, names] = await Promise.all([referencesByValue(tx, values), namesOfSources(tx, sources)]);
  const before = new Directory(references, names, [], new Map());
  // What a transfer says depends on its versions, which are looked at under the lock.
  const open = namings.filter((naming) => naming.claims || !before.isSettled(naming));
  if (open.length === 0) return [];
  // The lock comes first: what is asked for behind it is read when it is held.
  const locked = lockReferenceValues(tx, [...new Set(open.flatMap((naming) => namesOf(naming).map((reference) => reference.value)))]);
  const [known, lockedNames, versions] = await Promise.all([holdShipmentsOfValues(tx, values), namesOfSources(tx, sources), standingVersions(tx, open.filter((naming) => naming.claims).map((naming) => naming.primary)), locked]);
  const claimed = await claimedShipments(tx, [...new Set(known.map((reference) => reference.shipmentId).filter((id) => id !== null))]);
  const directory = new Directory(known, lockedNames, claimed, versions);
  return open.flatMap((naming) => directory.decide(naming));
}

function namesOf(naming: Naming): Reference[] {
  return [naming.primary, ...naming.also];
}

/** The links as they are while a batch is decided, with the decisions made so far. */
class Directory {
  readonly #bySubject = new Map<string, LinkedReference>();
  readonly #byValue = new Map<string, LinkedReference[]>();
  readonly #names: Map<string, Set<string>>;
  readonly #claimed: Set<string>;
  readonly #versions: Map<string, number>;

  /**
   * @param names which names sources give beside their own
   * @param claimed shipments that a transfer has claimed
   * @param versions the lowest version of each transfer that still says something, by the key of its reference
   */
  constructor(references: readonly LinkedReference[], names: Map<string, Set<string>>, claimed: readonly string[], versions: Map<string, number>) {
    this.#names = names;
    this.#claimed = new Set(claimed);
    this.#versions = versions;
    for (const reference of references) this.#add(reference);
  }

  /** Every name is linked, all to one shipment, and the source is known to give them: nothing to decide. */
  isSettled(naming: Naming): boolean {
    const shipments = new Set(namesOf(naming).map((reference) => this.#shipmentOf(reference)));
    return shipments.size === 1 && !shipments.has(undefined) && this.#unknownNames(naming).length === 0;
  }

  decide(stated: Naming): LinkDecision[] {
    // An outdated version still tells that the transfer is there.
    const naming = this.#isOutdated(stated) ? { ...stated, also: [] } : stated;
    if (this.isSettled(naming)) return [];
    const decisions: LinkDecision[] = [];
    const own = this.#shipmentOf(naming.primary);
    const shipmentId = own ?? this.#choose(naming, decisions);
    const apart = decisions.some((decision) => decision.type === 'ambiguous');
    if (own === undefined) decisions.push(...this.#contradictions(naming.primary, shipmentId), this.#link(naming.primary, shipmentId));
    if (naming.claims) this.#claimed.add(shipmentId);
    let current = shipmentId;
    for (const reference of naming.also) current = this.#join(reference, current, apart, decisions);
    if (this.#unknownNames(naming).length > 0) decisions.push(this.#name(naming));
    return decisions;
  }

  /** A newer version of the same transfer is known, or its deletion, so that this one cannot speak for it. */
  #isOutdated(naming: Naming): boolean {
    if (naming.version === undefined) return false;
    const key = referenceKey(naming.primary);
    const known = this.#versions.get(key) ?? 0;
    this.#versions.set(key, Math.max(known, naming.version));
    return naming.version < known;
  }

  #shipmentOf(reference: Reference): string | undefined {
    return this.#bySubject.get(referenceKey(reference))?.shipmentId ?? undefined;
  }

  #unknownNames(naming: Naming): Reference[] {
    const known = this.#names.get(referenceKey(naming.primary));
    return naming.also.filter((reference) => known?.has(referenceKey(reference)) !== true);
  }

  /** The shipment for a name that is not linked yet. */
  #choose(naming: Naming, decisions: LinkDecision[]): string {
    const exact = naming.also.map((reference) => this.#shipmentOf(reference)).filter((id) => id !== undefined);
    const unlinked = namesOf(naming).filter((reference) => this.#shipmentOf(reference) === undefined);
    const candidates = [...new Set([...exact, ...unlinked.flatMap((reference) => this.#matches(reference).same)])];
    // Two transfers never share a shipment because of a name: a second one gets its own.
    const usable = naming.claims ? candidates.filter((id) => !this.#claimed.has(id)) : candidates;
    const claimed = usable.filter((id) => this.#claimed.has(id));
    if (claimed.length === 1) return claimed[0]!;
    // Several provisional ones, each by another of these names: the source says that they are one.
    if (claimed.length === 0 && usable.length > 0) return usable[0]!;
    const shipmentId = uuidv7();
    decisions.push({ type: 'registered', shipmentId, provisional: !naming.claims, naming });
    if (claimed.length > 1) decisions.push({ type: 'ambiguous', shipmentId, reference: naming.primary, candidates: claimed });
    return shipmentId;
  }

  /**
   * Links one more name to `current`; where it stands for another shipment, joins the two if one is
   * provisional. With `apart`, an equal value joins nothing.
   */
  #join(reference: Reference, current: string, apart: boolean, decisions: LinkDecision[]): string {
    const linked = this.#shipmentOf(reference);
    const others = (linked !== undefined ? [linked] : apart ? [] : this.#matches(reference).same).filter((id) => id !== current);
    if (linked === undefined) decisions.push(...this.#contradictions(reference, current));
    let target = current;
    for (const other of others) {
      const [from, into] = this.#claimed.has(target) ? [other, target] : [target, other];
      if (this.#claimed.has(from)) {
        // Both are claimed: only an exact link is a contradiction; an equal value alone proves nothing.
        if (linked !== undefined) decisions.push({ type: 'ambiguous', shipmentId: target, reference, candidates: [other] });
        continue;
      }
      decisions.push({ type: 'merged', from, into });
      this.#move(from, into);
      target = into;
    }
    if (linked === undefined) decisions.push(this.#link(reference, target));
    return target;
  }

  #contradictions(reference: Reference, shipmentId: string): LinkDecision[] {
    const candidates = this.#matches(reference).ambiguous.filter((id) => id !== shipmentId);
    return candidates.length === 0 ? [] : [{ type: 'ambiguous', shipmentId, reference, candidates }];
  }

  /**
   * Shipments that an equal value makes the same as that of `reference`, or between which it cannot tell:
   * several that transfers have claimed, or that different issuers mean by it where they may not all quote Odoo. What one issuer calls by
   * the same value under two kinds is one thing, once a name of Odoo connects the kinds.
   */
  #matches(reference: Reference): { same: string[]; ambiguous: string[] } {
    const kinds = sameValueKinds(reference.kind);
    const linked = (this.#byValue.get(reference.value) ?? []).filter((other): other is LinkedReference & { shipmentId: string } => other.shipmentId !== null);
    const sameValue = linked.filter((other) => kinds.includes(other.kind));
    const agreeing = sameValue.filter((other) => issuersAgree(reference, other));
    const shipments = [...new Set(agreeing.map((other) => other.shipmentId))];
    const issuers = new Set(agreeing.map(tellingIssuer).filter((issuer) => issuer !== null));
    const isUndecided = shipments.length > 1 && ((issuers.size > 1 && !isQuoted(reference)) || shipments.filter((id) => this.#claimed.has(id)).length > 1);
    // A number whose carrier nobody named does not connect two carriers that are named.
    const isOfOther = reference.kind === 'tracking' && sameValue.some((other) => shipments.includes(other.shipmentId) && !issuersAgree(reference, other));
    return isUndecided || isOfOther ? { same: [], ambiguous: shipments } : { same: shipments, ambiguous: [] };
  }

  #link(reference: Reference, shipmentId: string): LinkDecision {
    const subject = referenceKey(reference);
    const known = this.#bySubject.get(subject);
    const sequence = (known?.sequence ?? 0) + 1;
    if (known === undefined) this.#add({ ...reference, subject, shipmentId, sequence, namedSequence: 0 });
    else Object.assign(known, { shipmentId, sequence });
    return { type: 'linked', reference, shipmentId, sequence };
  }

  #name(naming: Naming): LinkDecision {
    const subject = referenceKey(naming.primary);
    const names = new Set([...(this.#names.get(subject) ?? []), ...naming.also.map(referenceKey)]);
    this.#names.set(subject, names);
    const known = this.#bySubject.get(subject)!;
    known.namedSequence++;
    return { type: 'named', source: naming.primary, also: [...names].sort(), sequence: known.namedSequence };
  }

  #add(reference: LinkedReference): void {
    this.#bySubject.set(reference.subject, reference);
    this.#byValue.set(reference.value, [...(this.#byValue.get(reference.value) ?? []), reference]);
  }

  #move(from: string, into: string): void {
    for (const reference of this.#bySubject.values()) if (reference.shipmentId === from) reference.shipmentId = into;
  }
}

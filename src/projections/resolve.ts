import type { Transaction } from '../db/database.js';
import { uuidv7 } from '../lib/ids.js';
import { issuersAgree, matchingRules, referenceKey, tellingIssuer, type Reference } from '../model/references.js';
import { claimedShipments, holdShipmentsOfValues, lockReferenceValues, referencesByValue, type LinkedReference } from './links.js';

/** One source's statement that these names mean one shipment. */
export interface Naming {
  primary: Reference;
  also: readonly Reference[];
  /** Set when the source is a transfer of Odoo: it claims the shipment, which is then not provisional. */
  claims: boolean;
}

/** What was decided, in order; each becomes one event. */
export type LinkDecision =
  | { type: 'registered'; shipmentId: string; provisional: boolean; naming: Naming }
  | { type: 'linked'; reference: Reference; shipmentId: string }
  | { type: 'merged'; from: string; into: string }
  | { type: 'claimed'; shipmentId: string }
  | { type: 'ambiguous'; shipmentId: string; reference: Reference; candidates: string[] };

/**
 * Decides which shipment each naming means: an exact link, else a match by the rules, else a new
 * (provisional) shipment; provisional ones that turn out to be the same are merged. Nothing is written.
 */
export async function resolveNamings(tx: Transaction, namings: readonly Naming[]): Promise<LinkDecision[]> {
  const values = [...new Set(namings.flatMap((naming) => [naming.primary, ...naming.also].map((reference) => reference.value)))];
  const first = new Directory(await referencesByValue(tx, values), []);
  const open = namings.filter((naming) => !first.isSettled(naming));
  if (open.length === 0) return [];
  await lockReferenceValues(tx, [...new Set(open.flatMap((naming) => [naming.primary, ...naming.also].map((reference) => reference.value)))]);
  const known = await holdShipmentsOfValues(tx, values);
  const claimed = await claimedShipments(tx, [...new Set(known.map((reference) => reference.shipmentId))]);
  const directory = new Directory(known, claimed.filter((shipment) => shipment.transferSubject !== null).map((shipment) => shipment.id));
  return open.flatMap((naming) => directory.decide(naming));
}

/** The links as they are while a batch is decided, with the decisions made so far. */
class Directory {
  readonly #bySubject = new Map<string, LinkedReference>();
  readonly #byValue = new Map<string, LinkedReference[]>();
  readonly #claimed: Set<string>;

  constructor(references: readonly LinkedReference[], claimed: readonly string[]) {
    this.#claimed = new Set(claimed);
    for (const reference of references) this.#add(reference);
  }

  /** Every name is linked, and all to one shipment: nothing to decide. */
  isSettled(naming: Naming): boolean {
    const shipments = new Set([naming.primary, ...naming.also].map((reference) => this.#bySubject.get(referenceKey(reference))?.shipmentId));
    return shipments.size === 1 && !shipments.has(undefined);
  }

  decide(naming: Naming): LinkDecision[] {
    const decisions: LinkDecision[] = [];
    const own = this.#bySubject.get(referenceKey(naming.primary))?.shipmentId;
    const shipmentId = own ?? this.#choose(naming, decisions);
    const apart = decisions.some((decision) => decision.type === 'ambiguous');
    if (own === undefined) decisions.push(...this.#contradictions(naming.primary, shipmentId), this.#link(naming.primary, shipmentId));
    if (naming.claims && !this.#claimed.has(shipmentId)) {
      this.#claimed.add(shipmentId);
      if (!decisions.some((decision) => decision.type === 'registered')) decisions.push({ type: 'claimed', shipmentId });
    }
    let current = shipmentId;
    for (const reference of naming.also) current = this.#join(reference, current, apart, decisions);
    return decisions;
  }

  /** The shipment for a name that is not linked yet. */
  #choose(naming: Naming, decisions: LinkDecision[]): string {
    const exact = naming.also.map((reference) => this.#bySubject.get(referenceKey(reference))?.shipmentId).filter((id) => id !== undefined);
    const unlinked = [naming.primary, ...naming.also].filter((reference) => !this.#bySubject.has(referenceKey(reference)));
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
    const linked = this.#bySubject.get(referenceKey(reference))?.shipmentId;
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
   * several that transfers have claimed, or that different issuers mean by it. What one issuer calls by
   * the same value under two kinds is one thing, once a name of Odoo connects the kinds.
   */
  #matches(reference: Reference): { same: string[]; ambiguous: string[] } {
    const kinds = matchingRules.find((rule) => rule.kind === reference.kind)?.sameValueAs ?? [];
    const sameValue = (this.#byValue.get(reference.value) ?? []).filter((other) => kinds.includes(other.kind));
    const agreeing = sameValue.filter((other) => issuersAgree(reference, other));
    const shipments = [...new Set(agreeing.map((other) => other.shipmentId))];
    const issuers = new Set(agreeing.map(tellingIssuer).filter((issuer) => issuer !== null));
    const isUndecided = shipments.length > 1 && (issuers.size > 1 || shipments.filter((id) => this.#claimed.has(id)).length > 1);
    // A number whose carrier nobody named does not connect two carriers that are named.
    const isOfOther = reference.kind === 'tracking' && sameValue.some((other) => shipments.includes(other.shipmentId) && !issuersAgree(reference, other));
    return isUndecided || isOfOther ? { same: [], ambiguous: shipments } : { same: shipments, ambiguous: [] };
  }

  #link(reference: Reference, shipmentId: string): LinkDecision {
    this.#add({ ...reference, subject: referenceKey(reference), shipmentId });
    return { type: 'linked', reference, shipmentId };
  }

  #add(reference: LinkedReference): void {
    this.#bySubject.set(reference.subject, reference);
    this.#byValue.set(reference.value, [...(this.#byValue.get(reference.value) ?? []), reference]);
  }

  #move(from: string, into: string): void {
    for (const reference of this.#bySubject.values()) if (reference.shipmentId === from) reference.shipmentId = into;
  }
}

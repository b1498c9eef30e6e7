import { carrierCode, normalizeReferenceValue, type Reference } from '../../../model/references.js';
import { int16, int32 } from '../../kit/numbers.js';
import { clip, filled, maxReferenceLength } from '../../kit/text.js';
import type { Interchange, TransactionSet } from '../envelope.js';
import { groupsOf, type Group, type StatusDetail } from './214-groups.js';

/** The standard allows ten statuses in an LX group; a group is multiplied by its delivery orders. */
const maxStatusesOfGroup = 10_000;

/** The statuses of a 214 that speak of one shipment. */
export interface ShipmentStatus {
  /** The name to record under. Several delivery orders in one LX group give one ShipmentStatus each. */
  reference: Reference;
  also: Reference[];
  carrier?: string;
  details: StatusDetail[];
  pieces?: number;
  /** L11 QN: number of the stop. */
  stop?: number;
}

export interface ReadSet {
  shipments: ShipmentStatus[];
  /** Groups with statuses that nothing names, and why. */
  nameless: string[];
  /** Counts that are none, or beyond what can be kept, and were left out. */
  invalid: string[];
}

/**
 * Which shipment each status of a 214 speaks of. An LX group is not a stop: where it carries an L11
 * DO, it is that delivery order with its own pickup and delivery. Else the carrier's pro number
 * (B10-01) names it. Beside a delivery order, and where there are several groups, B10 names the whole
 * trip and is no other name of the shipment.
 */
export function readShipments(set: TransactionSet, interchange: Interchange): ReadSet {
  const groups = groupsOf(set);
  const withStatus = groups.filter((group) => group.details.length > 0);
  // Of a set that was cut off nobody knows how many groups it had.
  const isSingle = set.complete && withStatus.length === 1 && groups.length <= 2;
  const b10 = set.segments.find((segment) => segment.tag === 'B10')?.elements ?? [];
  const scac = filled(clip(b10[3] ?? '', 60));
  const names = new Naming(interchange.sender, scac, groups);
  const pro = names.reference('pro_number', b10[1]);
  const header = groups[0]!;
  const headerOrders = names.ofGroup(header, 'DO');
  const carrier = scac === undefined ? undefined : carrierCode(scac);
  const result: ReadSet = { shipments: [], nameless: [], invalid: [] };
  for (const group of withStatus) {
    const own = names.ofGroup(group, 'DO');
    if (group.cutOff && own.length === 0) {
      result.nameless.push('the file ends within its LX group, before the L11 that would name it');
      continue;
    }
    const orders = own.length > 0 ? own : headerOrders.length === 1 ? headerOrders : [];
    const wholeTrip = [pro, isSingle ? names.reference('bill_of_lading', b10[2]) : null].filter((one) => one !== null);
    const primaries = orders.length > 0 ? orders : wholeTrip.slice(0, 1);
    if (primaries.length === 0) result.nameless.push('it carries neither an L11 DO nor a B10-01');
    const { details } = group;
    if (primaries.length * details.length > maxStatusesOfGroup) {
      result.nameless.push(`it has ${details.length} statuses for ${primaries.length} delivery orders`);
      continue;
    }
    // Beside a delivery order, what the header says names the trip: several orders of one trip come in sets of one group, too.
    const others = [...(isSingle && orders.length === 0 ? [...wholeTrip, ...names.exclusive(header)] : []), ...names.exclusive(group)];
    const counts = quantities(group, result.invalid);
    for (const reference of primaries) {
      const shipment: ShipmentStatus = {
        reference,
        also: primaries.length > 1 || others.length === 0 ? [] : unique(others).filter((other) => other.kind !== reference.kind || other.value !== reference.value),
        details,
      };
      if (carrier !== undefined) shipment.carrier = carrier;
      if (counts.pieces !== undefined) shipment.pieces = counts.pieces;
      if (counts.stop !== undefined) shipment.stop = counts.stop;
      result.shipments.push(shipment);
    }
  }
  return result;
}

/**
 * Delivery orders and bills of lading are names which the sender gave, so the sender is their
 * issuer: ISA06, the partner's address in the network, and not GS02, which names a department or
 * program at the partner's and may differ between two groups about the same delivery order.
 */
class Naming {
  /** In how many groups each value of an L11 BM or CN stands. */
  private readonly uses = new Map<string, number>();

  private readonly sender: string;
  private readonly scac: string | undefined;

  constructor(sender: string, scac: string | undefined, groups: readonly Group[]) {
    this.sender = sender === '' ? '*' : clip(sender.toUpperCase(), 60);
    this.scac = scac === undefined ? undefined : clip(scac.toUpperCase(), 60);
    for (const group of groups) {
      const named = this.ofShipment(group);
      if (named.length > 0) for (const value of new Set(named.map((one) => one.value))) this.uses.set(value, (this.uses.get(value) ?? 0) + 1);
    }
  }

  reference(kind: Reference['kind'], raw: string | undefined): Reference | null {
    const value = normalizeReferenceValue(raw ?? '');
    if (value === '' || value.length > maxReferenceLength) return null;
    return { kind, issuer: kind === 'pro_number' && this.scac !== undefined ? this.scac : this.sender, value };
  }

  ofGroup(group: Group, qualifier: string): Reference[] {
    const kind = qualifier === 'DO' ? 'delivery_order' : qualifier === 'BM' ? 'bill_of_lading' : 'pro_number';
    const found: Reference[] = [];
    for (const { elements } of group.names) {
      if (elements[2]?.trim() !== qualifier) continue;
      const reference = this.reference(kind, elements[1]);
      if (reference !== null) found.push(reference);
    }
    return found.length < 2 ? found : unique(found);
  }

  /** L11 BM and CN of the group, save those which another group carries too: they name more than this shipment. */
  exclusive(group: Group): Reference[] {
    return this.ofShipment(group).filter((one) => this.uses.get(one.value) === 1);
  }

  private ofShipment(group: Group): Reference[] {
    return group.names.length === 0 ? [] : [...this.ofGroup(group, 'BM'), ...this.ofGroup(group, 'CN')];
  }
}

function unique(references: readonly Reference[]): Reference[] {
  return [...new Map(references.map((one) => [`${one.kind}:${one.issuer}:${one.value}`, one])).values()];
}

/** AT804 counts handling units; the same count stands beside each weight that AT8 repeats. */
function quantities({ counts, names }: Group, invalid: string[]): { pieces?: number; stop?: number } {
  const found: { pieces?: number; stop?: number } = {};
  let unread: string | undefined;
  for (const { elements } of counts) {
    const text = filled(elements[4]);
    const count = text === undefined ? undefined : int32(text);
    if (text !== undefined && count === undefined) unread ??= text;
    if (found.pieces === undefined && count !== undefined && count > 0) found.pieces = count;
  }
  if (unread !== undefined) invalid.push(`AT804 ${clip(unread, 40)} is no count of handling units`);
  const stopText = filled(names.find(({ elements }) => elements[2]?.trim() === 'QN')?.elements[1]);
  const stop = int16(stopText);
  if (stopText !== undefined && stop === undefined) invalid.push(`L11 QN ${clip(stopText, 40)} is no number of a stop`);
  if (stop !== undefined && stop !== 0) found.stop = stop;
  return found;
}

import type { Place } from '../../model/facts.js';
import { carrierCode, normalizeReferenceValue, type Reference } from '../../model/references.js';
import { int16, int32 } from '../kit/numbers.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import type { Interchange, TransactionSet } from './envelope.js';
import type { Segment } from './segments.js';

/** The standard allows ten statuses in an LX group; a group is multiplied by its delivery orders. */
const maxStatusesOfGroup = 10_000;

/** One AT7 with the MS1 and MS2 that belong to it. */
export interface StatusDetail {
  elements: readonly string[];
  place?: Place;
  /** Equipment of MS2: owner's code and number. */
  equipment?: string;
}

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

/** Segments under one LX, or those before the first. */
interface Group {
  segments: Segment[];
  isHeader: boolean;
  /** The set was cut off within this group. */
  cutOff: boolean;
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
  const withStatus = groups.filter((group) => group.segments.some((segment) => segment.tag === 'AT7'));
  // Of a set that was cut off nobody knows how many groups it had.
  const isSingle = set.complete && withStatus.length === 1 && groups.filter((group) => !group.isHeader).length <= 1;
  const b10 = set.segments.find((segment) => segment.tag === 'B10')?.elements ?? [];
  const scac = filled(clip(b10[3] ?? '', 60));
  const names = new Naming(interchange.sender, scac, groups);
  const pro = names.reference('pro_number', b10[1]);
  const header = groups.find((group) => group.isHeader);
  const headerOrders = header === undefined ? [] : names.ofGroup(header, 'DO');
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
    const details = detailsOf(group);
    if (primaries.length * details.length > maxStatusesOfGroup) {
      result.nameless.push(`it has ${details.length} statuses for ${primaries.length} delivery orders`);
      continue;
    }
    // Beside a delivery order, what the header says names the trip: several orders of one trip come in sets of one group, too.
    const others = [...(isSingle && orders.length === 0 ? [...wholeTrip, ...(header === undefined ? [] : names.exclusive(header))] : []), ...names.exclusive(group)];
    const counts = quantities(group, result.invalid);
    for (const reference of primaries) {
      result.shipments.push({
        reference,
        also: primaries.length > 1 ? [] : unique(others).filter((other) => other.kind !== reference.kind || other.value !== reference.value),
        ...(scac === undefined ? {} : { carrier: carrierCode(scac) }),
        details,
        ...counts,
      });
    }
  }
  return result;
}

function groupsOf(set: TransactionSet): Group[] {
  const groups: Group[] = [{ segments: [], isHeader: true, cutOff: false }];
  for (const segment of set.segments) {
    if (segment.tag === 'LX') groups.push({ segments: [], isHeader: false, cutOff: false });
    else groups.at(-1)!.segments.push(segment);
  }
  groups.at(-1)!.cutOff = !set.complete && groups.length > 1;
  return groups;
}

/**
 * Delivery orders and bills of lading are names which the sender gave, so the sender is their
 * issuer: ISA06, the partner's address in the network, and not GS02, which names a department or
 * program at the partner's and may differ between two groups about the same delivery order.
 */
class Naming {
  /** In how many groups each value of an L11 BM or CN stands. */
  private readonly uses = new Map<string, number>();

  constructor(private readonly sender: string, private readonly scac: string | undefined, groups: readonly Group[]) {
    for (const group of groups) {
      for (const value of new Set(this.ofShipment(group).map((one) => one.value))) this.uses.set(value, (this.uses.get(value) ?? 0) + 1);
    }
  }

  reference(kind: Reference['kind'], raw: string | undefined): Reference | null {
    const value = normalizeReferenceValue(raw ?? '');
    if (value === '' || value.length > maxReferenceLength) return null;
    const issuer = kind === 'pro_number' && this.scac !== undefined ? this.scac : this.sender;
    return { kind, issuer: issuer === '' ? '*' : clip(issuer.toUpperCase(), 60), value };
  }

  ofGroup(group: Group, qualifier: string): Reference[] {
    const kind = qualifier === 'DO' ? 'delivery_order' : qualifier === 'BM' ? 'bill_of_lading' : 'pro_number';
    const found = group.segments.filter((segment) => segment.tag === 'L11' && segment.elements[2]?.trim() === qualifier).map((segment) => this.reference(kind, segment.elements[1]));
    return unique(found.filter((one) => one !== null));
  }

  /** L11 BM and CN of the group, save those which another group carries too: they name more than this shipment. */
  exclusive(group: Group): Reference[] {
    return this.ofShipment(group).filter((one) => this.uses.get(one.value) === 1);
  }

  private ofShipment(group: Group): Reference[] {
    return [...this.ofGroup(group, 'BM'), ...this.ofGroup(group, 'CN')];
  }
}

function unique(references: readonly Reference[]): Reference[] {
  return [...new Map(references.map((one) => [`${one.kind}:${one.issuer}:${one.value}`, one])).values()];
}

function detailsOf(group: Group): StatusDetail[] {
  const details: StatusDetail[] = [];
  for (const { tag, elements } of group.segments) {
    if (tag === 'AT7') details.push({ elements });
    const current = details.at(-1);
    if (current === undefined) continue;
    if (tag === 'MS1') Object.assign(current, placeOf(elements));
    if (tag === 'MS2') {
      const equipment = [filled(elements[1]), filled(elements[2])].filter((part) => part !== undefined).join(' ');
      if (equipment !== '') current.equipment = clip(equipment, 60);
    }
  }
  return details;
}

function placeOf(ms1: readonly string[]): { place?: Place } {
  const place: Place = {};
  const city = filled(ms1[1]);
  const region = filled(ms1[2]);
  const country = filled(ms1[3])?.toUpperCase();
  if (city !== undefined) place.city = clip(city, 100);
  if (region !== undefined) place.region = clip(region, 20);
  if (country === 'USA') place.country = 'US';
  else if (country !== undefined && /^[A-Z]{2}$/.test(country)) place.country = country;
  return Object.keys(place).length === 0 ? {} : { place };
}

/** AT804 counts handling units; the same count stands beside each weight that AT8 repeats. */
function quantities(group: Group, invalid: string[]): { pieces?: number; stop?: number } {
  const elements = group.segments.filter((segment) => segment.tag === 'AT8').map((segment) => filled(segment.elements[4])).filter((text) => text !== undefined);
  const pieces = elements.map(int32).find((count) => count !== undefined && count > 0);
  const notCounts = elements.filter((text) => int32(text) === undefined);
  if (notCounts.length > 0) invalid.push(`AT804 ${clip(notCounts[0]!, 40)} is no count of handling units`);
  const stopText = filled(group.segments.find((segment) => segment.tag === 'L11' && segment.elements[2]?.trim() === 'QN')?.elements[1]);
  const stop = int16(stopText);
  if (stopText !== undefined && stop === undefined) invalid.push(`L11 QN ${clip(stopText, 40)} is no number of a stop`);
  return {
    ...(pieces === undefined ? {} : { pieces }),
    ...(stop === undefined || stop === 0 ? {} : { stop }),
  };
}

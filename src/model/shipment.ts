import { compareText } from '../lib/compare.js';
import type { Release } from './facts.js';
import { codeRow, isTerminal, journeyRank, type ShipmentStatus } from './milestones.js';
import { standing, type TimelineEntry } from './timeline.js';

/** An Odoo transfer as the fold needs it: the latest state of each that is linked to the shipment. */
export interface LinkedTransfer {
  subject: string;
  reference: string;
  state: string;
  direction: string;
  orderId: string | null;
  carrier: string | null;
  trackingNumbers: readonly string[];
  scheduledAt: string | null;
  doneAt: string | null;
  /** The deadline first given, and never moved by re-planning. */
  firstDeadlineAt: string | null;
  /** In Odoo's packages, which are no carrier's handling units: the fold measures no delivery by it. */
  packageCount: number | null;
  release: Release | null;
  returnOf: string | null;
  backorderOf: string | null;
}

export interface Estimate {
  of: string;
  estimatedAt: string;
  observedAt: string;
}

/** A milestone with what its count of handling units needs; either is absent where the reader of the timeline did not load it. */
export interface ShipmentEntry extends TimelineEntry {
  /** Connection that reported it. Counts are compared within one source: units of two are never the same. */
  source?: string;
  /** Code of the carrier that the source names beside its report. */
  carrier?: string | null;
  /** Stop of the journey; null where the source numbers none. Absent: each report counts as a stop of its own. */
  stop?: number | null;
}

export interface ShipmentInput {
  entries: readonly ShipmentEntry[];
  transfers: readonly LinkedTransfer[];
  /** Latest of each source. */
  estimates: readonly Estimate[];
  /** Values of linked references of kind `tracking`, with the carrier that issued them (or *). */
  tracking: ReadonlyArray<{ carrier: string; number: string }>;
  /** Other names by which sources know it, best first. */
  names: readonly string[];
  /** What the order first promised to the customer. */
  orderFirstPromisedAt: string | null;
}

export interface PackageState {
  trackingNumber: string;
  status: ShipmentStatus;
}

export interface ShipmentState {
  standing: ReadonlySet<string>;
  status: ShipmentStatus;
  /** True while no system of ours (an Odoo transfer) has claimed it. */
  provisional: boolean;
  reference: string | null;
  carrier: string | null;
  /** Every carrier that is named beside a report that stands, in order. */
  carriers: string[];
  direction: string | null;
  orderId: string | null;
  transferSubject: string | null;
  returnOf: string | null;
  backorderOf: string | null;
  trackingNumbers: string[];
  packages: PackageState[];
  /** The promise first made; re-planning moves `plannedAt`, never this. */
  promisedAt: string | null;
  plannedAt: string | null;
  estimatedAt: string | null;
  deliveredAt: string | null;
  lastMilestoneId: string | null;
  /** Two sources report ends that exclude each other, e.g. `CANCELLED, DELIVERED`; null when none do. */
  conflict: string | null;
  /** Whether its delivery may go to transport; null where that is not checked, or no longer a question. */
  release: Release | null;
}

/** Everything that is said of one shipment → its row. Pure; the same for every order and repetition of the input. */
export function foldShipment(input: ShipmentInput): ShipmentState {
  const alive = standing(input.entries);
  const entries = [...new Map(input.entries.map((entry) => [entry.id, entry])).values()].filter((entry) => alive.has(entry.id));
  const actual = entries.filter((entry) => entry.classifier === 'ACTUAL');
  const transfers = [...input.transfers].sort((a, b) => compareText(a.subject, b.subject));
  const main = transfers.find((transfer) => transfer.state !== 'cancel') ?? transfers[0];
  const trackingNumbers = trackingNumbersOf(input, transfers);
  const whole = statusOf(actual.filter((entry) => entry.package === null));
  const packages = trackingNumbers.map((number) => ({ trackingNumber: number, status: statusOf(actual.filter((entry) => entry.package === number)) }));
  const status = rollUp(whole, packages, actual, transfers);
  const ends = terminalCodes(actual);
  const received = isReceived(transfers) ? transfers.map((transfer) => transfer.doneAt).filter((at) => at !== null) : [];
  const carriers = [...new Set(entries.map((entry) => entry.carrier ?? null).filter((carrier) => carrier !== null))].sort();
  return {
    standing: alive,
    status,
    provisional: transfers.length === 0,
    reference: main?.reference ?? input.names[0] ?? trackingNumbers[0] ?? null,
    carrier: carrierOf(input, carriers, transfers),
    carriers,
    direction: main?.direction ?? null,
    orderId: main?.orderId ?? null,
    transferSubject: main?.subject ?? null,
    returnOf: main?.returnOf ?? null,
    backorderOf: main?.backorderOf ?? null,
    trackingNumbers,
    packages,
    promisedAt: input.orderFirstPromisedAt ?? least(transfers.map((transfer) => transfer.firstDeadlineAt)),
    plannedAt: plannedDelivery(entries) ?? main?.scheduledAt ?? null,
    estimatedAt: isTerminal(status) ? null : latestEstimate(input.estimates),
    deliveredAt: status === 'DELIVERED' ? (greatest(actual.filter((entry) => entry.code === 'DELIVERED').map((entry) => entry.occurredAt)) ?? greatest(received)) : null,
    lastMilestoneId: latest(actual.filter((entry) => entry.code !== 'INFO'))?.id ?? null,
    conflict: ends.length > 1 && ends.includes('DELIVERED') ? ends.join(', ') : null,
    release: main?.state === 'cancel' ? null : (main?.release ?? null),
  };
}

/** Status of one package, or of the shipment as a whole, by the milestones that speak of it. */
function statusOf(actual: readonly TimelineEntry[]): ShipmentStatus {
  const last = deciding(actual);
  return last === undefined ? 'UNKNOWN' : codeRow(last.code).status!;
}

/** The milestone that gives the status: the last of the terminal ones, else the last that moves it. */
function deciding(actual: readonly TimelineEntry[]): TimelineEntry | undefined {
  const moving = actual.filter((entry) => codeRow(entry.code).status !== undefined);
  return latest(moving.filter((entry) => codeRow(entry.code).terminal)) ?? latest(moving);
}

/** Packages that are all where one is decide for the shipment; else the one furthest behind does. */
function rollUp(whole: ShipmentStatus, packages: readonly PackageState[], actual: readonly ShipmentEntry[], transfers: readonly LinkedTransfer[]): ShipmentStatus {
  const status = packageStatus(whole, packages, actual);
  if (isReceived(transfers) && !isTerminal(status)) return 'DELIVERED';
  if (status === 'DELIVERED' && hasOpenQuantity(actual)) return 'PARTIALLY_DELIVERED';
  if (status !== 'UNKNOWN' || transfers.length === 0) return status;
  const wanted = transfers.filter((transfer) => transfer.state !== 'cancel');
  if (wanted.length === 0) return 'CANCELLED';
  // Validating a delivery in Odoo is the goods issue: it has left, though no carrier has scanned it yet.
  return wanted.some((transfer) => transfer.state === 'done') ? 'IN_TRANSIT' : 'PLANNED';
}

/** What the warehouse took in stands, whatever the carrier still says: receipts that are validated. */
function isReceived(transfers: readonly LinkedTransfer[]): boolean {
  const wanted = transfers.filter((transfer) => transfer.state !== 'cancel');
  return wanted.length > 0 && wanted.every((transfer) => transfer.direction === 'INCOMING' && transfer.state === 'done');
}

function packageStatus(whole: ShipmentStatus, packages: readonly PackageState[], actual: readonly TimelineEntry[]): ShipmentStatus {
  if (isTerminal(whole)) return whole;
  const known = packages.filter((each) => each.status !== 'UNKNOWN');
  if (known.length === 0) return whole;
  const distinct = new Set(packages.map((each) => each.status));
  if (distinct.size === 1) return further(whole, packages[0]!.status);
  // Part of it is delivered. Any other package keeps it open, one without a scan too: it may be on its way unseen.
  if (distinct.has('DELIVERED')) return 'PARTIALLY_DELIVERED';
  // While none is delivered, packages without a scan hold nothing back: labels are often printed long before their use.
  const open = known.filter((each) => !isTerminal(each.status));
  const behind = (open.length > 0 ? open : known).map((each) => deciding(actual.filter((entry) => entry.package === each.trackingNumber))!);
  behind.sort((a, b) => journeyRank(a.code) - journeyRank(b.code));
  return codeRow(behind[0]!.code).status!;
}

const order: readonly ShipmentStatus[] = [
  'UNKNOWN', 'PLANNED', 'TENDERED', 'ACCEPTED', 'INFO_RECEIVED', 'AT_PICKUP', 'IN_TRANSIT', 'AT_DELIVERY', 'OUT_FOR_DELIVERY',
  'DELIVERY_ATTEMPTED', 'AVAILABLE_FOR_COLLECTION', 'PARTIALLY_DELIVERED', 'RETURNING', 'DELIVERED', 'RETURNED', 'LOST', 'CANCELLED',
];

function further(a: ShipmentStatus, b: ShipmentStatus): ShipmentStatus {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/**
 * "Delivered" with handling units still out does not close a shipment: X12's D1 only says that
 * unloading at this stop is complete. What is out is told within one source alone, which loaded and
 * delivered in the same units; a source that did not count one of the two is taken at its word.
 */
function hasOpenQuantity(actual: readonly ShipmentEntry[]): boolean {
  return groupsOf(actual, (entry) => entry.source).some((entries) => {
    const delivered = entries.filter((entry) => entry.code === 'DELIVERED' || entry.code === 'PARTIALLY_DELIVERED');
    if (delivered.length === 0 || delivered.some((entry) => entry.pieces === null)) return false;
    const loaded = entries.filter((entry) => (entry.code === 'PICKED_UP' || entry.code === 'LOADED') && entry.pieces !== null);
    const unplaced = loaded.filter((entry) => entry.stop === undefined).map((entry) => entry.pieces!);
    const expected = Math.max(0, ...unplaced, piecesPerStop(loaded.filter((entry) => entry.stop !== undefined)));
    return piecesPerStop(delivered) < expected;
  });
}

/** Pieces of all stops together; of a stop reported again, with another time or count, the last statement. */
function piecesPerStop(entries: readonly ShipmentEntry[]): number {
  const stops = groupsOf(entries, (entry) => (entry.stop === undefined ? `entry ${entry.id}` : entry.stop));
  return stops.reduce((sum, reports) => sum + lastStated(reports).pieces!, 0);
}

function groupsOf(entries: readonly ShipmentEntry[], keyOf: (entry: ShipmentEntry) => unknown): ShipmentEntry[][] {
  const groups = new Map<unknown, ShipmentEntry[]>();
  for (const entry of entries) groups.set(keyOf(entry), [...(groups.get(keyOf(entry)) ?? []), entry]);
  return [...groups.values()];
}

function lastStated(entries: readonly ShipmentEntry[]): ShipmentEntry {
  return entries.reduce((best, entry) => ((compareText(entry.observedAt, best.observedAt) || (isLater(entry, best) ? 1 : -1)) > 0 ? entry : best));
}

function terminalCodes(actual: readonly TimelineEntry[]): string[] {
  const perPackage = new Map<string | null, Set<string>>();
  for (const entry of actual) {
    if (!codeRow(entry.code).terminal) continue;
    const codes = perPackage.get(entry.package) ?? new Set();
    perPackage.set(entry.package, codes.add(entry.code));
  }
  const conflicting = [...perPackage.values()].filter((codes) => codes.has('DELIVERED') && (codes.has('LOST') || codes.has('CANCELLED')));
  return [...new Set(conflicting.flatMap((codes) => [...codes]))].sort();
}

/** Delivery appointments and other plans for the delivery: the one stated last. */
function plannedDelivery(entries: readonly TimelineEntry[]): string | null {
  const plans = entries.filter((entry) => entry.classifier === 'PLANNED' && (entry.code === 'DELIVERY_APPOINTMENT' || entry.code === 'DELIVERED'));
  plans.sort((a, b) => compareText(b.observedAt, a.observedAt) || compareText(b.occurredAt, a.occurredAt));
  return plans[0]?.occurredAt ?? null;
}

function latestEstimate(estimates: readonly Estimate[]): string | null {
  const delivery = estimates.filter((estimate) => estimate.of === 'DELIVERY');
  delivery.sort((a, b) => compareText(b.observedAt, a.observedAt) || compareText(b.estimatedAt, a.estimatedAt));
  return delivery[0]?.estimatedAt ?? null;
}

function carrierOf(input: ShipmentInput, carriers: readonly string[], transfers: readonly LinkedTransfer[]): string | null {
  const issuers = input.tracking.map((tracking) => tracking.carrier).filter((carrier) => carrier !== '*').sort();
  return issuers[0] ?? carriers[0] ?? transfers.find((transfer) => transfer.carrier !== null)?.carrier ?? null;
}

function trackingNumbersOf(input: ShipmentInput, transfers: readonly LinkedTransfer[]): string[] {
  return [...new Set([...input.tracking.map((tracking) => tracking.number), ...transfers.flatMap((transfer) => transfer.trackingNumbers)])].sort();
}

function latest(entries: readonly TimelineEntry[]): TimelineEntry | undefined {
  let best: TimelineEntry | undefined;
  for (const entry of entries) if (best === undefined || isLater(entry, best)) best = entry;
  return best;
}

function isLater(a: TimelineEntry, b: TimelineEntry): boolean {
  return (compareText(a.occurredAt, b.occurredAt) || journeyRank(a.code) - journeyRank(b.code) || compareText(a.factGroup, b.factGroup) || compareText(a.id, b.id)) > 0;
}

function least(values: ReadonlyArray<string | null>): string | null {
  return values.filter((value) => value !== null).sort()[0] ?? null;
}

function greatest(values: readonly string[]): string | null {
  return [...values].sort().at(-1) ?? null;
}

import type { Anomaly } from '../../../model/facts.js';
import { gs1Check, isSsccValid } from '../../../model/gs1.js';
import type { ShipNoticeRecord } from '../../../model/pallet.js';
import { referenceKey, trackingReference, type Reference } from '../../../model/references.js';
import type { ZonedInstant } from '../../../model/time.js';
import type { ConfirmedLine, ConfirmedPackage, WarehouseConfirmationRecord, WarehouseDirection } from '../../../model/warehouse.js';
import type { FactSet } from '../fact-set.js';
import { clip, factKeyOf } from '../text.js';
import { confirmationMilestone, orderKey, orderReference } from '../warehouse.js';

/** What a set confirms of one order, before it is known by its key. */
export interface Confirmed {
  direction: WarehouseDirection;
  /** As the partner quotes it. */
  order: string | undefined;
  number: string | undefined;
  confirmedAt: ZonedInstant;
  isFinal: boolean;
  carrier: string | undefined;
  lines: ConfirmedLine[];
  packages: ConfirmedPackage[];
  facility: string | undefined;
}

/** Of the set or message that confirms; see `SetContext`. */
export interface ConfirmingContext {
  connection: string;
  name: string;
  observedAt: string;
  version: number;
  facts: FactSet;
  anomalies: Anomaly[];
}

/**
 * A notice that is taken back: what was confirmed by it may have been validated in Odoo by now, so nothing is undone by itself.
 * It is not taken, and its acknowledgement says so.
 */
export function noteCancelled(number: string | undefined, type: string, { name, anomalies }: Pick<ConfirmingContext, 'name' | 'anomalies'>): void {
  anomalies.push({ kind: 'NOTICE_CANCELLED', message: `${name}: the partner takes back ship notice ${clip(number ?? 'without a number', 60)} (${type}). Nothing was undone by itself: see to what it confirmed, and to the transfer in Odoo.`, severity: 'HIGH' });
}

/** Adds the confirmation, how the order stands by it, and what happened to the goods. */
export function addConfirmation(of: Confirmed, type: string, context: ConfirmingContext): void {
  const { connection, name, observedAt, version, facts, anomalies } = context;
  const key = orderKey(of.order);
  if (key === null) {
    anomalies.push({ kind: 'NO_REFERENCE', message: `${name}: the ${type} does not say which order it is of. It was left out.`, severity: 'HIGH' });
    return;
  }
  noteSsccs(of.packages, context);
  const reference = orderReference(connection, key);
  const order = clip(of.order!.trim(), 120);
  const common = { direction: of.direction, order, references: [reference], ...(of.facility === undefined ? {} : { facility: of.facility }) };
  const confirmation: WarehouseConfirmationRecord = {
    ...common, ...(of.number === undefined ? {} : { number: of.number }), confirmedAt: of.confirmedAt, isFinal: of.isFinal, ...(of.carrier === undefined ? {} : { carrier: of.carrier }), lines: of.lines, packages: of.packages,
  };
  const base = { factKey: `version:${version}`, version, observedAt };
  facts.add({ ...base, type: 'warehouse_confirmation.reported', key: { kind: 'warehouse_confirmation', id: `${key}/${of.number ?? `${type} ${of.confirmedAt.instant}`}` }, payload: confirmation });
  facts.add({
    ...base, type: 'warehouse_order.reported', key: { kind: 'warehouse_order', id: key },
    payload: { ...common, state: of.isFinal ? 'DONE' : 'PARTIAL', rawState: type, lines: of.lines.map((line) => ({ id: line.id, sku: line.sku, quantity: line.ordered ?? line.quantity, done: line.quantity, ...(line.unit === undefined ? {} : { unit: line.unit }), ...(line.lot === undefined ? {} : { lot: line.lot }) })) },
  });
  facts.add(confirmationMilestone(confirmation, { reference, observedAt, rawCode: type }));
}

/** Goods that somebody sends to a warehouse of ours: no confirmation of an order of ours to a warehouse, but freight on its way. */
export interface OnItsWay {
  /** The sender's number of the delivery. */
  number: string | undefined;
  /** Who gives such numbers. */
  issuer: string;
  /** What else names it: bills of lading, freight bills, tracking numbers. */
  also: Reference[];
  shippedAt: ZonedInstant;
  expectedAt: ZonedInstant | undefined;
  carrier: string | undefined;
  /** Read only where a package is numbered. */
  lines: ConfirmedLine[];
  packages: ConfirmedPackage[];
  /** Where it goes. */
  facility: string | undefined;
}

/** Whether any of these has an SSCC: only of such packages it is kept what is in them. */
export function isNumbered(packages: readonly ConfirmedPackage[]): boolean {
  return packages.some(({ sscc }) => sscc !== undefined);
}

/** Packages beyond this number are told by their pallets. */
const maxNumbers = 500;

/** Adds that it left, when it is expected, and which pallets it consists of. */
export function addOnItsWay(of: OnItsWay, type: string, context: ConfirmingContext): void {
  const { name, observedAt, version, facts, anomalies } = context;
  const tracked = of.packages.slice(0, maxNumbers).flatMap((each) => (each.trackingNumber === undefined ? [] : [trackingReference(each.carrier ?? of.carrier ?? null, each.trackingNumber)]));
  const number = orderKey(of.number);
  const names = [...(number === null ? [] : [{ kind: 'delivery_order', issuer: of.issuer, value: number } satisfies Reference]), ...of.also, ...tracked];
  const [reference, ...others] = [...new Map(names.map((each) => [referenceKey(each), each])).values()];
  if (reference === undefined) {
    anomalies.push({ kind: 'NO_REFERENCE', message: `${name}: the ${type} of goods for us has no number. It was left out.`, severity: 'HIGH' });
    return;
  }
  const base = { reference, observedAt, ...(others.length === 0 ? {} : { also: others }), ...(of.carrier === undefined ? {} : { carrier: of.carrier }) };
  facts.add({ type: 'milestone.reported', ...base, factKey: factKeyOf('notice', type, of.shippedAt.instant), payload: { code: 'PICKED_UP', classifier: 'ACTUAL', occurred: of.shippedAt, rawCode: type, ...(of.packages.length === 0 ? {} : { pieces: of.packages.length }) } });
  if (of.expectedAt !== undefined) facts.add({ type: 'estimate.reported', ...base, factKey: factKeyOf('estimate:DELIVERY', observedAt, of.expectedAt.instant), payload: { of: 'DELIVERY', estimated: of.expectedAt } });
  if (!isNumbered(of.packages)) return;
  noteSsccs(of.packages, context);
  const notice: ShipNoticeRecord = {
    ...(of.number === undefined ? {} : { number: clip(of.number, 60) }), ...(of.facility === undefined ? {} : { facility: of.facility }), references: [reference, ...others], shippedAt: of.shippedAt,
    ...(of.expectedAt === undefined ? {} : { expectedAt: of.expectedAt }), ...(of.carrier === undefined ? {} : { carrier: of.carrier }), lines: of.lines, packages: of.packages,
  };
  facts.add({ type: 'ship_notice.reported', key: { kind: 'ship_notice', id: referenceKey(reference) }, factKey: `version:${version}`, version, observedAt, payload: notice });
}

/** Tells of numbers that do not end in their check digit. The packages are kept under them: so it stands on what was scanned. */
function noteSsccs(packages: readonly ConfirmedPackage[], { name, anomalies }: Pick<ConfirmingContext, 'name' | 'anomalies'>): void {
  const wrong = packages.flatMap(({ sscc }) => (sscc === undefined || isSsccValid(sscc) ? [] : [sscc]));
  if (wrong[0] === undefined) return;
  anomalies.push({ kind: 'SSCC_INVALID', message: `${name}: the check digit of ${wrong.length === 1 ? 'an SSCC' : `${wrong.length} SSCCs`} is wrong: ${wrong[0]} should end in ${gs1Check(wrong[0].slice(0, -1))}. It was kept as it stands there.`, severity: 'LOW', rawCode: wrong[0] });
}

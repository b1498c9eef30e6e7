import type { Fulfilment, ProductDifference } from './fulfilment.js';
import type { Matter } from './matters.js';
import type { HandlingRemark } from './warehouse.js';

/** Kinds of exceptions that follow from what warehouses were told and stated of a shipment. */
export const warehouseMatterKinds = ['SHORT_SHIPPED', 'SHORT_RECEIVED', 'OVER_SHIPPED', 'OVER_RECEIVED', 'DAMAGED_GOODS', 'UNKNOWN_PRODUCT', 'HANDLING_REMARK', 'CONFIRMED_CANCELLED', 'NOT_RELEASABLE', 'NOT_ACKNOWLEDGED'] as const;
export type WarehouseMatterKind = (typeof warehouseMatterKinds)[number];

/** Of these a person says that it is so, as it stands; what is another then is open again. */
export const acceptedByPeople: readonly WarehouseMatterKind[] = ['SHORT_SHIPPED', 'SHORT_RECEIVED', 'OVER_SHIPPED', 'OVER_RECEIVED', 'DAMAGED_GOODS', 'UNKNOWN_PRODUCT', 'HANDLING_REMARK'];
/** Those among them that mean that something is missing. */
export const shortKinds: readonly WarehouseMatterKind[] = ['SHORT_SHIPPED', 'SHORT_RECEIVED'];

/** What matters of a transfer are read from. */
export interface MatterTransfer {
  /** Subject of the transfer. */
  transfer: string;
  name: string;
  direction: string;
  state: string;
  fulfilment: Fulfilment;
  release: { state: string; problem: string | null; overdue: boolean } | null;
  orderState: string | null;
  /** Of its confirmations. */
  remarks?: readonly HandlingRemark[];
}

/** What is told to nobody else: the products that were listed are enough to see what it is about. */
const listed = 20;

/** The matters of a transfer that are open as far as warehouses said. Pure. */
export function warehouseMatters(of: MatterTransfer): Matter[] {
  return [...ofRelease(of), ...(of.state === 'cancel' ? ofCancelled(of) : ofFulfilment(of))];
}

/** Why a matter that was open is none any more, in words for people. */
export const endOfWarehouseMatter: Readonly<Record<WarehouseMatterKind, string>> = {
  SHORT_SHIPPED: 'The transfer and what was confirmed agree.', SHORT_RECEIVED: 'The transfer and what was confirmed agree.',
  OVER_SHIPPED: 'The transfer and what was confirmed agree.', OVER_RECEIVED: 'The transfer and what was confirmed agree.',
  DAMAGED_GOODS: 'The warehouse no longer says so.', UNKNOWN_PRODUCT: 'The product is known.', HANDLING_REMARK: 'It is no longer said.', CONFIRMED_CANCELLED: 'The transfer is not cancelled, or the warehouse took it back.',
  NOT_RELEASABLE: 'It was released, or need not be.', NOT_ACKNOWLEDGED: 'The warehouse has answered, or it was called off.',
};

function ofRelease({ transfer, name, release, orderState }: MatterTransfer): Matter[] {
  if (release === null) return [];
  if (release.state === 'BLOCKED') return [{ kind: 'NOT_RELEASABLE', about: transfer, class: 'DATA', severity: 'MEDIUM', title: `${name} cannot be sent to its warehouse`, detail: release.problem ?? '' }];
  const isAnswered = orderState !== null && orderState !== 'RELEASED';
  if (release.state !== 'RELEASED' || !release.overdue || isAnswered) return [];
  return [{ kind: 'NOT_ACKNOWLEDGED', about: transfer, class: 'SHIPPER', severity: 'HIGH', title: `The warehouse has not acknowledged ${name}`, detail: 'It was sent, and no answer came in the time that is set for the connection. Ask the warehouse whether it has it.' }];
}

function ofCancelled({ transfer, name, fulfilment }: MatterTransfer): Matter[] {
  if (fulfilment.moved.length === 0 && fulfilment.unknown.length === 0) return [];
  return [{ kind: 'CONFIRMED_CANCELLED', about: transfer, class: 'SHIPPER', severity: 'HIGH', title: `${name} is cancelled, and the warehouse carried it out`, detail: 'Goods moved for a transfer that is cancelled in Odoo.' }];
}

function ofFulfilment({ transfer, name, direction, fulfilment, remarks = [] }: MatterTransfer): Matter[] {
  const isReceipt = direction === 'INCOMING';
  const { state, short, over, unknown, damaged } = fulfilment;
  const matters: Matter[] = [];
  // Where something is unknown or too much, what is missing may be that.
  if (short.length > 0 && (state === 'SHORT' || (state === 'REVIEW' && unknown.length === 0))) {
    matters.push({ kind: isReceipt ? 'SHORT_RECEIVED' : 'SHORT_SHIPPED', about: transfer, class: 'SHIPPER', severity: 'MEDIUM', title: `${name}: ${isReceipt ? 'less was received than announced' : 'less was shipped than ordered'}`, detail: words(short) });
  }
  if (over.length > 0) matters.push({ kind: isReceipt ? 'OVER_RECEIVED' : 'OVER_SHIPPED', about: transfer, class: 'SHIPPER', severity: 'HIGH', title: `${name}: ${isReceipt ? 'more was received than announced' : 'more was shipped than ordered'}`, detail: words(over) });
  if (unknown.length > 0) matters.push({ kind: 'UNKNOWN_PRODUCT', about: transfer, class: 'DATA', severity: 'HIGH', title: `${name}: the warehouse names products that are not on it`, detail: unknown.slice(0, listed).join(', ') });
  if (damaged.length > 0) matters.push({ kind: 'DAMAGED_GOODS', about: transfer, class: 'DAMAGE', severity: 'HIGH', title: `${name}: damaged goods`, detail: damaged.slice(0, listed).map(({ sku, quantity }) => `${sku}: ${quantity} damaged`).join('\n') });
  if (remarks.length > 0) matters.push({ kind: 'HANDLING_REMARK', about: transfer, class: 'SHIPPER', severity: 'HIGH', title: `${name}: not as it should be`, detail: remarks.slice(0, listed).map(({ kind, text }) => (text === undefined ? kind : `${kind}: ${text}`)).join('\n') });
  return matters;
}

function words(differences: readonly ProductDifference[]): string {
  return differences.slice(0, listed).map(({ sku, asked, confirmed }) => `${sku}: ${confirmed} of ${asked}`).join('\n');
}

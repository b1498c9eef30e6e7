import { GatehouseError } from '../../../lib/errors.js';
import { noticeContent } from '../../../model/ship-notice-content.js';
import type { NoticePlace, NoticePurpose, ShipNotice } from '../../../model/ship-notice.js';
import { deliveredTransfer, type DeliveredTransfer } from '../../../projections/delivered-transfers.js';
import { productsOf } from '../../../projections/fulfilments.js';
import { holdNames, type Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';

/** What somebody wants a partner to be told of a delivery; what is absent is as Odoo and warehouses have it. */
export interface NoticeWish {
  /** Our id of the transfer. */
  transfer: string;
  purpose: NoticePurpose;
  /** The receiver's number of its order. */
  order?: string;
  shippedAt?: string;
  carrier?: string;
}

/**
 * The notice of a delivery, as its transfer and its warehouses stand.
 * @throws GatehouseError NOT_FOUND; BAD_INPUT for what is no delivery or has no number of the receiver; CONFLICT while the goods have not left
 */
export async function noticeOf(tasks: Pick<TaskContext, 'people'>, tx: Transaction, { transfer: id, purpose, ...wish }: NoticeWish): Promise<{ notice: ShipNotice; transfer: DeliveredTransfer }> {
  const transfer = await deliveredTransfer(tx, id);
  if (transfer === null) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.transferId' });
  if (transfer.direction !== 'OUTGOING') throw new GatehouseError('BAD_INPUT', 'Only a delivery has a ship notice.', { field: 'input.transferId' });
  const order = wish.order ?? transfer.customer_reference?.trim();
  if (order === undefined || order === '') throw new GatehouseError('BAD_INPUT', "The order has no reference of the customer. Say the receiver's own number of it.", { field: 'input.order' });
  const shippedAt = wish.shippedAt ?? transfer.done_at;
  if (shippedAt === null) throw new GatehouseError('CONFLICT', 'The delivery is not done in Odoo yet. Send the notice when the goods have left, or say when they did.', { field: 'input.shippedAt' });
  const products = await productsOf(tx, transfer.lines.flatMap((line) => line.productId ?? []));
  const content = noticeContent({ lines: transfer.lines.map(({ productId, ...line }) => ({ ...line, product: products.get(productId ?? '') ?? null })), trackingNumbers: transfer.tracking_numbers, confirmations: transfer.confirmations });
  const carrier = wish.carrier ?? transfer.confirmations.find((each) => each.carrier !== null)?.carrier ?? transfer.carrier;
  const to = placeOf(tasks, transfer);
  return {
    transfer,
    notice: {
      purpose, number: transfer.reference, order, shippedAt: { instant: new Date(shippedAt).toISOString(), zone: 'Z' }, references: [{ kind: 'delivery_order', issuer: transfer.company, value: transfer.reference }], ...content,
      ...(transfer.order_name === null ? {} : { ourOrder: transfer.order_name }), ...(carrier === null ? {} : { carrier }), ...(to === null ? {} : { to }),
    },
  };
}

/** Nobody else tells these connections of deliveries until this transaction ends. */
export async function lockNotices(tx: Transaction, connections: readonly string[]): Promise<void> {
  await holdNames(tx, connections.map((connection) => `notice:${connection}`));
}

function placeOf({ people }: Pick<TaskContext, 'people'>, { party_name: openName, address, personal_data_id: personalDataId, sealed }: DeliveredTransfer): NoticePlace | null {
  const person = personalDataId === null ? {} : people.open(personalDataId, sealed);
  const name = openName === null || openName === '' ? person.name : openName;
  const parts = { name, street: person.street, city: address?.city, region: address?.region, postalCode: address?.postalCode, country: address?.country };
  const given = Object.entries(parts).filter(([, value]) => value != null && value !== '');
  return given.length === 0 ? null : (Object.fromEntries(given) as NoticePlace);
}

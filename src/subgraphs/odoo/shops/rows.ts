import type { Selectable } from 'kysely';
import type { ShopFulfilmentTable, ShopOrderTable } from '../../../db/schema.js';
import { globalId, uuidOfName } from '../../../lib/ids.js';
import type { ShopFulfiller, ShopOrderLine as Line, ShopOrderState, ShopPayment } from '../../../model/shop.js';
import { FieldColumns } from '../../shared/columns.js';
import type { Money } from '../measures.js';
import type { ShopFulfilment, ShopFulfilmentLine, ShopOrder } from './types.js';

export type ShopOrderRow = Selectable<ShopOrderTable>;
export type ShopFulfilmentRow = Selectable<ShopFulfilmentTable>;

const person = ['personal_data_id', 'sealed'];

/** Lines are read by those who ask for them: there may be thousands. Amounts of lines are in the currency of the total. */
export const shopOrderFields = new FieldColumns('shop_order', ['id', 'ordered_at'], {
  reference: ['reference'], number: ['order_key'], connection: ['connection'], state: ['state'], rawState: ['raw_state'], payment: ['payment'], fulfilledBy: ['fulfilled_by'], shipBy: ['ship_by'], deliverBy: ['deliver_by'],
  total: ['total'], pricesIncludeTax: ['prices_include_tax'], lines: ['lines', 'total'], shippingMethod: ['shipping'], shippingPrice: ['shipping', 'total'], city: ['destination'], region: ['destination'], postalCode: ['destination'],
  country: ['destination'], updatedAt: ['updated_at'], recipient: person, street: person, email: person, phone: person, note: person,
});
export const shopFulfilmentFields = new FieldColumns('shop_fulfilment', ['transfer', 'shop_order_id', 'updated_at'], { isTold: ['command_id'], lines: ['lines'] });

export function shopOrderOf(row: ShopOrderRow): ShopOrder {
  const total = row.total as unknown as Money | undefined;
  const place = row.destination as unknown as Pick<ShopOrder, 'city' | 'region' | 'postalCode' | 'country'> | undefined;
  const shipping = row.shipping as unknown as { label: string; price: string } | null | undefined;
  const priced = (amount: string | undefined): Money | null => (amount === undefined || total === undefined ? null : { amount, currency: total.currency });
  return {
    id: globalId('ShopOrder', row.id), uuid: row.id, reference: row.reference, number: row.order_key, connection: row.connection, state: row.state as ShopOrderState, rawState: row.raw_state, payment: row.payment as ShopPayment,
    fulfilledBy: row.fulfilled_by as ShopFulfiller, orderedAt: row.ordered_at, shipBy: row.ship_by, deliverBy: row.deliver_by, total: total ?? null, pricesIncludeTax: row.prices_include_tax, shippingMethod: shipping?.label ?? null,
    shippingPrice: priced(shipping?.price), city: place?.city ?? null, region: place?.region ?? null, postalCode: place?.postalCode ?? null, country: place?.country ?? null, updatedAt: row.updated_at,
    person: { kind: 'shop_order', partyId: row.id, personalDataId: row.personal_data_id, sealed: row.sealed },
    allLines: ((row.lines ?? []) as unknown as Line[]).map(({ id, sku, description, quantity, fulfilled, unitPrice, isVirtual }) => ({ id, sku, description, quantity, fulfilled: fulfilled ?? null, unitPrice: priced(unitPrice), isVirtual: isVirtual === true })),
  };
}

export function shopFulfilmentOf(row: ShopFulfilmentRow): ShopFulfilment {
  const transferId = uuidOfName(row.transfer);
  return { uuid: transferId, transferId, isTold: row.command_id !== null, updatedAt: row.updated_at, allLines: (row.lines ?? []) as unknown as ShopFulfilmentLine[] };
}

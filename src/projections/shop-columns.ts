import type { KeptPersonalData } from '../events/personal-data.js';
import type { ShopOrderRecord } from '../model/shop.js';

/** Where an order of a shop goes, as far as it may stand readable. */
export interface ShopDestination {
  city: string | null;
  region: string | null;
  postalCode: string | null;
  country: string | null;
}

export const noDestination: ShopDestination = { city: null, region: null, postalCode: null, country: null };

type Kept = Partial<Pick<KeptPersonalData, 'sealed'>> & { personalDataId?: string } & Partial<ShopDestination>;

/** Columns of what shops report. Who bought may have been erased; `order_key` is the shop's own id of the order. */
export function shopOrderColumns(data: Omit<ShopOrderRecord, 'note'> & { order: string } & Kept) {
  const isErased = data.sealed === undefined;
  return {
    order_key: data.order, reference: data.name, state: data.state, raw_state: data.rawState, payment: data.payment, fulfilled_by: data.fulfilledBy, ordered_at: data.orderedAt,
    ship_by: data.shipBy ?? null, deliver_by: data.deliverBy ?? null, total: data.total, prices_include_tax: data.pricesIncludeTax, lines: data.lines, shipping: data.shipping ?? null,
    destination: { city: data.city ?? null, region: data.region ?? null, postalCode: data.postalCode ?? null, country: data.country ?? null } satisfies ShopDestination,
    personal_data_id: isErased ? null : (data.personalDataId ?? null), sealed: data.sealed ?? null,
  };
}

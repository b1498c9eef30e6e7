import type { Customs, FreightRequest } from '../../../model/commands.js';
import { customsOf, lacksCustoms, type Fault } from '../../../model/freight.js';
import { sumOfAmounts, timesAmount } from '../amounts.js';

/** What a declaration lacks for carriers that write the commercial invoice themselves: they add its lines up, in one currency. */
export function lacksInvoice(request: Pick<FreightRequest, 'from' | 'to' | 'packages' | 'customs'>): Fault | null {
  const mixed = request.packages.find((each) => new Set(customsOf(request, each)?.items.map((item) => item.value.currency)).size > 1);
  return lacksCustoms(request) ?? (mixed === undefined ? null : { field: 'customs.items', message: `The items of package ${mixed.id} are valued in several currencies: this carrier's invoice has one.` });
}

/** Value of all its lines, in the currency of the first. */
export function totalValue({ items }: Customs): { amount: string; currency: string } {
  return { amount: sumOfAmounts(items.map((item) => timesAmount(item.value.amount, item.quantity))), currency: items[0]!.value.currency };
}

import type { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { ShopTracking } from '../../model/shop.js';
import type { Outcome } from '../contract.js';
import { failure } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import type { ShopifyApi } from './api.js';
import { carrierNames } from './codes.js';
import type { FulfillmentOrder, PlannedFulfilment } from './plan.js';
import { created, fulfillment, fulfillmentOrderLines, fulfillmentOrders, fulfillments, numberOf, orderGid, queries, tracked } from './requests.js';

/** More pages than any order has. */
const mostPages = 50;

/** A fulfilment as Shopify has it. */
export interface MadeFulfilment {
  id: string;
  isCancelled: boolean;
  numbers: string[];
  lines: Array<{ item: string; quantity: number }>;
}

/** What Shopify is asked of an order and its fulfilments. */
export class Counterpart {
  constructor(private readonly api: ShopifyApi, private readonly notifyCustomer: boolean) {}

  /** Ids of all fulfilments of an order. */
  async fulfilments(order: string): Promise<Outcome<string[]>> {
    const answer = await this.#read('order', queries.fulfillments, { id: orderGid(order) }, fulfillments);
    return answer.ok ? { ok: true, value: answer.value.fulfillments.map(({ id }) => id) } : answer;
  }

  async fulfilment(id: string): Promise<Outcome<MadeFulfilment>> {
    const lines: MadeFulfilment['lines'] = [];
    for (let [after, page] = [null as string | null, 0]; ; page++) {
      const answer = await this.#read('fulfillment', queries.fulfillment, { id, after }, fulfillment);
      if (!answer.ok) return answer;
      const { status, trackingInfo, fulfillmentLineItems: { nodes, pageInfo } } = answer.value;
      lines.push(...nodes.map(({ quantity, lineItem }) => ({ item: numberOf(lineItem.id), quantity })));
      after = pageInfo.endCursor ?? null;
      if (!pageInfo.hasNextPage || after === null || page >= mostPages) return { ok: true, value: { id, isCancelled: status === 'CANCELLED', numbers: trackingInfo.flatMap(({ number }) => number ?? []), lines } };
    }
  }

  async fulfillmentOrders(order: string): Promise<Outcome<FulfillmentOrder[]>> {
    const found: FulfillmentOrder[] = [];
    for (let [after, page] = [null as string | null, 0]; ; page++) {
      const answer = await this.#read('order', queries.fulfillmentOrders, { id: orderGid(order), after }, fulfillmentOrders);
      if (!answer.ok) return answer;
      const { nodes, pageInfo } = answer.value.fulfillmentOrders;
      for (const { id, status, supportedActions, assignedLocation } of nodes) {
        if (status === 'CLOSED' || status === 'CANCELLED') continue;
        const lines = await this.#linesOf(id);
        if (!lines.ok) return lines;
        found.push({ id, status, isOpen: supportedActions.some(({ action }) => action === 'CREATE_FULFILLMENT'), location: assignedLocation?.location?.id ?? null, lines: lines.value });
      }
      after = pageInfo.endCursor ?? null;
      if (!pageInfo.hasNextPage || after === null || page >= mostPages) return { ok: true, value: found };
    }
  }

  /** @returns Shopify's id of it */
  async create({ orders }: PlannedFulfilment, tracking: ShopTracking | undefined): Promise<Outcome<string>> {
    const input = {
      notifyCustomer: this.notifyCustomer, ...(tracking === undefined ? {} : { trackingInfo: trackingInfo(tracking) }),
      lineItemsByFulfillmentOrder: orders.map(({ id, lines }) => ({ fulfillmentOrderId: id, fulfillmentOrderLineItems: lines.map((line) => ({ id: line.id, quantity: line.quantity })) })),
    };
    const answer = await this.#read('fulfillmentCreate', queries.create, { fulfillment: input }, created);
    return answer.ok ? { ok: true, value: answer.value.fulfillment.id } : answer;
  }

  async track(id: string, tracking: ShopTracking): Promise<Outcome<null>> {
    const answer = await this.#read('fulfillmentTrackingInfoUpdate', queries.track, { fulfillmentId: id, trackingInfoInput: trackingInfo(tracking), notifyCustomer: this.notifyCustomer }, tracked);
    return answer.ok ? { ok: true, value: null } : answer;
  }

  async #linesOf(id: string): Promise<Outcome<FulfillmentOrder['lines']>> {
    const lines: FulfillmentOrder['lines'] = [];
    for (let [after, page] = [null as string | null, 0]; ; page++) {
      const answer = await this.#read('fulfillmentOrder', queries.fulfillmentOrderLines, { id, after }, fulfillmentOrderLines);
      if (!answer.ok) return answer;
      const { nodes, pageInfo } = answer.value.lineItems;
      lines.push(...nodes.map((each) => ({ id: each.id, item: numberOf(each.lineItem.id), remaining: each.remainingQuantity })));
      after = pageInfo.endCursor ?? null;
      if (!pageInfo.hasNextPage || after === null || page >= mostPages) return { ok: true, value: lines };
    }
  }

  async #read<T>(field: string, query: string, variables: { [name: string]: Json }, schema: z.ZodType<T>): Promise<Outcome<T>> {
    const answer = await this.api.ask(field, query, variables);
    if (!answer.ok) return answer;
    const parsed = schema.safeParse(answer.value);
    return parsed.success ? { ok: true, value: parsed.data } : failure('unparseable', `What Shopify says of ${field} cannot be read.`, '');
  }
}

/** By its own name of a carrier Shopify makes the links of tracking itself. */
function trackingInfo({ carrier, carrierCode, numbers, url }: ShopTracking): { [name: string]: Json } {
  return { company: rowOf(carrierNames, (carrierCode ?? carrier).toUpperCase().replace(/[^A-Z0-9]+/g, '_')) ?? carrier, numbers, ...(url === undefined ? {} : { urls: [url] }) };
}

import { z } from 'zod';

/**
 * Operations of the GraphQL Admin API, kept small: what one may cost is bounded, and lists below lists cost most.
 * An order's fulfilments cannot be paged; those of which more is to be known are asked for one by one.
 */
export const queries = {
  fulfillments: 'query ($id: ID!) { order(id: $id) { id fulfillments(first: 250) { id } } }',
  fulfillment: 'query ($id: ID!, $after: String) { fulfillment(id: $id) { id status trackingInfo(first: 50) { number } fulfillmentLineItems(first: 100, after: $after) { nodes { quantity lineItem { id } } pageInfo { hasNextPage endCursor } } } }',
  fulfillmentOrders: 'query ($id: ID!, $after: String) { order(id: $id) { id fulfillmentOrders(first: 25, after: $after) { nodes { id status supportedActions { action } assignedLocation { location { id } } } pageInfo { hasNextPage endCursor } } } }',
  fulfillmentOrderLines: 'query ($id: ID!, $after: String) { fulfillmentOrder(id: $id) { lineItems(first: 100, after: $after) { nodes { id remainingQuantity lineItem { id } } pageInfo { hasNextPage endCursor } } } }',
  create: 'mutation ($fulfillment: FulfillmentInput!) { fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id status } userErrors { field message } } }',
  track: 'mutation ($fulfillmentId: ID!, $trackingInfoInput: FulfillmentTrackingInput!, $notifyCustomer: Boolean) { fulfillmentTrackingInfoUpdate(fulfillmentId: $fulfillmentId, trackingInfoInput: $trackingInfoInput, notifyCustomer: $notifyCustomer) { fulfillment { id } userErrors { field message } } }',
} as const;

const gid = z.string().min(1).max(200);
export const pageInfo = z.looseObject({ hasNextPage: z.boolean(), endCursor: z.string().nullish() });
const line = z.looseObject({ id: gid });

export const fulfillments = z.looseObject({ fulfillments: z.array(z.looseObject({ id: gid })) });
export const fulfillment = z.looseObject({
  id: gid, status: z.string().nullish(), trackingInfo: z.array(z.looseObject({ number: z.string().nullish() })), fulfillmentLineItems: z.looseObject({ nodes: z.array(z.looseObject({ quantity: z.number().int(), lineItem: line })), pageInfo }),
});
export const fulfillmentOrders = z.looseObject({
  fulfillmentOrders: z.looseObject({
    nodes: z.array(z.looseObject({ id: gid, status: z.string(), supportedActions: z.array(z.looseObject({ action: z.string() })), assignedLocation: z.looseObject({ location: z.looseObject({ id: gid }).nullish() }).nullish() })), pageInfo,
  }),
});
export const fulfillmentOrderLines = z.looseObject({ lineItems: z.looseObject({ nodes: z.array(z.looseObject({ id: gid, remainingQuantity: z.number().int(), lineItem: line })), pageInfo }) });
export const created = z.looseObject({ fulfillment: z.looseObject({ id: gid }) });
export const tracked = z.looseObject({ fulfillment: z.looseObject({ id: gid }) });

export const orderGid = (id: string) => `gid://shopify/Order/${id}`;
/** Shopify's own number of a line, by which orders name it. */
export const numberOf = (id: string) => id.slice(id.lastIndexOf('/') + 1);

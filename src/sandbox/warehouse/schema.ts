import { buildSchema } from 'graphql';

/** ShipHero's graph, as far as it is simulated: orders, purchase orders and levels. */
export const warehouseSchema = buildSchema(`
  type Query {
    orders(order_number: String, partner_order_id: String): OrdersQueryResult
    purchase_orders(po_number: String): PurchaseOrdersQueryResult
    warehouse_products(warehouse_id: String): WarehouseProductsQueryResult
  }
  type Mutation {
    order_create(data: CreateOrderInput!): OrderMutationOutput
    order_cancel(data: CancelOrderInput!): OrderMutationOutput
    purchase_order_create(data: CreatePurchaseOrderInput!): PurchaseOrderMutationOutput
    purchase_order_cancel(data: CancelPurchaseOrderInput!): MutationOutput
  }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Order { id: String order_number: String partner_order_id: String fulfillment_status: String }
  type OrderEdge { node: Order }
  type OrderConnection { pageInfo: PageInfo! edges: [OrderEdge]! }
  type OrdersQueryResult { request_id: String complexity: Int data(first: Int, after: String): OrderConnection }
  type PurchaseOrder { id: String po_number: String partner_order_number: String fulfillment_status: String }
  type PurchaseOrderEdge { node: PurchaseOrder }
  type PurchaseOrderConnection { pageInfo: PageInfo! edges: [PurchaseOrderEdge]! }
  type PurchaseOrdersQueryResult { request_id: String complexity: Int data(first: Int, after: String): PurchaseOrderConnection }
  type WarehouseProduct { sku: String on_hand: Int allocated: Int available: Int }
  type WarehouseProductEdge { node: WarehouseProduct }
  type WarehouseProductConnection { pageInfo: PageInfo! edges: [WarehouseProductEdge]! }
  type WarehouseProductsQueryResult { request_id: String complexity: Int data(first: Int, after: String): WarehouseProductConnection }
  type OrderMutationOutput { request_id: String complexity: Int order: Order }
  type PurchaseOrderMutationOutput { request_id: String complexity: Int purchase_order: PurchaseOrder }
  type MutationOutput { request_id: String complexity: Int }
  scalar ISODateTime
  input AddressInput { first_name: String last_name: String company: String address1: String address2: String city: String state: String zip: String country: String email: String phone: String }
  input ShippingLinesInput { title: String! price: String! carrier: String method: String }
  input OrderLineInput {
    sku: String! partner_line_item_id: String! quantity: Int! price: String! product_name: String fulfillment_status: String quantity_pending_fulfillment: Int warehouse_id: String
  }
  input CreateOrderInput {
    customer_account_id: String order_number: String partner_order_id: String shop_name: String fulfillment_status: String subtotal: String total_discounts: String total_price: String required_ship_date: ISODateTime
    shipping_lines: ShippingLinesInput shipping_address: AddressInput! line_items: [OrderLineInput]!
  }
  input CancelOrderInput { customer_account_id: String order_id: String! reason: String }
  input PurchaseLineInput {
    sku: String! quantity: Int! expected_weight_in_lbs: String! vendor_id: String quantity_received: Int quantity_rejected: Int price: String! product_name: String fulfillment_status: String sell_ahead: Int
  }
  input CreatePurchaseOrderInput {
    customer_account_id: String vendor_id: String po_number: String! partner_order_number: String po_date: ISODateTime subtotal: String! shipping_price: String! total_price: String! warehouse_id: String fulfillment_status: String
    line_items: [PurchaseLineInput]!
  }
  input CancelPurchaseOrderInput { customer_account_id: String po_id: String! }
`);

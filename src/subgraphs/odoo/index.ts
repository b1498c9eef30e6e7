import { uuidFromGlobalId } from '../../lib/ids.js';
import { buildSubgraph, type Subgraph } from '../shared/build.js';
import type { GraphContext } from '../shared/context.js';
import { AvailabilityResolver } from './availability/resolvers.js';
import { invoiceLoaders } from './invoices/loaders.js';
import { InvoiceResolver, OrderInvoicesResolver } from './invoices/resolvers.js';
import { odooLoaders } from './loaders.js';
import { StockChangeResolver } from './products/changes.js';
import { productLoaders } from './products/loaders.js';
import { OrderLineProductResolver, ProductResolver, StockLevelResolver } from './products/resolvers.js';
import { OrderResolver, PartyResolver, ShipmentOrderResolver } from './resolvers.js';
import { shopLoaders } from './shops/loaders.js';
import { OrderShopOrderResolver, ShopFulfilmentResolver, ShopOrderResolver } from './shops/resolvers.js';
import { transferLoaders } from './transfers/loaders.js';
import { NoticeMutation } from './transfers/notice-mutation.js';
import { OrderTransfersResolver, ShipmentTransfersResolver, TransferLineProductResolver, TransferResolver } from './transfers/resolvers.js';

/** What Odoo owns: orders, transfers, invoices, products, stock levels and parties. */
export function odooSubgraph(): Promise<Subgraph> {
  return buildSubgraph({
    name: 'odoo',
    resolvers: [
      OrderResolver, PartyResolver, ShipmentOrderResolver, TransferResolver, NoticeMutation, TransferLineProductResolver, OrderTransfersResolver, ShipmentTransfersResolver,
      InvoiceResolver, OrderInvoicesResolver, ProductResolver, StockLevelResolver, StockChangeResolver, OrderLineProductResolver, AvailabilityResolver,
      ShopOrderResolver, ShopFulfilmentResolver, OrderShopOrderResolver,
    ],
    references: {
      Order: byId('Order', (uuid, { loaders, reader }) => loaders.get(odooLoaders, reader).order.load(uuid)),
      Party: byId('Party', (uuid, { loaders, reader }) => loaders.get(odooLoaders, reader).party.load(uuid)),
      Transfer: byId('Transfer', (uuid, { loaders, reader }) => loaders.get(transferLoaders, reader).transfer.load(uuid)),
      Invoice: byId('Invoice', (uuid, { loaders, reader }) => loaders.get(invoiceLoaders, reader).invoice.load(uuid)),
      Product: byId('Product', (uuid, { loaders, reader }) => loaders.get(productLoaders, reader).product.load(uuid)),
      StockLevel: byId('StockLevel', (uuid, { loaders, reader }) => loaders.get(productLoaders, reader).stockLevel.load(uuid)),
      ShopOrder: byId('ShopOrder', (uuid, { loaders, reader }) => loaders.get(shopLoaders, reader).shopOrder.load(uuid)),
      Shipment: (reference) => ({ id: String(reference.id) }),
    },
  });
}

/** Finds an entity by its global id; null where that is none of its type. */
function byId(type: string, load: (uuid: string, context: GraphContext) => Promise<object | null>) {
  return (reference: Record<string, unknown>, context: GraphContext) => {
    const uuid = uuidFromGlobalId(type, String(reference.id));
    return uuid === null ? null : load(uuid, context);
  };
}

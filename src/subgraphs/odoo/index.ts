import { uuidFromGlobalId } from '../../lib/ids.js';
import { buildSubgraph, type Subgraph } from '../shared/build.js';
import { odooLoaders } from './loaders.js';
import { OrderResolver, ShipmentOrderResolver } from './resolvers.js';

/** Orders and parties, as Odoo owns them. */
export function odooSubgraph(): Promise<Subgraph> {
  return buildSubgraph({
    name: 'odoo',
    resolvers: [OrderResolver, ShipmentOrderResolver],
    references: {
      Order: (reference, context) => {
        const uuid = uuidFromGlobalId('Order', String(reference.id));
        return uuid === null ? null : context.loaders.get(odooLoaders, context.reader).order.load(uuid);
      },
      Party: (reference, context) => {
        const uuid = uuidFromGlobalId('Party', String(reference.id));
        return uuid === null ? null : context.loaders.get(odooLoaders, context.reader).party.load(uuid);
      },
      Shipment: (reference) => ({ id: String(reference.id) }),
    },
  });
}

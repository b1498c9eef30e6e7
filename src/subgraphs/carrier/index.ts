import { uuidFromGlobalId } from '../../lib/ids.js';
import { buildSubgraph, type Subgraph } from '../shared/build.js';
import { carrierLoaders } from './loaders.js';
import { MilestoneResolver, ShipmentResolver } from './resolvers.js';

/** Shipments, their packages and milestones, as carriers report them. */
export function carrierSubgraph(): Promise<Subgraph> {
  return buildSubgraph({
    name: 'carrier',
    resolvers: [ShipmentResolver, MilestoneResolver],
    references: {
      Shipment: (reference, context) => {
        const uuid = uuidFromGlobalId('Shipment', String(reference.id));
        return uuid === null ? null : context.loaders.get(carrierLoaders, context.reader).shipment.load(uuid);
      },
    },
  });
}

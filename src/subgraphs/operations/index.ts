import { uuidFromGlobalId } from '../../lib/ids.js';
import { buildSubgraph, type Subgraph } from '../shared/build.js';
import { operationsLoaders } from './loaders.js';
import { ExceptionResolver, ShipmentExceptionsResolver, ViewerResolver } from './resolvers.js';

/** Exceptions and who deals with them. */
export function operationsSubgraph(): Promise<Subgraph> {
  return buildSubgraph({
    name: 'operations',
    resolvers: [ExceptionResolver, ShipmentExceptionsResolver, ViewerResolver],
    references: {
      Exception: (reference, context) => {
        const uuid = uuidFromGlobalId('Exception', String(reference.id));
        return uuid === null ? null : context.loaders.get(operationsLoaders, context.reader).exception.load(uuid);
      },
      Shipment: (reference) => ({ id: String(reference.id) }),
    },
  });
}

import { uuidFromGlobalId } from '../../lib/ids.js';
import { buildSubgraph, type Subgraph } from '../shared/build.js';
import type { GraphContext } from '../shared/context.js';
import { yardLoaders } from './loaders.js';
import { AppointmentResolver, FacilityResolver, LoadYardResolver, ShipmentYardResolver, VisitResolver } from './resolvers.js';

/** Facilities, dock appointments and visits, as the yard owns them. */
export function yardSubgraph(): Promise<Subgraph> {
  const byId = (type: 'Appointment' | 'Visit' | 'Facility', loader: 'appointment' | 'visit' | 'facility') => (reference: Record<string, unknown>, context: GraphContext) => {
    const uuid = uuidFromGlobalId(type, String(reference.id));
    return uuid === null ? null : context.loaders.get(yardLoaders, context.reader)[loader].load(uuid);
  };
  return buildSubgraph({
    name: 'yard',
    resolvers: [AppointmentResolver, VisitResolver, FacilityResolver, ShipmentYardResolver, LoadYardResolver],
    references: {
      Appointment: byId('Appointment', 'appointment'),
      Visit: byId('Visit', 'visit'),
      Facility: byId('Facility', 'facility'),
      Shipment: (reference) => (uuidFromGlobalId('Shipment', String(reference.id)) === null ? null : { id: String(reference.id) }),
      Load: (reference) => (uuidFromGlobalId('Load', String(reference.id)) === null ? null : { id: String(reference.id) }),
    },
  });
}

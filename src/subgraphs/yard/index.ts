import { uuidFromGlobalId } from '../../lib/ids.js';
import { buildSubgraph, type Subgraph } from '../shared/build.js';
import type { GraphContext } from '../shared/context.js';
import { ownDockResolvers } from './appointments/index.js';
import { YardEventResolver } from './changes.js';
import { GeofenceResolver } from './geofences.js';
import { yardLoaders } from './loaders.js';
import { palletLoaders } from './pallets/loaders.js';
import { OutsideAppointmentMutations } from './outside/mutations.js';
import { PalletLineResolver, PalletReportResolver, PalletResolver } from './pallets/resolvers.js';
import { warehouseLoaders } from './warehouse/loaders.js';
import { InventoryResolver, ShipmentWarehouseResolver, WarehouseConfirmationResolver, WarehouseOrderResolver } from './warehouse/resolvers.js';
import { trailerLoaders } from './trailers/queries.js';
import { TrailerStayResolver, YardMoveResolver } from './trailers/resolvers.js';
import { VisitFieldResolver } from './visits/fields.js';
import { HandlingMutations } from './handling/mutations.js';
import { VisitMutations } from './visits/mutations.js';
import { AppointmentResolver, FacilityResolver, LoadYardResolver, ShipmentYardResolver, VisitResolver } from './resolvers.js';

/**
 * Facilities, dock appointments and visits, as the yard owns them, and what warehouses state: it happens at the same places, and who
 * runs them sees both by one key.
 */
export function yardSubgraph(): Promise<Subgraph> {
  const byId = (type: 'Appointment' | 'Visit' | 'Facility', loader: 'appointment' | 'visit' | 'facility') => (reference: Record<string, unknown>, context: GraphContext) => {
    const uuid = uuidFromGlobalId(type, String(reference.id));
    return uuid === null ? null : context.loaders.get(yardLoaders, context.reader)[loader].load(uuid);
  };
  const byWarehouseId = (type: string, loader: 'order' | 'confirmation' | 'level' | 'adjustment') => (reference: Record<string, unknown>, context: GraphContext) => {
    const uuid = uuidFromGlobalId(type, String(reference.id));
    return uuid === null ? null : context.loaders.get(warehouseLoaders, context.reader)[loader].load(uuid);
  };
  return buildSubgraph({
    name: 'yard',
    resolvers: [YardEventResolver, AppointmentResolver, VisitResolver, VisitFieldResolver, VisitMutations, TrailerStayResolver, YardMoveResolver, HandlingMutations, FacilityResolver, GeofenceResolver, OutsideAppointmentMutations, ShipmentYardResolver, LoadYardResolver, WarehouseOrderResolver, WarehouseConfirmationResolver, InventoryResolver, ShipmentWarehouseResolver, PalletResolver, PalletLineResolver, PalletReportResolver, ...ownDockResolvers],
    references: {
      Appointment: byId('Appointment', 'appointment'),
      Visit: byId('Visit', 'visit'),
      Facility: byId('Facility', 'facility'),
      WarehouseOrder: byWarehouseId('WarehouseOrder', 'order'),
      WarehouseConfirmation: byWarehouseId('WarehouseConfirmation', 'confirmation'),
      InventoryLevel: byWarehouseId('InventoryLevel', 'level'),
      InventoryAdjustment: byWarehouseId('InventoryAdjustment', 'adjustment'),
      TrailerStay: (reference, context) => {
        const uuid = uuidFromGlobalId('TrailerStay', String(reference.id));
        return uuid === null ? null : context.loaders.get(trailerLoaders, context.reader).stay.load(uuid);
      },
      YardMove: (reference, context) => {
        const uuid = uuidFromGlobalId('YardMove', String(reference.id));
        return uuid === null ? null : context.loaders.get(trailerLoaders, context.reader).move.load(uuid);
      },
      Pallet: (reference, context) => {
        const uuid = uuidFromGlobalId('Pallet', String(reference.id));
        return uuid === null ? null : context.loaders.get(palletLoaders, context.reader).pallet.load(uuid);
      },
      Shipment: (reference) => (uuidFromGlobalId('Shipment', String(reference.id)) === null ? null : { id: String(reference.id) }),
      Load: (reference) => (uuidFromGlobalId('Load', String(reference.id)) === null ? null : { id: String(reference.id) }),
    },
  });
}

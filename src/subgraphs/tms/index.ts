import { uuidFromGlobalId } from '../../lib/ids.js';
import { buildSubgraph, type Subgraph } from '../shared/build.js';
import { LoadChangeResolver } from './changes.js';
import { tmsLoaders } from './loaders.js';
import { LoadResolver, ShipmentTransportResolver, StopResolver, VisitDetentionResolver } from './resolvers.js';
import { TenderMutations } from './tender-mutations.js';
import { Visit } from './types.js';
import { LoadVehicleResolver, vehicleById, VehicleResolver } from './vehicles.js';

/** Loads and their stops, as a transport management system owns them. */
export function tmsSubgraph(): Promise<Subgraph> {
  return buildSubgraph({
    name: 'tms',
    resolvers: [LoadResolver, TenderMutations, LoadChangeResolver, StopResolver, ShipmentTransportResolver, VisitDetentionResolver, VehicleResolver, LoadVehicleResolver],
    orphanedTypes: [Visit],
    references: {
      Load: (reference, context) => {
        const uuid = uuidFromGlobalId('Load', String(reference.id));
        return uuid === null ? null : context.loaders.get(tmsLoaders, context.reader).load.load(uuid);
      },
      Vehicle: (reference, context) => {
        const uuid = uuidFromGlobalId('Vehicle', String(reference.id));
        return uuid === null ? null : vehicleById(context, uuid);
      },
      Stop: (reference, context) => {
        const load = uuidFromGlobalId('Load', String(reference.loadId));
        const sequence = Number(reference.sequence);
        return load === null || !Number.isInteger(sequence) || Math.abs(sequence) > 32_767 ? null : context.loaders.get(tmsLoaders, context.reader).stop.load({ load, sequence });
      },
      // With whatever was asked for: fields that require others find them in the reference.
      Shipment: (reference) => (uuidFromGlobalId('Shipment', String(reference.id)) === null ? null : reference),
      Visit: (reference) => reference,
    },
  });
}

import { uuidFromGlobalId } from '../../lib/ids.js';
import { buildSubgraph, type Subgraph } from '../shared/build.js';
import { LoadChangeResolver } from './changes.js';
import { DetentionChargeResolver, VisitDetentionResolver } from './detention/resolvers.js';
import { DetentionRuleResolver } from './detention/rules.js';
import { tmsLoaders } from './loaders.js';
import { LoadPlanningMutations } from './planning/mutations.js';
import { LoadAssignmentResolver, LoadPlanningResolver } from './planning/resolvers.js';
import { LoadResolver, ShipmentTransportResolver, StopResolver } from './resolvers.js';
import { TenderMutations } from './tender-mutations.js';
import { TenderingMutations } from './tendering/mutations.js';
import { LoadTenderPlanResolver, offersLoader, TenderOfferResolver } from './tendering/resolvers.js';
import { StopPerformanceResolver, StopTimesResolver } from './times/resolvers.js';
import { Visit } from './types.js';
import { LoadVehicleResolver, vehicleById, VehicleResolver } from './vehicles.js';

/** Loads and their stops, as a transport management system owns them. */
export function tmsSubgraph(): Promise<Subgraph> {
  return buildSubgraph({
    name: 'tms',
    resolvers: [LoadResolver, TenderMutations, LoadChangeResolver, StopResolver, ShipmentTransportResolver, VisitDetentionResolver, VehicleResolver, LoadVehicleResolver,
      DetentionChargeResolver, DetentionRuleResolver, StopTimesResolver, StopPerformanceResolver,
      LoadPlanningMutations, LoadPlanningResolver, LoadAssignmentResolver, TenderingMutations, TenderOfferResolver, LoadTenderPlanResolver],
    orphanedTypes: [Visit],
    references: {
      Load: (reference, context) => {
        const uuid = uuidFromGlobalId('Load', String(reference.id));
        return uuid === null ? null : context.loaders.get(tmsLoaders, context.reader).load.load(uuid);
      },
      TenderOffer: (reference, context) => {
        const uuid = uuidFromGlobalId('TenderOffer', String(reference.id));
        return uuid === null ? null : context.loaders.get(offersLoader, context.reader).load(uuid);
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

import { FacilityPlanResolver } from '../facilities/resolvers.js';
import { AppointmentMutations } from './mutations.js';
import { ClaimedNamesResolver } from './resolvers.js';

/** Facilities that are run here, and the times at their docks. */
export const ownDockResolvers = [FacilityPlanResolver, AppointmentMutations, ClaimedNamesResolver] as const;

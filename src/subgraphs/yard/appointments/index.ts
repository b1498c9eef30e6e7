import { DockCalendarResolver } from '../facilities/calendar.js';
import { FacilityPlanResolver } from '../facilities/resolvers.js';
import { AdherenceResolver } from './adherence.js';
import { AppointmentMutations } from './mutations.js';
import { ClaimedNamesResolver } from './resolvers.js';
import { StandingAppointmentResolver } from './standing.js';

/** Facilities that are run here, and the times at their docks. */
export const ownDockResolvers = [FacilityPlanResolver, AppointmentMutations, ClaimedNamesResolver, DockCalendarResolver, AdherenceResolver, StandingAppointmentResolver] as const;

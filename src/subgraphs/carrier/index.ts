import { uuidFromGlobalId } from '../../lib/ids.js';
import { buildSubgraph, type Subgraph } from '../shared/build.js';
import { loadById } from '../shared/lookup.js';
import { EventResolver } from './event-resolvers.js';
import { carrierLoaders } from './loaders.js';
import { MilestoneResolver, MilestoneSourceResolver, ShipmentResolver } from './resolvers.js';
import { bookingLoaders } from './bookings/loaders.js';
import { BookingMutations } from './bookings/mutations.js';
import { PickupMutations } from './bookings/pickup-mutations.js';
import { BookingPickupResolver, PickupResolver } from './bookings/pickup-resolvers.js';
import { BookingResolver, ShipmentBookingsResolver } from './bookings/resolvers.js';
import { BookingSettingsResolver } from './bookings/settings.js';

/** Shipments, their packages and milestones, as carriers report them, and what is booked at carriers. */
export function carrierSubgraph(): Promise<Subgraph> {
  return buildSubgraph({
    name: 'carrier',
    resolvers: [ShipmentResolver, MilestoneResolver, MilestoneSourceResolver, EventResolver, BookingResolver, ShipmentBookingsResolver, BookingMutations, BookingSettingsResolver, PickupResolver, BookingPickupResolver, PickupMutations],
    references: {
      Booking: (reference, context) => loadById(context.loaders.get(bookingLoaders, context.reader).booking, 'Booking', String(reference.id)),
      Pickup: (reference, context) => loadById(context.loaders.get(bookingLoaders, context.reader).pickup, 'Pickup', String(reference.id)),
      Document: (reference, context) => loadById(context.loaders.get(bookingLoaders, context.reader).document, 'Document', String(reference.id)),
      Shipment: (reference, context) => {
        const uuid = uuidFromGlobalId('Shipment', String(reference.id));
        return uuid === null ? null : context.loaders.get(carrierLoaders, context.reader).shipment.load(uuid);
      },
    },
  });
}

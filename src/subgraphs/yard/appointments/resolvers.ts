import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Principal } from '../../../auth/principal.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordId } from '../../../model/record-ids.js';
import type { Handling as HandlingName, Temperature as TemperatureName } from '../../../model/yard/records.js';
import type { GraphContext } from '../../shared/context.js';
import { Appointment } from '../types.js';
import { Handling, Temperature } from '../facilities/types.js';
import { AppointmentWish, ClaimedNames } from './types.js';

/** Whether a principal acts for the company, or runs this facility. */
export function isStaffAt({ companies, keys }: Principal, facilityId: string | null): boolean {
  if (companies !== 'none') return true;
  return facilityId !== null && keys.some((key) => key.startsWith('facility:') && recordId('facility', ourConnection, key.slice('facility:'.length)) === facilityId);
}

@Resolver(() => Appointment)
export class ClaimedNamesResolver {
  @FieldResolver(() => ClaimedNames, { nullable: true, description: 'For the company and whoever runs the facility.' })
  claimedNames(@Root() { claimed, facilityId }: Appointment, @Ctx() { principal }: GraphContext): ClaimedNames | null {
    if (claimed === null || !isStaffAt(principal, facilityId)) return null;
    const ofKind = (kind: string) => claimed.references.filter((reference) => reference.kind === kind).map(({ value }) => value);
    return { loads: claimed.loads, deliveries: ofKind('delivery_name'), orders: ofKind('order_name') };
  }

  @FieldResolver(() => Handling, { nullable: true })
  handling(@Root() { handling }: Appointment): HandlingName | null {
    return handling;
  }

  @FieldResolver(() => Temperature, { nullable: true, description: 'What the goods need of the dock.' })
  temperature(@Root() { temperature }: Appointment): TemperatureName | null {
    return temperature;
  }

  @FieldResolver(() => AppointmentWish, { nullable: true })
  wish(@Root() { wish }: Appointment): AppointmentWish | null {
    return wish === null ? null : { startsAt: wish.startsAt.instant, endsAt: wish.endsAt.instant, dock: wish.dock ?? null };
  }

  @FieldResolver(() => String, { nullable: true, description: 'The local day, 2026-11-30, of the standing appointment that it is one of.' })
  standingOn(@Root() { standing }: Appointment): string | null {
    return standing?.on ?? null;
  }
}

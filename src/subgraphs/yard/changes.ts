import { Arg, Ctx, Field, ID, InputType, ObjectType, registerEnumType, Resolver, Root, Subscription } from 'type-graphql';
import { anyOf } from '../shared/any-of.js';
import { Change, changedRows, changeOf, following, standing, type Changed } from '../shared/change.js';
import type { GraphContext } from '../shared/context.js';
import { enumOf } from '../shared/enums.js';
import type { FeedEvent, FeedSource } from '../shared/feed.js';
import { uuidOfFilter } from '../shared/lookup.js';
import { needs } from '../shared/scopes.js';
import { appointmentColumns, appointmentOf, visitOf } from './rows.js';
import { Appointment, Visit } from './types.js';

const yardRecords = ['APPOINTMENT', 'VISIT'] as const;
export const YardRecord = enumOf(yardRecords);
registerEnumType(YardRecord, { name: 'YardRecord', description: 'What an event of the yard tells of.' });

@InputType()
export class YardEventFilter {
  @Field(() => ID, { nullable: true }) facilityId?: string;
  @Field(() => [YardRecord], { nullable: true, description: 'Both, where left out.' }) of?: Array<(typeof yardRecords)[number]>;
}

@ObjectType('YardEvent', { simpleResolvers: true, description: 'An appointment or a visit became visible or changed. Several changes that arrive at once are one.' })
export class YardEvent extends Change {
  @Field(() => YardRecord) of!: (typeof yardRecords)[number];
  @Field(() => Appointment, { nullable: true, description: 'As of now; null once it is no more.' }) appointment!: Appointment | null;
  @Field(() => Visit, { nullable: true, description: 'As of now; null once it is no more.' }) visit!: Visit | null;
}

type YardItem = { appointment: Appointment } | { visit: Visit };

function yardEventsOf(filter: YardEventFilter): FeedSource<Changed<YardItem>> {
  const facility = uuidOfFilter('Facility', 'facilityId', filter.facilityId);
  const wanted = filter.of ?? yardRecords;
  return {
    kinds: wanted.map((each) => (each === 'APPOINTMENT' ? 'appointment' : 'visit')), filter,
    async load({ db }, kind, ids) {
      if (kind === 'appointment') {
        let query = db.selectFrom('appointment').select([...appointmentColumns, 'appointment.deleted']).where('appointment.id', '=', anyOf(ids));
        if (facility !== null) query = query.where('facility_id', '=', facility);
        return changedRows(await query.execute(), (row) => row.deleted, (row): YardItem => ({ appointment: appointmentOf(row) }));
      }
      let query = db.selectFrom('visit').selectAll('visit').where('visit.id', '=', anyOf(ids));
      if (facility !== null) query = query.where('facility_id', '=', facility);
      return changedRows(await query.execute(), (row) => row.deleted, (row): YardItem => ({ visit: visitOf(row) }));
    },
  };
}

@Resolver()
export class YardEventResolver {
  @needs('yard:read')
  @Subscription(() => YardEvent, { description: 'Appointments and visits that became visible or changed.', ...following(yardEventsOf) } as never)
  yardEvents(
    @Root() fed: FeedEvent<Changed<YardItem>>,
    @Ctx() { live }: GraphContext,
    @Arg('after', () => String, { nullable: true }) _after?: string,
    @Arg('filter', () => YardEventFilter, { nullable: true }) _filter?: YardEventFilter,
  ): YardEvent {
    const record = standing(fed);
    const isAppointment = fed.kind === 'appointment';
    return {
      ...changeOf(isAppointment ? 'Appointment' : 'Visit', fed, live), of: isAppointment ? 'APPOINTMENT' : 'VISIT',
      appointment: record !== null && 'appointment' in record ? record.appointment : null, visit: record !== null && 'visit' in record ? record.visit : null,
    };
  }
}

import { Arg, Ctx, Field, ID, InputType, ObjectType, registerEnumType, Resolver, Root, Subscription } from 'type-graphql';
import { anyOf } from '../shared/any-of.js';
import { Change, changedRows, changeOf, following, standing, type Changed } from '../shared/change.js';
import type { GraphContext } from '../shared/context.js';
import { enumOf } from '../shared/enums.js';
import type { FeedEvent, FeedSource } from '../shared/feed.js';
import { uuidOfFilter } from '../shared/lookup.js';
import { needs } from '../shared/scopes.js';
import { appointmentColumns, appointmentOf, visitOf } from './rows.js';
import { trailerStayOf, yardMoveOf } from './trailers/rows.js';
import { TrailerStay, YardMove } from './trailers/types.js';
import { Appointment, Visit } from './types.js';

const yardRecords = ['APPOINTMENT', 'VISIT', 'YARD_MOVE', 'TRAILER_STAY'] as const;
const kinds = { APPOINTMENT: 'appointment', VISIT: 'visit', YARD_MOVE: 'yard_move', TRAILER_STAY: 'trailer_stay' } as const;
const typeNames = { appointment: 'Appointment', visit: 'Visit', yard_move: 'YardMove', trailer_stay: 'TrailerStay' } as const;
type YardKind = keyof typeof typeNames;
export const YardRecord = enumOf(yardRecords);
registerEnumType(YardRecord, { name: 'YardRecord', description: 'What an event of the yard tells of.' });

@InputType()
export class YardEventFilter {
  @Field(() => ID, { nullable: true }) facilityId?: string;
  @Field(() => [YardRecord], { nullable: true, description: 'All, where left out.' }) of?: Array<(typeof yardRecords)[number]>;
}

@ObjectType('YardEvent', { simpleResolvers: true, description: 'An appointment, a visit, a move or a trailer in the yard became visible or changed. Several changes that arrive at once are one.' })
export class YardEvent extends Change {
  @Field(() => YardRecord) of!: (typeof yardRecords)[number];
  @Field(() => Appointment, { nullable: true, description: 'As of now; null once it is no more.' }) appointment!: Appointment | null;
  @Field(() => Visit, { nullable: true, description: 'As of now; null once it is no more.' }) visit!: Visit | null;
  @Field(() => YardMove, { nullable: true, description: 'As of now; null once it is no more.' }) move!: YardMove | null;
  @Field(() => TrailerStay, { nullable: true, description: 'As of now.' }) trailer!: TrailerStay | null;
}

type YardItem = { appointment: Appointment } | { visit: Visit } | { move: YardMove } | { trailer: TrailerStay };

function yardEventsOf(filter: YardEventFilter): FeedSource<Changed<YardItem>> {
  const facility = uuidOfFilter('Facility', 'facilityId', filter.facilityId);
  const wanted = filter.of ?? yardRecords;
  return {
    kinds: wanted.map((each) => kinds[each]), filter,
    async load({ db }, kind, ids) {
      if (kind === 'appointment') {
        let query = db.selectFrom('appointment').select([...appointmentColumns, 'appointment.deleted']).where('appointment.id', '=', anyOf(ids));
        if (facility !== null) query = query.where('facility_id', '=', facility);
        return changedRows(await query.execute(), (row) => row.deleted, (row): YardItem => ({ appointment: appointmentOf(row) }));
      }
      if (kind === 'yard_move') {
        let query = db.selectFrom('yard_move').selectAll('yard_move').where('yard_move.id', '=', anyOf(ids));
        if (facility !== null) query = query.where('facility_id', '=', facility);
        return changedRows(await query.execute(), (row) => row.deleted, (row): YardItem => ({ move: yardMoveOf(row) }));
      }
      if (kind === 'trailer_stay') {
        let query = db.selectFrom('trailer_stay').selectAll('trailer_stay').where('trailer_stay.id', '=', anyOf(ids));
        if (facility !== null) query = query.where('facility_id', '=', facility);
        return changedRows(await query.execute(), () => false, (row): YardItem => ({ trailer: trailerStayOf(row) }));
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
  @Subscription(() => YardEvent, { description: 'Appointments, visits, moves and trailers in the yard that became visible or changed.', ...following(yardEventsOf) } as never)
  yardEvents(
    @Root() fed: FeedEvent<Changed<YardItem>>,
    @Ctx() { live }: GraphContext,
    @Arg('after', () => String, { nullable: true }) _after?: string,
    @Arg('filter', () => YardEventFilter, { nullable: true }) _filter?: YardEventFilter,
  ): YardEvent {
    const record = standing(fed);
    const kind = fed.kind as YardKind;
    return {
      ...changeOf(typeNames[kind], fed, live), of: yardRecords.find((of) => kinds[of] === kind)!, appointment: record !== null && 'appointment' in record ? record.appointment : null, visit: record !== null && 'visit' in record ? record.visit : null,
      move: record !== null && 'move' in record ? record.move : null, trailer: record !== null && 'trailer' in record ? record.trailer : null,
    };
  }
}

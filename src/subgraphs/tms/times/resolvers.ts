import DataLoader from 'dataloader';
import { sql } from 'kysely';
import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { Reader } from '../../../auth/reader.js';
import { instant } from '../../../lib/clock.js';
import { fewestSamples, laneEta, type LaneMinutes } from '../../../model/transport/lane-eta.js';
import { stopTimeChoice, type StopClassifier, type StopMoment, type StopTimeSource } from '../../../model/transport/stop-times.js';
import { anyOf } from '../../shared/any-of.js';
import type { GraphContext } from '../../shared/context.js';
import { needs } from '../../shared/scopes.js';
import { Stop } from '../types.js';
import { performanceOf } from './performance.js';
import { StopEta, StopPerformance, StopPerformanceFilter, StopTime } from './types.js';

interface StopKey {
  load: string;
  sequence: number;
}

interface LaneRow {
  load_id: string;
  sequence: number;
  actual_arrival: string | null;
  lane: { leavesMs: number; hasLeft: boolean; minutes: LaneMinutes | null } | null;
}

const keyText = ({ load, sequence }: StopKey) => `${load} ${sequence}`;
const sequences = (keys: readonly StopKey[]) => sql<number>`any(${[...new Set(keys.map(({ sequence }) => sequence))]}::integer[])`;

/** What is said of when trucks come and go, and how long their way takes by history; one statement each, whatever the number of stops. */
function stopTimeLoaders({ db }: Reader) {
  return {
    times: new DataLoader<StopKey, StopTime[], string>(async (keys) => {
      const rows = await db.selectFrom('stop_time').selectAll('stop_time').where('load_id', '=', anyOf(keys.map(({ load }) => load))).where('sequence', '=', sequences(keys)).orderBy('at').orderBy('source').orderBy('connection').execute();
      const byStop = new Map<string, StopTime[]>();
      for (const row of rows) {
        const key = keyText({ load: row.load_id, sequence: row.sequence });
        const time: StopTime = { moment: row.moment as StopMoment, classifier: row.classifier as StopClassifier, source: row.source as StopTimeSource, connection: row.connection, at: row.at, statedAt: row.stated_at, isChosen: row.chosen };
        byStop.set(key, [...(byStop.get(key) ?? []), time]);
      }
      return keys.map((key) => byStop.get(keyText(key)) ?? []);
    }, { cacheKeyFn: keyText }),
    lane: new DataLoader<StopKey, LaneRow | null, string>(async (keys) => {
      const rows = await db.selectFrom('stop').select(['load_id', 'sequence', 'actual_arrival']).select(sql<LaneRow['lane']>`lane_to_stop(stop.load_id, stop.sequence, ${fewestSamples})`.as('lane'))
        .where('load_id', '=', anyOf(keys.map(({ load }) => load))).where('sequence', '=', sequences(keys)).execute();
      const byStop = new Map<string, LaneRow>(rows.map((row) => [keyText({ load: row.load_id, sequence: row.sequence }), row]));
      return keys.map((key) => byStop.get(keyText(key)) ?? null);
    }, { cacheKeyFn: keyText }),
  };
}

@Resolver(() => Stop)
export class StopTimesResolver {
  @FieldResolver(() => [StopTime], { nullable: true, description: 'What each source says, and which of it is taken: plannedArrivalAt, arrivedAt and their like give that.' })
  times(@Root() { loadUuid: load, sequence }: Stop, @Ctx() context: GraphContext): Promise<StopTime[]> {
    return context.loaders.get(stopTimeLoaders, context.reader).times.load({ load, sequence });
  }

  @FieldResolver(() => StopEta, { nullable: true, description: 'When the truck is expected that has not come yet: as who follows it says, else the record of the load or the carrier, else by how long trucks took on this lane. Null where none of them tells.' })
  async eta(@Root() { loadUuid: load, sequence }: Stop, @Ctx() context: GraphContext): Promise<StopEta | null> {
    const loaders = context.loaders.get(stopTimeLoaders, context.reader);
    const [times, lane] = await Promise.all([loaders.times.load({ load, sequence }), loaders.lane.load({ load, sequence })]);
    if (lane === null || lane.actual_arrival !== null) return null;
    const stated = times.find(({ moment, classifier, isChosen }) => isChosen && moment === 'ARRIVAL' && classifier === 'ESTIMATED');
    if (stated !== undefined && stopTimeChoice.ESTIMATED.includes(stated.source)) return { at: stated.at, earliest: null, latest: null, source: stated.source, samples: null };
    const eta = lane.lane === null || lane.lane.minutes === null ? null : laneEta(Number(lane.lane.leavesMs), lane.lane.hasLeft, lane.lane.minutes, Date.now());
    return eta === null ? null : { at: instant(eta.atMs), earliest: instant(eta.earliestMs), latest: instant(eta.latestMs), source: 'HISTORY', samples: eta.samples };
  }
}

@Resolver()
export class StopPerformanceResolver {
  @needs('loads:read')
  @Query(() => StopPerformance, { nullable: true, description: 'How punctual trucks were, and how long they stayed.' })
  stopPerformance(@Ctx() { reader }: GraphContext, @Arg('filter', () => StopPerformanceFilter) filter: StopPerformanceFilter): Promise<StopPerformance> {
    return performanceOf(reader, filter);
  }
}

import { isUnderWayOrDone } from './progress.js';
import type { LoadRecord, LoadState, LoadStop } from './records.js';

/** A load as a partner is told of it, whole. The same load has the same id however often it is told. */
export interface LoadPublication {
  /** Our own id of the load. */
  load: string;
  /** Rises by one with each statement to this partner. */
  revision: number;
  action: 'NEW' | 'CHANGE' | 'CANCEL';
  /** ISO instant as of which this is so. */
  statedAt: string;
  /** Command that told of it first: it remembers the partner's own id. Of a NEW one: what told of it before it was withdrawn. */
  first?: string;
  record: LoadRecord;
}

/** Which loads a connection is told of. */
export interface LoadPublicationPolicy {
  /** Connections whose loads they are: our own, unless the settings say others. */
  from: readonly string[];
  /** States in which a load is told, and told again when it changes. In others what was told stands, except that one that was cancelled is withdrawn, and where `endsWithoutCarrier` says so, one without a carrier. */
  states: ReadonlySet<LoadState>;
  /** Whether a load that was told and has no carrier any more (it was given back, or its tender withdrawn) is withdrawn until one has taken it again. */
  endsWithoutCarrier: boolean;
  /** Whether times that are expected or came to pass are told as well; otherwise the plan alone. */
  times: boolean;
  /** What a load lacks for this partner, in words for people; it is told once it lacks nothing. */
  lacks(record: LoadRecord): string | null;
}

export type PublicationDecision = 'KEEP' | 'TELL' | 'WITHDRAW';

/** What is to happen with a load at a partner. @param wasTold and not withdrawn since */
export function publicationDecision(load: { record: LoadRecord; deleted: boolean }, policy: LoadPublicationPolicy, wasTold: boolean): PublicationDecision {
  if (load.deleted || load.record.state === 'CANCELLED') return wasTold ? 'WITHDRAW' : 'KEEP';
  if (wasTold && policy.endsWithoutCarrier && hasNoCarrier(load.record)) return 'WITHDRAW';
  return policy.states.has(load.record.state) && policy.lacks(load.record) === null ? 'TELL' : 'KEEP';
}

/** What is on its way, or came to its end, had a carrier, whatever is said of it. */
function hasNoCarrier({ state, carrier }: LoadRecord): boolean {
  return state === 'DRAFT' || state === 'REQUESTED' || (state === 'CONFIRMED' && carrier === undefined);
}

/** The load as this partner is told of it: what it does not want to know changes nothing there. */
export function publishedRecord(record: LoadRecord, policy: Pick<LoadPublicationPolicy, 'times'>): LoadRecord {
  if (policy.times) return record;
  // That it has begun is no other plan.
  const state = isUnderWayOrDone(record.state) ? { state: 'CONFIRMED' as const, rawState: record.rawState === record.state ? 'CONFIRMED' : record.rawState } : {};
  return { ...record, ...state, stops: record.stops.map(planOf) };
}

function planOf({ estimated: _estimated, actual: _actual, ...plan }: LoadStop): LoadStop {
  return plan;
}

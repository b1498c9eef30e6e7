/** Times of a visit as they were stated, milliseconds UTC; null where nobody stated one. They may contradict one another. */
export interface VisitTimes {
  /** A fence around the facility saw the truck come. */
  arrivedMs: number | null;
  checkedInMs: number | null;
  atDockMs: number | null;
  handlingStartedMs: number | null;
  handlingEndedMs: number | null;
  leftDockMs: number | null;
  checkedOutMs: number | null;
}

/** In the order in which they happen. */
export const visitTimeNames = ['arrivedMs', 'checkedInMs', 'atDockMs', 'handlingStartedMs', 'handlingEndedMs', 'leftDockMs', 'checkedOutMs'] as const satisfies ReadonlyArray<keyof VisitTimes>;
export type VisitTimeName = (typeof visitTimeNames)[number];

/** Time that passes between two moments of a visit. */
export interface Clock {
  startMs: number;
  /** Null while it runs. */
  endMs: number | null;
  /** Whole minutes, so far or in the end; never negative. */
  minutes: number;
}

/** Each is null before it starts, and where nobody stated when that was. */
export interface VisitClocks {
  /** Before the gate: from the arrival that a fence saw until check-in. */
  gate: Clock | null;
  /** In the yard: from check-in until the truck is at a dock. */
  waiting: Clock | null;
  /** From the dock until the truck left it. */
  dock: Clock | null;
  /** From the start of loading or unloading until its end. */
  handling: Clock | null;
  /** From check-in until check-out. */
  turn: Clock | null;
  /** From the check-in of the truck that left its trailer here until that trailer left. */
  trailer: Clock | null;
}

export interface ClockSource {
  times: VisitTimes;
  /** Nothing more will happen: checked out, cancelled or rejected. */
  isOver: boolean;
  /** The truck left its trailer here. `leftMs`: when that left, null while it stands. */
  dropped: { leftMs: number | null } | null;
}

const minuteMs = 60_000;

/**
 * The clocks of a visit. A clock ends with its own moment or, where nobody stated that, with the first later moment of the visit that
 * was stated; of a visit that is over and has none, with the last that was stated. An end before the start makes no minutes.
 */
export function visitClocks({ times, isOver, dropped }: ClockSource, nowMs: number): VisitClocks {
  const clock = (start: VisitTimeName, end: VisitTimeName): Clock | null => {
    const startMs = times[start];
    return startMs === null ? null : clockOf(startMs, from(times, end)?.ms ?? (isOver ? lastOf(times) : null), nowMs);
  };
  return {
    gate: clock('arrivedMs', 'checkedInMs'), waiting: clock('checkedInMs', 'atDockMs'), dock: clock('atDockMs', 'leftDockMs'), handling: clock('handlingStartedMs', 'handlingEndedMs'),
    turn: clock('checkedInMs', 'checkedOutMs'), trailer: dropped === null || times.checkedInMs === null ? null : clockOf(times.checkedInMs, dropped.leftMs, nowMs),
  };
}

/** This time or, where nobody stated it, the first after it in the order of a visit that was stated. */
export function from(times: VisitTimes, name: VisitTimeName): { name: VisitTimeName; ms: number } | null {
  for (const each of visitTimeNames.slice(visitTimeNames.indexOf(name))) {
    const ms = times[each];
    if (ms !== null) return { name: each, ms };
  }
  return null;
}

/** The latest time that was stated. */
export function lastOf(times: VisitTimes): number | null {
  const known = visitTimeNames.flatMap((name) => times[name] ?? []);
  return known.length === 0 ? null : Math.max(...known);
}

function clockOf(startMs: number, endMs: number | null, nowMs: number): Clock {
  return { startMs, endMs, minutes: Math.max(0, Math.floor(((endMs ?? nowMs) - startMs) / minuteMs)) };
}

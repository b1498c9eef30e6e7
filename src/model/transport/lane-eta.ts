/** How long trucks took on a lane, minutes, of so many of them. */
export interface LaneMinutes {
  p10: number;
  p50: number;
  p90: number;
  samples: number;
}

export interface LaneEta {
  /** Milliseconds UTC. */
  atMs: number;
  earliestMs: number;
  latestMs: number;
  samples: number;
}

/** Of fewer trips nothing is foretold. */
export const fewestSamples = 5;

const minuteMs = 60_000;

/**
 * When a truck comes that leaves, or left, the stop before at `leavesMs`. Of one that is under way longer than the lane commonly takes,
 * what is foretold is never before now.
 */
export function laneEta(leavesMs: number, hasLeft: boolean, { p10, p50, p90, samples }: LaneMinutes, nowMs: number): LaneEta | null {
  if (samples < fewestSamples) return null;
  // A truck that has not left can leave now at the earliest.
  const fromMs = hasLeft ? leavesMs : Math.max(leavesMs, nowMs);
  const at = (minutes: number) => Math.max(nowMs, fromMs + Math.round(minutes * minuteMs));
  return { atMs: at(p50), earliestMs: at(p10), latestMs: at(p90), samples };
}

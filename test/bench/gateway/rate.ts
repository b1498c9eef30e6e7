const rounds = 5;
const secondsEach = 0.4;

/** Executions a second of each engine, one after the other, in turns. */
export function executionsPerSecond(engines: ReadonlyMap<string, () => unknown>): Promise<Map<string, number>> {
  return medianInTurns(new Map([...engines].map(([name, execute]) => [name, () => during(execute)])));
}

/**
 * Takes each measure in turns, so that what else the machine does falls on all of them; gives the middle
 * one of the rounds, after a warm-up.
 */
export async function medianInTurns(measures: ReadonlyMap<string, () => Promise<number>>): Promise<Map<string, number>> {
  const taken = new Map([...measures.keys()].map((name): [string, number[]] => [name, []]));
  for (const measure of measures.values()) await measure();
  for (let round = 0; round < rounds; round++) for (const [name, measure] of measures) taken.get(name)!.push(await measure());
  return new Map([...taken].map(([name, each]) => [name, each.sort((a, b) => a - b)[Math.floor(rounds / 2)]!]));
}

async function during(execute: () => unknown): Promise<number> {
  const started = performance.now();
  let count = 0;
  while (performance.now() < started + secondsEach * 1000) {
    await execute();
    count++;
  }
  return (count * 1000) / (performance.now() - started);
}

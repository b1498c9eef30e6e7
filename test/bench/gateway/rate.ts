const rounds = 5;
const secondsEach = 0.4;

/**
 * Executions a second of each engine, one after the other: in turns, so that what else the machine does
 * falls on all of them; the middle one of the rounds, after a warm-up.
 */
export async function executionsPerSecond(engines: ReadonlyMap<string, () => unknown>): Promise<Map<string, number>> {
  const rates = new Map([...engines.keys()].map((name): [string, number[]] => [name, []]));
  for (const execute of engines.values()) await during(execute);
  for (let round = 0; round < rounds; round++) for (const [name, execute] of engines) rates.get(name)!.push(await during(execute));
  return new Map([...rates].map(([name, each]) => [name, each.sort((a, b) => a - b)[Math.floor(rounds / 2)]!]));
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

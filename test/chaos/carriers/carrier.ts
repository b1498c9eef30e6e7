import type { SimulatedCarrier } from '../../support/carriers/simulated.js';

// A carrier as a process of its own: what it costs is not taken from who accepts commands.
const [connector, seed] = process.argv.slice(2) as [string, string];
const { start } = (await import(`../../support/carriers/${connector}.js`)) as { start(options: { seed: number }): Promise<SimulatedCarrier> };
const { url, connection } = await start({ seed: Number(seed) });
console.log(JSON.stringify({ url, connection }));
process.on('disconnect', () => process.exit());

import { execute, parse, validate, type ExecutionResult } from 'graphql';
import { isDeepStrictEqual } from 'node:util';
import { compose } from '../../../src/gateway/compose.js';
import { Operations } from '../../../src/gateway/execute/operations.js';
import { fuse } from '../../../src/gateway/fuse.js';
import { fusedForGraphqlJs } from '../../support/fused-schema.js';
import { progress, type Measurement } from '../../support/measurements.js';
import { referenceGateways } from '../../support/reference-gateways.js';
import { executionsPerSecond } from './rate.js';
import { BoardContext, boardQuery, boardSubgraphs } from './subgraphs.js';

type Execute = (variables: Record<string, unknown>) => ExecutionResult | Promise<ExecutionResult>;

/** Least ratio to the best reference gateway, by rows. */
const aims: Readonly<Record<number, number>> = { 1: 30, 20: 10, 100: 10 };

/** Board queries a second in process: type-graphql resolvers, reference hops, loaders and scope checks; no HTTP, no database. */
export async function measureInProcess(): Promise<Measurement[]> {
  const engines = await allEngines();
  const results: Measurement[] = [];
  for (const first of [1, 20, 100]) {
    await checkAlike(engines, { first });
    const rates = await executionsPerSecond(new Map([...engines].map(([name, run]) => [name, () => run({ first })])));
    for (const [name, rate] of rates) progress(`${first} rows, ${name}: ${Math.round(rate)}/s`);
    results.push(...compared(first, rates));
  }
  return results;
}

/** @throws where two give different answers: then there is nothing to compare */
async function checkAlike(engines: ReadonlyMap<string, Execute>, variables: Record<string, unknown>): Promise<void> {
  let expected: unknown;
  for (const [name, run] of engines) {
    const answer: unknown = JSON.parse(JSON.stringify(await run(variables)));
    if (!isDeepStrictEqual(answer, (expected ??= answer))) throw new Error(`${name} answers the board query differently.`);
  }
}

async function allEngines(): Promise<Map<string, Execute>> {
  const subgraphs = await boardSubgraphs();
  const document = parse(boardQuery);
  const { schema, resolution } = fuse(subgraphs, compose(subgraphs).api);
  const faults = validate(schema, document);
  if (faults.length > 0) throw new AggregateError(faults, 'The board query is not valid.');
  const operations = new Operations(schema, resolution);
  const forGraphqlJs = fusedForGraphqlJs(subgraphs);
  const engines = new Map<string, Execute>([
    ['fused, compiled', (variableValues) => operations.execute({ document, variableValues, contextValue: new BoardContext() })],
    ['fused, graphql-js', (variableValues) => execute({ schema: forGraphqlJs, document, variableValues, contextValue: new BoardContext() }) as Promise<ExecutionResult>],
  ]);
  for (const { name, make } of referenceGateways) {
    const gateway = await make(subgraphs);
    if (gateway === null) progress(`${name} is not installed: its rows are left out`);
    else engines.set(name, (variables) => gateway({ query: boardQuery, document, variables, context: new BoardContext() }));
  }
  return engines;
}

function compared(rows: number, rates: ReadonlyMap<string, number>): Measurement[] {
  const ours = rates.get('fused, compiled')!;
  const references = [...rates].filter(([name]) => !name.startsWith('fused'));
  const best = references.sort(([, a], [, b]) => b - a)[0];
  const aim = aims[rows]!;
  const against = (name: string, rate: number) => ({ ratio: ours / rate, against: name });
  return [
    { name: `${rows} rows, fused, compiled`, value: ours, unit: 'requests/s', ...(best === undefined ? against('graphql-js on the same fused graph', rates.get('fused, graphql-js')!) : against(best[0], best[1])), aim: best === undefined ? null : `≥ ${aim} × the best reference gateway`, ok: best === undefined || ours >= aim * best[1] },
    ...[...rates].filter(([name]) => name !== 'fused, compiled').map(([name, rate]): Measurement => ({ name: `${rows} rows, ${name}`, value: rate, unit: 'requests/s', aim: null, ok: true })),
  ];
}

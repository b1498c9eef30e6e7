import fc from 'fast-check';
import { execute, NoUnusedFragmentsRule, NoUnusedVariablesRule, parse, specifiedRules, validate, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompiledOperation, compileOperation } from '../../../src/gateway/execute/compile.js';
import { GeneratedData } from './generated-data.js';
import { drawRequest, type GeneratedRequest } from './generated-query.js';
import { drawShape, executable, type Dice, type Draw } from './generated-schema.js';
import { Scheduler } from './scheduler.js';

const dice: Dice = {
  chance: (draw, percent) => draw(fc.nat, { max: 99 }) < percent,
  oneOf: (draw, values) => values[draw(fc.nat, { max: values.length - 1 })]!,
};

type Shape = ReturnType<typeof drawShape>;
/** Prepares a document for any number of executions. */
type Engine = (schema: GraphQLSchema, query: string) => (variables: Record<string, unknown>) => unknown;

/** Variables and fragments that are declared and not used change nothing. */
const rules = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule && rule !== NoUnusedFragmentsRule);
const context = { who: 'context' };
const root = { key: 'root value' };

const graphqlJs: Engine = (schema, query) => {
  const document = parse(query);
  return (variableValues) => execute({ schema, document, rootValue: root, contextValue: context, variableValues });
};

const ours: Engine = (schema, query) => {
  const operation = compileOperation(schema, parse(query));
  if (!(operation instanceof CompiledOperation)) throw new Error(JSON.stringify(operation));
  return (variables) => operation.execute({ root, context, variables });
};

/** Data with the order of its keys, and errors as a set. */
function shown({ data, errors }: ExecutionResult) {
  return { data: JSON.stringify(data), errors: (errors ?? []).map(({ message, path, locations }) => JSON.stringify([path, message, locations])).sort() };
}

/** What an engine answers, once for each set of variables, over data that are made anew for it. */
async function answers(shape: Shape, { query, variables }: GeneratedRequest, options: { seed: number; asynchrony: number; faults: number }, engine: Engine) {
  const scheduler = new Scheduler();
  const data = new GeneratedData({ ...options, scheduler, plain: shape.plain });
  const schema = executable(shape, data);
  data.schema = schema;
  const run = engine(schema, query);
  const given = [];
  for (const each of variables) {
    const result = run(each);
    const isAsync = typeof (result as PromiseLike<unknown>).then === 'function';
    await scheduler.drain(Promise.resolve(result));
    given.push({ isAsync, ...shown((await result) as ExecutionResult) });
  }
  return given;
}

describe('the compiled operation', () => {
  let unhandled = 0;
  const counted = () => void unhandled++;
  const others = process.listeners('unhandledRejection');
  // graphql-js leaves promises of a list unhandled when a later item throws; ours must not.
  beforeAll(() => {
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', counted);
  });
  afterAll(() => {
    process.removeListener('unhandledRejection', counted);
    for (const listener of others) process.on('unhandledRejection', listener);
  });

  const statistics = { cases: 0, valid: 0, withErrors: 0, withData: 0, async: 0 };

  async function compare(draw: Draw, asynchrony: number, faults: number): Promise<void> {
    const shape = drawShape(draw, dice);
    const options = { seed: draw(fc.nat), asynchrony, faults };
    const schema = executable(shape, new GeneratedData({ ...options, scheduler: new Scheduler(), plain: shape.plain }));
    const request = drawRequest(draw, dice, schema);
    const expected = await answers(shape, request, options, graphqlJs);
    unhandled = 0;
    expect(await answers(shape, request, options, ours)).toEqual(expected);
    expect(unhandled).toBe(0);
    if (validate(schema, parse(request.query), rules).length === 0) statistics.valid += expected.length;
    for (const { data, errors, isAsync } of expected) {
      statistics.cases++;
      if (errors.length > 0) statistics.withErrors++;
      if (data !== undefined && data.length > 40) statistics.withData++;
      if (isAsync) statistics.async++;
    }
  }

  const runs = Number(process.env.DIFFERENTIAL_RUNS ?? 400);
  it.each([
    ['nothing is amiss and nothing waits', 0, 0],
    ['some values are promises', 25, 0],
    ['some values are amiss', 0, 4],
    ['some values are promises and some amiss', 25, 4],
    ['much is amiss', 30, 15],
  ])('answers as graphql-js does, where %s', async (_what, asynchrony, faults) => {
    await fc.assert(fc.asyncProperty(fc.gen(), (draw) => compare(draw, asynchrony, faults)), { numRuns: runs, unbiased: true, endOnFailure: true });
  });

  it('was compared on documents that are mostly valid, many with data, many with errors', () => {
    expect(statistics.cases).toBe(15 * runs);
    expect(statistics.valid).toBeGreaterThan(statistics.cases / 5);
    expect(statistics.withData).toBeGreaterThan(statistics.cases / 5);
    expect(statistics.withErrors).toBeGreaterThan(statistics.cases / 5);
    expect(statistics.async).toBeGreaterThan(statistics.cases / 5);
  });
});

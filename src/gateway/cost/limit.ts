import { GraphQLError, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { GatehouseError } from '../../lib/errors.js';
import type { OperationArgs } from '../execute/operations.js';
import type { Graph } from '../graph.js';
import { costFormula, type Formula } from './formula.js';
import type { CostOf } from './weights.js';

export interface CostLimit {
  /** What one operation may cost at most; see `costsOf`. */
  maxCost: number;
}

/** The error of an operation that costs too much; none where it does not. */
export type CostCheck = (args: OperationArgs) => GraphQLError | undefined;

/** Checks operations of documents that are valid in the schema. What a document costs is worked out once. */
export function costCheck(schema: GraphQLSchema, costOf: CostOf, { maxCost }: CostLimit): CostCheck {
  const formulas = new WeakMap<DocumentNode, Map<string | null, Formula>>();
  return ({ document, operationName, variableValues }) => {
    let byOperation = formulas.get(document);
    if (byOperation === undefined) formulas.set(document, (byOperation = new Map()));
    const name = operationName ?? null;
    let formula = byOperation.get(name);
    if (formula === undefined) {
      formula = costFormula(schema, document, operationName, costOf);
      if (formula === undefined) return undefined; // no such operation: executing it says so
      byOperation.set(name, formula);
    }
    const cost = Math.min(typeof formula === 'number' ? formula : formula(variableValues ?? {}), Number.MAX_SAFE_INTEGER);
    if (cost <= maxCost) return undefined;
    const error = new GatehouseError('TOO_COSTLY', `This operation may cost ${cost}; ${maxCost} is the limit. Ask for smaller pages, or for fewer lists in one another.`, { figures: { cost, limit: maxCost } });
    return new GraphQLError(error.message, { originalError: error });
  };
}

type Execution = Pick<Graph, 'execute' | 'createSourceEventStream'>;

/** The same execution, with operations refused that cost too much. Events of a subscription were admitted with it. */
export function bounded(execution: Execution, schema: GraphQLSchema, costOf: CostOf, limit: CostLimit): Execution {
  const check = costCheck(schema, costOf, limit);
  const refused = (args: OperationArgs): ExecutionResult | undefined => {
    const error = check(args);
    return error === undefined ? undefined : { errors: [error] };
  };
  return {
    execute: (args) => (args.rootValue === undefined ? refused(args) : undefined) ?? execution.execute(args),
    createSourceEventStream: async (args) => refused(args) ?? execution.createSourceEventStream(args),
  };
}

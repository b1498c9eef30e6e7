import { GraphQLError, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { GatehouseError } from '../../lib/errors.js';
import { deprecatedIn, type Deprecated } from '../deprecations.js';
import type { OperationArgs } from '../execute/operations.js';
import type { Graph } from '../graph.js';
import { faultOfVariables } from '../limits.js';
import { costFormula, type Formula } from './formula.js';
import type { CostOf } from './weights.js';

export interface CostLimit {
  /** What one operation may cost at most; see `costsOf`. */
  maxCost: number;
}

/** An operation that is about to run. */
export interface AdmittedOperation {
  cost: number;
  /** What it uses that is deprecated. */
  deprecated: readonly Deprecated[];
}

/** What a context may offer: it is told of every operation before it runs, on whichever way it came. */
export interface AdmittingContext {
  /** @throws GatehouseError where it may not run now */
  admit?(operation: AdmittedOperation): void;
}

/** What is known of one operation of a document, whatever its variables. */
interface Known {
  formula: Formula;
  deprecated: readonly Deprecated[];
}

/** What is known of an operation; undefined where the document has none of this name: executing it says so. */
export type Inspect = (args: Pick<OperationArgs, 'document' | 'operationName'>) => Known | undefined;

/** Looks at operations of documents that are valid in the schema, once each. */
export function inspector(schema: GraphQLSchema, costOf: CostOf): Inspect {
  const documents = new WeakMap<DocumentNode, Map<string | null, Known>>();
  return ({ document, operationName }) => {
    let byOperation = documents.get(document);
    if (byOperation === undefined) documents.set(document, (byOperation = new Map()));
    const name = operationName ?? null;
    let known = byOperation.get(name);
    if (known === undefined) {
      const formula = costFormula(schema, document, operationName, costOf);
      if (formula === undefined) return undefined;
      byOperation.set(name, (known = { formula, deprecated: deprecatedIn(schema, document) }));
    }
    return known;
  };
}

type Execution = Pick<Graph, 'execute' | 'createSourceEventStream'>;

/**
 * The same execution, with operations refused that cost too much or that their context does not admit. Events of a
 * subscription were admitted with it. What is deprecated is named in the extensions of every result.
 */
export function bounded(execution: Execution, schema: GraphQLSchema, costOf: CostOf, { maxCost }: CostLimit): Execution {
  const inspect = inspector(schema, costOf);
  const refused = (args: OperationArgs, known: Known | undefined): ExecutionResult | undefined => {
    const error = known === undefined ? undefined : refusalOf(args, known, maxCost);
    return error === undefined ? undefined : { errors: [new GraphQLError(error.message, { originalError: error })] };
  };
  return {
    execute(args) {
      const known = inspect(args);
      const result = (args.rootValue === undefined ? refused(args, known) : undefined) ?? execution.execute(args);
      if (known === undefined || known.deprecated.length === 0) return result;
      return result instanceof Promise ? result.then((settled) => withNotice(settled, known.deprecated)) : withNotice(result, known.deprecated);
    },
    createSourceEventStream: async (args) => refused(args, inspect(args)) ?? execution.createSourceEventStream(args),
  };
}

/** Why an operation may not run; undefined where it may, and its context has counted it then. */
function refusalOf({ variableValues, contextValue }: OperationArgs, { formula, deprecated }: Known, maxCost: number): GatehouseError | undefined {
  const fault = faultOfVariables(variableValues);
  if (fault !== null) return new GatehouseError('BAD_INPUT', fault, { field: 'variables' });
  const cost = Math.min(typeof formula === 'number' ? formula : formula(variableValues ?? {}), Number.MAX_SAFE_INTEGER);
  if (cost > maxCost) return new GatehouseError('TOO_COSTLY', `This operation may cost ${cost}; ${maxCost} is the limit. Ask for smaller pages, or for fewer lists in one another.`, { figures: { cost, limit: maxCost } });
  try {
    (contextValue as AdmittingContext | undefined)?.admit?.({ cost, deprecated });
    return undefined;
  } catch (error) {
    if (error instanceof GatehouseError) return error;
    throw error;
  }
}

function withNotice(result: ExecutionResult, deprecations: readonly Deprecated[]): ExecutionResult {
  return { ...result, extensions: { ...result.extensions, deprecations } };
}

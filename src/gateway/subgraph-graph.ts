import type { ExecutionResult } from 'graphql';
import type { LocalSubgraph } from './compose.js';
import { costsOf } from './cost/weights.js';
import { bounded, type CostLimit } from './cost/limit.js';
import { Operations, type OperationArgs } from './execute/operations.js';
import { ownResolution } from './fusion/own-resolution.js';
import type { Graph } from './graph.js';
import { TracedExecution } from './traced-execution.js';

export interface SubgraphGraph extends Graph {
  /** The same with times of every field in `extensions.ftv1`; slower. The context is an object of this operation alone. */
  executeTraced(args: OperationArgs): ExecutionResult | Promise<ExecutionResult>;
}

/** One local subgraph on its own, for outside routers: `_service`, `_entities` and its own root fields, behind the same demands and limits. */
export function subgraphGraph({ schema, sdl }: LocalSubgraph, cost: CostLimit): SubgraphGraph {
  const resolution = ownResolution(schema);
  const operations = new Operations(schema, resolution);
  const traced = new TracedExecution(schema, resolution);
  const costs = costsOf([{ schema }]);
  const { execute: executeTraced } = bounded({ execute: (args) => traced.execute(args), createSourceEventStream: (args) => operations.createSourceEventStream(args) }, schema, costs, cost);
  return { schema, supergraph: sdl, ...bounded(operations, schema, costs, cost), executeTraced };
}

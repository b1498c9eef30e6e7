import type { LocalSubgraph } from './compose.js';
import { costsOf } from './cost/weights.js';
import { bounded, type CostLimit } from './cost/limit.js';
import { Operations } from './execute/operations.js';
import { ownResolution } from './fusion/own-resolution.js';
import type { Graph } from './graph.js';

/** One local subgraph on its own, for outside routers: `_service`, `_entities` and its own root fields, behind the same demands and limits. */
export function subgraphGraph(subgraph: LocalSubgraph, cost: CostLimit): Graph {
  const operations = new Operations(subgraph.schema, ownResolution(subgraph.schema));
  return { schema: subgraph.schema, supergraph: subgraph.sdl, ...bounded(operations, subgraph.schema, costsOf([subgraph]), cost) };
}

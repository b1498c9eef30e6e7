import { compose, type LocalSubgraph } from './compose.js';
import { costsOf } from './cost/weights.js';
import { bounded, type CostLimit } from './cost/limit.js';
import { Operations } from './execute/operations.js';
import { fuse, type FusedGraph } from './fuse.js';
import type { Graph } from './graph.js';

/** The local subgraphs as one graph. */
export interface LocalGraph extends Graph {
  /** SDL for clients. */
  api: string;
  subgraphs: readonly LocalSubgraph[];
  fused: FusedGraph;
  operations: Operations;
}

/** @throws Error where the subgraphs contradict each other or cannot be fused */
export function localGraph(subgraphs: readonly LocalSubgraph[], cost: CostLimit): LocalGraph {
  const { api, supergraph } = compose(subgraphs);
  const fused = fuse(subgraphs, api);
  const operations = new Operations(fused.schema, fused.resolution);
  const limited = bounded(operations, fused.schema, costsOf(subgraphs), cost);
  return { schema: fused.schema, supergraph, api, subgraphs, fused, operations, ...limited };
}


import { isObjectType, Kind, parse, type ExecutionResult } from 'graphql';
import type { Log } from '../../lib/log.js';
import { costsOf } from '../cost/weights.js';
import { bounded, type CostLimit } from '../cost/limit.js';
import { renewedEvents } from '../events.js';
import { Operations, type OperationArgs } from '../execute/operations.js';
import { argumentOf } from '../fusion/directives.js';
import { fusedSubgraph } from '../fusion/as-subgraph.js';

import { ownResolution } from '../fusion/own-resolution.js';
import type { Graph } from '../graph.js';
import type { LocalGraph } from '../local-graph.js';
import { composeSupergraph } from './compose.js';
import { askRemote } from './http.js';
import { localityOf } from './locality.js';
import { plannedGraph, subgraphNames, type PlannedGraph, type SubgraphExecutor } from './planned-graph.js';
import type { RemoteSettings, RemoteSubgraph } from './settings.js';

/** Name of the fused local subgraphs, as one, in a supergraph. */
export const fusedName = 'gatehouse';

/** What is read of a context here; the rest is handed on to the subgraphs. */
interface RemoteContext {
  correlationId?: string;
  /** Headers of the client's request, by name in lower case. */
  headers?: Readonly<Record<string, string | undefined>>;
}

export interface FederatedGraphOptions {
  log: Log;
  cost: CostLimit;
}

/**
 * The local graph together with remote subgraphs. Operations that the local graph alone can answer never
 * come to the planner.
 * @throws Error where they do not compose, or a remote subgraph is to give its SDL and does not
 */
export async function federatedGraph(local: LocalGraph, settings: RemoteSettings, options: FederatedGraphOptions): Promise<Graph> {
  const executors = new Map<string, SubgraphExecutor>(settings.subgraphs.map((remote) => [remote.name, remoteExecutor(remote, options.log)]));
  const fused = fusedSubgraph(local.subgraphs, local.api, local.fused);
  executors.set(fusedName, localExecutor(fused.operations));
  for (const { name, schema } of local.subgraphs) executors.set(name, localExecutor(new Operations(schema, ownResolution(schema))));
  const taken = settings.subgraphs.find(({ name }) => name === fusedName || local.subgraphs.some((own) => own.name === name));
  if (taken !== undefined) throw new Error(`A remote subgraph cannot be named ${taken.name}: one of ours is.`);

  const remotes = settings.supergraph === undefined ? await Promise.all(settings.subgraphs.map(async (remote) => ({ name: remote.name, url: remote.url, keepNonNull: remote.keepNonNull, sdl: remote.sdl ?? (await sdlOf(remote, options.log)) }))) : [];
  const own = local.subgraphs.length === 0 ? undefined : { name: fusedName, alsoNamed: local.subgraphs.map(({ name }) => name), sdl: fused.sdl, url: `http://localhost/subgraphs/${fusedName}` };
  const supergraph = settings.supergraph ?? composeSupergraph(own, remotes);
  const planned = plannedGraph(supergraph, executors, local.subgraphs.map(({ schema }) => schema));
  const ours = new Set([fusedName, ...local.subgraphs.map(({ name }) => name)]);
  const isLocal = localityOf({ schema: planned.schema, access: planned.access }, { schema: local.schema, access: local.fused.access }, takenOver(planned, supergraph, ours));
  const limited = bounded(
    {
      execute: (args) => (isLocal(args.document) ? local.operations.execute(args) : planned.operations.execute(args)),
      createSourceEventStream: (args) => (isLocal(args.document) ? local.operations.createSourceEventStream(args) : planned.operations.createSourceEventStream(args)),
    },
    planned.schema, costsOf([{ schema: planned.annotated }]), options.cost,
  );
  return { schema: planned.schema, supergraph, ...limited };
}

function remoteExecutor(remote: RemoteSubgraph, log: Log): SubgraphExecutor {
  return ({ query, variables, operationName, context }, operation): Promise<ExecutionResult> => {
    const { headers, correlationId } = (context ?? {}) as RemoteContext;
    if (operation === 'subscription') return Promise.reject(new Error(`Subscriptions of ${remote.name} are not served.`));
    return askRemote(remote, { query, variables, operationName, headers, correlationId }, log);
  };
}

function localExecutor(operations: Operations): SubgraphExecutor {
  return ({ document, variables, operationName, context }, operation) => {
    const args: OperationArgs = { document, variableValues: variables, operationName, contextValue: context };
    return operation === 'subscription' ? renewedEvents(operations, args) : operations.execute(args);
  };
}

/** @throws Error where it gives none */
async function sdlOf(remote: RemoteSubgraph, log: Log): Promise<string> {
  const { data, errors } = await askRemote(remote, { query: '{ _service { sdl } }' }, log);
  const sdl = (data as { _service?: { sdl?: unknown } } | null | undefined)?._service?.sdl;
  if (typeof sdl !== 'string') throw new Error(`The subgraph ${remote.name} does not give its SDL: ${errors?.[0]?.message ?? 'its answer has no _service.sdl'}`);
  return sdl;
}

/** `Type.field` of what is resolved by others only, though our own subgraphs declare it, and of types that others stand for. */
function takenOver({ annotated }: PlannedGraph, supergraph: string, ours: ReadonlySet<string>): Set<string> {
  const nameOf = subgraphNames(parse(supergraph));
  const found = new Set<string>();
  for (const type of Object.values(annotated.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const joins = (field.astNode?.directives ?? []).filter(({ name }) => name.value === 'join__field');
      if (joins.length === 0) continue;
      const resolving = joins.filter((join) => !isTrue(argumentOf(join, 'external')) && !isTrue(argumentOf(join, 'usedOverridden')));
      const graphs = resolving.flatMap((join) => {
        const graph = argumentOf(join, 'graph');
        return graph?.kind === Kind.ENUM ? [nameOf.get(graph.value.toUpperCase()) ?? ''] : [];
      });
      if (!graphs.some((graph) => ours.has(graph))) found.add(`${type.name}.${field.name}`);
    }
  }
  return found;
}

function isTrue(value: ReturnType<typeof argumentOf>): boolean {
  return value?.kind === Kind.BOOLEAN && value.value;
}


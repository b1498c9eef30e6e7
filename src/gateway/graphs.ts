import type { GraphQLSchema } from 'graphql';
import { ConfigError } from '../lib/config.js';
import type { Log } from '../lib/log.js';
import type { LocalSubgraph } from './compose.js';
import type { CostLimit } from './cost/limit.js';
import type { Graph } from './graph.js';
import { localGraph, type LocalGraph } from './local-graph.js';
import { watchFiles } from './remote/watch-files.js';
import type { RemoteSettings } from './remote/settings.js';

export interface GraphsOptions {
  log: Log;
  cost: CostLimit;
  /** File of remote subgraphs; undefined: ours alone. */
  remoteFile?: string;
}

/**
 * The graph that is served now. A new one takes its place when the remote subgraphs change; what began on an
 * older one ends on it, subscriptions too.
 */
export class Graphs {
  readonly local: LocalGraph;
  readonly #options: GraphsOptions;
  readonly #bySchema = new WeakMap<GraphQLSchema, Graph>();
  readonly #listeners = new Set<(graph: Graph) => void>();
  #current: Graph;
  #reading: Promise<void> = Promise.resolve();
  #stopWatching: () => void = () => {};
  #watched: readonly string[] = [];

  private constructor(local: LocalGraph, options: GraphsOptions) {
    this.local = local;
    this.#options = options;
    this.#current = local;
    this.#bySchema.set(local.schema, local);
  }

  /** @throws ConfigError where the first graph cannot be made: a process that begins without its remote subgraphs would hide that they are missing */
  static async open(subgraphs: readonly LocalSubgraph[], options: GraphsOptions): Promise<Graphs> {
    const graphs = new Graphs(localGraph(subgraphs, options.cost), options);
    if (options.remoteFile !== undefined) {
      graphs.#watch([options.remoteFile]);
      try {
        await graphs.#read(options.remoteFile);
      } catch (error) {
        graphs.close();
        throw new ConfigError(`GATEHOUSE_REMOTE_SUBGRAPHS, ${options.remoteFile}: ${(error as Error).message}`, { cause: error });
      }
    }
    return graphs;
  }

  get current(): Graph {
    return this.#current;
  }

  /** The graph that this schema is of: the one that an operation was validated against runs it. */
  of(schema: GraphQLSchema): Graph {
    return this.#bySchema.get(schema) ?? this.#current;
  }

  /** Called with every graph that takes the place of another. */
  onChange(listener: (graph: Graph) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the remote subgraphs anew. Where that fails the graph stays as it was, and the log says why. */
  reload(): Promise<void> {
    const file = this.#options.remoteFile;
    if (file === undefined) return Promise.resolve();
    this.#reading = this.#reading.then(() => this.#read(file)).then(
      () => this.#options.log.info({ file }, 'the remote subgraphs were read anew'),
      (error: unknown) => this.#options.log.error({ err: error, file }, 'the remote subgraphs could not be read anew; the graph stays as it was'),
    );
    return this.#reading;
  }

  close(): void {
    this.#stopWatching();
  }

  async #read(file: string): Promise<void> {
    // Loaded when there are any: the planner is larger than everything else here.
    const [{ readRemoteSettings }, { federatedGraph }] = await Promise.all([import('./remote/settings.js'), import('./remote/federated-graph.js')]);
    const settings: RemoteSettings = await readRemoteSettings(file);
    this.#watch(settings.files);
    const graph = await federatedGraph(this.local, settings, this.#options);
    this.#bySchema.set(graph.schema, graph);
    this.#current = graph;
    for (const listener of this.#listeners) listener(graph);
  }

  #watch(files: readonly string[]): void {
    if (files.join('\n') === this.#watched.join('\n')) return;
    this.#stopWatching();
    this.#watched = files;
    this.#stopWatching = watchFiles(files, () => void this.reload());
  }
}

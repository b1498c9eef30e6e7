import { parse, validate, type DocumentNode, type ExecutionResult } from 'graphql';
import type { LocalSubgraph } from './compose.js';
import { localGraph } from './local-graph.js';

/** The local subgraphs for what asks in this process, in somebody's name: rights hold as for clients, limits on cost and rate do not. */
export class InnerGraph {
  readonly #execute: ReturnType<typeof localGraph>['operations'];
  readonly #schema: ReturnType<typeof localGraph>['schema'];
  /** Few texts, written by us. */
  readonly #documents = new Map<string, DocumentNode>();

  constructor(subgraphs: readonly LocalSubgraph[]) {
    const { operations, schema } = localGraph(subgraphs, { maxCost: Infinity });
    [this.#execute, this.#schema] = [operations, schema];
  }

  /** @throws Error where the document is not valid: it is one of ours */
  async ask(text: string, variables: Readonly<Record<string, unknown>>, context: object): Promise<ExecutionResult> {
    let document = this.#documents.get(text);
    if (document === undefined) {
      document = parse(text);
      const [fault] = validate(this.#schema, document);
      if (fault !== undefined) throw fault;
      this.#documents.set(text, document);
    }
    return this.#execute.execute({ document, contextValue: context, variableValues: variables });
  }
}

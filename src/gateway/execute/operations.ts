import type { DocumentNode, ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql';
import { BoundedCache } from '../../lib/bounded-cache.js';
import { CompiledOperation, compileOperation } from './compile.js';
import { ownResolvers, type Resolution } from './resolution.js';

/** What is taken of graphql-js's arguments. */
export type OperationArgs = Pick<ExecutionArgs, 'document' | 'operationName' | 'rootValue' | 'contextValue' | 'variableValues'>;

/** Compiled documents that are kept. */
const maxDocuments = 1000;
/** Bytes that they may take, roughly. */
const maxBytes = 64 * 1024 * 1024;
/** A character of a document becomes about this many bytes of syntax tree; measured on a query of 330 characters. */
const bytesPerCharacter = 75;
/** A compiled field is about this many bytes of closures; measured on the same query, 31 fields. */
const bytesPerField = 1600;

type Compiled = Map<string | null, CompiledOperation>;

/** The operations of one schema, compiled when first seen. Takes the place of graphql-js's `execute`. */
export class Operations {
  readonly #schema: GraphQLSchema;
  readonly #resolution: Resolution;
  readonly #documents: BoundedCache<DocumentNode, { document: DocumentNode; compiled: Compiled }>;

  constructor(schema: GraphQLSchema, resolution: Resolution = ownResolvers, bounds: { maxEntries: number; maxWeight: number } = { maxEntries: maxDocuments, maxWeight: maxBytes }) {
    this.#schema = schema;
    this.#resolution = resolution;
    this.#documents = new BoundedCache({ ...bounds, weightOf: ({ document, compiled }) => bytesOf(document, compiled) });
  }

  /** Documents kept, and bytes that they take, roughly. */
  get kept(): { documents: number; bytes: number } {
    return { documents: this.#documents.size, bytes: this.#documents.weight };
  }

  execute(args: OperationArgs): ExecutionResult | Promise<ExecutionResult> {
    const operation = this.#compiled(args.document, args.operationName);
    return operation instanceof CompiledOperation ? operation.execute(inputOf(args)) : operation;
  }

  /** The events of a subscription, each to be executed with it as the root; or a result with errors. */
  async createSourceEventStream(args: OperationArgs): Promise<AsyncIterable<unknown> | ExecutionResult> {
    const operation = this.#compiled(args.document, args.operationName);
    return operation instanceof CompiledOperation ? operation.subscribe(inputOf(args)) : operation;
  }

  #compiled(document: DocumentNode, operationName: string | null | undefined): CompiledOperation | ExecutionResult {
    let entry = this.#documents.get(document);
    if (entry === undefined) this.#documents.set(document, (entry = { document, compiled: new Map() }));
    const name = operationName ?? null;
    let operation: CompiledOperation | ExecutionResult | undefined = entry.compiled.get(name);
    if (operation === undefined) {
      operation = compileOperation(this.#schema, document, operationName, this.#resolution);
      // Only names that the document has: any other would be kept for ever.
      if (operation instanceof CompiledOperation) entry.compiled.set(name, operation);
    }
    return operation;
  }
}

function bytesOf(document: DocumentNode, compiled: Compiled): number {
  let bytes = (document.loc?.end ?? 1000) * bytesPerCharacter;
  for (const operation of compiled.values()) bytes += operation.size * bytesPerField;
  return bytes;
}

function inputOf({ rootValue, contextValue, variableValues }: OperationArgs) {
  return { root: rootValue, context: contextValue, variables: variableValues as Record<string, unknown> | null | undefined };
}

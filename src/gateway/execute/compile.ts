import { getVariableValues, GraphQLError, Kind, OperationTypeNode, visit, type DocumentNode, type ExecutionResult, type FragmentDefinitionNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { Later } from './later.js';
import { executeSerially } from './object.js';
import { ownResolvers, type Resolution } from './resolution.js';
import { Run } from './run.js';
import { sourceEventStream } from './subscribe.js';
import { Variant, type CompileContext } from './variant.js';

export interface ExecutionInput {
  root?: unknown;
  context?: unknown;
  /** As the client sent them. */
  variables?: Record<string, unknown> | null | undefined;
}

/** Sets of values of conditional variables that are kept compiled. */
const maxVariants = 8;
/** Fields compiled in one variant before it is compiled anew, so that a document cannot grow without end. */
const maxFields = 20_000;
const maxCoercionErrors = 50;

/** An operation as a tree of closures; never code made from the client's text. */
export class CompiledOperation {
  readonly #context: CompileContext;
  readonly #conditional: readonly string[];
  readonly #variants = new Map<string, Variant>();

  /** Throws nothing: faults of an operation are told when it is executed, as graphql-js does. */
  constructor(context: CompileContext, document: DocumentNode) {
    this.#context = context;
    this.#conditional = conditionalVariables(document);
  }

  /** Fields compiled so far, in all variants. */
  get size(): number {
    let size = 0;
    for (const variant of this.#variants.values()) size += variant.size;
    return size;
  }

  /** What `execute` of graphql-js gives: a result, or a promise of one where a resolver gave a promise. */
  execute(input: ExecutionInput): ExecutionResult | Promise<ExecutionResult> {
    const run = this.#run(input);
    if (!(run instanceof Run)) return run;
    const fail = (error: unknown): ExecutionResult => {
      run.errors.add(error as GraphQLError, undefined);
      return response(run, null);
    };
    try {
      const data = this.#executeRoot(run);
      return data instanceof Later ? data.toPromise().then((settled) => response(run, settled), fail) : response(run, data);
    } catch (error) {
      return fail(error);
    }
  }

  /**
   * What `createSourceEventStream` of graphql-js gives: the source's events, or a result with errors. Each
   * event is then executed as the root.
   * @throws what is no GraphQLError
   */
  async subscribe(input: ExecutionInput): Promise<AsyncIterable<unknown> | ExecutionResult> {
    const run = this.#run(input);
    if (!(run instanceof Run)) return run;
    try {
      return await sourceEventStream(this.#context, run);
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  }

  #run({ root, context, variables }: ExecutionInput): Run | ExecutionResult {
    const { schema, operation } = this.#context;
    if (operation.variableDefinitions === undefined || operation.variableDefinitions.length === 0) return new Run(root, context, {});
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions, variables ?? {}, { maxErrors: maxCoercionErrors });
    return errors === undefined ? new Run(root, context, coerced) : { errors };
  }

  #executeRoot(run: Run): unknown {
    const { schema, operation } = this.#context;
    const type = schema.getRootType(operation.operation);
    if (type == null) throw new GraphQLError(`Schema is not configured to execute ${operation.operation} operation.`, { nodes: operation });
    const plan = this.#variant(run.variables).rootPlan(type, run);
    return operation.operation === OperationTypeNode.MUTATION ? executeSerially(plan, run, run.root) : plan.execute(run, run.root, undefined);
  }

  #variant(variables: Record<string, unknown>): Variant {
    const key = this.#conditional.map((name) => conditionKey(variables[name])).join('');
    let variant = this.#variants.get(key);
    if (variant === undefined || variant.size > maxFields) {
      if (this.#variants.size >= maxVariants) this.#variants.clear();
      this.#variants.set(key, (variant = new Variant(this.#context)));
    }
    return variant;
  }
}

/**
 * Compiles one operation of a document, which ought to be valid against the schema. The closures are made
 * as its selections are first executed.
 * @param operationName which one; may be left out where there is only one
 * @returns the operation, or the result with errors where the document has no such operation
 */
export function compileOperation(schema: GraphQLSchema, document: DocumentNode, operationName?: string | null, resolution: Resolution = ownResolvers): CompiledOperation | ExecutionResult {
  const fragments = Object.create(null) as Record<string, FragmentDefinitionNode>;
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
    else if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  }
  if (operationName == null && operations.length > 1) return { errors: [new GraphQLError('Must provide operation name if query contains multiple operations.')] };
  const operation = operationName == null ? operations[0] : operations.findLast((each) => each.name?.value === operationName);
  if (operation === undefined) return { errors: [new GraphQLError(operationName == null ? 'Must provide an operation.' : `Unknown operation named "${operationName}".`)] };
  return new CompiledOperation({ schema, resolution, operation, fragments }, document);
}

function response(run: Run, data: unknown): ExecutionResult {
  const errors = run.errors.list;
  return (errors === undefined ? { data } : { errors, data }) as ExecutionResult;
}

/** Variables that decide what is selected, wherever in the document. */
function conditionalVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given }) {
      if (name.value !== 'skip' && name.value !== 'include') return;
      for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

function conditionKey(value: unknown): string {
  if (value === true) return 't';
  if (value === false) return 'f';
  return value === null ? 'n' : value === undefined ? 'u' : 'o';
}

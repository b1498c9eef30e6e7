import { defaultFieldResolver, type ExecutionResult, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { isThenable } from './execute/run.js';
import { Operations, type OperationArgs } from './execute/operations.js';
import type { Resolution } from './execute/resolution.js';
import { FieldTrace } from './field-trace.js';

type Resolve = GraphQLFieldResolver<unknown, unknown>;

/**
 * Executes with a trace of every field in `extensions.ftv1`. Its operations are compiled apart, with resolvers
 * that keep the time, so that all others know nothing of it.
 */
export class TracedExecution {
  readonly #operations: Operations;
  readonly #traces = new WeakMap<object, FieldTrace>();

  constructor(schema: GraphQLSchema, resolution: Resolution) {
    this.#operations = new Operations(schema, {
      ...resolution,
      field: (type, field, origin) => {
        const found = resolution.field(type, field, origin);
        return { ...found, resolve: this.#timed(found.resolve ?? defaultFieldResolver) };
      },
    });
  }

  /** @param args.contextValue an object of this one operation: its trace is known by it */
  async execute(args: OperationArgs): Promise<ExecutionResult> {
    const trace = new FieldTrace();
    this.#traces.set(args.contextValue as object, trace);
    const result = await this.#operations.execute(args);
    return { ...result, extensions: { ...result.extensions, ftv1: trace.end(result) } };
  }

  #timed(resolve: Resolve): Resolve {
    return (source, args, context, info) => {
      const end = this.#traces.get(context as object)!.begin(info);
      try {
        // Every field has a resolver here, so which fields are read as properties cannot be told: all may be.
        const value: unknown = resolve(source, args, context, { ...info, fieldsRead: undefined } as typeof info);
        if (isThenable(value)) value.then(end, end);
        else end();
        return value;
      } catch (error) {
        end();
        throw error;
      }
    };
  }
}

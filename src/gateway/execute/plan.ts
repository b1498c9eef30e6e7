import type { FieldNode, FragmentDefinitionNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Origin, Resolution } from './resolution.js';
import type { Path, Run } from './run.js';

/** One field of a selection: gives its completed value, now or later (`Later`). */
export interface FieldPlan {
  /** Response key. */
  readonly key: string;
  /**
   * @param hops what hops from this object gave so far, by number; undefined where the selection takes none
   * @throws GraphQLError with its path, where the field is non-null and failed
   */
  execute(run: Run, source: unknown, parentPath: Path | undefined, hops: unknown[] | undefined): unknown;
}

/** A selection on one object type: all of its fields, merged. */
export interface ObjectPlan {
  readonly fields: readonly FieldPlan[];
  /** How many hops its fields take. */
  readonly hops: number;
  /** The response object; later (`Later`) where one of its fields is. */
  execute(run: Run, source: unknown, path: Path | undefined): unknown;
}

/** What closures ask back when a type is met for the first time. */
export interface Planner {
  readonly schema: GraphQLSchema;
  readonly resolution: Resolution;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  /** What the field nodes select of an object type; made when first asked for. */
  plan(type: GraphQLObjectType, origin: Origin, nodes: readonly FieldNode[], run: Run): ObjectPlan;
  /** A number for a field's arguments, its own within the operation. */
  nextField(): number;
}

/** A field where a selection has it. */
export interface Site {
  readonly parent: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly key: string;
  readonly nodes: FieldNode[];
}

/** What a resolver is told of where it stands. */
export function infoOf(planner: Pick<Planner, 'schema' | 'operation' | 'fragments'>, { parent, field, nodes }: Site, run: Run, path: Path): GraphQLResolveInfo {
  return {
    fieldName: field.name, fieldNodes: nodes, returnType: field.type, parentType: parent, path,
    schema: planner.schema, fragments: planner.fragments, rootValue: run.root, operation: planner.operation, variableValues: run.variables,
  };
}

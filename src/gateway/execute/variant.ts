import type { FieldNode, FragmentDefinitionNode, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode, SelectionSetNode } from 'graphql';
import { collectFields } from './collect.js';
import { compileField } from './field.js';
import { compileObject } from './object.js';
import type { ObjectPlan, Planner } from './plan.js';
import type { Hop, Origin, Resolution } from './resolution.js';
import type { Run } from './run.js';

export interface CompileContext {
  schema: GraphQLSchema;
  resolution: Resolution;
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
}

/**
 * One operation under one set of values for the variables of its `@skip` and `@include`: what it selects
 * is then known. A selection is compiled when an object of its type is met for the first time, and once
 * for each set of nodes: fragments that spread each other twice cost no more than they are long.
 */
export class Variant implements Planner {
  readonly schema: GraphQLSchema;
  readonly resolution: Resolution;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  readonly #plans = new Map<string, ObjectPlan>();
  readonly #numbers = new Map<FieldNode, number>();
  #fieldCount = 0;
  #numbered = 0;

  constructor({ schema, resolution, operation, fragments }: CompileContext) {
    this.schema = schema;
    this.resolution = resolution;
    this.operation = operation;
    this.fragments = fragments;
  }

  /** Fields compiled so far. */
  get size(): number {
    return this.#fieldCount;
  }

  nextField(): number {
    return this.#numbered++;
  }

  /** @throws GraphQLError where a condition has no value */
  rootPlan(type: GraphQLObjectType, run: Run): ObjectPlan {
    return this.#planOnce(`${type.name}`, type, undefined, () => [this.operation.selectionSet], run);
  }

  plan(type: GraphQLObjectType, origin: Origin, nodes: readonly FieldNode[], run: Run): ObjectPlan {
    const key = `${type.name} ${origin ?? ''} ${nodes.map((node) => this.#numberOf(node)).join()}`;
    return this.#planOnce(key, type, origin, () => nodes.flatMap((node) => node.selectionSet ?? []), run);
  }

  #planOnce(key: string, type: GraphQLObjectType, origin: Origin, sets: () => readonly SelectionSetNode[], run: Run): ObjectPlan {
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      const hops: Hop[] = [];
      const numberOf = (hop: Hop) => (hops.includes(hop) ? hops.indexOf(hop) : hops.push(hop) - 1);
      const collected = collectFields({ schema: this.schema, fragments: this.fragments, variables: run.variables }, type, sets());
      const fields = [...collected].flatMap(([name, nodes]) => compileField(this, type, origin, name, nodes, numberOf) ?? []);
      plan = compileObject(fields, hops.length);
      this.#fieldCount += fields.length;
      this.#plans.set(key, plan);
    }
    return plan;
  }

  #numberOf(node: FieldNode): number {
    let number = this.#numbers.get(node);
    if (number === undefined) this.#numbers.set(node, (number = this.#numbers.size));
    return number;
  }
}

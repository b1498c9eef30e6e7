import { getNamedType, isCompositeType, isNonNullType, Kind, print, type GraphQLObjectType, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';
import type { Hop } from '../execute/resolution.js';
import { isThenable } from '../execute/run.js';
import { GatehouseError } from '../../lib/errors.js';
import type { FederatedGraph } from './graph.js';
import { compileRepresentation, type FederatedField, type FieldOf, type Read } from './representation.js';

type ResolveReference = (reference: Record<string, unknown>, context: unknown, info: GraphQLResolveInfo) => unknown;

/** Next subgraph on a way, and the key by which it is asked. */
interface Step {
  to: string;
  key: SelectionSetNode;
}

/**
 * Where each field of an object is found, given the subgraph that made the object: in that subgraph where
 * it owns the field, else in an owner that its keys lead to.
 */
export class FieldPlanner {
  readonly #graph: FederatedGraph;
  readonly #fields = new Map<string, FederatedField>();
  readonly #hops = new Map<string, Hop>();

  constructor(graph: FederatedGraph) {
    this.#graph = graph;
  }

  /**
   * @param origin the subgraph that made the object
   * @throws Error where no key leads to an owner
   */
  readonly fieldOf = (typeName: string, fieldName: string, origin: string): FederatedField => {
    const name = `${typeName}.${fieldName} ${origin}`;
    let field = this.#fields.get(name);
    if (field === undefined) this.#fields.set(name, (field = this.#find(typeName, fieldName, origin)));
    return field;
  };

  /** A field of a root type: its first owner, wherever the parent came from. */
  rootField(typeName: string, fieldName: string, mutationType?: string): FederatedField {
    const [owner, other] = this.#graph.declarations(typeName, fieldName).filter(({ field }) => field.isOwned);
    if (owner === undefined) throw new Error(`No subgraph resolves ${typeName}.${fieldName}.`);
    if (other !== undefined && typeName === mutationType) throw new Error(`${typeName}.${fieldName} is in the subgraphs ${owner.subgraph} and ${other.subgraph}: which of them is to do it depends on what is asked of the result, and fusing that is not supported.`);
    const { field } = owner.field;
    return { resolve: field.resolve, subscribe: field.subscribe, type: field.type, origin: owner.subgraph, definition: field };
  }

  #find(typeName: string, fieldName: string, origin: string): FederatedField {
    const own = this.#graph.type(origin, typeName)?.fields.get(fieldName);
    const isReference = this.#graph.isReference(origin);
    // Of a reference's objects no more is known than the key has.
    if (isReference && own !== undefined && !isCompositeType(getNamedType(own.field.type))) return this.#told(typeName, fieldName, origin);
    if (!isReference && own?.isTold && (own.isOwned || !this.#isOverridden(typeName, fieldName, origin))) return { resolve: own.field.resolve, type: own.field.type, origin, definition: own.field };
    const owners = this.#graph.declarations(typeName, fieldName).filter(({ field }) => field.isOwned);
    const routes = owners.flatMap((owner) => {
      const route = this.#route(typeName, origin, owner.subgraph, owner.field.requires !== undefined);
      return route === undefined ? [] : [{ owner, route }];
    });
    const nearest = routes.sort((a, b) => a.route.length - b.route.length)[0];
    if (nearest === undefined) throw new Error(owners.length === 0 ? `No subgraph resolves ${typeName}.${fieldName}.` : `No @key leads from ${typeName} in subgraph ${origin} to ${owners.map(({ subgraph }) => subgraph).join(' or ')}, which resolves ${typeName}.${fieldName}.`);
    const { owner, route } = nearest;
    const { field, requires } = owner.field;
    return { resolve: field.resolve, type: field.type, origin: owner.subgraph, definition: field, hop: this.#hop(typeName, origin, route, requires, isReference && isNonNullType(field.type)) };
  }

  /** As `fieldOf`, for a reference's own key: what a reference holds is taken from it. */
  readonly #told: FieldOf = (typeName, fieldName, origin) => {
    const own = this.#graph.isReference(origin) ? this.#graph.type(origin, typeName)?.fields.get(fieldName) : undefined;
    return own === undefined ? this.fieldOf(typeName, fieldName, origin) : { resolve: undefined, type: own.field.type, origin, definition: own.field };
  };

  /** Another subgraph took the field over: what this one says of it counts for keys alone. */
  #isOverridden(typeName: string, fieldName: string, origin: string): boolean {
    return this.#graph.declarations(typeName, fieldName).some(({ subgraph, field }) => subgraph !== origin && field.isOwned) && !this.#isKeyOf(typeName, fieldName, origin);
  }

  #isKeyOf(typeName: string, fieldName: string, subgraph: string): boolean {
    return this.#graph.type(subgraph, typeName)!.keys.some((key) => key.selections.some((selection) => selection.kind === Kind.FIELD && selection.name.value === fieldName));
  }

  /** Fewest steps from one subgraph to another, each by a key that the objects of the one before can tell. */
  #route(typeName: string, from: string, to: string, mustLeave: boolean): Step[] | undefined {
    if (from === to) {
      const key = mustLeave ? this.#keyInto(typeName, from, to) : undefined;
      return key === undefined ? undefined : [{ to, key }];
    }
    const visited = new Set([from]);
    let reached: Array<{ at: string; steps: Step[] }> = [{ at: from, steps: [] }];
    while (reached.length > 0) {
      const further: typeof reached = [];
      for (const { at, steps } of reached) {
        for (const next of this.#graph.subgraphs.keys()) {
          const key = visited.has(next) ? undefined : this.#keyInto(typeName, at, next);
          if (key === undefined) continue;
          visited.add(next);
          further.push({ at: next, steps: [...steps, { to: next, key }] });
        }
      }
      const arrived = further.find(({ at }) => at === to);
      if (arrived !== undefined) return arrived.steps;
      reached = further;
    }
    return undefined;
  }

  #keyInto(typeName: string, from: string, to: string): SelectionSetNode | undefined {
    return this.#graph.type(to, typeName)?.keys.find((key) => this.#canTell(typeName, from, key));
  }

  #canTell(typeName: string, subgraph: string, set: SelectionSetNode): boolean {
    const type = this.#graph.type(subgraph, typeName);
    return type !== undefined && set.selections.every((selection) => {
      if (selection.kind !== Kind.FIELD) return false;
      if (selection.name.value === '__typename') return true;
      const field = type.fields.get(selection.name.value);
      if (field === undefined || !field.isTold) return false;
      return selection.selectionSet === undefined || this.#canTell(getNamedType(field.field.type).name, subgraph, selection.selectionSet);
    });
  }

  /** @param mustExist whether an entity that its owner does not know fails, instead of being null */
  #hop(typeName: string, origin: string, route: readonly Step[], requires: SelectionSetNode | undefined, mustExist = false): Hop {
    const name = JSON.stringify([typeName, origin, route.map(({ to, key }) => [to, print(key)]), requires === undefined ? null : print(requires), mustExist]);
    let hop = this.#hops.get(name);
    if (hop === undefined) this.#hops.set(name, (hop = mustExist ? existing(this.#hop(typeName, origin, route, requires)) : this.#makeHop(typeName, origin, route, requires)));
    return hop;
  }

  #makeHop(typeName: string, origin: string, route: readonly Step[], requires: SelectionSetNode | undefined): Hop {
    const { to, key } = route.at(-1)!;
    const [from, before] = route.length === 1 ? [origin, undefined] : [route.at(-2)!.to, this.#hop(typeName, origin, route.slice(0, -1), undefined)];
    const { type } = this.#graph.type(to, typeName)!;
    const resolveReference = resolveReferenceOf(type);
    const told = requires === undefined ? key : merged(key, requires);
    const checked = (entity: unknown) => {
      if (entity instanceof Error) throw entity;
      return entity ?? null;
    };
    const resolve: Read = (reference, context, info) => {
      const entity = resolveReference(reference as Record<string, unknown>, context, info);
      return isThenable(entity) ? entity.then(checked) : checked(entity);
    };
    let represent: Read | undefined; // when first used: field sets may lead back here
    const refer: Read = (object, context, info) => {
      if (object == null) return null;
      represent ??= compileRepresentation(this.#told, told, typeName, from);
      const reference = represent(object, context, info);
      return isThenable(reference) ? reference.then((settled) => resolve(settled, context, info)) : resolve(reference, context, info);
    };
    if (before === undefined) return { reads: namesOf(told), resolve: refer };
    return {
      reads: before.reads,
      resolve(parent, context, info) {
        const object = before.resolve(parent, context, info);
        return isThenable(object) ? object.then((settled) => refer(settled, context, info)) : refer(object, context, info);
      },
    };
  }
}

/** A reference from outside may name what nobody knows, or what this token may not see. */
function existing(hop: Hop): Hop {
  const checked = (entity: unknown) => {
    if (entity == null) throw new GatehouseError('NOT_FOUND');
    return entity;
  };
  return {
    reads: hop.reads,
    resolve(parent, context, info) {
      const entity = hop.resolve(parent, context, info);
      return isThenable(entity) ? entity.then(checked) : checked(entity);
    },
  };
}

/** As `_entities` has it: without a reference resolver, the reference is the object. */
function resolveReferenceOf(type: GraphQLObjectType): ResolveReference {
  const extensions = type.extensions as { apollo?: { subgraph?: { resolveReference?: ResolveReference } } };
  return extensions.apollo?.subgraph?.resolveReference ?? ((reference) => reference);
}

function namesOf({ selections }: SelectionSetNode): string[] {
  return selections.flatMap((selection) => (selection.kind === Kind.FIELD ? [selection.name.value] : []));
}

/** Fields of both sets, nested ones merged. */
function merged(a: SelectionSetNode, b: SelectionSetNode): SelectionSetNode {
  const fields = new Map(a.selections.map((selection) => [selection.kind === Kind.FIELD ? selection.name.value : '', selection]));
  for (const selection of b.selections) {
    if (selection.kind !== Kind.FIELD) continue;
    const same = fields.get(selection.name.value);
    const nested = same?.kind === Kind.FIELD && same.selectionSet !== undefined && selection.selectionSet !== undefined ? { ...selection, selectionSet: merged(same.selectionSet, selection.selectionSet) } : selection;
    fields.set(selection.name.value, nested);
  }
  return { kind: Kind.SELECTION_SET, selections: [...fields.values()] };
}

import { getNamedType, isUnionType, Kind, type ConstDirectiveNode, type GraphQLField, type GraphQLSchema } from 'graphql';
import { argumentOf, directivesNamed, type Annotated } from '../fusion/directives.js';

/** Subgraphs that may have made an object, and which types of a union all of them know. */
export interface Makers {
  graphs: readonly string[];
  /** Undefined where they agree. */
  common?: readonly string[];
}

/**
 * Who may resolve a field of an object. An entity can be asked of any subgraph that resolves the field; what
 * is none comes from whoever made its parent.
 *
 * Where those know different members of the field's union, which of them is asked must not show: of members
 * that not all of them know only `__typename` is told, as federated routers do.
 * @param annotated the supergraph, with its join directives
 * @param parent who may have made the object; undefined: everybody
 */
export function makersOf(annotated: GraphQLSchema, typeName: string, field: GraphQLField<unknown, unknown>, parent: Makers | undefined): Makers {
  const type = annotated.getType(typeName);
  const own = type !== undefined && 'getFields' in type ? type.getFields()[field.name] : undefined;
  if (type === undefined || own === undefined) return { graphs: [] };
  const joins = directivesNamed(own, 'join__field').filter((join) => argumentOf(join, 'external') === undefined && argumentOf(join, 'graph') !== undefined);
  const resolving = graphsIn(joins.length > 0 ? joins : directivesNamed(type, 'join__type'));
  const isEntity = directivesNamed(type, 'join__type').some((join) => argumentOf(join, 'key') !== undefined);
  const near = isEntity ? resolving : resolving.filter((graph) => parent === undefined || parent.graphs.includes(graph));
  const graphs = near.length > 0 ? near : resolving;
  const common = commonMembers(annotated.getType(getNamedType(field.type).name), graphs);
  return { graphs, ...(common === undefined ? {} : { common }) };
}

function commonMembers(union: unknown, graphs: readonly string[]): string[] | undefined {
  if (!isUnionType(union) || graphs.length < 2) return undefined;
  const joins = directivesNamed(union as Annotated, 'join__unionMember');
  const known = graphs.map((graph) => joins.filter((join) => graphIn(join) === graph).flatMap((join) => textIn(join, 'member')));
  const common = union.getTypes().map(({ name }) => name).filter((member) => known.every((each) => each.includes(member)));
  return known.some((each) => each.length !== common.length) ? common : undefined;
}

function graphsIn(joins: readonly ConstDirectiveNode[]): string[] {
  return [...new Set(joins.flatMap((join) => graphIn(join) ?? []))];
}

function graphIn(join: ConstDirectiveNode): string | undefined {
  const graph = argumentOf(join, 'graph');
  return graph?.kind === Kind.ENUM ? graph.value : undefined;
}

function textIn(join: ConstDirectiveNode, name: string): string[] {
  const value = argumentOf(join, name);
  return value?.kind === Kind.STRING ? [value.value] : [];
}

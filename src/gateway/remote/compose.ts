import { composeServices, compositionHasErrors } from '@theguild/federation-composition';
import { Kind, parse, visit, type ConstDirectiveNode, type ConstValueNode, type DocumentNode, type FieldDefinitionNode, type ObjectTypeDefinitionNode, type ObjectTypeExtensionNode, type TypeNode } from 'graphql';
import { fieldSetOf } from '../fusion/directives.js';

/** A subgraph as composition takes it. */
export interface ComposedSubgraph {
  name: string;
  sdl: string;
  url: string;
  /** Names that `@override(from:)` may call it by. */
  alsoNamed?: readonly string[];
  /** Whether what it alone gives stays non-null where its SDL says so. */
  keepNonNull?: boolean;
}

/**
 * The supergraph of ours and the remote subgraphs. What a remote one alone gives at the roots, and what it
 * alone adds to entities of others, is nullable in it, whatever its SDL says: an outage there must not null
 * what others know.
 * @throws Error with every reason why they do not compose
 */
export function composeSupergraph(own: ComposedSubgraph | undefined, remotes: readonly ComposedSubgraph[]): string {
  const parsed = [...(own === undefined ? [] : [own]), ...remotes].map(({ name, sdl, url, keepNonNull }) => ({ name, url, keepNonNull, typeDefs: name === own?.name ? parse(sdl) : overridingOurs(parse(sdl), own) }));
  const services = parsed.map((service) => (service.name === own?.name || service.keepNonNull === true ? service : { ...service, typeDefs: nullableAcross(service.name, service.typeDefs, declaredIn(parsed.filter((other) => other !== service).map(({ typeDefs }) => typeDefs))) }));
  const result = composeServices(services);
  if (compositionHasErrors(result)) throw new Error(`The subgraphs do not compose:\n${result.errors.map((error) => `- ${error.message}`).join('\n')}`);
  return result.supergraphSdl;
}

/** What takes a field over from one of our subgraphs takes it over from all of ours, which are one here. */
function overridingOurs(document: DocumentNode, own: ComposedSubgraph | undefined): DocumentNode {
  return visit(document, {
    Directive(directive) {
      if (directive.name.value !== 'override' && directive.name.value !== 'federation__override') return undefined;
      const rename = (from: ConstValueNode): ConstValueNode => (from.kind === Kind.STRING && own?.alsoNamed?.includes(from.value) === true ? { ...from, value: own.name } : from);
      return { ...directive, arguments: directive.arguments?.map((argument) => (argument.name.value === 'from' ? { ...argument, value: rename(argument.value as ConstValueNode) } : argument)) };
    },
  });
}

const isObject = (node: { kind: string }): node is ObjectTypeDefinitionNode | ObjectTypeExtensionNode => node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION;

/** `Type` and `Type.field` of every object type and interface. */
function declaredIn(documents: readonly DocumentNode[]): ReadonlySet<string> {
  const definitions = documents.flatMap(({ definitions: each }) => each);
  return new Set(definitions.flatMap((definition) => ('fields' in definition ? [definition.name.value, ...(definition.fields ?? []).map((field) => `${definition.name.value}.${field.name.value}`)] : [])));
}

/**
 * @param elsewhere what other subgraphs declare: a field of theirs has their type
 * @throws Error where it has subscriptions: events come from our own log only
 */
function nullableAcross(name: string, document: DocumentNode, elsewhere: ReadonlySet<string>): DocumentNode {
  const roots = rootNames(document);
  const own = declaredIn([document]);
  const withKey = new Map<string, Set<string>>();
  for (const definition of document.definitions) {
    if (!isObject(definition)) continue;
    if (definition.name.value === roots.subscription && (definition.fields?.length ?? 0) > 0) throw new Error(`The subgraph ${name} has subscriptions, which are not served for remote subgraphs. Take them out of its SDL.`);
    const keys = definition.directives?.filter((directive) => directive.name.value === 'key' || directive.name.value === 'federation__key') ?? [];
    for (const key of keys) withKey.set(definition.name.value, new Set([...(withKey.get(definition.name.value) ?? []), ...topFields(key)]));
  }
  return visit(document, {
    enter(node) {
      if (!isObject(node)) return undefined;
      const isRoot = node.name.value === roots.query || node.name.value === roots.mutation;
      const key = withKey.get(node.name.value);
      if (!isRoot && (key === undefined || !elsewhere.has(node.name.value))) return undefined;
      const ofInterface = (field: FieldDefinitionNode) => node.interfaces?.some((each) => own.has(`${each.name.value}.${field.name.value}`)) ?? false;
      const mayFail = (field: FieldDefinitionNode) => !field.name.value.startsWith('_') && !(key?.has(field.name.value) ?? false) && !elsewhere.has(`${node.name.value}.${field.name.value}`) && !ofInterface(field);
      return { ...node, fields: node.fields?.map((field) => (mayFail(field) ? { ...field, type: nullable(field.type) } : field)) };
    },
  });
}

function nullable(type: TypeNode): TypeNode {
  return type.kind === Kind.NON_NULL_TYPE ? type.type : type;
}

function topFields(key: ConstDirectiveNode): string[] {
  return (fieldSetOf(key)?.selections ?? []).flatMap((selection) => (selection.kind === Kind.FIELD ? [selection.name.value] : []));
}

function rootNames(document: DocumentNode): { query: string; mutation: string; subscription: string } {
  const names = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const { operation, type } of definition.operationTypes ?? []) names[operation] = type.name.value;
  }
  return names;
}

import { getNamedType, isAbstractType, isCompositeType, isSpecifiedScalarType, Kind, TypeInfo, visit, visitWithTypeInfo, BREAK, typeFromAST, type DocumentNode, type GraphQLNamedType, type GraphQLSchema } from 'graphql';
import type { FieldAccess } from '../fusion/access.js';

/** One of two graphs that are held against each other. */
interface Side {
  schema: GraphQLSchema;
  access: FieldAccess;
}

/**
 * Tells operations that the local graph alone answers as the whole graph would: every field is there with
 * the same type, arguments and demands, and stands in for nobody else's.
 * @param takenOver `Type.field` of what a remote subgraph took over from ours
 */
export function localityOf(whole: Side, local: Side, takenOver: ReadonlySet<string>): (document: DocumentNode) => boolean {
  const known = new WeakMap<DocumentNode, boolean>();
  const fields = new Map<string, boolean>();

  function isLocalField(type: GraphQLNamedType, name: string): boolean {
    const place = `${type.name}.${name}`;
    let isLocal = fields.get(place);
    if (isLocal === undefined) fields.set(place, (isLocal = compare(type.name, name) && implementersOf(type).every((each) => compare(each, name))));
    return isLocal;
  }

  /** Of an interface: its field may be somebody else's on some of its types. */
  function implementersOf({ name }: GraphQLNamedType): string[] {
    const here = local.schema.getType(name);
    return isAbstractType(here) ? local.schema.getPossibleTypes(here).map((type) => type.name) : [];
  }

  function compare(typeName: string, name: string): boolean {
    if (takenOver.has(`${typeName}.${name}`)) return false;
    const [there, here] = [fieldIn(whole.schema, typeName, name), fieldIn(local.schema, typeName, name)];
    if (there === undefined || here === undefined || String(there.type) !== String(here.type)) return false;
    if (there.args.some((argument) => String(here.args.find((own) => own.name === argument.name)?.type) !== String(argument.type))) return false;
    return whole.access.textOf({ name: typeName }, there) === local.access.textOf({ name: typeName }, here);
  }

  /** Whether the condition picks the same of our own types in both: a remote subgraph may say more of what they implement. */
  function isLocalCondition(name: string): boolean {
    const [there, here] = [whole.schema.getType(name), local.schema.getType(name)];
    if (here === undefined) return false;
    if (!isAbstractType(there) || !isAbstractType(here)) return true;
    const own = new Set(local.schema.getPossibleTypes(here).map((type) => type.name));
    return whole.schema.getPossibleTypes(there).every((type) => own.has(type.name) || local.schema.getType(type.name) === undefined);
  }

  function isLocal(document: DocumentNode): boolean {
    let answer = true;
    const types = new TypeInfo(whole.schema);
    const no = () => {
      answer = false;
      return BREAK;
    };
    visit(document, visitWithTypeInfo(types, {
      Field(node) {
        const parent = types.getParentType();
        if (node.name.value === '__typename') return undefined;
        return parent == null || node.name.value.startsWith('__') || !isLocalField(parent, node.name.value) ? no() : undefined;
      },
      FragmentDefinition: ({ typeCondition }) => (isLocalCondition(typeCondition.name.value) ? undefined : no()),
      InlineFragment: ({ typeCondition }) => (typeCondition === undefined || isLocalCondition(typeCondition.name.value) ? undefined : no()),
      VariableDefinition({ type }) {
        const there = getNamedType(typeFromAST(whole.schema, type as never));
        return there === undefined || (!isSpecifiedScalarType(there) && local.schema.getType(there.name) === undefined) ? no() : undefined;
      },
    }));
    return answer;
  }

  return (document) => {
    let answer = known.get(document);
    if (answer === undefined) known.set(document, (answer = document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION) && isLocal(document)));
    return answer;
  };
}

function fieldIn(schema: GraphQLSchema, typeName: string, name: string) {
  const type = schema.getType(typeName);
  return isCompositeType(type) && 'getFields' in type ? type.getFields()[name] : undefined;
}

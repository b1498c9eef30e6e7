import {
  getNamedType, getNullableType, isEnumType, isInputObjectType, isInterfaceType, isLeafType, isListType, isNonNullType, isObjectType, isUnionType,
  type GraphQLField, type GraphQLInputType, type GraphQLNamedType, type GraphQLObjectType, type GraphQLSchema,
} from 'graphql';

/** Values for arguments, by what an argument is: a name of its field and type. */
export interface ArgumentValues {
  /** Whether an argument that may be left out is given. */
  gives(): boolean;
  /** A value as a literal; undefined where nothing is known for such an argument. */
  valueOf(name: string, type: GraphQLNamedType, of: string): string | undefined;
}

/** `(first: 3, id: "...")`, or nothing. */
export function argumentsText(field: GraphQLField<unknown, unknown>, of: string, values: ArgumentValues): string {
  const given = field.args.flatMap((argument) => {
    if (!isNonNullType(argument.type) && !values.gives()) return [];
    const literal = literalOf(argument.type, argument.name, of, values);
    if (literal === undefined && isNonNullType(argument.type)) throw new Error(`The test has no value for ${of}.${field.name}(${argument.name}:): say one in valueOf.`);
    return literal === undefined ? [] : [`${argument.name}: ${literal}`];
  });
  return given.length === 0 ? '' : `(${given.join(', ')})`;
}

function literalOf(type: GraphQLInputType, name: string, of: string, values: ArgumentValues): string | undefined {
  const plain = getNullableType(type);
  if (isListType(plain)) {
    const item = literalOf(plain.ofType as GraphQLInputType, name, of, values);
    return item === undefined ? undefined : `[${item}]`;
  }
  const named = getNamedType(plain) as GraphQLNamedType;
  if (isInputObjectType(named)) {
    const members = Object.values(named.getFields()).flatMap((field) => {
      if (!isNonNullType(field.type) && !values.gives()) return [];
      const literal = literalOf(field.type, field.name, named.name, values);
      return literal === undefined ? [] : [`${field.name}: ${literal}`];
    });
    return `{ ${members.join(', ')} }`;
  }
  return values.valueOf(name, named, of) ?? (isEnumType(named) ? named.getValues()[0]!.name : undefined);
}

/** The object types that a type may turn out to be. */
export function objectTypesOf(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type];
  return isInterfaceType(type) || isUnionType(type) ? schema.getPossibleTypes(type) : [];
}

/**
 * A random selection of a type's fields.
 * @param draw a whole number from 0 to below `n`
 */
export function drawnSelection(schema: GraphQLSchema, type: GraphQLNamedType, depth: number, draw: (n: number) => number, values: ArgumentValues): string {
  const one = (object: GraphQLObjectType): string => {
    const fields = Object.values(object.getFields()).filter((field) => depth > 0 || isLeafType(getNamedType(field.type)));
    const chosen = fields.filter((field) => draw(10) < (isLeafType(getNamedType(field.type)) ? 6 : 3));
    return ['__typename', ...chosen.map((field) => fieldText(schema, field, object.name, depth, draw, values))].join(' ');
  };
  if (isObjectType(type)) return one(type);
  return ['__typename', ...objectTypesOf(schema, type).map((object) => `... on ${object.name} { ${one(object)} }`)].join(' ');
}

/** One field with its arguments, and a random selection below. */
export function fieldText(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>, of: string, depth: number, draw: (n: number) => number, values: ArgumentValues): string {
  const named = getNamedType(field.type);
  const below = isLeafType(named) ? '' : ` { ${drawnSelection(schema, named, depth - 1, draw, values)} }`;
  return `${field.name}${argumentsText(field, of, values)}${below}`;
}

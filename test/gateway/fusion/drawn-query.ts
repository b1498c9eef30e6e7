import fc from 'fast-check';
import { getNamedType, isCompositeType, isNonNullType, isObjectType, type GraphQLCompositeType, type GraphQLField, type GraphQLSchema } from 'graphql';

type Draw = fc.GeneratorValue;

const chance = (draw: Draw, percent: number) => draw(fc.nat, { max: 99 }) < percent;
const oneOf = <Value>(draw: Draw, values: readonly Value[]): Value => values[draw(fc.nat, { max: values.length - 1 })]!;

/**
 * A valid query over the whole of a schema. Every field goes under a name of its own, so that nothing
 * conflicts, save `id` and `__typename`, which are selected again and again and merge.
 */
export function drawQuery(draw: Draw, schema: GraphQLSchema): { query: string; variables: Record<string, unknown> } {
  let count = 0;
  const fragments: string[] = [];

  function selection(type: GraphQLCompositeType, depth: number): string {
    const parts = Array.from({ length: oneOf(draw, [1, 2, 3, 4]) }, () => part(type, depth));
    return `{ __typename ${parts.join(' ')} }`;
  }

  function part(type: GraphQLCompositeType, depth: number): string {
    const fields = 'getFields' in type ? Object.values(type.getFields()) : [];
    if (fields.length === 0 || chance(draw, isObjectType(type) ? 10 : 45)) {
      const inner = isObjectType(type) ? type : oneOf(draw, schema.getPossibleTypes(type));
      if (chance(draw, 60)) return `... on ${inner.name} ${directives()} ${selection(inner, depth - 1)}`;
      const name = `F${++count}`;
      fragments.push(`fragment ${name} on ${inner.name} ${selection(inner, depth - 1)}`);
      return `...${name} ${directives()} ...${name}`;
    }
    return field(oneOf(draw, fields), depth);
  }

  function field({ name, args, type }: GraphQLField<unknown, unknown>, depth: number): string {
    const named = getNamedType(type);
    if (isCompositeType(named) && depth <= 0) return '__typename';
    const given = args.filter((argument) => isNonNullType(argument.type) || chance(draw, 40)).map((argument) => `${argument.name}: ${values[getNamedType(argument.type).name]!(draw)}`);
    return `a${++count}: ${name}${given.length === 0 ? '' : `(${given.join(', ')})`} ${directives()} ${isCompositeType(named) ? selection(named, depth - 1) : ''}`;
  }

  const directives = () => (chance(draw, 12) ? oneOf(draw, ['@include(if: $yes)', '@skip(if: $yes)', '@include(if: $no)', '@skip(if: $no)', '@skip(if: false)']) : '');
  const query = `query Q($yes: Boolean!, $no: Boolean = false, $id: ID = "p3", $n: Int = 1, $kind: Kind) ${selection(schema.getQueryType()!, 5)} ${fragments.join('\n')}`;
  return { query, variables: { yes: chance(draw, 70), ...(chance(draw, 50) ? { n: draw(fc.nat, { max: 3 }), kind: oneOf(draw, ['GOOD', 'SPARE', null]) } : {}) } };
}

const values: Readonly<Record<string, (draw: Draw) => string>> = {
  ID: (draw) => oneOf(draw, ['"p0"', '"p1"', '"p6"', '"none"', '"p4"']),
  Int: (draw) => oneOf(draw, ['0', '2', '$n']),
  Kind: (draw) => oneOf(draw, ['GOOD', 'SPARE', '$kind']),
};

import { GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString, type GraphQLLeafType } from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';

export type Serialize = (value: unknown) => unknown;

/**
 * A leaf value as the response has it. The value is neither null nor an Error.
 * @throws where the type cannot represent it
 */
export function compileLeaf(type: GraphQLLeafType): Serialize {
  const serialize: Serialize = (value) => {
    const serialized: unknown = type.serialize(value);
    if (serialized == null) throw new Error(`Expected \`${inspect(type)}.serialize(${inspect(value)})\` to return non-nullable value, returned: ${inspect(serialized)}`);
    return serialized;
  };
  // What these types give back as it is needs no call.
  if (type === GraphQLString || type === GraphQLID) return (value) => (typeof value === 'string' ? value : serialize(value));
  if (type === GraphQLInt) return (value) => (typeof value === 'number' && (value | 0) === value ? value : serialize(value));
  if (type === GraphQLFloat) return (value) => (typeof value === 'number' && Number.isFinite(value) ? value : serialize(value));
  if (type === GraphQLBoolean) return (value) => (typeof value === 'boolean' ? value : serialize(value));
  return serialize;
}

import { isEnumType, isInputObjectType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';
import { datesOf } from '../../src/gateway/deprecations.js';

/** Coordinates of what is deprecated without saying since when and until when. */
export function undatedDeprecations(schema: GraphQLSchema): string[] {
  const found: string[] = [];
  const look = (coordinate: string, reason: string | null | undefined) => {
    if (reason == null) return;
    const { since, until } = datesOf(reason);
    if (since === undefined || until === undefined) found.push(coordinate);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value.deprecationReason);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field.deprecationReason);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      look(`${type.name}.${field.name}`, field.deprecationReason);
      for (const argument of field.args) look(`${type.name}.${field.name}(${argument.name}:)`, argument.deprecationReason);
    }
  }
  return found;
}

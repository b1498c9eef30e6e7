import { SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';

/** The field of this name on a type, introspection's included. */
export function fieldOf(schema: GraphQLSchema, parent: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (schema.getQueryType() === parent && name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (schema.getQueryType() === parent && name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  return parent.getFields()[name];
}

import { isObjectType, TypeInfo, visit, visitWithTypeInfo, type DocumentNode, type GraphQLSchema } from 'graphql';
import { FieldAccess } from '../fusion/access.js';

/** Documents that read fields of which it is kept who read them: these are executed for each reader by name. */
export class AuditedDocuments {
  readonly #access: FieldAccess;
  readonly #scopes: readonly string[];
  readonly #known = new WeakMap<DocumentNode, boolean>();

  /**
   * @param subgraphs whose fields demand scopes
   * @param scopes those under which reading is audited
   */
  constructor(subgraphs: ReadonlyArray<{ schema: GraphQLSchema }>, scopes: readonly string[]) {
    this.#access = new FieldAccess(subgraphs);
    this.#scopes = scopes;
  }

  includes(schema: GraphQLSchema, document: DocumentNode): boolean {
    let isAudited = this.#known.get(document);
    if (isAudited === undefined) this.#known.set(document, (isAudited = this.#find(schema, document)));
    return isAudited;
  }

  #find(schema: GraphQLSchema, document: DocumentNode): boolean {
    const info = new TypeInfo(schema);
    let isAudited = false;
    visit(document, visitWithTypeInfo(info, {
      Field: () => {
        const [parent, field] = [info.getParentType(), info.getFieldDef()];
        if (parent == null || field == null || field.name.startsWith('__')) return;
        // Through an interface any of its types may be read.
        const types = isObjectType(parent) ? [parent] : schema.getPossibleTypes(parent as never);
        isAudited ||= types.some((type) => this.#demands(schema, type.name, field.name));
      },
    }));
    return isAudited;
  }

  #demands(schema: GraphQLSchema, typeName: string, fieldName: string): boolean {
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    if (!isObjectType(type) || field === undefined) return false;
    const demand = this.#access.textOf(type, field);
    return this.#scopes.some((scope) => demand.includes(scope));
  }
}

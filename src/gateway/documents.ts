import { NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate, type DocumentNode, type GraphQLError, type GraphQLSchema, type ValidationRule } from 'graphql';
import { BoundedCache } from '../lib/bounded-cache.js';
import { documentFault } from './document-faults.js';
import { limitRules, limits } from './limits.js';

/** Characters of the documents that are kept. */
const maxCharacters = 1024 * 1024;
const maxDocuments = 1000;

/** Documents read and found valid; the same text gives the same document, so that it is compiled once. */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #rules: readonly ValidationRule[];
  readonly #valid = new BoundedCache<string, DocumentNode>({ maxEntries: maxDocuments, maxWeight: maxCharacters, weightOf: (document) => document.loc?.end ?? 0 });

  /** @param options.introspection whether the schema is for everybody */
  constructor(schema: GraphQLSchema, options: { introspection: boolean }) {
    this.#schema = schema;
    this.#rules = [...specifiedRules, ...limitRules, ...(options.introspection ? [] : [NoSchemaIntrospectionCustomRule])];
  }

  /** @returns the errors where it is no document, breaks a rule or a limit */
  read(query: string): DocumentNode | readonly GraphQLError[] {
    const known = this.#valid.get(query);
    if (known !== undefined) return known;
    let document;
    try {
      document = parse(query, { maxTokens: limits.maxTokens });
    } catch (error) {
      return [error as GraphQLError];
    }
    const fault = documentFault(document);
    if (fault !== undefined) return [fault];
    const errors = validate(this.#schema, document, this.#rules, { maxErrors: 10 });
    if (errors.length > 0) return errors;
    this.#valid.set(query, document);
    return document;
  }
}

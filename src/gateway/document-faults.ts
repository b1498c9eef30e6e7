import { GraphQLError, Kind, OperationTypeNode, parse, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';
import { GatehouseError } from '../lib/errors.js';
import { BoundedCache } from '../lib/bounded-cache.js';
import { limits } from './limits.js';

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** Levels of fields past which a document is not looked at any further: more than any limit allows, and fragments that spread themselves never end. */
const deepest = 50;

/** What makes validating a document itself dangerous; it is looked for in a time that grows with the document and no faster. */
export function documentFault(document: DocumentNode): GraphQLError | undefined {
  const fragments = new Map(document.definitions.flatMap((definition): Array<[string, FragmentDefinitionNode]> => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [])));
  return conditionalSubscription(document, fragments) ?? repeatedField(document, fragments);
}

/**
 * A subscription whose root fields depend on `@skip` or `@include`, which the specification forbids (5.2.4.1):
 * graphql-js 16 validates it by evaluating them without variables, and throws.
 */
function conditionalSubscription({ definitions }: DocumentNode, fragments: Fragments): GraphQLError | undefined {
  const seen = new Set<string>();
  const isConditional = ({ selections }: SelectionSetNode): boolean => selections.some((selection) => {
    if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include') === true) return true;
    if (selection.kind === Kind.INLINE_FRAGMENT) return isConditional(selection.selectionSet);
    if (selection.kind !== Kind.FRAGMENT_SPREAD || seen.has(selection.name.value)) return false;
    seen.add(selection.name.value);
    const fragment = fragments.get(selection.name.value);
    return fragment !== undefined && isConditional(fragment.selectionSet);
  });
  const subscription = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.SUBSCRIPTION && isConditional(definition.selectionSet));
  return subscription === undefined ? undefined : new GraphQLError('The root field of a subscription takes no @skip or @include.', { nodes: subscription });
}

/**
 * A field that is asked for again and again under one name: whether all of them can be merged is looked at pair by
 * pair, which takes seconds for a thousand. Fields count where they are merged, through fragments and parents.
 */
function repeatedField({ definitions }: DocumentNode, fragments: Fragments): GraphQLError | undefined {
  let visited = 0;
  let fault: GraphQLError | undefined;
  const look = (sets: readonly SelectionSetNode[], depth: number): void => {
    if (depth > deepest) return void (fault ??= new GraphQLError(`Selections are nested more than ${deepest} deep, or fragments spread themselves.`));
    const byName = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
        else if (selection.kind === Kind.FRAGMENT_SPREAD) {
          const fragment = fragments.get(selection.name.value);
          if (fragment === undefined || spread.has(selection.name.value)) continue;
          spread.add(selection.name.value);
          collect(fragment.selectionSet);
        } else {
          visited++;
          const name = (selection.alias ?? selection.name).value;
          const known = byName.get(name);
          if (known === undefined) byName.set(name, [selection]);
          else known.push(selection);
        }
        if (visited > limits.maxMergedFields) return;
      }
    };
    for (const set of sets) collect(set);
    for (const [name, fields] of byName) {
      if (fields.length > limits.maxSameFields) fault ??= new GraphQLError(`The field ${name} is asked for ${fields.length} times in one place; ${limits.maxSameFields} is the limit.`, { nodes: fields[0] });
      if (visited > limits.maxMergedFields) fault ??= new GraphQLError(`More than ${limits.maxMergedFields} fields, with those of fragments wherever they are spread.`);
      if (fault !== undefined) return;
      const below = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) look(below, depth + 1);
    }
  };
  for (const definition of definitions) if ('selectionSet' in definition && fault === undefined) look([definition.selectionSet], 1);
  return fault;
}

/** Texts that were looked at before somebody else reads and validates them. */
export class CheckedTexts {
  readonly #checked = new BoundedCache<string, number>({ maxEntries: 1000, maxWeight: 1024 * 1024, weightOf: (characters) => characters });

  /** @throws GatehouseError BAD_INPUT where validating the document is dangerous; whatever else is wrong with it others say */
  check(text: unknown): void {
    if (typeof text !== 'string' || this.#checked.get(text) !== undefined) return;
    let document;
    try {
      document = parse(text, { maxTokens: limits.maxTokens, noLocation: true });
    } catch {
      return;
    }
    const fault = documentFault(document);
    if (fault !== undefined) throw new GatehouseError('BAD_INPUT', fault.message, { field: 'query' });
    this.#checked.set(text, text.length);
  }
}

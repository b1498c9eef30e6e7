import { getOperationAST, Kind, parseType, type DocumentNode, type FieldNode, type OperationDefinitionNode } from 'graphql';
import { afterVariable } from './operation.js';
import type { ReadOperation } from './operations.js';

const resumeVariable = 'lastEventId';

/**
 * The same subscription begun behind `cursor`, whatever it says itself: for clients that hand in a cursor beside
 * the document. Operations whose root field takes no `after` stay as they are.
 */
export function resumedAfter(operation: ReadOperation, cursor: string): ReadOperation {
  const { document, operationName, variableValues } = operation;
  const definition = getOperationAST(document, operationName);
  if (definition?.operation !== 'subscription') return operation;
  const variable = afterVariable(document, definition);
  if (variable !== undefined) return { ...operation, variableValues: { ...variableValues, [variable]: cursor } };
  const rewritten = withAfter(operation, definition);
  return rewritten === undefined ? operation : { ...operation, document: rewritten, sharedAs: document, variableValues: { ...variableValues, [resumeVariable]: cursor } };
}

/** Made once for each document, so that it is compiled once. */
const rewrittenDocuments = new WeakMap<OperationDefinitionNode, DocumentNode>();

function withAfter({ schema, document }: ReadOperation, definition: OperationDefinitionNode): DocumentNode | undefined {
  const known = rewrittenDocuments.get(definition);
  if (known !== undefined) return known;
  const [root] = definition.selectionSet.selections;
  if (root?.kind !== Kind.FIELD || definition.variableDefinitions?.some(({ variable }) => variable.name.value === resumeVariable)) return undefined;
  const type = schema.getSubscriptionType()?.getFields()[root.name.value]?.args.find(({ name }) => name === 'after')?.type;
  if (type === undefined) return undefined;
  const variable = { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: resumeVariable } } as const;
  const field: FieldNode = {
    ...root,
    arguments: [...(root.arguments ?? []).filter(({ name }) => name.value !== 'after'), { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'after' }, value: variable }],
  };
  const resumed: OperationDefinitionNode = {
    ...definition,
    variableDefinitions: [...(definition.variableDefinitions ?? []), { kind: Kind.VARIABLE_DEFINITION, variable, type: parseType(String(type)) }],
    selectionSet: { ...definition.selectionSet, selections: [field] },
  };
  const rewritten: DocumentNode = { ...document, definitions: document.definitions.map((each) => (each === definition ? resumed : each)) };
  rewrittenDocuments.set(definition, rewritten);
  return rewritten;
}

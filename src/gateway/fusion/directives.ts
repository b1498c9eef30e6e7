import { Kind, parse, type ConstArgumentNode, type ConstDirectiveNode, type ConstValueNode, type SelectionSetNode } from 'graphql';

/** A definition as graphql-js keeps it. */
export interface Annotated {
  astNode?: { directives?: readonly ConstDirectiveNode[] } | null | undefined;
  extensionASTNodes?: ReadonlyArray<{ directives?: readonly ConstDirectiveNode[] }> | undefined;
}

/** Directives on a definition and its extensions. */
export function directivesOf(element: Annotated): readonly ConstDirectiveNode[] {
  return [...(element.astNode?.directives ?? []), ...(element.extensionASTNodes ?? []).flatMap((node) => node.directives ?? [])];
}

export function directivesNamed(element: Annotated, name: string): readonly ConstDirectiveNode[] {
  return directivesOf(element).filter((directive) => directive.name.value === name);
}

export function argumentOf(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((argument: ConstArgumentNode) => argument.name.value === name)?.value;
}

/** The field set in the argument `fields`; undefined where the directive is not there. */
export function fieldSetOf(directive: ConstDirectiveNode | undefined): SelectionSetNode | undefined {
  if (directive === undefined) return undefined;
  const fields = argumentOf(directive, 'fields');
  const [definition] = parse(`{ ${fields?.kind === Kind.STRING ? fields.value : ''} }`, { noLocation: true }).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet : undefined;
}

/** `@requiresScopes(scopes: [["a", "b"], ["c"]])`: (a and b) or c; one entry per directive. */
export function scopesOf(element: Annotated): string[][][] {
  return directivesNamed(element, 'requiresScopes').map((directive) => {
    const value = argumentOf(directive, 'scopes');
    if (value?.kind !== Kind.LIST) return [];
    return value.values.map((group) => (group.kind === Kind.LIST ? group.values.map((scope) => (scope.kind === Kind.STRING ? scope.value : '')) : []));
  });
}

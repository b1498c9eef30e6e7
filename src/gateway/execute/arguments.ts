import { getArgumentValues, Kind, visit, BREAK, type FieldNode, type GraphQLField } from 'graphql';
import type { Run } from './run.js';

export type ArgumentsOf = (run: Run) => Record<string, unknown>;

/**
 * Coerces a field's arguments: once where they are literals, else once per run. Every call gives an
 * object of its own; values that a resolver could change are coerced anew for each call.
 * @param number of the field in its operation
 */
export function compileArguments(field: GraphQLField<unknown, unknown>, node: FieldNode, number: number): ArgumentsOf {
  if (field.args.length === 0) return () => ({});
  const coerce = (run: Run) => getArgumentValues(field, node, run.variables);
  if (!node.arguments?.some((argument) => hasVariable(argument.value))) {
    const literal = attempt(() => getArgumentValues(field, node));
    if (literal !== undefined) return isFlat(literal) ? () => ({ ...literal }) : coerce;
  }
  return (run) => {
    const known = run.argumentsOf[number];
    if (known !== undefined) return { ...(known as Record<string, unknown>) };
    const values = coerce(run);
    if (!isFlat(values)) return values;
    run.argumentsOf[number] = values;
    return { ...values };
  };
}

/** Undefined where coercion fails: it fails again, with its error, when the field is executed. */
function attempt<Value>(make: () => Value): Value | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function isFlat(values: Record<string, unknown>): boolean {
  return Object.values(values).every((value) => typeof value !== 'object' || value === null);
}

function hasVariable(value: Parameters<typeof visit>[0]): boolean {
  let found = false;
  visit(value, {
    [Kind.VARIABLE]: () => {
      found = true;
      return BREAK;
    },
  });
  return found;
}

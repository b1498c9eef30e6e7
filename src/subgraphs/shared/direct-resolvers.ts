import { getMetadataStorage } from 'type-graphql';

type Resolve = (root: unknown, args: Record<string, unknown>, context: unknown, info: unknown) => unknown;
type Handler = { target: Function; methodName: string; schemaName: string; params?: Parameter[]; middlewares?: unknown[] };
type Parameter = NonNullable<ReturnType<typeof getMetadataStorage>['queries'][number]['params']>[number];

/**
 * Resolvers that hand a method of a resolver class its parameters as they come. type-graphql's own copy every
 * `@Root()` that is no instance of its class, and make a promise of every `@Arg()` for validators that we do
 * not use: measured on the board query they cost as much as everything else together.
 * @param resolvers the classes; of methods in object types type-graphql's own resolvers remain
 * @returns by type and field
 */
export function directResolvers(resolvers: readonly Function[]): Record<string, Record<string, Resolve>> {
  const { queries, mutations, subscriptions, fieldResolvers, objectTypes } = getMetadataStorage();
  const found: Record<string, Record<string, Resolve>> = {};
  const instances = new Map<Function, object>();
  const add = (typeName: string, handler: Handler) => {
    if (!resolvers.includes(handler.target) || (handler.middlewares?.length ?? 0) > 0) return;
    let instance = instances.get(handler.target);
    if (instance === undefined) instances.set(handler.target, (instance = new (handler.target as new () => object)()));
    const resolve = direct(instance as Record<string, Function>, handler);
    if (resolve !== undefined) (found[typeName] ??= {})[handler.schemaName] = resolve;
  };
  for (const handler of queries) add('Query', handler);
  for (const handler of mutations) add('Mutation', handler);
  for (const handler of subscriptions) add('Subscription', handler);
  for (const handler of fieldResolvers) {
    if (handler.kind !== 'external') continue;
    const type = handler.getObjectType?.();
    const name = objectTypes.find(({ target }) => target === type)?.name;
    if (name !== undefined) add(name, handler);
  }
  return found;
}

/** Undefined where a parameter is of a kind that only type-graphql knows. */
function direct(instance: Record<string, Function>, { methodName, params = [] }: Handler): Resolve | undefined {
  const readers = [...params].sort((a, b) => a.index - b.index).map(readerOf);
  if (!readers.every((reader) => reader !== undefined)) return undefined;
  const method = instance[methodName]!.bind(instance) as (...given: unknown[]) => unknown;
  const [first, second, third] = readers;
  if (readers.length === 0) return () => method();
  if (readers.length === 1) return (root, args, context, info) => method(first!(root, args, context, info));
  if (readers.length === 2) return (root, args, context, info) => method(first!(root, args, context, info), second!(root, args, context, info));
  if (readers.length === 3) return (root, args, context, info) => method(first!(root, args, context, info), second!(root, args, context, info), third!(root, args, context, info));
  return (root, args, context, info) => method(...readers.map((read) => read(root, args, context, info)));
}

function readerOf(parameter: Parameter): Resolve | undefined {
  switch (parameter.kind) {
    case 'root':
      return memberOf(parameter.propertyName, (root) => root);
    case 'context':
      return memberOf(parameter.propertyName, (_root, _args, context) => context);
    case 'arg': {
      const { name } = parameter;
      return (_root, args) => args[name];
    }
    case 'info':
      return (_root, _args, _context, info) => info;
    default:
      return undefined;
  }
}

function memberOf(name: string | undefined, read: Resolve): Resolve {
  return name === undefined ? read : (...given) => (read(...given) as Record<string, unknown>)[name];
}

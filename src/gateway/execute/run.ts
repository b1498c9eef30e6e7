import { GraphQLError, locatedError, type ASTNode, type GraphQLResolveInfo } from 'graphql';
import type { Access, AccessContext } from './access.js';

export type Path = GraphQLResolveInfo['path'];

/** One execution of a compiled operation: what its closures are handed instead of closing over it. */
export class Run {
  readonly errors = new FieldErrors();
  /** Coerced arguments by the number of the field; they are the same for every object of one run. */
  readonly argumentsOf: unknown[] = [];
  readonly #access: Array<Error | null | undefined> = [];

  constructor(
    readonly root: unknown,
    readonly context: unknown,
    readonly variables: Record<string, unknown>,
  ) {}

  /**
   * Decided once per run and requirement, compared for every field.
   * @throws what the requirement refuses with
   */
  check(access: Access): void {
    let refusal = this.#access[access.number];
    if (refusal === undefined) this.#access[access.number] = refusal = access.refusal(this.context as AccessContext);
    if (refusal !== null) throw refusal;
  }
}

/** Errors of one execution. Below a place that an error made null already, nothing further is reported. */
class FieldErrors {
  #list: GraphQLError[] | undefined;
  #nulled: Set<Path | undefined> | undefined;

  get list(): GraphQLError[] | undefined {
    return this.#list;
  }

  /** @param path the place that becomes null; undefined: all data */
  add(error: GraphQLError, path: Path | undefined): void {
    const nulled = (this.#nulled ??= new Set());
    for (let place = path; place !== undefined; place = place.prev) if (nulled.has(place)) return;
    if (nulled.has(undefined)) return;
    nulled.add(path);
    (this.#list ??= []).push(error);
  }
}

export function pathKeys(path: Path | undefined): Array<string | number> {
  const keys: Array<string | number> = [];
  for (let place = path; place !== undefined; place = place.prev) keys.push(place.key);
  return keys.reverse();
}

/**
 * A field or list item that failed: null where its type allows, else the parent fails.
 * @throws GraphQLError, with its path
 */
export function nullOrThrow(run: Run, raw: unknown, nodes: readonly ASTNode[], path: Path, nullable: boolean): null {
  const error = locatedError(raw, nodes as ASTNode[], pathKeys(path));
  if (!nullable) throw error;
  run.errors.add(error, path);
  return null;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

export function toPromise(value: PromiseLike<unknown>): Promise<unknown> {
  return value instanceof Promise ? value : Promise.resolve(value);
}

import { GraphQLError } from 'graphql';
import type { Complete } from './complete.js';
import { gather, later, Later } from './later.js';
import type { Site } from './plan.js';
import { isThenable, nullOrThrow, type Path, type Run } from './run.js';

interface ItemOptions {
  isNullable: boolean;
  /** Leaves need no path, save when they fail. */
  isLeaf: boolean;
}

/** @param complete of one item */
export function compileList(site: Site, complete: Complete, { isNullable, isLeaf }: ItemOptions): Complete {
  const { nodes } = site;

  function completeItem(run: Run, raw: unknown, listPath: Path, index: number, fieldPath: Path): unknown {
    const path = isLeaf ? listPath : itemPath(listPath, index);
    try {
      const completed = isThenable(raw) ? later(raw, (settled) => complete(run, settled, path, fieldPath)) : complete(run, raw, path, fieldPath);
      return completed instanceof Later ? completed.recover((error) => fail(run, error, listPath, path, index)) : completed;
    } catch (error) {
      return fail(run, error, listPath, path, index);
    }
  }

  function fail(run: Run, error: unknown, listPath: Path, path: Path, index: number): null {
    return nullOrThrow(run, error, nodes, isLeaf ? itemPath(listPath, index) : path, isNullable);
  }

  return (run, value, path, fieldPath) => {
    if (!isIterable(value)) throw new GraphQLError(`Expected Iterable, but did not find one for field "${site.parent.name}.${site.field.name}".`);
    const items: unknown[] = [];
    let pending: number[] | undefined;
    let index = 0;
    for (const raw of value) {
      const completed = completeItem(run, raw, path, index, fieldPath);
      items.push(completed);
      if (completed instanceof Later) (pending ??= []).push(index);
      index++;
    }
    return pending === undefined ? items : gather(items, pending);
  };
}

function itemPath(listPath: Path, index: number): Path {
  return { prev: listPath, key: index, typename: undefined };
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function';
}

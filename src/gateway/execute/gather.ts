/**
 * Puts what the promises among the members come to in their places.
 * @param keys of the members that are promises
 * @returns the same object or list, or the first rejection
 */
export function gather<Container extends object>(container: Container, keys: ReadonlyArray<string | number>): Promise<Container> {
  const members = container as Record<string | number, unknown>;
  return new Promise((resolve, reject) => {
    let left = keys.length;
    for (const key of keys) {
      (members[key] as Promise<unknown>).then((value) => {
        members[key] = value;
        if (--left === 0) resolve(container);
      }, reject);
    }
  });
}

/** Marks rejections as handled, where nobody waits for these promises any more. */
export function abandon(values: Iterable<unknown>): void {
  for (const value of values) if (value instanceof Promise) value.catch(() => {});
}

/** Makes an index of a table once, for as long as that table is held: tables are read with every rate and change seldom. */
export function indexedOnce<Row, Index>(index: (rows: readonly Row[]) => Index): (rows: readonly Row[]) => Index {
  const known = new WeakMap<readonly Row[], Index>();
  return (rows) => {
    const found = known.get(rows) ?? index(rows);
    known.set(rows, found);
    return found;
  };
}

/** Runs of a text after which it is prepared: what runs once is not worth keeping in every connection. */
const worthPreparing = 5;
/** Names that a connection may hold; what comes later runs unprepared. */
const maxNames = 400;
/** Texts that are counted at a time. */
const maxCounted = 2000;

const counts = new Map<string, number>();
const names = new Map<string, string>();

/**
 * Called when a statement runs that is likely to run again with other values, and whose plan is good for any
 * of them. PostgreSQL then parses and plans it once for each connection.
 */
export function countRun(text: string): void {
  if (names.has(text) || names.size >= maxNames) return;
  const count = (counts.get(text) ?? 0) + 1;
  if (count >= worthPreparing) {
    counts.delete(text);
    names.set(text, `read_${names.size + 1}`);
    return;
  }
  if (counts.size >= maxCounted) counts.clear();
  counts.set(text, count);
}

/** Under which name a connection prepares this text; undefined: it does not. */
export function preparedName(text: string): string | undefined {
  return names.get(text);
}

import { compareText } from '../lib/compare.js';
import { canonicalJson } from '../lib/json.js';

/** A row that follows a record of an outside system: its state as of the highest version seen. */
export interface VersionedRow {
  id: string;
  version: number;
  deleted: boolean;
  updated_at: string;
}

/** Pairs of columns that keep what was said first, with the version that said it. */
const firsts = [
  ['first_promised_at', 'first_promised_version'],
  ['first_deadline_at', 'first_deadline_version'],
] as const;

/** Columns that a version may leave unsaid: then what was said last stands. */
const lasts = [['stops', 'stops_version']] as const;

/**
 * The higher version stands; a promise keeps the value of the lowest version that gave one. The same
 * for every order and repetition of versions. Versions of one number differ only when a source
 * reuses it (a database restored from a backup): then the one stated last stands.
 */
export function mergeVersions<Row extends VersionedRow>(current: Row | undefined, incoming: Row): Row {
  if (current === undefined) return incoming;
  const newer = isNewer(incoming, current) ? incoming : current;
  const merged = { ...newer } as Row & Record<string, unknown>;
  const [a, b] = [current, incoming] as [Row & Record<string, unknown>, Row & Record<string, unknown>];
  for (const [value, version] of firsts) {
    if (!(version in a) && !(version in b)) continue;
    const earliest = [a, b].filter((row) => row[version] != null).sort((x, y) => (x[version] as number) - (y[version] as number) || compareText(String(x[value]), String(y[value])))[0];
    Object.assign(merged, { [value]: earliest?.[value] ?? null, [version]: earliest?.[version] ?? null });
  }
  for (const [value, version] of lasts) {
    if (!(version in a) && !(version in b)) continue;
    const latest = [a, b].filter((row) => row[version] != null).sort((x, y) => (y[version] as number) - (x[version] as number) || compareText(canonicalJson(y[value]), canonicalJson(x[value])))[0];
    if (latest !== undefined) Object.assign(merged, { [value]: latest[value], [version]: latest[version] });
  }
  return merged;
}

function isNewer(a: VersionedRow, b: VersionedRow): boolean {
  if (a.version !== b.version) return a.version > b.version;
  if (a.updated_at !== b.updated_at) return a.updated_at > b.updated_at;
  return ownContent(a) > ownContent(b);
}

/** What this version says by itself: without what merging carries over, and however the row was laid out where it was read. */
function ownContent(row: VersionedRow): string {
  const own: Record<string, unknown> = { ...row, deleted: undefined };
  for (const column of [...firsts.flat(), ...lasts.flat()]) own[column] = undefined;
  return canonicalJson(own);
}

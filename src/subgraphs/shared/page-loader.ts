import DataLoader from 'dataloader';

/** A page of a list below a parent: `limit` items behind `after`, or from its beginning. */
export interface PageKey {
  parent: string;
  after: string | null;
  limit: number;
}

/** Parents of which the same page is asked for. */
export interface PageGroup {
  /** Place of the group in the statement; its rows carry it. */
  number: number;
  parents: readonly string[];
  after: string | null;
  limit: number;
}

/** What a row of `read` says beside its own columns. */
export interface PageRow {
  group_number: number;
  parent_id: string | null;
}

/**
 * Gives pages of lists below any number of parents, and with any arguments, by one statement a level:
 * parents with the same arguments are one group, and `read` makes all groups parts of one statement.
 *
 * @param read gives each parent's rows in the order of the list; of one parent at most its group's `limit`
 */
export function pageLoader<Row extends PageRow, Item>(read: (groups: readonly PageGroup[]) => Promise<readonly Row[]>, itemOf: (row: Row) => Item): DataLoader<PageKey, Item[], string> {
  return new DataLoader<PageKey, Item[], string>(
    async (keys) => {
      const groups = new Map<string, PageGroup & { parents: string[] }>();
      const groupOf = ({ after, limit }: PageKey) => {
        const name = JSON.stringify([after, limit]);
        let group = groups.get(name);
        if (group === undefined) groups.set(name, (group = { number: groups.size, parents: [], after, limit }));
        return group;
      };
      for (const key of keys) groupOf(key).parents.push(key.parent);
      const items = new Map<string, Item[]>();
      for (const row of await read([...groups.values()])) {
        const name = `${row.group_number} ${row.parent_id}`;
        const list = items.get(name);
        if (list === undefined) items.set(name, [itemOf(row)]);
        else list.push(itemOf(row));
      }
      return keys.map((key) => items.get(`${groupOf(key).number} ${key.parent}`) ?? []);
    },
    { cacheKeyFn: ({ parent, after, limit }) => JSON.stringify([parent, after, limit]) },
  );
}

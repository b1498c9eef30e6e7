import type { KyselyPlugin } from 'kysely';
import type { Database } from '../../src/db/database.js';

export class InjectedFailure extends Error {}

/** The database, whose transactions fail after their `at`-th statement was carried out. Counts the statements of the last one. */
export function failingAfter(database: Database, at: number): Database & { statements(): number } {
  let count = 0;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      if (++count === at) throw new InjectedFailure(`after statement ${at}`);
      return result;
    },
  };
  return {
    ...database,
    transaction: (work) => database.transaction((tx) => {
      count = 0;
      return work(tx.withPlugin(plugin));
    }),
    statements: () => count,
  };
}

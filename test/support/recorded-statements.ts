import type { CompiledQuery } from 'kysely';
import type { Database } from '../../src/db/database.js';

/** Statements that readers of a database run while `work` does: each as the database gets it. */
export async function recordStatements(database: Pick<Database, 'reads'>, work: () => Promise<unknown>): Promise<CompiledQuery[]> {
  const { reads } = database;
  const { withPlugin } = reads;
  const statements: CompiledQuery[] = [];
  reads.withPlugin = (plugin) => {
    const restricted = withPlugin.call(reads, plugin);
    const executor = restricted.getExecutor();
    const execute = executor.executeQuery.bind(executor);
    executor.executeQuery = (query, ...options) => {
      statements.push(query);
      return execute(query, ...options) as never;
    };
    return restricted;
  };
  try {
    await work();
  } finally {
    reads.withPlugin = withPlugin;
  }
  return statements;
}

import type { TestProject } from 'vitest/node';
import { postgresPrograms, startCluster } from './postgres-cluster.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the tests' own PostgreSQL, up to the database's name; null where none is installed. */
    postgresUrl: string | null;
  }
}

/** One PostgreSQL for the whole run, where its programs are installed. Each test file makes its own database in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const programs = postgresPrograms();
  if (programs === null) {
    console.log('No PostgreSQL is installed here: tests on it are skipped, those on the embedded database run. (Debian: apt-get install postgresql)');
    project.provide('postgresUrl', null);
    return async () => {};
  }
  const cluster = await startCluster(programs, { durable: false });
  project.provide('postgresUrl', cluster.url);
  return () => cluster.stop();
}

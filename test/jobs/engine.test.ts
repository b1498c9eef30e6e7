import { sql } from 'kysely';
import { afterEach, expect, it } from 'vitest';
import { createLog } from '../../src/lib/log.js';
import { openServices, type Services } from '../../src/main.js';
import { freshConfig, type TestConfig } from '../support/databases.js';
import { eventually } from '../support/requests.js';

let test: TestConfig | undefined;
let services: Services | undefined;
afterEach(async () => {
  await services?.close();
  await test?.remove();
});

const open = async () => (services = await openServices(test!.config, createLog('silent'), { supervise: true }));
const states = async () => (await sql<{ state: string; tries: number }>`select state, retry_count as tries from pgboss.job where name = 'maintain' order by created_on`.execute(services!.database.kysely)).rows;

/** What a killed process leaves: a job that it had begun a moment before. */
async function abandon(tries: number): Promise<void> {
  await sql`update pgboss.job set state = 'active', started_on = now(), heartbeat_on = now(), retry_count = ${tries} where name = 'maintain'`.execute(services!.database.kysely);
  await services!.close();
}

it('jobs that a killed process had begun run again at once when the embedded database is opened, and count as tried', async () => {
  test = await freshConfig('embedded');
  await open();
  await services!.database.transaction((tx) => services!.jobs.send(tx, 'maintain', [{}]));
  await abandon(0);
  await open();
  expect(await states()).toEqual([{ state: 'retry', tries: 0 }]);
  let ran = 0;
  const started = Date.now();
  await services!.jobs.work('maintain', async () => void ran++);
  await eventually(async () => ran, (count) => count === 1);
  expect(Date.now() - started).toBeLessThan(10_000); // by its heartbeat it would be twelve at least
  await eventually(states, ([job]) => job!.state === 'completed');
  expect(await states()).toEqual([{ state: 'completed', tries: 1 }]);
});

it('a job that has used up its tries is not begun again for ever', async () => {
  test = await freshConfig('embedded');
  await open();
  await services!.database.transaction((tx) => services!.jobs.send(tx, 'maintain', [{}]));
  await abandon(3);
  await open();
  expect(await states()).toEqual([{ state: 'active', tries: 3 }]);
});

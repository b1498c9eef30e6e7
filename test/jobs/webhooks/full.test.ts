import { sql, type KyselyPlugin } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { EndpointWorker } from '../../../src/jobs/tasks/webhooks/endpoint-worker.js';
import { EndpointLease } from '../../../src/jobs/tasks/webhooks/lease.js';
import { maxWaiting } from '../../../src/jobs/tasks/webhooks/policy.js';
import { describeOnEachDatabase } from '../../support/databases.js';
import { eventually } from '../../support/requests.js';
import { Endpoints } from './endpoints.js';

describeOnEachDatabase('an endpoint with as much waiting as may wait', (kind) => {
  let all: Endpoints;
  beforeAll(async () => void (all = await Endpoints.open(kind)));
  afterEach(() => all.clear());
  afterAll(() => all?.server.remove());

  it('is looked at now and then until something of it is due, and not without a pause', async () => {
    const { id } = await all.add((await all.receiver()).url);
    const { tasks } = all.server;
    // As another process holds it, so that the server leaves it alone.
    await sql`update webhook_endpoint set holder = gen_random_uuid(), lease_until = clock_timestamp() + interval '1 hour' where id = ${id}::uuid`.execute(all.db);
    await sql`insert into webhook_delivery (endpoint, position, ordinal, event_id, type, subject, order_key, happened_at, next_at)
      select ${id}::uuid, 1000000 + x, 0, x::text, 'gatehouse.milestone.info', x::text, x::text, now(), now() + interval '1 hour' from generate_series(1, ${maxWaiting}::integer) x`.execute(all.db);
    await all.scan(all.number(), 9); // there is more of the feed to be read
    let statements = 0;
    const counting: KyselyPlugin = { transformQuery: ({ node }) => (statements++, node), transformResult: async ({ result }) => result };
    await sql`update webhook_endpoint set lease_until = null where id = ${id}::uuid`.execute(all.db);
    const lease = (await EndpointLease.take(tasks.database, id))!;
    const { lease_until: taken } = await all.row(id);
    const worker = new EndpointWorker({ ...tasks, database: { ...tasks.database, kysely: tasks.database.kysely.withPlugin(counting) } }, lease);
    const done = worker.run();
    await eventually(() => all.row(id), (row) => row.lease_until !== taken);
    worker.stop();
    await done;
    expect(statements).toBeGreaterThan(0);
    expect(statements).toBeLessThan(60);
  });
});

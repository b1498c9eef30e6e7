import { afterAll, beforeAll, expect, it } from 'vitest';
import { decideApproval } from '../../../src/events/approvals.js';
import { openWebhookDesk } from '../../../src/jobs/tasks/webhooks/open-desk.js';
import type { Services } from '../../../src/main.js';
import { testServices } from '../../support/databases.js';

const endpoint = { url: 'http://127.0.0.1:9/', description: '', topics: ['MILESTONES'], filter: {}, after: null, concurrency: null, perMinute: null };

let services: Services & { remove(): Promise<void> };
beforeAll(async () => void (services = await testServices('embedded', { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' })));
afterAll(() => services?.remove());

const principalOf = async (options: Parameters<Services['tokens']['create']>[0]) => services.tokens.authenticate(`Bearer ${await services.tokens.create(options)}`);
const desk = (options: { fourEyes: boolean; secureOnly?: boolean }) => openWebhookDesk(services.tasks, { keys: services.keys, secureOnly: false, ...options });

it('where connections need a second person, an insider’s endpoint does, and one that a partner sends itself what it may read does not', async () => {
  const insider = await principalOf({ role: 'machine', scopes: ['shipments:read', 'webhooks:write'], ttl: 600, subject: 'erp' });
  const partner = await principalOf({ role: 'partner', carriers: ['FedEx'], ttl: 600, subject: 'fedex' });
  const strict = desk({ fourEyes: true });
  expect(await strict.add(endpoint, partner)).toMatchObject({ secret: expect.stringMatching(/^whsec_/) });
  await expect(strict.add(endpoint, insider)).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'reason' });
  await expect(strict.add(endpoint, insider, 'the new broker')).rejects.toMatchObject({ code: 'CONFLICT' });
  const { id } = await services.database.kysely.selectFrom('approval').select('id').executeTakeFirstOrThrow();
  await services.database.transaction((tx) => decideApproval(tx, id, 'APPROVED', { subject: 'cli:ben', role: 'cli' }, 'agreed'));
  const added = await strict.add(endpoint, insider, 'the new broker');
  await expect(strict.change(added.id, { url: 'http://127.0.0.1:10/' }, insider, 'moved')).rejects.toMatchObject({ code: 'CONFLICT' });
  for (const wider of [{ topics: ['MILESTONES', 'SHIPMENTS'] }, { filter: { codes: ['DELIVERED'] } }]) await expect(strict.change(added.id, wider, insider, 'more of it')).rejects.toMatchObject({ code: 'CONFLICT' });
  await strict.change(added.id, { description: 'the broker' }, insider);
  expect(await desk({ fourEyes: false }).find(added.id, insider)).toMatchObject({ url: endpoint.url, topics: endpoint.topics, description: 'the broker' });
});

it('in production an address is https', async () => {
  const partner = await principalOf({ role: 'partner', carriers: ['FedEx'], ttl: 600, subject: 'fedex' });
  await expect(desk({ fourEyes: false, secureOnly: true }).add(endpoint, partner)).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'url' });
});

it('one owner has a bounded number of endpoints', async () => {
  const partner = await principalOf({ role: 'partner', carriers: ['FedEx'], ttl: 600, subject: 'many' });
  for (let count = 0; count < 20; count++) await desk({ fourEyes: false }).add(endpoint, partner);
  await expect(desk({ fourEyes: false }).add(endpoint, partner)).rejects.toMatchObject({ code: 'CONFLICT' });
});

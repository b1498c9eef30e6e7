import { afterAll, beforeAll, expect, it } from 'vitest';
import { mappingApply } from '../../src/cli/commands/mapping.js';
import { openMappingDesk } from '../../src/jobs/tasks/mapping/desk.js';
import type { Services } from '../../src/main.js';
import { testServices } from '../support/databases.js';

let services: Services & { remove(): Promise<void> };
beforeAll(async () => {
  services = await testServices('embedded');
  await services.connections.add({ id: 'ep', connector: 'easypost', company: 'main', settings: {}, secrets: {} });
});
afterAll(() => services?.remove());

const principalOf = async (options: Parameters<Services['tokens']['create']>[0]) => services.tokens.authenticate(`Bearer ${await services.tokens.create(options)}`);
const replays = async () => (await services.database.kysely.selectFrom('audit').select('action').where('action', '=', 'replay.run').execute()).length;

it('a mapping that is applied with a replay needs what a replay needs: its scope, and a second person where replays do', async () => {
  const desk = openMappingDesk(services.tasks, { fourEyes: ['replay'], keys: services.keys });
  const mapper = await principalOf({ role: 'machine', scopes: ['connections:admin', 'operations:read'], ttl: 600, subject: 'mapper' });
  const replayer = await principalOf({ role: 'machine', scopes: ['connections:admin', 'operations:read', 'replay:run'], ttl: 600, subject: 'replayer' });
  const { fingerprint } = await desk.propose('ep', { rawCode: 'strange', code: 'DELIVERED' }, mapper);
  const from = '2026-01-01T00:00:00.000Z';
  await expect(desk.apply('ep', { fingerprint, from, reason: 'said so' }, mapper)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(desk.apply('ep', { fingerprint, from, reason: 'said so' }, replayer)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('second person') });
  expect(await desk.table('ep', mapper)).toMatchObject({ applied: [], proposed: [{ rawCode: 'strange' }] });
  expect(await replays()).toBe(0);
  expect(await desk.apply('ep', { fingerprint, from: null }, mapper)).toMatchObject({ applied: [{ rawCode: 'strange' }], proposed: [] });
});

it('the command line asks for the same', () => {
  const { fourEyes } = mappingApply;
  expect([{}, { replay: false }].map((options) => (typeof fourEyes === 'function' ? fourEyes(options) : fourEyes))).toEqual([['connections', 'replay'], ['connections']]);
});

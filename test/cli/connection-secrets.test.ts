import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from '../../src/cli/run-data-command.js';
import type { Services } from '../../src/main.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';

describeOnEachDatabase('the secrets of a connection', (kind) => {
  let services: Services & { remove(): Promise<void> };
  beforeAll(async () => {
    services = await testServices(kind);
    await run('connection add', { connector: 'odoo', id: 'erp', set: ['webhookSecret=first secret', 'url=https://odoo.example', 'apiKey=first-key'] });
  });
  afterAll(() => services?.remove());

  const run = async (name: string, options: Record<string, unknown>) => {
    const lines = [];
    for await (const line of runHere(services, name, options, 'anna')) lines.push(line);
    return lines.join('\n');
  };
  const secrets = async () => (await services.connections.find('erp'))!.secrets;

  it('may end in the sign that pads base64', async () => {
    await run('connection set', { id: 'erp', set: ['apiKey=c2Vjb25kIGtleQ=='] });
    expect((await secrets())['apiKey']).toEqual(['c2Vjb25kIGtleQ==', 'first-key']);
  });

  it('are gone at once when they are taken away, with what they replaced', async () => {
    await run('connection set', { id: 'erp', set: ['apiKey='] });
    expect((await secrets())['apiKey']).toBeUndefined();
    expect((await services.connections.find('erp'))!.settings).toMatchObject({ url: 'https://odoo.example' });
  });

  it('overlap when they are rotated, and do not when the old one is known to somebody else', async () => {
    expect(await run('connection rotate', { id: 'erp', set: ['webhookSecret=second secret'] })).toContain('the old one stays valid for 24 hours');
    expect((await secrets())['webhookSecret']).toEqual(['second secret', 'first secret']);
    expect(await run('connection rotate', { id: 'erp', set: ['webhookSecret=third secret'], atOnce: true })).toContain('the old one is not taken any more');
    expect((await secrets())['webhookSecret']).toEqual(['third secret']);
  });

  it('are not in the audit log, also where they were given without a name', async () => {
    await expect(run('connection set', { id: 'erp', set: ['canary-of-a-secret'] })).rejects.toThrow(/--set takes key=value/);
    expect(JSON.stringify(await services.database.kysely.selectFrom('audit').selectAll().execute())).not.toContain('canary');
  });
});

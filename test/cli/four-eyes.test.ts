import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from '../../src/cli/run-data-command.js';
import { globalId } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { graphqlAnswer } from '../support/requests.js';

describeOnEachDatabase('what needs a second person', (kind) => {
  let server: TestServer;
  beforeAll(async () => void (server = await testServer(kind, { GATEHOUSE_FOUR_EYES: 'replay,connections' })));
  afterAll(() => server?.remove());

  const run = async (by: string, name: string, options: Record<string, unknown>) => {
    const lines = [];
    for await (const line of runHere(server, name, options, by)) lines.push(line);
    return lines.join('\n');
  };
  const add = (id: string, more: Record<string, unknown> = {}) => ({ connector: 'easypost', id, set: ['webhookSecret=canary-secret-123456'], ...more });
  const asked = async (by: string, name: string, options: Record<string, unknown>) => {
    const error = await run(by, name, options).then(() => null, (reason: Error) => reason);
    return /approval approve ([0-9a-f-]{36})/.exec(error?.message ?? '')?.[1] ?? error?.message ?? null;
  };
  const audited = async () => (await server.database.kysely.selectFrom('audit').select(['action', 'actor']).orderBy('position').execute()).map((row) => `${row.action} by ${row.actor}`);

  it('is asked for with a reason, waits, and is done once, with the very same arguments, when another person has said yes', async () => {
    expect(await asked('anna', 'connection add', add('ep'))).toMatch(/say why with --reason/);
    const id = await asked('anna', 'connection add', add('ep', { reason: 'new carrier' }));
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await asked('anna', 'connection add', add('ep'))).toBe(id);
    expect(await server.connections.find('ep')).toBeNull();
    await expect(run('anna', 'approval approve', { id, reason: 'fine' })).rejects.toThrow(/second person/);
    expect(await run('bert', 'approval list', {})).toContain(`${id}  connection add`);
    expect(await run('bert', 'approval approve', { id, reason: 'fine' })).toContain('cli:anna may run "connection add" once');
    await expect(run('carl', 'approval refuse', { id, reason: 'no' })).rejects.toThrow(/decided already/);
    for (const [by, other] of [['anna', add('other')], ['anna', add('ep', { company: 'other' })], ['anna', { ...add('ep'), set: ['webhookSecret=another-secret-1234'] }], ['carl', add('ep')]] as const) expect(await asked(by, 'connection add', { ...other, reason: 'slipped in' })).not.toBe(id);
    expect(await server.connections.find('ep')).toBeNull();
    expect(await run('anna', 'connection add', add('ep'))).toContain('Connection ep added');
    expect(await asked('anna', 'connection add', add('ep', { reason: 'again' }))).not.toBe(id);
    const log = await audited();
    const order = ['approval.requested by cli:anna', 'approval.approved by cli:bert', 'approval.used by cli:anna', 'connection.added by cli:anna'];
    expect(log.filter((line) => order.includes(line)).filter((line, index, all) => all.indexOf(line) === index)).toEqual(order);
    expect(JSON.stringify(await server.database.kysely.selectFrom('approval').selectAll().execute())).not.toContain('canary-secret');
  });

  it('is not done when it was refused, is too old, or was used', async () => {
    const refused = await asked('anna', 'replay', { connection: 'ep', reason: 'better mapping' });
    await run('bert', 'approval refuse', { id: refused, reason: 'not today' });
    const second = await asked('anna', 'replay', { connection: 'ep', reason: 'please' });
    expect(second).not.toBe(refused);
    await run('bert', 'approval approve', { id: second, reason: 'fine' });
    await server.database.kysely.updateTable('approval').set({ expires_at: new Date(Date.now() - 1000).toISOString() }).where('id', '=', second!).execute();
    const third = await asked('anna', 'replay', { connection: 'ep', reason: 'now' });
    expect(third).not.toBe(second);
    await server.database.kysely.updateTable('approval').set({ expires_at: new Date(Date.now() - 1000).toISOString() }).where('id', '=', third!).execute();
    await expect(run('bert', 'approval approve', { id: third, reason: 'late' })).rejects.toThrow(/too long ago/);
    const both = await asked('anna', 'replay', { connection: 'ep', reason: 'once' });
    await run('bert', 'approval approve', { id: both, reason: 'fine' });
    const outcomes = await Promise.allSettled([run('anna', 'replay', { connection: 'ep' }), run('anna', 'replay', { connection: 'ep' })]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is shown with what is to be set, save what is secret', async () => {
    const id = await asked('anna', 'connection add', { connector: 'odoo', id: 'erp', set: ['webhookSecret=canary-secret-123456', 'url=https://elsewhere.example', 'apiKeyy=canary-secret-misspelt', 'canary-secret-alone'], reason: 'new Odoo' });
    const line = (await run('bert', 'approval list', {})).split('\n').find((each) => each.startsWith(id!))!;
    expect(line).toContain('"values":{"url":"https://elsewhere.example"}');
    expect(line).not.toContain('canary-secret');
  });

  it('is what the server says that started last, whatever a command line says that does not know it, and a change of it is in the audit log', async () => {
    const elsewhere = { ...server, config: { ...server.config, fourEyes: [] } };
    const lines = runHere(elsewhere, 'connection rotate', { id: 'ep' }, 'anna')[Symbol.asyncIterator]();
    await expect(lines.next()).rejects.toThrow(/say why with --reason/);
    expect(await server.database.kysely.selectFrom('audit').select(['actor', 'payload']).where('action', '=', 'four-eyes.changed').execute()).toEqual([{ actor: 'gatehouse', payload: { before: '', now: 'connections,replay' } }]);
  });

  it('is decided in the graph as well, by who carries the scope and sees all companies, and by nobody else', async () => {
    const token = (role: 'supervisor' | 'operator', more: object = {}) => server.tokens.create({ role, ttl: 600, subject: `${role}-1`, ...more });
    const id = await asked('anna', 'connection rotate', { id: 'ep', reason: 'leaked' });
    const list = '{ approvals(first: 5) { nodes { id action arguments requestedBy reason decision } } }';
    const decide = (field: string) => `mutation ($id: ID!) { ${field}(input: {id: $id, reason: "ok"}) { approval { decision decidedBy } userErrors { code field } } }`;
    const shown = await graphqlAnswer(server.url, await token('supervisor'), list);
    expect(shown.data).toMatchObject({ approvals: { nodes: expect.arrayContaining([{ id: globalId('Approval', id!), action: 'connection rotate', arguments: '{"connection":"ep","secret":"webhookSecret"}', requestedBy: 'cli:anna', reason: 'leaked', decision: null }]) } });
    expect((await graphqlAnswer(server.url, await token('operator'), list)).data).toEqual({ approvals: null });
    expect((await graphqlAnswer(server.url, await token('supervisor', { companies: ['main'] }), list)).data).toEqual({ approvals: { nodes: [] } });
    expect((await graphqlAnswer(server.url, await token('operator'), decide('approve'), { id: globalId('Approval', id!) })).data).toEqual({ approve: null });
    expect((await graphqlAnswer(server.url, await token('supervisor', { companies: ['main'] }), decide('approve'), { id: globalId('Approval', id!) })).data).toMatchObject({ approve: { approval: null, userErrors: [{ code: 'NOT_FOUND', field: 'id' }] } });
    expect((await graphqlAnswer(server.url, await token('supervisor', { subject: 'cli:anna' }), decide('approve'), { id: globalId('Approval', id!) })).data).toMatchObject({ approve: { userErrors: [{ code: 'FORBIDDEN' }] } });
    expect((await graphqlAnswer(server.url, await token('supervisor'), decide('approve'), { id: globalId('Approval', id!) })).data).toMatchObject({ approve: { approval: { decision: 'APPROVED', decidedBy: 'supervisor-1' }, userErrors: [] } });
    expect((await graphqlAnswer(server.url, await token('supervisor'), decide('refuse'), { id: globalId('Approval', id!) })).data).toMatchObject({ refuse: { userErrors: [{ code: 'CONFLICT' }] } });
    expect(await run('anna', 'connection rotate', { id: 'ep' })).toContain('new webhookSecret');
  });
});

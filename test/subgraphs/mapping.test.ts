import { afterAll, beforeAll, expect, it } from 'vitest';
import { sha256 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { eventually, graphql, graphqlAnswer } from '../support/requests.js';

describeOnEachDatabase('the mapping of codes in the graph', (kind) => {
  let server: TestServer;
  let [admin, operator, elsewhere] = ['', '', ''];
  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_FOUR_EYES: 'connections' });
    await server.connections.add({ id: 'ep', connector: 'easypost', company: 'main', settings: {}, secrets: {} });
    await server.connections.add({ id: 'ep-new', connector: 'easypost', company: 'main', settings: {}, secrets: {}, shadow: true });
    [admin, operator, elsewhere] = await Promise.all([server.tokens.create({ role: 'admin', ttl: 3600, subject: 'ad' }), server.tokens.create({ role: 'operator', ttl: 3600, subject: 'op' }), server.tokens.create({ role: 'admin', ttl: 3600, subject: 'other', companies: ['elsewhere'] })]);
    for (const connection of ['ep', 'ep-new']) await receive(connection, 'strange');
    await eventually(async () => server.database.kysely.selectFrom('inbox').select('id').where('state', '=', 'RECEIVED').execute(), (waiting) => waiting.length === 0);
    await eventually(status, (now) => now === 'UNKNOWN');
  });
  afterAll(() => server?.remove());

  async function receive(connection: string, code: string): Promise<void> {
    const at = '2026-03-02T08:00:00Z';
    const body = Buffer.from(JSON.stringify({ description: 'tracker.updated', updated_at: at, result: { tracking_code: '1Z1', carrier: 'UPS', status: 'in_transit', updated_at: at, tracking_details: [{ status: code, datetime: at }] } }));
    await server.tasks.inbox.receive({ connection, dedupeKey: sha256(body), headers: {}, body, receivedMs: Date.now() });
  }
  const status = async () => (await graphql(server.url, operator, '{ shipments(first: 1) { nodes { status } } }')).shipments.nodes[0]?.status as string | undefined;
  const change = (token: string, field: string, input: object) => graphql(server.url, token, `mutation ($input: ${field.charAt(0).toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { mapping { fingerprint applied { rawCode code changedBy } proposed { rawCode rawReason code exceptionClass changedBy } } userErrors { field code message } } }`, { input }).then((answer) => answer[field]);

  it('goes from a code that is mapped nowhere over a proposal and its preview to what a second person approves, and kept messages are read anew', async () => {
    const codes = '{ unmappedCodes(first: 10) { connection rawCode rawReason messages } }';
    expect((await graphql(server.url, operator, codes)).unmappedCodes).toEqual(['ep', 'ep-new'].map((connection) => ({ connection, rawCode: 'strange', rawReason: 'strange', messages: 1 })));
    const proposed = await change(admin, 'proposeCodeMapping', { connection: 'ep', rawCode: 'strange', code: 'DELIVERED' });
    expect(proposed).toMatchObject({ mapping: { applied: [], proposed: [{ rawCode: 'strange', rawReason: '', code: 'DELIVERED', changedBy: 'ad' }] }, userErrors: [] });
    const { mappingPreview } = await graphql(server.url, admin, '{ mappingPreview(connection: "ep") { fingerprint messages changedShipments changedStatuses changing appearing going cut shipments { reference statusBefore statusAfter change { before { code } after { code occurredAt } } } } }');
    expect(mappingPreview).toEqual({
      fingerprint: proposed.mapping.fingerprint, messages: 1, changedShipments: 1, changedStatuses: 1, changing: 1, appearing: 0, going: 0, cut: false,
      shipments: [{ reference: '1Z1', statusBefore: 'UNKNOWN', statusAfter: 'DELIVERED', change: [{ before: { code: 'INFO' }, after: { code: 'DELIVERED', occurredAt: '2026-03-02T08:00:00.000Z' } }] }],
    });
    expect(await status()).toBe('UNKNOWN');
    const input = { connection: 'ep', fingerprint: mappingPreview.fingerprint, replayFrom: '2020-01-01T00:00:00Z', reason: 'the carrier says so' };
    const refused = await change(admin, 'applyCodeMapping', input);
    const [, approval] = /approve ([0-9a-f-]{36})/.exec(refused.userErrors[0].message) ?? [];
    await server.database.kysely.updateTable('approval').set({ decision: 'APPROVED', decided_by: 'somebody-else', decided_at: new Date().toISOString(), decision_reason: 'yes' }).where('id', '=', approval!).execute();
    expect(await change(admin, 'applyCodeMapping', input)).toMatchObject({ mapping: { applied: [{ rawCode: 'strange', code: 'DELIVERED' }], proposed: [] }, userErrors: [] });
    await eventually(status, (now) => now === 'DELIVERED');
    expect((await graphql(server.url, operator, codes)).unmappedCodes.map((code: { connection: string }) => code.connection)).toEqual(['ep-new']);
    const audited = await server.database.kysely.selectFrom('audit').select(['action', 'actor']).where('target_id', '=', 'ep').where('actor', '=', 'ad').orderBy('position').execute();
    expect(audited.map(({ action }) => action)).toEqual(['mapping.proposed', 'replay.run', 'mapping.applied']);
  });

  it('says how a shadow differs from what is live', async () => {
    const query = 'query ($shadow: ID!) { connectionComparison(shadow: $shadow, live: "ep", from: "2026-03-01T00:00:00Z", to: "2026-04-01T00:00:00Z") { bothShipments statusDiffers same onlyShadow onlyLive differing { reference shadowStatus onlyShadow { code } onlyLive { code } } } }';
    await eventually(async () => (await graphql(server.url, operator, query, { shadow: 'ep-new' })).connectionComparison as { onlyLive: number }, ({ onlyLive }) => onlyLive === 1);
    expect((await graphql(server.url, operator, query, { shadow: 'ep-new' })).connectionComparison).toEqual({ bothShipments: 1, statusDiffers: 1, same: 0, onlyShadow: 1, onlyLive: 1, differing: [{ reference: '1Z1', shadowStatus: 'UNKNOWN', onlyShadow: [{ code: 'INFO' }], onlyLive: [{ code: 'DELIVERED' }] }] });
    expect((await graphqlAnswer(server.url, operator, query, { shadow: 'ep' })).errors![0]!.extensions!.code).toBe('BAD_INPUT');
  });

  it('tells what is wrong with a proposal, and those of other companies that there is no such connection', async () => {
    expect(await change(admin, 'proposeCodeMapping', { connection: 'ep', rawCode: 'x', code: 'NOWHERE' })).toMatchObject({ mapping: null, userErrors: [{ field: 'code', code: 'BAD_INPUT' }] });
    expect(await change(admin, 'removeCodeMapping', { connection: 'ep', rawCode: 'x' })).toMatchObject({ mapping: null, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await change(admin, 'removeCodeMapping', { connection: 'ep', rawCode: 'strange' })).toMatchObject({ mapping: { proposed: [{ rawCode: 'strange' }] }, userErrors: [] });
    expect(await server.database.kysely.selectFrom('audit').select('actor').where('action', '=', 'mapping.removal-proposed').where('target_id', '=', 'ep').execute()).toEqual([{ actor: 'ad' }]);
    expect(await change(elsewhere, 'proposeCodeMapping', { connection: 'ep', rawCode: 'x', code: 'LOST' })).toMatchObject({ mapping: null, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await graphql(server.url, elsewhere, '{ connectionMapping(connection: "ep") { fingerprint } unmappedCodes(first: 10) { rawCode } }')).toEqual({ connectionMapping: null, unmappedCodes: [] });
    expect((await graphqlAnswer(server.url, operator, 'mutation { proposeCodeMapping(input: { connection: "ep", rawCode: "x", code: "LOST" }) { userErrors { code } } }')).errors![0]!.extensions!.code).toBe('FORBIDDEN');
    expect((await graphqlAnswer(server.url, admin, '{ mappingPreview(connection: "ep-new") { messages } }')).errors![0]!.extensions!.code).toBe('CONFLICT');
  });
});

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { sql } from 'kysely';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from '../../src/cli/run-data-command.js';
import { auditHash } from '../../src/events/audit.js';
import { seal } from '../../src/jobs/tasks/seal.js';
import { globalId } from '../../src/lib/ids.js';
import { packageRoot } from '../../src/lib/package-root.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, odooBatch, order, postOdoo } from '../support/partners.js';
import { graphqlAnswer } from '../support/requests.js';

describeOnEachDatabase('the audit log, from the command line', (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    const batch = JSON.stringify(odooBatch(order(1, { customer: 7 })));
    await accepted(server, await postOdoo(server, batch), batch);
  });
  afterAll(() => server?.remove());

  const db = () => server.database.kysely;
  const run = async (name: string, options: Record<string, unknown> = {}) => {
    const lines: string[] = [];
    for await (const line of runHere(server, name, options, 'anna')) lines.push(line);
    return lines;
  };
  const actions = async () => (await db().selectFrom('audit').select(['action', 'actor', 'role', 'target_kind', 'target_id']).orderBy('position').execute()).map((row) => Object.values(row).join(' '));
  const doctor = async (options: Record<string, unknown> = {}) => {
    const lines: string[] = [];
    try {
      for await (const line of runHere(server, 'doctor', { audit: true, ...options }, 'anna')) lines.push(line);
    } catch (error) {
      lines.push((error as Error).message);
    }
    return lines.join('\n');
  };

  it('has every mutation of the graph, whoever sends it, with the correlation id of the request', async () => {
    const { id } = await db().insertInto('exception').values({ id: '01900000-0000-7000-8000-000000000001', subject: 'exception:test', company: 'main', class: 'DATA', kind: 'TEST', severity: 'LOW', state: 'OPEN', title: 't', detail: 'd', shipment_id: null, source_subject: null, raw_id: null, assignee: null, resolution: null, opened_at: new Date().toISOString(), resolved_at: null, decided_by: null, version: 0 }).returning('id').executeTakeFirstOrThrow();
    const token = await server.tokens.create({ role: 'operator', ttl: 600, subject: 'olga' });
    const mutation = (field: string, rest: string) => graphqlAnswer(server.url, token, `mutation { ${field}(input: {id: "${globalId('Exception', id)}", ${rest}}) { userErrors { code } } }`);
    for (const [field, rest] of [['assignException', 'assignee: "bert"'], ['resolveException', 'resolution: "done"'], ['reopenException', 'reason: "not done"']] as const) expect((await mutation(field, rest)).data).toEqual({ [field]: { userErrors: [] } });
    // What is refused changes nothing and leaves nothing.
    expect((await mutation('reopenException', 'reason: "again"')).data).toEqual({ reopenException: { userErrors: [{ code: 'CONFLICT' }] } });
    expect((await actions()).filter((line) => line.includes('olga'))).toEqual(['assign', 'resolve', 'reopen'].map((action) => `exception.${action} olga operator exception ${id}`));
    expect(await db().selectFrom('audit').select('position').where('actor', '=', 'olga').where('correlation_id', 'is', null).execute()).toEqual([]);
  });

  it('knows every mutation of the graph: a new one needs a test that it is recorded', () => {
    const graph = buildSchema(readFileSync(join(packageRoot, 'schema', 'api.graphql'), 'utf8'));
    const elsewhere = {
      'test/cli/four-eyes.test.ts': ['approve', 'refuse'],
      'test/subgraphs/commands.test.ts': ['discardCommand', 'pollSource', 'redriveCommands', 'replayCommand', 'retryCommand', 'setPartnerPolicy'],
      'test/subgraphs/mapping.test.ts': ['applyCodeMapping', 'proposeCodeMapping', 'removeCodeMapping'],
      'test/subgraphs/vehicles.test.ts': ['setFacilityGeofence'],
      'test/subgraphs/detention.test.ts': ['saveDetentionRule', 'removeDetentionRule'],
      'test/jobs/webhooks/management.test.ts': ['addWebhook', 'changeWebhook', 'pauseWebhook', 'removeWebhook', 'replayWebhook', 'resumeWebhook', 'rotateWebhookSecret', 'testWebhook'],
      'test/e2e/edi.test.ts': ['answerTender', 'sendLoadStatus', 'sendTender'],
      'test/e2e/docks-of-others.test.ts': ['cancelOutsideAppointment', 'moveOutsideAppointment', 'requestOutsideAppointment'],
      'test/e2e/yard-to-odoo.test.ts': ['confirmDispatch', 'confirmReceipt', 'undoConfirmation'],
      'test/subgraphs/yards.test.ts': ['reportYardMove', 'requestYardMove', 'undoYardMoveStep'],
      'test/e2e/yard-audited.test.ts': [
        'answerTenderOffer', 'assignDock', 'assignLoad', 'awardTender', 'bookAppointment', 'cancelAppointment', 'cancelLoad', 'changeLoad', 'checkIn', 'confirmAppointmentNames', 'createLoad', 'decideAppointment', 'endStandingAppointment', 'expectVisit', 'markNoShow',
        'mergeLoads', 'nameLoadEquipment', 'reportVisit', 'rescheduleAppointment', 'saveFacilityPlan', 'saveStandingAppointment', 'skipTenderCarrier', 'takeFirstComeFirstServed', 'tenderLoad', 'undoAppointment', 'undoLoad', 'undoVisitStep', 'withdrawTender',
      ],
      'test/e2e/load-planning.test.ts': ['splitLoad'],
      'test/e2e/ship-notice.test.ts': ['sendShipNotice'],
      'test/e2e/pickup.test.ts': ['cancelPickup', 'checkAddress', 'schedulePickup'],
      'test/e2e/booking.test.ts': ['bookReturn', 'bookShipment', 'cancelBooking', 'createManifest', 'removeBookingRule', 'removeCarrierCutOff', 'requestQuote', 'saveBookingRule', 'saveCarrierCutOff'],
    };
    expect(Object.keys(graph.getMutationType()!.getFields()).sort()).toEqual([...Object.values(elsewhere).flat(), 'assignException', 'reopenException', 'resolveException'].sort());
  });

  it('has commands that change something before they do it, also those that fail, and which token was made', async () => {
    const { jti } = decodeJwt((await run('token create', { role: 'operator', company: ['main'] }))[0]!);
    expect((await db().selectFrom('audit').select('payload').where('action', '=', 'token.created').where('actor', '=', 'cli:anna').executeTakeFirstOrThrow()).payload).toMatchObject({ company: ['main'] });
    await run('connection rotate', { id: 'odoo' });
    await run('replay', { connection: 'odoo' });
    await expect(run('replay', { connection: 'nowhere' })).rejects.toThrow();
    await run('retention', { set: ['raw=60'] });
    expect((await actions()).filter((line) => line.includes('cli:anna cli'))).toEqual([
      'token.created cli:anna cli role operator', `token.issued cli:anna cli token ${jti}`, 'connection.rotated cli:anna cli connection odoo', 'replay.run cli:anna cli connection odoo', 'replay.run cli:anna cli connection nowhere', 'replay.run.failed cli:anna cli connection nowhere', 'retention.changed cli:anna cli retention raw',
    ]);
  });

  it('says of which companies the facilities of a token or client are, also where they were typed without', async () => {
    const { jti } = decodeJwt((await run('token create', { role: 'partner', facility: ['WH'], warehouse: ['EAST@main'] }))[0]!);
    await run('token client', { id: 'wms', role: 'partner', facility: ['WH'] });
    const payloadOf = async (action: string, id: string) => (await db().selectFrom('audit').select('payload').where('action', '=', action).where('target_id', '=', id).executeTakeFirstOrThrow()).payload;
    expect(await payloadOf('token.issued', jti!)).toMatchObject({ facilities: ['WH@main', 'EAST@main'] });
    expect(await payloadOf('client.granted', 'wms')).toEqual({ facilities: ['WH@main'] });
  });

  it('counts who is not let in', async () => {
    expect((await graphqlAnswer(server.url, 'ey.not.a.token.of.ours.at.all', '{ viewer { name } }')).status).toBe(401);
    expect((await fetch(`${server.url}/token`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'grant_type=client_credentials&client_id=nobody&client_secret=wrong' })).status).toBe(401);
    await server.server.close();
    const rows = await db().selectFrom('rejection').select(['connection', 'reason', 'count']).orderBy('connection').execute();
    expect(rows).toEqual([{ connection: '@graphql', reason: 'unauthenticated', count: 1 }, { connection: '@token', reason: 'invalid_client', count: 1 }]);
  });

  it('is exported as lines whose hashes anybody can follow, and the export is in it', async () => {
    const rows = (await run('audit export')).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.at(-1)).toMatchObject({ action: 'audit.exported', actor: 'cli:anna' });
    let before: Uint8Array = Buffer.alloc(0);
    for (const row of rows) {
      const at = row.at as string;
      const hash = auditHash(before, { ...row, at: `${Math.floor(Date.parse(at) / 1000)}.${at.slice(20, 23)}000`, digest: Buffer.from(row.digest as string, 'hex') } as never);
      expect(hash.toString('hex')).toBe(row.hash);
      before = hash;
    }
    expect(await run('audit export', { from: '2100-01-01' })).toEqual([]);
    await expect(run('audit export', { format: 'xml' })).rejects.toThrow('--format takes jsonl.');
  });

  it('is found whole by the doctor, and the first row that is not is named, in either log', async () => {
    await seal(server.tasks);
    expect(await doctor()).toMatch(/^ok {5}The audit log is whole up to position \d+ \(\d+ signed checkpoints\)\.\nok {5}The event log is whole up to position \d+ \(\d+ signed checkpoints(, the last \d+ not sealed yet)?\)\.$/);
    await sql`update event set company = 'other' where position = 1`.execute(db());
    expect(await doctor()).toMatch(/WRONG {2}The event log is broken at position 1: the event is not as it was recorded\. .*\nA log is not as it was recorded, see above\.$/);
    await sql`update event set company = 'main' where position = 1`.execute(db());
    await sql`alter table audit disable trigger audit_keeps_rows`.execute(db());
    await sql`update audit set actor = 'nobody' where position = 2`.execute(db());
    expect(await doctor()).toContain('WRONG  The audit log is broken at position 2: ');
    await sql`update audit set actor = 'olga' where position = 2`.execute(db());
    expect(await doctor()).not.toContain('WRONG');
  });

  it('that was cut off together with its checkpoints is found by those that this machine keeps, or somebody kept', async () => {
    const [kept] = await run('audit checkpoint');
    await sql`alter table audit disable trigger audit_keeps_rows`.execute(db());
    await sql`truncate checkpoint`.execute(db());
    await sql`delete from audit where position > 3`.execute(db());
    await sql`update audit_head set position = 3, hash = (select hash from audit where position = 3)`.execute(db());
    expect(readFileSync(server.tasks.checkpointFile, 'utf8')).toContain('"audit"');
    expect(await doctor()).toContain('WRONG  The audit log is broken at position 4: the log was cut off');
    // The end that stands now is signed, and does not take the place of the one that is further.
    await seal(server.tasks);
    expect(await doctor()).toContain('WRONG  The audit log is broken at position 4: the log was cut off');
    rmSync(server.tasks.checkpointFile);
    expect(await doctor()).not.toContain('WRONG');
    expect(await doctor({ checkpoint: kept })).toContain('WRONG  The audit log is broken at position 4: the log was cut off');
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { replay } from '../../src/jobs/tasks/replay.js';
import type { Json } from '../../src/lib/json.js';
import { milestonesMapping } from '../fixtures/files/sample.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, send } from '../support/partners.js';
import { eventually } from '../support/requests.js';
import { SftpServer } from '../support/sftp-server.js';

const header = 'Sendung;Status;Datum;Uhrzeit;Ort;Land;Packstücke;Bemerkung';
const good = 'JD014600003RU;70;06.03.2026;09:05;München;DE;2;';

describeOnEachDatabase('files of a partner', (kind) => {
  let server: TestServer;
  let out: string;
  const sftp = new SftpServer({ user: 'gatehouse', password: 'right' });
  let port: number;
  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' });
    out = mkdtempSync(join(tmpdir(), 'gatehouse-results-'));
    port = await sftp.listen();
    const mapping = milestonesMapping as unknown as Json;
    await server.connections.add({ id: 'posted', connector: 'files', company: 'main', settings: { mapping, results: 'all', transport: { kind: 'folder', path: out } }, secrets: { webhookSecret: 'token-of-the-partner' } });
    for (const folder of ['/', '/in', '/out']) sftp.folders.add(folder);
    sftp.put('/out/day.csv', [header, good, 'x;70;never;;;;;', ''].join('\n'));
    sftp.put('/out/next.csv.part', header);
    const transport = { kind: 'sftp', host: '127.0.0.1', port, user: 'gatehouse', hostKey: sftp.fingerprint, in: '/out', out: '/in', everySeconds: 60, whole: 'rename', after: 'archive', archive: 'archive', same: 'name', restSeconds: 0, marker: '.done' };
    await server.connections.add({ id: 'fetched', connector: 'files', company: 'main', settings: { mapping, results: 'rejected', transport }, secrets: { sftpPassword: 'right' } });
  });
  afterAll(async () => {
    await server.remove();
    await sftp.close();
    rmSync(out, { recursive: true, force: true });
  });

  const post = (body: string) => send(`${server.url}/ingest/posted`, { method: 'POST', headers: { 'content-type': 'text/csv', authorization: 'Bearer token-of-the-partner', 'x-file-name': '../../etc/status 5.csv' }, body });

  it('who sent a file by POST is told once what became of each line, also when it is read again', async () => {
    const body = [header, good, 'x;70;never;;;;;', ''].join('\n');
    const row = await accepted(server, await post(body), body);
    const [name] = await eventually(async () => readdirSync(out), (names) => names.length === 1 && names[0]!.endsWith('.csv'));
    expect(name).toBe(`etc_status_5.csv.${row.id}.results.csv`);
    expect(readFileSync(join(out, name!), 'utf8').split('\r\n')).toEqual(['line,result,reason', '2,accepted,', '3,rejected,"time is none of dd.MM.yyyy HH:mm, ISO 8601: never"', '']);
    const exceptions = await server.database.kysely.selectFrom('exception').select(['kind', 'detail']).where('raw_id', '=', row.id).execute();
    expect(exceptions.map((each) => each.kind)).toContain('LINE_REJECTED');
    await replay(server.tasks, { connection: 'posted', from: '2000-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' });
    const commands = await server.database.kysely.selectFrom('command').select('state').where('kind', '=', 'file.results').where('connection', '=', 'posted').execute();
    expect(commands).toEqual([{ state: 'DONE' }]);
  });

  it('who sent a file of which no line can be read is told of each, and again once it is read by another mapping', async () => {
    const { settings } = (await server.connections.find('posted'))!;
    const results = () => readdirSync(out).filter((name) => !name.startsWith('.')).sort();
    const before = new Set(results());
    const body = [header, 'x;70;03/06/2026;09:05;;;;', ''].join('\n');
    const { body: { id } } = await post(body);
    const [first] = await eventually(async () => results().filter((name) => !before.has(name)), (names) => names.length === 1);
    expect(readFileSync(join(out, first!), 'utf8')).toContain('2,rejected,"time is none of');
    expect(await server.database.kysely.selectFrom('inbox').select('state').where('id', '=', id).executeTakeFirstOrThrow()).toEqual({ state: 'QUARANTINED' });
    const mapping = settings.mapping as { times: string[] };
    await server.connections.change('posted', { ...settings, mapping: { ...mapping, times: [...mapping.times, 'MM/dd/yyyy HH:mm'] } } as Record<string, Json>, {});
    for (let time = 0; time < 2; time++) await replay(server.tasks, { connection: 'posted', from: '2000-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' });
    const [again] = await eventually(async () => results().filter((name) => !before.has(name) && name !== first), (names) => names.length === 1);
    expect([again, readFileSync(join(out, again!), 'utf8').split('\r\n')[1]]).toEqual([expect.stringContaining(`${id}.replayed.results.csv`), '2,accepted,']);
  });

  it('a file on a server is fetched, put away and answered there', async () => {
    await eventually(async () => sftp.names('/in'), (names) => names.length === 1 && names[0]!.endsWith('.results.csv'));
    expect(sftp.files.get(`/in/${sftp.names('/in')[0]!}`)!.bytes.toString()).toContain('3,rejected,');
    await eventually(async () => sftp.names('/out/archive'), (names) => names.length === 1);
    expect([sftp.names('/out'), sftp.names('/out/archive')]).toEqual([['next.csv.part'], ['day.csv']]);
    const milestones = await server.database.kysely.selectFrom('event').select('type').where('connection', '=', 'fetched').where('type', '=', 'milestone.reported').execute();
    expect(milestones).toHaveLength(1);
  });
});

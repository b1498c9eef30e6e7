import { afterAll, beforeAll, expect, it } from 'vitest';
import { sql } from 'kysely';
import { createLog } from '../../src/lib/log.js';
import { openServices } from '../../src/main.js';
import { milestonesMapping } from '../fixtures/files/sample.js';
import type { Json } from '../../src/lib/json.js';
import { build } from '../support/command-line.js';
import { describeOnEachDatabase, freshConfig, type TestConfig } from '../support/databases.js';
import { freePort } from '../support/free-port.js';
import { startProduct } from '../support/product.js';
import { eventually } from '../support/requests.js';
import { SftpServer } from '../support/sftp-server.js';

const count = 30;

describeOnEachDatabase('files that are fetched while the process is killed', (kind) => {
  const sftp = new SftpServer({ user: 'gatehouse', password: 'right' });
  let given: TestConfig | undefined;
  let env: Record<string, string>;
  beforeAll(async () => {
    build();
    given = await freshConfig(kind);
    const { config } = given;
    env = { GATEHOUSE_DATA: config.dataFolder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8', PORT: String(await freePort()), ...(config.databaseUrl === undefined ? {} : { DATABASE_URL: config.databaseUrl }) };
    const port = await sftp.listen();
    for (const folder of ['/', '/out']) sftp.folders.add(folder);
    const services = await openServices(config, createLog('silent'), { supervise: false });
    const transport = { kind: 'sftp', host: '127.0.0.1', port, user: 'gatehouse', hostKey: sftp.fingerprint, in: '/out', everySeconds: 5, whole: 'rename', after: 'archive', archive: 'archive', same: 'name', restSeconds: 0, marker: '.done' };
    await services.connections.add({ id: 'partner', connector: 'files', company: 'main', settings: { mapping: milestonesMapping as unknown as Json, results: 'none', transport }, secrets: { sftpPassword: 'right' } });
    await services.close();
    for (let index = 0; index < count; index++) sftp.put(`/out/day-${index}.csv`, `Sendung;Status;Datum;Uhrzeit;Ort;Land;Packstücke;Bemerkung\nJD${index};70;06.03.2026;09:05;München;DE;2;\n`);
  });
  afterAll(async () => {
    await sftp.close();
    await given?.remove();
  });

  /** Runs the product until something happens at the server, and kills it then. */
  async function runUntil(happens: () => boolean): Promise<void> {
    const product = await startProduct(['serve'], env);
    await eventually(async () => happens(), (has) => has);
    await product.kill();
  }

  it('are each kept once, and put away', async () => {
    let reads = 0;
    sftp.faults.onRead = () => void reads++;
    await runUntil(() => reads >= 10);
    await runUntil(() => sftp.log.length >= 5);
    await runUntil(() => sftp.names('/out').length === 0);
    const services = await openServices({ ...given!.config, allowedNetworks: ['127.0.0.0/8'] }, createLog('silent'), { supervise: false });
    try {
      const { rows } = await sql<{ name: string; times: number }>`select headers ->> 'x-gatehouse-file' as name, count(*)::int as times from inbox where connection = 'partner' group by 1`.execute(services.database.kysely);
      expect([rows.length, rows.filter(({ times }) => times !== 1)]).toEqual([count, []]);
      expect([sftp.names('/out'), sftp.names('/out/archive').length]).toEqual([[], count]);
    } finally {
      await services.close();
    }
  });
});

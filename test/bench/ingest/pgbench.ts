import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

/**
 * Rows a second that pgbench inserts one at a time, with 8 clients, into a table like the inbox.
 * @returns null where pgbench is not installed
 */
export async function insertsPerSecond(programs: string, databaseUrl: string, body: string): Promise<number | null> {
  const program = join(programs, 'pgbench');
  if (!existsSync(program)) return null;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-pgbench-'));
  try {
    await client.query('create table single_row (like inbox including all)');
    const script = join(folder, 'insert.sql');
    writeFileSync(script, `insert into single_row (id, connection, dedupe_key, correlation_id, received_at, headers, body) values (gen_random_uuid(), 'ep', 'sha256:' || md5(random()::text) || md5(random()::text), gen_random_uuid(), now(), '{"content-type":"application/json"}', decode('${Buffer.from(body).toString('base64')}', 'base64'));\n`);
    const { stdout } = await promisify(execFile)(program, ['-n', '-c', '8', '-j', '2', '-T', '8', '-f', script, databaseUrl]);
    const rate = /tps = ([\d.]+)/.exec(stdout);
    if (rate === null) throw new Error(`pgbench did not tell its rate:\n${stdout}`);
    return Number(rate[1]);
  } finally {
    await client.query('drop table if exists single_row');
    await client.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

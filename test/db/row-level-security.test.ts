import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { readerFor } from '../../src/auth/reader.js';
import { doctor } from '../../src/cli/commands/doctor.js';
import { ConfigError, readConfig } from '../../src/lib/config.js';
import { createLog } from '../../src/lib/log.js';
import { openServices, type Services } from '../../src/main.js';

const cluster = inject('postgresUrl');
const outsider = principalOf({ subject: 's', role: 'partner', parties: [], carriers: ['X'], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });

describe.skipIf(cluster === null)(`the role of outsiders${cluster === null ? ' (skipped: no PostgreSQL is installed)' : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  const remains: string[] = [];
  let serial = 0;

  const run = async (url: string, ...statements: string[]) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const asAdministrator = (database: string, ...statements: string[]) => run(`${cluster}${database}`, ...statements);

  afterEach(async () => {
    for (const statement of remains.splice(0).reverse()) await asAdministrator('postgres', statement);
    rmSync(folder, { recursive: true, force: true });
  });

  /** A database with an owner who is no superuser. */
  async function ownedDatabase(rights = '', name = `secured_${process.pid}_${++serial}`): Promise<{ name: string; owner: string; role: string }> {
    const owner = `owner_${process.pid}_${++serial}`;
    await asAdministrator('postgres', `create role ${owner} login ${rights}`, `create database "${name.replaceAll(`"`, `""`)}" owner ${owner}`);
    const role = `gatehouse_outsider_${name}`.replaceAll('"', '""');
    remains.push(`drop role if exists ${owner}`, `drop role if exists "${role}"`, `drop database "${name.replaceAll(`"`, `""`)}" with (force)`);
    return { name, owner, role };
  }

  async function withServices<Result>({ name, owner }: { name: string; owner: string }, env: Record<string, string>, use: (services: Services) => Promise<Result>): Promise<Result> {
    const url = new URL(`${cluster}${encodeURIComponent(name)}`);
    url.username = owner;
    const services = await openServices(readConfig({ DATABASE_URL: url.href, GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_LOG: 'silent', ...env }), createLog('silent'), { supervise: false });
    try {
      return await use(services);
    } finally {
      await services.close();
    }
  }

  const read = ({ database }: Services) => readerFor(database.reads, outsider).db.selectFrom('shipment').select('shipment.id').execute();

  async function findingOf(services: Services): Promise<string> {
    const lines: string[] = [];
    try {
      for await (const line of doctor.run(services, {}, undefined as never)) lines.push(line);
    } catch (error) {
      lines.push((error as Error).message);
    }
    return lines.find((line) => /Row-level security|Role gatehouse_outsider/.test(line))!;
  }

  it('is made by an owner who may make roles, is used, and is found again', async () => {
    const database = await ownedDatabase('createrole');
    for (let start = 0; start < 2; start++) {
      await withServices(database, { GATEHOUSE_ROW_LEVEL_SECURITY: 'on' }, async (services) => {
        expect(services.database.outsiders.role).toBe(database.role);
        expect(await read(services)).toEqual([]);
        expect(await findingOf(services)).toBe(`ok     Row-level security holds for what outsiders read, as role ${database.role}.`);
      });
    }
  });

  it('is done without where the owner may make none, and the doctor says what an administrator must run', async () => {
    const database = await ownedDatabase();
    const finding = await withServices(database, {}, async (services) => {
      expect(services.database.outsiders.role).toBeNull();
      expect(await read(services)).toEqual([]);
      return findingOf(services);
    });
    expect(finding).toMatch(/^WRONG {2}Row-level security does not hold/);
    await expect(withServices(database, { GATEHOUSE_ROW_LEVEL_SECURITY: 'on' }, async () => {})).rejects.toThrow(ConfigError);
    await withServices(database, { GATEHOUSE_ROW_LEVEL_SECURITY: 'off' }, async (services) => {
      expect(services.database.outsiders.role).toBeNull();
      expect(await findingOf(services)).toMatch(/^ok {5}Row-level security is off/);
    });

    const statements = /restart: (.*) Or set/.exec(finding)![1]!.split(/(?<=;) /);
    expect(statements.map((statement) => statement.split(' ')[0])).toEqual(['create', 'grant', 'grant', 'grant']);
    await asAdministrator(database.name, ...statements);
    await withServices(database, { GATEHOUSE_ROW_LEVEL_SECURITY: 'on' }, async (services) => {
      expect(services.database.outsiders.role).toBe(database.role);
      expect(await read(services)).toEqual([]);
    });
  });

  it('needs of an administrator but the role and membership: the owner grants the rest', async () => {
    const database = await ownedDatabase();
    await asAdministrator('postgres', `create role "${database.role}" nologin`, `grant "${database.role}" to ${database.owner}`);
    await withServices(database, { GATEHOUSE_ROW_LEVEL_SECURITY: 'on' }, async (services) => expect(await read(services)).toEqual([]));
  });

  it('is not used where row-level security would not hold for it', async () => {
    const database = await ownedDatabase();
    await asAdministrator('postgres', `create role "${database.role}" nologin bypassrls`, `grant "${database.role}" to ${database.owner}`);
    await expect(withServices(database, { GATEHOUSE_ROW_LEVEL_SECURITY: 'on' }, async () => {})).rejects.toThrow(/nobypassrls/);
  });

  it('is switched on again for a table for which somebody switched it off', async () => {
    const database = await ownedDatabase('createrole');
    await withServices(database, {}, async () => {});
    await asAdministrator(database.name, 'alter table shipment disable row level security');
    await withServices(database, { GATEHOUSE_ROW_LEVEL_SECURITY: 'on' }, async (services) => {
      const { rows } = await services.database.kysely.executeQuery<{ on: boolean }>({ sql: `select relrowsecurity as on from pg_class where oid = 'shipment'::regclass`, parameters: [], query: { kind: 'RawNode' } as never, queryId: { queryId: 'q' } });
      expect(rows).toEqual([{ on: true }]);
    });
  });

  it('is one of its own for each database, and reads in no other; a long name and one with quotes are names, too', async () => {
    const [first, second] = [await ownedDatabase('createrole'), await ownedDatabase('createrole', `a "b" ${'c'.repeat(50)}`)];
    const roleOf = (database: { name: string; owner: string }) => withServices(database, { GATEHOUSE_ROW_LEVEL_SECURITY: 'on' }, async (services) => {
      expect(await read(services)).toEqual([]);
      return services.database.outsiders.role!;
    });
    const roles = [await roleOf(first), await roleOf(second)];
    remains.unshift(`drop role "${roles[1]}"`);
    expect(new Set(roles).size).toBe(2);
    await expect(asAdministrator(first.name, `set role "${roles[1]}"`, 'select * from shipment')).rejects.toMatchObject({ code: '42501' });
  });
});

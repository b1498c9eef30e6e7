import { readFileSync, rmSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { recordAudit, recordAuditNow, type AuditEntry } from '../../src/events/audit.js';
import { knownCheckpoints, verifyAudit } from '../../src/events/audit-verify.js';
import { makeCheckpoints, readCheckpoint } from '../../src/events/checkpoints.js';
import { seal } from '../../src/jobs/tasks/seal.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { createLog } from '../../src/lib/log.js';
import type { Services } from '../../src/main.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';

const entry = (id: number): AuditEntry => ({
  actor: { subject: 'anna', role: 'operator' }, action: 'exception.resolved', target: { kind: 'exception', id: String(id) }, correlationId: uuidv7(), payload: { reason: `because ${id}`, count: id },
});

describeOnEachDatabase('the audit log', (kind) => {
  let services: Services & { remove(): Promise<void> };
  beforeAll(async () => void (services = await testServices(kind)));
  afterAll(() => services?.remove());

  const run = (statement: string) => sql.raw(statement).execute(services.database.kysely);
  const verify = async (elsewhere: readonly string[] = [], erased = 0) => (await verifyAudit(services.database, await knownCheckpoints(services.database, services.signer, 'audit', elsewhere), () => Promise.resolve(erased))).broken;
  /** What somebody does who may do everything in the database. */
  const tamper = async (...statements: string[]) => {
    await run('alter table audit disable trigger audit_keeps_rows');
    for (const statement of statements) await run(statement);
    await run('alter table audit enable trigger audit_keeps_rows');
  };

  beforeEach(async () => {
    await run('truncate audit, checkpoint');
    await run(`update audit_head set position = 0, hash = ''`);
    for (let part = 0; part < 3; part++) await recordAuditNow(services.database, Array.from({ length: 4 }, (_, index) => entry(part * 4 + index + 1)));
  });

  it('is whole as long as nobody alters it, whoever records at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => services.audit.record(entry(100 + index))));
    await Promise.all(Array.from({ length: 5 }, (_, index) => recordAuditNow(services.database, [entry(200 + index)])));
    expect(await verify()).toBeNull();
    const rows = await services.database.kysely.selectFrom('audit').select('position').orderBy('position').execute();
    expect(rows.map((row) => row.position)).toEqual(Array.from({ length: 37 }, (_, index) => index + 1));
  });

  it('holds nothing of a transaction that was rolled back', async () => {
    await expect(services.database.transaction(async (tx) => {
      await recordAudit(tx, [entry(99)]);
      throw new Error('undone');
    })).rejects.toThrow('undone');
    await recordAuditNow(services.database, [entry(13)]);
    expect(await verify()).toBeNull();
    expect((await services.database.kysely.selectFrom('audit').select('target_id').where('position', '=', 13).executeTakeFirstOrThrow()).target_id).toBe('13');
  });

  it('refuses to change or delete a row, but lets payload and salt be erased together, which leaves it whole as far as retention says so', async () => {
    await expect(run(`update audit set actor = 'nobody' where position = 3`)).rejects.toThrow(/append-only/);
    await expect(run('delete from audit where position = 3')).rejects.toThrow(/append-only/);
    await expect(run(`update audit set payload = '{}' where position = 3`)).rejects.toThrow(/append-only/);
    await run('update audit set payload = null, salt = null where position <= 5');
    expect(await verify([], 5)).toBeNull();
    expect(await verify([], 4)).toEqual({ position: 5, what: 'the payload was erased, and not by retention' });
    expect((await services.database.kysely.selectFrom('audit').select('payload').where('position', '=', 3).executeTakeFirstOrThrow()).payload).toBeNull();
  });

  it('is whole also where retention goes on while it is followed', async () => {
    await run('update audit set payload = null, salt = null where position <= 5');
    const said = [3, 5];
    expect((await verifyAudit(services.database, { sound: [], forged: [] }, () => Promise.resolve(said.shift()!))).broken).toBeNull();
    expect(said).toEqual([]);
  });

  const columns: Record<string, string> = {
    at: `at + interval '1 microsecond'`, actor: `'bert'`, role: `'admin'`, action: `'exception.assigned'`, target_kind: `'connection'`, target_id: `'77'`, correlation_id: `'${uuidv7()}'`,
    payload: `'{"count":7,"reason":"because 70"}'`, salt: `decode('00', 'hex')`, digest: `sha256('')`, hash: `sha256('')`,
  };
  it.each(Object.entries(columns))('finds that column %s of a row was altered, and names the row', async (column, value) => {
    await tamper(`update audit set ${column} = ${value} where position = 7`);
    expect(await verify()).toMatchObject({ position: 7 });
  });

  it.each(['correlation_id', 'payload', 'salt'])('finds that column %s of a row was emptied by itself', async (column) => {
    await tamper(`update audit set ${column} = null where position = 7`);
    expect(await verify()).toMatchObject({ position: 7 });
  });

  it('finds a row that is gone', async () => {
    await tamper('delete from audit where position = 7');
    expect(await verify()).toEqual({ position: 7, what: 'the row is missing' });
  });

  it('finds a row that was put in, at either end', async () => {
    const copy = (position: number) => `insert into audit select ${position}, at, actor, role, action, target_kind, target_id, correlation_id, payload, salt, digest, hash from audit where position = 5`;
    await tamper(copy(0));
    expect(await verify()).toMatchObject({ position: 0 });
    await tamper('delete from audit where position = 0', copy(13), 'update audit_head set position = 13');
    expect(await verify()).toMatchObject({ position: 13 });
  });

  it('finds two rows that changed places', async () => {
    await tamper('update audit set position = 1007 where position = 7', 'update audit set position = 7 where position = 8', 'update audit set position = 8 where position = 1007');
    expect(await verify()).toMatchObject({ position: 7 });
  });

  it('finds that its end was cut off: by the head, else by the signed checkpoint, else by one kept elsewhere', async () => {
    const { audit: kept } = await makeCheckpoints(services.database, services.signer);
    await tamper('delete from audit where position > 10');
    expect(await verify()).toMatchObject({ position: 11 });
    await run('update audit_head set position = 10, hash = (select hash from audit where position = 10)');
    expect(await verify()).toMatchObject({ position: 11, what: expect.stringContaining('knows position 12') });
    await run('truncate checkpoint');
    expect(await verify()).toBeNull();
    expect(await verify([kept!])).toMatchObject({ position: 11 });
  });

  it.each([['as much', 0], ['one entry more', 1]])('is not taken for cut off where another process signs %s at the same time, whose checkpoint stays', async (_, more) => {
    const { tasks, signer, database } = services;
    const alarms: unknown[] = [];
    const log = Object.assign(createLog('silent'), { error: (...told: unknown[]) => alarms.push(told) });
    const overtaken = {
      verify: (jws: string) => signer.verify(jws),
      sign: async (payload: string) => {
        for (let id = 0; id < more; id++) await recordAuditNow(database, [entry(300 + id)]);
        await seal(tasks);
        return signer.sign(payload);
      },
    };
    rmSync(tasks.checkpointFile, { force: true });
    await seal({ ...tasks, log, signer: overtaken });
    expect(alarms).toEqual([]);
    const { audit } = JSON.parse(readFileSync(tasks.checkpointFile, 'utf8')) as { audit: string };
    expect(await readCheckpoint(signer, audit)).toMatchObject({ position: 12 + more });
  });

  it('finds that it was written anew with hashes that fit one another', async () => {
    await makeCheckpoints(services.database, services.signer);
    await run('truncate audit');
    await run(`update audit_head set position = 0, hash = ''`);
    await recordAuditNow(services.database, Array.from({ length: 12 }, (_, index) => entry(index + 500)));
    expect(await verify()).toMatchObject({ position: 12, what: expect.stringContaining('signed checkpoint') });
  });

  it('finds a checkpoint that is not ours or was moved to another place', async () => {
    await makeCheckpoints(services.database, services.signer);
    const { signature } = await services.database.kysely.selectFrom('checkpoint').select('signature').executeTakeFirstOrThrow();
    for (const wrong of [`${signature.slice(0, -8)}AAAAAAAA`, 'a.b.c', signature.replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url'))]) {
      await services.database.kysely.updateTable('checkpoint').set({ signature: wrong }).execute();
      expect(await verify(), wrong).toMatchObject({ position: 12 });
    }
    await services.database.kysely.updateTable('checkpoint').set({ signature, position: 5 }).execute();
    expect(await verify()).toMatchObject({ position: 5 });
  });
});

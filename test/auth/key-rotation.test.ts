import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DataKeys, rotated } from '../../src/auth/data-keys.js';
import { keysOf } from '../../src/auth/key-encryption.js';
import { reencrypt, settlingMs } from '../../src/auth/reencrypt.js';
import { SecretKeyError } from '../../src/auth/secret-box.js';
import { decodeMessages } from '../../src/jobs/tasks/decode.js';
import { sha256 } from '../../src/lib/ids.js';
import { openPipeline, type Pipeline } from '../projections/pipeline.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { bodyText } from '../support/raw-bodies.js';

describeOnEachDatabase('a rotation of keys', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  afterAll(() => pipeline?.remove());

  const db = () => pipeline.services.database.kysely;
  const lines = async (of: AsyncIterable<string>) => {
    const found = [];
    for await (const line of of) found.push(line);
    return found.join('\n');
  };

  it('wraps the keys of the data under a new key; who has the old one alone is told so', async () => {
    const { database } = pipeline.services;
    const [before, now] = [randomBytes(32), randomBytes(32)];
    const clean = () => db().deleteFrom('data_key').execute();
    const saved = await db().selectFrom('data_key').selectAll().execute();
    await clean();
    const old = await DataKeys.open(database, keysOf([before]));
    const sealed = old.box('secrets').seal('a secret', 'p');
    const both = await DataKeys.open(database, keysOf([now, before]));
    expect(await both.rewrap()).toBe(5);
    expect(await both.rewrap()).toBe(0);
    const alone = await DataKeys.open(database, keysOf([now]));
    expect(alone.box('secrets').open(sealed, 'p')).toBe('a secret');
    expect(alone.fingerprint('x')).toEqual(old.fingerprint('x'));
    await expect(DataKeys.open(database, keysOf([before]))).rejects.toThrow(SecretKeyError);
    for (const keys of [old, both, alone]) keys.close();
    await clean();
    await db().insertInto('data_key').values(saved).execute();
  });

  it('uses a new key only when every process knows it, encrypts everything anew, and forgets the old key an hour later; cut short, it goes on', async () => {
    const { keys, connections, database, people, tasks } = pipeline.services;
    await connections.rotate('erp', 'webhookSecret', 'whsec_c2VjcmV0');
    const bodies = Array.from({ length: 120 }, (_, index) => `{"number":${index}}`);
    const receipts = await Promise.all(bodies.map((body) => pipeline.services.inbox.receive({ connection: 'none', dedupeKey: sha256(body), headers: {}, body: Buffer.from(body), receivedMs: Date.now() })));
    await decodeMessages(pipeline.tasks, receipts.map((receipt) => receipt.id));
    const id = receipts[0]!.id;
    await db().insertInto('personal_data').values({ id, subject: 'party:erp:1', data: '{}', sealed: people.seal(id, { email: 'a@example.org' }), erased_at: null }).execute();

    const oldKeys = rotated.map((purpose) => keys.box(purpose).keyId);
    for (const purpose of rotated) await keys.add(purpose, Date.now() + 3_600_000);
    expect(rotated.map((purpose) => keys.box(purpose).keyId)).toEqual(oldKeys);
    await db().updateTable('data_key').set({ active_from: new Date().toISOString() }).where('active_from', '>', new Date().toISOString()).execute();
    await keys.reload();
    const newKeys = rotated.map((purpose) => keys.box(purpose).keyId);
    for (const [index, key] of newKeys.entries()) expect(key).not.toBe(oldKeys[index]);

    const run = reencrypt(database, keys)[Symbol.asyncIterator]();
    await run.next();
    await run.return?.();
    expect(keys.idsOf('raw')).toHaveLength(2);
    // A process that has not heard of the new key yet, or whose clock is behind, seals under the old one all the while.
    expect(await lines(reencrypt(database, keys))).toMatch(new RegExp(`raw: everything stands under key ${newKeys[2]}. Run this again after .* to forget ${oldKeys[2]}.`));
    expect(rotated.map((purpose) => keys.idsOf(purpose).length)).toEqual(rotated.map(() => 2));
    const late = receipts[1]!.id;
    await db().updateTable('data_key').set({ active_from: new Date(Date.now() + 60_000).toISOString() }).where('id', 'in', newKeys).execute();
    await keys.reload();
    await db().updateTable('inbox').set({ body: tasks.bodies.sealBytes(Buffer.from(bodies[1]!), `raw/${late}`) }).where('id', '=', late).execute();
    await db().updateTable('data_key').set({ active_from: new Date(Date.now() - settlingMs - 1000).toISOString() }).where('id', 'in', newKeys).execute();
    await db().updateTable('data_key').set({ active_from: new Date(Date.now() - 2 * settlingMs).toISOString() }).where('id', 'in', oldKeys).execute();
    await keys.reload();
    expect(await lines(reencrypt(database, keys))).toContain(`raw: key ${newKeys[2]} alone is used.`);
    for (const purpose of rotated) expect(keys.idsOf(purpose)).toEqual([keys.box(purpose).keyId]);

    const rows = await db().selectFrom('inbox').select(['id', 'body']).where('connection', '=', 'none').execute();
    expect(rows.map((row) => bodyText(tasks.bodies, row)).sort()).toEqual([...bodies].sort());
    expect(people.open(id, (await db().selectFrom('personal_data').select('sealed').where('id', '=', id).executeTakeFirstOrThrow()).sealed)).toEqual({ email: 'a@example.org' });
    await connections.rotate('erp', 'webhookSecret', 'whsec_bmV4dA==');
    expect((await connections.find('erp'))!.secrets.webhookSecret).toEqual(['whsec_bmV4dA==', 'whsec_c2VjcmV0']);
    expect(await pipeline.services.tokens.create({ role: 'operator', ttl: 60 })).toMatch(/^ey/);
  });
});

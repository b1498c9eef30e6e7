import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { knownCheckpoints, verifyAudit } from '../../src/events/audit-verify.js';
import type { Transaction } from '../../src/db/database.js';
import { recordAuditNow } from '../../src/events/audit.js';
import { countDeprecatedUse, deprecatedUse } from '../../src/events/deprecated-use.js';
import { keepPersonalData, personalData } from '../../src/events/personal-data.js';
import { verifyEvents } from '../../src/events/seal-verify.js';
import { sealEvents, sealHash } from '../../src/events/seals.js';
import { auditRejections } from '../../src/jobs/tasks/audit-rejections.js';
import { partitionSize } from '../../src/jobs/tasks/partitions.js';
import { droppedUpTo, dueNow, erasedUpTo, retain, type RetentionName } from '../../src/jobs/tasks/retention.js';
import { uuidv7 } from '../../src/lib/ids.js';
import type { Services } from '../../src/main.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { overlapping } from '../support/overlapping.js';
import { bodyText } from '../support/raw-bodies.js';

const dayMs = 86_400_000;

describeOnEachDatabase('retention', (kind) => {
  let services: Services & { remove(): Promise<void> };
  beforeAll(async () => void (services = await testServices(kind)));
  afterAll(() => services?.remove());

  const db = () => services.database.kysely;
  const due = async () => Object.fromEntries((await dueNow(services.tasks)).map(({ name, due: count }) => [name, count])) as Record<RetentionName, number>;
  const keep = (name: RetentionName, days: number | null) => db().insertInto('retention').values({ kind: name, days }).onConflict((c) => c.column('kind').doUpdateSet({ days })).execute();
  const ago = (days: number) => Date.now() - days * dayMs;

  it('takes bodies and headers of raw messages and leaves their keys, so that a repeat is still known', async () => {
    const receive = (days: number) => services.inbox.receive({ connection: 'erp', dedupeKey: `day ${days}`, headers: { 'x-a': 'b' }, body: Buffer.from(`body of day ${days}`), receivedMs: ago(days) });
    const ids = new Map<number, string>();
    for (const days of [200, 100, 91, 89, 1]) ids.set(days, (await receive(days)).id);
    // As if they had been received then: ids rise with the time of receipt.
    for (const [days, id] of ids) {
      const then = uuidAt(ago(days));
      await db().updateTable('inbox').set({ id: then, body: services.tasks.bodies.sealBytes(Buffer.from(`body of day ${days}`), `raw/${then}`), state: 'DECODED' }).where('id', '=', id).execute();
    }
    expect((await due()).raw).toBe(3);
    await retain(services.tasks);
    expect((await due()).raw).toBe(0);
    const rows = await db().selectFrom('inbox').select(['id', 'dedupe_key', 'headers', 'body', 'body_gone']).orderBy('received_at').execute();
    expect(rows.map((row) => [row.dedupe_key, row.headers, row.body_gone])).toEqual([['day 200', null, 'RETENTION'], ['day 100', null, 'RETENTION'], ['day 91', null, 'RETENTION'], ['day 89', { 'x-a': 'b' }, null], ['day 1', { 'x-a': 'b' }, null]]);
    expect(bodyText(services.tasks.bodies, rows[3]!)).toBe('body of day 89');
    expect((await receive(200)).duplicate).toBe(true);
  });

  it('keeps what is set to be kept, and takes more when it is set to less', async () => {
    await keep('raw', null);
    expect((await due()).raw).toBe(0);
    await keep('raw', 50);
    expect((await due()).raw).toBe(1);
    await retain(services.tasks);
    expect(await db().selectFrom('inbox').select('dedupe_key').where('body', 'is not', null).execute()).toEqual([{ dedupe_key: 'day 1' }]);
  });

  it('takes payloads of the audit log, which stays whole', async () => {
    for (let id = 0; id < 3; id++) await recordAuditNow(services.database, [{ actor: { subject: 'anna', role: 'operator' }, action: 'exception.resolve', target: { kind: 'exception', id: String(id) }, payload: { resolution: 'done' } }]);
    await keep('audit', 1);
    expect((await due()).audit).toBe(0);
    await sql`alter table audit disable trigger audit_keeps_rows`.execute(db());
    // Everything so far becomes old, and is hashed anew: only the test may do that.
    const rows = await db().selectFrom('audit').selectAll().orderBy('position').execute();
    await sql`truncate audit`.execute(db());
    await db().updateTable('audit_head').set({ position: 0, hash: Buffer.alloc(0) }).execute();
    await sql`alter table audit enable trigger audit_keeps_rows`.execute(db());
    const now = Date.now;
    Date.now = () => now() - 3 * dayMs;
    try {
      for (const row of rows) await recordAuditNow(services.database, [{ actor: { subject: row.actor, role: row.role }, action: row.action, target: { kind: row.target_kind, id: row.target_id }, payload: row.payload! }]);
    } finally {
      Date.now = now;
    }
    expect((await due()).audit).toBe(rows.length);
    await retain(services.tasks);
    expect((await due()).audit).toBe(0);
    expect(await db().selectFrom('audit').select('position').where('payload', 'is not', null).where('position', '<=', rows.length).execute()).toEqual([]);
    expect(await erasedUpTo(db())).toBe(rows.length);
    const verify = async (erased: number) => (await verifyAudit(services.database, await knownCheckpoints(services.database, services.signer, 'audit'), () => Promise.resolve(erased))).broken;
    expect(await verify(await erasedUpTo(db()))).toBeNull();
    expect(await verify(rows.length - 1)).toEqual({ position: rows.length, what: 'the payload was erased, and not by retention' });
  });

  /** What was said of somebody 40 days ago and is of no party: something newer took its place. */
  const saidLongAgo = async () => {
    const id = uuidv7();
    const said = { id, subject: `party:erp:${id}`, rawId: uuidv7(), data: { city: 'Hamburg' }, sealed: null, index: [] };
    await services.database.transaction((tx) => keepPersonalData(tx, [said]));
    await db().updateTable('personal_data').set({ created_at: new Date(ago(40)).toISOString() }).where('id', '=', id).execute();
    const isKept = async () => (await personalData(db(), [id])).has(id);
    return { isKept, sayAgain: (tx: Transaction) => keepPersonalData(tx, [said]) };
  };

  it('takes what was said of somebody and is no longer so, but not where it was just said again and is not projected yet', async () => {
    const [replaced, current] = [await saidLongAgo(), await saidLongAgo()];
    await services.database.transaction(current.sayAgain);
    expect((await due()).personal).toBe(1);
    await retain(services.tasks);
    expect([await replaced.isKept(), await current.isKept()]).toEqual([false, true]);
  });

  it.runIf(kind === 'postgres')('does not take what is said of somebody again while it is about to take it', async () => {
    const { isKept, sayAgain } = await saidLongAgo();
    await overlapping(services.database, sayAgain, [() => retain(services.tasks)]);
    expect(await isKept()).toBe(true);
  });

  it.runIf(kind === 'postgres')('does not take what a command says that somebody wants to be tried again while it is about to take it', async () => {
    const [id, long] = [uuidv7(), new Date(ago(200)).toISOString()];
    await sql`insert into command (id, kind, connection, lane, company, idempotency_key, requested_by, input_digest, input, subject, state, next_at, waiting_since, correlation_id, created_at, updated_at, finished_at)
      values (${id}, 'shipment.book', 'parcels', 'DISPATCH', 'main', 'k', 'anna', '', 'input', 's', 'PARTIAL', ${long}, ${long}, ${uuidv7()}, ${long}, ${long}, ${long})`.execute(db());
    expect((await due()).commands).toBe(1);
    await overlapping(services.database, (tx) => tx.updateTable('command').set({ state: 'WAITING', finished_at: null }).where('id', '=', id).execute(), [() => retain(services.tasks)]);
    expect(await db().selectFrom('command').select('id').where('input', 'is not', null).execute()).toEqual([{ id }]);
  });

  it.runIf(kind === 'postgres')('does not take a delivery to an endpoint that somebody wants to be tried again while it is about to take it', async () => {
    const [endpoint, long] = [uuidv7(), new Date(ago(200)).toISOString()];
    await sql`insert into webhook_endpoint (id, kind, company, owner, owner_role, rights, token_issuer, token_issued_at, rights_until, url, description, topics, filter, state, position, ordinal, concurrency, per_minute, created_at, updated_at)
      values (${endpoint}, 'HTTP', 'main', 'anna', 'operator', '{}', 'us', ${long}, ${long}, 'https://example.org/', '', '{}', '{}', 'ACTIVE', 0, 0, 1, 1, ${long}, ${long})`.execute(db());
    await sql`insert into webhook_delivery (endpoint, event_id, type, subject, order_key, happened_at, state, finished_at) values (${endpoint}, 'e', 't', 's', 's', ${long}, 'GIVEN_UP', ${long})`.execute(db());
    expect((await due()).webhooks).toBe(1);
    await overlapping(services.database, (tx) => tx.updateTable('webhook_delivery').set({ state: 'WAITING', finished_at: null }).where('endpoint', '=', endpoint).execute(), [() => retain(services.tasks)]);
    expect(await db().selectFrom('webhook_delivery').select('state').execute()).toEqual([{ state: 'WAITING' }]);
  });

  it('takes counts of refusals only when the audit log has them', async () => {
    const minute = new Date(Math.floor(ago(100) / 60_000) * 60_000).toISOString();
    await db().insertInto('rejection').values([{ connection: 'erp', minute, reason: 'signature', count: 4 }, { connection: '@graphql', minute, reason: 'unauthenticated', count: 2 }]).execute();
    expect((await due()).refusals).toBe(0);
    await auditRejections(services.tasks);
    expect((await db().selectFrom('audit').select('payload').where('action', '=', 'refusals.counted').executeTakeFirstOrThrow()).payload).toEqual({ counts: [{ at: '@graphql', reason: 'unauthenticated', count: 2 }, { at: 'erp', reason: 'signature', count: 4 }] });
    await db().updateTable('rejection').set({ count: 7 }).where('connection', '=', 'erp').execute();
    expect((await due()).refusals).toBe(1);
    await auditRejections(services.tasks);
    expect((await db().selectFrom('audit').select('payload').where('action', '=', 'refusals.counted').orderBy('position', 'desc').executeTakeFirstOrThrow()).payload).toEqual({ counts: [{ at: 'erp', reason: 'signature', count: 3 }] });
    await auditRejections(services.tasks);
    expect(await db().selectFrom('audit').select('position').where('action', '=', 'refusals.counted').execute()).toHaveLength(2);
    await retain(services.tasks);
    expect(await db().selectFrom('rejection').selectAll().execute()).toEqual([]);
  });

  it('takes adjustments of levels that are past their time, and leaves what is newer', async () => {
    const row = (id: string, at: string) => ({ id, subject: `inventory_adjustment:wms:${id}`, company: 'main', connection: 'wms', facility: 'WH', sku: 'DESK', quantity: '-1', unit: null, lot: null, location: null, adjusted_at: at, reason: 'COUNT', raw_reason: 'x', on_hand: null, version: 1, updated_at: at });
    const [old, young] = ['01900000-0000-8000-8000-00000000a001', '01900000-0000-8000-8000-00000000a002'];
    await db().insertInto('inventory_adjustment').values([row(old, '2020-01-01T00:00:00.000Z'), row(young, new Date().toISOString())]).execute();
    expect(await due()).toMatchObject({ adjustments: 1 });
    await retain(services.tasks);
    expect(await db().selectFrom('inventory_adjustment').select('id').execute()).toEqual([{ id: young }]);
  });

  it('takes what was answered under idempotency keys that are past their time', async () => {
    for (const [key, days] of [['old', 31], ['young', 29]] as const) await sql`insert into own_request (requested_by, idempotency_key, digest, answer, created_at) values ('a', ${key}, '', '{}', now() - make_interval(days => ${days}::integer))`.execute(db());
    expect(await due()).toMatchObject({ requests: 1 });
    await retain(services.tasks);
    expect(await db().selectFrom('own_request').select('idempotency_key').execute()).toEqual([{ idempotency_key: 'young' }]);
  });

  it('takes interchanges that are past their time, with what was said of them and waits for it, and leaves what is newer', async () => {
    const [old, young] = ['01900000-0000-8000-8000-00000000b001', '01900000-0000-8000-8000-00000000b002'];
    const [then, now] = [ago(500), ago(1)].map((ms) => new Date(ms).toISOString()) as [string, string];
    for (const [id, at] of [[old, then], [young, now]] as const) {
      await sql`insert into interchange (id, subject, company, connection, syntax, direction, sender, receiver, control, control_key, group_keys, is_test, syntax_version, state, faults, groups, set_types, answers_wanted, awaits, verdicts, sha256, bytes, version, updated_at)
        values (${id}, ${`interchange:edi:${id}`}, 'main', 'edi', 'X12', 'OUT', 'US', 'THEM', '1', '1', '{}', false, '00401', 'ACCEPTED', '[]', '[]', '{}', '{}', '{}', '[]', 'x', 1, 1, ${at})`.execute(db());
      await sql`insert into interchange_answer (interchange_id, company, state, kinds, faults, answered_at) values (${id}, 'main', 'ACCEPTED', '{}', '[]', ${at})`.execute(db());
      await db().insertInto('interchange_verdict').values({ interchange_id: id, ordinal: 0, connection: 'edi', kind: 'TA1', control_key: '1', state: 'ACCEPTED', faults: '[]', at }).execute();
      await db().insertInto('interchange_watch').values({ interchange_id: id, connection: 'edi', due_at: at, matter: 'OVERDUE' }).execute();
      await db().insertInto('edi_received').values({ connection: 'edi', sender: 'THEM', control: id, sha256: 'x', received_at: at }).execute();
    }
    expect(await due()).toMatchObject({ interchanges: 2 });
    await retain(services.tasks);
    for (const table of ['interchange_answer', 'interchange_verdict', 'interchange_watch'] as const) expect(await db().selectFrom(table).select('interchange_id').execute()).toEqual([{ interchange_id: young }]);
    expect(await db().selectFrom('interchange').select('id').execute()).toEqual([{ id: young }]);
    expect(await db().selectFrom('edi_received').select('control').execute()).toEqual([{ control: young }]);
  });

  it('takes earlier positions of vehicles and what shadows said, and leaves what is newer', async () => {
    const [old, young] = [ago(100), ago(1)].map((ms) => new Date(ms).toISOString()) as [string, string];
    const vehicle = '01a20042-3fe3-7000-94bd-e2c30e6cd8eb';
    await db().insertInto('vehicle_track').values([old, young].map((at) => ({ vehicle_id: vehicle, at, latitude: 1, longitude: 2 }))).execute();
    await services.connections.add({ id: 'apart', connector: 'easypost', company: 'main', settings: {}, secrets: {}, shadow: true });
    await db().insertInto('shadow_fact').values([old, young].map((at, index) => ({ id: vehicle.replace(/.$/, String(index)), connection: 'apart', company: 'main', raw_id: vehicle, type: 'milestone.reported', subject: 's', fact_key: String(index), occurred_at: at, recorded_at: at, payload: '{}' }))).execute();
    expect(await due()).toMatchObject({ positions: 1, shadow: 1 });
    await retain(services.tasks);
    expect(await db().selectFrom('vehicle_track').select('at').execute()).toEqual([{ at: young }]);
    expect(await db().selectFrom('shadow_fact').select('recorded_at').execute()).toEqual([{ recorded_at: young }]);
  });

  it('takes counts of who used what is deprecated, day by day', async () => {
    const day = (days: number) => new Date(ago(days)).toISOString().slice(0, 10);
    await countDeprecatedUse(db(), [500, 401, 399, 0].map((days) => ({ subject: 'customer:1', coordinate: 'Shipment.carrier', day: day(days), count: 1 })));
    expect((await due()).deprecated).toBe(2);
    await retain(services.tasks);
    expect((await due()).deprecated).toBe(0);
    expect(await deprecatedUse(db(), day(600))).toMatchObject([{ count: 2, last: day(0) }]);
  });

  it('drops whole partitions of the event log whose seals stay, and the audit log proves it', async () => {
    await sql`create table event_p1 partition of event for values from (${sql.lit(partitionSize)}) to (${sql.lit(2 * partitionSize)})`.execute(db());
    const insert = (position: number, days: number) => sql`insert into event (position, id, type, version, subject, company, recorded_at, correlation_id, payload) values (${position}, ${uuidv7()}, 't', 1, 's', 'main', ${new Date(ago(days)).toISOString()}, ${uuidv7()}, '{}')`.execute(db());
    // A log that began shortly before the end of its first partition.
    const before = { first: 1, last: partitionSize - 3, rows_digest: Buffer.alloc(32), row_hashes: Buffer.alloc(8) };
    await db().insertInto('event_seal').values({ ...before, hash: sealHash(Buffer.alloc(0), before), sealed_at: new Date().toISOString() }).execute();
    for (const [offset, days] of [[-2, 500], [-1, 400], [0, 390], [1, 380]] as const) await insert(partitionSize + offset, days);
    await db().updateTable('log_head').set({ position: partitionSize + 1 }).execute();
    await db().insertInto('projection').values({ name: 'main', position: partitionSize + 1 }).execute();
    await keep('events', 395);
    expect((await due()).events).toBe(0);
    for (let turn = 0; turn < 3; turn++) await sealEvents(services.database, partitionSize);
    await keep('events', 450);
    expect((await due()).events).toBe(0);
    await keep('events', 395);
    expect((await due()).events).toBe(2);
    await retain(services.tasks);
    expect((await sql<{ position: number }>`select position from event order by position`.execute(db())).rows.map((row) => row.position)).toEqual([partitionSize, partitionSize + 1]);
    expect(await droppedUpTo(db())).toBe(partitionSize - 1);
    const verify = async (dropped: number) => (await verifyEvents(services.database, { sound: [], forged: [] }, () => Promise.resolve(dropped))).broken;
    expect(await verify(await droppedUpTo(db()))).toBeNull();
    expect(await verify(0)).toEqual({ position: 1, what: 'the event is missing' });
  });
});

function uuidAt(ms: number): string {
  const hex = Math.floor(ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${uuidv7().slice(15)}`;
}

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { append } from '../../src/events/append.js';
import { knownCheckpoints } from '../../src/events/audit-verify.js';
import { makeCheckpoints } from '../../src/events/checkpoints.js';
import { verifyEvents } from '../../src/events/seal-verify.js';
import { sealEvents } from '../../src/events/seals.js';
import { uuidv7 } from '../../src/lib/ids.js';
import type { Services } from '../../src/main.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { fact } from './events.js';

const partitionSize = 10_000_000;

describeOnEachDatabase('the seals of the event log', (kind) => {
  let services: Services & { remove(): Promise<void> };
  beforeAll(async () => void (services = await testServices(kind)));
  afterAll(() => services?.remove());

  const run = (statement: string) => sql.raw(statement).execute(services.database.kysely);
  const verify = async (elsewhere: readonly string[] = []) => verifyEvents(services.database, await knownCheckpoints(services.database, services.signer, 'event', elsewhere));
  const appendSome = (count: number) => services.database.transaction((tx) => append(tx, Array.from({ length: count }, (_, index) => fact({ factKey: null, causationId: uuidv7(), payload: { text: `text ${index}`, amount: 1.5 } }))));

  beforeEach(async () => {
    await run('truncate event, event_seal, checkpoint, fact');
    await run('update log_head set position = 0');
    await appendSome(1200);
    await sealEvents(services.database, partitionSize);
    await appendSome(50);
    await sealEvents(services.database, partitionSize);
  });

  it('cover every event, and what came after them is told apart', async () => {
    expect(await verify()).toEqual({ position: 1250, broken: null, unsealed: 0 });
    await appendSome(3);
    expect(await verify()).toEqual({ position: 1253, broken: null, unsealed: 3 });
    const seals = await services.database.kysely.selectFrom('event_seal').select(['first', 'last']).orderBy('last').execute();
    expect(seals).toEqual([{ first: 1, last: 1000 }, { first: 1001, last: 1200 }, { first: 1201, last: 1250 }]);
  });

  it('end where a partition of the log ends, so that a partition can be dropped with whole seals', async () => {
    await run('truncate event_seal');
    await sealEvents(services.database, 400);
    expect((await services.database.kysely.selectFrom('event_seal').select('last').orderBy('last').execute()).map((row) => row.last)).toContain(399);
    for (let turn = 0; turn < 5; turn++) await sealEvents(services.database, 400);
    expect((await services.database.kysely.selectFrom('event_seal').select('last').orderBy('last').execute()).map((row) => row.last)).toEqual([399, 799, 1199, 1250]);
    expect((await verify()).broken).toBeNull();
  });

  const columns: Record<string, string> = {
    id: `'${uuidv7()}'`, type: `'shipment.merged'`, version: '2', subject: `'shipment:other'`, subject_version: '4', company: `'other'`, connection: 'null', fact_key: `'key'`,
    occurred_at: `occurred_at + interval '1 microsecond'`, recorded_at: `recorded_at - interval '1 day'`, correlation_id: `'${uuidv7()}'`, causation_id: 'null', payload: `jsonb_set(payload, '{amount}', '1.50')`,
  };
  it.each(Object.entries(columns))('find that column %s of an event was altered, and name the event', async (column, value) => {
    await run(`update event set ${column} = ${value} where position = 1107`);
    expect((await verify()).broken).toEqual({ position: 1107, what: 'the event is not as it was recorded' });
  });

  it('find an event that was altered where retention may have dropped the log, and nothing where it is gone', async () => {
    const verifyDropped = async () => (await verifyEvents(services.database, { sound: [], forged: [] }, () => Promise.resolve(1200))).broken;
    await run(`update event set subject = 'shipment:other' where position = 700`);
    expect(await verifyDropped()).toEqual({ position: 700, what: 'the event is not as it was recorded' });
    await run('delete from event where position <= 600');
    expect(await verifyDropped()).toEqual({ position: 1, what: 'the event is missing' });
    await run('delete from event where position <= 1200');
    expect(await verifyDropped()).toBeNull();
  });

  it('find nothing where retention drops more of the log while they are followed', async () => {
    await run('delete from event where position <= 1200');
    const said = [1000, 1200];
    expect((await verifyEvents(services.database, { sound: [], forged: [] }, () => Promise.resolve(said.shift()!))).broken).toBeNull();
    expect(said).toEqual([]);
  });

  it('find an event that is gone, sealed or not', async () => {
    await run('delete from event where position = 600');
    expect((await verify()).broken).toEqual({ position: 600, what: 'the event is missing' });
  });

  it('find two events that changed places', async () => {
    await run('update event set position = 5000 where position = 40');
    await run('update event set position = 40 where position = 41');
    await run('update event set position = 41 where position = 5000');
    expect((await verify()).broken).toMatchObject({ position: 40 });
  });

  it('find an event that was put in before the first or behind the head', async () => {
    const copy = (position: number) => `insert into event select ${position}, id, type, version, subject, subject_version, company, connection, fact_key, occurred_at, recorded_at, correlation_id, causation_id, payload from event where position = 5`;
    await run(copy(0));
    expect((await verify()).broken).toMatchObject({ position: 0 });
    await run('delete from event where position = 0');
    await run(copy(1300));
    expect((await verify()).broken).toMatchObject({ position: 1251 });
  });

  it.each(['rows_digest', 'row_hashes', 'hash'])('find that column %s of a seal was altered', async (column) => {
    await run(`update event_seal set ${column} = sha256('') where last = 1200`);
    expect((await verify()).broken).toMatchObject({ position: 1001 });
  });

  it('find that seals and events were cut off or written anew, by the signed checkpoint, wherever it was kept', async () => {
    const { event: kept } = await makeCheckpoints(services.database, services.signer);
    await run('delete from event where position > 1200');
    expect((await verify()).broken).toMatchObject({ position: 1201 });
    await run('delete from event_seal where last > 1200');
    await run('update log_head set position = 1200');
    expect((await verify()).broken).toMatchObject({ position: 1201, what: expect.stringContaining('knows position 1250') });
    await appendSome(50);
    await sealEvents(services.database, partitionSize);
    expect((await verify()).broken).toMatchObject({ position: 1250, what: expect.stringContaining('written anew') });
    await run('truncate checkpoint');
    expect((await verify()).broken).toBeNull();
    expect((await verify([kept!])).broken).toMatchObject({ position: 1250 });
  });
});

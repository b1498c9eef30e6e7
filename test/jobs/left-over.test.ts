import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginMessages } from '../../src/events/messages.js';
import { decodeLeftOver, decodeMessages, startDecoding } from '../../src/jobs/tasks/decode.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { addPartner, done } from '../support/partner-connector.js';
import { eventually } from '../support/requests.js';

describeOnEachDatabase('messages that wait when a process starts', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  beforeAll(async () => {
    services = await testServices(kind);
    await addPartner(services, 'parcels', async () => done);
  });
  afterAll(() => services?.remove());

  const receive = async () => (await services.inbox.receive({ connection: 'parcels', dedupeKey: uuidv7(), headers: {}, body: Buffer.from('{}'), receivedMs: Date.now() })).id;
  const stateOf = (id: string) => services.database.kysely.selectFrom('inbox').select(['state', 'failure']).where('id', '=', id).executeTakeFirstOrThrow();
  /** Counts them and is killed. */
  const beKilled = () => services.database.transaction((tx) => beginMessages(tx, 250, [])).then((begun) => begun.map(({ id }) => id).sort());

  it('are put aside where each process that began one ended, and those beside it are read', async () => {
    const [bad, good, other] = [await receive(), await receive(), await receive()];
    expect(await beKilled()).toEqual([bad, good, other]);
    for (let turn = 0; turn < 2; turn++) expect(await beKilled()).toEqual([bad]);
    const decoding = await startDecoding(services.tasks);
    await eventually(() => stateOf(other), ({ state }) => state === 'DECODED');
    expect((await stateOf(good)).state).toBe('DECODED');
    expect(await stateOf(bad)).toMatchObject({ state: 'QUARANTINED', failure: expect.stringContaining('the process ended each time') });
    await decoding.stop();
    const exceptions = await services.database.kysely.selectFrom('event').select('subject').where('type', '=', 'exception.raised').where('causation_id', '=', bad).execute();
    expect(exceptions).toHaveLength(1);
  });

  it('are read where several processes began together, and used up the tries before the first of them took one', async () => {
    const id = await receive();
    for (let turn = 0; turn < 3; turn++) expect(await beKilled()).toEqual([id]);
    expect(await decodeLeftOver(services.tasks, new Set(), () => decodeMessages(services.tasks, [id]))).toBe(1);
    expect((await stateOf(id)).state).toBe('DECODED');
  });

  it('are counted once by a process that only fails, however often', async () => {
    const id = await receive();
    const counted = new Set<string>();
    const away = { ...services.tasks, connections: { ...services.tasks.connections, within: () => ({ find: () => Promise.reject(new Error('connection terminated')) }) } } as unknown as typeof services.tasks;
    for (let turn = 0; turn < 5; turn++) await expect(decodeLeftOver(away, counted)).rejects.toThrow('terminated');
    expect(await decodeLeftOver(services.tasks, counted)).toBe(1);
    expect([(await stateOf(id)).state, counted.size]).toEqual(['DECODED', 0]);
    expect(await decodeLeftOver(services.tasks, counted)).toBe(0);
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptCommands } from '../../src/events/commands.js';
import type { Transaction } from '../../src/db/database.js';
import { decodeMessages } from '../../src/jobs/tasks/decode.js';
import { discardCommand } from '../../src/jobs/tasks/outbound/leave.js';
import { removeConnection } from '../../src/jobs/tasks/remove-connection.js';
import { switchShadow } from '../../src/jobs/tasks/shadow/switch.js';
import { runHere } from '../../src/cli/run-data-command.js';
import { uuidv7 } from '../../src/lib/ids.js';
import type { Services } from '../../src/main.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { overlapping } from '../support/overlapping.js';

describeOnEachDatabase('a connection that is removed', (kind) => {
  let services: Services & { remove(): Promise<void> };
  beforeAll(async () => {
    services = await testServices(kind);
    await run('connection add', { connector: 'easypost', id: 'ep', set: ['webhookSecret=first-secret-0123'] });
  });
  afterAll(() => services?.remove());

  const db = () => services.database.kysely;
  const run = async (name: string, options: Record<string, unknown>, by = 'anna') => {
    const lines = [];
    for await (const line of runHere(services, name, options, by)) lines.push(line);
    return lines.join('\n');
  };
  const accept = (tx: Transaction, id: string, connection = 'ep') =>
    acceptCommands(tx, services.tasks.bodies, [{ id, kind: 'tracking.poll', input: { references: [{ kind: 'tracking', issuer: 'UPS', value: '1Z' }] }, connection, company: 'main', lane: 'REPORT', requestedBy: 'test', idempotencyKey: id, subject: 'tracking:UPS:1Z', correlationId: id }]);
  const command = (id: string, state: string) => services.database.transaction(async (tx) => {
    await accept(tx, id);
    await tx.updateTable('command').set({ state } as never).where('id', '=', id).execute();
  });
  const stateOf = async (id: string) => (await db().selectFrom('command').select('state').where('id', '=', id).executeTakeFirstOrThrow()).state;

  it('is not while messages of it are unread, or commands are carried out or wait, and says what they are', async () => {
    const { id } = await services.inbox.receive({ connection: 'ep', dedupeKey: 'one', headers: {}, body: Buffer.from('{}'), receivedMs: Date.now() });
    await expect(run('connection remove', { id: 'ep' })).rejects.toThrow(/1 messages of ep are not read yet/);
    await db().updateTable('inbox').set({ state: 'DECODED' }).where('id', '=', id).execute();
    const [waiting, dead, calling] = [uuidv7(), uuidv7(), uuidv7()];
    await command(waiting, 'WAITING');
    await command(dead, 'DEAD');
    await command(calling, 'CALLING');
    await expect(run('connection remove', { id: 'ep' })).rejects.toThrow(/1 commands are being carried out/);
    await db().updateTable('command').set({ state: 'DONE' }).where('id', '=', calling).execute();
    await expect(run('connection remove', { id: 'ep' })).rejects.toThrow(/2 tracking\.poll.*--discard/s);
    expect(await services.connections.find('ep')).not.toBeNull();
    expect(await run('connection remove', { id: 'ep', discard: true })).toMatch(/answered 404[\s\S]*2 commands were let be[\s\S]*1 raw messages and 3 commands/);
    expect([await stateOf(waiting), await stateOf(dead), await stateOf(calling)]).toEqual(['DISCARDED', 'DISCARDED', 'DONE']);
  });

  it('is found no more, its secrets are gone, and what it told stays', async () => {
    expect(await services.connections.find('ep')).toBeNull();
    expect((await services.connections.list()).map(({ id }) => id)).not.toContain('ep');
    expect(await db().selectFrom('connection_secret').select('id').where('connection', '=', 'ep').execute()).toEqual([]);
    expect(await db().selectFrom('inbox').select('state').where('connection', '=', 'ep').execute()).toEqual([{ state: 'DECODED' }]);
    await expect(run('connection remove', { id: 'ep' })).rejects.toThrow(/There is no connection ep/);
    await expect(run('connection set', { id: 'ep', set: ['url=https://example.com'] })).rejects.toThrow(/There is no connection ep/);
    await expect(run('connection rotate', { id: 'ep', set: [] })).rejects.toThrow(/There is no connection ep/);
    const audited = await db().selectFrom('audit').select(['action', 'actor']).where('action', 'like', 'connection.remove%').where('target_id', '=', 'ep').orderBy('position').execute();
    // Three that were refused, the one that was carried out, and the one that came too late.
    expect(audited.map(({ actor, action }) => `${action} by ${actor}`)).toEqual(['', '', '', 'done', ''].flatMap((end) => ['connection.removed by cli:anna', ...(end === 'done' ? [] : ['connection.removed.failed by cli:anna'])]));
  });

  it('is sent nothing, whoever still knew it, and what came behind its removal is told to its own company alone', async () => {
    await expect(command(uuidv7(), 'QUEUED')).rejects.toThrow(/was removed/);
    await run('connection add', { connector: 'easypost', company: 'other', id: 'ep-other', set: ['webhookSecret=first-secret-0123'] });
    await run('connection remove', { id: 'ep-other' });
    const { id } = await services.inbox.receive({ connection: 'ep-other', dedupeKey: 'late', headers: {}, body: Buffer.from('{}'), receivedMs: Date.now() });
    await decodeMessages(services.tasks);
    expect(await db().selectFrom('inbox').select('state').where('id', '=', id).execute()).toEqual([{ state: 'QUARANTINED' }]);
    expect(await db().selectFrom('event').select('company').where('type', '=', 'exception.raised').where('causation_id', '=', id).execute()).toEqual([{ company: 'other' }]);
  });

  it.skipIf(kind === 'embedded')('takes no command with it that is accepted at that moment, and neither does one that goes into shadow mode', async () => {
    const { connections, database, tasks } = services;
    await run('connection add', { connector: 'easypost', id: 'ep-busy', set: ['webhookSecret=first-secret-0123'] });
    const by = { subject: 'anna', role: 'operator' };
    const ways: Array<[(tx: Transaction) => Promise<unknown>, () => Promise<unknown>]> = [
      [(tx) => connections.setShadow(tx, 'ep-busy', true), () => database.transaction((tx) => switchShadow(tx, connections, 'ep-busy', true, by))],
      [(tx) => connections.remove(tx, 'ep-busy'), () => removeConnection(tasks, 'ep-busy', { discard: false, by })],
    ];
    for (const [end, endIfDone] of ways) {
      const id = uuidv7();
      expect(await overlapping(database, (tx) => accept(tx, id, 'ep-busy'), [endIfDone])).toMatchObject([{ status: 'rejected', reason: { code: 'CONFLICT' } }]);
      await discardCommand(tasks, id, 'It was a try.', by, '*');
      expect(await overlapping(database, end, [() => database.transaction((tx) => accept(tx, uuidv7(), 'ep-busy'))])).toMatchObject([{ status: 'rejected', reason: { code: 'CONFLICT', field: 'connection' } }]);
      await database.kysely.updateTable('connection').set({ shadow: false }).where('id', '=', 'ep-busy').execute();
    }
  });

  it('comes back as what it was, and as nothing else', async () => {
    await expect(run('connection add', { connector: 'shippo', id: 'ep', set: ['webhookSecret=another-secret-0123'] })).rejects.toThrow(/another connector or company/);
    await expect(run('connection add', { connector: 'easypost', company: 'other', id: 'ep', set: ['webhookSecret=another-secret-0123'] })).rejects.toThrow(/another connector or company/);
    await run('connection add', { connector: 'easypost', id: 'ep', set: ['webhookSecret=another-secret-0123'] });
    expect((await services.connections.find('ep'))!.secrets).toEqual({ webhookSecret: ['another-secret-0123'] });
    // Once more is a mistake.
    await expect(run('connection add', { connector: 'easypost', id: 'ep', set: ['webhookSecret=another-secret-0123'] })).rejects.toThrow(/There is a connection ep already/);
  });
});

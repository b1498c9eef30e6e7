import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from '../../src/cli/run-data-command.js';
import { acceptCommands, findCommand } from '../../src/events/commands.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { addPartner, done } from '../support/partner-connector.js';

describeOnEachDatabase('gatehouse command', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  beforeAll(async () => {
    services = await testServices(kind, { GATEHOUSE_FOUR_EYES: 'commands' });
    await addPartner(services, 'carrier', async () => done);
  });
  afterAll(() => services.remove());

  const run = async (name: string, options: Record<string, unknown>, by = 'anna') => {
    const lines = [];
    for await (const line of runHere(services, name, options, by)) lines.push(line);
    return lines.join('\n');
  };
  /** A command as it stands after it was given up. */
  async function dead(booking: string): Promise<string> {
    const wanted = { kind: 'booking.cancel' as const, input: { booking }, connection: 'carrier', lane: 'DISPATCH' as const, company: 'main', requestedBy: 'erp', idempotencyKey: uuidv7(), subject: 'shipment:1', correlationId: uuidv7() };
    const [accepted] = await services.database.transaction((tx) => acceptCommands(tx, services.tasks.bodies, [wanted]));
    await services.database.kysely.updateTable('command').set({ state: 'DEAD', attempts: 8, finished_at: new Date().toISOString(), error: JSON.stringify({ reason: 'ATTEMPTS', kind: 'unavailable', message: 'No answer within 15 s.' }) }).where('id', '=', accepted!.id).execute();
    return accepted!.id;
  }
  const stateOf = async (id: string) => (await findCommand(services.database.kysely, id))!.state;

  it('lists what has not ended, shows one with its input when asked to, and says that it did', async () => {
    const id = await dead('B1');
    expect(await run('command list', {})).toMatch(new RegExp(`${id}  DEAD +booking.cancel +carrier +8 attempts  shipment:1  ATTEMPTS \\(unavailable\\)`));
    expect(await run('command list', { state: 'DONE' })).toContain('There are none.');
    const shown = await run('command show', { id });
    expect(shown).toContain('why          ATTEMPTS (unavailable): No answer within 15 s.');
    expect(shown).not.toContain('B1');
    expect(await run('command show', { id, input: true })).toContain('input        {"booking":"B1"}');
    const audited = await services.database.kysely.selectFrom('audit').select('payload').where('action', '=', 'command.shown').where('target_id', '=', id).orderBy('position').execute();
    expect(audited.map((row) => row.payload)).toEqual([{ input: false }, { input: true }]);
    expect(await run('command partners', {})).toMatch(/^carrier +breaker CLOSED  dispatch 0 waiting; report 0 waiting; 1 given up$/);
    await expect(run('command show', { id: 'x' })).rejects.toThrow(/no id of a command/);
  });

  it('shows how a partner is treated, changes it within bounds, and says so in the audit log', async () => {
    expect(await run('command policy', { connection: 'carrier' })).toMatch(/^timeoutMs +15000 *$/m);
    expect(await run('command policy', { connection: 'carrier', set: ['timeoutMs=2000'] })).toMatch(/^timeoutMs +2000 +set$/m);
    await expect(run('command policy', { connection: 'carrier', set: ['attempts=0'] })).rejects.toThrow(/^attempts: /);
    await expect(run('command policy', { connection: 'carrier', set: ['speed=1'] })).rejects.toThrow(/speed/);
    await expect(run('command policy', { connection: 'nobody' })).rejects.toThrow(/There is no connection nobody/);
    expect(await run('command policy', { connection: 'carrier', set: ['timeoutMs='] })).toMatch(/^timeoutMs +15000 *$/m);
    const audited = await services.database.kysely.selectFrom('audit').select('payload').where('action', '=', 'partner.policy-changed').orderBy('position').execute();
    expect(audited.map((row) => row.payload)).toEqual([{ overrides: { timeoutMs: 2000 } }, { overrides: {} }]);
  });

  it('retries alone, and lets a second person approve what discards or redrives', async () => {
    const [retried, discarded, redriven] = [await dead('B2'), await dead('B3'), await dead('B4')];
    await run('command retry', { id: retried });
    expect(await stateOf(retried)).toBe('WAITING');
    const asked = await run('command discard', { id: discarded, reason: 'by telephone' }).then(() => '', (error: Error) => error.message);
    expect(await stateOf(discarded)).toBe('DEAD');
    await run('approval approve', { id: /approve ([0-9a-f-]{36})/.exec(asked)![1], reason: 'agreed' }, 'bert');
    expect(await run('command discard', { id: discarded, reason: 'by telephone' })).toBe('Discarded. The reason is in the audit log.');
    expect(await stateOf(discarded)).toBe('DISCARDED');
    expect(await run('command preview', { connection: 'carrier', cause: 'ATTEMPTS' })).toMatch(/^ +2  carrier +booking.cancel +ATTEMPTS +e.g. No answer/);
    await expect(run('command redrive', { connection: 'carrier', reason: 'it is back' })).rejects.toThrow(/second person/);
    expect(await stateOf(redriven)).toBe('DEAD');
  });
});

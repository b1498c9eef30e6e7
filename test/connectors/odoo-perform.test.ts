import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Access, OutboundCommand, Outcome, Performed } from '../../src/connectors/contract.js';
import { Batches } from '../../src/connectors/odoo/batches.js';
import { odooPerform } from '../../src/connectors/odoo/perform.js';
import { settings, type OdooSettings } from '../../src/connectors/odoo/settings.js';
import { writeBackPolicy } from '../../src/connectors/odoo/write-back.js';
import { odooChangeTopics, type OdooChangeTopic } from '../../src/model/commands.js';
import { AnsweringServer, type Scripted } from './answering-server.js';

const apiKey = '0123456789abcdef0123456789abcdef01234567';
const memory = { value: null, remember: async () => {}, draw: async () => {} };
interface Sent { id: string; topic: string; model: string; record_id: number; values: Record<string, unknown> }

let server: AnsweringServer;
let url: string;
let perform: ReturnType<typeof odooPerform>;
beforeEach(async () => {
  server = new AnsweringServer();
  url = await server.listen();
  perform = odooPerform();
});
afterEach(() => server.close());

const access = (change: Partial<OdooSettings> = {}): Access<OdooSettings> => ({ connection: 'erp', settings: { webhookSecret: 'x', url, database: 'prod', login: 'gatehouse', ...change } as OdooSettings, secrets: { apiKey: [apiKey] }, allowedNetworks: ['127.0.0.0/8'] });
const command = (id: string, topic: OdooChangeTopic = 'status', values: Record<string, unknown> = { status: 'DELIVERED' }): OutboundCommand<'odoo.apply'> => ({ id, kind: 'odoo.apply', input: { topic, model: 'stock.picking', recordId: 42, values }, attempt: 1, timeoutMs: 5_000 });
const shopOrder = (id: string, values: object = {}): OutboundCommand<'odoo.apply'> => ({ id, kind: 'odoo.apply', input: { topic: 'shop_order', model: 'sale.order', recordId: 0, values: { ...values } }, attempt: 1, timeoutMs: 5_000 });
const go = (each: OutboundCommand<'odoo.apply'>, of = access()) => perform.perform(of, each, memory);
const all = (ids: readonly string[], topic?: OdooChangeTopic) => Promise.all(ids.map((id) => go(command(id, topic))));

/** An Odoo 19 whose addon answers each list of commands. */
function answering(answer: (commands: Sent[]) => Scripted): void {
  server.answer = ({ path, body }) => (path === '/web/version' ? { body: '{"version":"19.0"}' } : answer((JSON.parse(body) as { commands: Sent[] }).commands));
}
const applied = (commands: Sent[]): Scripted => ({ body: JSON.stringify(commands.map(({ id }) => ({ id, state: 'applied' }))) });
const batches = () => server.asked.filter(({ path }) => path.startsWith('/json/2/')).map(({ body }) => (JSON.parse(body) as { commands: Sent[] }).commands.map(({ id }) => id));
const stateOf = (outcome: Outcome<Performed>) => (outcome.ok ? outcome.value.state : outcome.error.kind);

describe('what goes back to an Odoo', () => {
  const full = { webhookSecret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', url: 'https://odoo.example.com', database: 'prod' };
  const policy = (change: object = {}, keys: readonly string[] = [apiKey]) => writeBackPolicy(settings.parse({ ...full, ...change }), { apiKey: keys });

  it('is everything as soon as it can be called, and nothing before', () => {
    expect(policy()).toEqual({ topics: odooChangeTopics, milestones: null, stages: ['dispatch', 'delivery', 'pod'], severity: 'MEDIUM', validate: 'never', shortage: 'backorder', shortageMinutes: 15, scheduled: 'both' });
    expect([policy({ url: undefined }), policy({ database: undefined }), policy({}, []), policy({ writeBack: 'none' })]).toEqual([null, null, null, null]);
  });

  it('is what is chosen', () => {
    expect(policy({ writeBack: 'status, tracking', writeBackMilestones: 'DELIVERED', billingStages: 'pod', writeBackSeverity: 'HIGH', validateAt: 'dispatch', scheduleByAppointment: 'receipts' }))
      .toEqual({ topics: ['tracking', 'status'], milestones: ['DELIVERED'], stages: ['pod'], severity: 'HIGH', validate: 'dispatch', shortage: 'backorder', shortageMinutes: 15, scheduled: 'receipts' });
  });

  it('is not chosen by a name that is none', () => {
    for (const wrong of [{ writeBack: 'status, stock' }, { writeBackMilestones: 'delivered' }, { billingStages: 'payment' }, { validateAt: 'always' }]) expect(settings.safeParse({ ...full, ...wrong }).success).toBe(false);
  });
});

describe('commands to Odoo', () => {
  it('are sent to the addon with their id, record and values', async () => {
    answering(applied);
    expect(await go(command('c1'))).toEqual({ ok: true, value: { state: 'DONE', result: { state: 'applied' }, answers: [], files: [] } });
    const [asked] = server.asked.filter(({ path }) => path === '/json/2/gatehouse.command/apply_commands');
    expect(JSON.parse(asked!.body)).toEqual({ commands: [{ id: 'c1', topic: 'status', model: 'stock.picking', record_id: 42, values: { status: 'DELIVERED' } }] });
    expect(asked!.headers).toMatchObject({ authorization: `bearer ${apiKey}`, 'x-odoo-database': 'prod' });
  });

  it('that wait at the same time go in one call, fifty at most; the version is asked once', async () => {
    answering(applied);
    const ids = Array.from({ length: 120 }, (_, index) => `c${index}`);
    expect((await all(ids)).map(stateOf)).toEqual(ids.map(() => 'DONE'));
    expect(batches()).toEqual([ids.slice(0, 50), ids.slice(50, 100), ids.slice(100)]);
    await all(['later']);
    expect(server.asked.filter(({ path }) => path === '/web/version')).toHaveLength(1);
  });

  it('that move freight do not wait for those that report', async () => {
    answering(applied);
    await Promise.all([go(command('report')), go(command('label', 'label', { content: 'AA==' })), go(command('report 2', 'milestone'))]);
    expect(batches().map((ids) => ids.join()).sort()).toEqual(['label', 'report,report 2']);
  });

  it('about orders of shops go ten at a time, and nothing else waits for them', async () => {
    answering(applied);
    const ids = Array.from({ length: 12 }, (_, index) => `s${index}`);
    await Promise.all([...ids.map((id) => go(shopOrder(id))), go(command('label', 'label', { content: 'AA==' }))]);
    expect(batches().sort()).toEqual([['label'], ids.slice(0, 10), ids.slice(10)].sort());
    await Promise.all(['large', 'larger', 'small'].map((id) => go(shopOrder(id, { lines: id === 'small' ? [] : Array.from({ length: 60 }, () => ({})) }))));
    expect(batches().slice(3)).toEqual([['large'], ['larger', 'small']]);
  });

  it('about orders of shops name the company as Odoo numbers it, where the settings say which it is', async () => {
    answering(applied);
    for (const company of ['belgium', 'elsewhere']) await go(shopOrder(company, { company, name: '#1' }), access({ companies: '1=main, 2=belgium' }));
    const sent = server.asked.filter(({ path }) => path.startsWith('/json/2/')).map(({ body }) => (JSON.parse(body) as { commands: Sent[] }).commands[0]);
    expect(sent).toEqual([expect.objectContaining({ record_id: 0, values: { name: '#1', company_id: 2 } }), expect.objectContaining({ values: { name: '#1' } })]);
  });

  it('with large files go in calls of their own', async () => {
    answering(applied);
    await Promise.all(['a', 'b', 'c'].map((id) => go(command(id, 'label', { content: 'A'.repeat(5_000_000) }))));
    expect(batches()).toEqual([['a'], ['b'], ['c']]);
  });

  it('are done where the addon knows them already, and refused one by one', async () => {
    answering((commands) => ({ body: JSON.stringify(commands.map(({ id }) => (id === 'known' ? { id, state: 'duplicate' } : id === 'bad' ? { id, state: 'rejected', error: 'There is no currency QQQ.' } : { id, state: 'applied' }))) }));
    const [known, bad, good] = await all(['known', 'bad', 'good']);
    expect(known).toMatchObject({ ok: true, value: { result: { state: 'duplicate' } } });
    expect(bad).toMatchObject({ ok: false, error: { kind: 'invalid', message: 'Odoo: There is no currency QQQ.' } });
    expect(stateOf(good!)).toBe('DONE');
  });

  it('of a call that is refused as a whole are sent one by one: what is to blame harms nobody else', async () => {
    answering((commands) => (commands.some(({ id }) => id === 'poison') ? { status: 413, body: 'too large' } : applied(commands)));
    expect((await all(['a', 'poison', 'b'])).map(stateOf)).toEqual(['DONE', 'invalid', 'DONE']);
  });

  it('wait where Odoo is down, busy or does not know the key, and are never tried again here', async () => {
    const cases: Array<[Scripted, string]> = [
      [{ status: 503 }, 'unavailable'], [{ status: 409, body: JSON.stringify({ name: 'odoo.exceptions.LockError', message: 'busy' }) }, 'unavailable'],
      [{ status: 500, body: JSON.stringify({ name: 'psycopg2.errors.SerializationFailure', message: 'could not serialize' }) }, 'unavailable'],
      [{ status: 401, body: JSON.stringify({ name: 'werkzeug.exceptions.Unauthorized', message: 'Invalid apikey' }) }, 'auth'], [{ status: 429 }, 'rate_limited'],
      [{ body: 'null' }, 'unparseable'], [{ body: '[]' }, 'unparseable'],
    ];
    for (const [answer, kind] of cases) {
      answering(() => answer);
      const before = batches().length;
      expect([answer, stateOf(await go(command('c1')))]).toEqual([answer, kind]);
      expect(batches().length).toBe(before + 1);
    }
  });

  it('wait, with a clear word, where the addon is missing or old', async () => {
    answering(() => ({ status: 404, body: JSON.stringify({ name: 'werkzeug.exceptions.NotFound', message: "the model 'gatehouse.command' does not exist" }) }));
    expect(await go(command('c1'))).toMatchObject({ ok: false, error: { kind: 'auth', message: expect.stringContaining('missing or older than this server: install or update it') } });
    server.answer = ({ path, body }) => {
      if (path === '/web/version') return { status: 404 };
      if (path === '/web/webclient/version_info') return { body: '{"jsonrpc":"2.0","result":{"server_serie":"18.0"}}' };
      if (body.includes('"authenticate"')) return { body: '{"jsonrpc":"2.0","result":6}' };
      return { body: JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: 200, data: { name: 'builtins.AttributeError', message: "The method 'apply_commands' does not exist on the model 'gatehouse.command'" } } }) };
    };
    perform = odooPerform();
    expect(await go(command('c1'))).toMatchObject({ ok: false, error: { kind: 'auth', message: expect.stringContaining('install or update it') } });
  });

  it('wait where the connection cannot be called at all, and for networks it may not reach they end', async () => {
    expect(await perform.perform({ ...access(), secrets: {} }, command('c1'), memory)).toMatchObject({ ok: false, error: { kind: 'auth', message: expect.stringContaining('apiKey') } });
    expect(await perform.perform({ ...access(), allowedNetworks: [] }, command('c1'), memory)).toMatchObject({ ok: false, error: { kind: 'invalid' } });
  });

  it('that were not sent in time say so, and the call that holds them up is waited for no longer than they may', async () => {
    server.answer = ({ path }) => (path === '/web/version' ? { body: '{"version":"19.0"}' } : { hang: true });
    const first = go({ ...command('first'), timeoutMs: 400 });
    await new Promise((next) => setImmediate(next));
    const [one, two] = await Promise.all([first, go({ ...command('second'), timeoutMs: 200 })]);
    expect([stateOf(one), stateOf(two)]).toEqual(['unavailable', 'unavailable']);
  });

  it('may wait for others as long as these take: what a command may take is counted from the beginning of its own call', async () => {
    const sent: Array<{ items: readonly string[]; timeoutMs: number; answer(): void }> = [];
    const send = (items: readonly string[], timeoutMs: number) => new Promise<Outcome<Array<Outcome<string>>>>((resolve) => {
      sent.push({ items, timeoutMs, answer: () => resolve({ ok: true, value: items.map((item) => ({ ok: true, value: item })) }) });
    });
    let now = 1_000_000;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now);
    try {
      const batches = new Batches<string, string>({ items: 10, bytes: 1000 });
      const add = (item: string) => batches.add('line', item, 1, 1_000, send);
      const first = add('first');
      await vi.waitFor(() => expect(sent).toHaveLength(1));
      const [second, third] = [add('second'), add('third')];
      now += 2_900;
      sent[0]!.answer();
      expect(await first).toMatchObject({ ok: true });
      await vi.waitFor(() => expect(sent).toHaveLength(2));
      expect([sent[1]!.items, sent[1]!.timeoutMs]).toEqual([['second', 'third'], 1_000]);
      const fourth = add('fourth');
      now += 3_100;
      sent[1]!.answer();
      expect([await second, await third]).toMatchObject([{ ok: true }, { ok: true }]);
      // Its turn came too late: it was not sent, which says nothing of this Odoo and does not count as a failure.
      expect(await fourth).toMatchObject({ ok: false, error: { kind: 'unavailable', onlyThisCommand: true } });
      expect(sent).toHaveLength(2);
    } finally {
      clock.mockRestore();
    }
  });

  it('never show the key', async () => {
    answering(() => ({ status: 500, body: JSON.stringify({ name: 'builtins.KeyError', message: `no ${apiKey}` }) }));
    expect(JSON.stringify(await go(command('c1')))).not.toContain(apiKey);
  });
});

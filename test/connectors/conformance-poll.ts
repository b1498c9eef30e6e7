import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access, Connector, Outcome, PollPage, RawMessage } from '../../src/connectors/contract.js';
import { owns } from '../../src/model/ownership.js';
import { AnsweringServer, type Asked, type Scripted } from './answering-server.js';

/** What a connector that looks at a source over HTTP gives the suite. */
export interface PollSample {
  settings: (url: string) => Record<string, unknown>;
  secrets: Readonly<Record<string, readonly string[]>>;
  /** The request carries the proof that the system asks for. */
  isAuthorized(asked: Asked): boolean;
  /** A page with something new on it. */
  page: Scripted;
  /** A page on which nothing is new. */
  empty: Scripted;
}

const timeoutMs = 20_000;

export function pollConformance(connector: Connector, sample: PollSample): void {
  const server = new AnsweringServer();
  let url: string;
  beforeAll(async () => void (url = await server.listen()));
  afterAll(() => server.close());

  const access = (): Access<Record<string, unknown>> => ({ connection: 'conformance', settings: sample.settings(url), secrets: sample.secrets, allowedNetworks: ['127.0.0.0/8'] });
  const secrets = Object.values(sample.secrets).flat();
  const read = (answer: Scripted, cursor: PollPage['cursor'] | null = null, over: Partial<Access<Record<string, unknown>>> = {}, ms = timeoutMs): Promise<Outcome<PollPage>> => {
    server.asked.length = 0;
    server.answer = () => answer;
    return connector.poll!.read({ ...access(), ...over }, cursor, ms);
  };
  const page = (outcome: Outcome<PollPage>): PollPage => {
    if (!outcome.ok) throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
    return outcome.value;
  };

  it('says how often it wants to be looked at', () => {
    const seconds = connector.poll!.everySeconds(sample.settings('https://example.com'));
    expect(seconds === null || seconds >= 1).toBe(true);
  });

  it('gives answers that are read as messages are, and a cursor that holds no secret', async () => {
    const { answers, cursor } = page(await read(sample.page));
    expect(server.asked.length).toBeGreaterThan(0);
    for (const asked of server.asked) expect([asked.path, sample.isAuthorized(asked)]).toEqual([asked.path, true]);
    expect(answers.length).toBeGreaterThan(0);
    expect(new Set(answers.map(({ key }) => key)).size).toBe(answers.length);
    const decoded = answers.map(({ headers, body }) => connector.receive!.decode({ headers, body, receivedAt: '2026-03-06T14:30:00.000Z', connection: 'conformance', zone: 'UTC' } satisfies RawMessage, sample.settings(url)));
    expect(decoded.flatMap(({ facts }) => facts).length).toBeGreaterThan(0);
    expect(decoded.flatMap(({ facts }) => facts.filter(({ type }) => !owns(connector.id, type)))).toEqual([]);
    expect(secrets.filter((secret) => JSON.stringify([cursor, decoded]).includes(secret))).toEqual([]);
    expect(JSON.parse(JSON.stringify(cursor))).toEqual(cursor);
  });

  it('gives the same answers under the same keys from the same cursor, and goes on from the one that it gave', async () => {
    const [first, again] = [page(await read(sample.page)), page(await read(sample.page))];
    expect(again.answers.map(({ key }) => key)).toEqual(first.answers.map(({ key }) => key));
    expect(page(await read(sample.empty, first.cursor)).answers).toEqual([]);
  });

  describe('what goes wrong', () => {
    it.each([[401, 'auth'], [403, 'auth'], [400, 'invalid'], [404, 'invalid'], [429, 'rate_limited'], [500, 'unavailable'], [503, 'unavailable']] as const)('is told of status %i: %s', async (status, kind) => {
      const outcome = await read({ status, headers: { 'retry-after': '7' }, body: JSON.stringify({ secrets }) });
      expect(outcome).toMatchObject({ ok: false, error: { kind, ...(status === 429 ? { retryAfter: 7 } : {}) } });
      expect(secrets.filter((secret) => JSON.stringify(outcome).includes(secret))).toEqual([]);
    });
    it.each([['a page', '<html>'], ['nothing', ''], ['JSON of another kind', '[1]'], ['half a text', '{"data": [']])('is unparseable where %s comes', async (_what, body) => {
      expect(await read({ body })).toMatchObject({ ok: false, error: { kind: 'unparseable' } });
    });
    it('ends in its time where no answer comes', async () => {
      expect(await read({ hang: true }, null, {}, 200)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    });
    it('is that nothing is called which is not allowed', async () => {
      expect(await read(sample.page, null, { allowedNetworks: [] })).toMatchObject({ ok: false, error: { kind: 'invalid' } });
      expect(server.asked).toEqual([]);
    });
    it('is that a cursor of another form begins anew', async () => {
      for (const cursor of ['text', 7, [], { other: true }]) expect(page(await read(sample.page, cursor)).answers.length).toBeGreaterThan(0);
    });
  });
}

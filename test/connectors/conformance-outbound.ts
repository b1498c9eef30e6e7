import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access, Connector, OutboundCommand, Outcome, RawMessage } from '../../src/connectors/contract.js';
import { commandHeader } from '../../src/connectors/contract.js';
import type { CommandKind, FreightRequest, Rate } from '../../src/model/commands.js';
import { KeptMemory } from '../support/parcel-sandbox.js';
import { AnsweringServer, type Asked, type Scripted } from './answering-server.js';

type Script = (asked: Asked, count: number, url: string) => Scripted;

/** One command, with what the system answers to it. */
export interface OutboundCase {
  /** For the title of the test: `books two packages`. */
  name: string;
  command: OutboundCommand;
  answer: Script;
  state: 'DONE' | 'PARTIAL';
  /** Requests that cost something or change something there: none of them may be made again when the command is repeated. */
  costly: RegExp;
  /** What the facts of its answers are, by type. */
  facts: readonly string[];
  /** It cannot be looked for, and may have been done where no answer comes that can be read: it is left to a person then. */
  isLeftToPeople?: true;
  /** The status alone says that it was done: what the answer holds is not read. */
  isToldByStatus?: true;
}

/** What a connector that calls its system gives the suite, beside its sample messages. */
export interface OutboundSample {
  settings: (url: string) => Record<string, unknown>;
  secrets: Readonly<Record<string, readonly string[]>>;
  /** The request carries the proof that the system asks for. */
  isAuthorized(asked: Asked): boolean;
  quote?: { request: FreightRequest; success: { answer: Script; rates: ReadonlyArray<Partial<Rate>> }; empty: Script };
  cases: readonly OutboundCase[];
  /** The system's own error codes, and how it states one. */
  errors: { kinds: Readonly<Record<string, string>>; answer(code: string): Scripted };
}

/** Milliseconds for a call that is answered; far more than any of them needs. */
const timeoutMs = 20_000;

export function outboundConformance(connector: Connector, sample: OutboundSample): void {
  const server = new AnsweringServer();
  let url: string;
  beforeAll(async () => void (url = await server.listen()));
  afterAll(() => server.close());

  const access = (): Access<Record<string, unknown>> => ({ connection: 'conformance', settings: sample.settings(url), secrets: sample.secrets, allowedNetworks: ['127.0.0.0/8'] });
  const secrets = Object.values(sample.secrets).flat();
  const script = (answer: Script) => {
    server.asked.length = 0;
    server.answer = (asked, count) => answer(asked, count, url);
  };
  type Call = readonly [name: string, call: (given?: { timeoutMs?: number; memory?: KeptMemory; attempt?: number }) => Promise<Outcome<unknown>>, of: OutboundCase | null];
  const { quote, perform } = connector;
  const performing = (of: OutboundCase): Call => [of.name, ({ memory = new KeptMemory(), ...given } = {}) => perform!.perform(access(), { ...of.command, timeoutMs, ...given } as OutboundCommand<CommandKind>, memory), of];
  const quoting: Call[] = quote === undefined || sample.quote === undefined ? [] : [['gives rates', (given = {}) => quote.rates(access(), sample.quote!.request, given.timeoutMs ?? timeoutMs), null]];
  const calls: Call[] = [...quoting, ...sample.cases.map(performing)];

  it('has a case for every command that it performs', () => {
    const covered = new Set<string>(sample.cases.map((of) => of.command.kind));
    expect((perform?.commands ?? []).filter((kind) => !covered.has(kind)), `Fill in test/fixtures/${connector.id}/outbound.ts: \`cases\` has none of these commands.`).toEqual([]);
    expect([...covered].sort()).toEqual([...(perform?.commands ?? [])].sort());
  });

  it.runIf(quote !== undefined)('has a sample of rates', () => {
    expect(sample.quote, `Fill in test/fixtures/${connector.id}/outbound.ts: \`quote\`, a request with what is answered to it.`).toBeDefined();
  });

  it('knows the error codes of its system', () => {
    expect(Object.keys(sample.errors.kinds).length, `Fill in test/fixtures/${connector.id}/outbound.ts: \`errors\`, the system's own error codes by what they mean.`).toBeGreaterThan(0);
  });

  describe.each(sample.cases)('$name', (of) => {
    const [, call] = performing(of);

    it('is asked for at its address, with its proof, and understood', async () => {
      script(of.answer);
      const outcome = await perform!.perform(access(), { ...of.command, timeoutMs }, new KeptMemory());
      if (!outcome.ok) throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
      expect(server.asked.length).toBeGreaterThan(0);
      for (const asked of server.asked) expect([asked.path, sample.isAuthorized(asked) || asked.method === 'GET']).toEqual([asked.path, true]);
      expect(outcome.value.state).toBe(of.state);
      const decoded = outcome.value.answers.map(({ headers, body }) => connector.receive!.decode({ headers: { ...headers, [commandHeader]: of.command.id }, body, receivedAt: '2026-03-06T14:30:00.000Z', connection: 'conformance', zone: 'UTC' } satisfies RawMessage, sample.settings(url)));
      expect(decoded.flatMap(({ anomalies }) => anomalies.filter((one) => one.severity === 'HIGH'))).toEqual([]);
      expect([...new Set(decoded.flatMap(({ facts }) => facts.map((fact) => fact.type)))].sort()).toEqual([...of.facts].sort());
      // What is kept for people holds no secret.
      expect(secrets.filter((secret) => JSON.stringify([outcome.value.result, decoded]).includes(secret))).toEqual([]);
    });

    it('is not done a second time when it is repeated', async () => {
      script(of.answer);
      const memory = new KeptMemory();
      expect((await call({ memory })).ok).toBe(true);
      const costly = () => server.asked.filter((asked) => of.costly.test(`${asked.method} ${asked.path}`)).map((asked) => asked.path);
      const before = costly();
      expect((await call({ memory, attempt: 2 })).ok).toBe(true);
      expect(costly()).toEqual(before);
    });
  });

  if (quoting.length > 0) describe('rates', () => {
    const [, call] = quoting[0]!;

    it('are asked for with its proof, and understood', async () => {
      script(sample.quote!.success.answer);
      expect(await call()).toEqual({ ok: true, value: sample.quote!.success.rates.map((rate) => expect.objectContaining(rate)) });
      expect(server.asked.every((asked) => sample.isAuthorized(asked))).toBe(true);
    });
    it('are none where nobody offers it', async () => {
      script(sample.quote!.empty);
      expect(await call()).toMatchObject({ ok: true, value: [] });
    });
  });

  describe.each(calls)('what goes wrong where it %s', (_name, call, of) => {
    /** Of an answer that says nothing of whether it was done. */
    const unsaid = <Kind extends string>(kind: Kind) => (of?.isLeftToPeople === true && ['unavailable', 'unparseable'].includes(kind) ? 'invalid' : kind);
    it.each([[401, 'auth'], [403, 'auth'], [400, 'invalid'], [404, 'invalid'], [422, 'invalid'], [429, 'rate_limited'], [500, 'unavailable'], [503, 'unavailable']] as const)('is told of status %i: %s', async (status, kind) => {
      script((asked) => ({ status, headers: { 'retry-after': '7' }, body: JSON.stringify({ said: asked.headers, secrets }) }));
      const outcome = await call();
      expect(outcome).toMatchObject({ ok: false, error: { kind: unsaid(kind) } });
      if (status === 429) expect(outcome).toMatchObject({ error: { retryAfter: 7 } });
      // The other side repeated everything that it was sent.
      expect(secrets.filter((secret) => JSON.stringify(outcome).includes(secret))).toEqual([]);
    });
    it.each(Object.entries(sample.errors.kinds))('is told of the code %s: %s', async (code, kind) => {
      script(() => sample.errors.answer(code));
      expect(await call()).toMatchObject({ ok: false, error: { kind: unsaid(kind) } });
    });
    it.skipIf(of?.isToldByStatus === true).each([['a page', '<html>'], ['nothing', ''], ['JSON of another kind', '[1]'], ['half a text', '{"id": "x']])('is unparseable where %s comes', async (_what, body) => {
      script(() => ({ status: 200, body }));
      expect(await call()).toMatchObject({ ok: false, error: { kind: unsaid('unparseable') } });
    });
    it('ends in its time where no answer comes', async () => {
      script(() => ({ hang: true }));
      // What comes before the one that is left to people must be done by then.
      expect(await call({ timeoutMs: of?.isLeftToPeople === true ? 3_000 : 200 })).toMatchObject({ ok: false, error: { kind: unsaid('unavailable') } });
    });
  });

  it('calls nothing that is not allowed', async () => {
    script(() => ({ status: 200, body: '{}' }));
    for (const of of sample.cases) expect(await perform!.perform({ ...access(), allowedNetworks: [] }, { ...of.command, timeoutMs }, new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'invalid' } });
    expect(server.asked).toEqual([]);
  });
}

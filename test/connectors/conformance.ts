import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Connector, IncomingMessage, RawMessage } from '../../src/connectors/contract.js';
import { UnreadableMessage } from '../../src/connectors/contract.js';
import { canonicalJson } from '../../src/lib/json.js';
import type { Decoded, Fact } from '../../src/model/facts.js';
import { milestoneCodes } from '../../src/model/milestones.js';
import { owns } from '../../src/model/ownership.js';
import { referenceKey } from '../../src/model/references.js';
import { isPlausible } from '../../src/model/time.js';
import { computedMs } from '../support/processor-time.js';
import type { OutboundSample } from './conformance-outbound.js';
import type { PollSample } from './conformance-poll.js';

/** What a connector gives the suite: `sample` of test/fixtures/<connector>/sample.ts. */
export interface ConnectorSample {
  /** Good messages, by a name for the test's title. Each gives at least one fact and no anomaly of severity HIGH. */
  messages: ReadonlyMap<string, Uint8Array>;
  settings: Record<string, unknown>;
  secret: string;
  otherSecret: string;
  /** Headers with which the sender would send this body at this moment. */
  sign(body: Uint8Array, secret: string, atMs: number): Record<string, string>;
  /** Name of the header that carries the proof. */
  proofHeader: string;
  /** True where the proof covers the body; a token does not. */
  proofCoversBody: boolean;
  /** Every table of codes.ts that gives milestones. */
  codeTables: ReadonlyArray<Readonly<Record<string, unknown>>>;
  /** Where it calls its system. */
  outbound?: OutboundSample;
  /** What it does needs no system to be asked. */
  asksNobody?: true;
  /** Where it looks at a source over HTTP. */
  poll?: PollSample;
}

const receivedMs = Date.UTC(2026, 2, 6, 14, 30);
/** No single message may keep a process busy for longer; generous, for slow machines under load. */
const longestDecodeMs = 2_000;

export function rawMessage(body: Uint8Array): RawMessage {
  return { headers: { 'content-type': 'application/octet-stream' }, body, receivedAt: new Date(receivedMs).toISOString(), connection: 'conformance', zone: 'Europe/Berlin' };
}

export function conformance(connector: Connector, sample: ConnectorSample): void {
  const receive = connector.receive;
  if (receive === undefined) throw new Error(`The suite covers connectors that receive; ${connector.id} does not.`);
  conformanceOfTables(connector, sample);
  const [firstBody] = sample.messages.values();
  if (firstBody === undefined) {
    it('has a message as its sample', () => {
      throw new Error(`Fill in test/fixtures/${connector.id}/sample.ts: put a real message beside it and name it in \`messages\`.`);
    });
    return;
  }

  function signed(body: Uint8Array, secret = sample.secret): IncomingMessage {
    return { headers: sample.sign(body, secret, receivedMs), body, receivedMs };
  }
  function decode(body: Uint8Array): Decoded {
    return receive!.decode(rawMessage(body), sample.settings);
  }
  /** Decoded, or null where the message is refused in the one way that is allowed. */
  function decodeOrRefuse(body: Uint8Array): Decoded | null {
    const started = process.cpuUsage();
    try {
      const decoded = decode(body);
      checkFacts(decoded.facts);
      return decoded;
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
      expect(error.message.length).toBeGreaterThan(10);
      return null;
    } finally {
      expect(computedMs(started)).toBeLessThan(longestDecodeMs);
    }
  }

  describe('who it is from', () => {
    const altered = Buffer.from(firstBody);
    altered[Math.floor(altered.length / 2)]! ^= 1;
    const reason = (message: IncomingMessage, secrets = [sample.secret]) => {
      const result = receive.verify(message, secrets, sample.settings);
      return result.ok ? 'ok' : result.reason;
    };

    it('takes a message with the right proof', () => {
      expect(reason(signed(firstBody))).toBe('ok');
    });
    it('takes either of two secrets during a rotation', () => {
      const both = [sample.secret, sample.otherSecret];
      expect(reason(signed(firstBody, sample.secret), both)).toBe('ok');
      expect(reason(signed(firstBody, sample.otherSecret), both)).toBe('ok');
    });
    it('refuses a message under another secret', () => {
      expect(reason(signed(firstBody, sample.otherSecret))).toBe('wrong');
    });
    it('refuses a proof in which any one character was altered', () => {
      const message = signed(firstBody);
      const proof = message.headers[sample.proofHeader]!;
      for (let at = 0; at < proof.length; at++) {
        if (proof[at] === ' ') continue;
        const changed = `${proof.slice(0, at)}${proof[at] === 'x' ? 'y' : 'x'}${proof.slice(at + 1)}`;
        expect(reason({ ...message, headers: { ...message.headers, [sample.proofHeader]: changed } })).not.toBe('ok');
      }
    });
    it.runIf(sample.proofCoversBody)('refuses a body that was altered, cut or added to', () => {
      const headers = signed(firstBody).headers;
      for (const body of [altered, firstBody.subarray(0, -1), Buffer.concat([firstBody, Buffer.from(' ')])]) {
        expect(reason({ headers, body, receivedMs })).toBe('wrong');
      }
    });
    it('says that the proof is missing where any of its headers is', () => {
      const message = signed(firstBody);
      for (const name of Object.keys(message.headers)) {
        expect(reason({ ...message, headers: { ...message.headers, [name]: undefined } })).toBe('missing');
      }
    });
    it('refuses everything where no secret is set, or a blank one', () => {
      expect(reason(signed(firstBody), [])).toBe('no_secret');
      expect(reason({ ...signed(firstBody), headers: sample.sign(firstBody, ' ', receivedMs) }, ['', ' '])).toBe('no_secret');
    });
  });

  describe.each([...sample.messages])('decoding %s', (_name, body) => {
    it('gives facts', () => {
      const decoded = decode(body);
      expect(decoded.facts.length).toBeGreaterThan(0);
      const notOwned = [...new Set(decoded.facts.map((fact) => fact.type))].filter((type) => !owns(connector.id, type));
      expect(notOwned, `Fill in src/model/ownership.ts: what ${connector.id} may state. Facts of these types would be kept and not applied.`).toEqual([]);
      expect(decoded.anomalies.filter((one) => one.severity === 'HIGH')).toEqual([]);
      checkFacts(decoded.facts);
    });
    it('gives the same for the same and alters nothing that it was handed', () => {
      const copy = Buffer.from(body);
      const message = rawMessage(copy);
      const before = structuredClone({ ...message, body: [...copy] });
      const first = receive.decode(message, sample.settings);
      const second = receive.decode(message, sample.settings);
      expect(second).toEqual(first);
      expect({ ...message, body: [...copy] }).toEqual(before);
    });
    it('reads or refuses 1,000 damaged copies, and never fails in any other way', () => {
      const damage = fc.record({ at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), kind: fc.constantFrom('set', 'cut', 'insert', 'delete', 'repeat'), byte: fc.integer({ min: 0, max: 255 }), length: fc.integer({ min: 1, max: 40 }) });
      fc.assert(fc.property(fc.array(damage, { minLength: 1, maxLength: 6 }), (damages) => {
        decodeOrRefuse(damages.reduce(apply, Buffer.from(body)));
      }), { numRuns: 1_000 });
    });
  });

  it.runIf(isJson(firstBody))('reads or refuses 1,000 copies with hostile values at any place', () => {
    const paths = pathsOf(JSON.parse(Buffer.from(firstBody).toString()));
    fc.assert(fc.property(fc.constantFrom(...paths), fc.constantFrom(...hostileValues), (path, hostile) => {
      const copy: unknown = JSON.parse(Buffer.from(firstBody).toString());
      const parent = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)[key], copy) as Record<string, unknown>;
      parent[path.at(-1)!] = '\u0001hostile';
      decodeOrRefuse(Buffer.from(JSON.stringify(copy).replace('"\\u0001hostile"', () => hostile)));
    }), { numRuns: 1_000 });
  });

  it('reads or refuses any bytes at all', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      decodeOrRefuse(bytes);
    }), { numRuns: 500 });
  });

  it.each(hostileBodies)('reads or refuses %s in bounded time', (_name, body) => {
    decodeOrRefuse(body());
  });
}

/** What holds of a connector before any message is read. */
function conformanceOfTables(connector: Connector, sample: ConnectorSample): void {
  it('marks the secret of incoming messages, so that it is encrypted and not shown', () => {
    const shape = (connector.settings as unknown as { shape: Record<string, { meta(): Record<string, unknown> | undefined; unwrap?(): { meta(): Record<string, unknown> | undefined } }> }).shape;
    const field = shape['webhookSecret']!;
    expect(field.meta()?.['secret'] ?? field.unwrap?.().meta()?.['secret']).toBe(true);
  });

  it('takes its own sample settings', () => {
    expect(connector.settings.safeParse({ ...sample.settings, webhookSecret: sample.secret }).success).toBe(true);
  });

  it('maps every outside code to a code of the vocabulary', () => {
    for (const table of sample.codeTables) {
      expect(Object.keys(table).length, `Fill in src/connectors/${connector.id}/codes.ts: a table of the sample's codeTables has no code. The whole published list belongs there, mapped or INFO on purpose.`).toBeGreaterThan(0);
      for (const row of Object.values(table)) {
        const code = typeof row === 'string' ? row : (row as { code: string }).code;
        expect(milestoneCodes).toContain(code);
      }
    }
  });

  it('says where its wire format is documented', () => {
    expect(connector.documentation, `Fill in src/connectors/${connector.id}/index.ts: documentation, the address where the owner documents the wire format.`).toMatch(/^https:/);
  });
}

/** As JSON text, for some of them no serializer would write. */
export const hostileValues = [
  'null', 'true', 'false', '0', '-1', '1e999', '-1e999', '9007199254740993', '1e-400', '""', '" "', '"\\u0000"', '"\\ud800"', '"constructor"', '"__proto__"', '[]', '{}', '[[]]',
  '{"__proto__":{"id":1}}', '{"id":1e300}', '{"id":0.5}', '"1970-01-01T00:00:00Z"', '"9999-99-99 99:99:99"', '"+275760-09-13T00:00:00Z"', `"${'x'.repeat(20_000)}"`, `"${'\u{1f600}'.repeat(2_000)}"`, `${'9'.repeat(400)}`,
];

function isJson(body: Uint8Array): boolean {
  return Buffer.from(body).toString().trimStart().startsWith('{');
}

export function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [path];
  const below = Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

const hostileBodies: ReadonlyArray<[string, () => Uint8Array]> = [
  ['an empty body', () => Buffer.alloc(0)],
  ['arrays nested 200,000 deep', () => Buffer.from('['.repeat(200_000))],
  ['objects nested 100,000 deep', () => Buffer.from('{"a":'.repeat(100_000))],
  ['an array of a million numbers', () => Buffer.from(`[${'1,'.repeat(1_000_000)}1]`)],
  ['bytes that are no UTF-8', () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  ['four megabytes of one letter', () => Buffer.alloc(4 * 1024 * 1024, 0x41)],
  ['four megabytes of blanks', () => Buffer.alloc(4 * 1024 * 1024, 0x20)],
  ['four megabytes of ISA segments', () => Buffer.from('ISA*'.repeat(1024 * 1024))],
  ['numbers beyond any range', () => Buffer.from('{"events":[1e999,-1e999,123456789012345678901234567890],"specversion":"1","description":"tracker.updated","result":{"tracking_code":"1","weight":1e400}}')],
];

function apply(body: Buffer, damage: { at: number; kind: string; byte: number; length: number }): Buffer {
  const at = Math.floor(damage.at * body.length);
  const before = body.subarray(0, at);
  const after = body.subarray(at);
  switch (damage.kind) {
    case 'set': return Buffer.concat([before, Buffer.from([damage.byte]), after.subarray(1)]);
    case 'cut': return Buffer.from(damage.byte < 32 ? before : body);
    case 'insert': return Buffer.concat([before, Buffer.from([damage.byte]), after]);
    case 'delete': return Buffer.concat([before, after.subarray(damage.length)]);
    default: return Buffer.concat([before, after.subarray(0, damage.length), after]);
  }
}

/** What holds of every fact, whatever it was read from. */
export function checkFacts(facts: readonly Fact[]): void {
  const keys = new Set<string>();
  for (const fact of facts) {
    const subject = 'key' in fact ? `${fact.key.kind}:${fact.key.id}` : referenceKey(fact.reference);
    // A source may use the version of a record twice; the ledger tells the two states apart by content.
    keys.add(`${subject}\n${fact.factKey}${'key' in fact ? `\n${canonicalJson([fact.type, fact.payload])}` : ''}`);
    if (fact.factKey.length > 400 || subject.length > 400) throw new Error(`The key of a fact is too long to be indexed: ${fact.factKey.length}, ${subject.length}.`);
    if (!isPlausible(Date.parse(fact.observedAt))) throw new Error(`observedAt is no plausible time: ${fact.observedAt}`);
    if (fact.type === 'milestone.reported' && !isPlausible(Date.parse(fact.payload.occurred.instant))) throw new Error(`occurred is no plausible time: ${fact.payload.occurred.instant}`);
    const text = JSON.stringify(fact);
    if (/\\u0000|\\ud[89a-f]/i.test(text)) throw new Error('A fact holds text that PostgreSQL refuses.');
  }
  expect(keys.size).toBe(facts.length);
}

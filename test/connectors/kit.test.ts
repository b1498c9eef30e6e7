import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { UnreadableMessage } from '../../src/connectors/contract.js';
import { parseJson } from '../../src/connectors/kit/json.js';
import { int16, int32 } from '../../src/connectors/kit/numbers.js';
import { clip, factKeyOf } from '../../src/connectors/kit/text.js';
import { instantOfLocal, parseLocalTime } from '../../src/connectors/kit/zone.js';
import { isZone } from '../../src/lib/zone.js';
import { connectorOf, connectors } from '../../src/connectors/registry.js';

describe('JSON', () => {
  it('that is sound comes through unchanged', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => {
      fc.pre(!text.includes('__proto__') && !text.includes('\\u'));
      expect(parseJson(Buffer.from(text))).toEqual({ value: JSON.parse(text), anomalies: [] });
    }));
  });
  it('may be nested as deep as the limit and no deeper', () => {
    const nested = (depth: number) => Buffer.from('['.repeat(depth) + ']'.repeat(depth));
    expect(() => parseJson(nested(64))).not.toThrow();
    expect(() => parseJson(nested(65))).toThrow(/64 levels/);
  });
  it('counts values and not the marks within texts', () => {
    expect(() => parseJson(Buffer.from(JSON.stringify([',,,,[[[[{{{{', '"\\"[', 1])), { depth: 2, nodes: 5 })).not.toThrow();
    expect(() => parseJson(Buffer.from('[1,2,3,4,5,6]'), { depth: 2, nodes: 5 })).toThrow(/more than 5 values/);
  });
  it('never carries NUL, half surrogate pairs or a prototype, in keys either', () => {
    const { value, anomalies } = parseJson(Buffer.from('{"a\\u0000":"x\\ud800y\\udc00","\\u005f_proto__":{"bad":1},"ok":"\\ud83d\\ude00"}'));
    expect(value).toEqual({ 'a\ufffd': 'x\ufffdy\ufffd', ok: '\u{1f600}' });
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(anomalies).toEqual([expect.objectContaining({ kind: 'TEXT_REPAIRED', severity: 'LOW', message: expect.stringContaining('2 text(s)') })]);
  });
  it.each([['nothing', ''], ['half a text', '{"a":'], ['a raw NUL', '"\u0000"']])('that is %s is unreadable', (_name, text) => {
    expect(() => parseJson(Buffer.from(text))).toThrow(UnreadableMessage);
  });
  it('may begin with a byte order mark', () => {
    expect(parseJson(Buffer.from('\ufeff[1]')).value).toEqual([1]);
  });
});

describe('local times', () => {
  const at = (text: string, zone: string) => instantOfLocal(parseLocalTime(text)!, zone)?.instant;

  it('that never happened are read with the offset from before the change', () => {
    expect(at('2026-03-29 02:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
    expect(at('2026-03-08 02:30', 'America/New_York')).toBe('2026-03-08T07:30:00.000Z');
  });
  it('that happened twice are the first of the two', () => {
    expect(at('2026-10-25 02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(at('2026-11-01 01:30', 'America/New_York')).toBe('2026-11-01T05:30:00.000Z');
  });
  it('are none where day, hour, zone or year is none', () => {
    expect(at('2026-02-29 10:00', 'UTC')).toBeUndefined();
    expect(at('2026-02-28 25:00', 'UTC')).toBeUndefined();
    expect(at('2026-02-28 10:00', 'Mars/Base')).toBeUndefined();
    expect(at('1970-01-01 00:00', 'UTC')).toBeUndefined();
    expect(parseLocalTime('2026-2-28')).toBeNull();
  });
  it('in any zone give back the clock they were read from, except in a gap', () => {
    fc.assert(fc.property(fc.date({ min: new Date('1990-01-01'), max: new Date('2060-01-01'), noInvalidDate: true }), fc.constantFrom('America/Sao_Paulo', 'Asia/Kolkata', 'Pacific/Apia', 'UTC', '-03:30'), (date, zone) => {
      const local = parseLocalTime(date.toISOString().slice(0, 19))!;
      const read = instantOfLocal(local, zone)!;
      const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(new Date(read.instant));
      const back = parseLocalTime(shown)!;
      const skipped = Date.UTC(back.year, back.month - 1, back.day, back.hour, back.minute, back.second) - Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);
      expect(skipped === 0 || skipped === 3_600_000 || skipped === 86_400_000).toBe(true);
    }));
  });
  it('at a fixed offset are what luxon says of them', () => {
    const zone = fc.constantFrom('+00:00', '-08:00', '+05:45', '-03:30');
    const part = (max: number) => fc.integer({ min: 0, max });
    fc.assert(fc.property(fc.integer({ min: 1985, max: 2095 }), part(13), part(32), part(25), part(61), part(61), zone, (year, month, day, hour, minute, second, of) => {
      const local = { year, month, day, hour, minute, second };
      const time = DateTime.fromObject(local, { zone: `UTC${of}` });
      expect(instantOfLocal(local, of)?.instant).toBe(time.isValid ? time.toUTC().toISO() : undefined);
    }), { numRuns: 3_000 });
  });
  it('know zones by their IANA names alone', () => {
    expect(['Europe/Berlin', 'UTC', 'local', 'system', ''].map(isZone)).toEqual([true, true, false, false, false]);
  });
});

describe('whole numbers', () => {
  it('are read up to what their column holds', () => {
    expect([0, '7', ' 7 ', 32_767, '32768', 32_768].map(int16)).toEqual([0, 7, 7, 32_767, undefined, undefined]);
    expect([2_147_483_647, '2147483648', 2 ** 53].map(int32)).toEqual([2_147_483_647, undefined, undefined]);
  });
  it.each([-1, 0.5, NaN, Infinity, '1e3', '0x10', '-1', '', '9'.repeat(400), null, {}, [1]])('are not %j', (value) => {
    expect([int16(value), int32(value)]).toEqual([undefined, undefined]);
  });
});

describe('keys', () => {
  it('tell their parts apart whatever is in them', () => {
    fc.assert(fc.property(fc.array(fc.string(), { minLength: 2, maxLength: 3 }), fc.array(fc.string(), { minLength: 2, maxLength: 3 }), (a, b) => {
      expect(factKeyOf(...a) === factKeyOf(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }));
    expect(factKeyOf('a|b', 'c')).not.toBe(factKeyOf('a', 'b|c'));
  });
  it('of any length stay short enough to be indexed', () => {
    expect(factKeyOf('x'.repeat(10_000)).length).toBeLessThan(100);
    expect(factKeyOf('x'.repeat(10_000))).not.toBe(factKeyOf('x'.repeat(10_001)));
  });
  it('and texts are never cut through a pair', () => {
    expect(clip('ab\u{1f600}cd', 4)).toBe('ab…');
    expect(clip('abcdef', 4)).toBe('abc…');
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 20 }), (text, limit) => {
      expect(clip(text, limit).length).toBeLessThanOrEqual(Math.max(limit, 0));
    }));
  });
});

it('the registry knows each connector by its own id', () => {
  for (const [id, connector] of connectors) {
    expect(connector.id).toBe(id);
    expect(connectorOf(id)).toBe(connector);
  }
  expect(connectorOf('constructor')).toBeUndefined();
});

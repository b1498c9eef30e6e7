import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLog } from '../../src/events/read.js';
import { append } from '../../src/events/append.js';
import { currentVersion, upcast, upcasters, type Upcasters } from '../../src/events/upcast.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { uuidv7 } from '../../src/lib/ids.js';

/** As if `exception.raised` had been changed twice: `severity` was a number once, then `priority`. */
const changed: Upcasters = {
  'exception.raised': {
    1: (payload) => {
      const { severity, ...rest } = payload as { severity: number };
      return { ...rest, priority: severity };
    },
    2: (payload) => {
      const { priority, ...rest } = payload as { priority: number };
      return { ...rest, severity: priority > 1 ? 'HIGH' : 'LOW' };
    },
  },
};
const first = { type: 'exception.raised', version: 1, payload: { title: 'Lost', severity: 2 } };

describe('an event of an older version', () => {
  it('is read in the current one, step by step', () => {
    expect(upcast(first, changed)).toEqual({ type: 'exception.raised', version: 3, payload: { title: 'Lost', severity: 'HIGH' } });
    expect(upcast({ ...first, version: 2, payload: { title: 'Lost', priority: 1 } }, changed)).toEqual({ type: 'exception.raised', version: 3, payload: { title: 'Lost', severity: 'LOW' } });
  });

  it('is itself left as it was', () => {
    const frozen = Object.freeze({ ...first, payload: Object.freeze({ ...first.payload }) });
    upcast(frozen, changed);
    expect(frozen).toEqual(first);
  });

  it('that has become current stays as it is, whatever is in it, and so do newer ones and other types', () => {
    fc.assert(fc.property(fc.constantFrom('exception.raised', 'shipment.merged', 'constructor', '__proto__'), fc.integer({ min: 1, max: 3 }), fc.record({ title: fc.string(), severity: fc.nat(5), priority: fc.nat(5) }), (type, version, payload) => {
      const once = upcast({ type, version, payload }, changed);
      expect(upcast(once, changed)).toBe(once);
      if (type !== 'exception.raised') expect(once).toEqual({ type, version, payload });
    }));
    const newer = { ...first, version: 4 };
    expect(upcast(newer, changed)).toBe(newer);
  });

  it('of which a step is missing fails with its name', () => {
    expect(() => upcast(first, { 'exception.raised': { 2: (payload) => payload } })).toThrow('exception.raised of version 1 into 2');
  });

  it('has a step from every version to the next, in the table of this product', () => {
    for (const [type, steps] of Object.entries(upcasters)) expect(Object.keys(steps).map(Number).sort((a, b) => a - b), type).toEqual(Array.from({ length: currentVersion(type) - 1 }, (_, n) => n + 1));
  });
});

describeOnEachDatabase('the log', (kind) => {
  it('gives events in the current version of their type, and takes none in another', async () => {
    const services = await testServices(kind);
    try {
      const event = (version: number) => ({
        id: uuidv7(), type: 'exception.raised', version, subject: `exception:${uuidv7()}`, company: 'main', connection: null, factKey: null, occurredAt: null, recordedAt: new Date().toISOString(), correlationId: uuidv7(), causationId: null, payload: { title: 'x' },
      });
      await services.database.transaction((tx) => append(tx, [event(1)]));
      expect(await readLog(services.database.kysely, 0, 10)).toMatchObject([{ type: 'exception.raised', version: currentVersion('exception.raised'), payload: { title: 'x' } }]);
      await expect(services.database.transaction((tx) => append(tx, [event(2)]))).rejects.toThrow('exception.raised is written in version 1');
    } finally {
      await services.remove();
    }
  });
});

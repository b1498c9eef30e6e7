import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { otm } from '../../src/connectors/otm/index.js';
import { publicationPolicy } from '../../src/connectors/otm/publishing.js';
import { tripOf } from '../../src/connectors/otm/writing.js';
import { uuidv7 } from '../../src/lib/ids.js';
import type { LoadRecord } from '../../src/model/transport/records.js';
import { anyLoad, statedAt } from '../support/arbitrary-loads.js';
import { raw } from './raw.js';

const load = '019a2004-23fe-8000-94bd-e2c30e6cd8eb';
const publication = (record: LoadRecord, action: 'NEW' | 'CHANGE' | 'CANCEL' = 'NEW', revision = 1) => ({ load, revision, action, statedAt, record });
const read = (trip: unknown) => otm.receive!.decode(raw(JSON.stringify(trip)), { webhookSecret: 'x' });
const loadRead = (trip: unknown) => read(trip).facts.find((fact) => fact.type === 'load.reported')!;

/** Ids of everything in it, by what they are of. */
function idsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(idsIn);
  if (value === null || typeof value !== 'object') return [];
  const { id, lifecycle } = value as { id?: string; lifecycle?: string };
  return [...(id === undefined ? [] : [`${id} ${lifecycle ?? ''}`]), ...Object.values(value).flatMap(idsIn)];
}

describe('a load told as a trip of Open Trip Model', () => {
  it('is read as the same load', () => {
    fc.assert(fc.property(anyLoad('conn-1'), (record) => {
      const decoded = read(tripOf(publication(record)));
      expect(decoded.anomalies).toEqual([]);
      expect(loadRead(tripOf(publication(record)))).toMatchObject({ key: { kind: 'load', id: load }, observedAt: statedAt, payload: record });
      expect(loadRead(tripOf(publication(record))).payload).toEqual(record);
    }), { numRuns: 300 });
  });

  it('has the same ids whenever it is told, and each entity of one lifecycle once', () => {
    fc.assert(fc.property(anyLoad('conn-1'), (record) => {
      const ids = idsIn(tripOf(publication(record)));
      expect(idsIn(tripOf(publication(record, 'CHANGE', 2)))).toEqual(ids);
      const actions = ids.filter((id) => !id.endsWith(' '));
      expect(new Set(actions).size).toBe(actions.length);
    }), { numRuns: 100 });
  });

  it('names one consignment where it is loaded and where it is unloaded', () => {
    const name = { kind: 'delivery_name' as const, issuer: 'erp', value: 'WH/OUT/00017' };
    const trip = tripOf(publication({ name: 'L', state: 'CONFIRMED', rawState: '', stops: [{ id: 'a', sequence: 1, kind: 'PICKUP', loaded: [name], unloaded: [] }, { id: 'b', sequence: 2, kind: 'DELIVERY', loaded: [], unloaded: [name] }] }));
    const consignments = JSON.stringify(trip).match(/"entityType":"consignment","id":"[^"]+","name":"WH\/OUT\/00017"/g)!;
    expect(consignments).toHaveLength(2);
    expect(new Set(consignments).size).toBe(1);
  });

  it('that is withdrawn is cancelled, whole', () => {
    fc.assert(fc.property(anyLoad('conn-1'), (record) => {
      expect(loadRead(tripOf(publication(record, 'CANCEL', 2))).payload).toEqual({ ...record, state: 'CANCELLED', rawState: 'cancelled' });
    }), { numRuns: 50 });
  });

  it('keeps the moment of times whose zone is a place', () => {
    const trip = tripOf(publication({ name: 'L', state: 'CONFIRMED', rawState: '', stops: [{ id: uuidv7(), sequence: 1, kind: 'OTHER', planned: { arrival: { instant: '2026-07-01T08:00:00.000Z', zone: 'America/New_York' } }, loaded: [], unloaded: [] }] }));
    expect((loadRead(trip).payload as LoadRecord).stops[0]!.planned).toEqual({ arrival: { instant: '2026-07-01T08:00:00.000Z', zone: '-04:00' } });
  });

  it('is one that is kept here, unless the settings say whose', () => {
    expect(publicationPolicy({ webhookSecret: 'x' })).toBeNull();
    expect(publicationPolicy({ webhookSecret: 'x', publish: 'loads' })!.from).toEqual(['gatehouse']);
    expect(publicationPolicy({ webhookSecret: 'x', publish: 'loads', publishFrom: 'gatehouse, x12-tms' })!.from).toEqual(['gatehouse', 'x12-tms']);
    expect(otm.settingsLack!({ webhookSecret: 'x', publish: 'loads' })).toMatch(/url/);
  });
});

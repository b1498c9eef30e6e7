import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { differenceOf } from '../../src/jobs/tasks/mapping/difference.js';
import type { SaidMilestone } from '../../src/model/mapping.js';
import { previewMapping } from '../../src/jobs/tasks/mapping/desk.js';
import { foretell } from '../../src/jobs/tasks/mapping/foretell.js';
import { applyProposals, propose, proposeRemoval, readTable, type ProposedOverride } from '../../src/jobs/tasks/mapping/table.js';
import { listUnmapped } from '../../src/jobs/tasks/mapping/unmapped.js';
import { replay } from '../../src/jobs/tasks/replay.js';
import { system } from '../../src/events/audit.js';
import { classifiers, exceptionClasses, milestoneCodes } from '../../src/model/milestones.js';
import { overrideOf, withOverrides, type CodeOverride } from '../../src/model/mapping.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { overlapping } from '../support/overlapping.js';
import type { Message } from '../projections/journey-messages.js';
import { openPipeline, type Pipeline } from '../projections/pipeline.js';

interface Scan { status: string; status_detail?: string; carrier_code?: string; minute: number }

/** A tracker with its history, as EasyPost repeats it in every update. */
function tracked(number: string, updatedMinute: number, scans: readonly Scan[]): Message {
  const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 8, minute)).toISOString().replace('.000', '');
  const details = scans.map(({ minute, ...scan }) => ({ ...scan, datetime: at(minute) }));
  return { connection: 'parcels', body: JSON.stringify({ object: 'Event', description: 'tracker.updated', updated_at: at(updatedMinute), result: { id: `trk_${number}`, tracking_code: number, carrier: 'UPS', status: 'in_transit', updated_at: at(updatedMinute), tracking_details: details } }) };
}

const override = (rawCode: string, code: CodeOverride['code'], more: Partial<CodeOverride> = {}): CodeOverride => ({ rawCode, rawReason: '', classifier: null, exceptionClass: null, ...more, code });

describe('overrides of codes', () => {
  it('are chosen by code and reason, then by code, then by reason', () => {
    const rows = [override('X', 'LOADED'), override('X', 'LOADING', { rawReason: 'R' }), override('*', 'DELAYED', { rawReason: 'R' })];
    expect([['X', 'R'], ['X', 'other'], ['X', ''], ['Y', 'R'], ['Y', '']].map(([rawCode, rawReason]) => overrideOf({ rawCode: rawCode!, rawReason: rawReason! }, rows)?.code)).toEqual(['LOADING', 'LOADED', 'LOADED', 'DELAYED', undefined]);
  });

  it('replace what the connector says of code and exception, and its word that the code is not known', () => {
    const fact = (rawCode: string) => ({ type: 'milestone.reported' as const, reference: { kind: 'tracking' as const, issuer: 'UPS', value: '1' }, factKey: rawCode, observedAt: '2026-03-01T00:00:00.000Z', payload: { code: 'INFO' as const, classifier: 'ACTUAL' as const, occurred: { instant: '2026-03-01T00:00:00.000Z', zone: 'Z' }, rawCode, exceptionClass: 'CARRIER' as const } });
    const anomaly = (kind: string, rawCode: string) => ({ kind, message: '', severity: 'LOW' as const, rawCode });
    const given = { facts: [fact('A'), fact('B')], anomalies: [anomaly('UNKNOWN_CODE', 'A'), anomaly('UNKNOWN_CODE', 'B'), anomaly('TIME_INVALID', 'A')] };
    const before = structuredClone(given);
    const mapped = withOverrides(given, [override('A', 'DAMAGED', { classifier: 'PLANNED' })]);
    expect(mapped.facts.map((each) => each.type === 'milestone.reported' && [each.payload.code, each.payload.classifier, each.payload.exceptionClass])).toEqual([['DAMAGED', 'PLANNED', undefined], ['INFO', 'ACTUAL', 'CARRIER']]);
    expect(mapped.anomalies).toEqual([anomaly('UNKNOWN_CODE', 'B'), anomaly('TIME_INVALID', 'A')]);
    expect(given).toEqual(before);
  });
});

describeOnEachDatabase('mapping a partner’s codes by a table', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  beforeEach(() => pipeline.reset());
  afterAll(() => pipeline?.remove());

  const db = () => pipeline.services.database;
  const all = { connection: 'parcels', from: '2000-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' };
  const connection = async () => (await pipeline.services.connections.find('parcels'))!;

  async function told(...messages: Message[]): Promise<void> {
    for (const [id, ids] of await pipeline.receive(messages)) await pipeline.decode(id, ids);
    await pipeline.settle();
  }
  const set = (...rows: ProposedOverride[]) => db().transaction(async (tx) => {
    for (const row of rows) await propose(tx, 'parcels', row, system);
  });
  const apply = async () => {
    const { fingerprint } = await readTable(db().kysely, 'parcels');
    await db().transaction((tx) => applyProposals(tx, 'parcels', fingerprint, system));
  };
  const replayed = async () => {
    const result = await replay(pipeline.tasks, all);
    await pipeline.settle();
    return result;
  };

  /** What stands of each shipment, by the fact. */
  async function state() {
    const rows = await db().kysely.selectFrom('milestone as m').innerJoin('shipment as s', 's.id', 'm.shipment_id').select(['s.id', 's.status', 'm.fact_group', 'm.code', 'm.classifier', 'm.occurred_at', 'm.exception_class', 'm.raw_code', 'm.raw_reason']).where('m.active', '=', true).execute();
    const shipments = await db().kysely.selectFrom('shipment').select(['id', 'status']).execute();
    const facts = (id: string) => new Map(rows.filter((row) => row.id === id).map((row): [string, SaidMilestone] => [row.fact_group, { code: row.code, classifier: row.classifier, occurredAt: row.occurred_at, exceptionClass: row.exception_class, rawCode: row.raw_code, rawReason: row.raw_reason }]));
    return new Map(shipments.map(({ id, status }) => [id, { status, facts: facts(id) }]));
  }
  type State = Awaited<ReturnType<typeof state>>;

  /** The difference between two states, worked out from the read model alone. */
  function happened(before: State, after: State) {
    return [...after].flatMap(([shipment, now]) => {
      const was = before.get(shipment)!;
      const text = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
      const appear = text([...now.facts].filter(([group]) => !was.facts.has(group)).map(([, row]) => row));
      const go = text([...was.facts].filter(([group]) => !now.facts.has(group)).map(([, row]) => row));
      const change = text([...now.facts].flatMap(([group, row]) => (was.facts.has(group) && JSON.stringify(was.facts.get(group)) !== JSON.stringify(row) ? [{ before: was.facts.get(group), after: row }] : [])));
      const status = { before: was.status, after: now.status };
      return status.before === status.after && appear.length + go.length + change.length === 0 ? [] : [{ shipment, status, appear, go, change }];
    }).sort((a, b) => (a.shipment < b.shipment ? -1 : 1));
  }
  async function foretold() {
    const { next } = await readTable(db().kysely, 'parcels');
    const result = await foretell(pipeline.tasks, all, next, 10_000);
    const { shipments, totals } = await differenceOf(pipeline.tasks, result, 1_000, '*');
    const text = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
    return { result, totals, shipments: shipments.map(({ shipment, status, appear, go, change }) => ({ shipment, status, appear: text(appear), go: text(go), change: text(change) })).sort((a, b) => (a.shipment < b.shipment ? -1 : 1)) };
  }

  const first = [{ status: 'in_transit', minute: 1 }, { status: 'carrier_gibberish', status_detail: 'left_with_neighbour', minute: 2 }];
  const second = [{ status: 'carrier_gibberish', minute: 3 }, { status: 'delivered', minute: 4 }];

  it('has no effect while it is proposed, and holds for what is read once it is applied', async () => {
    await set({ rawCode: 'carrier_gibberish', code: 'delivered' });
    await told(tracked('1Z1', 1, second.slice(0, 1)));
    expect([...(await state()).values()].map(({ status }) => status)).toEqual(['UNKNOWN']);
    await apply();
    await told(tracked('1Z2', 1, second.slice(0, 1)));
    expect([...(await state()).values()].map(({ status }) => status).sort()).toEqual(['DELIVERED', 'UNKNOWN']);
    expect(await readTable(db().kysely, 'parcels')).toMatchObject({ applied: [{ rawCode: 'carrier_gibberish', code: 'DELIVERED', changedBy: system.subject }], proposed: [] });
  });

  it('foretells exactly what the replay then does, and changes nothing itself', async () => {
    await told(tracked('1Z1', 1, first.slice(0, 1)), tracked('1Z1', 2, first), tracked('1Z2', 5, second), tracked('1Z3', 6, first.slice(0, 1)));
    await set({ rawCode: '*', rawReason: 'carrier_gibberish/left_with_neighbour', code: 'DELIVERED' }, { rawCode: 'carrier_gibberish', rawReason: 'carrier_gibberish', code: 'DAMAGED', exceptionClass: 'SECURITY' }, { rawCode: 'in_transit', code: 'DEPARTED_FACILITY' });
    const before = await state();
    const counts = () => Promise.all((['event', 'fact', 'exception', 'inbox', 'milestone', 'audit'] as const).map(async (table) => (await db().kysely.selectFrom(table).select((e) => e.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n));
    const countsBefore = await counts();
    const { result, shipments, totals } = await foretold();
    expect(await counts()).toEqual(countsBefore);
    expect(await state()).toEqual(before);
    expect(totals).toMatchObject({ shipments: 3, statuses: 1, change: 4, appear: 0, go: 0 });
    await apply();
    const { appended, retracted, messages } = await replayed();
    expect(shipments).toEqual(happened(before, await state()));
    expect([result.appended, result.retracted, result.messages]).toEqual([appended, retracted, messages]);
    expect((await replayed()).appended).toBe(0);
  });

  it('foretells exactly whatever was read, mapped and replayed before', async () => {
    const code = fc.constantFrom('in_transit', 'odd_one', 'delivered', 'odd_two');
    const scans = fc.array(fc.record({ status: code, status_detail: fc.constantFrom('odd_detail', 'unknown'), minute: fc.integer({ min: 0, max: 3 }) }), { minLength: 1, maxLength: 4 });
    const message = fc.record({ number: fc.constantFrom('1Z1', '1Z2'), minute: fc.integer({ min: 0, max: 5 }), scans });
    const row = fc.record({ rawCode: fc.constantFrom('in_transit', 'odd_detail', 'delivered', 'odd_two', '*'), rawReason: fc.constantFrom('odd_two/odd_detail', 'in_transit/unknown', 'odd_one/unknown'), code: fc.constantFrom(...milestoneCodes), classifier: fc.constantFrom(null, ...classifiers), exceptionClass: fc.constantFrom(null, ...exceptionClasses) });
    await fc.assert(fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 4 }), fc.array(fc.array(row, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }), async (messages, tables) => {
      await pipeline.reset();
      await told(...messages.map((each) => tracked(each.number, each.minute, each.scans)));
      for (const [index, table] of tables.entries()) {
        if (index > 0) await db().transaction(async (tx) => {
          for (const { rawCode, rawReason } of (await readTable(tx, 'parcels')).applied.slice(0, 1)) await proposeRemoval(tx, 'parcels', { rawCode, rawReason }, system);
        });
        await set(...table);
        const before = await state();
        const { shipments, result } = await foretold();
        await apply();
        const done = await replayed();
        expect(shipments).toEqual(happened(before, await state()));
        expect(result.retracted).toBe(done.retracted);
      }
    }), { numRuns: kind === 'embedded' ? 3 : 6 });
  });

  it('gives the way back: what a table changed stands as before once it is taken away and replayed', async () => {
    await told(tracked('1Z1', 2, first), tracked('1Z2', 5, second));
    const before = await state();
    await set({ rawCode: 'delivered', code: 'LOST' }, { rawCode: '*', rawReason: 'in_transit', code: 'OUT_FOR_DELIVERY' });
    await apply();
    await replayed();
    expect([...(await state()).values()].map(({ status }) => status).sort()).not.toEqual([...before.values()].map(({ status }) => status).sort());
    await db().transaction(async (tx) => {
      await proposeRemoval(tx, 'parcels', { rawCode: 'delivered' }, system);
      await proposeRemoval(tx, 'parcels', { rawCode: '*', rawReason: 'in_transit' }, system);
    });
    await apply();
    await replayed();
    expect(await state()).toEqual(before);
  });

  it('is applied as it was tried or not at all', async () => {
    await set({ rawCode: 'a', code: 'LOST' });
    const { fingerprint } = await readTable(db().kysely, 'parcels');
    await set({ rawCode: 'b', code: 'DELIVERED' });
    await expect(db().transaction((tx) => applyProposals(tx, 'parcels', fingerprint, system))).rejects.toMatchObject({ code: 'CONFLICT', field: 'fingerprint' });
    await db().transaction((tx) => proposeRemoval(tx, 'parcels', { rawCode: 'b' }, system));
    expect((await readTable(db().kysely, 'parcels')).fingerprint).toBe(fingerprint);
    await db().transaction((tx) => applyProposals(tx, 'parcels', fingerprint, system));
    await expect(db().transaction((tx) => applyProposals(tx, 'parcels', fingerprint, system))).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it.skipIf(kind === 'embedded')('is not applied as it was tried where somebody proposes something else, or takes a proposal back, at that moment', async () => {
    await set({ rawCode: 'a', code: 'LOST' }, { rawCode: 'b', code: 'LOST' });
    const appliedBehind = async (change: Parameters<typeof overlapping>[1]) => {
      const { fingerprint } = await readTable(db().kysely, 'parcels');
      const [outcome] = await overlapping(db(), change, [() => db().transaction((tx) => applyProposals(tx, 'parcels', fingerprint, system))]);
      return outcome;
    };
    const refused = { status: 'rejected', reason: { code: 'CONFLICT', field: 'fingerprint' } };
    expect(await appliedBehind((tx) => propose(tx, 'parcels', { rawCode: 'a', code: 'DELIVERED' }, system))).toMatchObject(refused);
    expect(await appliedBehind((tx) => proposeRemoval(tx, 'parcels', { rawCode: 'b' }, system))).toMatchObject(refused);
    expect(await readTable(db().kysely, 'parcels')).toMatchObject({ applied: [], proposed: [{ rawCode: 'a', becomes: { code: 'DELIVERED' } }] });
  });

  it.each([[{ rawCode: '', code: 'LOST' }, 'rawCode'], [{ rawCode: '*', code: 'LOST' }, 'rawReason'], [{ rawCode: 'a', code: 'NOWHERE' }, 'code'], [{ rawCode: 'a', code: 'LOST', classifier: 'PERHAPS' }, 'classifier'], [{ rawCode: 'a', code: 'LOST', exceptionClass: 'BAD' }, 'exceptionClass']])('refuses %j', async (row, field) => {
    await expect(set(row)).rejects.toMatchObject({ code: 'BAD_INPUT', field });
  });

  it('counts codes that are mapped nowhere, each once a message, until they are mapped; a replay does not count', async () => {
    const codes = async () => (await listUnmapped(db().kysely, { connection: 'parcels', companies: '*', limit: 100 })).map(({ rawCode, rawReason, messages }) => [rawCode, rawReason, messages]);
    await told(tracked('1Z1', 2, first), tracked('1Z2', 5, second), tracked('1Z2', 6, [...second, { status: 'carrier_gibberish', minute: 7 }]));
    const counted = await codes();
    expect(counted).toContainEqual(['carrier_gibberish', 'carrier_gibberish', 2]);
    await replayed();
    expect(await codes()).toEqual(counted);
    const open = async () => (await db().kysely.selectFrom('exception').select('kind').where('kind', '=', 'UNKNOWN_CODE').where('state', '<>', 'RESOLVED').execute()).length;
    const openBefore = await open();
    await set({ rawCode: 'carrier_gibberish', code: 'INFO' });
    await apply();
    await pipeline.settle();
    expect((await codes()).map(([code]) => code)).not.toContain('carrier_gibberish');
    expect(await open()).toBe(openBefore - 1);
    expect(await listUnmapped(db().kysely, { companies: ['another'], limit: 10 })).toEqual([]);
  });

  it('looks at no more messages than it may, and says that there are more', async () => {
    await told(tracked('1Z1', 1, first), tracked('1Z2', 5, second), tracked('1Z3', 6, first));
    await set({ rawCode: 'in_transit', code: 'LOADED' });
    const progress: number[] = [];
    const some = await previewMapping(pipeline.tasks, await connection(), { messages: 2 }, { listed: 1, companies: '*' }, ({ messages }) => progress.push(messages));
    expect([some.messages, some.cut, some.shipments.length, progress.at(-1)]).toEqual([2, true, 1, 2]);
    const every = await previewMapping(pipeline.tasks, await connection(), { messages: 3 }, { listed: 100, companies: '*' });
    const elsewhere = await previewMapping(pipeline.tasks, await connection(), { messages: 3 }, { listed: 100, companies: ['elsewhere'] });
    expect(every.shipments.length).toBeGreaterThan(0);
    expect(elsewhere).toEqual({ ...every, shipments: [] });
    expect([every.messages, every.cut, every.totals.shipments]).toEqual([3, false, 2]);
  });
});

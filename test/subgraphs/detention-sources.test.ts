import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { readerFor } from '../../src/auth/reader.js';
import { saveDetentionRule } from '../../src/jobs/tasks/detention/rules.js';
import { saveFacilityPlan } from '../../src/jobs/tasks/yard/facilities.js';
import { VisitDesk } from '../../src/jobs/tasks/yard/visits.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { chargesOf } from '../../src/subgraphs/tms/detention/charges.js';
import { chargePage, chargeTotals } from '../../src/subgraphs/tms/detention/pages.js';
import { visitFactLoaders } from '../../src/subgraphs/tms/detention/visits.js';
import { openPipeline, type Pipeline } from '../projections/pipeline.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { dockVisit, dockWarehouse } from '../support/transport.js';
import { facilityPlan } from '../support/yard/facility-plan.js';

const claims = { subject: 'dock-office', role: 'admin' as const, parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false };
const operator = principalOf(claims);
const acme = principalOf({ ...claims, subject: 'acme', role: 'partner', carriers: ['ACME'] });
const asker = () => ({ by: operator, idempotencyKey: uuidv7(), correlationId: uuidv7() });
const minuteMs = 60_000;
const nowMs = Math.floor(Date.now() / minuteMs) * minuteMs;
const ago = (days: number, minutes = 0) => new Date(nowMs - days * 86_400_000 + minutes * minuteMs).toISOString();
const filter = { from: ago(60), to: ago(-1) };

describeOnEachDatabase('what is charged by all who tell of it', (kind) => {
  let pipeline: Pipeline;
  let visits: VisitDesk;
  let facility: string;

  beforeAll(async () => {
    pipeline = await openPipeline(kind);
    visits = new VisitDesk(pipeline.tasks);
    facility = await saveFacilityPlan(pipeline.tasks, { code: 'WA', company: 'main', plan: facilityPlan({ name: 'WA' }) }, operator, uuidv7());
    const rule = { company: 'main', side: 'PAYABLE', facility: null, carrier: null, direction: null, validFrom: '2020-01-01T00:00:00Z' } as const;
    const terms = { start: 'CHECK_IN', stop: 'CHECK_OUT', days: 'PERIODS' } as const;
    await saveDetentionRule(pipeline.tasks, { ...rule, name: 'Trailers', kind: 'TRAILER', terms: { ...terms, free: 1, increment: 1, rate: { amount: '40', currency: 'EUR' } } }, operator, uuidv7(), uuidv7());
    await saveDetentionRule(pipeline.tasks, { ...rule, name: 'Drivers', kind: 'DRIVER', terms: { ...terms, free: 120, increment: 60, rate: { amount: '75', currency: 'EUR' } } }, operator, uuidv7(), uuidv7());
    await hear(dockWarehouse('w1', { at: ago(59), code: 'WA', name: 'WA' }));
  });
  afterAll(() => pipeline?.remove());

  const comes = async (truck: string, of: { type: 'DROP' | 'PICK_UP' | 'LIVE'; at: string; trailer?: string }, turnedAway?: string) => (await visits.checkIn({ facility, carrier: 'ACME', references: [], seals: [], truck, ...of }, asker(), turnedAway)).visit;
  const leaves = (visit: string, at: string) => visits.report({ visit, step: 'CHECK_OUT', at }, asker());
  async function hear(...messages: object[]): Promise<void> {
    for (const message of messages) {
      const fresh = await pipeline.receive([{ connection: 'dock', body: JSON.stringify(message) }]);
      await pipeline.decode('dock', fresh.get('dock') ?? []);
    }
    await pipeline.settle();
  }
  const readerOf = (by = operator) => readerFor(pipeline.services.database.reads, by);
  async function charged(visit: string, by = operator) {
    const loaders = visitFactLoaders(readerOf(by));
    const facts = (await loaders.visit.load(visit))!;
    const all = chargesOf(facts, await loaders.rules.load(facts), Date.now());
    return all.filter(({ amount, increments }) => amount !== null && increments > 0);
  }
  const listed = async () => (await chargePage(readerOf(), 100, null, filter)).nodes;
  const idsOf = (charges: ReadonlyArray<{ id: string }>) => charges.map(({ id }) => id);

  it('is nothing for a trailer that was turned away at the gate, or that its truck took along again', async () => {
    const away = await comes('C1', { type: 'DROP', trailer: 'AWAY', at: ago(30) }, 'no papers');
    const own = await comes('C2', { type: 'DROP', trailer: 'OWN', at: ago(30) });
    await visits.report({ visit: own, step: 'DETACH', place: 'P1', at: ago(30, 5) }, asker());
    await visits.report({ visit: own, step: 'ATTACH', trailer: 'OWN', at: ago(30, 15) }, asker());
    await leaves(own, ago(30, 20));
    await pipeline.settle();
    expect([...(await charged(away)), ...(await charged(own))]).toEqual([]);
    expect(await listed()).toEqual([]);
    expect(await chargeTotals(readerOf(), filter)).toEqual([]);
  });

  it('goes on for a trailer whose fetching truck was turned away, and stops when a truck that named it at check-in leaves', async () => {
    const brought = await comes('C3', { type: 'DROP', trailer: 'PK', at: ago(20) });
    await leaves(brought, ago(20, 10));
    await comes('C4', { type: 'PICK_UP', trailer: 'PK', at: ago(18) }, 'wrong papers');
    await pipeline.settle();
    expect(await charged(brought)).toMatchObject([{ kind: 'TRAILER', isRunning: true, stoppedAt: null }]);
    const fetched = await comes('C5', { type: 'PICK_UP', trailer: 'PK', at: ago(10) });
    await pipeline.settle();
    expect(await charged(brought)).toMatchObject([{ kind: 'TRAILER', isRunning: true }]);
    await leaves(fetched, ago(9, 30));
    await pipeline.settle();
    for (const by of [operator, acme]) {
      const [charge] = await charged(brought, by);
      expect(charge).toMatchObject({ kind: 'TRAILER', isRunning: false, stoppedAt: ago(9, 30), waited: 12, amount: { amount: '440', currency: 'EUR' } });
      expect(charge!.evidence.at(-1)).toEqual({ kind: 'TRAILER_LEFT', at: ago(9, 30), source: 'TRAILER', connection: null, version: null, uses: ['STOP'] });
    }
    expect((await listed()).filter(({ kind }) => kind === 'TRAILER')).toMatchObject([{ stoppedAt: ago(9, 30) }]);
  });

  it('stops for a trailer that was brought by one source\'s word and taken by another\'s', async () => {
    const brought = await comes('C6', { type: 'DROP', trailer: 'TWO', at: ago(6) });
    await leaves(brought, ago(6, 10));
    const fetching = dockVisit('fetch', { at: ago(2), events: { Arrived: ago(2, -60), Departed: ago(2) }, plate: 'X9', trailer: 'TWO' }) as { data: object };
    await hear({ ...fetching, data: { ...fetching.data, visitType: 'PickUp' } });
    expect(await charged(brought)).toMatchObject([{ kind: 'TRAILER', stoppedAt: ago(2), waited: 4, amount: { amount: '120' } }]);
  });

  it('is charged once for a truck of which two sources tell, by what is kept here, with the times of the other as evidence', async () => {
    const own = await comes('K1', { type: 'LIVE', trailer: 'T1', at: ago(1) });
    await leaves(own, ago(1, 300));
    await pipeline.settle();
    const before = [await listed(), await chargeTotals(readerOf(), filter)] as const;
    const [charge] = await charged(own);
    expect(charge).toMatchObject({ kind: 'DRIVER', amount: { amount: '225', currency: 'EUR' } });
    // It waited longer by the other's word, which began before.
    await hear(dockVisit('same', { at: ago(0), events: { Arrived: ago(1, -30), Departed: ago(1, 320) }, plate: 'k 1', carrier: 'ACME' }));
    const other = (await pipeline.services.database.kysely.selectFrom('visit').select('id').where('connection', '=', 'dock').where('truck', '=', 'k 1').executeTakeFirstOrThrow()).id;
    expect(await charged(other)).toEqual([]);
    expect(idsOf(await listed())).toEqual(idsOf(before[0]));
    expect(await chargeTotals(readerOf(), filter)).toEqual(before[1]);
    const [still] = await charged(own);
    expect(still).toMatchObject({ amount: charge!.amount, startsAt: charge!.startsAt, stoppedAt: charge!.stoppedAt });
    expect(still!.evidence.filter(({ connection }) => connection === 'dock')).toMatchObject([
      { kind: 'CHECKED_IN', at: ago(1, -30), source: 'SYSTEM', uses: ['NONE'] }, { kind: 'CHECKED_OUT', at: ago(1, 320), source: 'SYSTEM', uses: ['NONE'] },
    ]);
    // Its next coming, as the other tells it, is another.
    await hear(dockVisit('next', { at: ago(0), events: { Arrived: ago(1, 600), Departed: ago(1, 1_000) }, plate: 'K1', carrier: 'ACME' }));
    expect((await chargeTotals(readerOf(), filter)).find(({ kind: of }) => of === 'DRIVER')).toMatchObject({ charges: before[1].find(({ kind: of }) => of === 'DRIVER')!.charges + 1 });
  });
});

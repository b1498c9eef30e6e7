import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawDay } from '../../src/sandbox/yard/day.js';
import { gridMinutes } from '../../src/sandbox/yard/site.js';
import { stepsOf } from '../../src/sandbox/yard/steps.js';
import { hourMs, minuteMs } from '../../src/sandbox/yard/types.js';
import { compareBoard } from '../chaos/yard/board.js';
import { compareBill } from '../chaos/yard/charges.js';
import { compareDay } from '../chaos/yard/compare.js';
import { compareExceptions } from '../chaos/yard/exceptions.js';
import { compareOdoo } from '../chaos/yard/odoo.js';
import { openStage, type Stage } from '../chaos/yard/stage.js';
import { settled } from '../chaos/yard/index.js';
import { testServer, type TestServer } from '../support/databases.js';

const hours = 10;
const dayOf = (seed: number, over: Partial<Parameters<typeof drawDay>[0]> = {}) =>
  drawDay({ seed, docks: 40, trailers: 120, carriers: 8, appointments: 300, hours, startMs: Math.floor((Date.now() - hours * hourMs - 5 * minuteMs) / (gridMinutes * minuteMs)) * gridMinutes * minuteMs, ...over });

describe('a day at a busy site', () => {
  it('is drawn the same from the same seed, and has everything that goes wrong on such a day', () => {
    const startMs = Date.parse('2026-03-06T06:00:00Z');
    const [day, again, other] = [dayOf(1, { startMs }), dayOf(1, { startMs }), dayOf(2, { startMs })];
    expect(again).toEqual(day);
    expect(other.appointments).not.toEqual(day.appointments);
    expect(day.appointments).toHaveLength(300);
    expect(new Set(day.visits.map(({ type }) => type))).toEqual(new Set(['LIVE_LOAD', 'LIVE_UNLOAD', 'DROP', 'PICK_UP', 'DROP_HOOK']));
    expect(new Set(day.appointments.flatMap(({ changes }) => changes.map(({ kind }) => kind)))).toEqual(new Set(['RESCHEDULE', 'RESCHEDULE_IN_VAIN', 'CANCEL', 'NO_SHOW', 'UNDO']));
    expect(new Set(day.visits.flatMap(({ findings }) => findings.map(({ kind }) => kind)))).toEqual(new Set(['DAMAGED', 'SHORT', 'OVER', 'WRONG_TRAILER', 'SEAL_BROKEN']));
    expect(day.visits.some(({ isUnknown }) => isUnknown)).toBe(true);
    expect(day.contradictions.length).toBeGreaterThan(0);
    expect(day.toldTwice.length).toBeGreaterThan(0);
    expect(new Set(day.visits.filter(({ turnedAway }) => turnedAway !== undefined).map(({ type }) => type))).toEqual(new Set(['DROP', 'PICK_UP']));
    expect(day.visits.some(({ namesTrailer }) => namesTrailer)).toBe(true);
  });

  it('has at no dock two trucks at once, and at no spot two trailers', () => {
    for (const seed of [1, 2, 3]) {
      const day = dayOf(seed);
      const uses = day.visits.flatMap(({ atDock }) => (atDock === undefined ? [] : [{ place: atDock.dock, fromMs: atDock.atMs, toMs: atDock.fromMs }]));
      for (const [place, of] of Map.groupBy(uses, (use) => use.place)) for (const [index, use] of of.toSorted((a, b) => a.fromMs - b.fromMs).entries()) expect(use.fromMs, place).toBeGreaterThan(of.toSorted((a, b) => a.fromMs - b.fromMs)[index - 1]?.toMs ?? -Infinity);
      const steps = stepsOf(day);
      const standing = new Map<string, string>();
      for (const step of steps) {
        if (step.of === 'visit' && step.kind === 'DETACH') {
          expect([...standing.values()], `${step.spot} at ${step.key}`).not.toContain(step.spot);
          standing.set(step.trailer, step.spot);
        } else if (step.of === 'visit' && step.kind === 'CHECK_OUT' && step.visit.namesTrailer === true) expect(standing.delete(step.visit.trailer!), step.key).toBe(true);
        else if (step.of === 'visit' && step.kind === 'ATTACH') expect(standing.delete(step.trailer), step.key).toBe(true);
        else if (step.of === 'move' && step.kind === 'FINISH_MOVE') {
          expect(standing.get(step.move.trailer), step.key).toBe(step.move.from);
          expect([...standing.values()], `${step.move.to} at ${step.key}`).not.toContain(step.move.to);
          standing.set(step.move.trailer, step.move.to);
        }
      }
    }
  });
});

describe('a short day that is played to the product', () => {
  let server: TestServer;
  let stage: Stage;

  beforeAll(async () => {
    server = await testServer('embedded', { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' });
    stage = await openStage(server, [server.url], dayOf(4, { docks: 8, trailers: 10, carriers: 3, appointments: 12 }), 4);
  });
  afterAll(async () => {
    await stage?.close();
    await server?.remove();
  });

  it('ends with board, log, Odoo and detention bill in agreement with what was played', { timeout: 240_000 }, async () => {
    await stage.player.prepare();
    await stage.player.play(36_000);
    await settled(server, stage.backlog);
    const figures = await compareDay(stage, []);
    expect(stage.player.surprises).toEqual([]);
    expect(figures.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('would not agree with another day', async () => {
    const visits = stage.day.visits.map((visit) => ({ ...visit, checkedOutMs: visit.checkedOutMs - 1_000 }));
    const late = stage.day.visits.map((visit) => (visit.checkedOutMs > stage.day.endMs ? visit : { ...visit, checkedInMs: visit.checkedInMs - 30 * hourMs }));
    expect((await compareBoard({ ...stage, day: { ...stage.day, visits } })).count).toBeGreaterThan(0);
    expect((await compareBill({ ...stage, day: { ...stage.day, visits: late } })).apartCents).toBeGreaterThan(0);
    const appointments = stage.day.appointments.map((each) => ({ ...each, slot: { ...each.slot, startMs: each.slot.startMs + hourMs }, changes: [] }));
    expect(compareOdoo({ ...stage, day: { ...stage.day, appointments } }).count).toBeGreaterThan(0);
    const findings = stage.day.visits.map((visit) => ({ ...visit, findings: [] }));
    expect((await compareExceptions({ ...stage, day: { ...stage.day, visits: findings } })).differences.count).toBeGreaterThan(0);
  });
});

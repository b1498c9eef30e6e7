import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GatehouseError } from '../../../src/lib/errors.js';
import { standingVersions } from '../../../src/jobs/tasks/own/history.js';
import { after, beforeLatest, holdOf, useOf, type AppointmentStep, type AppointmentVersion } from '../../../src/model/yard/appointment.js';
import { appointmentStates, type AppointmentRecord } from '../../../src/model/yard/records.js';
import { slotAt, Taken, type Use } from '../../../src/model/yard/slots.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';

/**
 * Appointments of one facility as their pure rules leave them: everything that people, carriers and trucks do in any order. Each has its
 * versions, as the log keeps them.
 */
const plan = facilityPlan({ zone: 'UTC', gridMinutes: 60, hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })), docks: facilityPlan().docks.slice(0, 2), capacities: [{ perHour: 3 }] });
const dayMs = Date.UTC(2026, 10, 23);
const need = { direction: 'INBOUND', handling: 'LIVE', temperature: 'AMBIENT' } as const;
const hourMs = 3_600_000;

type Versions = Array<AppointmentVersion & { correlationId: string }>;
class Yard {
  readonly appointments: Versions[] = [];

  record(index: number): AppointmentRecord {
    return standingVersions(this.appointments[index]!).at(-1)!.payload;
  }

  uses(but: number | null): Use[] {
    return this.appointments.flatMap((_, index) => (index === but ? [] : (useOf(this.record(index)) ?? [])));
  }

  add(index: number, payload: AppointmentRecord, action: string, undoes?: number): void {
    const versions = this.appointments[index]!;
    versions.push({ version: versions.length + 1, payload, step: { action, by: 'x', ...(undoes === undefined ? {} : { undoes }) }, correlationId: '' });
  }
}

/** What must hold after every step. */
function check(yard: Yard): void {
  const holds = yard.appointments.flatMap((_, index) => holdOf(yard.record(index)) ?? []);
  for (const [index, hold] of holds.entries()) {
    expect(hold.toMs).toBeGreaterThan(hold.fromMs);
    for (const other of holds.slice(index + 1)) expect(hold.dock === other.dock && hold.fromMs < other.toMs && other.fromMs < hold.toMs, 'one dock, one time, two trucks').toBe(false);
  }
  for (const [index] of yard.appointments.entries()) {
    const record = yard.record(index);
    expect(appointmentStates).toContain(record.state);
    if (record.wish !== undefined) expect(record.state).toBe('SCHEDULED');
    if (['REQUESTED', 'SCHEDULED'].includes(record.state)) expect(holdOf(record)).not.toBeNull();
  }
}

interface Model {
  /** For each appointment what it was before each step that stands. */
  before: AppointmentRecord[][];
}

class Book implements fc.Command<Model, Yard> {
  constructor(readonly hour: number, readonly isAsked: boolean) {}
  check = () => true;
  run(model: Model, yard: Yard): void {
    const found = slotAt(plan, dayMs + this.hour * hourMs, need, yard.uses(null));
    if ('refusal' in found) return;
    const state = this.isAsked ? 'REQUESTED' : 'SCHEDULED';
    yard.appointments.push([]);
    model.before.push([]);
    yard.add(yard.appointments.length - 1, { direction: 'INBOUND', state, rawState: state, startsAt: { instant: found.startsAt, zone: 'UTC' }, endsAt: { instant: found.endsAt, zone: 'UTC' }, dock: found.dock, loads: [], references: [], handling: 'LIVE', temperature: 'AMBIENT' }, 'appointment.book');
    check(yard);
  }
  toString = () => `book(${this.hour}${this.isAsked ? ', asked' : ''})`;
}

class Step implements fc.Command<Model, Yard> {
  constructor(readonly which: number, readonly action: AppointmentStep['action'], readonly hour: number) {}
  check = (model: Model) => model.before.length > 0;
  run(model: Model, yard: Yard): void {
    const index = this.which % yard.appointments.length;
    const record = yard.record(index);
    try {
      const next = after(record, this.#step(yard, index, record));
      model.before[index]!.push(record);
      yard.add(index, next, `appointment.${this.action}`);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(CONFLICT|SLOT_TAKEN)$/) });
    }
    check(yard);
  }
  #step(yard: Yard, index: number, record: AppointmentRecord): AppointmentStep {
    const slot = (ms: number) => {
      const found = slotAt(plan, ms, need, yard.uses(index));
      if ('refusal' in found) throw new GatehouseError('SLOT_TAKEN');
      return { startsAt: { instant: found.startsAt, zone: 'UTC' }, endsAt: { instant: found.endsAt, zone: 'UTC' }, dock: found.dock };
    };
    switch (this.action) {
      case 'reschedule':
      case 'wish':
        return { action: this.action, to: slot(dayMs + this.hour * hourMs) };
      case 'accept-wish':
        if (record.wish !== undefined) expect(slot(Date.parse(record.wish.startsAt.instant))).toBeDefined();
        if (record.wish !== undefined && !new Taken(plan, yard.uses(index)).isFree(record.wish.dock!, { fromMs: Date.parse(record.wish.startsAt.instant), toMs: Date.parse(record.wish.endsAt.instant) })) throw new GatehouseError('SLOT_TAKEN');
        return { action: this.action };
      case 'no-show':
        return { action: this.action, nowMs: dayMs + this.hour * hourMs };
      case 'arrive': {
        const fromMs = Date.parse(record.startsAt.instant);
        return { action: this.action, isSlotFree: record.dock !== undefined && new Taken(plan, yard.uses(index)).isFree(record.dock, { fromMs, toMs: Date.parse(record.endsAt!.instant) }) };
      }
      case 'start':
        if (record.state === 'NO_SHOW') throw new GatehouseError('CONFLICT');
        return { action: this.action };
      case 'name':
        return { action: this.action, loads: [`L${this.hour}`], references: [] };
      default:
        return { action: this.action } as AppointmentStep;
    }
  }
  toString = () => `${this.action}(${this.which}, ${this.hour})`;
}

class Undo implements fc.Command<Model, Yard> {
  constructor(readonly which: number) {}
  check = (model: Model) => model.before.length > 0;
  run(model: Model, yard: Yard): void {
    const index = this.which % yard.appointments.length;
    const expected = model.before[index]!.at(-1);
    if (expected === undefined) {
      expect(() => beforeLatest(standingVersions(yard.appointments[index]!))).toThrow(GatehouseError);
      return;
    }
    const { undone, record } = beforeLatest(standingVersions(yard.appointments[index]!));
    expect(record).toEqual(expected);
    const hold = holdOf(record);
    // What was given away meanwhile is not taken back.
    if (hold !== null && !new Taken(plan, yard.uses(index)).isFree(hold.dock, hold)) return;
    yard.add(index, record, 'appointment.undo', undone.version);
    model.before[index]!.pop();
    expect(yard.record(index)).toEqual(expected);
    check(yard);
  }
  toString = () => `undo(${this.which})`;
}

const which = fc.nat({ max: 5 });
const hour = fc.nat({ max: 5 });
const actions = ['confirm', 'reject', 'reschedule', 'wish', 'accept-wish', 'reject-wish', 'cancel', 'no-show', 'lapse', 'arrive', 'start', 'complete', 'name'] as const;

it('docks are given out once, states follow one another and undo is exact, whatever is done in any order', () => {
  const commands = [
    fc.tuple(hour, fc.boolean()).map(([at, asked]) => new Book(at, asked)),
    fc.tuple(which, fc.constantFrom(...actions), hour).map(([index, action, at]) => new Step(index, action, at)),
    which.map((index) => new Undo(index)),
  ];
  fc.assert(fc.property(fc.commands(commands, { maxCommands: 60 }), (drawn) => fc.modelRun(() => ({ model: { before: [] }, real: new Yard() }), drawn)), { numRuns: 400 });
});

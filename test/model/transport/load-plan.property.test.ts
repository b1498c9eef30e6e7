import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatehouseError } from '../../../src/lib/errors.js';
import { referenceKey, type Reference } from '../../../src/model/references.js';
import { addShipments, cancelPlan, changePlan, createPlan, isMaterialChange, mergePlans, planOf, recordOf, removeShipments, shipmentsOf, splitPlan, undoable, type LoadPlan, type LoadVersion, type WantedStop } from '../../../src/model/transport/load-plan.js';
import type { LoadState } from '../../../src/model/transport/records.js';

const names: Reference[] = Array.from({ length: 6 }, (_, index) => ({ kind: 'delivery_name', issuer: 'odoo', value: `WH/OUT/${index}` }));
const stop = (id: string, hour: number, loaded: Reference[], unloaded: Reference[], facilityCode?: string): WantedStop => ({ id, ...(facilityCode === undefined ? { place: { name: id } } : { facilityCode }), planned: { arrival: { instant: `2026-03-06T${String(hour).padStart(2, '0')}:00:00.000Z`, zone: 'Z' } }, loaded, unloaded });

/** Every version of every load, as the log would have them. */
interface Real {
  loads: Map<string, LoadVersion[]>;
  serial: number;
}
/** The plans as they must be after each step could be taken back. */
interface Model {
  before: Array<Map<string, LoadPlan>>;
}

const current = (versions: readonly LoadVersion[]) => planOf(versions.at(-1)!.record);
const snapshot = ({ loads }: Real) => new Map([...loads].map(([id, versions]) => [id, current(versions)]));

function state(real: Real, id: string, plan: LoadPlan, action: string, undoes?: number, driven: LoadState = 'DRAFT'): void {
  const versions = real.loads.get(id) ?? [];
  real.loads.set(id, [...versions, { version: versions.length + 1, action, ...(undoes === undefined ? {} : { undoes }), record: recordOf(plan, { state: driven }) }]);
}

/** Whatever is planned, each shipment is loaded once and unloaded later, and is on one load that stands. */
function check({ loads }: Real): void {
  const carried: string[] = [];
  for (const versions of loads.values()) {
    const plan = current(versions);
    if (plan.ended !== undefined) continue;
    expect(plan.stops.map(({ sequence }) => sequence)).toEqual(plan.stops.map((_, index) => index + 1));
    for (const key of shipmentsOf(plan)) {
      const [loaded, unloaded] = [plan.stops.filter((each) => each.loaded.some((name) => referenceKey(name) === key)), plan.stops.filter((each) => each.unloaded.some((name) => referenceKey(name) === key))];
      expect([loaded.length, unloaded.length]).toEqual([1, 1]);
      expect(loaded[0]!.sequence).toBeLessThan(unloaded[0]!.sequence);
      carried.push(key);
    }
  }
  expect(new Set(carried).size, 'no shipment is on two loads').toBe(carried.length);
}

type Step = (real: Real) => void;

class Plan implements fc.Command<Model, Real> {
  constructor(readonly name: string, readonly step: Step) {}
  check = () => true;
  run(model: Model, real: Real): void {
    const before = snapshot(real);
    try {
      this.step(real);
      model.before.push(before);
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error;
      expect(snapshot(real), 'what is refused changes nothing').toEqual(before);
    }
    check(real);
  }
  toString = () => this.name;
}

/** A load was offered or assigned: a version that no undo takes back. */
class Haul implements fc.Command<Model, Real> {
  constructor(readonly which: number) {}
  check = () => true;
  run(_: Model, real: Real): void {
    const id = [...real.loads.keys()][this.which % real.loads.size]!;
    const plan = current(real.loads.get(id)!);
    if (plan.ended === undefined) state(real, id, plan, 'tender.start', undefined, 'REQUESTED');
  }
  toString = () => `tender ${this.which}`;
}

class Undo implements fc.Command<Model, Real> {
  constructor(readonly which: number) {}
  check = () => true;
  run(model: Model, real: Real): void {
    const ids = [...real.loads.keys()];
    const id = ids[this.which % ids.length]!;
    const step = undoable(real.loads.get(id)!);
    if (step === null) return;
    // Single loads only: what is taken back on several at once is tested with the database.
    if (step.undone.action === 'load.split' || step.undone.action === 'load.merge') return;
    const expected = planOf(step.back.record);
    state(real, id, expected, 'undo', step.undone.version);
    expect(current(real.loads.get(id)!)).toEqual(expected);
    expect(undoable(real.loads.get(id)!)?.undone.version).not.toBe(step.undone.version);
    expect(model.before.some((plans) => JSON.stringify(plans.get(id)) === JSON.stringify(expected)), 'it is a plan that the load had').toBe(true);
  }
  toString = () => `undo ${this.which}`;
}

const pick = (real: Real, which: number) => [...real.loads.keys()][which % real.loads.size]!;
const commands = [
  fc.tuple(fc.nat(5), fc.boolean()).map(([which, reversed]) => new Plan(`change ${which}${reversed ? ' to the reverse order' : ''}`, (real) => {
    const id = pick(real, which);
    const plan = current(real.loads.get(id)!);
    state(real, id, changePlan(plan, reversed ? { stops: [...plan.stops].reverse() } : { equipment: `E${real.serial++}` }), 'load.change');
  })),
  fc.tuple(fc.nat(5), fc.nat(5), fc.nat(4), fc.nat(4)).map(([which, name, from, to]) => new Plan(`add ${name} to ${which}`, (real) => {
    const id = pick(real, which);
    const plan = current(real.loads.get(id)!);
    if ([...real.loads.values()].some((versions) => current(versions).ended === undefined && shipmentsOf(current(versions)).has(referenceKey(names[name]!)))) return;
    state(real, id, addShipments(plan, [{ shipment: names[name]!, loadAt: plan.stops[from % plan.stops.length]!.id, unloadAt: plan.stops[to % plan.stops.length]!.id }]), 'load.change');
  })),
  fc.tuple(fc.nat(5), fc.nat(5)).map(([which, name]) => new Plan(`remove ${name} from ${which}`, (real) => {
    const id = pick(real, which);
    state(real, id, removeShipments(current(real.loads.get(id)!), [names[name]!]), 'load.change');
  })),
  fc.tuple(fc.nat(5), fc.subarray([0, 1, 2, 3, 4, 5])).map(([which, chosen]) => new Plan(`split ${chosen.join()} from ${which}`, (real) => {
    const id = pick(real, which);
    const plan = current(real.loads.get(id)!);
    const own = chosen.map((index) => names[index]!).filter((name) => shipmentsOf(plan).has(referenceKey(name)));
    const before = shipmentsOf(plan);
    const { rest, part } = splitPlan(plan, own, { name: `S${real.serial++}`, from: id, state: 'DRAFT' });
    expect(new Set([...shipmentsOf(rest), ...shipmentsOf(part)])).toEqual(before);
    expect(shipmentsOf(part)).toEqual(new Set(own.map(referenceKey)));
    expect(part.stops.every((each) => each.loaded.length + each.unloaded.length > 0)).toBe(true);
    state(real, id, rest, 'load.split');
    state(real, part.name, part, 'load.split');
  })),
  fc.tuple(fc.nat(5), fc.nat(5)).map(([into, other]) => new Plan(`merge ${other} into ${into}`, (real) => {
    const [a, b] = [pick(real, into), pick(real, other)];
    if (a === b) return;
    const [first, second] = [current(real.loads.get(a)!), current(real.loads.get(b)!)];
    const merged = mergePlans({ id: a, plan: first, state: 'DRAFT' }, [{ id: b, plan: second, state: 'DRAFT' }]);
    expect(shipmentsOf(merged.into)).toEqual(new Set([...shipmentsOf(first), ...shipmentsOf(second)]));
    expect(merged.into.aliases).toContain(second.name);
    state(real, a, merged.into, 'load.merge');
    state(real, b, merged.others[0]!, 'load.merge');
  })),
  fc.nat(5).map((which) => new Plan(`cancel ${which}`, (real) => state(real, pick(real, which), cancelPlan(current(real.loads.get(pick(real, which))!), 'DRAFT'), 'load.cancel'))),
  fc.nat(5).map((which) => new Undo(which)),
  fc.nat(5).map((which) => new Haul(which)),
];

describe('the plan of a load', () => {
  it('never unloads what it has not loaded, carries nothing twice, and goes back exactly', () => {
    fc.assert(fc.property(fc.commands(commands, { maxCommands: 30 }), (steps) => {
      fc.modelRun(() => {
        const real: Real = { loads: new Map(), serial: 0 };
        state(real, 'A', createPlan('A', { stops: [stop('a1', 8, [names[0]!, names[1]!], [], 'WH'), stop('a2', 10, [names[2]!], [names[0]!]), stop('a3', 12, [], [names[1]!, names[2]!])] }), 'load.create');
        state(real, 'B', createPlan('B', { stops: [stop('b1', 8, [names[3]!], [], 'WH'), stop('b2', 11, [], [names[3]!]), stop('b3', 13, [], [])] }), 'load.create');
        return { model: { before: [snapshot(real)] }, real };
      }, steps);
    }), { numRuns: 500 });
  });

  it('unites neighbouring stops at one place and time, and is another load to its carrier only where something of it changed', () => {
    const a = createPlan('A', { stops: [stop('a1', 8, [names[0]!], [], 'WH'), stop('a2', 12, [], [names[0]!])] });
    const b = createPlan('B', { stops: [stop('b1', 8, [names[1]!], [], 'wh'), stop('b2', 10, [], [names[1]!])] });
    const { into } = mergePlans({ id: 'a', plan: a, state: 'DRAFT' }, [{ id: 'b', plan: b, state: 'DRAFT' }]);
    expect(into.stops.map(({ id, kind, loaded, unloaded }) => [id, kind, loaded.length, unloaded.length])).toEqual([['a1', 'PICKUP', 2, 0], ['b/b2', 'DELIVERY', 0, 1], ['a2', 'DELIVERY', 0, 1]]);
    expect(isMaterialChange(a, into)).toBe(true);
    expect(isMaterialChange(a, { ...a, name: 'other', aliases: ['x'], stops: a.stops.map((each) => ({ ...each, actual: { arrival: { instant: '2026-03-06T08:00:00.000Z', zone: 'Z' } } })) } as LoadPlan)).toBe(false);
  });

  it('keeps the stops where the truck was already', () => {
    const plan = createPlan('A', { stops: [stop('a1', 8, [names[0]!], []), stop('a2', 12, [], [names[0]!])] });
    const visited: LoadPlan = { ...plan, stops: plan.stops.map((each, index) => (index === 0 ? { ...each, actual: { arrival: { instant: '2026-03-06T08:05:00.000Z', zone: 'Z' } } } : each)) };
    expect(() => changePlan(visited, { stops: visited.stops.slice(1) })).toThrow(/already/);
    expect(changePlan(visited, { stops: [...visited.stops, stop('a3', 14, [], [])] }).stops[0]!.actual).toBeDefined();
  });
});

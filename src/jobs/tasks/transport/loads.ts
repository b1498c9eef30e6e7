import type { Principal } from '../../../auth/principal.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordId, recordSubject } from '../../../model/record-ids.js';
import { normalizeReferenceValue, type Reference } from '../../../model/references.js';
import { addShipments, cancelPlan, changePlan, createPlan, haulageOf, isAsMade, isMaterialChange, mergePlans, planBefore, planOf, recordOf, removeShipments, splitPlan, undoable, type LoadPlan, type WantedStop } from '../../../model/transport/load-plan.js';
import { notBegun } from '../../../model/transport/progress.js';
import { holdNames, type Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { decideOnce, type Asked } from './decide.js';
import { holdLoads, stateOf, versionsOf, type HeldLoad } from './held.js';
import { carriedNames, namesOfShipments } from './shipments.js';
import { isTendered, type TransportWork } from './work.js';

/** A stop as people want it; shipments by UUID. */
export interface StopWish extends Omit<WantedStop, 'id' | 'loaded' | 'unloaded'> {
  /** Of a stop that is there already. */
  id?: string;
  load: string[];
  unload: string[];
}

export interface LoadWish {
  company?: string;
  /** A number is drawn unless given. */
  reference?: string;
  stops: StopWish[];
  equipment?: string;
  weightKg?: string;
}

export interface LoadChangeWish {
  stops?: StopWish[];
  equipment?: string | null;
  weightKg?: string | null;
  addShipments?: Array<{ shipment: string; loadAt: string; unloadAt: string }>;
  removeShipments?: string[];
}

type OwnLoad = HeldLoad & { ownId: string };

/** Loads that are planned here: each method is one transaction, and a repeat under its key changes nothing. Ids are UUIDs of loads. */
export function openLoadDesk(tasks: Pick<TaskContext, 'database' | 'bodies'>) {
  const decide = <Answer extends Json>(asked: Asked, wish: object, work: (work: TransportWork) => Promise<Answer>): Promise<Answer> => decideOnce(tasks, asked, JSON.parse(JSON.stringify(wish)) as Json, work);

  return {
    /** @throws GatehouseError NOT_FOUND, BAD_INPUT, CONFLICT */
    create: (wish: LoadWish, asked: Asked): Promise<string> =>
      decide(asked, { create: wish }, async (work) => {
        const company = companyFor(asked.by, wish.company);
        const name = await freshName(work.tx, company, wish.reference);
        const plan = createPlan(name, { stops: await wantedStops(work.tx, wish.stops, company), ...(wish.equipment === undefined ? {} : { equipment: wish.equipment }), ...(wish.weightKg === undefined ? {} : { weightKg: wish.weightKg }) });
        const load = freshLoad(company);
        work.stateLoad(load, recordOf(plan, { state: 'DRAFT' }), { action: 'load.create' });
        work.audit('load.created', load.id, { reference: name });
        return load.id;
      }),

    /** @throws GatehouseError as `create` */
    change: (id: string, wish: LoadChangeWish, asked: Asked): Promise<string> =>
      decide(asked, { change: id, wish }, async (work) => {
        const [load] = await holdOwn(work.tx, [id], asked.by);
        const { stops, addShipments: added = [], removeShipments: removed = [], ...rest } = wish;
        const { progress } = load!;
        let plan = planOf(load!.record);
        plan = changePlan(plan, { ...rest, ...(stops === undefined ? {} : { stops: await wantedStops(work.tx, stops, load!.company) }) }, progress);
        if (removed.length > 0) plan = removeShipments(plan, await carriedNames(work.tx, plan.stops, removed, 'input.removeShipments'), progress);
        if (added.length > 0) {
          const names = await namesOfShipments(work.tx, added.map((each) => each.shipment), load!.company, 'input.addShipments');
          plan = addShipments(plan, added.map(({ shipment, ...at }) => ({ shipment: names.get(shipment)!, ...at })), progress);
        }
        await restate(work, load!, plan, 'load.change');
        work.audit('load.changed', id);
        return id;
      }),

    /** @returns UUIDs of the load and of the new one. @throws GatehouseError as `create` */
    split: (id: string, wish: { shipments: string[]; reference?: string; weightKg?: string }, asked: Asked): Promise<[string, string]> =>
      decide(asked, { split: id, wish }, async (work) => {
        const [load] = await holdOwn(work.tx, [id], asked.by);
        const name = await freshName(work.tx, load!.company, wish.reference);
        const made = freshLoad(load!.company);
        const chosen = await carriedNames(work.tx, load!.record.stops, wish.shipments, 'input.shipments');
        const { rest, part } = splitPlan(planOf(load!.record), chosen, { name, from: load!.ownId, state: stateOf(load!), ...(wish.weightKg === undefined ? {} : { weightKg: wish.weightKg }) });
        const together = [load!.ownId, made.ownId];
        work.stateLoad(made, recordOf(part, { state: 'DRAFT' }), { action: 'load.split', together });
        await restate(work, load!, rest, 'load.split', { together });
        work.audit('load.split', id, { into: name });
        return [id, made.id];
      }),

    /** @returns UUID of the load that is left. @throws GatehouseError as `create` */
    merge: (into: string, others: readonly string[], asked: Asked): Promise<string> =>
      decide(asked, { merge: [...others].sort(), into }, async (work) => {
        if (others.length === 0 || others.includes(into)) throw new GatehouseError('BAD_INPUT', 'Name the loads that end, without the one that is left.', { field: 'input.loadIds' });
        const held = await holdOwn(work.tx, [into, ...others], asked.by);
        const target = held.find((load) => load.id === into)!;
        const ending = held.filter((load) => load !== target);
        if (ending.some((load) => load.company !== target.company)) throw new GatehouseError('BAD_INPUT', 'They are of several companies.', { field: 'input.loadIds' });
        const merged = mergePlans({ id: target.ownId, plan: planOf(target.record), state: stateOf(target) }, ending.map((load) => ({ id: load.ownId, plan: planOf(load.record), state: stateOf(load) })));
        const together = held.map((load) => load.ownId);
        for (const [index, load] of ending.entries()) await end(work, load, merged.others[index]!, 'load.merge', { together });
        await restate(work, target, merged.into, 'load.merge', { together });
        work.audit('load.merged', into, { loads: ending.map((load) => load.record.name) });
        return into;
      }),

    /** @throws GatehouseError as `create` */
    cancel: (id: string, reason: string | undefined, asked: Asked): Promise<string> =>
      decide(asked, { cancel: id, reason }, async (work) => {
        const [load] = await holdOwn(work.tx, [id], asked.by);
        await end(work, load!, cancelPlan(planOf(load!.record), stateOf(load!)), 'load.cancel');
        work.audit('load.cancelled', id, reason === undefined ? {} : { reason });
        return id;
      }),

    /**
     * Takes the latest planning step back, on all loads that it touched.
     * @throws GatehouseError CONFLICT where there is none, or one of the loads was planned further since; as `create`
     */
    undo: (id: string, asked: Asked): Promise<string[]> =>
      decide(asked, { undo: id }, async (work) => {
        // The other loads of the step are known by the log alone; rows are held in one order, so they are asked for before any is held.
        const together = await togetherWith(work.tx, id);
        const held = await holdOwn(work.tx, [id, ...together.map((ownId) => recordId('load', ourConnection, ownId))], asked.by);
        const first = held.find((load) => load.id === id)!;
        const step = undoable(await versionsOf(work.tx, first.subject));
        if ((await togetherWith(work.tx, id)).join() !== together.join()) throw new GatehouseError('CONFLICT');
        if (step === null) throw new GatehouseError('CONFLICT', 'There is no step that could be undone. What a load began with is taken back by cancelling it, or by undoing the split on the load that it came from.', { field: 'input.loadId' });
        for (const load of held) await undoOne(work, load, step.undone.action, load === first);
        work.audit('load.undone', id, { step: step.undone.action });
        return held.map((load) => load.id);
      }),
  };
}

async function undoOne(work: TransportWork, load: OwnLoad, action: string, isAsked: boolean): Promise<void> {
  const versions = await versionsOf(work.tx, load.subject);
  const step = undoable(versions);
  // The part of a split began with it: without the split there is no such load.
  if (!isAsked && action === 'load.split' && isAsMade(versions) && versions[0]!.action === 'load.split') {
    if (isTendered(await work.tender(load))) throw new GatehouseError('CONFLICT', `Load ${load.record.name} is offered or given to a carrier. Withdraw its tender first.`, { field: 'input.loadId' });
    return end(work, load, cancelPlan(planOf(load.record), stateOf(load)), 'load.cancel');
  }
  if (step === null || step.undone.action !== action) throw new GatehouseError('CONFLICT', `Load ${load.record.name} was planned further since. Undo that first.`, { field: 'input.loadId' });
  const back = planBefore(planOf(load.record), planOf(step.back.record), { action, progress: load.progress });
  if (back.ended !== undefined) await end(work, load, back, `undo ${action}`, { undoes: step.undone.version });
  else await restate(work, load, back, `undo ${action}`, { undoes: step.undone.version });
}

/** Own ids of the loads that the latest planning step touched beside this one. */
async function togetherWith(tx: Transaction, id: string): Promise<string[]> {
  const row = await tx.selectFrom('load').select('subject').where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.loadId' });
  const step = undoable(await versionsOf(tx, row.subject));
  if (step === null) return [];
  const event = await tx.selectFrom('event').select('payload').where('subject', '=', row.subject).where('subject_version', '=', step.undone.version).executeTakeFirstOrThrow();
  const { together = [] } = (event.payload as unknown as { step: { together?: string[] } }).step;
  return together.filter((ownId) => recordSubject('load', ourConnection, ownId) !== row.subject);
}

/** Another plan of a load: who agreed to the one is told of the other. */
async function restate(work: TransportWork, load: OwnLoad, plan: LoadPlan, action: string, of: { undoes?: number; together?: string[] } = {}): Promise<void> {
  const before = planOf(load.record);
  work.stateLoad(load, recordOf(plan, haulageOf(load.record)), { action, ...of });
  if (isMaterialChange(before, plan)) await work.stepTender(load, { do: 'change' });
}

/** It is driven no more: whoever was asked or had accepted is told. */
async function end(work: TransportWork, load: OwnLoad, plan: LoadPlan, action: string, of: { undoes?: number; together?: string[] } = {}): Promise<void> {
  const tender = await work.tender(load);
  if (tender !== null && tender.plan.state !== 'WITHDRAWN') await work.stepTender(load, { do: 'withdraw' });
  const { carrier, truck, trailer } = (await work.assignment(load)).record;
  if (carrier !== undefined || truck !== undefined || trailer !== undefined) await work.assign(load, {}, action);
  work.stateLoad(load, recordOf(plan, { state: 'DRAFT' }), { action, ...of });
}

async function holdOwn(tx: Transaction, ids: readonly string[], by: Principal): Promise<OwnLoad[]> {
  const held = await holdLoads(tx, ids, by.companies);
  const foreign = held.find((load) => load.ownId === null);
  if (foreign !== undefined) throw new GatehouseError('CONFLICT', `Load ${foreign.record.name} is planned by a TMS: change it there.`, { field: 'input.loadId' });
  return held as OwnLoad[];
}

async function wantedStops(tx: Transaction, stops: readonly StopWish[], company: string): Promise<WantedStop[]> {
  const names = await namesOfShipments(tx, stops.flatMap((stop) => [...stop.load, ...stop.unload]), company, 'input.stops');
  const named = (ids: readonly string[]): Reference[] => ids.map((id) => names.get(id)!);
  return stops.map(({ load, unload, id, ...stop }) => ({ ...stop, id: id ?? uuidv7(), loaded: named(load), unloaded: named(unload) }));
}

function freshLoad(company: string): OwnLoad {
  const ownId = uuidv7();
  return { id: recordId('load', ourConnection, ownId), ownId, company, subject: recordSubject('load', ourConnection, ownId), version: 0, record: { name: '', state: 'DRAFT', rawState: 'DRAFT', stops: [] }, progress: notBegun };
}

export function companyFor({ companies }: Principal, wanted: string | undefined): string {
  const company = wanted ?? (Array.isArray(companies) && companies.length === 1 ? (companies[0] as string) : 'main');
  if (companies === 'none' || (companies !== '*' && !companies.includes(company))) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.company' });
  return company;
}

/**
 * A name that no other load of the company has: others know the load by it, at docks and over EDI.
 * @throws GatehouseError BAD_INPUT, CONFLICT
 */
async function freshName(tx: Transaction, company: string, wanted: string | undefined): Promise<string> {
  if (wanted === undefined) {
    const drawn = await tx.insertInto('load_number').values({ company, last: 1 }).onConflict((c) => c.column('company').doUpdateSet((eb) => ({ last: eb('load_number.last', '+', 1) }))).returning('last').executeTakeFirstOrThrow();
    return freshName(tx, company, `GH${String(drawn.last).padStart(6, '0')}`);
  }
  const name = wanted.trim();
  const key = normalizeReferenceValue(name);
  if (key === '' || name.length > 30) throw new GatehouseError('BAD_INPUT', 'The number of a load has 1 to 30 characters.', { field: 'input.reference' });
  await holdNames(tx, [`load-name:${company}:${key}`]);
  const taken = await tx.selectFrom('load').select('id').where('name_key', '=', key).where('company', '=', company).where('deleted', '=', false).limit(1).executeTakeFirst();
  if (taken !== undefined) throw new GatehouseError('CONFLICT', `There is a load ${name} already.`, { field: 'input.reference' });
  return name;
}

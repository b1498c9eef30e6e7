import { compareText } from '../../lib/compare.js';
import { decimalText, millionths } from '../../lib/decimal.js';
import { GatehouseError } from '../../lib/errors.js';
import { uuidOfName } from '../../lib/ids.js';
import { canonicalJson } from '../../lib/json.js';
import { normalizeReferenceValue, referenceKey, type Reference } from '../references.js';
import { isUnderWayOrDone, notBegun, type LoadProgress } from './progress.js';
import type { LoadRecord, LoadState, LoadStop } from './records.js';

/** What people plan of a load: all of it but who drives it and where it stands. */
export interface LoadPlan {
  name: string;
  /** Names of loads that were merged into it. */
  aliases: string[];
  stops: LoadStop[];
  /** The equipment that is wanted. */
  equipment?: string;
  /** Kilograms as decimal text. */
  weightKg?: string;
  /** Own id of the load that it was split from. */
  splitFrom?: string;
  /** It is driven no more: cancelled, or merged into the load of this own id. */
  ended?: { mergedInto?: string };
}

/** What tendering and assignment say of a load. */
export interface Haulage {
  state: LoadState;
  carrier?: string;
  truck?: string;
  trailer?: string;
}

/** A stop as somebody wants it; place in the list is place in the order. */
export type WantedStop = Omit<LoadStop, 'sequence' | 'kind' | 'estimated' | 'actual'>;

/** A version of a load, as the log has it. */
export interface LoadVersion {
  version: number;
  action: string;
  undoes?: number;
  record: LoadRecord;
}

const mostStops = 100;
const mostShipments = 1_000;
/** What undo takes back. Tendering and assignment have ways back of their own. */
const planningActions: readonly string[] = ['load.create', 'load.change', 'load.split', 'load.merge', 'load.cancel'];

export function recordOf(plan: LoadPlan, haulage: Haulage): LoadRecord {
  const { name, aliases, stops, equipment, weightKg, splitFrom, ended } = plan;
  const { state, ...driven } = ended === undefined ? haulage : { state: 'CANCELLED' as const };
  return {
    name, state, rawState: ended?.mergedInto === undefined ? state : 'MERGED', ...driven, stops, ...(aliases.length === 0 ? {} : { aliases }), ...(equipment === undefined ? {} : { equipment }),
    ...(weightKg === undefined ? {} : { weightKg }), ...(splitFrom === undefined ? {} : { splitFrom }), ...(ended?.mergedInto === undefined ? {} : { mergedInto: ended.mergedInto }),
  };
}

export function planOf({ name, aliases = [], stops, equipment, weightKg, splitFrom, mergedInto, state }: LoadRecord): LoadPlan {
  return {
    name, aliases, stops, ...(equipment === undefined ? {} : { equipment }), ...(weightKg === undefined ? {} : { weightKg }), ...(splitFrom === undefined ? {} : { splitFrom }),
    ...(state !== 'CANCELLED' ? {} : { ended: mergedInto === undefined ? {} : { mergedInto } }),
  };
}

export function haulageOf({ state, carrier, truck, trailer }: LoadRecord): Haulage {
  if (state === 'CANCELLED') return { state: 'DRAFT' };
  return { state, ...(carrier === undefined ? {} : { carrier }), ...(truck === undefined ? {} : { truck }), ...(trailer === undefined ? {} : { trailer }) };
}

/** @throws GatehouseError BAD_INPUT */
export function createPlan(name: string, wanted: { stops: readonly WantedStop[]; equipment?: string; weightKg?: string }): LoadPlan {
  const { equipment, weightKg } = wanted;
  return checked({ name, aliases: [], stops: arranged(wanted.stops), ...(equipment === undefined ? {} : { equipment }), ...(weightKg === undefined ? {} : { weightKg }) });
}

/**
 * Another plan of the same load. What is absent stays; null takes it away.
 * @throws GatehouseError BAD_INPUT; CONFLICT where it is driven no more or done, or a stop that was visited would change
 */
export function changePlan(plan: LoadPlan, wanted: { stops?: readonly WantedStop[]; equipment?: string | null; weightKg?: string | null }, progress: LoadProgress = notBegun): LoadPlan {
  checkStanding(plan);
  checkNotDone(progress);
  const { equipment: _, weightKg: __, ...kept } = plan;
  const equipment = wanted.equipment === undefined ? plan.equipment : wanted.equipment;
  const weightKg = wanted.weightKg === undefined ? plan.weightKg : wanted.weightKg;
  const stops = wanted.stops === undefined ? plan.stops : arranged(wanted.stops, plan.stops);
  checkVisited(plan.stops, stops, progress);
  return checked({ ...kept, stops, ...(equipment == null ? {} : { equipment }), ...(weightKg == null ? {} : { weightKg }) });
}

/** @throws GatehouseError as `changePlan` */
export function addShipments(plan: LoadPlan, added: ReadonlyArray<{ shipment: Reference; loadAt: string; unloadAt: string }>, progress: LoadProgress = notBegun): LoadPlan {
  for (const id of added.flatMap(({ loadAt, unloadAt }) => [loadAt, unloadAt])) {
    if (!plan.stops.some((stop) => stop.id === id)) throw new GatehouseError('BAD_INPUT', `The load has no stop ${id.slice(0, 60)}.`, { field: 'input.addShipments' });
  }
  const at = (id: string, which: 'loadAt' | 'unloadAt') => added.filter((each) => each[which] === id).map(({ shipment }) => shipment);
  return changePlan(plan, { stops: plan.stops.map((stop) => ({ ...stop, loaded: [...stop.loaded, ...at(stop.id, 'loadAt')], unloaded: [...stop.unloaded, ...at(stop.id, 'unloadAt')] })) }, progress);
}

/** Stops stay, also those where nothing is left to do. @throws GatehouseError as `changePlan` */
export function removeShipments(plan: LoadPlan, removed: readonly Reference[], progress: LoadProgress = notBegun): LoadPlan {
  const keys = keysOf(removed);
  checkCarried(plan, keys, 'input.removeShipments');
  return changePlan(plan, { stops: plan.stops.map((stop) => handling(stop, (key) => !keys.has(key))) }, progress);
}

/** @throws GatehouseError CONFLICT where it is driven no more, or under way */
export function cancelPlan(plan: LoadPlan, state: LoadState): LoadPlan {
  checkStanding(plan);
  checkNotUnderWay(state);
  return { ...plan, ended: {} };
}

/**
 * Some shipments go to a load of their own, with the stops where they are handled. Stops where nothing is left leave the first.
 * @throws GatehouseError BAD_INPUT where none or all are chosen; CONFLICT as `cancelPlan`
 */
export function splitPlan(plan: LoadPlan, chosen: readonly Reference[], part: { name: string; from: string; state: LoadState; weightKg?: string }): { rest: LoadPlan; part: LoadPlan } {
  checkStanding(plan);
  checkNotUnderWay(part.state);
  const keys = keysOf(chosen);
  checkCarried(plan, keys, 'input.shipments');
  if (keys.size === 0 || keys.size === shipmentsOf(plan).size) throw new GatehouseError('BAD_INPUT', 'Choose some of the shipments, and leave some.', { field: 'input.shipments' });
  const isBusy = (stop: LoadStop) => stop.loaded.length + stop.unloaded.length > 0;
  const theirs = plan.stops.filter((stop) => isBusy(handling(stop, (key) => keys.has(key)))).map((stop) => handling(stop, (key) => keys.has(key)));
  const ours = plan.stops.filter((stop) => !isBusy(stop) || isBusy(handling(stop, (key) => !keys.has(key)))).map((stop) => handling(stop, (key) => !keys.has(key)));
  // What either weighs nobody has said.
  const { weightKg: _, aliases: __, ...common } = plan;
  return {
    rest: checked({ ...common, aliases: plan.aliases, stops: arranged(ours, plan.stops) }),
    part: checked({ ...common, name: part.name, aliases: [], stops: arranged(theirs, plan.stops), splitFrom: part.from, ...(part.weightKg === undefined ? {} : { weightKg: part.weightKg }) }),
  };
}

/**
 * Loads become one. Its stops are those of all in the order of their times, each load's own order kept; neighbours at one place
 * and time are one stop. The others end, and their names go on leading here.
 * @throws GatehouseError BAD_INPUT where a shipment would be carried twice; CONFLICT as `cancelPlan`
 */
export function mergePlans(into: { id: string; plan: LoadPlan; state: LoadState }, others: ReadonlyArray<{ id: string; plan: LoadPlan; state: LoadState }>): { into: LoadPlan; others: LoadPlan[] } {
  for (const { plan, state } of [into, ...others]) {
    checkStanding(plan);
    checkNotUnderWay(state);
  }
  const stops = others.reduce<WantedStop[]>((merged, { plan, id }) => inOrderOfTime(merged, plan.stops.map((stop) => ({ ...stop, id: `${id}/${stop.id}` }))), into.plan.stops);
  const aliases = [...new Set([...into.plan.aliases, ...others.flatMap(({ plan }) => [plan.name, ...plan.aliases])])];
  const weights = [into, ...others].map(({ plan }) => plan.weightKg);
  const { weightKg: _, ...kept } = into.plan;
  const weightKg = weights.every((each) => each !== undefined) ? decimalText(weights.reduce((sum, each) => sum + (millionths(each) ?? 0n), 0n)) : undefined;
  return {
    into: checked({ ...kept, aliases, stops: arranged(united(stops), into.plan.stops), ...(weightKg === undefined ? {} : { weightKg }) }),
    others: others.map(({ plan }) => ({ ...plan, ended: { mergedInto: into.id } })),
  };
}

/**
 * The latest planning step that stands, and the version to which the plan goes back without it.
 * @param versions all of the load, in any order
 * @returns null where there is none but its creation
 */
export function undoable(versions: readonly LoadVersion[]): { undone: LoadVersion; back: LoadVersion } | null {
  const standing: LoadVersion[] = [];
  for (const each of [...versions].sort((a, b) => a.version - b.version)) {
    if (each.undoes !== undefined) standing.pop();
    else if (planningActions.includes(each.action)) standing.push(each);
  }
  const [undone, back] = [standing.at(-1), standing.at(-2)];
  return undone === undefined || back === undefined ? null : { undone, back };
}

/**
 * The plan as it was before the latest step, with what was reported of its stops since.
 * @param of the step that is taken back, and how far the load has come
 * @throws GatehouseError CONFLICT where the truck has come too far for that; what was cancelled by mistake may come back however far
 */
export function planBefore(current: LoadPlan, { stops, ...before }: LoadPlan, { action, progress }: { action: string; progress: LoadProgress }): LoadPlan {
  const back = { ...before, stops: stops.map((stop) => ({ ...stop, ...timesOf(current.stops.find((each) => each.id === stop.id) ?? stop) })) };
  if (action === 'load.cancel') return back;
  if (action === 'load.change') checkNotDone(progress);
  else checkNotUnderWay(progress.state ?? 'DRAFT');
  checkVisited(current.stops, back.stops, progress);
  return back;
}

/** Whether a load was planned by this step alone: it was made by it, or everything after was taken back. */
export function isAsMade(versions: readonly LoadVersion[]): boolean {
  return undoable(versions) === null;
}

/** Who agreed to drive the one did not agree to drive the other. */
export function isMaterialChange(before: Agreed, after: Agreed): boolean {
  return materialDigest(before) !== materialDigest(after);
}

type Agreed = Pick<LoadPlan, 'stops' | 'equipment' | 'weightKg'>;

/** Equal for loads that are the same to who drives them. */
export function materialDigest({ stops, equipment, weightKg }: Agreed): string {
  return uuidOfName(canonicalJson({ equipment: equipment ?? null, weightKg: weightKg ?? null, stops: stops.map(({ id: _, ...stop }) => content(stop)) }));
}

/** From when to when a load is driven, as far as is known. */
export function spanOf(stops: readonly LoadStop[]): { from: string; to: string } | null {
  const times = stops.flatMap(({ window, planned, estimated, actual }) => [actual, estimated, planned].flatMap((each) => [each?.arrival, each?.departure]).concat([window?.from, window?.to])).flatMap((time) => time?.instant ?? []).sort();
  return times.length === 0 ? null : { from: times[0]!, to: times.at(-1)! };
}

/** Keys of the shipments that a load carries. */
export function shipmentsOf({ stops }: Pick<LoadPlan, 'stops'>): Set<string> {
  return keysOf(stops.flatMap((stop) => [...stop.loaded, ...stop.unloaded]));
}

/** Numbered in their order, with what became of those that were there before. */
function arranged(wanted: readonly WantedStop[], before: readonly LoadStop[] = []): LoadStop[] {
  return wanted.map(({ id, facilityCode, place, window, planned, loaded, unloaded }, index) => {
    const known = before.find((stop) => stop.id === id);
    return {
      id, sequence: index + 1, kind: loaded.length > 0 ? 'PICKUP' : unloaded.length > 0 ? 'DELIVERY' : 'OTHER', ...(facilityCode === undefined ? {} : { facilityCode }), ...(place === undefined ? {} : { place }),
      ...(window === undefined ? {} : { window }), ...(planned === undefined ? {} : { planned }), ...(known?.estimated === undefined ? {} : { estimated: known.estimated }), ...(known?.actual === undefined ? {} : { actual: known.actual }),
      loaded, unloaded,
    };
  });
}

/** @throws GatehouseError BAD_INPUT */
function checked(plan: LoadPlan): LoadPlan {
  const { stops } = plan;
  const refuse = (message: string): never => {
    throw new GatehouseError('BAD_INPUT', message, { field: 'input.stops' });
  };
  if (stops.length === 0 || stops.length > mostStops) refuse(`A load has 1 to ${mostStops} stops.`);
  if (new Set(stops.map(({ id }) => id)).size < stops.length) refuse('Two stops have one id.');
  const [loadedAt, unloadedAt] = [new Map<string, number>(), new Map<string, number>()];
  for (const { sequence, loaded, unloaded, window, planned } of stops) {
    for (const [references, at] of [[loaded, loadedAt], [unloaded, unloadedAt]] as const) {
      for (const key of references.map(referenceKey)) {
        if (at.has(key)) refuse(`${key} is ${at === loadedAt ? 'loaded' : 'unloaded'} twice, at stops ${at.get(key)} and ${sequence}.`);
        at.set(key, sequence);
      }
    }
    for (const [from, to] of [[window?.from, window?.to], [planned?.arrival, planned?.departure]]) if (from !== undefined && to !== undefined && compareText(from.instant, to.instant) > 0) refuse(`The times of stop ${sequence} end before they begin.`);
  }
  if (loadedAt.size > mostShipments) refuse(`A load carries at most ${mostShipments} shipments.`);
  for (const [key, sequence] of loadedAt) if (!unloadedAt.has(key)) refuse(`${key} is loaded at stop ${sequence} and unloaded nowhere.`);
  for (const [key, sequence] of unloadedAt) if ((loadedAt.get(key) ?? Infinity) >= sequence) refuse(`${key} is unloaded at stop ${sequence} before it is loaded.`);
  return plan;
}

function checkStanding({ ended }: LoadPlan): void {
  if (ended !== undefined) throw new GatehouseError('CONFLICT', ended.mergedInto === undefined ? 'The load was cancelled.' : 'The load was merged into another.', { field: 'input.loadId' });
}

function checkNotUnderWay(state: LoadState): void {
  if (isUnderWayOrDone(state)) throw new GatehouseError('CONFLICT', 'The load is under way or done.', { field: 'input.loadId' });
}

function checkNotDone({ state }: LoadProgress): void {
  if (state === 'COMPLETED') throw new GatehouseError('CONFLICT', 'The load is done.', { field: 'input.loadId' });
}

function checkVisited(before: readonly LoadStop[], after: readonly LoadStop[], { visited }: LoadProgress): void {
  for (const [index, stop] of before.entries()) {
    if (stop.actual === undefined && !visited.has(stop.id)) continue;
    if (canonicalJson(content(stop)) === canonicalJson(after[index] === undefined ? null : content(after[index]))) continue;
    throw new GatehouseError('CONFLICT', `The truck was at stop ${stop.sequence} already: it stays as it is.`, { field: 'input.stops' });
  }
}

function checkCarried(plan: LoadPlan, keys: ReadonlySet<string>, field: string): void {
  const carried = shipmentsOf(plan);
  for (const key of keys) if (!carried.has(key)) throw new GatehouseError('BAD_INPUT', `The load does not carry ${key}.`, { field });
}

function keysOf(references: readonly Reference[]): Set<string> {
  return new Set(references.map(referenceKey));
}

function handling<Stop extends WantedStop>(stop: Stop, isKept: (key: string) => boolean): Stop {
  const kept = (references: Reference[]) => references.filter((reference) => isKept(referenceKey(reference)));
  return { ...stop, loaded: kept(stop.loaded), unloaded: kept(stop.unloaded) };
}

function timesOf({ estimated, actual }: LoadStop) {
  return { ...(estimated === undefined ? {} : { estimated }), ...(actual === undefined ? {} : { actual }) };
}

/** What is agreed of a stop. */
function content({ facilityCode, place, window, planned, loaded, unloaded }: Omit<WantedStop, 'id'>) {
  const names = (references: readonly Reference[]) => references.map(referenceKey).sort();
  return { facilityCode: facilityCode ?? null, place: place ?? null, window: window ?? null, planned: planned ?? null, loaded: names(loaded), unloaded: names(unloaded) };
}

function timeOf({ window, planned }: WantedStop): string | undefined {
  return (planned?.arrival ?? window?.from ?? window?.to ?? planned?.departure)?.instant;
}

/** Two lists as one; a stop without a time stays behind the one before it. */
function inOrderOfTime(first: readonly WantedStop[], second: readonly WantedStop[]): WantedStop[] {
  const merged: WantedStop[] = [];
  let [i, j] = [0, 0];
  while (i < first.length && j < second.length) {
    const [a, b] = [timeOf(first[i]!), timeOf(second[j]!)];
    const isSecondEarlier = a !== undefined && b !== undefined && b < a;
    merged.push(isSecondEarlier ? second[j++]! : first[i++]!);
  }
  return [...merged, ...first.slice(i), ...second.slice(j)];
}

/** Neighbours at one place and time are one stop, unless something is loaded at the one and unloaded at the other. */
function united(stops: readonly WantedStop[]): WantedStop[] {
  const found: WantedStop[] = [];
  for (const stop of stops) {
    const last = found.at(-1);
    const [a, b] = [last, stop].map((each) => each && canonicalJson({ at: each.facilityCode === undefined ? (each.place ?? null) : normalizeReferenceValue(each.facilityCode), window: each.window ?? null, planned: each.planned ?? null }));
    const loadedBefore = keysOf(last?.loaded ?? []);
    const isPlaced = stop.facilityCode !== undefined || stop.place !== undefined;
    if (last === undefined || !isPlaced || a !== b || stop.unloaded.some((each) => loadedBefore.has(referenceKey(each)))) found.push(stop);
    else found[found.length - 1] = { ...last, loaded: [...last.loaded, ...stop.loaded], unloaded: [...last.unloaded, ...stop.unloaded] };
  }
  return found;
}

import { ourConnection } from '../our-connection.js';
import { normalizeReferenceValue } from '../references.js';
import { sameDock } from './choose-dock.js';
import { cameAt, isSeen, trailersOfVisit, type Misfit, type SeenVisit } from './trailers.js';

export const contradictionKinds = ['DOCK_TAKEN_TWICE', 'DOCK_BLOCKED', 'OUT_BEFORE_IN', 'TRAILER_IN_TWO_PLACES', 'TRAILER_NEVER_CAME', 'TRUCK_ON_SITE_TWICE', 'APPOINTMENT_MET_TWICE'] as const;
export type ContradictionKind = (typeof contradictionKinds)[number];

/** Facts that cannot all be so. All are kept; people find out which are. */
export interface Contradiction {
  kind: ContradictionKind;
  /** With the kind it names the contradiction, however often it is found. */
  about: string;
  /** UUIDs of the visits, and of the move, that say so, in their order. */
  between: string[];
  title: string;
  detail: string;
}

/** Out of use between these instants. */
export interface BlockedDock {
  site: string;
  dock: string;
  from: string;
  to: string;
  reason?: string;
}

/** Two may overlap so long without a contradiction: clocks differ, ms. */
const toleratedMs = 60_000;
/** Of another source, who was not said to leave is taken to be gone after so long, ms. */
const forgottenMs = 24 * 3_600_000;

interface Span {
  from: number;
  to: number;
}

/** What visits contradict in pairs, by themselves, or all that are for one appointment. The same for every order and repetition. @param visits of any sites and sources */
export function contradictionsOf(visits: readonly SeenVisit[], blocked: readonly BlockedDock[]): Contradiction[] {
  const seen = [...new Map(visits.map((visit) => [visit.id, visit])).values()].filter(isSeen).sort((a, b) => (a.id < b.id ? -1 : 1));
  const found = seen.flatMap((visit) => [...outBeforeIn(visit), ...blocked.flatMap((block) => whileBlocked(visit, block))]);
  for (const [index, a] of seen.entries()) for (const b of seen.slice(index + 1)) found.push(...takenTwice(a, b), ...inTwoPlaces(a, b), ...onSiteTwice(a, b));
  return [...found, ...metTwice(seen)];
}

/** Of what fits no stay of a trailer. @param nameOf the site, for people */
export function neverCame(site: string, misfits: readonly Misfit[]): Contradiction[] {
  return misfits.map(({ id, of, trailer, at }): Contradiction => ({
    kind: 'TRAILER_NEVER_CAME', about: `${site} ${id} ${normalizeReferenceValue(trailer)}`, between: [id], title: `Trailer ${trailer} ${of === 'MOVE' ? 'was moved' : 'left'}, and had not come`,
    detail: `At ${at} it ${of === 'MOVE' ? 'was moved in' : 'left'} the yard of ${site}, where nothing says that it stood.`,
  }));
}

function outBeforeIn(visit: SeenVisit): Contradiction[] {
  const { id, site, state, checkedOutAt } = visit;
  const came = cameAt(visit);
  if (checkedOutAt === null || (came !== null && came <= checkedOutAt)) return [];
  if (came === null && state !== 'CHECKED_OUT') return [];
  return [{
    kind: 'OUT_BEFORE_IN', about: id, between: [id], title: `${nameOf(visit)} left ${site} before it came`,
    detail: came === null ? `It left at ${checkedOutAt}, and was never checked in.` : `It left at ${checkedOutAt}, and came at ${came}.`,
  }];
}

function whileBlocked(visit: SeenVisit, { site, dock, from, to, reason }: BlockedDock): Contradiction[] {
  const at = atDock(visit);
  if (at === null || visit.site !== site || !sameDock(visit.dock!, dock) || !overlap(at, { from: Date.parse(from), to: Date.parse(to) })) return [];
  return [{
    kind: 'DOCK_BLOCKED', about: `${visit.id} ${normalizeReferenceValue(dock)} ${from}`, between: [visit.id], title: `${nameOf(visit)} is at ${dock} of ${site}, which is blocked`,
    detail: `It came there at ${visit.atDockAt}. The dock is blocked from ${from} to ${to}${reason === undefined ? '' : `: ${reason}`}.`,
  }];
}

function takenTwice(a: SeenVisit, b: SeenVisit): Contradiction[] {
  const [here, there] = [atDock(a), atDock(b)];
  if (here === null || there === null || a.site !== b.site || !sameDock(a.dock!, b.dock!) || isSameTruck(a, b) || !overlap(here, there)) return [];
  return [{
    kind: 'DOCK_TAKEN_TWICE', about: `${a.id} ${b.id} ${normalizeReferenceValue(a.dock!)}`, between: [a.id, b.id], title: `Two trucks at ${a.dock} of ${a.site}`,
    detail: `${nameOf(a)} from ${a.atDockAt} (${a.source}), ${nameOf(b)} from ${b.atDockAt} (${b.source}).`,
  }];
}

/** A trailer that stands on two trucks' visits at once, at two sites, or at two docks of one. */
function inTwoPlaces(a: SeenVisit, b: SeenVisit): Contradiction[] {
  const [x, y] = [trailersOfVisit(a).came, trailersOfVisit(b).came];
  if (x === null || y === null || normalizeReferenceValue(x) !== normalizeReferenceValue(y)) return [];
  const [here, there] = a.site === b.site ? [atDock(a), atDock(b)] : [onSite(a), onSite(b)];
  if (here === null || there === null || !overlap(here, there) || (a.site === b.site && sameDock(a.dock!, b.dock!))) return [];
  const place = (visit: SeenVisit) => (a.site === b.site ? `${visit.dock} from ${visit.atDockAt}` : `${visit.site} from ${cameAt(visit)}`);
  return [{
    kind: 'TRAILER_IN_TWO_PLACES', about: `${a.id} ${b.id} ${normalizeReferenceValue(x)}`, between: [a.id, b.id], title: `Trailer ${x} is in two places at once`,
    detail: `At ${place(a)} (${a.source}), and at ${place(b)} (${b.source}).`,
  }];
}

/** One that did not leave in between. Of other sources nobody can tell that they say so when a truck leaves. */
function onSiteTwice(a: SeenVisit, b: SeenVisit): Contradiction[] {
  if (a.source !== ourConnection || b.source !== ourConnection || a.site !== b.site || truckOf(a) === null || truckOf(a) !== truckOf(b)) return [];
  const [first, second] = [a, b].toSorted((x, y) => ((cameAt(x) ?? '') < (cameAt(y) ?? '') ? -1 : 1)) as [SeenVisit, SeenVisit];
  const [came, again] = [cameAt(first), cameAt(second)];
  if (came === null || again === null || !overlap(span(came, first.checkedOutAt, first.source), span(again, second.checkedOutAt, second.source))) return [];
  return [{
    kind: 'TRUCK_ON_SITE_TWICE', about: `${a.id} ${b.id}`, between: [a.id, b.id], title: `${nameOf(first)} is at ${first.site} twice`,
    detail: `It came at ${came}, and came again at ${again} without having left in between${first.checkedOutAt === null ? '' : `: it left at ${first.checkedOutAt}`}. Take the one back that is not so, or report when it left.`,
  }];
}

/** Several trucks came for one appointment that is kept here. */
function metTwice(visits: readonly SeenVisit[]): Contradiction[] {
  const came = visits.filter((visit) => visit.source === ourConnection && visit.appointment !== undefined && cameAt(visit) !== null);
  return [...new Set(came.map(({ appointment }) => appointment!.id))].flatMap((id): Contradiction[] => {
    const trucks = came.filter(({ appointment }) => appointment!.id === id).toSorted((a, b) => (cameAt(a)! < cameAt(b)! ? -1 : cameAt(a)! > cameAt(b)! ? 1 : 0));
    if (new Set(trucks.map((visit) => truckOf(visit) ?? visit.id)).size < 2) return [];
    const [{ appointment, site }] = trucks as [SeenVisit];
    return [{
      kind: 'APPOINTMENT_MET_TWICE', about: id, between: trucks.map((visit) => visit.id).sort(), title: `${trucks.length} trucks came to ${site} for appointment ${appointment!.name}`,
      detail: `${trucks.map((visit) => `${nameOf(visit)} at ${cameAt(visit)}`).join(', ')}. Take those back that came for something else, and check them in for that.`,
    }];
  });
}

/** By which a truck is known; null: nothing is said by which it could be known again. */
function truckOf({ truck, trailer }: SeenVisit): string | null {
  return truck !== null ? `truck ${normalizeReferenceValue(truck)}` : trailer !== null ? `trailer ${normalizeReferenceValue(trailer)}` : null;
}

function atDock({ dock, atDockAt, fromDockAt, checkedOutAt, source }: SeenVisit): Span | null {
  if (dock === null || atDockAt === null) return null;
  return span(atDockAt, fromDockAt !== null && fromDockAt >= atDockAt ? fromDockAt : checkedOutAt, source);
}

/** As long as the trailer that it came with is surely there: until the truck goes, or takes it down. */
function onSite(visit: SeenVisit): Span | null {
  const came = cameAt(visit);
  const left = visit.equipment.find(({ action }) => action === 'DETACHED')?.at.instant ?? visit.checkedOutAt;
  return came === null ? null : span(came, left, visit.source);
}

function span(from: string, to: string | null, source: string): Span {
  const begun = Date.parse(from);
  return { from: begun, to: to !== null ? Date.parse(to) : source === ourConnection ? Infinity : begun + forgottenMs };
}

function overlap(a: Span, b: Span): boolean {
  return Math.min(a.to, b.to) - Math.max(a.from, b.from) > toleratedMs;
}

/** Two sources may tell of one truck. */
function isSameTruck(a: SeenVisit, b: SeenVisit): boolean {
  const same = (x: string | null, y: string | null) => x !== null && y !== null && normalizeReferenceValue(x) === normalizeReferenceValue(y);
  return a.source !== b.source && (same(a.truck, b.truck) || same(a.trailer, b.trailer));
}

function nameOf({ truck, trailer }: SeenVisit): string {
  return truck !== null ? `Truck ${truck}` : trailer !== null ? `Trailer ${trailer}` : 'A truck';
}

import type { Principal } from '../../../../auth/principal.js';
import { GatehouseError } from '../../../../lib/errors.js';
import { sha256 } from '../../../../lib/ids.js';
import { canonicalJson, type Json } from '../../../../lib/json.js';
import { addDays, dayBounds, localDay } from '../../../../model/yard/local-time.js';
import { handlings } from '../../../../model/yard/records.js';
import type { TaskContext } from '../../context.js';
import { livingStates } from '../../../../model/yard/appointment.js';
import type { AppointmentDesk } from '../appointments/index.js';
import { changed, failed, freeTimes, locationOf, refusal, shown, statusOf, type ShownAppointment, type SscAnswer } from './answers.js';
import { appointmentMeant, checkNamed, facilityAt, facilityOfId, namesOf, type SscFacility } from './find.js';
import { needFor } from './need.js';
import { sscRequests, type PreferredAppointment, type SscAction, type SscRequest } from './requests.js';
import { slotOf } from './slot-ids.js';

/** Who asks, and the caller's own name of its request; null: none, then what it wants names it. */
export interface SscAsker {
  by: Principal;
  requestId: string | null;
  correlationId: string;
}

export interface SscDesk {
  /** @throws GatehouseError BAD_INPUT where the body is none of the standard; what else is refused is answered */
  answer(action: string, body: unknown, asker: SscAsker): Promise<SscAnswer>;
}

interface Tools {
  database: TaskContext['database'];
  appointments: AppointmentDesk;
}

const longestRequestId = 120;
const mostFree = 500;
/** How far from today days are told, and how many at once. */
const farthestDays = 366;
const mostDays = 62;
const defaultDays = 7;

/** Our docks for systems of carriers that speak the SSC standard: the same desk, rules and rights as in the graph. */
export function openSscDesk(tools: Tools): SscDesk {
  return {
    async answer(action, body, asker) {
      if (!isAction(action)) throw new GatehouseError('NOT_FOUND', 'There is nothing at this address.');
      const parsed = sscRequests[action].safeParse(body);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new GatehouseError('BAD_INPUT', `The body is none of ${action}: ${issue!.path.join('.') || 'body'}: ${issue!.message}`.slice(0, 500), { field: issue!.path.join('.') });
      }
      if (asker.requestId !== null && (asker.requestId === '' || asker.requestId.length > longestRequestId || asker.requestId.includes('\0'))) throw new GatehouseError('BAD_INPUT', `Idempotency-Key has 1 to ${longestRequestId} characters.`);
      switch (action) {
        case 'fetch-available-appointments':
          return available(tools, parsed.data as SscRequest<typeof action>, asker);
        case 'schedule-appointment':
          return schedule(tools, parsed.data as SscRequest<typeof action>, asker);
        case 'reschedule-appointment':
          return reschedule(tools, parsed.data as SscRequest<typeof action>, asker);
        case 'cancel-appointment':
          return cancel(tools, parsed.data as SscRequest<typeof action>, asker);
        case 'fetch-appointment-details':
          return details(tools, parsed.data as SscRequest<typeof action>, asker);
      }
    },
  };
}

function isAction(action: string): action is SscAction {
  return Object.hasOwn(sscRequests, action);
}

async function available({ database, appointments }: Tools, request: SscRequest<'fetch-available-appointments'>, { by }: SscAsker): Promise<SscAnswer> {
  let facility: SscFacility | null = null;
  try {
    const { identifiers, dateRestrictions: dates, loadingType } = request;
    if ('requestIdentifier' in identifiers) return failed('entityNotFound', 'No request is pending: free times are answered at once.', { identifiers });
    const meant = 'appointmentId' in identifiers ? await appointmentMeant(database.reads, by, identifiers) : null;
    facility = meant?.facility ?? (await facilityAt(database.reads, by, (identifiers as { locationId?: string }).locationId));
    const { zone, uuid } = facility;
    const today = localDay(zone, Date.now());
    const [first, last] = dates === undefined ? [today, addDays(today, defaultDays)] : 'exactDate' in dates ? [dates.exactDate, dates.exactDate] : [dates.startDate, dates.endDate];
    if (last < first) throw new GatehouseError('BAD_INPUT', 'endDate is not before startDate.', { field: 'dateRestrictions.endDate' });
    checkDays(first, last, today);
    const [from, to] = [new Date(dayBounds(zone, first).fromMs).toISOString(), new Date(dayBounds(zone, last).toMs).toISOString()];
    const wanted = loadingType === undefined ? handlings : [loadingType];
    const found = await Promise.all(wanted.map(async (handling) => {
      const need = await needFor(database.reads, by, facility!, 'appointmentId' in identifiers ? {} : (identifiers as { poNumber?: string }), await directionOf(database, meant?.appointment ?? null, request), handling);
      return (await appointments.freeSlots({ facilityId: uuid, from, to, need, limit: mostFree }, by)).map((slot) => ({ slot, need }));
    }));
    const slots = found.flat().sort((a, b) => (a.slot.startsAt < b.slot.startsAt ? -1 : a.slot.startsAt > b.slot.startsAt ? 1 : 0)).slice(0, mostFree);
    return freeTimes(slots, facility, facility.plan.booking.outsiders === 'REQUEST' && by.companies === 'none');
  } catch (error) {
    return refusal(error, facility);
  }
}

/** @throws GatehouseError BAD_INPUT where times would be worked out that nobody can take */
function checkDays(first: string, last: string, today: string): void {
  if (first < addDays(today, -farthestDays) || last > addDays(today, farthestDays)) throw new GatehouseError('BAD_INPUT', `Days lie within ${farthestDays} days of today, ${today}.`, { field: 'dateRestrictions' });
  if (last >= addDays(first, mostDays)) throw new GatehouseError('BAD_INPUT', `At most ${mostDays} days are told at once: ask for fewer.`, { field: 'dateRestrictions' });
}

/** Another time for an appointment is for what that is for. */
async function directionOf(database: Tools['database'], meant: ShownAppointment | null, request: SscRequest<'fetch-available-appointments'>) {
  if (meant === null || request.direction !== undefined) return request;
  const row = await database.kysely.selectFrom('appointment').select(['direction', 'temperature']).where('id', '=', meant.id).executeTakeFirst();
  const direction = row?.direction === 'INBOUND' || row?.direction === 'OUTBOUND' ? { direction: row.direction } as const : {};
  const temperature = row?.temperature === 'CHILLED' || row?.temperature === 'FROZEN' ? { temperature: row.temperature } as const : {};
  return { ...request, ...direction, ...temperature };
}

async function schedule({ database, appointments }: Tools, request: SscRequest<'schedule-appointment'>, asker: SscAsker): Promise<SscAnswer> {
  let facility: SscFacility | null = null;
  try {
    const { identifiers, preferredAppointment: preferred, carrier } = request;
    checkNamed(identifiers);
    const chosen = chosenSlot(preferred);
    const locationId = identifiers.locationId;
    facility = locationId === undefined && chosen?.facility !== undefined ? await facilityOfId(database.reads, asker.by, chosen.facility) : await facilityAt(database.reads, asker.by, locationId);
    if (chosen !== null && chosen.facility !== facility.uuid) throw new GatehouseError('BAD_INPUT', 'This time was given for another location.', { field: 'preferredAppointment.id' });
    const need = chosen?.need ?? (await needFor(database.reads, asker.by, facility, identifiers, request, preferred.loadingType ?? 'LIVE'));
    if (preferred.loadingType !== undefined && preferred.loadingType !== need.handling) throw new GatehouseError('BAD_INPUT', 'This time was given for the other way of loading.', { field: 'preferredAppointment.loadingType' });
    const { startsAt, dock } = timeOf(preferred, chosen);
    const before = await appointmentMeant(database.reads, asker.by, { ...identifiers, locationId: facility.id });
    if (before.appointment !== null && isLiving(before.appointment)) {
      // Asked for before, by whoever did not get the answer.
      if (before.appointment.starts_at === startsAt) return changed(before.appointment, facility);
      if (!(await isRepeat(database, asker))) return failed('appointmentError', 'This load has an appointment there already: reschedule that one.', { appointment: shown(before.appointment, facility).body.appointment! });
    }
    const done = await appointments.book(
      { facilityId: facility.uuid, startsAt, need, names: namesOf(identifiers), ...(dock === undefined ? {} : { dock }), ...(carrier === undefined ? {} : { carrier }) },
      { ...asker, idempotencyKey: keyOf(asker, 'schedule', { request: request as unknown as Json, ended: before.ended }) },
    );
    return changed(await readShown(database, done.appointmentId), facility);
  } catch (error) {
    return refusal(error, facility);
  }
}

/** What was asked for under this name of the caller's is answered as it was. */
async function isRepeat({ kysely }: Tools['database'], { by, requestId }: SscAsker): Promise<boolean> {
  if (requestId === null) return false;
  const key = keyOf({ requestId }, 'schedule', null);
  return (await kysely.selectFrom('own_request').select('requested_by').where('requested_by', '=', by.subject).where('idempotency_key', '=', key).executeTakeFirst()) !== undefined;
}

async function reschedule({ database, appointments }: Tools, { identifiers, preferredAppointment: preferred, comment, reasonCode }: SscRequest<'reschedule-appointment'>, asker: SscAsker): Promise<SscAnswer> {
  let facility: SscFacility | null = null;
  try {
    const { one, at } = await standing(database, asker.by, identifiers);
    facility = at;
    const chosen = chosenSlot(preferred);
    if (chosen !== null && chosen.facility !== facility.uuid) throw new GatehouseError('BAD_INPUT', 'This time was given for another location.', { field: 'preferredAppointment.id' });
    if (preferred.loadingType !== undefined && one.handling !== null && preferred.loadingType !== one.handling) throw new GatehouseError('BAD_INPUT', 'An appointment keeps its way of loading: cancel it and schedule another.', { field: 'preferredAppointment.loadingType' });
    const { startsAt, dock } = timeOf(preferred, chosen);
    const isThere = one.wish === null ? one.starts_at === startsAt && (dock === undefined || dock === one.dock) : one.wish.startsAt.instant === startsAt;
    if (isThere) return changed(one, facility);
    const reason = comment ?? reasonCode;
    await appointments.reschedule({ id: one.id, startsAt, ...(dock === undefined ? {} : { dock }), ...(reason === undefined ? {} : { reason }) }, { ...asker, idempotencyKey: keyOf(asker, 'reschedule', { id: one.id, startsAt, dock: dock ?? null, from: one.starts_at, version: await versionOf(database, one.id) }) });
    return changed(await readShown(database, one.id), facility);
  } catch (error) {
    return refusal(error, facility);
  }
}

async function cancel({ database, appointments }: Tools, { identifiers, comment, reasonCode }: SscRequest<'cancel-appointment'>, asker: SscAsker): Promise<SscAnswer> {
  try {
    const { appointment: one } = await appointmentMeant(database.reads, asker.by, identifiers);
    if (one === null) throw new GatehouseError('NOT_FOUND', 'This load has no appointment there.');
    if (['CANCELED', 'REJECTED'].includes(statusOf(one)) && one.state === 'CANCELLED') return { body: { status: 'SUCCESS' } };
    const reason = comment ?? reasonCode;
    await appointments.cancel({ id: one.id, ...(reason === undefined ? {} : { reason }) }, { ...asker, idempotencyKey: keyOf(asker, 'cancel', { id: one.id, version: await versionOf(database, one.id) }) });
    return { body: { status: 'SUCCESS' } };
  } catch (error) {
    return refusal(error, null);
  }
}

async function details({ database }: Tools, { identifiers }: SscRequest<'fetch-appointment-details'>, { by }: SscAsker): Promise<SscAnswer> {
  try {
    const { appointment, facility } = await appointmentMeant(database.reads, by, identifiers);
    return appointment === null ? { body: { status: 'SUCCESS', appointmentStatus: 'NOT_SCHEDULED', ...locationOf(facility) } } : shown(appointment, facility);
  } catch (error) {
    return refusal(error, null);
  }
}

async function standing(database: Tools['database'], by: Principal, identifiers: SscRequest<'reschedule-appointment'>['identifiers']): Promise<{ one: ShownAppointment; at: SscFacility }> {
  const { appointment, facility } = await appointmentMeant(database.reads, by, identifiers);
  if (appointment === null) throw new GatehouseError('NOT_FOUND', 'This load has no appointment there: schedule one.');
  return { one: appointment, at: facility };
}

function isLiving({ state }: ShownAppointment): boolean {
  return (livingStates as readonly string[]).includes(state);
}

/** @throws GatehouseError BAD_INPUT */
function chosenSlot(preferred: PreferredAppointment) {
  if (!('id' in preferred)) return null;
  const slot = slotOf(preferred.id);
  if (slot === null) throw new GatehouseError('BAD_INPUT', 'This is the id of no time that was given here. Ask for the free ones.', { field: 'preferredAppointment.id' });
  return slot;
}

function timeOf(preferred: PreferredAppointment, chosen: ReturnType<typeof chosenSlot>): { startsAt: string; dock?: string } {
  if ('arrivalWindow' in preferred) return { startsAt: new Date(preferred.arrivalWindow.startDateTime).toISOString(), ...(preferred.dockDoor === undefined ? {} : { dock: preferred.dockDoor.name }) };
  return { startsAt: chosen!.startsAt, dock: chosen!.dock };
}

/** The caller's name of its request; where it has none, what it wants and how things stand: repeated it is the same, wanted again later it is another. */
function keyOf({ requestId }: Pick<SscAsker, 'requestId'>, action: string, wanted: Json): string {
  return requestId === null ? `ssc:${action}:${sha256(canonicalJson(wanted))}` : `ssc:${action}:id:${requestId}`;
}

async function versionOf(database: Tools['database'], id: string): Promise<number> {
  return (await database.kysely.selectFrom('appointment').select('version').where('id', '=', id).executeTakeFirst())?.version ?? 0;
}

/** As it stands after the asker's own step: it was allowed to take that. */
async function readShown(database: Tools['database'], id: string): Promise<ShownAppointment> {
  const row = await database.kysely.selectFrom('appointment').select(['id', 'facility_id', 'state', 'raw_state', 'confirmation', 'dock', 'starts_at', 'ends_at', 'handling', 'reason', 'wish']).where('id', '=', id).executeTakeFirstOrThrow();
  return { ...row, wish: row.wish as unknown as ShownAppointment['wish'] };
}

import { DateTime } from 'luxon';
import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import { isZone } from '../../lib/zone.js';
import { ourConnection } from '../../model/our-connection.js';
import { carrierCode } from '../../model/references.js';
import type { ZonedInstant } from '../../model/time.js';
import type { LoadPublicationPolicy } from '../../model/transport/publication.js';
import type { LoadRecord, LoadStop } from '../../model/transport/records.js';
import type { Access, Answer, CommandMemory, OutboundCommand, Outcome, Performed } from '../contract.js';
import { toAnswer } from '../kit/booking/answers.js';
import { mayHaveHappened, withCode, withoutCode } from '../kit/booking/errors.js';
import { foundBegun } from '../kit/booking/found-before.js';
import { failure } from '../kit/http.js';
import { Project44Api } from './api.js';
import { created, isEnded } from './payloads.js';
import type { Project44Settings } from './settings.js';

type Publish = OutboundCommand<'load.publish'>;

/** What a command remembers: project44's own id of the load, once it is known, or that it may have been registered, and when that was tried last. */
const ended = z.array(z.string().min(1)).default([]);
const remembered = z.union([z.object({ id: z.string().min(1), ended }), z.object({ asked: z.literal(true), atMs: z.number().default(0), ended })]);
type Remembered = z.infer<typeof remembered>;
const defaultSettleSeconds = 120;
const carrierTypes = /^(SCAC|MC_NUMBER|DOT_NUMBER|SYSTEM|VAT|P44_EU):(.+)$/;

/** Loads that a carrier has taken are tracked, by the plan alone: what came to pass is what project44 tells us. */
export function publicationPolicy(settings: Project44Settings): LoadPublicationPolicy | null {
  if (settings.publish !== 'loads') return null;
  const from = (settings.publishFrom ?? ourConnection).split(',').map((each) => each.trim()).filter((each) => each !== '');
  return { from, states: new Set(['CONFIRMED', 'IN_TRANSIT']), endsWithoutCarrier: true, times: false, lacks: (record) => requestOf(record, settings).lack };
}

/**
 * Registers a load for tracking, or changes or ends what was registered. project44 knows it by our name of it: before anything is
 * registered a second time, after an answer that was lost, it is looked for until what is registered there shows for certain.
 */
export async function publishLoad(access: Access<Project44Settings>, command: Publish, memory: CommandMemory): Promise<Outcome<Performed>> {
  const opened = Project44Api.open(access, command.timeoutMs);
  if (!opened.ok) return opened;
  const api = opened.value;
  const { action, record } = command.input;
  const { request, lack } = requestOf(record, access.settings);
  const before = remembered.safeParse(memory.value).data;
  if (before !== undefined && 'id' in before) return done(before.id);
  const first = remembered.safeParse(command.follows?.memory).data;
  const gone = endedBefore(action, first);
  const found = await idOf(api, access.settings, command, { before, first, gone });
  if (!found.ok) return found;
  const id = found.value;
  if (action === 'CANCEL') return id === null ? done(null) : cancel(api, id);
  if (request === null) return failure('invalid', lack ?? 'The load cannot be registered.', '');
  if (id === null) return create(api, request, memory, gone);
  // What this command itself registered, with an answer that was lost, is as it should be.
  if (before === undefined) {
    const changed = await api.call('PUT', `/api/v4/tl/shipments/${encodeURIComponent(id)}`, { body: request, isTold: true });
    if (!changed.ok) return changed;
  }
  await memory.remember({ id, ended: gone });
  return before === undefined ? done(id) : registered(id, request);
}

/** Registrations of this load that were ended: a load that is told anew after it was withdrawn has a registration of its own. */
function endedBefore(action: Publish['input']['action'], first: Remembered | undefined): string[] {
  if (first === undefined) return [];
  return action === 'NEW' && 'id' in first ? [...first.ended, first.id] : first.ended;
}

async function idOf(api: Project44Api, settings: Project44Settings, { id, input }: Publish, { before, first, gone }: { before: Remembered | undefined; first: Remembered | undefined; gone: readonly string[] }): Promise<Outcome<string | null>> {
  const { action, record } = input;
  if (action === 'NEW' && before === undefined) return { ok: true, value: null };
  if (action !== 'NEW' && first !== undefined && 'id' in first) return { ok: true, value: first.id };
  const find = () => findStanding(api, record, settings, gone);
  const begun = before ?? first;
  if (begun === undefined || !('asked' in begun)) return find();
  const found = await foundBegun<string>({
    name: 'project44', guard: 'may-find', isFindingBelieved: settings.afterSettling === 'register', settleMs: (settings.settleSeconds ?? defaultSettleSeconds) * 1000, atMs: begun.atMs, madeId: null,
    find: async () => {
      const answer = await find();
      return answer.ok ? answer : withCode(answer);
    },
    thing: 'the load', done: 'registered', advice: `Look there for the bill of lading ${record.name}; if there is none, discard this (${id}) and have the load told anew.`,
  });
  return found.ok ? found : withoutCode(found.error);
}

async function create(api: Project44Api, request: Json, memory: CommandMemory, gone: string[]): Promise<Outcome<Performed>> {
  await memory.remember({ asked: true, atMs: Date.now(), ended: gone });
  const answer = await api.call('POST', '/api/v4/tl/shipments', { body: request });
  if (!answer.ok) {
    // What is known not to have been done need not be looked for; otherwise the time to settle begins with the end of the call.
    await memory.remember(mayHaveHappened(withCode(answer).error) ? { asked: true, atMs: Date.now(), ended: gone } : null);
    return answer;
  }
  const parsed = created.safeParse(answer.value);
  if (!parsed.success) return failure('unparseable', 'project44 answered the registration with something that holds no id.', '');
  await memory.remember({ id: parsed.data, ended: gone });
  return registered(parsed.data, request);
}

async function cancel(api: Project44Api, id: string): Promise<Outcome<Performed>> {
  const answer = await api.call('POST', `/api/v4/tl/shipments/${encodeURIComponent(id)}/actions`, { body: { code: 'CANCEL' }, isTold: true, mayMiss: true });
  return answer.ok ? done(id) : answer;
}

/** What stands there under our name of the load; what was ended is not it. */
async function findStanding(api: Project44Api, record: LoadRecord, settings: Project44Settings, gone: readonly string[]): Promise<Outcome<string | null>> {
  const carrier = carrierOf(record, settings);
  const query = new URLSearchParams({ 'shipmentIdentifier.type': 'BILL_OF_LADING', 'shipmentIdentifier.value': record.name, ...(carrier === null ? {} : { 'carrierIdentifier.type': carrier.type, 'carrierIdentifier.value': carrier.value }) });
  const answer = await api.call('GET', `/api/v4/tl/shipments/statuses?${query}`, { mayMiss: true });
  if (!answer.ok) return answer;
  if (answer.value === null) return { ok: true, value: null };
  const parsed = created.safeParse(answer.value);
  if (!parsed.success) return failure('unparseable', 'project44 answered with something that is no status of a shipment.', '');
  return { ok: true, value: gone.includes(parsed.data) || isEnded(answer.value) ? null : parsed.data };
}

function registered(id: string, request: Json): Outcome<Performed> {
  const { shipmentIdentifiers, carrierIdentifier } = request as { shipmentIdentifiers: Json[]; carrierIdentifier: Json };
  return done(id, [toAnswer(`registered-${id}`, { gatehouse: 'registration', id, identifiers: [...shipmentIdentifiers, carrierIdentifier] })]);
}

function done(id: string | null, answers: Answer[] = []): Outcome<Performed> {
  return { ok: true, value: { state: 'DONE', result: { id }, answers, files: [] } };
}

/** The load in project44's words, or what it lacks for that. */
export function requestOf(record: LoadRecord, settings: Pick<Project44Settings, 'carriers' | 'equipment'>): { request: Json; lack: null } | { request: null; lack: string } {
  const lacking = (lack: string) => ({ request: null, lack });
  const carrier = carrierOf(record, settings);
  if (record.carrier === undefined) return lacking('The load has no carrier.');
  if (carrier === null) return lacking(`It is not said by what project44 knows the carrier ${record.carrier}: set carriers.`);
  if (record.stops.length < 2) return lacking('The load has less than two stops.');
  const orders = ordersOf(record);
  if (orders.length === 0) return lacking('No shipment of the load is named: nothing that project44 tells of it could be read.');
  const stops = record.stops.map((stop) => stopOf(stop, record));
  const open = record.stops[stops.indexOf(null)];
  if (open !== undefined) return lacking(`Stop ${open.sequence} has no time window or planned arrival, or no place (coordinates, or postal code and city).`);
  return {
    lack: null,
    request: {
      carrierIdentifier: { ...carrier }, shipmentIdentifiers: [{ type: 'BILL_OF_LADING', value: record.name }, ...orders.map((value) => ({ type: 'ORDER', value }))], shipmentStops: stops as Json[],
      ...(record.truck === undefined ? {} : { equipmentIdentifiers: [{ type: settings.equipment ?? 'LICENSE_PLATE', value: record.truck }] }),
    },
  };
}

/** Shipments as others quote them: what Odoo or the sender calls the delivery. */
function ordersOf({ stops }: LoadRecord): string[] {
  const names = stops.flatMap(({ loaded, unloaded }) => [...loaded, ...unloaded]).filter(({ kind }) => kind === 'delivery_name' || kind === 'delivery_order');
  return [...new Set(names.map(({ value }) => value))].sort();
}

function carrierOf({ carrier }: LoadRecord, { carriers }: Pick<Project44Settings, 'carriers'>): { type: string; value: string } | null {
  if (carrier === undefined) return null;
  const listed = (carriers ?? '').split(',').map((each) => each.split('=').map((part) => part.trim())).find(([name]) => name !== undefined && name !== '' && carrierCode(name) === carrierCode(carrier))?.[1];
  const known = listed ?? (/^[A-Za-z]{2,4}$/.test(carrier.trim()) ? carrier.trim().toUpperCase() : undefined);
  if (known === undefined || known === '') return null;
  const typed = carrierTypes.exec(known);
  return typed === null ? { type: 'SCAC', value: known } : { type: typed[1]!, value: typed[2]! };
}

/** Null where it cannot be said where or when it is. An address line is asked for where there are no coordinates: what stands for it is the name of the place. */
function stopOf({ sequence, place = {}, window, planned, facilityCode, loaded, unloaded, kind }: LoadStop, { stops }: LoadRecord): Json {
  const from = window?.from ?? planned?.arrival ?? window?.to;
  const to = window?.to ?? planned?.departure ?? from;
  const { latitude, longitude, name, city, region, postalCode, country } = place;
  const hasPoint = latitude !== undefined && longitude !== undefined;
  if (from === undefined || to === undefined || (!hasPoint && (postalCode === undefined || city === undefined))) return null;
  const label = name ?? facilityCode ?? city ?? `Stop ${sequence}`;
  const zone = isZone(from.zone) && from.zone !== 'Z' && !/^[+-]/.test(from.zone) ? from.zone : 'UTC';
  const isFirst = sequence === Math.min(...stops.map((stop) => stop.sequence));
  return {
    stopNumber: stops.filter((stop) => stop.sequence <= sequence).length, stopName: label,
    stopType: loaded.length > 0 && unloaded.length > 0 ? 'DELIVERY_PICKUP' : loaded.length > 0 || kind === 'PICKUP' || (isFirst && unloaded.length === 0) ? 'PICKUP' : 'DELIVERY',
    appointmentWindow: { startDateTime: local(from, zone), endDateTime: local(to.instant < from.instant ? from : to, zone), localTimeZoneIdentifier: zone },
    ...(hasPoint ? { geoCoordinates: { latitude, longitude } } : {}),
    location: {
      contact: { companyName: label },
      ...(postalCode === undefined || city === undefined ? {} : { address: { postalCode, addressLines: [label], city, ...(region === undefined ? {} : { state: region }), ...(country === undefined ? {} : { country }) } }),
    },
  };
}

function local({ instant }: ZonedInstant, zone: string): string {
  return DateTime.fromISO(instant, { zone }).toFormat("yyyy-MM-dd'T'HH:mm:ss");
}

import type { Json } from '../../lib/json.js';
import type { OutboundCommand, Outcome } from '../contract.js';
import { failure } from '../kit/http.js';
import { clip, filled } from '../kit/text.js';
import { hasProblem, refusalOf, type SscApi } from './api.js';
import { readingOf, type Reading } from './held.js';
import type { Identifiers, SscAppointment } from './payloads.js';
import type { SscSettings } from './settings.js';
import { durationOf, windowOf } from './times.js';

/** Times that are told where the wanted one is not free. */
const toldTimes = 5;

/** Takes the wanted time: by its id where the system gives out ids, else by its beginning and length. */
export async function bookWanted(api: SscApi, { peer }: SscSettings, { id, input }: OutboundCommand<'appointment.book'>, identifiers: Identifiers): Promise<Outcome<Reading>> {
  const { startsAt, endsAt, handling, dock, note, direction } = input;
  // The standard has no member for it.
  const besides: { [name: string]: Json } = peer === 'gatehouse' && direction !== undefined ? { direction } : {};
  const free = await freeTimes(api, identifiers, startsAt.instant, besides);
  if (!free.ok) return { ok: false, error: { ...free.error, notSent: true } };
  const found = free.value === null ? null : pick(free.value, startsAt.instant, handling);
  if (found !== null && !found.ok) return found;
  const slot = found?.value;
  const slotId = filled(slot?.id);
  const type = filled(slot?.appointmentType);
  const common = { ...(type === undefined ? {} : { appointmentType: type }), ...(handling === undefined ? {} : { loadingType: handling }) };
  const preferredAppointment: { [name: string]: Json } = slotId !== undefined
    ? { id: slotId, ...common }
    : { arrivalWindow: { startDateTime: startsAt.instant, duration: slot?.arrivalWindow?.duration ?? durationOf(Date.parse(startsAt.instant), Date.parse(endsAt?.instant ?? '') || Date.parse(startsAt.instant) + 3_600_000) }, ...common, ...(dock === undefined ? {} : { dockDoor: { id: dock, name: dock } }) };
  const told = await api.ask('schedule-appointment', { identifiers: identifiers as unknown as Json, preferredAppointment, ...besides, ...(note === undefined ? {} : { comment: note }) }, id);
  if (!told.ok) return told;
  const { answer } = told.value;
  if (answer.status === 'FAILURE') return refusalOf(answer, 'The time was refused');
  const reading = readingOf(told.value, answer.status === 'PENDING' ? 'PENDING' : (filled(answer.appointmentStatus) ?? 'CONFIRMED'));
  if (reading.appointment?.arrivalWindow != null) return { ok: true, value: reading };
  const window = { startDateTime: startsAt.instant, duration: durationOf(Date.parse(startsAt.instant), Date.parse(endsAt?.instant ?? '') || Date.parse(startsAt.instant) + 3_600_000) };
  return { ok: true, value: { ...reading, appointment: { ...reading.appointment, arrivalWindow: window, ...(handling === undefined ? {} : { loadingType: handling }) } as SscAppointment } };
}

/** Times that are free on that day; null: they are not told at once, and the wanted one is asked for as it is. */
async function freeTimes(api: SscApi, identifiers: Identifiers, at: string, besides: { [name: string]: Json }): Promise<Outcome<SscAppointment[] | null>> {
  // A day of whose clock is not known: the days beside it are asked for as well.
  const day = (days: number) => new Date(Date.parse(at) + days * 86_400_000).toISOString().slice(0, 10);
  const told = await api.ask('fetch-available-appointments', { identifiers: identifiers as unknown as Json, dateRestrictions: { startDate: day(-1), endDate: day(1) }, ...besides });
  if (!told.ok) return told;
  const { answer } = told.value;
  if (answer.status === 'PENDING' || hasProblem(answer, 'notSupported')) return { ok: true, value: null };
  return answer.status === 'FAILURE' ? refusalOf(answer, 'Which times are free is not told') : { ok: true, value: answer.appointments ?? [] };
}

function pick(free: readonly SscAppointment[], at: string, handling: string | undefined): Outcome<SscAppointment> {
  const timed = free.flatMap((slot) => {
    const startsAt = windowOf(slot.arrivalWindow)?.startsAt.instant;
    return startsAt === undefined ? [] : [{ slot, startsAt }];
  });
  const fit = timed.filter(({ slot }) => handling === undefined || filled(slot.loadingType) === undefined || slot.loadingType === handling);
  const wanted = fit.find(({ startsAt }) => startsAt === at);
  if (wanted !== undefined) return wanted.slot.appointmentType === 'FCFS' ? failure('invalid', 'Nothing is booked at this time: trucks are taken in the order in which they come.', '') : { ok: true, value: wanted.slot };
  const nearest = [...new Set(fit.map(({ startsAt }) => startsAt))].sort((a, b) => Math.abs(Date.parse(a) - Date.parse(at)) - Math.abs(Date.parse(b) - Date.parse(at))).slice(0, toldTimes).sort();
  return failure('invalid', clip(`This time is not free.${nearest.length === 0 ? ' No other is on that day.' : ` Free are ${nearest.join(', ')}.`}`, 500), '');
}

import { DateTime } from 'luxon';

/** DHL refuses a time that is over when it reads it. */
const earliestMinutes = 30;
const noon = 12;

/**
 * When a parcel is handed over, as DHL wants it said: `2026-03-06T12:00:00 GMT+01:00`. Noon of the day of shipping, or soon where that is over, or no day is named.
 * @param zone IANA zone of the place
 */
export function handoverTime(shipOn: string | undefined, zone: string, nowMs: number): string {
  const soon = DateTime.fromMillis(nowMs, { zone }).plus({ minutes: earliestMinutes });
  const day = DateTime.fromISO(shipOn ?? '', { zone }).set({ hour: noon });
  return statedTime(day.isValid && day > soon ? day : soon);
}

/** A local time of a day, `HH:MM`, in the zone of the place; null where it is none. */
export function localTime(day: string, time: string, zone: string): string | null {
  const at = DateTime.fromISO(`${day}T${time}`, { zone });
  return at.isValid ? statedTime(at) : null;
}

function statedTime(at: DateTime): string {
  return `${at.toFormat("yyyy-MM-dd'T'HH:mm:ss")} GMT${at.toFormat('ZZ')}`;
}

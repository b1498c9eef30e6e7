/** An instant as `2026-11-21T12:00:00.000Z`. */
export type Instant = string;

const dayMs = 86_400_000;
/** The last millisecond that a Date knows, before and after 1970. */
const furthestMs = 100_000_000 * dayMs;
const pairs = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
/** The day that was written last: messages are of few days, and writing one costs a microsecond. */
let day = Number.NaN;
let dayText = '';

/** As `toISOString` of a Date, at a third of its cost. @throws RangeError where it is no time */
export function instant(ms: number): Instant {
  if (!Number.isInteger(ms) || Math.abs(ms) > furthestMs) return new Date(ms).toISOString();
  const number = Math.floor(ms / dayMs);
  if (number !== day) {
    dayText = new Date(number * dayMs).toISOString().slice(0, -'00:00:00.000Z'.length);
    day = number;
  }
  const ofDay = ms - number * dayMs;
  const seconds = Math.floor(ofDay / 1000);
  const millis = ofDay - seconds * 1000;
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${dayText}${pairs[hours]}:${pairs[minutes - hours * 60]}:${pairs[seconds - minutes * 60]}.${millis === 0 ? '000' : String(millis).padStart(3, '0')}Z`;
}

import { Random } from '../random.js';
import { drawAppointments } from './appointments.js';
import { drawSite, type SiteSize } from './site.js';
import { hourMs, type Day } from './types.js';
import { drawVisits } from './visits.js';

export interface DayOptions extends SiteSize {
  seed: number;
  appointments: number;
  /** When it begins, on the grid of the site. */
  startMs: number;
  hours: number;
}

/** All that happens on a day at a busy site, the same for the same options. Nothing of it asks the product. */
export function drawDay(options: DayOptions): Day {
  const random = new Random(options.seed);
  const site = drawSite(options);
  const span = { startMs: options.startMs, endMs: options.startMs + options.hours * hourMs };
  const drawn = drawAppointments({ site, random, ...span, count: options.appointments });
  return { site, ...span, appointments: drawn.appointments, ...drawVisits({ site, random, ...span, ...drawn }) };
}

import { instant } from '../../../lib/clock.js';
import { uuidv7 } from '../../../lib/ids.js';
import { rankRates } from '../../../model/booking-rules.js';
import type { BookingInput, Rate } from '../../../model/commands.js';
import { choiceRequest, totalWeight } from '../../../model/freight.js';
import type { TaskContext } from '../context.js';
import { choiceBasis } from './basis.js';
import { accessTo, partnersFor, type Partner } from './partners.js';

/** Who waits for a quote waits in front of a screen: what is not there by then is missing, ms. */
const deadlineMs = 4_000;

export type QuoteRequest = Omit<BookingInput, 'service' | 'quoted' | 'quote' | 'basis'>;

export interface Quoted {
  id: string;
  /** The best first; what the rules leave out is not among them. */
  rates: Rate[];
  /** Why the first is the best, and others are not there. */
  reasons: string[];
  /** Who gave no rates, and why. */
  missing: Array<{ connection: string; reason: string }>;
}

/**
 * Asks every connection of a company that can quote, all at once, and keeps what they said with what follows from it.
 * Answers within the deadline with what is there by then.
 */
export async function requestQuote(tasks: TaskContext, company: string, request: QuoteRequest, askedBy: string): Promise<Quoted> {
  const [partners, basis] = await Promise.all([partnersFor(tasks, company, 'quote'), choiceBasis(tasks.database.kysely, company, request.to.country)]);
  const answers = await Promise.all(partners.map((partner) => ratesOf(tasks, partner, request)));
  const all = answers.flatMap((answer) => answer.rates);
  const missing = answers.flatMap((answer) => answer.missing);
  if (partners.length === 0) missing.push({ connection: '', reason: `No connection of ${company} can give rates.` });
  const { rates, reasons } = rankRates(all, choiceRequest(request), basis);
  const id = uuidv7();
  const [best] = rates;
  await tasks.database.kysely.insertInto('quote').values({
    id, company, asked_by: askedBy, names: JSON.stringify(request.references), weight_kg: totalWeight(request.packages), packages: request.packages.length, origin_country: request.from.country,
    destination_country: request.to.country, promised_at: request.promisedAt ?? null, rates: JSON.stringify(all), chosen: best === undefined ? null : JSON.stringify(best), reasons, missing: JSON.stringify(missing), created_at: instant(Date.now()),
  }).execute();
  return { id, rates, reasons, missing };
}

async function ratesOf(tasks: TaskContext, partner: Partner, request: QuoteRequest): Promise<{ rates: Rate[]; missing: Quoted['missing'] }> {
  const { id } = partner.connection;
  const none = (reason: string) => ({ rates: [], missing: [{ connection: id, reason }] });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ReturnType<typeof none>>((resolve) => {
    timer = setTimeout(() => resolve(none(`No answer within ${deadlineMs / 1000} s.`)), deadlineMs);
  });
  const asked = partner.connector.quote!.rates(accessTo(partner, tasks), request, deadlineMs).then(
    (answer) => (answer.ok ? { rates: answer.value, missing: [] } : none(answer.error.message)),
    (error: unknown) => {
      tasks.log.error({ err: error, connection: id }, 'a connector failed on a quote');
      return none('It failed on our side.');
    },
  );
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

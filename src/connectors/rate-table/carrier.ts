import { DateTime } from 'luxon';
import { uuidOfName } from '../../lib/ids.js';
import type { BookingInput } from '../../model/commands.js';
import { carrierCode } from '../../model/references.js';
import type { Access, Outcome } from '../contract.js';
import type { BookingCalls, BookingCarrier, Held, Manifest, ManifestWish, PackageToBook } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { labelFile } from '../kit/booking/files.js';
import { deliveryOf, type PackageRate } from '../kit/booking/rates.js';
import { pdfOfText } from '../kit/pdf.js';
import { bookedOf, readKept, type Booked } from './bought.js';
import { contentOf } from './label/content.js';
import { isShowable, pdfLabel } from './label/pdf.js';
import { zplLabel } from './label/zpl.js';
import { bookingOrder, tell } from './orders.js';
import { priceOf, type Price, type Priced } from './pricing.js';
import type { RateTableSettings } from './settings.js';

/** What a command knows beside its packages. */
export interface Context {
  /** When it was accepted, ms: prices are those of that day whenever it is performed. */
  atMs: number;
  /** The package of this name with the service that was chosen, once it is known. */
  ofPackage(name: string): { of: PackageToBook; service: string } | null;
}

/** A number that was drawn for a package, with what each service takes for it. */
export type Draft = Priced[];

/**
 * A price list to the kit. Numbers are drawn and remembered before anything else (`perform.ts`), and a parcel is its number: the draft is the
 * number, and what was bought is the same number. So nothing can be bought twice; what is told to the carrier is told under the number,
 * by a file of one name.
 */
export function carrierOf(context: Context): BookingCarrier<RateTableSettings, Draft, Booked> {
  return {
    name: 'The rate table',
    guard: 'look-up',
    // Nobody else is at work on it.
    settleMs: () => 0,
    lacks,
    readKept,
    open(access: Access<RateTableSettings>, timeoutMs: number): Outcome<BookingCalls<Draft, Booked>> {
      return { ok: true, value: callsOf(access, context, performance.now() + timeoutMs) };
    },
  };
}

/** ISO date by which a booking is priced, and on which it goes out. */
export function dayOf({ zone }: Pick<RateTableSettings, 'zone'>, { shipOn }: Pick<BookingInput, 'shipOn'>, { atMs }: Pick<Context, 'atMs'>): string {
  return shipOn ?? DateTime.fromMillis(atMs, { zone: zone ?? 'UTC' }).toISODate()!;
}

/** What of a booking could not begin: without numbers, by a service of somebody else. One that has begun stands whatever the tables are by now. */
export function lacksToBegin(input: BookingInput, { numbers, tariff }: RateTableSettings): { field: string; message: string } | null {
  if (numbers === undefined) return { field: 'connection', message: 'This connection has no range of parcel numbers: set numbers.' };
  if (input.service !== undefined && !isOffered(input.service, tariff)) return { field: 'service', message: `The tariff of ${tariff.carrier} has no such service. Its services: ${tariff.services.map((each) => each.code).join(', ')}.` };
  return lacks(input);
}

/** What of a booking could not be done: labels are drawn as PDF or ZPL, and a PDF shows Latin letters alone. */
export function lacks(input: BookingInput): { field: string; message: string } | null {
  const format = input.options?.labelFormat ?? 'PDF';
  if (format === 'PNG') return { field: 'options.labelFormat', message: 'This carrier’s labels are drawn as PDF or ZPL.' };
  if (format === 'ZPL') return null;
  const side = (['to', 'from'] as const).find((each) => !Object.values(input[each]).every((line) => isShowable(String(line))));
  return side === undefined ? null : { field: `${side}.name`, message: 'A label as PDF shows Latin letters alone, and this address has others: give it in Latin letters, or take labels as ZPL.' };
}

function isOffered({ carrier, code }: NonNullable<BookingInput['service']>, tariff: RateTableSettings['tariff']): boolean {
  return carrierCode(carrier) === carrierCode(tariff.carrier) && tariff.services.some((each) => each.code === code);
}

function callsOf(access: Access<RateTableSettings>, context: Context, endMs: number): BookingCalls<Draft, Booked> {
  const { settings } = access;
  const { tariff } = settings;
  const leftMs = () => Math.max(1, Math.floor(endMs - performance.now()));
  const day = ({ request }: Pick<PackageToBook, 'request'>) => dayOf(settings, request, context);
  const priced = (of: PackageToBook): Draft => tariff.services.map((service) => priceOf(settings, { request: of.request, package: of.package, isReturn: of.isReturn, on: day(of) }, service));
  const held = (number: string, of: PackageToBook, price: Price): Held<Booked> => {
    const booked = bookedOf(number, tariff.carrier, price, new Date(context.atMs).toISOString(), deliveryAt(price, of, day(of)));
    return { id: number, read: booked, raw: booked };
  };
  return {
    async draft(of, known) {
      if (known === null && !of.isQuote) return refused('invalid', 'No number was drawn for this package.');
      return { ok: true, value: { id: known ?? 'quote', read: priced(of), raw: { rateTable: 1, number: known ?? 'quote', carrier: tariff.carrier, state: 'DRAWN' } } };
    },
    rates: async (of, draft) => ({ ok: true, value: draft!.read.flatMap((each): PackageRate[] => (each.ok ? [rateOf(each.price, tariff.carrier, deliveryAt(each.price, of, day(of)))] : [])) }),
    whyNoRate: ({ read }) => read.flatMap((each) => (each.ok ? [] : [each.why])).slice(0, 5).join(' '),
    async find({ package: name, boughtId, draftId }) {
      const known = context.ofPackage(name);
      // Of a cancellation: whether the carrier was told is not known, and to tell it that a number is off does no harm.
      if (known === null) return draftId === null ? { ok: true, value: null } : { ok: true, value: cancelled(draftId, tariff.carrier, 'DRAWN') };
      const price = boughtId === null ? undefined : offered(priced(known.of), known.service);
      if (boughtId === null) return { ok: true, value: null };
      if (price !== undefined) return { ok: true, value: held(boughtId, known.of, price) };
      // The tables were changed since it was booked: it stands, and what it costs is not known any more.
      const booked: Booked = { rateTable: 1, number: boughtId, carrier: tariff.carrier, state: 'BOOKED', bookedAt: new Date(context.atMs).toISOString(), service: known.service };
      return { ok: true, value: { id: boughtId, read: booked, raw: booked } };
    },
    async buy(of, draft, { carrier, code }) {
      const price = carrier === tariff.carrier ? offered(draft!.read, code) : undefined;
      if (price === undefined) return refused('invalid', `${carrier} does not offer ${code} for this package. ${draft!.read.flatMap((each) => (each.ok ? [] : [each.why])).slice(0, 5).join(' ')}`.trim());
      const told = await tell(access, draft!.id, [bookingOrder(draft!.id, of, price, day(of))], leftMs());
      return told.ok ? { ok: true, value: held(draft!.id, of, price) } : told;
    },
    async labels({ id, read }, wanted) {
      const known = context.ofPackage(wanted.package);
      if (known === null) return refused('invalid', 'What stands on the label is not known any more.');
      const content = contentOf(known.of, { number: id, service: tariff.services.find((each) => each.code === read.service)?.label ?? known.service, on: day(known.of), carrier: tariff.name, range: settings.numbers?.kind ?? 'plain' });
      return { ok: true, value: [labelFile(wanted.format === 'ZPL' ? zplLabel(content) : pdfLabel(content), wanted)] };
    },
    async cancel(id) {
      const told = await tell(access, `${id}-cancel`, [{ order: 'CANCEL', number: id, fields: {} }], leftMs());
      return told.ok ? { ok: true, value: cancelled(id, tariff.carrier, 'CANCELLED') } : told;
    },
    manifest: (wish) => manifest(access, wish, leftMs()),
  };
}

function offered(draft: Draft, service: string): Price | undefined {
  return draft.flatMap((each) => (each.ok ? [each.price] : [])).find((price) => price.service === service);
}

function rateOf(price: Price, carrier: string, at: string | undefined): PackageRate {
  return { carrier, service: price.service, label: price.label, price: { amount: price.amount, currency: price.currency }, ...(price.days === undefined ? {} : { days: price.days }), ...(at === undefined ? {} : { deliveryAt: at }) };
}

function deliveryAt(price: Price, { request }: PackageToBook, on: string): string | undefined {
  return deliveryOf({ days: price.days, asOf: on }, request);
}

function cancelled(number: string, carrier: string, state: 'DRAWN' | 'CANCELLED'): Held<Booked> {
  const booked: Booked = { rateTable: 1, number, carrier, state };
  return { id: number, read: booked, raw: booked };
}

/** Parcels on a sheet that the driver signs, and told to the carrier. */
async function manifest(access: Access<RateTableSettings>, { input }: ManifestWish, timeoutMs: number): Promise<CarrierOutcome<Manifest>> {
  const numbers = input.parts.map((part) => part.trackingNumber);
  const id = uuidOfName(`manifest/${[...numbers].sort().join('/')}`);
  const told = await tell(access, `manifest-${id}`, numbers.map((number) => ({ order: 'MANIFEST', number, fields: {} })), timeoutMs);
  if (!told.ok) return told;
  const { tariff } = access.settings;
  const lines = [`${tariff.name}: ${numbers.length} parcels`, id, '', ...numbers.map((number, place) => `${String(place + 1).padStart(5)}  ${number}`), '', '', 'Taken over (date, name, signature): ______________________________'];
  return { ok: true, value: { id, raw: { rateTable: 1, manifest: id, numbers }, state: 'READY', sheets: async () => ({ ok: true, value: [pdfOfText(lines.join('\n'))] }) } };
}

import type { ChoiceRequest } from './booking-rules.js';
import { customsContents, incoterms, type BookingInput, type Customs, type CustomsItem, type FreightAddress, type FreightPackage, type FreightRequest } from './commands.js';

const gramsPerKilogram = 1000;

/** Kilograms of all packages together, to the gram, as decimal text. */
export function totalWeight(packages: ReadonlyArray<Pick<FreightPackage, 'weightKg'>>): string {
  const grams = packages.reduce((sum, each) => sum + Math.round(Number(each.weightKg) * gramsPerKilogram), 0);
  return String(grams / gramsPerKilogram);
}

/** What rules look at. */
export function choiceRequest({ packages, to, customer, promisedAt }: Pick<BookingInput, 'packages' | 'to' | 'customer' | 'promisedAt'>): ChoiceRequest {
  return { weightKg: totalWeight(packages), country: to.country, ...(customer === undefined ? {} : { customer }), ...(promisedAt === undefined ? {} : { promisedAt }) };
}

const mostPackages = 100;
const decimal = /^\d{1,7}(\.\d{1,6})?$/;
const heaviestKg = 30_000;
/** Of money: a desk costs ten million dong. */
const amount = /^\d{1,12}(\.\d{1,6})?$/;

/** What is wrong, and where. */
export interface Fault {
  field: string;
  message: string;
}

/** What is wrong with a request so that no carrier could take it; null where nothing is. */
export function faultOfFreight(request: Pick<FreightRequest, 'from' | 'to' | 'packages' | 'customs'>): Fault | null {
  for (const side of ['from', 'to'] as const) {
    const fault = faultOfAddress(request[side]);
    if (fault !== null) return { field: `${side}.${fault.field}`, message: fault.message };
  }
  if (request.packages.length === 0 || request.packages.length > mostPackages) return { field: 'packages', message: `A shipment has 1 to ${mostPackages} packages.` };
  if (new Set(request.packages.map((each) => each.id)).size < request.packages.length) return { field: 'packages', message: 'Two packages have the same id.' };
  for (const [index, each] of request.packages.entries()) {
    if (each.id === '' || each.id.length > 100) return { field: `packages.${index}.id`, message: 'The id of a package has 1 to 100 characters.' };
    if (!decimal.test(each.weightKg) || !(Number(each.weightKg) > 0) || Number(each.weightKg) > heaviestKg) return { field: `packages.${index}.weightKg`, message: 'The weight is kilograms as decimal text, above 0.' };
    for (const name of ['lengthCm', 'widthCm', 'heightCm'] as const) {
      const value = each[name];
      if (value !== undefined && (!decimal.test(value) || !(Number(value) > 0))) return { field: `packages.${index}.${name}`, message: 'A dimension is centimetres as decimal text, above 0.' };
    }
  }
  return request.customs === undefined ? null : faultOfCustoms(request.customs, request.packages);
}

/** What is wrong with an address so that nobody could go there; null where nothing is. */
export function faultOfAddress(address: FreightAddress): Fault | null {
  const { street, city, country } = address;
  if (street.trim() === '') return { field: 'street', message: 'The street is missing.' };
  if (city.trim() === '') return { field: 'city', message: 'The city is missing.' };
  if (!/^[A-Z]{2}$/.test(country)) return { field: 'country', message: 'The country is two capital letters (ISO 3166).' };
  const long = Object.entries(address).find(([, value]) => String(value).length > 300);
  return long === undefined ? null : { field: long[0], message: 'This is longer than 300 characters.' };
}

const mostItems = 500;

function faultOfCustoms({ contents, explanation, incoterm, items }: Customs, packages: readonly FreightPackage[]): Fault | null {
  if (!customsContents.includes(contents)) return { field: 'customs.contents', message: `The contents are one of ${customsContents.join(', ')}.` };
  if (contents === 'OTHER' && (explanation ?? '').trim() === '') return { field: 'customs.explanation', message: 'Say what it is, where the contents are OTHER.' };
  if (incoterm !== undefined && !incoterms.includes(incoterm)) return { field: 'customs.incoterm', message: `The incoterm is one of ${incoterms.join(', ')}.` };
  if (items.length === 0 || items.length > mostItems) return { field: 'customs.items', message: `A declaration has 1 to ${mostItems} items.` };
  for (const [index, item] of items.entries()) {
    const fault = faultOfItem(item, packages);
    if (fault !== null) return { field: `customs.items.${index}.${fault.field}`, message: fault.message };
  }
  return null;
}

function faultOfItem(item: CustomsItem, packages: readonly FreightPackage[]): Fault | null {
  if (item.description.trim() === '' || item.description.length > 300) return { field: 'description', message: 'The description has 1 to 300 characters.' };
  if (!Number.isInteger(item.quantity) || item.quantity < 1 || item.quantity > 1_000_000) return { field: 'quantity', message: 'The quantity is a whole number from 1.' };
  if (!amount.test(item.value.amount)) return { field: 'value.amount', message: 'The value of one is decimal text.' };
  if (!/^[A-Z]{3}$/.test(item.value.currency)) return { field: 'value.currency', message: 'The currency is three capital letters (ISO 4217).' };
  if (!decimal.test(item.weightKg) || !(Number(item.weightKg) > 0)) return { field: 'weightKg', message: 'The weight of one is kilograms as decimal text, above 0.' };
  if (item.hsCode !== undefined && !/^\d[\d.]{3,14}$/.test(item.hsCode)) return { field: 'hsCode', message: 'An HS code is 4 to 13 digits, points between them where you like.' };
  if (!/^[A-Z]{2}$/.test(item.originCountry)) return { field: 'originCountry', message: 'The country of origin is two capital letters (ISO 3166).' };
  if (item.package === undefined ? packages.length > 1 : !packages.some((each) => each.id === item.package)) return { field: 'package', message: 'Say which of the packages holds it, by its id.' };
  return null;
}

/** The customs union of the European Union, with Monaco. */
const customsUnion = new Set('AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK'.split(' '));

/** Whether it crosses a customs border. Regions that lie outside of their country's customs area (Canary Islands, Büsingen) are not told apart. */
export function crossesCustoms({ from, to }: Pick<FreightRequest, 'from' | 'to'>): boolean {
  return from.country !== to.country && !(customsUnion.has(from.country) && customsUnion.has(to.country));
}

/** What customs are told of one package; undefined where nothing is said of it. */
export function customsOf({ customs }: Pick<FreightRequest, 'customs'>, of: Pick<FreightPackage, 'id'>): Customs | undefined {
  if (customs === undefined) return undefined;
  const items = customs.items.filter((item) => item.package === undefined || item.package === of.id);
  return items.length === 0 ? undefined : { ...customs, items };
}

/** A fault where a package crosses a customs border without a word for customs; for carriers that demand one. */
export function lacksCustoms(request: Pick<FreightRequest, 'from' | 'to' | 'packages' | 'customs'>): Fault | null {
  if (!crossesCustoms(request)) return null;
  const silent = request.packages.find((each) => customsOf(request, each) === undefined);
  return silent === undefined ? null : { field: 'customs', message: `Package ${silent.id} goes from ${request.from.country} to ${request.to.country}: this carrier needs what customs are told of it (contents and items).` };
}

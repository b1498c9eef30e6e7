import { z } from 'zod';
import { webhookSecret, zone } from '../kit/settings.js';
import { structured } from '../kit/structured.js';
import { transportLack, transportSettings } from '../kit/transports/transport.js';
import { csvRows } from './csv-rows.js';
import { numbersSchema } from './numbers.js';
import { priceRow, tariffSchema, zoneRow } from './tariff.js';

export const settings = z.object({
  /** Needed where the carrier reports where parcels are. */
  webhookSecret: webhookSecret.optional(),
  zone: zone.optional(),
  tariff: structured(tariffSchema).meta({ title: 'Tariff', description: 'Carrier, services, surcharges and fuel, as JSON: {"carrier":"ACME","name":"Acme Freight","currency":"EUR","services":[{"code":"STD","label":"Standard","days":2,"cm3PerKg":5000}],"surcharges":[{"code":"SAT","label":"Saturday","amount":"8.00","when":{"saturday":true}}],"fuel":[{"percent":"12.5","from":"2026-01-01"}]}.' }),
  zones: csvRows(zoneRow).meta({ title: 'Zones', description: 'CSV with the columns zone, country and, where wanted, region, postal (80 or 80000-85999), service, fromCountry, fromPostal, days. The zone NONE is not served.' }),
  prices: csvRows(priceRow).meta({ title: 'Prices', description: 'CSV with the columns service, zone, price and, where wanted, upToKg, perKg, overKg, from, until.' }),
  numbers: structured(numbersSchema).meta({ title: 'Numbers', description: 'The range of parcel numbers that the carrier gave, as JSON: {"kind":"plain","before":"AC","digits":8,"check":"luhn","from":1,"to":99999999}, {"kind":"sscc","prefix":"34012345","from":1,"to":999999999} or {"kind":"s10","service":"RR","country":"DE","from":1,"to":99999999}. Needed for booking.' }).optional(),
  orders: z.enum(['none', 'csv', 'json']).default('none').meta({ title: 'Orders', description: 'As what the carrier is told of bookings, cancellations and manifests by the transport, a file each. Default none: who fetches them finds out.' }),
  tender: structured(z.strictObject({ connection: z.string().min(1).max(60), carrier: z.string().min(2).max(17).optional() })).meta({ title: 'Tender', description: 'Connection of x12 or edifact by which each booking goes to the carrier as a 204 or an IFTMIN, as JSON: {"connection":"acme-edi","carrier":"ACME"}; carrier: its code there (SCAC). Instead of orders, or beside them.' }).optional(),
  ...transportSettings,
});

export type RateTableSettings = z.infer<typeof settings>;

/** What the tables say of one another must fit, or a service would never have a price. */
export function settingsLack(given: RateTableSettings): string | null {
  const services = new Set(given.tariff.services.map((each) => each.code));
  const zones = new Set(given.zones.map((each) => each.zone));
  const stray = given.prices.find((row) => !services.has(row.service));
  if (stray !== undefined) return `prices: the tariff has no service ${stray.service}.`;
  const nowhere = given.prices.find((row) => !zones.has(row.zone));
  if (nowhere !== undefined) return `prices: no row of zones leads to ${nowhere.zone}.`;
  const priceless = given.tariff.services.find((each) => !given.prices.some((row) => row.service === each.code));
  if (priceless !== undefined) return `prices: the service ${priceless.code} has none.`;
  return transportLack(given, given.orders === 'none' ? null : 'orders');
}

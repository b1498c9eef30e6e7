import { z } from 'zod';
import { milestoneCodes } from '../../model/milestones.js';
import { isZone } from '../../lib/zone.js';

/** Where the value of a field stands: a column by its name in the header or its number from 1, positions of a line (from 1, both inclusive), or a value that all lines have. */
const source = z.union([
  z.string().min(1).max(200),
  z.int().min(1).max(1_000),
  z.strictObject({ from: z.int().min(1).max(10_000), to: z.int().min(1).max(10_000) }).refine(({ from, to }) => from <= to, 'from lies behind to'),
  z.strictObject({ value: z.string().min(1).max(200) }),
]);

export type Source = z.infer<typeof source>;

/** How a file is taken apart into lines and fields. */
const layout = {
  format: z.enum(['csv', 'fixed']).default('csv'),
  encoding: z.enum(['utf-8', 'iso-8859-1', 'windows-1252', 'utf-16le']).default('utf-8'),
  delimiter: z.enum([',', ';', '\t', '|']).default(','),
  /** Lines at the top that are no records, before the header. */
  skipLines: z.int().min(0).max(100).default(0),
  /** CSV: the first line names the columns. */
  header: z.boolean().default(true),
  /** CSV: a value in quotes may go over several lines. Otherwise a quote that is not closed spoils its own line alone. */
  multiline: z.boolean().default(false),
  decimal: z.enum(['.', ',']).default('.'),
  /** Forms of dates and times, tried in their order: `dd.MM.yyyy HH:mm` (https://moment.github.io/luxon/#/parsing?id=table-of-tokens). ISO 8601 is always read. A form without a year would give another time each year in which the file is read. */
  times: z.array(z.string().min(1).max(60).refine((form) => /[ykDfF]/.test(form.replace(/'[^']*'/g, '')), 'must hold the year, e.g. dd.MM.yyyy HH:mm')).max(10).default([]),
  /** IANA zone of times without one; else that of the connection. */
  zone: z.string().refine(isZone, 'must be an IANA zone, e.g. Europe/Berlin').optional(),
};

const milestones = z.strictObject({
  ...layout,
  records: z.literal('milestones'),
  fields: z.strictObject({
    reference: source, code: source, time: source,
    /** Where date and time of day stand apart: joined to `time` by a blank. */
    clock: source.optional(),
    carrier: source.optional(), reason: source.optional(), text: source.optional(), pieces: source.optional(),
    place: source.optional(), city: source.optional(), region: source.optional(), postalCode: source.optional(), country: source.optional(),
  }),
  /** What the reference is. Names are the partner's own, but tracking numbers are the carrier's. */
  reference: z.enum(['tracking', 'delivery_order', 'bill_of_lading', 'pro_number']).default('tracking'),
  /** What the partner's codes mean; others are kept as information. */
  codes: z.record(z.string().min(1).max(100), z.enum(milestoneCodes as [string, ...string[]])).default({}),
});

const inventory = z.strictObject({
  ...layout,
  records: z.literal('inventory'),
  fields: z.strictObject({
    sku: source, onHand: source, facility: source.optional(), allocated: source.optional(), available: source.optional(), unavailable: source.optional(), unit: source.optional(),
    /** When it was counted; else when the file arrived. */
    time: source.optional(), clock: source.optional(),
  }),
});

/** How the lines of a file become facts: data, edited without a new version. */
export const mappingSchema = z.discriminatedUnion('records', [milestones, inventory]).superRefine((mapping, context) => {
  for (const [name, where] of Object.entries(mapping.fields)) {
    const isPosition = typeof where === 'object' && where !== null && 'from' in where;
    const isColumn = typeof where === 'string' || typeof where === 'number';
    if (mapping.format === 'csv' && isPosition) context.addIssue({ code: 'custom', path: ['fields', name], message: 'a CSV has columns, no positions' });
    if (mapping.format === 'fixed' && isColumn) context.addIssue({ code: 'custom', path: ['fields', name], message: 'lines of fixed width have positions: {"from":1,"to":10}' });
    if (mapping.format === 'csv' && !mapping.header && typeof where === 'string') context.addIssue({ code: 'custom', path: ['fields', name], message: 'without a header a column is named by its number' });
  }
});

export type Mapping = z.infer<typeof mappingSchema>;
export type MilestoneMapping = Extract<Mapping, { records: 'milestones' }>;
export type InventoryMapping = Extract<Mapping, { records: 'inventory' }>;

import { z } from 'zod';

const identifier = z.strictObject({
  /** UNB 0004, 0010. */
  id: z.string().min(1).max(35).regex(/^[^\u0000-\u001f\u007f]+$/, 'must be characters that can be printed'),
  /** Element 0007, e.g. 14 GS1, 1 DUNS, ZZZ. */
  qualifier: z.string().max(4).default(''),
});

/** What was agreed with a trading partner, as data. */
export const profileSchema = z.strictObject({
  us: identifier,
  partner: identifier,
  /** UNB S001. */
  syntax: z.enum(['UNOA', 'UNOB', 'UNOC', 'UNOD', 'UNOE', 'UNOF', 'UNOG', 'UNOH', 'UNOI', 'UNOJ', 'UNOK', 'UNOL', 'UNOW', 'UNOY']).default('UNOC'),
  syntaxVersion: z.enum(['1', '2', '3', '4']).default('3'),
  /** Directory of the messages that we send. */
  directory: z.string().regex(/^\d{2}[AB]$/, 'must be a directory such as 96A').default('01B'),
  /** TEST: interchanges carry the test indicator, and what comes of the other kind is not read. */
  usage: z.enum(['PRODUCTION', 'TEST']).default('PRODUCTION'),
  /** UNA before the interchange. */
  advice: z.boolean().default(true),
  /** A line break after each segment. */
  lines: z.boolean().default(true),
  /** Segments that a message must have, by its type: `{"IFTSTA": ["CNI"]}`. A message without one is rejected. */
  required: z.record(z.string().regex(/^[A-Z]{6}$/), z.array(z.string().regex(/^[A-Z]{3}$/)).max(50)).default({}),
  /** Whether we send CONTRL for what comes. */
  acknowledge: z.boolean().default(false),
  /** Whether the partner sends CONTRL for what we send, and minutes until it is overdue. */
  expect: z.boolean().default(false),
  expectMinutes: z.int().min(1).max(43_200).default(1_440),
  firstNumbers: z.strictObject({ UNB: z.int().min(1).max(99_999_999).default(1), UNH: z.int().min(1).max(99_999_999).default(1) }).prefault({}),
});

export type EdifactProfile = z.infer<typeof profileSchema>;

/** The profile of a connection with what it leaves unsaid; undefined where nothing was agreed. */
export function profileOf(settings: { profile?: unknown }): EdifactProfile | undefined {
  return settings.profile === undefined ? undefined : profileSchema.parse(settings.profile);
}

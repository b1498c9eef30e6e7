import { z } from 'zod';

const identifier = z.strictObject({
  /** ISA05, ISA07: element I05, e.g. 01 DUNS, 02 SCAC, ZZ mutually defined. */
  qualifier: z.string().regex(/^[A-Z0-9]{2}$/, 'must be two characters, e.g. ZZ'),
  /** ISA06, ISA08. */
  id: z.string().min(1).max(15).regex(/^[\x20-\x7e]+$/),
  /** GS02, GS03, where they differ from the identifier. */
  group: z.string().min(2).max(15).optional(),
});

const control = z.int().min(1).max(999_999_999);
const mark = z.string().length(1).regex(/^[^A-Za-z0-9 ]$/, 'must be one character that is no letter, digit or blank');

/** What was agreed with a trading partner, as data. */
export const profileSchema = z.strictObject({
  us: identifier,
  partner: identifier,
  /** GS08, e.g. 004010. ISA12 follows from it. */
  version: z.string().regex(/^\d{6}[A-Z0-9]{0,6}$/, 'must be a release such as 004010').default('004010'),
  /** T: interchanges are tests, and what comes as one of the other kind is not read. */
  usage: z.enum(['P', 'T']).default('P'),
  separators: z.strictObject({
    element: mark.default('*'), segment: mark.or(z.literal('\n')).default('~'), component: mark.default('>'),
    /** ISA11 from release 004020 on. */
    repetition: mark.default('^'),
    /** A line break after each segment. */
    lines: z.boolean().default(true),
  }).refine((all) => new Set([all.element, all.segment, all.component, all.repetition]).size === 4, 'must be four different characters').prefault({}),
  /** Segments that a set must have, by ST01: `{"214": ["B10", "LX"]}`. A set without one is rejected, with the fault at the segment. */
  required: z.record(z.string().regex(/^\d{3}$/), z.array(z.string().regex(/^[A-Z0-9]{2,3}$/)).max(50)).default({}),
  /** What we send for what comes: TA1 where ISA14 asks for it or the envelope has faults, 997 for each group. */
  acknowledge: z.array(z.enum(['TA1', '997'])).default([]),
  /** What the partner sends for what we send, and minutes until it is overdue. */
  expect: z.array(z.enum(['TA1', '997'])).default([]),
  expectMinutes: z.int().min(1).max(43_200).default(1_440),
  /** The numbers drawn first, where another system counted before. */
  firstNumbers: z.strictObject({ ISA: control.default(1), GS: control.default(1), ST: control.default(1) }).prefault({}),
}).superRefine(({ us, partner, separators: { element, segment, component, repetition } }, context) => {
  // X12 cannot escape: in an envelope such an identifier would end the element, and nobody would know the sender.
  for (const [who, ids] of Object.entries({ us, partner })) {
    for (const name of ['id', 'group'] as const) {
      const mark = [element, segment, component, repetition].find((each) => ids[name]?.includes(each));
      if (mark !== undefined) context.addIssue({ code: 'custom', path: [who, name], message: `holds ${mark}, which is a separator: take another separator` });
    }
  }
});

export type X12Profile = z.infer<typeof profileSchema>;

/** The profile of a connection with what it leaves unsaid; undefined where nothing was agreed. */
export function profileOf(settings: { profile?: unknown }): X12Profile | undefined {
  return settings.profile === undefined ? undefined : profileSchema.parse(settings.profile);
}

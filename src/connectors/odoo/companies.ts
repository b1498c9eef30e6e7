import { z } from 'zod';

const pair = /^\s*(\d+)\s*=\s*([A-Za-z0-9._-]{1,60})\s*$/;

/** Companies of one Odoo database by its ids, as text: `1=main, 2=belgium`. */
export const companies = z.string().max(2000)
  .refine((text) => text.split(',').every((part) => pair.test(part)), 'must name companies by their ids in Odoo, e.g. 1=main, 2=belgium')
  .meta({ title: 'Companies', description: 'Which company of Gatehouse each company of the Odoo database is, e.g. 1=main, 2=belgium. One that is not named is that of the connection.' });

/** Company codes by Odoo's ids. */
export function companyCodes(text: string | undefined): ReadonlyMap<string, string> {
  const pairs = (text ?? '').split(',').map((part) => pair.exec(part)).filter((match) => match !== null);
  return new Map(pairs.map((match) => [match[1]!, match[2]!]));
}

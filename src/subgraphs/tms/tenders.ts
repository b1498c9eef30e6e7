import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import type { Tender } from './types.js';

export interface LoadName {
  company: string;
  nameKey: string;
}

const keyText = ({ company, nameKey }: LoadName) => `${company} ${nameKey}`;

/** Tender and answer of a load by its number, the latest of each. */
export function tenderLoader(db: Reader['db']): DataLoader<LoadName, Tender | null, string> {
  return new DataLoader<LoadName, Tender | null, string>(async (keys) => {
    const rows = await db.selectFrom('tender').select(['company', 'load_key', 'role', 'state', 'carrier', 'reason', 'at']).where('load_key', '=', sql<string>`any(${keys.map((key) => key.nameKey)}::text[])`).where('deleted', '=', false).orderBy('at', 'desc').orderBy('tender.id').execute();
    return keys.map((key) => {
      const own = rows.filter((row) => row.company === key.company && row.load_key === key.nameKey);
      const [tender, answer] = ['TENDER', 'ANSWER'].map((role) => own.find((row) => row.role === role));
      if (tender === undefined && answer === undefined) return null;
      return {
        state: tender?.state ?? null, carrier: tender?.carrier ?? null, tenderedAt: tender?.at ?? null,
        answer: answer === undefined ? null : { state: answer.state, carrier: answer.carrier, reason: answer.reason, answeredAt: answer.at },
      };
    });
  }, { cacheKeyFn: keyText });
}

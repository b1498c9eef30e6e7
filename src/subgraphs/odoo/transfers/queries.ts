import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import type { FieldsRead } from '../../../lib/fields-read.js';
import { cursorPatterns, decodeCursor, textPattern } from '../../shared/pages.js';
import { transferFields, type TransferRow } from './rows.js';
import type { TransferFilter } from './types.js';

/** Of rows that the caller says. */
export function selectTransfers(db: Reader['db'], fields: FieldsRead) {
  return db.selectFrom('transfer').select(transferFields.of(fields).names as never).$castTo<TransferRow>();
}

/** By reference, last first; one row more than `first` where there is a next page. `after` is a cursor of reference and id. */
export function transfersQuery({ db }: Reader, first: number, after: string | null | undefined, filter: TransferFilter, fields?: FieldsRead) {
  let query = selectTransfers(db, fields).where('deleted', '=', false).orderBy('reference', 'desc').orderBy('transfer.id', 'desc').limit(first + 1);
  if (after != null) {
    const [reference, id] = decodeCursor(after, [textPattern, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(reference, transfer.id) < (${reference}, ${id}::uuid)`);
  }
  if (filter.direction != null) query = query.where('direction', 'in', filter.direction.length > 0 ? filter.direction : ['']);
  if (filter.state != null) query = query.where('state', 'in', filter.state.length > 0 ? filter.state : ['']);
  if (filter.reference != null) query = query.where('reference', '=', filter.reference.trim());
  return query;
}

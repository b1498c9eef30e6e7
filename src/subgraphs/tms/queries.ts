import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import type { FieldsRead } from '../../lib/fields-read.js';
import { carrierCode, normalizeReferenceValue } from '../../model/references.js';
import { cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../shared/pages.js';
import { loadFields, loadOf, type LoadRow } from './rows.js';
import type { Load, LoadFilter } from './types.js';

/** Loads of which no time is known come last. */
const noStart = '-infinity';
const startPattern = { test: (text: string) => text === noStart || cursorPatterns.instant.test(text) };
const start = sql<string>`case when load.starts_at is null then '-infinity'::timestamptz else load.starts_at end`;

/** The load of this name, of several the one stated last. */
export async function loadByReference(reader: Reader, reference: string, fields?: FieldsRead): Promise<Load | null> {
  const row = await selectLoads(reader, fields).where('name_key', '=', normalizeReferenceValue(reference)).where('deleted', '=', false).orderBy('updated_at', 'desc').orderBy('load.id').executeTakeFirst();
  return row === undefined ? null : loadOf(row);
}

/** Those that start last first. */
export async function loadPage(reader: Reader, first: number, after: string | null | undefined, filter: LoadFilter, fields?: FieldsRead): Promise<Page<Load>> {
  const rows = await loadsQuery(reader, first, after, filter, fields).execute();
  return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.starts_at ?? noStart, row.id), node: loadOf });
}

/** The rows of `loadPage`, and one more where there is a next page. */
export function loadsQuery(reader: Reader, first: number, after: string | null | undefined, filter: LoadFilter, fields?: FieldsRead) {
  let query = selectLoads(reader, fields).select('load.starts_at').where('deleted', '=', false).orderBy(start, 'desc').orderBy('load.id', 'desc').limit(first + 1);
  if (filter.state != null) query = query.where('state', 'in', filter.state.length > 0 ? filter.state : ['']);
  if (filter.carrier != null) query = query.where('carrier', '=', carrierCode(filter.carrier));
  if (after != null) {
    const [startsAt, id] = decodeCursor(after, [startPattern, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(${start}, load.id) < (${startsAt}::timestamptz, ${id}::uuid)`);
  }
  return query;
}

function selectLoads({ db }: Reader, fields: FieldsRead) {
  return db.selectFrom('load').select(loadFields.of(fields).names as never).$castTo<LoadRow>();
}

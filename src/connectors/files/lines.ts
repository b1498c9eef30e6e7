import { CsvError, parse } from 'csv-parse/sync';
import { UnreadableMessage } from '../contract.js';
import { storableText } from '../kit/json.js';
import type { Mapping, Source } from './mapping.js';

/** Lines of a file at most: what they give is stored in one transaction. */
const maxLines = 50_000;
const maxColumns = 1_000;
const maxLineLength = 100_000;
const quote = '"';

/** One record of a file. */
export interface Line {
  /** Counted from 1, as an editor shows it. */
  number: number;
  /** Text of a field, without blanks around it; undefined where nothing stands there. */
  get(where: Source | undefined): string | undefined;
}

/** A line that could not be taken apart. */
export interface BadLine {
  number: number;
  reason: string;
}

export interface Taken {
  lines: Line[];
  bad: BadLine[];
}

/**
 * Takes a file apart. A line at fault is told and its neighbours live.
 * @throws UnreadableMessage where it is no text of that encoding, has no lines, too many, or lacks a column that is read
 */
export function takeApart(body: Uint8Array, mapping: Mapping): Taken {
  const text = decodeText(body, mapping.encoding);
  // No more than tells that there are too many.
  const rows = text.split(/\r\n|\n|\r/, maxLines + 2);
  if (rows.at(-1) === '') rows.pop();
  if (rows.length === 0) throw new UnreadableMessage('The file is empty.');
  if (rows.length > maxLines) throw new UnreadableMessage(`The file has more than ${maxLines} lines, the most that are read at a time. Nothing of it was taken: send it in parts.`);
  return mapping.format === 'fixed' ? fixedLines(rows, mapping) : csvLines(rows, mapping);
}

/** What Windows-1252 has at 0x80 to 0x9F, where ISO-8859-1 has control characters (https://encoding.spec.whatwg.org/index-windows-1252.txt). TextDecoder of Node 24 reads it as ISO-8859-1. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function decodeText(body: Uint8Array, encoding: Mapping['encoding']): string {
  if (body.byteLength === 0) throw new UnreadableMessage('The file is empty.');
  const marked = body[0] === 0xff && body[1] === 0xfe ? 'utf-16le' : body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 'utf-8' : encoding;
  const latin1 = () => storableText(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'));
  if (marked === 'iso-8859-1') return latin1();
  if (marked === 'windows-1252') return latin1().replace(/[\u0080-\u009f]/g, (character) => windows1252[character.charCodeAt(0) - 0x80]!);
  try {
    return storableText(new TextDecoder(marked, { fatal: true }).decode(body));
  } catch {
    throw new UnreadableMessage(`The file is no text in ${marked}. Set "encoding" in the mapping to the one in which it is written: utf-8, iso-8859-1, windows-1252 or utf-16le.`);
  }
}

function fixedLines(rows: readonly string[], { skipLines }: Mapping): Taken {
  const lines: Line[] = [];
  const bad: BadLine[] = [];
  rows.forEach((row, index) => {
    if (index < skipLines || row.trim() === '') return;
    const number = index + 1;
    if (row.length > maxLineLength) bad.push({ number, reason: `is longer than ${maxLineLength} characters` });
    else lines.push({ number, get: (where) => (where !== undefined && typeof where === 'object' && 'from' in where ? filled(row.slice(where.from - 1, where.to)) : constant(where)) });
  });
  return { lines, bad };
}

function csvLines(rows: readonly string[], mapping: Mapping): Taken {
  const { records, bad } = mapping.multiline ? wholeRecords(rows, mapping) : lineRecords(rows, mapping);
  const header = mapping.header ? records.shift() : undefined;
  const columns = columnsOf(header?.fields ?? [], mapping);
  const lines: Line[] = [];
  for (const { number, fields } of records) {
    // Behind a separator that is not quoted every value stands one column too far, and nobody can tell from where on. Empty ones at the end are none.
    if (header !== undefined && fields.slice(header.fields.length).some((field) => field.trim() !== '')) {
      bad.push({ number, reason: `has ${fields.length} columns, and the header ${header.fields.length}` });
      continue;
    }
    lines.push({
      number,
      get(where) {
        const column = typeof where === 'number' ? where - 1 : typeof where === 'string' ? columns.get(where) : undefined;
        return column === undefined ? constant(where) : filled(fields[column]);
      },
    });
  }
  return { lines, bad };
}

interface Record {
  number: number;
  fields: string[];
}

function lineRecords(rows: readonly string[], mapping: Mapping): { records: Record[]; bad: BadLine[] } {
  const records: Record[] = [];
  const bad: BadLine[] = [];
  const taken = quotedFields(rows.filter((row, index) => index >= mapping.skipLines && row.includes(quote) && row.length <= maxLineLength), mapping);
  rows.forEach((row, index) => {
    if (index < mapping.skipLines || row.trim() === '') return;
    const number = index + 1;
    const fields = row.length > maxLineLength ? `is longer than ${maxLineLength} characters` : boundColumns(row.includes(quote) ? taken.next().value! : row.split(mapping.delimiter));
    if (typeof fields !== 'string') return void records.push({ number, fields });
    if (mapping.header && records.length === 0) throw new UnreadableMessage(`The header (line ${number}) ${fields}.`);
    bad.push({ number, reason: fields });
  });
  return { records, bad };
}

/** Lines with quotes that are parsed in one go: one by one, each costs more than twenty of them do together. */
const parsedTogether = 200;

/** Fields of each of these lines, or why they cannot be read, as words. Where a quote goes over the end of its line, each of its neighbours is parsed by itself. */
function* quotedFields(rows: readonly string[], { delimiter }: Mapping): Generator<string[] | string, undefined> {
  const parsed = (text: string) => parse(text, { delimiter, quote, record_delimiter: '\n', relax_column_count: true }) as string[][];
  for (let from = 0; from < rows.length; from += parsedTogether) {
    const some = rows.slice(from, from + parsedTogether);
    const together = parsedOrNull(() => parsed(some.join('\n')));
    // As many records as lines: none goes over the end of its own.
    if (together?.length === some.length) yield* together;
    else yield* some.map((row) => parsedOrNull(() => parsed(row))?.[0] ?? 'has a quote that is not closed, or text behind one that is');
  }
}

function parsedOrNull(parsing: () => string[][]): string[][] | null {
  try {
    return parsing();
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}

function boundColumns(fields: string[] | string): string[] | string {
  return typeof fields !== 'string' && fields.length > maxColumns ? `has more than ${maxColumns} columns` : fields;
}

function wholeRecords(rows: readonly string[], { skipLines, delimiter }: Mapping): { records: Record[]; bad: BadLine[] } {
  const bad: BadLine[] = [];
  const records: Record[] = [];
  const skipped = (error: unknown) => void bad.push({ number: skipLines + ((error as { lines?: number } | undefined)?.lines ?? 1), reason: 'has a quote that is not closed, or text behind one that is' });
  const parsed = parse(rows.slice(skipLines).join('\n'), { delimiter, quote, relax_column_count: true, skip_empty_lines: true, skip_records_with_error: true, info: true, max_record_size: maxLineLength, on_skip: skipped }) as unknown as Array<{ record: string[]; info: { lines: number } }>;
  for (const { record, info } of parsed) {
    const fields = boundColumns(record);
    if (typeof fields === 'string') bad.push({ number: skipLines + info.lines, reason: fields });
    else records.push({ number: skipLines + info.lines, fields });
  }
  return { records, bad };
}

/** Place of each column that the mapping names. */
function columnsOf(header: readonly string[], { fields, header: isNamed }: Mapping): Map<string, number> {
  const places = new Map<string, number>();
  if (!isNamed) return places;
  const names = header.map((name) => name.trim());
  for (const where of Object.values(fields)) {
    if (typeof where !== 'string') continue;
    const at = names.indexOf(where);
    if (at === -1) throw new UnreadableMessage(`The header has no column "${where}". It has: ${names.slice(0, 40).map((name) => name.slice(0, 60)).join(', ').slice(0, 500)}.`);
    if (names.indexOf(where, at + 1) !== -1) throw new UnreadableMessage(`The header has two columns "${where}". Name it by its number.`);
    places.set(where, at);
  }
  return places;
}

function constant(where: Source | undefined): string | undefined {
  return typeof where === 'object' && 'value' in where ? where.value : undefined;
}

function filled(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === '' ? undefined : trimmed;
}

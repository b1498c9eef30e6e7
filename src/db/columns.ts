import type { ColumnType, Generated } from 'kysely';
import type { Json } from '../lib/json.js';

/** Times come as ISO text in UTC with milliseconds; bigint as number; bytea as bytes. */
export type Time = string;
/** Written as JSON text, read as a value. */
export type JsonColumn<T = Json> = ColumnType<T, string, string>;

export interface RecordColumns { id: string; subject: string; company: string; connection: string; version: number; deleted: Generated<boolean>; updated_at: Time }

import { uuidOfName } from '../lib/ids.js';
import type { RecordKind } from './facts.js';

/** Subject of the events of a record that an outside system owns; its id follows from it. */
export function recordSubject(kind: RecordKind, connection: string, id: string): string {
  return `${kind}:${connection}:${id}`;
}

export function recordId(kind: RecordKind, connection: string, id: string): string {
  return uuidOfName(recordSubject(kind, connection, id));
}

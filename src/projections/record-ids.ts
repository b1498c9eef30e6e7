import type { LogEvent } from '../events/event.js';
import { uuidOfName } from '../lib/ids.js';

export { recordId, recordSubject } from '../model/record-ids.js';

/** Ids of the records of this kind that events speak of. */
export function recordsOf(events: readonly LogEvent[], kind: string): string[] {
  const subjects = events.filter((event) => event.type === `${kind}.reported` || (event.type === 'record.deleted' && event.subject.startsWith(`${kind}:`))).map((event) => event.subject);
  return [...new Set(subjects)].map(uuidOfName);
}

import type { NewEvent } from '../../src/events/event.js';
import { uuidv7 } from '../../src/lib/ids.js';

/** A fact as `append` takes it; every part may be given. */
export function fact(parts: Partial<NewEvent> = {}): NewEvent {
  const recordedAt = new Date().toISOString();
  return {
    id: uuidv7(), type: 'milestone.reported', version: 1, subject: 'tracking:UPS:1', company: 'main', connection: 'parcels', factKey: uuidv7(), contentHash: 'h',
    occurredAt: recordedAt, recordedAt, correlationId: uuidv7(), causationId: null, payload: { data: {} }, ...parts,
  };
}

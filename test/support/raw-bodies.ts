import { bodyPurpose, type BodySealer } from '../../src/events/inbox.js';

/** The text of a raw message as it stands in the inbox. */
export function bodyText(bodies: BodySealer, row: { id: string; body: Uint8Array | null }): string {
  return Buffer.from(bodies.openBytes(row.body!, bodyPurpose(row.id))).toString('utf8');
}

import type { RawMessage } from '../../src/connectors/contract.js';
import type { Fact, MilestoneFact } from '../../src/model/facts.js';

/** A raw message as the inbox hands it to a decoder. */
export function raw(body: string | Uint8Array, more: Partial<RawMessage> = {}): RawMessage {
  return { headers: {}, body: typeof body === 'string' ? Buffer.from(body) : body, receivedAt: '2026-03-06T14:30:00.000Z', connection: 'conn-1', zone: 'Europe/Berlin', ...more };
}

export function milestones(facts: readonly Fact[]): MilestoneFact[] {
  return facts.filter((fact) => fact.type === 'milestone.reported');
}

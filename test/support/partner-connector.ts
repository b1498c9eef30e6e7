import { z } from 'zod';
import type { CommandMemory, Connector, Outcome, OutboundCommand, Performed, PollPage } from '../../src/connectors/contract.js';
import { connectors } from '../../src/connectors/registry.js';
import type { Json } from '../../src/lib/json.js';
import type { Services } from '../../src/main.js';

/** What a simulated partner does with a command. */
export type Behaviour = (command: OutboundCommand, memory: CommandMemory, connection: string) => Promise<Outcome<Performed>>;

export const done: Outcome<Performed> = { ok: true, value: { state: 'DONE', result: {}, answers: [], files: [] } };

export function refusal(kind: 'auth' | 'rate_limited' | 'invalid' | 'unavailable' | 'unparseable', message = 'no', retryAfter?: number): Outcome<Performed> {
  return { ok: false, error: { kind, message, raw: `raw: ${message}`, ...(retryAfter === undefined ? {} : { retryAfter }) } };
}

/** A connector whose commands do what the test says; what it receives says nothing. */
export function partnerConnector(id: string, behaviour: Behaviour): Connector {
  return {
    id, label: 'A partner of the tests', capabilities: ['book', 'cancel', 'write'], authentication: 'none', documentation: 'https://example.com/', settings: z.looseObject({}),
    receive: { contentTypes: ['application/json'], verify: () => ({ ok: false, reason: 'missing' }), deliveryId: () => null, decode: () => ({ facts: [], anomalies: [] }) },
    perform: { commands: ['shipment.book', 'booking.cancel', 'odoo.apply'], perform: ({ connection }, command, memory) => behaviour(command as OutboundCommand, memory, connection) },
  };
}

/** Makes a connection at such a partner. */
export async function addPartner(services: Services, id: string, behaviour: Behaviour): Promise<void> {
  (connectors as Map<string, Connector>).set(`test-${id}`, partnerConnector(`test-${id}`, behaviour));
  await services.connections.add({ id, connector: `test-${id}`, company: 'main', settings: {}, secrets: {} });
}

/** What a simulated source gives for a cursor. */
export type Read = (cursor: Json | null) => Promise<Outcome<PollPage>>;

/** Makes a connection at a source that is looked at every `every` seconds of its settings, or only when asked. */
export async function addSource(services: Services, id: string, read: Read, settings: Record<string, Json> = {}): Promise<void> {
  (connectors as Map<string, Connector>).set(`test-${id}`, {
    ...partnerConnector(`test-${id}`, async () => done), capabilities: ['receive.poll'],
    poll: { everySeconds: ({ every }) => (typeof every === 'number' ? every : null), read: (_access, cursor) => read(cursor) },
  });
  await services.connections.add({ id, connector: `test-${id}`, company: 'main', settings, secrets: {} });
}

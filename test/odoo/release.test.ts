import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeBatch } from '../../src/connectors/odoo/webhook.js';
import { envelope } from '../../src/connectors/odoo/payloads.js';

const body = readFileSync(new URL('../fixtures/odoo/release.json', import.meta.url));
const decode = (bytes: Uint8Array) => decodeBatch({ body: bytes, headers: {}, receivedAt: '2026-03-02T09:15:00.000Z', connection: 'erp', zone: 'UTC' });

describe('the release of deliveries to transport, as the addon tells it', () => {
  it('is part of the contract: ready, blocked with reasons, or null where no check is made', () => {
    const parsed = envelope.parse(JSON.parse(body.toString()));
    const releases = parsed.events.map((event) => (event as { record: { release: { ready: boolean; blocked: Array<{ check: string }> } | null } }).record.release);
    expect(releases.map((release) => release && [release.ready, release.blocked.map((block) => block.check)])).toEqual([[false, ['address', 'weight', 'credit']], [true, []], null]);
  });

  it('with a reason that is no text is refused, and costs no other event of the batch', () => {
    const broken = JSON.parse(body.toString()) as { events: Array<{ record: { release: unknown } }> };
    broken.events[0]!.record.release = { ready: false, blocked: [{ check: 'address', reason: 7 }] };
    const decoded = decode(Buffer.from(JSON.stringify(broken)));
    expect(decoded.anomalies.map((anomaly) => anomaly.kind)).toEqual(['EVENT_INVALID']);
    expect(decoded.facts.map((fact) => 'key' in fact && fact.key.id)).toEqual(['902', '903']);
  });

  it('reads as a delivery like any other', () => {
    const decoded = decode(body);
    expect(decoded.anomalies).toEqual([]);
    expect(decoded.facts.map((fact) => fact.type)).toEqual(['transfer.reported', 'transfer.reported', 'transfer.reported']);
  });
});

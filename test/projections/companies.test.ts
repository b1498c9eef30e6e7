import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { readerFor } from '../../src/auth/reader.js';
import { describeOnEachDatabase } from '../support/databases.js';
import type { Message } from './journey-messages.js';
import { openPipeline, type Pipeline } from './pipeline.js';

function delivery(id: number, company: number | null, numbers: string, version = 1): Message {
  const record = { name: `WH/OUT/${id}`, state: 'done', picking_type_code: 'outgoing', carrier_tracking_ref: numbers, lines: [] };
  const event = {
    id: `d${id}-${version}`, topic: 'delivery', action: 'updated', model: 'stock.picking', recordId: id, version, occurredAt: '2026-03-01T12:00:00Z', record,
    ...(company === null ? {} : { company: { id: company, name: `Company ${company}` } }),
  };
  return { connection: 'erp', body: JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-03-01T12:00:00Z', events: [event] }) };
}

const late = (number: string): Message => ({
  connection: 'parcels',
  body: JSON.stringify({
    object: 'Event', description: 'tracker.updated', updated_at: '2026-03-02T09:00:00Z',
    result: { tracking_code: number, carrier: 'UPS', status: 'in_transit', updated_at: '2026-03-02T09:00:00Z', tracking_details: [{ status: 'in_transit', status_detail: 'delayed', datetime: '2026-03-02T08:00:00Z' }] },
  }),
});

describeOnEachDatabase('two companies in one database of Odoo', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await openPipeline(kind, {}, { erp: { companies: '1=main, 2=belgium' } });
    // The carrier speaks first: its reports belong to nobody in particular until a delivery claims them.
    for (const message of [late('N1'), late('N2'), late('N3'), delivery(1, 1, 'N1'), delivery(2, 2, 'N2'), delivery(3, 3, 'N3'), delivery(4, null, '')]) {
      for (const [connection, ids] of await pipeline.receive([message])) await pipeline.decode(connection, ids);
      await pipeline.settle();
    }
  });
  afterAll(() => pipeline?.remove());

  async function seenBy(companies: string[]): Promise<{ shipments: string[]; exceptions: number; milestones: number }> {
    const { db } = readerFor(pipeline.services.database.kysely, principalOf({ subject: 's', expiresMs: Date.now() + 3_600_000, demonstration: false, parties: [], carriers: [], role: 'operator', companies }));
    const shipments = await db.selectFrom('shipment').select('reference').where('merged_into', 'is', null).orderBy('reference').execute();
    const exceptions = await db.selectFrom('exception').select('id').where('state', '<>', 'RESOLVED').execute();
    const milestones = await db.selectFrom('milestone').select('milestone.id').where('active', '=', true).execute();
    return { shipments: shipments.map((row) => row.reference!), exceptions: exceptions.length, milestones: milestones.length };
  }

  it('see each its own deliveries, scans and exceptions', async () => {
    expect(await seenBy(['belgium'])).toEqual({ shipments: ['WH/OUT/2'], exceptions: 1, milestones: 1 });
  });

  it('see what a carrier reported first once a delivery of theirs names it, and the others no longer', async () => {
    const merged = [delivery(5, 2, ''), late('N5'), delivery(5, 2, 'N5', 2)];
    for (const message of merged) {
      for (const [connection, ids] of await pipeline.receive([message])) await pipeline.decode(connection, ids);
      await pipeline.settle();
    }
    expect(await seenBy(['belgium'])).toEqual({ shipments: ['WH/OUT/2', 'WH/OUT/5'], exceptions: 2, milestones: 2 });
    expect(await seenBy(['main'])).toMatchObject({ exceptions: 2, milestones: 2 });
  });

  it('leave to the company of the connection what names no company, or one without a name in its settings', async () => {
    expect(await seenBy(['main'])).toEqual({ shipments: ['WH/OUT/1', 'WH/OUT/3', 'WH/OUT/4'], exceptions: 2, milestones: 2 });
  });
});

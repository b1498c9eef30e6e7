import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../support/databases.js';
import type { Message } from './journey-messages.js';
import { openPipeline, type Pipeline } from './pipeline.js';

function update(status: string, statedAt: string, scans: object[]): Message {
  return { connection: 'parcels', body: JSON.stringify({ object: 'Event', description: 'tracker.updated', updated_at: statedAt, result: { tracking_code: 'N1', carrier: 'UPS', status, updated_at: statedAt, tracking_details: scans } }) };
}

const delayed = update('in_transit', '2026-03-02T12:00:00Z', [{ status: 'in_transit', status_detail: 'delayed', datetime: '2026-03-02T08:00:00Z' }]);
const damaged = update('in_transit', '2026-03-02T12:30:00Z', [{ status: 'in_transit', status_detail: 'damaged', datetime: '2026-03-02T09:00:00Z' }]);
const delivered = update('delivered', '2026-03-02T13:00:00Z', [{ status: 'delivered', datetime: '2026-03-02T10:00:00Z' }]);

describeOnEachDatabase('what a carrier reports as trouble', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  beforeEach(() => pipeline.reset());
  afterAll(() => pipeline?.remove());

  async function states(messages: readonly Message[]): Promise<string[]> {
    for (const message of messages) {
      const fresh = await pipeline.receive([message]);
      for (const [connection, ids] of fresh) await pipeline.decode(connection, ids);
      await pipeline.settle();
    }
    const rows = await pipeline.services.database.kysely.selectFrom('exception').select(['title', 'state']).where('kind', '=', 'MILESTONE').where('state', '<>', 'RESOLVED').orderBy('title').execute();
    return rows.map((row) => `${row.title} ${row.state}`);
  }

  const orders = [[delayed, damaged, delivered], [delivered, damaged, delayed], [delayed, delivered, damaged], [damaged, delivered, delayed]];
  for (const [index, messages] of orders.entries()) {
    it(`ends with the delivery, whether it is learned before or after it, and harm to the goods outlives it (order ${index + 1})`, async () => {
      expect(await states(messages)).toEqual(['DAMAGED OPEN']);
    });
  }
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { pollProofs } from '../../src/jobs/tasks/bookings/poll.js';
import { instant } from '../../src/lib/clock.js';
import { uuidv7 } from '../../src/lib/ids.js';
import type { Services } from '../../src/main.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';

const hourMs = 3600_000;

describeOnEachDatabase('the proof of a delivery', (kind) => {
  let services: Services & { remove(): Promise<void> };
  beforeAll(async () => {
    services = await testServices(kind);
    const secrets = { webhookSecret: 'whsec_test', apiKey: 'the-key', apiSecret: 'the-secret' };
    await services.connections.add({ id: 'fx', connector: 'fedex', company: 'main', settings: {}, secrets });
    await services.connections.add({ id: 'parcel', connector: 'easypost', company: 'main', settings: {}, secrets: { webhookSecret: 'whsec_test', apiKey: 'EZTK0123456789' } });
  });
  afterAll(() => services?.remove());

  async function delivered(connection: string, hoursAgo: number, of: { status?: string; hasProof?: boolean } = {}): Promise<string> {
    const { kysely } = services.database;
    const [id, shipmentId, number] = [uuidv7(), uuidv7(), `7948${Math.floor(Math.random() * 1e8)}`];
    const at = instant(Date.now() - hoursAgo * hourMs);
    const common = { subject: `booking:${connection}:${id}`, company: 'main', connection, version: 1, updated_at: at, names: JSON.stringify([{ kind: 'tracking', issuer: 'FEDEX', value: number }]) };
    await kysely.insertInto('shipment').values({ id: shipmentId, company: 'main', status: of.status ?? 'DELIVERED', provisional: false, delivered_at: at, created_at: at, updated_at: at } as never).execute();
    await kysely.insertInto('booking').values({ id, ...common, command_id: null, state: 'BOOKED', raw_state: 'bought', carrier: 'FEDEX', service: 'GROUND', is_return: false, price: null, quoted: null, quote_id: null, reasons: [], packages: '[]', delivery_at: null }).execute();
    await kysely.insertInto('booking_shipment').values({ booking_id: id, shipment_id: shipmentId, company: 'main' }).execute();
    if (of.hasProof === true) {
      const document = uuidv7();
      await kysely.insertInto('document').values({ id: document, ...common, subject: `document:${document}`, kind: 'POD', format: 'PDF', booking_id: null, package: null, sha256: '0', bytes: 1 }).execute();
      await kysely.insertInto('document_shipment').values({ document_id: document, shipment_id: shipmentId, company: 'main' }).execute();
    }
    return shipmentId;
  }

  it('is asked for where a carrier gives it and it is not there, once a day, for some days', async () => {
    const wanted = await delivered('fx', 5);
    await delivered('fx', 5, { hasProof: true });
    await delivered('fx', 5, { status: 'IN_TRANSIT' });
    await delivered('fx', 1);
    await delivered('fx', 24 * 9);
    await delivered('parcel', 5);
    expect(await pollProofs(services.tasks)).toBe(1);
    expect(await pollProofs(services.tasks)).toBe(0);
    const commands = await services.database.kysely.selectFrom('command').select(['kind', 'connection', 'lane', 'shipment_id']).execute();
    expect(commands).toEqual([{ kind: 'tracking.poll', connection: 'fx', lane: 'REPORT', shipment_id: wanted }]);
    expect(await pollProofs(services.tasks, Date.now() + 24 * hourMs)).toBe(2);
  });
});

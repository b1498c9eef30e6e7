import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { changeException } from '../../src/projections/change-exception.js';
import { uuidOfName, uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase } from '../support/databases.js';
import type { Message } from './journey-messages.js';
import { openPipeline, type Pipeline } from './pipeline.js';

const customer = (id: number) => ({ id, name: `Customer ${id}`, commercial_partner_id: { id, name: `Customer ${id}` } });

function delivery(id: number, version: number, numbers: string | null, release: object | null = null, type = 'outgoing'): Message {
  const record = { release, name: `WH/OUT/${id}`, state: 'done', picking_type_code: type, partner_id: customer(id), carrier_tracking_ref: numbers, lines: [] };
  const event = { id: `d${id}-${version}`, topic: 'delivery', action: numbers === null ? 'deleted' : 'updated', model: 'stock.picking', recordId: id, version, occurredAt: `2026-03-01T12:0${version}:00Z`, ...(numbers === null ? {} : { record }) };
  return { connection: 'erp', body: JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-03-01T12:00:00Z', events: [event] }) };
}

interface Scan { carrier_code?: string; status: string; status_detail?: string; message?: string; datetime: string }

function tracked(number: string, hour: number, ...scans: Scan[]): Message {
  const at = `2026-03-02T${String(hour).padStart(2, '0')}:00:00Z`;
  return { connection: 'parcels', body: JSON.stringify({ object: 'Event', description: 'tracker.updated', updated_at: at, result: { id: `trk_${number}`, tracking_code: number, carrier: 'UPS', status: 'in_transit', updated_at: at, tracking_details: scans } }) };
}

const pickedUp: Scan = { status: 'in_transit', datetime: '2026-03-02T08:00:00Z' };

describeOnEachDatabase('what is corrected later', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  beforeEach(() => pipeline.reset());
  afterAll(() => pipeline?.remove());

  async function told(...messages: Message[]): Promise<void> {
    for (const message of messages) {
      const fresh = await pipeline.receive([message]);
      for (const [connection, ids] of fresh) await pipeline.decode(connection, ids);
      await pipeline.settle();
    }
  }

  /** Living shipments by name, with their scans, who of the customers sees them, and the kinds of what is open. */
  async function shipments(): Promise<Record<string, { scans: number; numbers: string[]; customers: number[]; open: string[] }>> {
    const { rows } = await sql<{ reference: string; scans: number; numbers: string[]; keys: string[] | null; open: string[] | null }>`
      select s.reference, s.tracking_numbers as numbers, (select count(*)::integer from milestone m where m.shipment_id = s.id and m.active) as scans,
        (select array_agg(a.key) from record_access a where a.record_id = s.id and a.key like 'party:%') as keys,
        (select array_agg(x.kind order by x.kind) from exception x where x.shipment_id = s.id and x.state <> 'RESOLVED') as open
      from shipment s where s.merged_into is null`.execute(pipeline.services.database.kysely);
    const customersOf = (keys: string[] | null) => [1, 2].filter((id) => keys?.includes(`party:${uuidOfName(`party:erp:${id}`)}`));
    return Object.fromEntries(rows.map((row) => [row.reference, { scans: row.scans, numbers: row.numbers, customers: customersOf(row.keys), open: row.open ?? [] }]));
  }

  const fed = async (id: number) => (await pipeline.services.database.kysely.selectFrom('feed').select('milestone_id').where('milestone_id', 'is not', null).where('key', '=', `party:${uuidOfName(`party:erp:${id}`)}`).execute()).length;
  const exceptions = async () => pipeline.services.database.kysely.selectFrom('exception').select(['id', 'kind', 'class', 'title', 'detail', 'state']).orderBy('kind').execute();

  it('makes a delivery that became a step within the walls a cancelled shipment without its scans, and the same one again when it is a delivery after all', async () => {
    const state = () => pipeline.services.database.kysely.selectFrom('shipment').select(['reference', 'status', 'provisional']).where('merged_into', 'is', null).orderBy('reference').execute();
    await told(delivery(1, 1, 'STEP1'), tracked('STEP1', 9, pickedUp));
    expect(await state()).toEqual([{ reference: 'WH/OUT/1', status: 'IN_TRANSIT', provisional: false }]);
    await told(delivery(1, 2, 'STEP1', null, 'internal'));
    expect(await state()).toEqual([{ reference: 'STEP1', status: 'IN_TRANSIT', provisional: true }, { reference: 'WH/OUT/1', status: 'CANCELLED', provisional: false }]);
    expect(await shipments()).toMatchObject({ 'WH/OUT/1': { scans: 0, numbers: [] }, STEP1: { scans: 1, customers: [], open: ['UNMATCHED'] } });
    await told(delivery(1, 3, 'STEP1'));
    expect(await shipments()).toEqual({ 'WH/OUT/1': { scans: 1, numbers: ['STEP1'], customers: [1], open: [] } });
  });

  it('keeps a step within the walls as a transfer that is no shipment', async () => {
    await told(delivery(1, 1, 'STEP1', null, 'internal'));
    expect(await shipments()).toEqual({});
    expect(await pipeline.services.database.kysely.selectFrom('transfer').select(['reference', 'direction', 'state']).execute()).toEqual([{ reference: 'WH/OUT/1', direction: 'INTERNAL', state: 'done' }]);
    expect(await pipeline.services.database.kysely.selectFrom('record_access').select('key').execute()).toEqual([]);
  });

  const wrong = [delivery(1, 1, 'WRONG1'), tracked('WRONG1', 9, pickedUp), tracked('RIGHT1', 9, pickedUp)];
  for (const [index, messages] of [wrong, [wrong[1]!, wrong[0]!, wrong[2]!], [wrong[2]!, wrong[1]!, wrong[0]!]].entries()) {
    it(`takes another's scans away from a delivery whose tracking number was wrong, and from its customer's sight (order ${index + 1})`, async () => {
      await told(...messages);
      expect(await shipments()).toMatchObject({ 'WH/OUT/1': { scans: 1, numbers: ['WRONG1'], customers: [1] } });
      expect(await fed(1)).toBe(1);
      await told(delivery(1, 2, 'RIGHT1'));
      expect(await shipments()).toEqual({
        'WH/OUT/1': { scans: 1, numbers: ['RIGHT1'], customers: [1], open: [] },
        WRONG1: { scans: 1, numbers: ['WRONG1'], customers: [], open: ['UNMATCHED'] },
      });
      expect(await fed(1)).toBe(1);
      await told(tracked('WRONG1', 10, pickedUp, { status: 'delivered', datetime: '2026-03-02T10:00:00Z' }));
      expect(await shipments()).toMatchObject({ 'WH/OUT/1': { scans: 1 }, WRONG1: { scans: 2 } });
    });
  }

  it('leaves no shipment behind for a wrong number under which nobody ever reported', async () => {
    await told(delivery(1, 1, 'WRONG1'), delivery(1, 2, 'RIGHT1'));
    expect(await shipments()).toEqual({ 'WH/OUT/1': { scans: 0, numbers: ['RIGHT1'], customers: [1], open: [] } });
    await told(tracked('WRONG1', 9, pickedUp));
    expect(await shipments()).toMatchObject({ WRONG1: { scans: 1, customers: [], open: ['UNMATCHED'] } });
  });

  it('does not come back with an older version of the delivery that arrives late', async () => {
    await told(delivery(1, 2, 'RIGHT1'), tracked('WRONG1', 9, pickedUp), delivery(1, 1, 'WRONG1'));
    expect(await shipments()).toMatchObject({ 'WH/OUT/1': { scans: 0, numbers: ['RIGHT1'] }, WRONG1: { scans: 1, customers: [] } });
  });

  it('gives a number that two deliveries named to the one that still names it, and is no longer ambiguous', async () => {
    await told(delivery(1, 1, 'SHARED1'), delivery(2, 1, 'SHARED1'), tracked('SHARED1', 9, pickedUp));
    expect(await shipments()).toMatchObject({ 'WH/OUT/1': { scans: 1 }, 'WH/OUT/2': { scans: 0, open: ['AMBIGUOUS'] } });
    await told(delivery(1, 2, ''));
    expect(await shipments()).toEqual({
      'WH/OUT/1': { scans: 0, numbers: [], customers: [1], open: [] },
      'WH/OUT/2': { scans: 1, numbers: ['SHARED1'], customers: [2], open: [] },
    });
    expect([await fed(1), await fed(2)]).toEqual([0, 1]);
  });

  it('gives the number of a delivery that was deleted to the one that names it then', async () => {
    await told(delivery(1, 1, 'N1'), delivery(1, 2, null), delivery(2, 1, 'N1'), tracked('N1', 9, pickedUp));
    expect(await shipments()).toMatchObject({ 'WH/OUT/1': { scans: 0, open: [] }, 'WH/OUT/2': { scans: 1, customers: [2], open: [] } });
    expect([await fed(1), await fed(2)]).toEqual([0, 1]);
  });

  it('does not take a number from a delivery whose newer version gives it again before the older one is followed up', async () => {
    await told(tracked('N1', 9, pickedUp), delivery(1, 1, 'N1'));
    const decode = async (message: Message) => {
      for (const [connection, ids] of await pipeline.receive([message])) await pipeline.decode(connection, ids);
    };
    await decode(delivery(1, 2, ''));
    await pipeline.project();
    await decode(delivery(1, 3, 'N1'));
    await pipeline.followUp();
    await pipeline.settle();
    expect(await shipments()).toEqual({ 'WH/OUT/1': { scans: 1, numbers: ['N1'], customers: [1], open: [] } });
  });

  it('shows what is reported under a name at the very moment in which it is taken back', async () => {
    await told(delivery(1, 1, 'BOTH1'));
    const fresh = await pipeline.receive([tracked('BOTH1', 9, pickedUp)]);
    for (const [connection, ids] of fresh) await pipeline.decode(connection, ids);
    // As a worker leaves it that looked at the link a moment before it was taken back.
    await sql`update reference set shipment_id = null, sequence = sequence + 1 where value = 'BOTH1'`.execute(pipeline.services.database.kysely);
    await pipeline.settle();
    expect((await shipments())['BOTH1']).toMatchObject({ scans: 1, customers: [], open: ['UNMATCHED'] });
  });

  // The carrier's own code is what the fact is known by, so that another reading of it is a newer version.
  const scan = (hour: number, status: string, status_detail?: string, message?: string): Scan => ({
    status, datetime: `2026-03-02T${String(hour).padStart(2, '0')}:00:00Z`, carrier_code: `C${hour}`, ...(status_detail === undefined ? {} : { status_detail }), ...(message === undefined ? {} : { message }),
  });

  it('changes the exception of a scan that its carrier words differently, and closes it when the scan is no trouble any more', async () => {
    await told(delivery(1, 1, 'N1'), tracked('N1', 9, scan(8, 'in_transit', 'weather_delay', 'Storm')));
    const [before] = await exceptions();
    expect(before).toMatchObject({ kind: 'MILESTONE', class: 'WEATHER', detail: 'Storm', state: 'OPEN' });
    await told(tracked('N1', 10, scan(8, 'in_transit', 'weather_delay', 'Flood')));
    expect(await exceptions()).toEqual([{ ...before, detail: 'Flood' }]);
    await told(tracked('N1', 11, scan(8, 'in_transit', 'arrived_at_facility', 'All is well')));
    expect(await exceptions()).toMatchObject([{ id: before!.id, state: 'RESOLVED' }]);
    await told(tracked('N1', 12, scan(8, 'in_transit', 'weather_delay', 'Storm after all')));
    expect(await exceptions()).toMatchObject([{ id: before!.id, detail: 'Storm after all', state: 'OPEN' }]);
  });

  it('closes a contradiction when one of the reports is corrected, and leaves to people what people decided', async () => {
    await told(delivery(1, 1, 'N1'), tracked('N1', 12, scan(10, 'delivered'), scan(11, 'failure', 'lost')));
    const [contradiction, loss] = await exceptions();
    expect([contradiction, loss]).toMatchObject([{ kind: 'CONFLICT', state: 'OPEN' }, { kind: 'MILESTONE', class: 'LOSS', state: 'OPEN' }]);
    const decide = (change: Parameters<typeof changeException>[1]) => changeException(pipeline.services.database, change, 'maria', uuidv7(), async () => {});
    await decide({ id: loss!.id, action: 'resolve', resolution: 'Found.' });
    await pipeline.settle();
    await told(tracked('N1', 13, scan(10, 'delivered'), scan(11, 'failure', 'lost', 'Searched')));
    expect(await exceptions()).toMatchObject([{ kind: 'CONFLICT', state: 'OPEN' }, { kind: 'MILESTONE', state: 'RESOLVED' }]);
    await told(tracked('N1', 14, scan(10, 'delivered'), scan(11, 'in_transit', 'arrived_at_facility')));
    expect(await exceptions()).toMatchObject([{ kind: 'CONFLICT', state: 'RESOLVED' }, { kind: 'MILESTONE', state: 'RESOLVED' }]);
    await decide({ id: contradiction!.id, action: 'reopen', reason: 'I want to look at it.' });
    await told(tracked('N1', 15, scan(10, 'delivered'), scan(11, 'in_transit', 'arrived_at_facility'), scan(9, 'out_for_delivery')));
    expect(await exceptions()).toMatchObject([{ kind: 'CONFLICT', state: 'OPEN' }, { kind: 'MILESTONE', state: 'RESOLVED' }]);
  });

  it('keeps a delivery that is not ready for transport as one exception, with all reasons, until it is mended', async () => {
    const street = { check: 'address', reason: 'The delivery address lacks: street.' };
    const credit = { check: 'credit', reason: 'The credit limit is exceeded.' };
    await told(delivery(1, 1, '', { ready: false, blocked: [street, credit] }));
    const [blocked] = await exceptions();
    expect(await exceptions()).toMatchObject([{ kind: 'NOT_RELEASED', class: 'ADDRESS', detail: `${street.reason}\n${credit.reason}`, state: 'OPEN' }]);
    await told(delivery(1, 2, '', { ready: false, blocked: [credit] }));
    expect(await exceptions()).toEqual([{ ...blocked, class: 'SHIPPER', detail: credit.reason }]);
    await told(delivery(1, 3, '', { ready: true, blocked: [] }));
    expect(await exceptions()).toMatchObject([{ id: blocked!.id, state: 'RESOLVED' }]);
    await told(delivery(1, 4, '', { ready: false, blocked: [street] }));
    expect(await exceptions()).toMatchObject([{ id: blocked!.id, detail: street.reason, state: 'OPEN' }]);
    await told(delivery(1, 5, '', null));
    expect(await exceptions()).toMatchObject([{ id: blocked!.id, state: 'RESOLVED' }]);
  });
});

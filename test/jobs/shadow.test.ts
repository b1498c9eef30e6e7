import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { acceptCommands } from '../../src/events/commands.js';
import { system } from '../../src/events/audit.js';
import { sha256, uuidv7 } from '../../src/lib/ids.js';
import { bookingConnection, partnersFor } from '../../src/jobs/tasks/bookings/partners.js';
import { foretell } from '../../src/jobs/tasks/mapping/foretell.js';
import { changePolicy } from '../../src/jobs/tasks/outbound/partners.js';
import { replay } from '../../src/jobs/tasks/replay.js';
import { startSync } from '../../src/jobs/tasks/sync-start.js';
import { compareConnections } from '../../src/jobs/tasks/shadow/compare.js';
import { forgetShadow, switchShadow } from '../../src/jobs/tasks/shadow/switch.js';
import { compareMilestones } from '../../src/model/comparison.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { openPipeline, type Pipeline } from '../projections/pipeline.js';

const odooBatch = readFileSync(new URL('../fixtures/odoo/batch.json', import.meta.url));

/** Odoo wants a parcel booked. */
const address = { name: 'Ann Example', street: '1 King St', city: 'Toronto', country: 'CA' };
const wish = JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-03-01T12:00:00Z', events: [{ id: 'r1', topic: 'request', action: 'created', model: 'stock.picking', recordId: 7, version: 1, occurredAt: '2026-03-01T12:00:00Z', record: { request_id: 'r-1', kind: 'shipment.requested', from: address, to: address, packages: [{ id: 'P1', weight: 3 }] } }] });

interface Scan { status: string; minute: number }
function tracked(number: string, updatedMinute: number, scans: readonly Scan[], carrier = 'UPS'): string {
  const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 8, minute)).toISOString().replace('.000', '');
  return JSON.stringify({ object: 'Event', description: 'tracker.updated', updated_at: at(updatedMinute), result: { id: `trk_${number}`, tracking_code: number, carrier, status: 'in_transit', updated_at: at(updatedMinute), tracking_details: scans.map(({ status, minute }) => ({ status, datetime: at(minute) })) } });
}

it('pairs milestones of one code: the same instant first, then the nearest in order, and leaves what is too far apart', () => {
  const at = (minute: number, code = 'IN_TRANSIT') => ({ code, classifier: 'ACTUAL', occurredAt: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() });
  expect(compareMilestones([at(0), at(10), at(500)], [at(10), at(3), at(900)], 30 * 60_000)).toEqual({ same: 1, otherTimes: [{ here: at(0), there: at(3), seconds: -180 }], onlyHere: [at(500)], onlyThere: [at(900)] });
  expect(compareMilestones([at(0, 'LOADED')], [at(0)], 0)).toMatchObject({ same: 0, onlyHere: [at(0, 'LOADED')], onlyThere: [at(0)] });
});

describeOnEachDatabase('a connection in shadow mode', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await openPipeline(kind);
    const { connections } = pipeline.services;
    await connections.add({ id: 'parcels-shadow', connector: 'easypost', company: 'main', settings: {}, secrets: { apiKey: 'EZTK0123456789' }, shadow: true });
    await connections.add({ id: 'erp-shadow', connector: 'odoo', company: 'main', settings: { url: 'https://odoo.example.com', database: 'prod' }, secrets: { apiKey: 'key-0123456789' }, shadow: true });
  });
  beforeEach(async () => {
    await pipeline.reset();
    for (const id of ['parcels-shadow', 'erp-shadow']) await db().transaction((tx) => pipeline.services.connections.setShadow(tx, id, true));
  });
  afterAll(() => pipeline?.remove());

  const db = () => pipeline.services.database;
  const connection = async (id: string) => (await pipeline.services.connections.find(id))!;
  const period = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z', withinMinutes: 60 };
  const everything = { from: '2000-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' };

  async function told(id: string, ...bodies: ReadonlyArray<string | Uint8Array>): Promise<void> {
    const receipts = await Promise.all(bodies.map((body) => pipeline.tasks.inbox.receive({ connection: id, dedupeKey: sha256(body), headers: {}, body: Buffer.from(body as string), receivedMs: Date.now() })));
    await pipeline.decode(id, receipts.map((receipt) => receipt.id));
    await pipeline.settle();
  }

  /** Everything that is kept, but raw messages, what is kept apart, and the count of unknown codes. */
  async function kept(): Promise<Record<string, string>> {
    const { rows } = await sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like 'event\\_%'`.execute(db().kysely);
    const found: Record<string, string> = {};
    for (const { name } of rows) {
      if (['inbox', 'shadow_fact', 'unmapped_code'].includes(name)) continue;
      const all = await sql<{ digest: string | null }>`select md5(string_agg(x::text, ',' order by x::text)) as digest from ${sql.table(name)} x`.execute(db().kysely);
      found[name] = all.rows[0]!.digest ?? '';
    }
    return found;
  }

  it('changes nothing that is kept, whatever it is sent: no event, fact, name, shipment, milestone, exception, person, command or thing told', async () => {
    await told('parcels', tracked('1Z1', 3, [{ status: 'in_transit', minute: 1 }]));
    const before = await kept();
    expect(Object.keys(before)).toEqual(expect.arrayContaining(['event', 'fact', 'reference', 'naming', 'shipment', 'milestone', 'estimate', 'feed', 'exception', 'personal_data', 'party', 'command', 'write_back', 'record_access', 'connection_health', 'audit', 'quote', 'booking']));
    await told('parcels-shadow', tracked('1Z1', 5, [{ status: 'in_transit', minute: 1 }, { status: 'delivered', minute: 4 }]), tracked('1Z9', 5, [{ status: 'gibberish', minute: 4 }]), 'no JSON at all', tracked('1Z1', 6, []));
    await told('erp-shadow', odooBatch, wish);
    expect(await kept()).toEqual(before);
    const inbox = await db().kysely.selectFrom('inbox').select(['connection', 'state']).where('connection', 'like', '%-shadow').orderBy('state').execute();
    expect(inbox.map(({ state }) => state)).toEqual(['DECODED', 'DECODED', 'DECODED', 'DECODED', 'DECODED', 'QUARANTINED']);
    expect(await db().kysely.selectFrom('unmapped_code').select(['raw_code', 'messages']).execute()).toEqual([{ raw_code: 'gibberish', messages: 1 }]);
    const facts = await db().kysely.selectFrom('shadow_fact').select(['connection', 'type', 'payload']).execute();
    expect(new Set(facts.map(({ connection: id }) => id))).toEqual(new Set(['parcels-shadow', 'erp-shadow']));
    // What is said of people is not kept at all.
    const people = facts.filter(({ type }) => type === 'party.reported').map(({ payload }) => Object.keys((payload as { data: object }).data).sort());
    expect(people.length).toBeGreaterThan(0);
    for (const names of people) expect(names).toEqual(['commercialId', 'personalDataId']);
    await replay(pipeline.tasks, { connection: 'parcels-shadow', ...everything });
    await pipeline.settle();
    expect(await kept()).toEqual(before);
  });

  it('is asked for no rates and books nothing, also where it alone could', async () => {
    const { tasks } = pipeline;
    const place = { street: '1 King St', city: 'Toronto', country: 'CA' };
    for (const capability of ['quote', 'book', 'cancel', 'return', 'manifest', 'track'] as const) expect(await partnersFor(tasks, 'main', capability)).toEqual([]);
    await expect(bookingConnection(tasks, 'main', 'parcels-shadow', { from: place, to: place, packages: [], references: [] })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it.each(['booking.cancel', 'tracking.poll', 'odoo.apply'] as const)('takes no command %s, whoever wants it', async (commandKind) => {
    const command = { kind: commandKind, input: { booking: 'x', references: [] } as never, connection: 'parcels-shadow', lane: 'REPORT' as const, company: 'main', requestedBy: 'somebody', idempotencyKey: uuidv7(), subject: 'booking', correlationId: uuidv7() };
    await expect(db().transaction((tx) => acceptCommands(tx, pipeline.tasks.bodies, [command]))).rejects.toMatchObject({ code: 'CONFLICT', field: 'connection' });
    expect(await db().kysely.selectFrom('command').select('id').execute()).toEqual([]);
  });

  it('stands in for nobody, is not synchronised, and is written nothing back', async () => {
    const { tasks } = pipeline;
    await expect(changePolicy(tasks, 'parcels', { fallback: 'parcels-shadow' }, system, '*')).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'fallback' });
    await expect(startSync(tasks, (await connection('erp-shadow')), 'COMMAND')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await tasks.connections.liveOfConnector('odoo')).toEqual([await connection('erp')]);
  });

  it('is not switched on while something is still to be done at its system', async () => {
    await db().transaction((tx) => pipeline.services.connections.setShadow(tx, 'parcels-shadow', false));
    const command = { kind: 'booking.cancel' as const, input: { booking: uuidv7() }, connection: 'parcels-shadow', lane: 'DISPATCH' as const, company: 'main', requestedBy: 'somebody', idempotencyKey: uuidv7(), subject: 'booking', correlationId: uuidv7() };
    await db().transaction((tx) => acceptCommands(tx, pipeline.tasks.bodies, [command]));
    await expect(db().transaction((tx) => switchShadow(tx, pipeline.services.connections, 'parcels-shadow', true, system))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await db().kysely.selectFrom('connection').select('shadow').where('id', '=', 'parcels-shadow').executeTakeFirstOrThrow()).shadow).toBe(false);
  });

  it('is compared with a live one: what both say, what one alone says, other times, other statuses', async () => {
    await told('parcels', tracked('1Z1', 30, [{ status: 'in_transit', minute: 1 }, { status: 'out_for_delivery', minute: 20 }, { status: 'delivered', minute: 25 }]), tracked('1Z2', 9, [{ status: 'in_transit', minute: 1 }]), tracked('1Z4', 9, [{ status: 'in_transit', minute: 2 }]));
    // The shadow does not know the carrier of 1Z1, and repeats itself with a correction.
    await told('parcels-shadow', tracked('1Z1', 12, [{ status: 'in_transit', minute: 1 }, { status: 'out_for_delivery', minute: 23 }]), tracked('1Z3', 9, [{ status: 'in_transit', minute: 1 }]), tracked('1Z4', 9, [{ status: 'in_transit', minute: 2 }]), tracked('1Z1', 14, [{ status: 'in_transit', minute: 1 }, { status: 'out_for_delivery', minute: 23 }, { status: 'available_for_pickup', minute: 24 }]), 'unreadable');
    const live = await connection('parcels');
    const shadow = await connection('parcels-shadow');
    const report = await compareConnections(pipeline.tasks, shadow, live, { ...period, to: '2100-01-01T00:00:00.000Z' });
    expect(report).toMatchObject({ shipments: { both: 2, onlyShadow: 1, onlyLive: 1, statusDiffers: 1 }, milestones: { same: 2, otherTimes: 1, onlyShadow: 2, onlyLive: 2 }, unreadable: 1 });
    expect(report.differing[0]).toMatchObject({ reference: '1Z1', status: { shadow: 'AVAILABLE_FOR_COLLECTION', live: 'DELIVERED' }, milestones: { same: 1, otherTimes: [{ seconds: 180 }], onlyHere: [{ code: 'AVAILABLE_FOR_COLLECTION' }], onlyThere: [{ code: 'DELIVERED' }] } });
    expect(report.differing.map(({ reference }) => reference).sort()).toEqual(['1Z1', '1Z2', 'tracking:UPS:1Z3']);
    await db().kysely.updateTable('shipment').set({ company: 'other' }).where('reference', '=', '1Z1').execute();
    const ofMain = await compareConnections(pipeline.tasks, shadow, live, { ...period, to: '2100-01-01T00:00:00.000Z' }, ['main']);
    expect(ofMain).toEqual({ ...report, differing: report.differing.filter(({ reference }) => reference !== '1Z1') });
    await expect(compareConnections(pipeline.tasks, live, live, period)).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'shadow' });
    await expect(compareConnections(pipeline.tasks, shadow, shadow, period)).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'live' });
    await expect(compareConnections(pipeline.tasks, shadow, live, { ...period, to: period.from })).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'to' });
  });

  it('goes live by a replay: then it is as if it had never been apart', async () => {
    const bodies = [tracked('1Z1', 5, [{ status: 'in_transit', minute: 1 }]), tracked('1Z1', 9, [{ status: 'in_transit', minute: 1 }, { status: 'delivered', minute: 4 }]), tracked('1Z9', 5, [{ status: 'gibberish', minute: 4 }]), 'unreadable'];
    const seen = async () => ({
      shipments: await db().kysely.selectFrom('shipment').select(['reference', 'status']).orderBy('reference').execute(),
      milestones: await db().kysely.selectFrom('milestone').select(['code', 'occurred_at', 'active']).orderBy('occurred_at').orderBy('code').execute(),
      exceptions: await db().kysely.selectFrom('exception').select(['kind', 'state']).orderBy('kind').execute(),
    });
    const set = (shadow: boolean) => db().transaction((tx) => switchShadow(tx, pipeline.services.connections, 'parcels-shadow', shadow, system));
    await set(false);
    await told('parcels-shadow', ...bodies);
    const live = await seen();
    expect(live.shipments.length).toBe(2);
    await pipeline.reset();
    await set(true);
    await told('parcels-shadow', ...bodies);
    expect(await seen()).toEqual({ shipments: [], milestones: [], exceptions: [] });
    await set(false);
    await replay(pipeline.tasks, { connection: 'parcels-shadow', ...everything });
    await db().transaction((tx) => forgetShadow(tx, 'parcels-shadow'));
    await pipeline.settle();
    expect(await seen()).toEqual(live);
    expect(await db().kysely.selectFrom('shadow_fact').select('id').execute()).toEqual([]);
    expect((await foretell(pipeline.tasks, { connection: 'parcels-shadow', ...everything }, [], 100)).rows).toEqual([]);
  });
});

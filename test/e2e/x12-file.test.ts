import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, expectServing, postX12, unprojected } from '../support/partners.js';
import { bodyText } from '../support/raw-bodies.js';
import { eventually, graphql } from '../support/requests.js';
import { describeWithFixture } from '../support/shared-fixtures.js';
import { sha256 } from '../../src/lib/ids.js';

const orders = ['99997666', '99990835', '99991280'] as const;

/** What the file says of each delivery order, local time at -08:00 (PS). */
const expected: Readonly<Record<(typeof orders)[number], string[]>> = {
  99997666: ['PICKUP_APPOINTMENT PLANNED 2011-12-17T16:30', 'ARRIVED_PICKUP ACTUAL 2011-12-17T17:30', 'LOADED ACTUAL 2011-12-17T17:30', 'DELIVERY_APPOINTMENT PLANNED 2011-12-22T15:45', 'ARRIVED_DELIVERY ACTUAL 2011-12-22T15:45', 'DELIVERED ACTUAL 2011-12-22T15:45'],
  99990835: ['PICKUP_APPOINTMENT PLANNED 2011-12-17T16:30', 'ARRIVED_PICKUP ACTUAL 2011-12-17T17:30', 'LOADED ACTUAL 2011-12-17T17:30', 'DELIVERY_APPOINTMENT PLANNED 2011-12-18T19:00', 'ARRIVED_DELIVERY ACTUAL 2011-12-18T19:00', 'DELIVERED ACTUAL 2011-12-19T19:00'],
  99991280: ['PICKUP_APPOINTMENT PLANNED 2011-12-17T16:30', 'ARRIVED_PICKUP ACTUAL 2011-12-17T17:30', 'LOADED ACTUAL 2011-12-17T17:30', 'DELIVERY_APPOINTMENT PLANNED 2011-12-18T11:30', 'ARRIVED_DELIVERY ACTUAL 2011-12-19T12:30', 'DELIVERED ACTUAL 2011-12-19T12:30'],
};

describeWithFixture('a 214 of three delivery orders', 'x12/214-three-stops.edi', (bytes) => describeOnEachDatabase('on arrival', (kind) => {
  let server: TestServer;
  let token: string;
  let folder: string;

  beforeAll(async () => {
    server = await testServer(kind);
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-folder-'));
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(async () => {
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (reference: string) =>
    (await graphql(server.url, token, 'query($r: String) { shipment(reference: $r) { id status provisional milestones(first: 50) { nodes { code classifier occurredAt zone } } } }', { r: reference })).shipment as {
      id: string; status: string; provisional: boolean; milestones: { nodes: Array<{ code: string; classifier: string; occurredAt: string; zone: string }> };
    };

  /** The timeline of the delivery order, once everything is projected. */
  const timeline = async (reference: string, ids = new Set<string>()) => {
    await eventually(() => unprojected(server), (count) => count === 0);
    const shipment = await ask(reference);
    expect(shipment).toMatchObject({ status: 'DELIVERED', provisional: true });
    expect(new Set(shipment.milestones.nodes.map((node) => node.zone))).toEqual(new Set(['-08:00']));
    ids.add(shipment.id);
    return shipment.milestones.nodes.map((node) => `${node.code} ${node.classifier} ${node.occurredAt.slice(0, 16)}`).sort();
  };

  const state = async () => {
    const timelines: Record<string, string[]> = {};
    const ids = new Set<string>();
    for (const order of orders) timelines[order] = await timeline(order, ids);
    expect(ids.size).toBe(3);
    const count = async (table: 'event' | 'milestone' | 'shipment' | 'exception') => (await server.database.kysely.selectFrom(table).select((e) => e.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count;
    return { timelines, counts: { event: await count('event'), milestone: await count('milestone'), shipment: await count('shipment'), exception: await count('exception') } };
  };
  const sorted = Object.fromEntries(orders.map((order) => [order, [...expected[order]].sort()]));

  it('that is posted gives each order its own appointments and arrivals; the fault of the envelope is an exception', async () => {
    const row = await accepted(server, await postX12(server, bytes), bytes);
    expect(row.state).toBe('DECODED');
    expect((await state()).timelines).toEqual(sorted);
    const { exceptions } = await graphql(server.url, token, '{ exceptions(first: 50) { nodes { kind detail rawId severity } } }');
    expect(exceptions.nodes.filter((node: { kind: string }) => node.kind === 'CONTROL_NUMBER_MISMATCH')).toEqual([
      { kind: 'CONTROL_NUMBER_MISMATCH', detail: expect.stringContaining('000002510'), rawId: row.id, severity: 'LOW' },
    ]);
    expect(exceptions.nodes.filter((node: { kind: string }) => node.kind === 'UNMATCHED')).toHaveLength(3);
  });

  it('that is posted again changes nothing', async () => {
    const before = await state();
    expect((await postX12(server, bytes)).body).toMatchObject({ duplicate: true });
    expect(await state()).toEqual(before);
  });

  it('that differs by a line break only is another message that says nothing new', async () => {
    const before = await state();
    const again = Buffer.concat([bytes, Buffer.from('\r\n')]);
    await accepted(server, await postX12(server, again), again);
    const after = await state();
    expect(after.timelines).toEqual(before.timelines);
    expect(after.counts.milestone).toBe(before.counts.milestone);
    expect(after.counts.shipment).toBe(before.counts.shipment);
  });

  it('dropped into a watched folder is read once it is whole, moved away, and changes nothing when it comes again', async () => {
    await server.database.kysely.updateTable('connection').set({ settings: JSON.stringify({ folder }) }).where('id', '=', 'x12').execute();
    // A folder that cannot be read must not keep others from being read.
    await server.connections.add({ id: 'a-broken-folder', connector: 'x12', company: 'main', settings: { folder: join(import.meta.filename, 'not-a-folder') }, secrets: {} });
    const dropped = async () => (await server.database.kysely.selectFrom('inbox').selectAll().where('connection', '=', 'x12').orderBy('id').execute()).filter((row) => row.headers!['x-gatehouse-file'] !== undefined);
    const others = Buffer.from(bytes.toString('latin1').replaceAll(/\*(9999\d{4})\*DO/g, '*7$1*DO'), 'latin1');
    const path = join(folder, 'three-stops.edi');
    writeFileSync(path, others.subarray(0, 300));
    for (let at = 300; at < others.length; at += 200) {
      await new Promise((next) => setTimeout(next, 700));
      appendFileSync(path, others.subarray(at, at + 200));
    }
    const [message] = await eventually(dropped, (found) => found.length > 0);
    expect(bodyText(server.tasks.bodies, message!)).toBe(others.toString());
    expect(message!.headers).toEqual({ 'x-gatehouse-file': 'three-stops.edi' });
    await eventually(async () => readdirSync(join(folder, 'processed')), (files) => files.some((file) => file.endsWith('-three-stops.edi')));
    expect(existsSync(path)).toBe(false);
    await eventually(dropped, (rows) => rows.every((row) => row.state === 'DECODED'));
    for (const order of orders) expect(await timeline(`7${order}`)).toEqual(sorted[order]);

    // The same bytes under another, very long name, and what came over HTTP before: known, moved away, nothing changes.
    const before = await state();
    writeFileSync(join(folder, `${'n'.repeat(245)}.edi`), others);
    writeFileSync(join(folder, 'posted-before.edi'), bytes);
    await eventually(async () => readdirSync(folder), (files) => !files.some((file) => file.endsWith('.edi')));
    expect(await dropped()).toHaveLength(1);
    expect(await state()).toEqual(before);
    await expectServing(server);
  });

  it('that is hidden, a folder or too large is not read', async () => {
    mkdirSync(join(folder, 'sub.edi'), { recursive: true });
    writeFileSync(join(folder, '.hidden.edi'), 'ISA');
    writeFileSync(join(folder, 'large.edi'), Buffer.alloc(server.config.maxBodyBytes + 1, 'x'));
    await eventually(async () => readdirSync(join(folder, 'failed')), (files) => files.some((file) => file.endsWith('-large.edi')));
    expect(readdirSync(folder).sort()).toEqual(['.hidden.edi', 'failed', 'processed', 'sub.edi']);
    expect(await server.database.kysely.selectFrom('inbox').select('id').where('connection', '=', 'x12').where('dedupe_key', '=', `sha256:${sha256('ISA')}`).execute()).toHaveLength(0);
  });
}));

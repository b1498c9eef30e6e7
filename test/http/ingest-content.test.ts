import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidv7 } from '../../src/lib/ids.js';
import { delivered } from '../fixtures/karrio/sample.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, exceptionsOf, expectNoLeak, expectServing, postEasypost, tracker } from '../support/partners.js';

const deep = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);
/** Where a bare text must stand in the JSON as it is, without JSON.stringify putting it right. */
const withRaw = (raw: string) => JSON.stringify(tracker('PLACEHOLDER')).replace('"PLACEHOLDER"', raw);

describeOnEachDatabase('an authentic message with odd content', (kind) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
  });
  afterAll(() => server?.remove());

  const take = async (bytes: string | Uint8Array) => {
    const row = await accepted(server, await postEasypost(server, bytes), bytes);
    const exceptions = await exceptionsOf(server, row.id);
    for (const exception of exceptions) expectNoLeak(`${exception.title} ${exception.detail}`);
    await expectServing(server);
    return { row, exceptions, kinds: exceptions.map((exception) => exception.kind) };
  };

  const timelineOf = async (rawId: string) => server.database.kysely.selectFrom('milestone').selectAll().where('raw_id', '=', rawId).orderBy('occurred_at').execute();

  it('keeps no header in which its sender puts the secret itself', async () => {
    const secret = 'whsec_of-a-sender-that-signs-nothing';
    await server.connections.add({ id: 'karrio-told', connector: 'karrio', company: 'main', settings: {}, secrets: { webhookSecret: secret } });
    const answer = await fetch(`${server.url}/ingest/karrio-told`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-event-id': secret, 'x-request-id': 'r1' }, body: delivered });
    const { id } = (await answer.json()) as { id: string };
    const row = await server.database.kysely.selectFrom('inbox').select('headers').where('id', '=', id).executeTakeFirstOrThrow();
    expect([answer.status, row.headers?.['x-request-id'], JSON.stringify(row.headers).includes(secret)]).toEqual([202, 'r1', false]);
  });

  it.each<[string, () => string | Uint8Array]>([
    ['no body', () => ''],
    ['blanks only', () => ' \n '],
    ['JSON cut off', () => '{"description": "tracker.upd'],
    ['an array', () => '[1,2,3]'],
    ['a number', () => '42'],
    ['a text', () => '"hello"'],
    ['null', () => 'null'],
    ['another object', () => '{"hello":"world"}'],
    ['100,000 levels of arrays', () => deep('[', ']', 100_000)],
    ['100,000 levels of objects', () => `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['100,000 levels below the tracker', () => `{"description":"tracker.updated","result":{"tracking_code":"1","x":${deep('[', ']', 100_000)}}}`],
    ['a million values', () => `[${'1,'.repeat(1_000_000)}1]`],
    ['invalid UTF-8', () => Buffer.concat([Buffer.from('{"description":"'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('"}')])],
    ['UTF-16', () => Buffer.from('{"description":"tracker.updated"}', 'utf16le')],
    ['a raw NUL in a text', () => `{"description":"a\0b"}`],
    ['raw NULs only', () => Buffer.alloc(1000)],
    ['no tracking number', () => JSON.stringify(tracker(undefined))],
    ['an empty tracking number', () => JSON.stringify(tracker(''))],
    ['a tracking number of blanks', () => JSON.stringify(tracker(' \t\u00a0 '))],
    ['a tracking number of a megabyte', () => JSON.stringify(tracker('9'.repeat(1_000_000)))],
    ['a tracking number that is an object', () => JSON.stringify(tracker({ toString: 'x' }))],
    ['a tracker that is null', () => '{"description":"tracker.updated","result":null}'],
    ['an EDI interchange', () => 'ISA*00*          *00*          *ZZ*A              *ZZ*B              *101127*1719*U*00400*000003438*0*P*>~'],
  ])('which is %s is kept as it came and quarantined', async (_what, make) => {
    const { row, kinds, exceptions } = await take(make());
    expect(row.state).toBe('QUARANTINED');
    expect(kinds).toEqual(['QUARANTINED']);
    expect(exceptions[0]).toMatchObject({ severity: 'HIGH', state: 'OPEN', raw_id: row.id });
    expect(row.failure).toBe(exceptions[0]!.detail);
  });

  it('which comes twice is one message and one exception', async () => {
    const body = `{"again": "${uuidv7()}"}`;
    const { row, kinds } = await take(body);
    const again = await postEasypost(server, body);
    expect(again.body).toEqual({ id: row.id, duplicate: true, correlationId: row.correlation_id });
    expect(kinds).toHaveLength(1);
    expect(await exceptionsOf(server, row.id)).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['an escaped NUL', '"NUL\\u0000NUMBER"'],
    ['half a surrogate pair', '"HALF\\ud800PAIR"'],
    ['the other half', '"OTHER\\udc00HALF"'],
  ])('with %s in its tracking number is read with U+FFFD in its place, and says so', async (_what, raw) => {
    const { row, kinds } = await take(withRaw(raw));
    expect(row.state).toBe('DECODED');
    expect(kinds).toContain('TEXT_REPAIRED');
    const [milestone] = await timelineOf(row.id);
    expect(milestone!.package).toContain('\uFFFD');
  });

  it('with NUL and half pairs in every text still gives its milestone', async () => {
    const { row, kinds } = await take(JSON.stringify(tracker(`T${uuidv7()}`, [{ message: 'a\u0000b\ud800', detail: '\u0000', code: '\udfff' }], { carrier: 'Fed\u0000Ex' })));
    expect(row.state).toBe('DECODED');
    expect(kinds).toContain('TEXT_REPAIRED');
    expect(await timelineOf(row.id)).toHaveLength(1);
  });

  it('with control characters in its tracking number is kept under that number', async () => {
    const { row, kinds } = await take(JSON.stringify(tracker(`C\u0001\u001b[2J\u007f${uuidv7()}`)));
    expect(row.state).toBe('DECODED');
    expect(kinds).toEqual(['UNMATCHED']);
  });

  it.each<[string, string]>([
    ['1970', '1970-01-01T00:00:00Z'],
    ['the year 0', '0000-01-01T00:00:00Z'],
    ['the year 9999', '9999-12-31T23:59:59Z'],
    ['the year 275760', '+275760-09-13T00:00:00Z'],
    ['before Christ', '-000044-03-15T00:00:00Z'],
    ['the thirteenth month', '2026-13-01T00:00:00Z'],
    ['the thirtieth of February', '2026-02-30T00:00:00Z'],
    ['the 25th hour', '2026-03-05T25:00:00Z'],
    ['no date', 'yesterday'],
    ['a date of a megabyte', '2'.repeat(1_000_000)],
  ])('with a scan of %s leaves the scan out, says so and keeps the others', async (_what, at) => {
    const { row, kinds } = await take(JSON.stringify(tracker(`D${uuidv7()}`, [{ at }, { at: '2026-03-05T10:00:00Z' }], { est_delivery_date: at })));
    expect(row.state).toBe('DECODED');
    expect(kinds).toContain('TIME_INVALID');
    expect((await timelineOf(row.id)).map((milestone) => milestone.occurred_at)).toEqual(['2026-03-05T10:00:00.000Z']);
  });

  it('with a scan without a time leaves that scan out and says so', async () => {
    const { row, kinds } = await take(JSON.stringify(tracker(`D${uuidv7()}`, [{ at: null }])));
    expect(kinds).toEqual(['TIME_INVALID']);
    expect(await timelineOf(row.id)).toEqual([]);
  });

  it.each(['1e400', '-1e400', '9223372036854775808', '1e308', '0.1e-999'])('with the number %s where no number belongs is read', async (number) => {
    const text = JSON.stringify(tracker(`N${uuidv7()}`)).replace('"object":"Tracker"', `"object":"Tracker","weight":${number},"id":${number},"status_detail":${number}`);
    const { row } = await take(text);
    expect(row.state).toBe('DECODED');
    expect(await timelineOf(row.id)).toHaveLength(1);
  });

  it('about an unknown shipment makes a provisional one and an exception', async () => {
    const number = `UNKNOWN${uuidv7()}`.toUpperCase();
    const { row, exceptions } = await take(JSON.stringify(tracker(number)));
    const [milestone] = await timelineOf(row.id);
    const shipment = await server.database.kysely.selectFrom('shipment').selectAll().where('id', '=', milestone!.shipment_id).executeTakeFirstOrThrow();
    expect(shipment).toMatchObject({ provisional: true, tracking_numbers: [number], status: 'IN_TRANSIT' });
    expect(exceptions).toMatchObject([{ kind: 'UNMATCHED', shipment_id: shipment.id, state: 'OPEN' }]);
  });

  it('with an unknown code keeps it as INFO, moves no status, and asks once for the code', async () => {
    const number = `CODE${uuidv7()}`.toUpperCase();
    const scans = [{ status: 'in_transit', at: '2026-03-05T08:00:00Z' }, { status: 'teleported', code: 'ZZ', at: '2026-03-05T10:00:00Z' }, { status: 'constructor', code: '__proto__', at: '2026-03-05T11:00:00Z' }];
    const { row, exceptions } = await take(JSON.stringify(tracker(number, scans)));
    const timeline = await timelineOf(row.id);
    expect(timeline.map((milestone) => [milestone.code, milestone.raw_code])).toEqual([['IN_TRANSIT', 'in_transit'], ['INFO', 'ZZ'], ['INFO', '__proto__']]);
    expect(exceptions.filter((exception) => exception.kind === 'UNKNOWN_CODE')).toHaveLength(2);
    const shipment = await server.database.kysely.selectFrom('shipment').select('status').where('id', '=', timeline[0]!.shipment_id).executeTakeFirstOrThrow();
    expect(shipment.status).toBe('IN_TRANSIT');
    const again = await take(JSON.stringify(tracker(`CODE${uuidv7()}`, scans)));
    expect(again.kinds).toEqual(['UNMATCHED']);
  });

  it.each([
    ['__proto__', '{"__proto__": {"polluted": true}, '],
    ['constructor', '{"constructor": {"prototype": {"polluted": true}}, '],
    ['an escaped __proto__', '{"\\u005f_proto__": {"polluted": true}, '],
  ])('with the JSON key %s changes no prototype and is read', async (_what, start) => {
    const { row } = await take(JSON.stringify(tracker(`P${uuidv7()}`)).replace('{', start).replace('"tracking_details"', '"__proto__":{"tracking_code":"OTHER"},"tracking_details"'));
    expect(row.state).toBe('DECODED');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(await timelineOf(row.id)).toHaveLength(1);
  });

  it('with 5,000 scans is read whole and its faults are bounded', async () => {
    const scans = Array.from({ length: 5_000 }, (_, index) => ({ at: new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString(), code: `Q${index % 500}`, status: 'strange' }));
    const { row, exceptions } = await take(JSON.stringify(tracker(`M${uuidv7()}`, scans)));
    expect(row.state).toBe('DECODED');
    expect(exceptions.length).toBeLessThanOrEqual(103);
    expect((await server.database.kysely.selectFrom('milestone').select((e) => e.fn.countAll<number>().as('count')).where('raw_id', '=', row.id).executeTakeFirstOrThrow()).count).toBe(5_000);
  });
});

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../support/databases.js';
import { eventually, graphql } from '../../support/requests.js';
import { WebhookReceiver, type Received } from '../../support/webhook-receiver.js';
import { Endpoints } from './endpoints.js';

const hourOf = ({ event }: Received) => new Date(event.data.occurredAt as string).getUTCHours();

describeOnEachDatabase('events for an endpoint', (kind) => {
  let all: Endpoints;
  beforeAll(async () => void (all = await Endpoints.open(kind)));
  afterEach(() => all.clear());
  afterAll(() => all?.server.remove());

  it('are CloudEvents that verify by the specification of Standard Webhooks, with what the graph shows their owner', async () => {
    const to = await all.receiver();
    const { secret } = await all.add(to.url);
    const parcel = all.number();
    await all.scan(parcel, 9);
    await eventually(async () => to.taken.length, (count) => count === 1);
    const [got] = to.taken;
    expect(WebhookReceiver.isSignedBy(secret, got!)).toBe(true);
    expect(WebhookReceiver.isSignedBy(`whsec_${Buffer.alloc(32).toString('base64')}`, got!)).toBe(false);
    expect(got!.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    const { events } = await graphql(all.server.url, all.partner, '{ events(first: 100) { all { cursor milestone { id code occurredAt source { connection rawCode } shipment { id trackingNumbers } } } } }');
    const shown = events.all.find((each: any) => each.milestone.shipment.trackingNumbers.includes(parcel));
    expect(got!.event).toMatchObject({ specversion: '1.0', id: shown.milestone.id, type: 'gatehouse.milestone.in_transit', subject: shown.milestone.shipment.id, cursor: shown.cursor, data: shown.milestone });
    expect(got!.event.source).toMatch(/^urn:gatehouse:[0-9a-f]{8}$/);
    expect(got!.event.data.source).not.toHaveProperty('rawText'); // this token has no personal:read
    const operator = await all.server.tokens.create({ role: 'operator', scopes: ['shipments:read', 'personal:read', 'webhooks:write'], ttl: 3600 });
    const entitled = await all.receiver();
    await all.add(entitled.url, { after: null }, operator);
    await all.scan(parcel, 10);
    await eventually(async () => entitled.taken.length, (count) => count === 1);
    expect(entitled.taken[0]!.event.data.source.rawText).toBe(`${parcel} 10`);
  });

  it('that is not taken holds back those of its own shipment and no others, and comes again under its id', async () => {
    const to = await all.receiver();
    const { id } = await all.add(to.url);
    const [poisoned, sound] = [all.number(), all.number()];
    const isOf = (received: Received, parcel: string) => received.event.data.shipment.trackingNumbers.includes(parcel);
    to.reply = (_event, request) => (isOf(request, poisoned) && hourOf(request) === 9 ? { status: 500, body: 'no' } : { status: 200 });
    for (const hour of [9, 10]) for (const parcel of [poisoned, sound]) await all.scan(parcel, hour);
    await eventually(async () => to.taken.length, (count) => count === 2);
    expect(to.taken.map((each) => [isOf(each, sound), hourOf(each)])).toEqual([[true, 9], [true, 10]]);
    // That it failed is recorded after it was answered, by when the sound ones may have arrived.
    const waiting = await eventually(async () => (await all.deliveries(id)).filter(({ state }) => state === 'WAITING').map(({ attempts }) => attempts), ([first = 0]) => first > 0);
    expect(waiting).toEqual([expect.any(Number), 0]);
    to.reply = () => ({ status: 200 });
    await all.makeDue();
    await eventually(async () => to.taken.length, (count) => count === 4);
    expect(to.taken.slice(2).map((each) => [isOf(each, poisoned), hourOf(each)])).toEqual([[true, 9], [true, 10]]);
    const again = to.received.filter((each) => isOf(each, poisoned) && hourOf(each) === 9);
    expect(new Set(again.map((each) => each.id)).size).toBe(1);
    expect(again.every((each) => each.id === each.event.id)).toBe(true);
  });

  it.each<[string, Parameters<typeof reply>[0], RegExp, number | null]>([
    ['a server error', { status: 503, body: 'down' }, /answered 503/, 503],
    ['a connection that is cut', 'reset', /cannot be reached/, null],
    ['a redirection, which is not followed', { status: 307, headers: { location: 'http://127.0.0.1:1/' } }, /redirects \(307\)/, 307],
    ['a refusal with a body of megabytes and our secret in it', { status: 400, body: 'SECRET'.repeat(400_000) }, /answered 400/, 400],
  ])('is tried again after %s; what was answered is kept cut and sealed', async (_what, answer, error, status) => {
    const to = await all.receiver();
    const { id, globalId, secret } = await all.add(to.url);
    to.reply = () => reply(answer, secret);
    const beginsMs = Date.now();
    await all.scan(all.number(), 9);
    const [delivery] = await eventually(() => all.deliveries(id), (rows) => rows[0]?.attempts === 1 && rows[0].state === 'WAITING');
    expect(Date.parse(delivery!.next_at)).toBeGreaterThan(beginsMs + 4_900);
    const { webhook } = await graphql(all.server.url, all.partner, 'query ($id: ID!) { webhook(id: $id) { health { attempts successShare waiting failuresInARow lastError } deliveries(first: 5) { nodes { state eventId attempts { number outcome status error answer } } } } }', { id: globalId });
    expect(webhook.health).toMatchObject({ attempts: 1, successShare: 0, waiting: 1, failuresInARow: 1, lastError: expect.stringMatching(error) });
    const [attempt] = webhook.deliveries.nodes[0].attempts;
    expect(attempt).toMatchObject({ number: 1, outcome: 'FAILED', status, error: expect.stringMatching(error) });
    expect((attempt.answer ?? '').length).toBeLessThanOrEqual(1_000);
    expect(attempt.answer ?? '').not.toContain(secret.slice('whsec_'.length));
    const { answer: sealed } = await all.db.selectFrom('webhook_attempt').select('answer').where('endpoint', '=', id).executeTakeFirstOrThrow();
    if (attempt.answer !== null && attempt.answer !== '') expect(Buffer.from(sealed!).includes(Buffer.from(attempt.answer.slice(0, 20)))).toBe(false);
  });

  it('waits as long as Retry-After says, and so does the whole endpoint', async () => {
    const to = await all.receiver();
    const { id } = await all.add(to.url);
    to.reply = () => ({ status: 429, headers: { 'retry-after': '3600' } });
    await all.scan(all.number(), 9);
    const [delivery] = await eventually(() => all.deliveries(id), (rows) => rows[0]?.attempts === 1 && rows[0].state === 'WAITING');
    expect(Date.parse(delivery!.next_at) - Date.now()).toBeGreaterThan(3_000_000);
    expect(Date.parse((await all.row(id)).not_before!) - Date.now()).toBeGreaterThan(3_000_000);
    await all.scan(all.number(), 9);
    await eventually(() => all.deliveries(id), (rows) => rows.length === 2);
    expect((await all.deliveries(id))[1]!.attempts).toBe(0);
  });

  it('is given up after its last attempt, which is told of as an exception; the next of its shipment goes on; it can be sent again', async () => {
    const to = await all.receiver();
    const { id, globalId } = await all.add(to.url);
    const parcel = all.number();
    to.reply = (_event, request) => (hourOf(request) === 9 ? { status: 500 } : { status: 200 });
    await all.scan(parcel, 9);
    await eventually(() => all.deliveries(id), (rows) => rows[0]?.attempts === 1 && rows[0].state === 'WAITING');
    await sql`update webhook_delivery set attempts = 9 where endpoint = ${id}::uuid`.execute(all.db);
    await all.scan(parcel, 10);
    await all.makeDue();
    await eventually(async () => to.taken.map(hourOf), (hours) => hours.includes(10));
    expect((await all.deliveries(id)).map(({ state }) => state)).toContain('GIVEN_UP');
    const exceptions = await all.db.selectFrom('exception').select(['kind', 'state', 'title', 'detail']).where('kind', '=', 'WEBHOOK_GIVEN_UP').execute();
    expect(exceptions).toEqual([expect.objectContaining({ state: 'OPEN', detail: expect.stringContaining(`gatehouse webhook replay ${id} --failed`) })]);
    to.reply = () => ({ status: 200 });
    expect(await all.act('replayWebhook', globalId, { failed: true }, all.partner, 'count userErrors { code }')).toEqual({ count: 1, userErrors: [] });
    await eventually(async () => to.taken.map(hourOf), (hours) => hours.includes(9));
  });

  it('stops an endpoint that is gone (410)', async () => {
    const to = await all.receiver();
    const { id } = await all.add(to.url);
    to.reply = () => ({ status: 410 });
    await all.scan(all.number(), 9);
    const row = await eventually(() => all.row(id), ({ state }) => state === 'DISABLED');
    expect(row.state_reason).toBe('GONE');
    await all.makeDue();
    await all.scan(all.number(), 9);
    expect(to.received).toHaveLength(1);
  });

  it('that fail for a day are told of as an exception, and after five days the endpoint is disabled and keeps what waits; resuming it sends it', async () => {
    const to = await all.receiver();
    const { id, globalId } = await all.add(to.url);
    to.reply = () => ({ status: 500 });
    await all.scan(all.number(), 9);
    const failingFor = (hours: number) => sql`update webhook_endpoint set failing_since = clock_timestamp() - make_interval(hours => ${hours}) where id = ${id}::uuid`.execute(all.db);
    const exceptionOf = () => all.db.selectFrom('exception').select(['state', 'detail']).where('kind', '=', 'WEBHOOK_FAILING').where('detail', 'like', `%${id}%`).executeTakeFirst();
    await eventually(() => all.deliveries(id), ([first]) => first?.state === 'WAITING' && first.attempts > 0);
    expect(await exceptionOf()).toBeUndefined();
    await failingFor(25);
    await all.makeDue();
    expect(await eventually(exceptionOf, (exception) => exception !== undefined)).toMatchObject({ state: 'OPEN', detail: expect.stringContaining('24 hours') });
    await failingFor(121);
    await all.makeDue();
    expect(await eventually(() => all.row(id), ({ state }) => state === 'DISABLED')).toMatchObject({ state_reason: 'FAILING' });
    expect(await exceptionOf()).toMatchObject({ state: 'OPEN', detail: expect.stringContaining('It is disabled') });
    to.reply = () => ({ status: 200 });
    expect((await all.act('resumeWebhook', globalId)).userErrors).toEqual([]);
    await eventually(async () => to.taken.length, (count) => count === 1);
    await eventually(exceptionOf, (exception) => exception?.state === 'RESOLVED');
  });

  it('go to one endpoint while another does not answer', async () => {
    const [slow, quick] = [await all.receiver(), await all.receiver()];
    slow.reply = () => 'silent';
    await all.add(slow.url);
    await all.add(quick.url);
    for (let count = 0; count < 6; count++) await all.scan(all.number(), 9);
    await eventually(async () => quick.taken.length, (count) => count === 6);
    expect(slow.taken).toHaveLength(0);
    expect(slow.received.length).toBeLessThanOrEqual(4); // its concurrency
  });
});

function reply(answer: { status: number; headers?: Record<string, string>; body?: string } | 'reset', secret: string) {
  return answer === 'reset' ? answer : { ...answer, ...(answer.body === undefined ? {} : { body: answer.body.replaceAll('SECRET', secret) }) };
}

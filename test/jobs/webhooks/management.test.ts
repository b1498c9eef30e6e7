import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { runHere } from '../../../src/cli/run-data-command.js';
import { retain } from '../../../src/jobs/tasks/retention.js';
import { cutFeed } from '../../../src/projections/feed-retention.js';
import { describeOnEachDatabase } from '../../support/databases.js';
import { partyId } from '../../support/partners.js';
import { eventually, graphql, graphqlAnswer } from '../../support/requests.js';
import { WebhookReceiver } from '../../support/webhook-receiver.js';
import { Endpoints } from './endpoints.js';

describeOnEachDatabase('an endpoint', (kind) => {
  let all: Endpoints;
  beforeAll(async () => void (all = await Endpoints.open(kind)));
  afterEach(() => all.clear());
  afterAll(() => all?.server.remove());

  const idsOf = (receiver: WebhookReceiver) => receiver.taken.map(({ id }) => id);
  const audited = async (id: string) => (await all.db.selectFrom('audit').select('action').where('target_id', '=', id).orderBy('position').execute()).map(({ action }) => action);
  async function command(name: string, options: Record<string, unknown>): Promise<string> {
    const lines = [];
    for await (const line of runHere(all.server, name, options, 'anna')) lines.push(line);
    return lines.join('\n');
  }

  it('is its owner’s and an administrator’s to see and to manage, and nobody else’s', async () => {
    const { globalId, id } = await all.add('http://127.0.0.1:9/hook', { description: 'ours' });
    const admin = await all.server.tokens.create({ role: 'admin', ttl: 3600 });
    const other = await all.server.tokens.create({ role: 'partner', carriers: ['UPS'], ttl: 3600, subject: 'ups' });
    // The same name in another role is somebody else.
    const namesake = await all.server.tokens.create({ role: 'machine', scopes: ['shipments:read', 'webhooks:write'], ttl: 3600, subject: 'fedex' });
    const find = async (token: string) => (await graphql(all.server.url, token, 'query ($id: ID!) { webhook(id: $id) { owner url } webhooks(first: 10) { nodes { id } } }', { id: globalId }));
    for (const token of [all.partner, admin]) expect(await find(token)).toEqual({ webhook: { owner: 'fedex', url: 'http://127.0.0.1:9/hook' }, webhooks: { nodes: [{ id: globalId }] } });
    for (const token of [other, namesake]) {
      expect(await find(token)).toEqual({ webhook: null, webhooks: { nodes: [] } });
      for (const name of ['pauseWebhook', 'resumeWebhook', 'removeWebhook', 'testWebhook', 'changeWebhook', 'rotateWebhookSecret', 'replayWebhook']) {
        expect((await all.act(name, globalId, name === 'replayWebhook' ? { failed: true } : {}, token)).userErrors, name).toEqual([expect.objectContaining({ code: 'NOT_FOUND' })]);
      }
    }
    for (const name of ['pauseWebhook', 'resumeWebhook', 'rotateWebhookSecret', 'testWebhook', 'changeWebhook', 'removeWebhook']) expect((await all.act(name, globalId, {}, admin)).userErrors, name).toEqual([]);
    expect(await audited(id)).toEqual(['webhook.added', 'webhook.paused', 'webhook.resumed', 'webhook.rotated', 'webhook.tested', 'webhook.changed', 'webhook.removed']);
    const unscoped = await all.server.tokens.create({ role: 'partner', carriers: ['FedEx'], scopes: ['shipments:read'], ttl: 3600 });
    expect((await graphqlAnswer(all.server.url, unscoped, '{ webhooks(first: 1) { nodes { id } } }')).errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
  });

  it.each<[string, object, string, string]>([
    ['an address that is none', { url: 'ftp://example.com/' }, 'url', 'BAD_INPUT'],
    ['an address with a password in it', { url: 'https://a:b@example.com/' }, 'url', 'BAD_INPUT'],
    ['an address within our own networks', { url: 'http://169.254.169.254/latest' }, 'url', 'BAD_INPUT'],
    ['a topic that its owner may not read', { url: 'http://127.0.0.1:9/', topics: ['STOCK'] }, 'topics', 'FORBIDDEN'],
    ['a filter that names no shipment', { url: 'http://127.0.0.1:9/', filter: { shipmentId: 'x' } }, 'filter', 'BAD_INPUT'],
    ['too many requests at once', { url: 'http://127.0.0.1:9/', concurrency: 100 }, 'concurrency', 'BAD_INPUT'],
  ])('is refused with %s', async (_what, input, field, code) => {
    const { addWebhook } = await graphql(all.server.url, all.partner, 'mutation ($input: AddWebhookInput!) { addWebhook(input: $input) { secret userErrors { field code } } }', { input });
    expect(addWebhook).toEqual({ secret: null, userErrors: [{ field, code }] });
  });

  it('whose name leads elsewhere later is not called there: the address is judged anew for every request', async () => {
    const { id } = await all.add('http://127.0.0.1:9/hook');
    await sql`update webhook_endpoint set url = 'http://10.0.0.1/hook' where id = ${id}::uuid`.execute(all.db);
    await all.scan(all.number(), 9);
    await eventually(() => all.row(id), (row) => row.failures >= 1);
    expect((await all.row(id)).last_error).toMatch(/not the public internet/);
  });

  it('gets a test event, and the command line says what came of it', async () => {
    const to = await all.receiver();
    const { id } = await all.add(to.url);
    expect(await command('webhook test', { id })).toMatch(/DELIVERED 204 in \d+ ms\nIt arrived\.$/);
    expect(to.taken[0]!.event).toMatchObject({ type: 'gatehouse.webhook.test', data: { endpoint: id } });
    to.reply = () => ({ status: 404, body: 'no such hook' });
    await expect(command('webhook test', { id })).rejects.toThrow(/It did not arrive: It answered 404\. no such hook/);
  });

  it('that waits after failures is sent no test event before, and the command line says until when', async () => {
    const to = await all.receiver();
    const { id } = await all.add(to.url);
    await sql`update webhook_endpoint set not_before = '2099-01-02T03:04:05Z', failures = 5 where id = ${id}::uuid`.execute(all.db);
    expect(await command('webhook test', { id })).toMatch(/waits after failures until 2099-01-02 03:04:05/);
    expect(to.taken).toEqual([]);
  });

  it('is signed for by both secrets after a rotation, and by the new one alone where the old one is known', async () => {
    const to = await all.receiver();
    const { globalId, secret: first } = await all.add(to.url);
    const rotate = async (atOnce: boolean) => (await all.act('rotateWebhookSecret', globalId, { atOnce }, all.partner, 'secret')).secret as string;
    const sent = async (count: number) => {
      await all.act('testWebhook', globalId);
      await eventually(async () => to.taken.length, (taken) => taken === count);
      return to.taken.at(-1)!;
    };
    const second = await rotate(false);
    const both = await sent(1);
    expect([first, second].map((secret) => WebhookReceiver.isSignedBy(secret, both))).toEqual([true, true]);
    const third = await rotate(true);
    const one = await sent(2);
    expect([first, second, third].map((secret) => WebhookReceiver.isSignedBy(secret, one))).toEqual([false, false, true]);
    const kept = await all.db.selectFrom('webhook_secret').select('ciphertext').execute();
    for (const secret of [first, second, third]) expect(JSON.stringify(kept)).not.toContain(secret.slice(6, 20));
  });

  it('that is paused gets nothing, and once resumed all that came meanwhile', async () => {
    const to = await all.receiver();
    const { globalId, id } = await all.add(to.url);
    await all.act('pauseWebhook', globalId);
    await all.scan(all.number(), 9);
    await all.scan(all.number(), 9);
    const witness = await all.receiver();
    await all.add(witness.url);
    await all.scan(all.number(), 9);
    await eventually(async () => witness.taken.length, (count) => count === 1);
    expect(to.received).toHaveLength(0);
    expect(await all.deliveries(id)).toHaveLength(0);
    await all.act('resumeWebhook', globalId);
    await eventually(async () => to.taken.length, (count) => count === 3);
  });

  it('that was paused for longer than the feed is kept is told of the gap, and goes on behind it', async () => {
    const to = await all.receiver();
    const { globalId, id } = await all.add(to.url);
    await all.act('pauseWebhook', globalId);
    await all.scan(all.number(), 9);
    // As if all this had been forty days ago: it is told up to where the feed goes, and rows go once every process has read that.
    const { start } = await all.server.tasks.graph.live();
    await sql`insert into feed_mark (position, at) select position, now() - interval '40 days' from projection where name = 'main' on conflict (position) do update set at = excluded.at`.execute(all.db);
    await cutFeed(all.server.database, 30);
    await eventually(async () => (await all.server.tasks.graph.live()).start.position, (position) => position > start.position);
    await cutFeed(all.server.database, 30);
    await all.act('resumeWebhook', globalId);
    await eventually(async () => to.taken.map(({ event }) => event.type), (types) => types.includes('gatehouse.webhook.gap'));
    const gap = to.taken.find(({ event }) => event.type === 'gatehouse.webhook.gap')!.event.data;
    expect((await all.row(id)).gap).toEqual({ from: gap.from, to: gap.to, at: gap.at });
    await all.scan(all.number(), 9);
    await eventually(async () => to.taken.length, (count) => count === 2);
    expect(to.taken.at(-1)!.event.type).toBe('gatehouse.milestone.in_transit');
    await sql`delete from projection where name = 'feed-removed'`.execute(all.db);
  });

  it('gets a part again, by cursors or by times, under the ids that its events had', async () => {
    const to = await all.receiver();
    const { globalId, id } = await all.add(to.url);
    for (let count = 0; count < 4; count++) await all.scan(all.number(), 9);
    await eventually(async () => to.taken.length, (count) => count === 4);
    const [first, second, third] = to.taken;
    expect((await all.act('replayWebhook', globalId, { fromCursor: first!.event.cursor, toCursor: third!.event.cursor })).userErrors).toEqual([]);
    await eventually(async () => to.taken.length, (count) => count === 6);
    expect(idsOf(to).slice(4)).toEqual([second!.id, third!.id]);
    expect(to.taken.slice(4).map(({ event }) => event)).toEqual([second!.event, third!.event]);
    expect((await all.act('replayWebhook', globalId, { from: third!.event.time })).userErrors).toEqual([]);
    await eventually(async () => to.taken.length, (count) => count >= 8);
    expect(idsOf(to)).toEqual(expect.arrayContaining([third!.id]));
    expect(idsOf(to).slice(6, 8).at(-1)).toBe(idsOf(to)[3]);
    expect((await all.act('replayWebhook', globalId, {})).userErrors).toEqual([expect.objectContaining({ code: 'BAD_INPUT' })]);
    expect((await audited(id)).filter((action) => action === 'webhook.replayed')).toHaveLength(2);
  });

  it('is sent nothing once its owner’s token is taken back, not even what waited; a new token of the owner resumes it', async () => {
    const to = await all.receiver();
    const token = await all.server.tokens.create({ role: 'partner', carriers: ['FedEx'], ttl: 3600, subject: `revoked-${kind}` });
    const { globalId, id } = await all.add(to.url, {}, token);
    to.reply = () => ({ status: 500 });
    await all.scan(all.number(), 9);
    await eventually(() => all.row(id), (row) => row.failures >= 1);
    await all.server.tokens.state.revoke('subject', `revoked-${kind}`);
    to.reply = () => ({ status: 200 });
    await all.makeDue();
    expect(await eventually(() => all.row(id), (row) => row.state === 'DISABLED')).toMatchObject({ state_reason: 'REVOKED' });
    expect(to.taken).toHaveLength(0);
    const admin = await all.server.tokens.create({ role: 'admin', ttl: 3600 });
    expect((await all.act('resumeWebhook', globalId, {}, admin)).userErrors).toEqual([expect.objectContaining({ code: 'CONFLICT' })]);
    const fresh = await all.server.tokens.create({ role: 'partner', carriers: ['FedEx'], ttl: 3600, subject: `revoked-${kind}` });
    expect((await all.act('resumeWebhook', globalId, {}, fresh)).userErrors).toEqual([]);
    await eventually(async () => to.taken.length, (count) => count === 1);
  });

  it('of a customer gets what a link makes visible, behind what it had; what left the customer’s sight meanwhile is not sent', async () => {
    const to = await all.receiver();
    const [customer, other] = [801, 802];
    const token = await all.server.tokens.create({ role: 'customer', parties: [partyId(customer)], scopes: ['shipments:read', 'webhooks:write'], ttl: 3600, subject: 'customer' });
    const { id } = await all.add(to.url, {}, token);
    const parcel = all.number();
    await all.scan(parcel, 9);
    expect(await all.shown(token)).toEqual([]);
    await all.deliver(9001, parcel, customer);
    await eventually(async () => to.taken.length, (count) => count === 1);
    expect(idsOf(to)).toEqual(await all.shown(token));
    to.reply = () => ({ status: 500 });
    await all.scan(parcel, 10);
    await eventually(() => all.row(id), (row) => row.failures >= 1);
    await all.deliver(9001, parcel, other);
    expect(await all.shown(token)).toEqual([]);
    to.reply = () => ({ status: 200 });
    await all.makeDue();
    await eventually(() => all.deliveries(id), (rows) => rows.at(-1)?.state === 'DROPPED');
    expect(to.taken).toHaveLength(1);
  });

  it('has the rights of whoever changes where its events go', async () => {
    const to = await all.receiver();
    const wide = await all.server.tokens.create({ role: 'partner', carriers: ['FedEx', 'UPS'], ttl: 3600, subject: 'two-carriers' });
    const narrow = await all.server.tokens.create({ role: 'partner', carriers: ['UPS'], ttl: 3600, subject: 'two-carriers' });
    const { globalId, id } = await all.add('http://127.0.0.1:9/', {}, wide);
    await all.act('changeWebhook', globalId, { url: to.url }, narrow);
    expect((await all.row(id)).rights.keys).toEqual(['carrier:UPS']);
    await all.scan(all.number(), 9, 'FedEx');
    await all.scan(all.number(), 9, 'UPS');
    await eventually(async () => to.taken.length, (count) => count === 1);
    expect(idsOf(to)).toEqual((await all.shown(narrow)).slice(-1));
  });

  it('has a history that ends with its retention; what waits stays', async () => {
    const to = await all.receiver();
    const { id } = await all.add(to.url);
    to.reply = (_event, { event }) => ({ status: event.type === 'gatehouse.webhook.test' ? 500 : 200 });
    await all.scan(all.number(), 9);
    await all.act('testWebhook', Buffer.from(`WebhookEndpoint:${id}`).toString('base64url'));
    await eventually(() => all.db.selectFrom('webhook_attempt').select('id').where('endpoint', '=', id).execute(), (rows) => rows.length === 2);
    await sql`update webhook_delivery set finished_at = finished_at - interval '31 days'`.execute(all.db);
    await retain(all.server.tasks);
    expect((await all.deliveries(id)).map(({ type, state }) => [type, state])).toEqual([['gatehouse.webhook.test', 'WAITING']]);
    expect(await all.db.selectFrom('webhook_attempt').select('id').where('endpoint', '=', id).execute()).toHaveLength(1);
  });

  it('is registered from the command line under the rights that are named, shown and paused there', async () => {
    const to = await all.receiver();
    const added = await command('webhook add', { url: to.url, subject: 'ups', role: 'partner', carrier: ['UPS'], code: ['IN_TRANSIT'] });
    const id = /Endpoint (\S+)/.exec(added)![1]!;
    const secret = /whsec_\S+/.exec(added)![0];
    await all.scan(all.number(), 9, 'FedEx');
    await all.scan(all.number(), 9, 'UPS');
    await eventually(async () => to.taken.length, (count) => count === 1);
    expect(WebhookReceiver.isSignedBy(secret, to.taken[0]!)).toBe(true);
    const token = await all.server.tokens.create({ role: 'partner', carriers: ['UPS'], ttl: 3600, subject: 'ups' });
    expect((await graphql(all.server.url, token, '{ webhooks(first: 5) { nodes { filter { codes } } } }')).webhooks.nodes).toEqual([{ filter: { codes: ['IN_TRANSIT'] } }]);
    await eventually(() => command('webhook show', { id }), (text) => /100 % of 1 arrived/.test(text) && /DELIVERED +gatehouse\.milestone\.in_transit/.test(text));
    expect(await command('webhook list', {})).toMatch(/ACTIVE.+ups.+100 % of 1 arrived in 24 h, 0 waiting/);
    await command('webhook pause', { id });
    expect(await command('webhook list', {})).toMatch(/PAUSED/);
    await command('webhook remove', { id });
    expect(await command('webhook list', {})).toMatch(/No endpoint/);
    await expect(command('webhook show', { id })).rejects.toThrow(/There is no endpoint/);
    await expect(command('webhook pause', { id: 'x' })).rejects.toThrow(/no id of an endpoint/);
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { signature } from '../../src/connectors/woocommerce/webhook.js';
import type { Json } from '../../src/lib/json.js';
import type { OrderRecord } from '../../src/model/facts.js';
import { AnsweringServer } from '../connectors/answering-server.js';
import { byAmazon, order as amazonOrder } from '../fixtures/amazon/sample.js';
import { order as wooOrder } from '../fixtures/woocommerce/sample.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { json, send } from '../support/partners.js';
import { eventually } from '../support/requests.js';
import { AmazonSeller } from '../support/shops/amazon.js';
import { StatedShop } from '../support/shops/orders.js';
import { WooCommerceShop } from '../support/shops/woocommerce.js';

const secret = 'the secret of the shop';

describeOnEachDatabase('orders of WooCommerce and of Amazon', (kind) => {
  const [shop, seller] = [new WooCommerceShop(), new AmazonSeller()];
  const servers = [new AnsweringServer(), new AnsweringServer()] as const;
  const paid = shop.add(JSON.parse(wooOrder.toString()) as Json);
  const unshipped = seller.add((JSON.parse(amazonOrder.toString()) as { order: Json }).order);
  let server: TestServer;
  const db = () => server.database.kysely;

  beforeAll(async () => {
    seller.add((JSON.parse(byAmazon.toString()) as { order: Json }).order);
    servers[0].answer = (asked) => shop.answer(asked);
    servers[1].answer = (asked) => seller.answer(asked);
    server = await testServer(kind, { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' });
    const { id: clientId, secret: clientSecret, refreshToken } = AmazonSeller.client;
    const amazonUrl = await servers[1].listen();
    await server.connections.add({ id: 'woo', connector: 'woocommerce', company: 'main', settings: { url: await servers[0].listen(), since: '2026-01-01' }, secrets: { webhookSecret: secret, consumerKey: WooCommerceShop.key, consumerSecret: WooCommerceShop.secret } });
    await server.connections.add({ id: 'amz', connector: 'amazon', company: 'main', settings: { region: 'eu', url: amazonUrl, tokenUrl: `${amazonUrl}/auth/o2/token`, since: '2026-01-01' }, secrets: { clientId, clientSecret, refreshToken } });
  });
  afterAll(async () => {
    await server?.remove();
    for (const each of servers) await each.close();
  });

  const rows = (connection: string) => db().selectFrom('shop_order').select(['order_key', 'state', 'fulfilled_by', 'deleted', 'version', 'sealed']).where('connection', '=', connection).orderBy('order_key').execute();
  const commands = (connection: string) => db().selectFrom('command').select(['kind', 'state']).where('connection', '=', connection).where('kind', '<>', 'source.poll').orderBy('sequence').execute();
  async function post(body: Buffer, delivery: string): Promise<{ duplicate: boolean }> {
    const answer = await send(`${server.url}/ingest/woo`, { method: 'POST', headers: { ...json, 'x-wc-webhook-signature': signature(secret, body), 'x-wc-webhook-delivery-id': delivery }, body: body.toString() });
    expect(answer.status).toBe(202);
    return answer.body as { duplicate: boolean };
  }
  /** Odoo has the order and has delivered all of it. @param lines `<id of the shop>:<quantity>` */
  async function delivered(connection: string, order: string, number: string, lines: ReadonlyArray<readonly [string, string]>): Promise<void> {
    const stated = new StatedShop(server, { shop: connection });
    await stated.odooOrder(order, 1, lines.map(([shopLine, quantity]): OrderRecord['lines'][number] => ({ id: `so-${shopLine}`, productId: `p-${shopLine}`, description: 'A thing', quantity, unit: 'Units', shopLine })));
    await stated.delivery(number, order, 1, [], { trackingNumbers: [`1Z${number}`], carrier: 'UPS', lines: lines.map(([shopLine, quantity], index) => ({ id: `${number}-${index}`, productId: `p-${shopLine}`, quantity, unit: 'Units', orderLineId: `so-${shopLine}` })) });
  }

  it('are there by webhook and by looking, once, with who bought sealed', async () => {
    expect([(await post(wooOrder, 'a')).duplicate, (await post(wooOrder, 'a')).duplicate]).toEqual([false, true]);
    expect(await eventually(() => rows('woo'), (found) => found.length === 1)).toEqual([expect.objectContaining({ order_key: '727', state: 'OPEN', deleted: false, sealed: expect.any(String) })]);
    expect(await eventually(() => rows('amz'), (found) => found.length === 2)).toEqual([
      expect.objectContaining({ order_key: unshipped.orderId, state: 'OPEN', fulfilled_by: 'MERCHANT' }), expect.objectContaining({ order_key: '303-0000000-0000001', state: 'CLOSED', fulfilled_by: 'MARKETPLACE' }),
    ]);
    const told = await db().selectFrom('event').select('payload').where('type', '=', 'shop_order.reported').execute();
    expect(JSON.stringify(told)).not.toMatch(/ann@example|Townsend|Erika|Hauptstr/);
  });

  it('are fulfilled there by what Odoo delivers, once, and say so', async () => {
    await delivered('woo', '727', '901', [['315', '2'], ['316', '1']]);
    await delivered('amz', unshipped.orderId, '902', [['20212345678901', '2'], ['20212345678902', '1']]);
    expect(await eventually(() => rows('woo'), (found) => found[0]?.state === 'CLOSED')).toHaveLength(1);
    await eventually(() => commands('amz'), (found) => found.some(({ state }) => state === 'DONE'));
    await post(Buffer.from(JSON.stringify(paid)), 'b');
    await delivered('woo', '727', '901', [['315', '2'], ['316', '1']]);
    expect([await commands('woo'), await commands('amz')]).toEqual([[{ kind: 'shop.fulfil', state: 'DONE' }], [{ kind: 'shop.fulfil', state: 'DONE' }]]);
    expect([paid.status, shop.notes.get(727)!.map(({ note }) => note)]).toEqual(['completed', ['Delivery WH/OUT/901 is on its way by UPS. Tracking number: 1Z901.']]);
    expect([...seller.confirmed.get(unshipped.orderId)!.values()].map(({ trackingNumber }) => trackingNumber)).toEqual(['1Z902']);
  });

  it('that were deleted there are marked so', async () => {
    await post(Buffer.from('{"id":727}'), 'c');
    await eventually(() => rows('woo'), (found) => found[0]?.deleted === true);
  });
});

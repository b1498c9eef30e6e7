import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { acceptCommands, type NewCommand } from '../../../src/events/commands.js';
import { changePolicy } from '../../../src/jobs/tasks/outbound/partners.js';
import { packageRoot } from '../../../src/lib/package-root.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import type { Services } from '../../../src/main.js';
import { progress, type Measurement } from '../../support/measurements.js';
import { postgresPrograms } from '../../support/postgres-cluster.js';
import { AmazonSeller, type AmazonOrder } from '../../support/shops/amazon.js';
import { WooCommerceShop, type ShopOrder } from '../../support/shops/woocommerce.js';
import { startTarget, type Target } from '../carriers/target.js';
import { pause } from '../live/pause.js';
import { startAmazon, startWooCommerce, type FaultyShop } from './counterparts.js';

/** Orders at each shop, each delivered in two parts. */
const orders = Number(process.env['CHAOS_ORDERS'] ?? 200);
const kills = Number(process.env['CHAOS_KILLS'] ?? 6);
const settleTimeoutMs = 900_000;
const actor = { subject: 'chaos', role: 'system' };

/** A delivery: its number, and `<id of the line>:<quantity>`. */
interface Part {
  number: string;
  lines: readonly string[];
}

/**
 * Deliveries are told to a WooCommerce shop and to Amazon, where one request in eight goes wrong, while workers are killed:
 * what each shop has afterwards is compared with what it was to be told.
 */
export async function chaosShops(): Promise<Measurement[]> {
  const programs = postgresPrograms();
  if (programs === null) {
    progress('No PostgreSQL is installed here: nothing was tried. (Debian: apt-get install postgresql)');
    return [];
  }
  const [shop, seller] = [new WooCommerceShop(), new AmazonSeller()];
  for (let id = 1; id <= orders; id++) {
    shop.add({ ...fixture<ShopOrder>('woocommerce'), id, number: String(id) });
    seller.add({ ...fixture<{ order: AmazonOrder }>('amazon').order, orderId: amazonId(id) });
  }
  const [woo, amazon] = [await startWooCommerce(shop), await startAmazon(seller)];
  const target = await startTarget(programs);
  try {
    return await run(target, { shop, seller, woo, amazon });
  } finally {
    await target.remove();
    await Promise.all([woo.close(), amazon.close()]);
  }
}

// The fixtures are files of the repository and not of the built tests.
function fixture<T>(connector: string): T {
  return JSON.parse(readFileSync(join(packageRoot, 'test', 'fixtures', connector, 'order.json'), 'utf8')) as T;
}

const amazonId = (id: number) => `302-0000000-${String(id).padStart(7, '0')}`;
const partsOf = (connection: string, id: number): Part[] => (connection === 'woo' ? ['315:2', '316:1'] : ['20212345678901:2', '20212345678902:1']).map((line, index) => ({ number: `${connection}${id}${'ab'[index]}`, lines: [line] }));

interface World {
  shop: WooCommerceShop;
  seller: AmazonSeller;
  woo: FaultyShop;
  amazon: FaultyShop;
}

async function run(target: Target, world: World): Promise<Measurement[]> {
  const { services } = target;
  for (const [id, connector, { settings, secrets }] of [['woo', 'woocommerce', world.woo], ['amz', 'amazon', world.amazon]] as const) {
    await services.connections.add({ id, connector, company: 'main', settings, secrets });
    await changePolicy(services.tasks, id, { timeoutMs: 3_000, concurrency: 8, perMinute: 6_000, attempts: 100, backoffSeconds: 0.5, backoffMaxSeconds: 3, openSeconds: 0.5, openMaxSeconds: 2 }, actor, '*');
  }
  const startMs = Date.now();
  const accepted = await accept(services);
  progress(`${accepted} deliveries accepted`);
  let killed = 0;
  for (; killed < kills && (await waiting(services)) > 0; killed++) {
    await pause(randomInt(1_500, 4_000));
    await target.killWorker((killed % 2) as 0 | 1);
    progress(`kill ${killed + 1} of ${kills}; ${await waiting(services)} deliveries left`);
  }
  const endMs = Date.now() + settleTimeoutMs;
  while ((await waiting(services)) > 0) {
    if (Date.now() > endMs) throw new Error(`${await waiting(services)} commands had not ended after ${settleTimeoutMs / 1000} s.`);
    await pause(500);
  }
  return measured(services, world, { accepted, killed, seconds: (Date.now() - startMs) / 1000 });
}

async function accept(services: Services): Promise<number> {
  const commands = ['woo', 'amz'].flatMap((connection) => Array.from({ length: orders }, (_, index) => index + 1).flatMap((id) => partsOf(connection, id).map(({ number, lines }): NewCommand<'shop.fulfil'> => {
    const order = connection === 'woo' ? String(id) : amazonId(id);
    return {
      kind: 'shop.fulfil', connection, lane: 'DISPATCH', company: 'main', requestedBy: 'chaos', idempotencyKey: number, subject: `shop_order:${connection}:${order}`, orderKey: `shop_order:${connection}:${order}`, correlationId: uuidv7(),
      input: { order, delivery: `WH/OUT/${number}`, lines: lines.map((line) => ({ id: line.split(':')[0]!, sku: 'X', quantity: line.split(':')[1]! })), shippedAt: '2026-03-06T14:00:00.000Z', tracking: { carrier: 'UPS', carrierCode: 'UPS', numbers: [`1Z${number}`] } },
    };
  })));
  for (let at = 0; at < commands.length; at += 200) await services.database.transaction((tx) => acceptCommands(tx, services.tasks.bodies, commands.slice(at, at + 200)));
  return commands.length;
}

async function waiting({ database }: Services): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from command where kind = 'shop.fulfil' and state in ('QUEUED', 'WAITING', 'CALLING')`.execute(database.kysely);
  return rows[0]!.count;
}

async function measured(services: Services, { shop, seller, woo, amazon }: World, { accepted, killed, seconds }: { accepted: number; killed: number; seconds: number }): Promise<Measurement[]> {
  const told = (name: string, value: number, unit: string): Measurement => ({ name, value, unit, aim: null, ok: true });
  const zero = (name: string, value: number, unit: string): Measurement => ({ name, value, unit, aim: '0', ok: value === 0 });
  const wrong = { lost: 0, repeatedNotes: 0, repeatedNumbers: 0, status: 0, parcels: 0, notSent: 0 };
  for (let id = 1; id <= orders; id++) {
    const order = shop.orders.get(id)!;
    const notes = (shop.notes.get(id) ?? []).map(({ note }) => note);
    const numbers = ((order.meta_data.find(({ key }) => key === '_wc_shipment_tracking_items')?.value ?? []) as Array<{ tracking_number: string }>).map((each) => each.tracking_number);
    const wanted = partsOf('woo', id).map(({ number }) => `1Z${number}`);
    wrong.lost += wanted.filter((number) => !numbers.includes(number) || !notes.some((note) => note.includes(`${number}.`))).length;
    wrong.repeatedNotes += notes.length - new Set(notes).size;
    wrong.repeatedNumbers += numbers.length - new Set(numbers).size;
    wrong.status += order.status === 'completed' ? 0 : 1;
    const parcels = [...(seller.confirmed.get(amazonId(id))?.values() ?? [])].map(({ trackingNumber }) => trackingNumber).sort();
    wrong.parcels += JSON.stringify(parcels) === JSON.stringify(partsOf('amz', id).map(({ number }) => `1Z${number}`)) ? 0 : 1;
    wrong.notSent += seller.orders.get(amazonId(id))!.fulfillment.fulfillmentStatus === 'SHIPPED' ? 0 : 1;
  }
  const attempts = await sql<{ outcome: string; count: number }>`select coalesce(error_kind, outcome) as outcome, count(*) as count from command_attempt where connection in ('woo', 'amz') group by 1 order by 1`.execute(services.database.kysely);
  const dead = await sql<{ count: number }>`select count(*) as count from command where kind = 'shop.fulfil' and state <> 'DONE'`.execute(services.database.kysely);
  return [
    told('accepted', accepted, 'deliveries'), told('workers killed with -9', killed, 'times'), told('requests that change something', woo.counts.changing + amazon.counts.changing, 'requests'), told('faults', woo.counts.faults + amazon.counts.faults, 'requests'),
    ...attempts.rows.map((row) => told(`attempts: ${row.outcome.toLowerCase()}`, row.count, 'attempts')),
    told('all ended after', seconds, 's'),
    zero('WooCommerce: deliveries without their number or note', wrong.lost, 'deliveries'),
    zero('WooCommerce: notes that came twice', wrong.repeatedNotes, 'notes'),
    zero('WooCommerce: numbers that stand twice', wrong.repeatedNumbers, 'numbers'),
    zero('WooCommerce: orders without their status', wrong.status, 'orders'),
    zero('Amazon: orders with other parcels than were sent', wrong.parcels, 'orders'),
    zero('Amazon: orders that are not shown as sent', wrong.notSent, 'orders'),
    zero('commands that did not end well', dead.rows[0]!.count, 'commands'),
  ];
}

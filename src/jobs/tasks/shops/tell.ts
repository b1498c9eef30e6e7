import { acceptCommands, type NewCommand } from '../../../events/commands.js';
import { instant } from '../../../lib/clock.js';
import { uuidOfName, uuidv7 } from '../../../lib/ids.js';
import { canonicalJson } from '../../../lib/json.js';
import { odooOrderOf } from '../../../model/shop-orders.js';
import type { OdooShopOrder, ShopPolicy } from '../../../model/shop.js';
import {
  bookedCarriers, fulfilmentsOfShopOrders, isShopOrderDue, keepFulfilments, keepToldShopOrders, markShopOrdersDue, shopOrdersWithOdoo, takeDueShopOrders, toldShopOrders,
  type FulfilmentRow, type ShopOrderWithOdoo, type ToldShopOrder,
} from '../../../projections/shops.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { odooOf, shopConnections, type ShopConnections } from './connections.js';
import { fulfilmentSteps } from './fulfil.js';
import { settleShopMatters } from './matters.js';

const atOnce = 100;
/** After so long an order for which there is no Odoo is looked at again, ms. */
const withoutOdooMs = 300_000;

/**
 * Looks at the orders of shops of which something changed: tells Odoo what is to stand there, and shops what Odoo has delivered and
 * by which numbers it is followed. Commands and what was told are one transaction with the mark that asked for it, so nothing is
 * told twice, whatever is cut short.
 * @param signal ends it after a page
 */
export async function tellShopOrders(tasks: TaskContext, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true && (await isShopOrderDue(tasks.database.kysely))) {
    const connections = await shopConnections(tasks);
    const count = await tasks.database.transaction(async (tx) => {
      const due = await takeDueShopOrders(tx, atOnce);
      if (due.length > 0) await tell(tasks, tx, due, connections);
      return due.length;
    });
    if (count === 0) return; // another process has them
  }
}

async function tell(tasks: TaskContext, tx: Transaction, ids: readonly string[], connections: ShopConnections): Promise<void> {
  const orders = (await shopOrdersWithOdoo(tx, ids)).filter(({ order }) => connections.policies.has(order.connection));
  if (orders.length === 0) return;
  const own = orders.map(({ id }) => id);
  const [known, fulfilled] = [await toldShopOrders(tx, own), await fulfilmentsOfShopOrders(tx, own)];
  const booked = await bookedCarriers(tx, orders.flatMap(({ inOdoo }) => inOdoo?.deliveries.map(({ transfer }) => transfer) ?? []));
  const [commands, toldRows, fulfilmentRows] = [[] as NewCommand[], [] as ToldShopOrder[], [] as FulfilmentRow[]];
  const withoutOdoo: ShopOrderWithOdoo[] = [];
  for (const each of orders) {
    const policy = connections.policies.get(each.order.connection)!;
    const step = odooStep(tasks, each, policy, known.get(each.id), connections);
    if (step === 'NO_ODOO') withoutOdoo.push(each);
    else if (step !== null) {
      commands.push(step.command);
      toldRows.push(step.row);
    }
    const sent = fulfilmentSteps(each, policy, fulfilled.filter((row) => row.shop_order_id === each.id), booked);
    commands.push(...sent.commands);
    fulfilmentRows.push(...sent.rows);
    if (sent.lookAgainAt !== null) await markShopOrdersDue(tx, [each.id], sent.lookAgainAt);
  }
  await keepToldShopOrders(tx, toldRows);
  await keepFulfilments(tx, fulfilmentRows);
  await acceptCommands(tx, tasks.bodies, commands);
  await markShopOrdersDue(tx, withoutOdoo.map(({ id }) => id), instant(Date.now() + withoutOdooMs));
  const withOdoo = new Set(orders.filter(({ order, company }) => odooOf(connections, connections.policies.get(order.connection)!, company) !== null).map(({ order }) => order.connection));
  await settleShopMatters(tx, { orders, withoutOdoo, withOdoo, replaced: toldRows.flatMap((row) => known.get(row.shop_order_id)?.command_id ?? []) });
}

/** What Odoo is told; null where it has what it is to have. */
function odooStep({ people }: TaskContext, of: ShopOrderWithOdoo, policy: ShopPolicy, known: ToldShopOrder | undefined, connections: ShopConnections): { command: NewCommand<'odoo.apply'>; row: ToldShopOrder } | 'NO_ODOO' | null {
  const isKnown = known !== undefined;
  // Who bought was erased: an order that is called off is all that can still be said.
  if (of.personalDataId === null && !(isKnown && of.order.state === 'CANCELLED')) return null;
  const content = odooOrderOf(of.order, of.personalDataId === null ? {} : people.open(of.personalDataId, of.sealed), policy, isKnown);
  if (content === null) return null;
  // Where it went first is where it stands.
  const connection = known?.connection ?? odooOf(connections, policy, of.company);
  if (connection === null || !connections.odoos.some(({ id }) => id === connection)) return 'NO_ODOO';
  const digest = people.fingerprint(canonicalJson(content)).toString('hex').slice(0, 32);
  if (known?.digest === digest) return null;
  const revision = (known?.revision ?? 0) + 1;
  const values: OdooShopOrder = { ...content, company: of.company, version: revision };
  const key = `${of.subject}:${revision}`;
  const command: NewCommand<'odoo.apply'> & { id: string } = {
    // What it says is part of its name: after a backup was restored, another statement is another command.
    id: uuidOfName(`${key}:${digest}`), kind: 'odoo.apply', connection, company: of.company, lane: 'DISPATCH', requestedBy: 'gatehouse', idempotencyKey: key, subject: of.subject, orderKey: of.subject,
    correlationId: of.correlationId ?? uuidv7(), input: { topic: 'shop_order', model: 'sale.order', recordId: 0, values: { ...values } },
  };
  return { command, row: { shop_order_id: of.id, connection, revision, digest, command_id: command.id } };
}

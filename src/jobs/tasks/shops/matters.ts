import { append } from '../../../events/append.js';
import type { EventPayloads, NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { uuidv7 } from '../../../lib/ids.js';
import { titleText } from '../../../lib/storable-text.js';
import { hasLeft } from '../../../model/shop-orders.js';
import { ourselves, takeStep } from '../../../projections/change-exception.js';
import { exceptionSubject } from '../../../projections/exceptions.js';
import type { ShopOrderWithOdoo } from '../../../projections/shops.js';
import type { Transaction } from '../../engine.js';
import { raiseAtOnce, resolutionsOfGivenUp } from '../outbound/matters.js';

/** What was found of orders that were looked at. */
export interface ShopFindings {
  orders: readonly ShopOrderWithOdoo[];
  /** Those that go to Odoo, and for which there is none. */
  withoutOdoo: readonly ShopOrderWithOdoo[];
  /** Connections of shops for whose orders there is an Odoo now. */
  withOdoo: ReadonlySet<string>;
  /** Commands in whose place Odoo is told something newer. */
  replaced: readonly string[];
}

/** An exception that is open as long as something is found. */
interface Matter {
  kind: 'SHOP_CANCELLED_LATE' | 'SHOP_WITHOUT_ODOO';
  about: string;
  isFound: boolean;
  of: ShopOrderWithOdoo;
  title: string;
  detail: string;
}

/**
 * Raises what people must see of these orders, once each, and closes what is over: an order that the shop called off when goods had
 * left, a shop for whose orders there is no Odoo. A command that was given up is no matter any more once a newer one takes its place.
 */
export async function settleShopMatters(tx: Transaction, { orders, withoutOdoo, withOdoo, replaced }: ShopFindings): Promise<void> {
  const events: NewEvent[] = [];
  const matters = [...orders.map(cancelledLate), ...shopsWithoutOdoo(orders, withoutOdoo, withOdoo)];
  const subjects = matters.map(({ kind, about }) => exceptionSubject(kind, about));
  const rows = await tx.selectFrom('exception').select(['subject', 'version', 'company', 'state', 'decided_by']).where('subject', 'in', subjects).orderBy('subject').forUpdate().execute();
  for (const [index, matter] of matters.entries()) {
    const row = rows.find((each) => each.subject === subjects[index]);
    if (row === undefined) {
      if (matter.isFound) events.push(await raiseAtOnce(tx, raised(matter, subjects[index]!)));
    } else if (row.state !== 'RESOLVED' && !matter.isFound) events.push(await takeStep(tx, row, { action: 'resolve', resolution: 'It is no longer so.' }, ourselves, uuidv7()));
    else if (row.state === 'RESOLVED' && matter.isFound && row.decided_by === ourselves) events.push(await takeStep(tx, row, { action: 'reopen', reason: 'It is so again.' }, ourselves, uuidv7()));
  }
  events.push(...(await resolutionsOfGivenUp(tx, replaced, 'Odoo is told what the order is now.')));
  await append(tx, events);
}

function cancelledLate(of: ShopOrderWithOdoo): Matter {
  const gone = of.inOdoo?.deliveries.filter((each) => hasLeft([each])).map(({ name }) => name) ?? [];
  return {
    kind: 'SHOP_CANCELLED_LATE', about: of.subject, of, isFound: of.order.state === 'CANCELLED' && gone.length > 0, title: `${of.order.name} was cancelled at ${of.order.connection} when goods had left`,
    detail: `Delivered: ${gone.slice(0, 20).join(', ')}. Have them stopped or sent back, or settle it with who bought.`,
  };
}

/** One for each shop, not for each of its orders. Orders that go to no Odoo anyway say nothing of whether there is one. */
function shopsWithoutOdoo(orders: readonly ShopOrderWithOdoo[], withoutOdoo: readonly ShopOrderWithOdoo[], withOdoo: ReadonlySet<string>): Matter[] {
  const lacking = new Set(withoutOdoo.map(({ order }) => order.connection));
  const byShop = new Map(orders.map((of) => [of.order.connection, of]));
  return [...byShop].filter(([connection]) => lacking.has(connection) || withOdoo.has(connection)).map(([connection, of]): Matter => ({
    kind: 'SHOP_WITHOUT_ODOO', about: connection, of, isFound: lacking.has(connection), title: `Orders of ${connection} go nowhere`,
    detail: 'There is no Odoo connection of the shop’s company that takes them, or several. Add one with an address and a key, have the setting companies of an Odoo name the company, or say which in the setting odoo of this shop.',
  }));
}

function raised({ kind, of, title, detail }: Matter, subject: string): NewEvent {
  const now = instant(Date.now());
  const payload: EventPayloads['exception.raised'] = { class: kind === 'SHOP_CANCELLED_LATE' ? 'SHIPPER' : 'DATA', kind, severity: 'HIGH', title: titleText(title), detail: titleText(detail, 2_000), sourceSubject: of.subject };
  return { id: uuidv7(), version: 1, type: 'exception.raised', subject, company: of.company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now, correlationId: of.correlationId ?? uuidv7(), causationId: null, payload };
}

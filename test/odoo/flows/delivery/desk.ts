import { isDeepStrictEqual } from 'node:util';
import { eventually } from '../../../support/requests.js';
import { easypostSignature, tracker, type Scan } from '../../../support/partners.js';
import type { ParcelSandbox } from '../../../support/parcel-sandbox.js';
import { Actions } from '../actions.js';
import type { World } from '../world.js';

export const webhookSecret = 'secret-of-the-carrier';
/** Two processes, a cron of Odoo and a carrier lie between. */
const patienceMs = 90_000;

/** What stands on a transfer. */
export interface Transfer {
  id: number;
  name: string;
  state: string;
  carrier_tracking_ref: string | false;
  carrier_price: number;
  gatehouse_label_state: string | false;
  gatehouse_label_error: string | false;
  gatehouse_status: string | false;
  gatehouse_eta: string | false;
  gatehouse_delivered_at: string | false;
  gatehouse_billing_hold: boolean;
}

const transferFields = ['name', 'state', 'carrier_tracking_ref', 'carrier_price', 'gatehouse_label_state', 'gatehouse_label_error', 'gatehouse_status', 'gatehouse_eta', 'gatehouse_delivered_at', 'gatehouse_billing_hold'];

/** Somebody at a desk with Odoo, and what is checked of what they see. */
export class Desk {
  readonly world: World;
  readonly carrier: ParcelSandbox;
  readonly actions: Actions;
  readonly url: string;
  readonly failures: string[] = [];
  readonly told: string[] = [];
  checks = 0;
  product = 0;
  customer = 0;
  method = 0;

  /** @param url where Odoo answers */
  constructor(world: World, carrier: ParcelSandbox, company: number, url: string) {
    this.world = world;
    this.carrier = carrier;
    this.url = url;
    this.actions = new Actions(world, company);
  }

  /** A warehouse with an address, a product with stock, a customer, and the delivery method. */
  async furnish(companyPartner: number): Promise<void> {
    const { rpc } = this.world;
    const [country] = await rpc.search<{ id: number }>('res.country', [['code', '=', 'US']], []);
    const stateOf = async (code: string) => (await rpc.search<{ id: number }>('res.country.state', [['code', '=', code], ['country_id', '=', country!.id]], []))[0]!.id;
    const address = { street: '1 Dock Road', city: 'Memphis', zip: '38118', state_id: await stateOf('TN'), country_id: country!.id, phone: '5555550100' };
    await rpc.write('res.partner', [companyPartner], address);
    for (const warehouse of await rpc.search<{ id: number; partner_id: [number, string] | false }>('stock.warehouse', [], ['partner_id'])) {
      if (warehouse.partner_id !== false) await rpc.write('res.partner', [warehouse.partner_id[0]], address);
    }
    this.product = await this.actions.product('Parcel Goods', { invoice_policy: 'delivery' });
    await this.actions.count(this.product, 500);
    this.customer = await this.actions.partner({ name: 'Ann Example', street: '388 Townsend St', city: 'San Francisco', zip: '94107', state_id: await stateOf('CA'), country_id: country!.id, email: 'ann@example.com' });
    const freight = await rpc.create('product.product', { name: 'Freight', type: 'service', list_price: 0 }, this.actions.context);
    this.method = await rpc.create('delivery.carrier', {
      name: 'Gatehouse Parcel', delivery_type: 'gatehouse', integration_level: 'rate_and_ship', invoice_policy: 'real', product_id: freight, tracking_url: 'https://track.example.com/<shipmenttrackingnumber>',
    }, this.actions.context);
  }

  check(what: string, found: unknown, expected: unknown): void {
    this.checks++;
    if (!isDeepStrictEqual(found, expected)) this.failures.push(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
  }

  /** Presses the rate button of an order; gives the price. */
  async rate(order: number): Promise<number> {
    const { rpc } = this.world;
    const wizard = await rpc.create('choose.delivery.carrier', { order_id: order, carrier_id: this.method }, this.actions.context);
    await this.actions.button('choose.delivery.carrier', 'update_price', [wizard]);
    const [row] = await rpc.call<Array<{ display_price: number }>>('choose.delivery.carrier', 'read', [[wizard], ['display_price']]);
    await this.actions.button('choose.delivery.carrier', 'button_confirm', [wizard]);
    return row!.display_price;
  }

  /** A confirmed order with the method; gives it and its delivery, reserved. */
  async confirmed(quantity: number, rated = true, { customer = this.customer, product = this.product } = {}): Promise<{ order: number; delivery: number; price: number }> {
    const order = await this.actions.order(customer, [[product, quantity]]);
    const price = rated ? await this.rate(order) : 0;
    if (!rated) await this.world.rpc.write('sale.order', [order], { carrier_id: this.method });
    await this.actions.button('sale.order', 'action_confirm', [order]);
    const [delivery] = await this.actions.open('sale_id', order);
    if (delivery === undefined) throw new Error('The order has no delivery that is ready.');
    return { order, delivery, price };
  }

  async transfer(id: number): Promise<Transfer> {
    const [row] = await this.world.rpc.call<Transfer[]>('stock.picking', 'read', [[id], transferFields]);
    return row!;
  }

  /** Waits until a transfer is as wanted. @throws saying how it is instead */
  async until(id: number, what: string, satisfies: (transfer: Transfer) => boolean): Promise<Transfer> {
    try {
      return await eventually(() => this.transfer(id), satisfies, patienceMs);
    } catch (error) {
      const commands = await this.world.gatehouse.rows('select kind, state, attempts, error, input_digest is not null as given from command order by id desc limit 6');
      const requests = await this.world.sql(`select state, last_error, request->>'kind' as kind from gatehouse_outbox where topic = 'request' order by id desc limit 3`);
      throw new Error(`${what} does not come: ${JSON.stringify(await this.transfer(id))}; commands: ${JSON.stringify(commands)}; requests: ${JSON.stringify(requests)}`, { cause: error });
    }
  }

  labelled(id: number): Promise<Transfer> {
    return this.until(id, 'the label', (transfer) => transfer.gatehouse_label_state === 'ready' && transfer.carrier_tracking_ref !== false);
  }

  /** Files on a transfer whose names begin so. */
  async files(id: number, prefix: string): Promise<Array<{ id: number; name: string; mimetype: string }>> {
    const rows = await this.world.rpc.search<{ id: number; name: string; mimetype: string }>('ir.attachment', [['res_model', '=', 'stock.picking'], ['res_id', '=', id]], ['name', 'mimetype']);
    return rows.filter(({ name }) => name.startsWith(prefix));
  }

  /** What the carrier sold under a number. */
  sold(number: string) {
    return this.carrier.bought().filter(({ trackingCode }) => trackingCode === number);
  }

  /** The carrier's webhook with these scans, as it stands at that time. */
  async webhook(number: string, scans: readonly Scan[], rest: Record<string, unknown> = {}): Promise<void> {
    const body = JSON.stringify(tracker(number, scans, rest));
    const answer = await fetch(this.world.gatehouse.ingestUrl('parcel'), { method: 'POST', headers: { 'content-type': 'application/json', 'x-hmac-signature': easypostSignature(body, webhookSecret) }, body });
    if (answer.status !== 202) throw new Error(`Gatehouse answers the carrier with ${answer.status}: ${await answer.text()}`);
  }

  /** Codes of the milestones on a transfer, in the order of their times. */
  async milestones(id: number): Promise<string[]> {
    const rows = await this.world.rpc.call<Array<{ code: string; classifier: string }>>('gatehouse.milestone', 'search_read', [[['picking_id', '=', id], ['retracted', '=', false]], ['code', 'classifier']], { order: 'occurred_at, id' });
    return rows.map(({ code }) => code);
  }
}

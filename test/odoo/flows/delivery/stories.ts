import { eventually } from '../../../support/requests.js';
import type { Scan } from '../../../support/partners.js';
import type { Desk } from './desk.js';

const hour = 3_600_000;
const text = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Rate, confirm, validate, label; the way of the parcel out of order and twice; signed for, and billed. */
export async function journey(desk: Desk): Promise<void> {
  const { order, delivery, price } = await desk.confirmed(2);
  desk.check('the rate of the carrier is a price', price > 0, true);
  await desk.actions.validate(delivery);
  const validated = await desk.transfer(delivery);
  desk.check('the validation waits for no carrier', [validated.state, validated.gatehouse_label_state, validated.carrier_tracking_ref], ['done', 'pending', false]);
  const labelled = await desk.labelled(delivery);
  const number = labelled.carrier_tracking_ref as string;
  desk.check('one parcel is booked at the carrier', desk.sold(number).length, 1);
  const [label] = await desk.files(delivery, 'LabelShipping-gatehouse');
  desk.check('the label is attached', label?.mimetype, 'application/pdf');
  await desk.until(delivery, 'the cost', (transfer) => transfer.carrier_price > 0);
  desk.check('what may be billed waits for the proof of delivery', await billable(desk, order), [true, 0]);

  // The parcel travels fast: nothing happens to it before it is booked, nor in times to come.
  const bookedMs = Date.now();
  const at = (seconds: number) => text(bookedMs + seconds * 1000);
  const scans: Scan[] = [
    { status: 'in_transit', detail: 'arrived_at_facility', at: at(1), code: 'PU', message: 'Picked up' },
    { status: 'in_transit', detail: 'departed_facility', at: at(2), code: 'DP', message: 'Departed' },
    { status: 'out_for_delivery', detail: 'out_for_delivery', at: at(3), code: 'OD', message: 'On vehicle' },
  ];
  const estimate = { est_delivery_date: text(bookedMs + 30 * hour), carrier: 'USPS', status: 'out_for_delivery' };
  await desk.webhook(number, scans.slice(2), estimate);
  await desk.webhook(number, scans.slice(0, 2), { carrier: 'USPS', status: 'in_transit' });
  await desk.webhook(number, scans, estimate);
  await desk.webhook(number, scans, estimate);
  const moving = await desk.until(delivery, 'the status', (transfer) => transfer.gatehouse_status === 'OUT_FOR_DELIVERY' && transfer.gatehouse_eta !== false);
  desk.check('the estimate of the carrier', (moving.gatehouse_eta as string).slice(0, 10), estimate.est_delivery_date.slice(0, 10));

  const all = [...scans, { status: 'delivered', detail: 'delivered', at: at(4), code: 'DL', message: 'Delivered' }];
  await desk.webhook(number, all, { carrier: 'USPS', status: 'delivered', signed_by: 'A. Example' });
  await desk.webhook(number, scans, estimate);
  await desk.until(delivery, 'the delivery', (transfer) => transfer.gatehouse_status === 'DELIVERED' && transfer.gatehouse_delivered_at !== false);
  await desk.until(delivery, 'the end of the hold', (transfer) => !transfer.gatehouse_billing_hold);
  const codes = await desk.milestones(delivery);
  desk.check('every milestone stands once', codes.length, new Set(codes).size);
  desk.check('the milestones stand in the order of their times', codes.filter((code) => ['OUT_FOR_DELIVERY', 'DELIVERED', 'POD_AVAILABLE'].includes(code)), ['OUT_FOR_DELIVERY', 'DELIVERED', 'POD_AVAILABLE']);
  desk.check('what went out may be billed', await billable(desk, order), [false, 2]);
  const notes = await desk.world.rpc.search<{ id: number; body: string }>('mail.message', [['model', '=', 'stock.picking'], ['res_id', '=', delivery], ['body', 'ilike', 'Delivered ·']], ['body']);
  desk.check('one note tells of the delivery', notes.length, 1);
  desk.check('still one parcel at the carrier', desk.sold(number).length, 1);
}

/** Whether the order is held, and how much of its goods may be invoiced. */
async function billable(desk: Desk, order: number): Promise<[boolean, number]> {
  const [row] = await desk.world.rpc.call<Array<{ gatehouse_billing_hold: boolean }>>('sale.order', 'read', [[order], ['gatehouse_billing_hold']]);
  const lines = await desk.world.rpc.search<{ id: number; qty_to_invoice: number }>('sale.order.line', [['order_id', '=', order], ['product_id', '=', desk.product]], ['qty_to_invoice']);
  return [row!.gatehouse_billing_hold, lines[0]!.qty_to_invoice];
}

/** Three of five go out; the rest is a delivery with a booking of its own. */
export async function partial(desk: Desk): Promise<void> {
  const { order, delivery } = await desk.confirmed(5);
  await desk.actions.validate(delivery, 3);
  const first = await desk.labelled(delivery);
  const [rest] = await desk.actions.open('sale_id', order);
  desk.check('the rest has no label yet', (await desk.transfer(rest!)).gatehouse_label_state, false);
  await desk.actions.validate(rest!);
  const second = await desk.labelled(rest!);
  desk.check('each has its own number', first.carrier_tracking_ref !== second.carrier_tracking_ref, true);
  desk.check('and one parcel', [first, second].map((each) => desk.sold(each.carrier_tracking_ref as string).length), [1, 1]);
}

/** A return with a label from the customer to the warehouse. */
export async function returning(desk: Desk): Promise<void> {
  const { delivery } = await desk.confirmed(2);
  await desk.actions.validate(delivery);
  const out = await desk.labelled(delivery);
  const back = await desk.actions.giveBack(delivery, 1);
  await desk.world.rpc.write('stock.picking', [back], { carrier_id: desk.method }, desk.actions.context);
  await desk.actions.button('stock.picking', 'print_return_label', [back]);
  const returned = await desk.labelled(back);
  desk.check('the return has a number of its own', returned.carrier_tracking_ref !== out.carrier_tracking_ref, true);
  desk.check('the delivery keeps its own', (await desk.transfer(delivery)).carrier_tracking_ref, out.carrier_tracking_ref);
  desk.check('and a label that Odoo finds', (await desk.files(back, 'LabelReturn-gatehouse')).length, 1);
  desk.check('one return at the carrier', desk.sold(returned.carrier_tracking_ref as string).length, 1);
}

/** Cancelling in Odoo reaches the carrier; the number goes when the carrier has cancelled. */
export async function cancelling(desk: Desk): Promise<void> {
  const { delivery } = await desk.confirmed(1);
  await desk.actions.validate(delivery);
  const number = (await desk.labelled(delivery)).carrier_tracking_ref as string;
  await desk.actions.button('stock.picking', 'cancel_shipment', [delivery]);
  desk.check('until then the number stays', (await desk.transfer(delivery)).carrier_tracking_ref, number);
  await eventually(async () => desk.sold(number)[0]?.refund ?? null, (refund) => refund !== null, 90_000);
  desk.check('the carrier was asked for the money back', typeof desk.sold(number)[0]!.refund, 'string');
  const cancelled = await desk.until(delivery, 'the end of the booking', (transfer) => transfer.gatehouse_label_state === 'cancelled');
  desk.check('the number is gone', cancelled.carrier_tracking_ref, false);
}

/** A label that fails says why, and comes after a retry, once. */
export async function refusal(desk: Desk): Promise<void> {
  const before = desk.carrier.bought().length;
  const { delivery } = await desk.confirmed(1, false);
  // What lies in no package goes by the name of the transfer.
  desk.carrier.faults.refused = (await desk.transfer(delivery)).name;
  await desk.actions.validate(delivery);
  const failed = await desk.until(delivery, 'the failure', (transfer) => transfer.gatehouse_label_state === 'failed');
  desk.check('it is said why', typeof failed.gatehouse_label_error === 'string' && failed.gatehouse_label_error.length > 10, true);
  desk.told.push(`a refused package reads: ${failed.gatehouse_label_error}`);
  desk.carrier.faults.refused = '';
  // A double click.
  await Promise.all([1, 2].map(() => desk.actions.button('stock.picking', 'action_gatehouse_retry', [delivery])));
  const ready = await desk.labelled(delivery);
  desk.check('one parcel for it', desk.sold(ready.carrier_tracking_ref as string).length, 1);
  desk.check('and no other', desk.carrier.bought().length, before + 1);
}

/** Across a customs border: the carrier refuses goods that do not say where they were made, and takes them and their return once they do. */
export async function abroad(desk: Desk): Promise<void> {
  const { rpc } = desk.world;
  const [canada] = await rpc.search<{ id: number }>('res.country', [['code', '=', 'CA']], []);
  const [states] = await rpc.search<{ id: number }>('res.country', [['code', '=', 'US']], []);
  const customer = await desk.actions.partner({ name: 'Ann Abroad', street: '1 King Street West', city: 'Toronto', zip: 'M5H 1A1', country_id: canada!.id });
  const product = await desk.actions.product('Oak Desk', { invoice_policy: 'delivery', hs_code: '9403.30' });
  await desk.actions.count(product, 5);
  const { delivery, price } = await desk.confirmed(2, true, { customer, product });
  desk.check('there is a rate before all is said that customs want to know', price > 0, true);
  await desk.actions.validate(delivery);
  const failed = await desk.until(delivery, 'the refusal', (transfer) => transfer.gatehouse_label_state === 'failed');
  desk.check('it is said what is missing', /origin.?country/.test(String(failed.gatehouse_label_error)), true);
  desk.told.push(`goods of unknown origin read: ${failed.gatehouse_label_error}`);
  await rpc.write('product.product', [product], { country_of_origin: states!.id });
  await desk.actions.button('stock.picking', 'action_gatehouse_retry', [delivery]);
  const ready = await desk.labelled(delivery);
  desk.check('one parcel abroad', desk.sold(ready.carrier_tracking_ref as string).length, 1);
  const back = await desk.actions.giveBack(delivery, 1);
  await rpc.write('stock.picking', [back], { carrier_id: desk.method }, desk.actions.context);
  await desk.actions.button('stock.picking', 'print_return_label', [back]);
  await desk.labelled(back);
  const declared = await desk.world.sql<{ said: string }>(`select concat_ws(' ', request->'customs'->>'contents', item->>'quantity', (item->>'value')::float8, item->>'hs_code', item->>'origin') as said from gatehouse_outbox, json_array_elements((request->'customs'->'items')::json) as item where res_id in (${delivery}, ${back}) and topic = 'request' order by gatehouse_outbox.id`);
  desk.check('what customs are told', declared.map(({ said }) => said), ['MERCHANDISE 2 10 9403.30', 'MERCHANDISE 2 10 9403.30 US', 'RETURNED_GOODS 1 10 9403.30 US']);
}

/** While Gatehouse is down a rate says so at once, and a delivery is validated; its label comes afterwards. */
export async function outage(desk: Desk): Promise<void> {
  const { delivery } = await desk.confirmed(1);
  const order = await desk.actions.order(desk.customer, [[desk.product, 1]]);
  await desk.world.gatehouse.stopProduct();
  const words = await desk.rate(order).then((price) => `a price: ${price}`, (error: unknown) => String(error));
  desk.check('the rate button says that Gatehouse cannot be reached', /Gatehouse is not running there|cannot be reached/.test(words), true);
  await desk.actions.validate(delivery);
  desk.check('the delivery goes out', (await desk.transfer(delivery)).state, 'done');
  await desk.world.gatehouse.startProduct();
  const ready = await desk.labelled(delivery);
  desk.check('one parcel', desk.sold(ready.carrier_tracking_ref as string).length, 1);
}

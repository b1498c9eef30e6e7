import { Actions } from './actions.js';
import type { World } from './world.js';

/** Confirm, change, cancel; reserve in part, ship in part, backorder, return. */
export async function saleFlows(world: World, odoo: Actions): Promise<void> {
  let customer = 0, product = 0, order = 0;
  await world.step('a customer with a delivery address, and a product', async () => {
    const [belgium] = await world.rpc.search<{ id: number }>('res.country', [['code', '=', 'BE']], []);
    customer = await odoo.partner({ name: 'Quay Traders', street: 'Quay 1', city: 'Antwerp', zip: '2000', country_id: belgium!.id, email: 'quay@example.com', phone: '+32 3 123' });
    await odoo.partner({ parent_id: customer, type: 'delivery', street: 'Dock 3', city: 'Ghent', country_id: belgium!.id });
    product = await odoo.product('Crate of bolts', { barcode: '5400000000017' });
  });
  await world.step('a count of seven', () => odoo.count(product, 7));
  await world.step('a quotation over ten', async () => {
    order = await odoo.order(customer, [[product, 10]], { client_order_ref: 'PO-1', commitment_date: '2030-01-02 03:04:05' });
  });
  await world.step('confirmed, of which seven are reserved', () => odoo.button('sale.order', 'action_confirm', [order]));
  await world.step('the promise is moved and the quantity raised', async () => {
    await world.rpc.write('sale.order', [order], { commitment_date: '2030-02-02 03:04:05' }, odoo.context);
    const [line] = await world.rpc.search<{ id: number }>('sale.order.line', [['order_id', '=', order]], []);
    await world.rpc.write('sale.order.line', [line!.id], { product_uom_qty: 12 }, odoo.context);
  });
  await world.step('four are shipped, the rest is a backorder', async () => odoo.validate((await odoo.open('sale_id', order))[0]!, 4));
  await world.step('more is counted and reserved', async () => {
    await odoo.count(product, 20);
    const waiting = await world.rpc.search<{ id: number }>('stock.picking', [['sale_id', '=', order], ['state', 'not in', ['done', 'cancel']]], []);
    await odoo.button('stock.picking', 'action_assign', waiting.map((picking) => picking.id));
  });
  await world.step('the backorder gets a carrier and two tracking numbers', async () => {
    const freight = await odoo.product('Freight', { weight: 0 });
    const carrier = await world.rpc.create('delivery.carrier', { name: 'Sea Freight', delivery_type: 'fixed', product_id: freight, fixed_price: 5 }, odoo.context);
    const [picking] = await odoo.open('sale_id', order);
    await world.rpc.write('stock.picking', [picking!], { carrier_id: carrier, carrier_tracking_ref: '1Z0001,1Z0002' }, odoo.context);
  });
  let shipped = 0;
  await world.step('the backorder is shipped', async () => {
    [shipped] = (await odoo.open('sale_id', order)) as [number];
    await odoo.validate(shipped);
  });
  let returned = 0;
  await world.step('two come back: the return is made', async () => {
    returned = await odoo.giveBack(shipped, 2);
  });
  await world.step('two come back: the return is received', () => odoo.validate(returned, 2));
  await world.step('another order is confirmed', async () => {
    order = await odoo.order(customer, [[product, 3]]);
    await odoo.button('sale.order', 'action_confirm', [order]);
  });
  await world.step('its delivery is unreserved', async () => odoo.button('stock.picking', 'do_unreserve', await odoo.open('sale_id', order)));
  await world.step('and it is cancelled', () => odoo.button('sale.order', 'action_cancel', [order], { disable_cancel_warning: true }));
  await world.step('set to quotation again', () => odoo.button('sale.order', 'action_draft', [order]));
  await world.step('and deleted', async () => {
    await odoo.button('sale.order', 'action_cancel', [order], { disable_cancel_warning: true });
    await odoo.button('sale.order', 'unlink', [order]);
  });
}

/** Lots and packages, down to the line. */
export async function packedFlows(world: World, odoo: Actions): Promise<void> {
  let product = 0, order = 0;
  await world.step('a product with lots is counted', async () => {
    product = await odoo.product('Anchor chain', { tracking: 'lot', barcode: '5400000000024' });
    for (const [name, quantity] of [['LOT-A', 2], ['LOT-B', 5]] as const) await odoo.count(product, quantity, await odoo.lot(product, name));
  });
  await world.step('an order takes from two lots', async () => {
    order = await odoo.order(world.partners[0]!, [[product, 4], [world.products[0]!, 1]]);
    await odoo.button('sale.order', 'action_confirm', [order]);
  });
  await world.step('its delivery is packed', async () => odoo.pack((await odoo.open('sale_id', order))[0]!, 'BOX-1'));
  await world.step('and shipped', async () => odoo.validate((await odoo.open('sale_id', order))[0]!));
}

export async function purchaseFlows(world: World, odoo: Actions): Promise<void> {
  let order = 0;
  const product = world.products[0]!;
  await world.step('a request for quotation', async () => {
    const vendor = await odoo.partner({ name: 'Bolt Works', city: 'Liege' });
    order = await odoo.purchase(vendor, product, 5);
  });
  await world.step('is confirmed', () => odoo.button('purchase.order', 'button_confirm', [order]));
  await world.step('two are received, the rest is a backorder', async () => odoo.validate((await odoo.open('purchase_id', order))[0]!, 2));
  await world.step('the rest is received', async () => odoo.validate((await odoo.open('purchase_id', order))[0]!));
}

export async function invoiceFlows(world: World, odoo: Actions): Promise<void> {
  let order = 0, invoice = 0;
  await world.step('an order to be billed', async () => {
    order = await odoo.order(world.partners[0]!, [[world.products[0]!, 2]]);
    await odoo.button('sale.order', 'action_confirm', [order]);
  });
  await world.step('is delivered', async () => odoo.validate((await odoo.open('sale_id', order))[0]!));
  await world.step('a draft invoice', async () => {
    invoice = await odoo.invoice(order);
  });
  await world.step('is posted', () => odoo.button('account.move', 'action_post', [invoice]));
  await world.step('paid', () => odoo.pay(invoice));
  await world.step('and unreconciled', () => odoo.unreconcile(invoice));
  await world.step('reset to draft', () => odoo.button('account.move', 'button_draft', [invoice]));
  await world.step('and cancelled', () => odoo.button('account.move', 'button_cancel', [invoice]));
}

/** Pick and ship; pick, pack and ship. */
export async function stepFlows(world: World, odoo: Actions): Promise<void> {
  const [warehouse] = await world.rpc.search<{ id: number }>('stock.warehouse', [['company_id', '=', odoo.company]], []);
  for (const steps of ['pick_ship', 'pick_pack_ship']) {
    let order = 0;
    await world.step(`an order in a warehouse of ${steps}`, async () => {
      await world.rpc.write('stock.warehouse', [warehouse!.id], { delivery_steps: steps }, odoo.context);
      order = await odoo.order(world.partners[0]!, [[world.products[0]!, 3]]);
      await odoo.button('sale.order', 'action_confirm', [order]);
    });
    for (let number = 1; number <= 4; number++) {
      const open = await odoo.open('sale_id', order);
      if (open.length === 0) break;
      await world.step(`${steps}, step ${number}`, async () => {
        for (const picking of open) await odoo.validate(picking);
      });
    }
  }
  await world.rpc.write('stock.warehouse', [warehouse!.id], { delivery_steps: 'ship_only' }, odoo.context);
}

export async function masterDataFlows(world: World, odoo: Actions): Promise<void> {
  await world.step('a product is renamed and weighed', () => world.rpc.write('product.product', [world.products[0]!], { name: 'Crate of long bolts', weight: 3.25 }, odoo.context));
  await world.step('a customer moves', () => world.rpc.write('res.partner', [world.partners[0]!], { street: 'Quay 2', city: 'Bruges' }, odoo.context));
  await world.step('a vendor moves to Texas', async () => {
    const [texas] = await world.rpc.search<{ id: number; country_id: [number, string] }>('res.country.state', [['code', '=', 'TX'], ['country_id.code', '=', 'US']], ['country_id']);
    await world.rpc.write('res.partner', [world.partners[2]!], { street: 'Pier 9', street2: 'Shed B', city: 'Houston', zip: '77002', state_id: texas!.id, country_id: texas!.country_id[0], phone: '+1 713 555 0100' }, odoo.context);
  });
  await world.step('an address becomes one of another customer', () => world.rpc.write('res.partner', [world.partners[1]!], { parent_id: world.partners[2]! }, odoo.context));
}

/** Each company tells its own connection; what belongs to none is told to both. */
export async function secondCompanyFlows(world: World, first: Actions): Promise<void> {
  const id = await world.rpc.create('res.company', { name: 'Second Company' });
  await world.rpc.write('res.company', [id], { gatehouse_url: world.gatehouse.ingestUrl('erp2'), gatehouse_secret: world.gatehouse.secret });
  world.connections.set(id, 'erp2');
  const [known] = await world.rpc.search('stock.warehouse', [['company_id', '=', id]], [], { allowed_company_ids: [id] });
  if (known === undefined) await world.rpc.create('stock.warehouse', { name: 'Second Warehouse', code: 'SEC', company_id: id }, { allowed_company_ids: [id] });
  const second = new Actions(world, id);
  let order = 0, product = 0, customer = 0;
  await world.step('a product and a customer of both companies', async () => {
    product = await second.product('Shared pallet');
    customer = await second.partner({ name: 'Shared Customer', city: 'Lille' });
  });
  await world.step('orders of both companies', async () => {
    await second.count(product, 9);
    await first.count(product, 4);
    order = await second.order(customer, [[product, 5]]);
    await second.button('sale.order', 'action_confirm', [order]);
    const own = await first.order(customer, [[product, 2]]);
    await first.button('sale.order', 'action_confirm', [own]);
  });
  await world.step('the second company ships', async () => second.validate((await second.open('sale_id', order))[0]!));
  await world.step('a product of the second company alone', async () => {
    const own = await second.product('Pallet of the second', { company_id: id });
    world.products.splice(world.products.indexOf(own), 1);
  });
}

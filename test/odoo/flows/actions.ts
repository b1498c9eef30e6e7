import type { World } from './world.js';

/** What users do in Odoo, by the methods behind their buttons. */
export class Actions {
  readonly #world: World;
  /** Company that the user works in. */
  readonly company: number;

  constructor(world: World, company: number) {
    this.#world = world;
    this.company = company;
  }

  get #rpc() {
    return this.#world.rpc;
  }

  get context(): Record<string, unknown> {
    return { allowed_company_ids: [this.company], tz: 'UTC' };
  }

  async product(name: string, values: Record<string, unknown> = {}): Promise<number> {
    const fields = await this.#rpc.fieldsOf('product.product');
    const storable = fields.has('is_storable') ? { is_storable: true, type: 'consu' } : { detailed_type: 'product' };
    const id = await this.#rpc.create('product.product', { name, default_code: name.toUpperCase().replaceAll(' ', '-'), weight: 2.5, list_price: 10, ...storable, ...values }, this.context);
    this.#world.products.push(id);
    return id;
  }

  async partner(values: Record<string, unknown>): Promise<number> {
    const id = await this.#rpc.create('res.partner', values, this.context);
    this.#world.partners.push(id);
    return id;
  }

  /** Makes a lot. By `name_create`: in 18 with stock_account, `create` of lots cannot be called from outside. */
  async lot(product: number, name: string): Promise<number> {
    const context = { ...this.context, default_product_id: product, default_company_id: this.company };
    return ((await this.#rpc.call('stock.lot', 'name_create', [name], { context })) as [number, string])[0];
  }

  /** Counts a product at the warehouse's stock, of a lot where the product has lots. */
  async count(product: number, quantity: number, lot?: number): Promise<void> {
    const [warehouse] = await this.#rpc.search<{ id: number; lot_stock_id: [number, string] }>('stock.warehouse', [['company_id', '=', this.company]], ['lot_stock_id'], this.context);
    const context = { ...this.context, inventory_mode: true };
    const quant = await this.#rpc.create('stock.quant', { product_id: product, location_id: warehouse!.lot_stock_id[0], inventory_quantity: quantity, ...(lot === undefined ? {} : { lot_id: lot }) }, context);
    await this.#rpc.call('stock.quant', 'action_apply_inventory', [[quant]], { context });
  }

  order(partner: number, lines: ReadonlyArray<[product: number, quantity: number]>, values: Record<string, unknown> = {}): Promise<number> {
    return this.#rpc.create('sale.order', { partner_id: partner, order_line: lines.map(([product, quantity]) => [0, 0, { product_id: product, product_uom_qty: quantity, price_unit: 10 }]), ...values }, this.context);
  }

  purchase(partner: number, product: number, quantity: number): Promise<number> {
    return this.#rpc.create('purchase.order', { partner_id: partner, partner_ref: 'V-77', order_line: [[0, 0, { product_id: product, product_qty: quantity, price_unit: 4 }]] }, this.context);
  }

  button(model: string, method: string, ids: readonly number[], context: Record<string, unknown> = {}): Promise<unknown> {
    return this.#rpc.call(model, method, [ids], { context: { ...this.context, ...context } });
  }

  /** Ids of the transfers that may be shipped now, of an order. */
  async open(field: 'sale_id' | 'purchase_id', order: number): Promise<number[]> {
    return (await this.#rpc.search<{ id: number }>('stock.picking', [[field, '=', order], ['state', '=', 'assigned']], [])).map((picking) => picking.id);
  }

  /**
   * Validates a transfer, in part where a quantity is given; what is left becomes a backorder.
   * @throws where Odoo asks back instead
   */
  async validate(picking: number, quantity?: number): Promise<void> {
    const [moves] = [await this.#rpc.search<{ id: number }>('stock.move', [['picking_id', '=', picking], ['state', '!=', 'cancel']], [])];
    for (const move of moves) await this.#rpc.write('stock.move', [move.id], { ...(quantity === undefined ? {} : { quantity }), picked: true }, this.context);
    const answer = await this.button('stock.picking', 'button_validate', [picking], { skip_backorder: true, skip_sms: true });
    if (answer !== true) throw new Error(`Odoo asks back: ${JSON.stringify(answer)}`);
  }

  /** Puts everything on a transfer into one package. */
  async pack(picking: number, name: string): Promise<void> {
    const model = Number(this.#world.odoo.series) >= 19 ? 'stock.package' : 'stock.quant.package';
    const box = await this.#rpc.create(model, { name }, this.context);
    const lines = await this.#rpc.search<{ id: number }>('stock.move.line', [['picking_id', '=', picking]], []);
    await this.#rpc.write('stock.move.line', lines.map((line) => line.id), { result_package_id: box }, this.context);
  }

  /** Returns part of a transfer that is done; gives the new transfer. */
  async giveBack(picking: number, quantity: number): Promise<number> {
    const context = { ...this.context, active_id: picking, active_ids: [picking], active_model: 'stock.picking' };
    const wizard = await this.#rpc.create('stock.return.picking', { picking_id: picking }, context);
    const lines = await this.#rpc.search<{ id: number }>('stock.return.picking.line', [['wizard_id', '=', wizard]], []);
    await this.#rpc.write('stock.return.picking.line', lines.map((line) => line.id), { quantity }, context);
    const method = this.#world.odoo.series === '17' ? 'create_returns' : 'action_create_returns';
    return ((await this.#rpc.call('stock.return.picking', method, [[wizard]], { context })) as { res_id: number }).res_id;
  }

  /** Bills what an order has to bill; gives the draft. */
  async invoice(order: number): Promise<number> {
    const context = { ...this.context, active_id: order, active_ids: [order], active_model: 'sale.order' };
    const wizard = await this.#rpc.create('sale.advance.payment.inv', { advance_payment_method: 'delivered' }, context);
    await this.#rpc.call('sale.advance.payment.inv', 'create_invoices', [[wizard]], { context });
    const [row] = await this.#rpc.search<{ id: number; invoice_ids: number[] }>('sale.order', [['id', '=', order]], ['invoice_ids'], this.context);
    return row!.invoice_ids.at(-1)!;
  }

  async pay(invoice: number): Promise<void> {
    const context = { ...this.context, active_model: 'account.move', active_ids: [invoice], active_id: invoice };
    const wizard = await this.#rpc.create('account.payment.register', {}, context);
    await this.#rpc.call('account.payment.register', 'action_create_payments', [[wizard]], { context });
  }

  async unreconcile(invoice: number): Promise<void> {
    const lines = await this.#rpc.search<{ id: number }>('account.move.line', [['move_id', '=', invoice], ['account_id.account_type', '=', 'asset_receivable']], []);
    await this.button('account.move.line', 'remove_move_reconcile', lines.map((line) => line.id));
  }
}

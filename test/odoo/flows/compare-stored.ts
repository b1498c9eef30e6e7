import { recordId } from '../../../src/projections/records.js';
import { instant, money, numbers, rounded, type Differences } from './differences.js';
import type { Many2one, World } from './world.js';

type Stored = Record<string, unknown> & { id: string; subject: string; version: string };

/**
 * What the graph has no fields for yet (invoices, products, the rest of parties and transfers, stock)
 * is compared with the rows that it will be read from.
 */
export async function compareStored(world: World, differences: Differences): Promise<void> {
  await compareInvoices(world, differences);
  await compareTransfers(world, differences);
  await compareProducts(world, differences);
  await compareParties(world, differences);
  await compareStock(world, differences);
}

async function stored(world: World, table: string): Promise<Map<string, Stored>> {
  const rows = await world.gatehouse.rows<Stored>(`select * from ${table} where not deleted`);
  return new Map(rows.map((row) => [row.subject, row]));
}

function take(rows: Map<string, Stored>, subject: string, name: string, differences: Differences): Stored | null {
  const row = rows.get(subject) ?? null;
  if (row === null) differences.add(`${name} is not stored`);
  rows.delete(subject);
  return row;
}

function reportRest(rows: Map<string, Stored>, differences: Differences): void {
  for (const subject of rows.keys()) differences.add(`${subject} is stored and not in Odoo`);
}

const at = (value: unknown) => (value == null ? null : new Date(value as string).toISOString());

async function compareInvoices(world: World, differences: Differences): Promise<void> {
  interface Invoice { id: number; name: string | false; state: string; payment_state: string; partner_id: Many2one; commercial_partner_id: Many2one; company_id: Many2one; invoice_origin: string | false; invoice_date: string | false; invoice_date_due: string | false; amount_total: number; amount_residual: number; currency_id: Many2one }
  const rows = await stored(world, 'invoice');
  for (const invoice of await world.rpc.search<Invoice>('account.move', [['move_type', '!=', 'entry']], ['name', 'state', 'payment_state', 'commercial_partner_id', 'company_id', 'invoice_origin', 'invoice_date', 'invoice_date_due', 'amount_total', 'amount_residual', 'currency_id'])) {
    const connection = world.connectionOf(invoice.company_id)!;
    const row = take(rows, `invoice:${connection}:${invoice.id}`, `account.move ${invoice.id}`, differences);
    if (row === null) continue;
    differences.compare(`account.move ${invoice.name || invoice.id}`, {
      reference: invoice.name || '/', state: invoice.state, payment_state: invoice.payment_state, party_id: recordId('party', connection, String((invoice.commercial_partner_id as [number, string])[0])),
      order_references: invoice.invoice_origin === false ? [] : invoice.invoice_origin.split(', '), invoiced_at: instant(invoice.invoice_date), due_at: instant(invoice.invoice_date_due),
      total: money(invoice.amount_total, invoice.currency_id), residual: money(invoice.amount_residual, invoice.currency_id),
    }, { ...row, invoiced_at: at(row['invoiced_at']), due_at: at(row['due_at']), total: numbers(row['total']), residual: numbers(row['residual']) });
  }
  reportRest(rows, differences);
}

async function compareTransfers(world: World, differences: Differences): Promise<void> {
  interface Picking { id: number; name: string; state: string; company_id: Many2one; partner_id: Many2one; sale_id: Many2one; date_done: string | false; date_deadline: string | false; backorder_id: Many2one; return_id: Many2one; weight: number; weight_uom_name: string; move_ids: number[] }
  interface Line { id: number; move_id: Many2one; product_id: Many2one; quantity: number; product_uom_id: Many2one }
  interface Move { id: number; state: string; product_id: Many2one; product_uom_qty: number; product_uom: Many2one; move_line_ids: number[] }
  const rows = await stored(world, 'transfer');
  const lines = new Map((await world.rpc.search<Line>('stock.move.line', [], ['move_id', 'product_id', 'quantity', 'product_uom_id'])).map((line) => [line.id, line]));
  const moves = new Map((await world.rpc.search<Move>('stock.move', [], ['state', 'product_id', 'product_uom_qty', 'product_uom', 'move_line_ids'])).map((move) => [move.id, move]));
  for (const picking of await world.rpc.search<Picking>('stock.picking', [['picking_type_id.code', 'in', ['outgoing', 'incoming', 'dropship']]], ['name', 'state', 'company_id', 'partner_id', 'sale_id', 'date_done', 'date_deadline', 'backorder_id', 'return_id', 'weight', 'weight_uom_name', 'move_ids'])) {
    const connection = world.connectionOf(picking.company_id)!;
    const row = take(rows, `transfer:${connection}:${picking.id}`, `stock.picking ${picking.name}`, differences);
    if (row === null) continue;
    const transfer = (other: Many2one) => (other === false ? null : recordId('transfer', connection, String(other[0])));
    // Of a move with lines its lines; of one without, what it is to move; of a cancelled one nothing.
    const carried = picking.move_ids.map((id) => moves.get(id)!).flatMap((move) => {
      if (move.move_line_ids.length > 0) return move.move_line_ids.map((id) => lines.get(id)!).map((line) => [(line.product_id as [number, string])[0], line.quantity, (line.product_uom_id as [number, string])[1]]);
      return move.state === 'cancel' && picking.state !== 'cancel' ? [] : [[(move.product_id as [number, string])[0], move.product_uom_qty, (move.product_uom as [number, string])[1]]];
    });
    differences.compare(`stock.picking ${picking.name}`, {
      state: picking.state, ship_to_id: picking.partner_id === false ? null : recordId('party', connection, String(picking.partner_id[0])), deadline_at: instant(picking.date_deadline), done_at: instant(picking.date_done),
      backorder_of: transfer(picking.backorder_id), return_of: transfer(picking.return_id), weight: picking.weight === 0 ? null : { amount: rounded(picking.weight), unit: picking.weight_uom_name },
      lines: carried.map(([product, quantity, unit]) => [recordId('product', connection, String(product)), quantity, unit]),
    }, { ...row, deadline_at: at(row['deadline_at']), done_at: at(row['done_at']), weight: numbers(row['weight']), lines: (row['lines'] as Array<{ productId: string; quantity: string; unit: string }>).map((line) => [line.productId, Number(line.quantity), line.unit]) });
  }
  reportRest(rows, differences);
}

async function compareProducts(world: World, differences: Differences): Promise<void> {
  const rows = await stored(world, 'product');
  for (const product of await world.rpc.search<{ id: number; name: string; default_code: string | false; barcode: string | false; weight: number; weight_uom_name: string }>('product.product', [['id', 'in', world.products]], ['name', 'default_code', 'barcode', 'weight', 'weight_uom_name'])) {
    for (const connection of world.connections.values()) {
      const row = rows.get(`product:${connection}:${product.id}`);
      // A product of all companies goes to each; one that was made before a company was connected is not there yet.
      if (row === undefined && connection !== 'erp') continue;
      if (row === undefined) differences.add(`product.product ${product.id} is not stored`);
      else differences.compare(`product.product ${product.id} (${connection})`, { name: product.name, sku: product.default_code || null, barcode: product.barcode || null, weight: product.weight === 0 ? null : { amount: rounded(product.weight), unit: product.weight_uom_name } }, { ...row, weight: numbers(row['weight']) });
    }
  }
}

async function compareParties(world: World, differences: Differences): Promise<void> {
  interface Partner { id: number; name: string | false; commercial_partner_id: Many2one; email: string | false; phone: string | false; street: string | false; street2: string | false; city: string | false; zip: string | false; state_id: Many2one; country_code: string | false }
  const rows = await stored(world, 'party');
  for (const partner of await world.rpc.search<Partner>('res.partner', [['id', 'in', world.partners]], ['name', 'commercial_partner_id', 'email', 'phone', 'street', 'street2', 'city', 'zip', 'state_id', 'country_code'])) {
    const entity = partner.commercial_partner_id as [number, string];
    for (const connection of world.connections.values()) {
      const row = rows.get(`party:${connection}:${partner.id}`);
      if (row === undefined && connection !== 'erp') continue;
      if (row === undefined) {
        differences.add(`res.partner ${partner.id} is not stored`);
        continue;
      }
      const address = row['address'] as Record<string, string | null>;
      differences.compare(`res.partner ${partner.id} (${connection})`, {
        name: partner.name || entity[1], commercial_id: recordId('party', connection, String(entity[0])), email: partner.email || null, phone: partner.phone || null,
        street: [partner.street, partner.street2].filter(Boolean).join(', ') || null, city: partner.city || null, postalCode: partner.zip || null, country: partner.country_code || null,
      }, { ...row, ...address });
    }
  }
}

async function compareStock(world: World, differences: Differences): Promise<void> {
  interface Quant { id: number; product_id: [number, string]; location_id: [number, string]; company_id: Many2one; quantity: number; reserved_quantity: number }
  const rows = await stored(world, 'stock_level');
  const levels = new Map<string, { quantity: number; reserved: number; connection: string }>();
  for (const quant of await world.rpc.search<Quant>('stock.quant', [['product_id', 'in', world.products], ['location_id.usage', 'in', ['internal', 'transit']]], ['product_id', 'location_id', 'company_id', 'quantity', 'reserved_quantity'])) {
    const connection = world.connectionOf(quant.company_id)!;
    const subject = `stock:${connection}:${quant.product_id[0]}-${quant.location_id[0]}-${quant.company_id === false ? 0 : quant.company_id[0]}`;
    const level = levels.get(subject) ?? { quantity: 0, reserved: 0, connection };
    levels.set(subject, { ...level, quantity: level.quantity + quant.quantity, reserved: level.reserved + quant.reserved_quantity });
  }
  for (const [subject, level] of levels) {
    const row = take(rows, subject, subject, differences);
    if (row !== null) differences.compare(subject, { on_hand: rounded(level.quantity), reserved: rounded(level.reserved) }, { on_hand: Number(row['on_hand']), reserved: Number(row['reserved']) });
  }
  // A level whose last quant is gone stays as 0.
  for (const [subject, row] of rows) differences.compare(subject, { on_hand: 0, reserved: 0 }, { on_hand: Number(row['on_hand']), reserved: Number(row['reserved']) });
}

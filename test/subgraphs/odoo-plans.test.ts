import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { readerFor, type Reader } from '../../src/auth/reader.js';
import { invoicesQuery } from '../../src/subgraphs/odoo/invoices/queries.js';
import { invoiceLoaders } from '../../src/subgraphs/odoo/invoices/loaders.js';
import { productLoaders } from '../../src/subgraphs/odoo/products/loaders.js';
import { productsQuery, stockLevelsQuery } from '../../src/subgraphs/odoo/products/queries.js';
import type { PageLoader } from '../../src/subgraphs/shared/page-loader.js';
import { transferLoaders } from '../../src/subgraphs/odoo/transfers/loaders.js';
import { transfersQuery } from '../../src/subgraphs/odoo/transfers/queries.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { recordStatements } from '../support/recorded-statements.js';

const rows = 20_000;
const uuid = (kind: number, number: number) => `00000000-0000-700${kind}-8000-${number.toString(16).padStart(12, '0')}`;

describeOnEachDatabase(`lists of ${rows.toLocaleString('en')} records of Odoo`, (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let insider: Reader;
  let customer: Reader;

  beforeAll(async () => {
    services = await testServices(kind);
    const claims = { subject: 's', carriers: [], expiresMs: Date.now() + 3_600_000, demonstration: false };
    insider = readerFor(services.database.reads, principalOf({ ...claims, role: 'operator', parties: [], companies: ['main'] }));
    customer = readerFor(services.database.reads, principalOf({ ...claims, role: 'customer', parties: [uuid(9, 1)], companies: [] }));
    const id = (of: number) => sql.raw(`('00000000-0000-700${of}-8000-' || lpad(to_hex(g), 12, '0'))::uuid`);
    const record = (name: string) => sql.raw(`'${name}:erp:' || g, 'main', 'erp'`);
    const all = sql.raw(`from generate_series(1, ${rows}) g`);
    const db = services.database.kysely;
    // The rare ones are the first by name: who reads from the last on and throws away finds them last.
    await sql`insert into sales_order (id, subject, company, connection, direction, reference, state, party_id, lines, version, updated_at)
      select ${id(1)}, ${record('order')}, 'SALE', 'S' || lpad(g::text, 6, '0'), 'sale', ${uuid(9, 1)}, '[]', 1, now() ${all}`.execute(db);
    await sql`insert into transfer (id, subject, company, connection, direction, reference, state, order_id, tracking_numbers, lines, version, updated_at)
      select ${id(2)}, ${record('transfer')}, 'OUTGOING', 'WH/OUT/' || lpad(g::text, 6, '0'), case when g <= 20 then 'draft' else 'done' end, ${id(1)}, '{}', '[]', 1, now() ${all}`.execute(db);
    await sql`insert into reference (subject, kind, issuer, value, shipment_id) select 'odoo.delivery:erp:' || g, 'odoo.delivery', 'erp', g::text, ${id(3)} ${all}`.execute(db);
    await sql`insert into shipment (id, company, status, provisional, created_at, updated_at) select ${id(3)}, 'main', 'PLANNED', false, now(), now() ${all}`.execute(db);
    await sql`insert into invoice (id, subject, company, connection, reference, state, payment_state, party_id, order_references, total, residual, version, updated_at)
      select ${id(4)}, ${record('invoice')}, 'INV/' || lpad(g::text, 6, '0'), case when g <= 20 then 'draft' else 'posted' end, case when g <= 20 then 'partial' else 'paid' end, ${uuid(9, 1)}, array['S' || lpad(g::text, 6, '0')], '{}', '{}', 1, now() ${all}`.execute(db);
    await sql`insert into product (id, subject, company, connection, name, sku, barcode, search, version, updated_at)
      select ${id(5)}, ${record('product')}, 'Product ' || g, 'SKU' || g, 'B' || g, 'product ' || g || ' sku' || g || case when g % 1000 = 0 then ' needle' else '' end || md5(g::text), 1, now() ${all}`.execute(db);
    await sql`insert into stock_level (id, subject, company, connection, product_id, location, on_hand, reserved, unit, version, updated_at)
      select ${id(6)}, ${record('stock')}, ${id(5)}, 'WH/' || (g % 500), 1, 0, 'Units', 1, now() ${all}`.execute(db);
    await sql`insert into record_access (key, kind, record_id)
      select 'party:' || case when g <= 20 then ${uuid(9, 1)} else ${uuid(9, 2)} end, kind, case kind when 'transfer' then ${id(2)} else ${id(4)} end ${all}, (values ('transfer'), ('invoice')) k(kind)`.execute(db);
    for (const table of ['sales_order', 'transfer', 'reference', 'shipment', 'invoice', 'product', 'stock_level', 'record_access']) await sql`analyze ${sql.table(table)}`.execute(db);
  });
  afterAll(() => services?.remove());

  const expectIndexed = (plan: string) => {
    expect(plan).not.toContain('Seq Scan');
    for (const [, read] of plan.matchAll(/(?:rows=|Removed by Filter: |Removed by Index Recheck: )(\d+)/g)) expect(Number(read), plan).toBeLessThan(2000);
  };

  it.each<[string, () => { execute(): Promise<unknown[]>; explain(format: 'text', options: never): Promise<unknown[]> }, number]>([
    ['the last transfers', () => transfersQuery(insider, 50, null, {}) as never, 51],
    ['transfers of a rare state', () => transfersQuery(insider, 50, null, { state: ['draft'] }) as never, 20],
    ['a transfer by its reference', () => transfersQuery(insider, 50, null, { reference: 'WH/OUT/000777' }) as never, 1],
    ['the transfers of a customer', () => transfersQuery(customer, 50, null, {}) as never, 20],
    ['the last invoices', () => invoicesQuery(insider, 50, null, {}) as never, 51],
    ['invoices of a rare state', () => invoicesQuery(insider, 50, null, { state: ['draft'] }) as never, 20],
    ['invoices of a rare state of payment', () => invoicesQuery(insider, 50, null, { paymentState: ['partial'] }) as never, 20],
    ['invoices of an order', () => invoicesQuery(insider, 50, null, { orderReference: 'S000777' }) as never, 1],
    ['the invoices of a customer', () => invoicesQuery(customer, 50, null, {}) as never, 20],
    ['products by name', () => productsQuery(insider, 50, null, {}) as never, 51],
    ['a product by its SKU', () => productsQuery(insider, 50, null, { sku: 'SKU777' }) as never, 1],
    ['a product by its barcode', () => productsQuery(insider, 50, null, { barcode: 'B777' }) as never, 1],
    ['products by a part of a name', () => productsQuery(insider, 50, null, { search: 'Needle' }) as never, 20],
    ['stock levels', () => stockLevelsQuery(insider, 50, null, {}) as never, 51],
    ['the stock of a product', () => stockLevelsQuery(insider, 50, null, { productId: uuid(5, 777) }) as never, 1],
    ['the stock at a location', () => stockLevelsQuery(insider, 50, null, { location: 'WH/77' }) as never, 40],
  ])('are read through an index: %s', async (_what, query, found) => {
    expect(await query().execute()).toHaveLength(found);
    expectIndexed((await query().explain('text', sql`analyze, costs off, timing off` as never)).map((row) => String(Object.values(row as object)[0])).join('\n'));
  });

  it.each<[string, (reader: Reader) => PageLoader<unknown>, number]>([
    ['transfers of orders', (reader) => transferLoaders(reader).transfersOfOrder, 1],
    ['transfers of shipments', (reader) => transferLoaders(reader).transfersOfShipment, 3],
    ['invoices of orders', (reader) => invoiceLoaders(reader).invoicesOfOrder, 1],
    ['orders of invoices', (reader) => invoiceLoaders(reader).ordersOfInvoice, 4],
    ['stock of products', (reader) => productLoaders(reader).stockOfProduct, 5],
  ])('are read below several parents by one statement through indexes: %s', async (_what, loaderOf, parents) => {
    let pages: unknown[][] = [];
    const statements = await recordStatements(services.database, async () => {
      const loader = loaderOf(readerFor(services.database.reads, insider.principal));
      pages = await Promise.all([7, 8, 9].map((each) => loader.load({ parent: uuid(parents, each), after: null, limit: 5 })));
    });
    expect(pages.map((page) => page.length)).toEqual([1, 1, 1]);
    expect(statements).toHaveLength(1);
    const { sql: text, parameters } = statements[0]!;
    const plan = await services.database.reads.executeQuery({ sql: `explain (analyze, costs off, timing off) ${text}`, parameters, query: { kind: 'RawNode' } as never, queryId: { queryId: 'plan' } });
    expectIndexed(plan.rows.map((row) => String(Object.values(row as object)[0])).join('\n'));
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { globalId, uuidOfName } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, odooBatch, odooEvent, order, partyId, postOdoo } from '../support/partners.js';
import { graphql, graphqlAnswer } from '../support/requests.js';

const many2one = (id: number, name: string) => ({ id, name });
const units = many2one(1, 'Units');
const euro = many2one(1, 'EUR');
const partner = (id: number, entity = id) => ({ id, name: `Party ${id}`, commercial_partner_id: many2one(entity, `Party ${entity}`) });
const id = (type: string, kind: string, key: number | string) => globalId(type, uuidOfName(`${kind}:odoo:${key}`));

const person = (number: number, entity = number) => odooEvent('partner', 'res.partner', number, {
  name: `Party ${number}`, commercial_partner_id: many2one(entity, `Party ${entity}`), email: `p${number}@example.com`, phone: '+49 421 1', street: 'Dock 3', street2: 'Shed B', city: 'Bremen', zip: '28195', state_id: many2one(5, 'Bremen'), country_code: 'DE',
});
const product = (number: number, name: string, rest: object = {}, event: object = {}) => odooEvent('product', 'product.product', number, { name, default_code: `SKU-${number}`, barcode: `54000000000${number}`, weight: 2.5, weight_uom_name: 'kg', ...rest }, event);
const stock = (productNumber: number, location: number, quantity: number, reserved: number) => odooEvent('stock', 'stock.quant', productNumber, { product_id: many2one(productNumber, 'P'), location_id: many2one(location, `WH/Stock/${location}`), quantity, reserved_quantity: reserved, uom_id: units });
const picking = (number: number, name: string, code: string, rest: object = {}, action = 'updated') => odooEvent(code === 'incoming' ? 'receipt' : 'delivery', 'stock.picking', number, { name, state: 'assigned', picking_type_code: code, lines: [], ...rest }, { action });
const invoice = (number: number, name: string, party: number, origin: string, rest: object = {}) => odooEvent('invoice', 'account.move', number, {
  name, state: 'posted', payment_state: 'partial', move_type: 'out_invoice', partner_id: partner(party), invoice_origin: origin, invoice_date: '2026-03-03', invoice_date_due: '2026-04-02', amount_total: 119, amount_residual: 19, currency_id: euro, ...rest,
});
const ofOrder = (number: number) => ({ sale_id: many2one(number, `S${number}`) });

describeOnEachDatabase('what Odoo owns', (kind) => {
  let server: TestServer;
  let operator: string;
  let customer: string;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    operator = await server.tokens.create({ role: 'operator', companies: ['main'], ttl: 600 });
    customer = await server.tokens.create({ role: 'customer', parties: [partyId(7)], ttl: 600 });
    await receive(
      person(7), person(8), person(9, 7), product(31, 'Oak desk', {}, { occurredAt: '2026-03-01T00:00:00Z' }), product(32, 'Pine desk', { weight: 0, barcode: false }), product(33, 'Oak shelf', { default_code: 'SKU-31' }),
      stock(31, 1, 10, 2.5), stock(31, 2, 1, 4), stock(32, 1, 0, 0), order(1, { customer: 7 }), order(2, { customer: 8 }),
      picking(11, 'WH/PICK/1', 'internal', { ...ofOrder(1), partner_id: partner(9, 7), state: 'done' }),
      picking(12, 'WH/OUT/1', 'outgoing', {
        ...ofOrder(1), partner_id: partner(9, 7), state: 'done', carrier_id: many2one(4, 'Sea Freight'), carrier_tracking_ref: 'OR1,OR2', scheduled_date: '2026-03-04 08:00:00', date_deadline: '2026-03-06 16:00:00', date_done: '2026-03-05 09:30:00',
        weight: 7.5, weight_uom_name: 'kg', package_count: 1,
        lines: [{ id: 1, product_id: many2one(31, 'Oak desk'), quantity: 2, uom_id: units, lot_id: many2one(3, 'LOT-A'), package_id: many2one(2, 'BOX-1') }, { id: 2, product_id: many2one(32, 'Pine desk'), quantity: 1, uom_id: units }],
      }),
      picking(13, 'WH/OUT/2', 'outgoing', { ...ofOrder(1), partner_id: partner(9, 7), backorder_id: many2one(12, 'WH/OUT/1'), release: { ready: false, blocked: [{ check: 'credit', reason: 'Owes too much.' }] } }),
      picking(14, 'WH/IN/1', 'incoming', { ...ofOrder(1), partner_id: partner(9, 7), return_id: many2one(12, 'WH/OUT/1') }),
      picking(21, 'WH/OUT/8', 'outgoing', { ...ofOrder(2), partner_id: partner(8) }),
      invoice(88, 'INV/1', 7, 'S1, S2'), invoice(89, '/', 7, 'S1', { state: 'draft', name: false }), invoice(90, 'INV/2', 8, 'S2', { payment_state: 'paid' }), invoice(91, 'INV/3', 7, 'S1'),
    );
  });
  afterAll(() => server?.remove());

  async function receive(...events: object[]): Promise<void> {
    const batch = JSON.stringify(odooBatch(...events));
    await accepted(server, await postOdoo(server, batch), batch);
  }
  const ask = (query: string, by = operator, variables: Record<string, unknown> = {}) => graphql(server.url, by, query, variables);
  const codesOf = async (query: string, by: string) => ((await graphqlAnswer(server.url, by, query)).errors ?? []).map((error) => `${error.path!.join('.')} ${error.extensions?.code as string}`);
  const references = async (list: string, by = operator) => (await ask(`{ list: ${list} { nodes { reference } } }`, by)).list.nodes.map((node: { reference: string }) => node.reference);

  it('shows a transfer with its lines, parties, order and what it follows from', async () => {
    const fields = 'id reference direction state carrier trackingNumbers scheduledAt deadlineAt doneAt weight { amount unit } packageCount release { ready } party { name } shipTo { name } order { reference } lines(first: 9) { nodes { quantity unit lot package product { sku } } }';
    const { transfer } = await ask(`{ transfer(reference: " WH/OUT/1 ") { ${fields} } }`);
    expect(transfer).toEqual({
      id: id('Transfer', 'transfer', 12), reference: 'WH/OUT/1', direction: 'OUTGOING', state: 'done', carrier: 'Sea Freight', trackingNumbers: ['OR1', 'OR2'],
      scheduledAt: '2026-03-04T08:00:00.000Z', deadlineAt: '2026-03-06T16:00:00.000Z', doneAt: '2026-03-05T09:30:00.000Z', weight: { amount: '7.5', unit: 'kg' }, packageCount: 1, release: null,
      party: { name: 'Party 7' }, shipTo: { name: 'Party 9' }, order: { reference: 'S1' },
      lines: { nodes: [{ quantity: '2', unit: 'Units', lot: 'LOT-A', package: 'BOX-1', product: { sku: 'SKU-31' } }, { quantity: '1', unit: 'Units', lot: null, package: null, product: { sku: 'SKU-32' } }] },
    });
    expect(await ask(`{ transfer(id: "${transfer.id}") { ${fields} } }`)).toEqual({ transfer });
    const { back, rest } = await ask('{ back: transfer(reference: "WH/IN/1") { direction returnOf { reference } backorderOf { reference } } rest: transfer(reference: "WH/OUT/2") { backorderOf { reference } returnOf { reference } release { ready blocked { check reason } } } }');
    expect(back).toEqual({ direction: 'INCOMING', returnOf: { reference: 'WH/OUT/1' }, backorderOf: null });
    expect(rest).toEqual({ backorderOf: { reference: 'WH/OUT/1' }, returnOf: null, release: { ready: false, blocked: [{ check: 'credit', reason: 'Owes too much.' }] } });
  });

  it('shows a step within the walls under the order, and never as a shipment', async () => {
    const { order: found } = await ask('{ order(reference: "S1") { transfers(first: 9) { nodes { reference direction } } shipments(first: 9) { nodes { reference transfers(first: 9) { nodes { reference } } } } } }');
    expect(found.transfers.nodes).toEqual([['WH/IN/1', 'INCOMING'], ['WH/OUT/1', 'OUTGOING'], ['WH/OUT/2', 'OUTGOING'], ['WH/PICK/1', 'INTERNAL']].map(([reference, direction]) => ({ reference, direction })));
    const shipments = found.shipments.nodes as Array<{ reference: string; transfers: { nodes: Array<{ reference: string }> } }>;
    expect(shipments.map((shipment) => shipment.reference).sort()).toEqual(['WH/IN/1', 'WH/OUT/1', 'WH/OUT/2']);
    for (const shipment of shipments) expect(shipment.transfers.nodes).toEqual([{ reference: shipment.reference }]);
    expect((await ask('{ shipments(first: 9) { nodes { reference } } }')).shipments.nodes).toHaveLength(4);
  });

  it('shows invoices with what they bill, and an order with its invoices', async () => {
    const fields = 'id reference state paymentState total { amount currency } residual { amount currency } invoicedAt dueAt orderReferences party { name } orders(first: 9) { nodes { reference } }';
    const { invoice: found } = await ask(`{ invoice(reference: "INV/1") { ${fields} } }`);
    expect(found).toEqual({
      id: id('Invoice', 'invoice', 88), reference: 'INV/1', state: 'posted', paymentState: 'partial', total: { amount: '119', currency: 'EUR' }, residual: { amount: '19', currency: 'EUR' },
      invoicedAt: '2026-03-03T00:00:00.000Z', dueAt: '2026-04-02T00:00:00.000Z', orderReferences: ['S1', 'S2'], party: { name: 'Party 7' }, orders: { nodes: [{ reference: 'S1' }, { reference: 'S2' }] },
    });
    expect(await ask(`{ invoice(id: "${found.id}") { ${fields} } }`)).toEqual({ invoice: found });
    const { orders } = await ask('{ orders(first: 9) { nodes { reference invoices(first: 9) { nodes { reference } } } } }');
    expect(orders.nodes).toEqual([{ reference: 'S2', invoices: { nodes: [{ reference: 'INV/1' }, { reference: 'INV/2' }] } }, { reference: 'S1', invoices: { nodes: [{ reference: '/' }, { reference: 'INV/1' }, { reference: 'INV/3' }] } }]);
  });

  it('shows products, where an order names them and how many lie where', async () => {
    const { order: found } = await ask('{ order(reference: "S1") { lines(first: 9) { nodes { product { id name sku barcode weight { amount unit } stock(first: 9) { nodes { location onHand reserved available unit product { sku } } } } } } } }');
    const desk = found.lines.nodes[0].product;
    expect(desk).toEqual({
      id: id('Product', 'product', 31), name: 'Oak desk', sku: 'SKU-31', barcode: '5400000000031', weight: { amount: '2.5', unit: 'kg' },
      stock: { nodes: [{ location: 'WH/Stock/1', onHand: '10', reserved: '2.5', available: '7.5', unit: 'Units', product: { sku: 'SKU-31' } }, { location: 'WH/Stock/2', onHand: '1', reserved: '4', available: '-3', unit: 'Units', product: { sku: 'SKU-31' } }] },
    });
    for (const by of [`id: "${desk.id}"`, 'barcode: " 5400000000031 "']) expect((await ask(`{ product(${by}) { name } }`)).product).toEqual({ name: 'Oak desk' });
    expect((await ask('{ product(sku: "SKU-31") { name } }')).product).toEqual({ name: 'Oak shelf' });
    expect(await codesOf('{ product { name } }', operator)).toEqual(['product BAD_INPUT']);
  });

  it.each<[string, string[]]>([
    ['transfers(first: 9)', ['WH/PICK/1', 'WH/OUT/8', 'WH/OUT/2', 'WH/OUT/1', 'WH/IN/1']],
    ['transfers(first: 9, filter: {direction: [INTERNAL, INCOMING]})', ['WH/PICK/1', 'WH/IN/1']],
    ['transfers(first: 9, filter: {state: ["done"], direction: [OUTGOING]})', ['WH/OUT/1']],
    ['transfers(first: 9, filter: {reference: " WH/OUT/2 "})', ['WH/OUT/2']],
    ['transfers(first: 9, filter: {state: []})', []],
    ['invoices(first: 9)', ['INV/3', 'INV/2', 'INV/1', '/']],
    ['invoices(first: 9, filter: {state: ["draft"]})', ['/']],
    ['invoices(first: 9, filter: {paymentState: ["paid"], state: ["posted"]})', ['INV/2']],
    ['invoices(first: 9, filter: {orderReference: "S2"})', ['INV/2', 'INV/1']],
    ['invoices(first: 9, filter: {reference: "INV/3"})', ['INV/3']],
  ])('lists %s', async (list, expected) => expect(await references(list)).toEqual(expected));

  it.each<[string, string, string[]]>([
    ['products(first: 9)', 'name', ['Oak desk', 'Oak shelf', 'Pine desk']],
    ['products(first: 9, filter: {sku: "SKU-31"})', 'name', ['Oak desk', 'Oak shelf']],
    ['products(first: 9, filter: {barcode: "5400000000031"})', 'name', ['Oak desk']],
    ['products(first: 9, filter: {search: "OAK"})', 'name', ['Oak desk', 'Oak shelf']],
    ['products(first: 9, filter: {search: "0033"})', 'name', ['Oak shelf']],
    ['products(first: 9, filter: {search: "%"})', 'name', []],
    [`stockLevels(first: 9, filter: {productId: "${id('Product', 'product', 31)}"})`, 'location', ['WH/Stock/1', 'WH/Stock/2']],
    ['stockLevels(first: 9, filter: {location: "WH/Stock/2"})', 'location', ['WH/Stock/2']],
    ['parties(first: 9)', 'name', ['Party 7', 'Party 8', 'Party 9']],
    [`parties(first: 9, filter: {commercialEntityId: "${id('Party', 'party', 7)}"})`, 'name', ['Party 7', 'Party 9']],
  ])('lists %s', async (list, field, expected) => expect((await ask(`{ list: ${list} { nodes { ${field} } } }`)).list.nodes.map((node: Record<string, string>) => node[field])).toEqual(expected));

  it.each<[string, (page: string) => string, (data: any) => any, number]>([
    ['transfers', (page) => `{ transfers(${page}) { PAGE } }`, (data) => data.transfers, 5],
    ['invoices', (page) => `{ invoices(${page}) { PAGE } }`, (data) => data.invoices, 4],
    ['products', (page) => `{ products(${page}) { PAGE } }`, (data) => data.products, 3],
    ['stock levels', (page) => `{ stockLevels(${page}) { PAGE } }`, (data) => data.stockLevels, 3],
    ['parties', (page) => `{ parties(${page}) { PAGE } }`, (data) => data.parties, 3],
    ['the transfers of an order', (page) => `{ order(reference: "S1") { transfers(${page}) { PAGE } } }`, (data) => data.order.transfers, 4],
    ['the transfers of a shipment', (page) => `{ shipment(reference: "WH/OUT/1") { transfers(${page}) { PAGE } } }`, (data) => data.shipment.transfers, 1],
    ['the invoices of an order', (page) => `{ order(reference: "S1") { invoices(${page}) { PAGE } } }`, (data) => data.order.invoices, 3],
    ['the orders of an invoice', (page) => `{ invoice(reference: "INV/1") { orders(${page}) { PAGE } } }`, (data) => data.invoice.orders, 2],
    ['the stock of a product', (page) => `{ product(barcode: "5400000000031") { stock(${page}) { PAGE } } }`, (data) => data.product.stock, 2],
  ])('gives %s in pages that fit together', async (_what, query, pageOf, total) => {
    const fields = 'edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor }';
    const paged = async (first: number) => {
      const ids: string[] = [];
      for (let after: string | null = null; ; ) {
        const page: any = pageOf(await ask(query(`first: ${first}${after === null ? '' : `, after: "${after}"`}`).replace('PAGE', fields)));
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        ids.push(...page.edges.map((edge: { node: { id: string } }) => edge.node.id));
        if (!page.pageInfo.hasNextPage) return ids;
        expect(page.edges).toHaveLength(first);
        after = page.pageInfo.endCursor as string;
      }
    };
    const whole = await paged(100);
    expect(new Set(whole).size).toBe(total);
    for (const first of [1, 2]) expect(await paged(first)).toEqual(whole);
    for (const page of ['first: 0', 'first: 1, after: "nonsense"']) expect((await codesOf(query(page).replace('PAGE', fields), operator)).map((code) => code.split(' ')[1])).toEqual(['BAD_INPUT']);
  });

  it('shows customers their own deliveries, receipts and posted invoices, and nothing of others or within the walls', async () => {
    expect(await references('transfers(first: 9)', customer)).toEqual(['WH/OUT/2', 'WH/OUT/1', 'WH/IN/1']);
    expect(await references('invoices(first: 9)', customer)).toEqual(['INV/3', 'INV/1']);
    const { order: own, shipment } = await ask('{ order(reference: "S1") { transfers(first: 9) { nodes { reference } } invoices(first: 9) { nodes { reference party { name } orders(first: 9) { nodes { reference } } } } } shipment(reference: "WH/OUT/1") { transfers(first: 9) { nodes { reference } } } }', customer);
    expect(own).toEqual({ transfers: { nodes: ['WH/IN/1', 'WH/OUT/1', 'WH/OUT/2'].map((reference) => ({ reference })) }, invoices: { nodes: ['INV/1', 'INV/3'].map((reference) => ({ reference, party: null, orders: { nodes: [{ reference: 'S1' }] } })) } });
    expect(shipment.transfers.nodes).toEqual([{ reference: 'WH/OUT/1' }]);
    const others = `{ a: transfer(id: "${id('Transfer', 'transfer', 21)}") { id } b: transfer(reference: "WH/PICK/1") { id } c: invoice(id: "${id('Invoice', 'invoice', 90)}") { id } d: invoice(id: "${id('Invoice', 'invoice', 89)}") { id } e: party(id: "${id('Party', 'party', 7)}") { id } }`;
    expect(await ask(others, customer)).toEqual({ a: null, b: null, c: null, d: null, e: null });
    expect((await ask('{ parties(first: 9) { nodes { id } } }', customer)).parties.nodes).toEqual([]);
    expect(await codesOf('{ transfer(reference: "WH/OUT/2") { release { ready } lines(first: 1) { nodes { quantity product { name } } } } }', customer)).toEqual(['transfer.release FORBIDDEN']);
    expect(await codesOf('{ products(first: 1) { nodes { id } } stockLevels(first: 1) { nodes { id } } }', customer)).toEqual(['products FORBIDDEN', 'stockLevels FORBIDDEN']);
  });

  it('shows carriers none of it, and operators of another company nothing', async () => {
    const carrier = await server.tokens.create({ role: 'partner', carriers: ['SEA FREIGHT'], ttl: 60 });
    expect(await codesOf('{ transfers(first: 1) { nodes { id } } invoices(first: 1) { nodes { id } } products(first: 1) { nodes { id } } stockLevels(first: 1) { nodes { id } } parties(first: 1) { nodes { id } } }', carrier)).toEqual(['transfers', 'invoices', 'products', 'stockLevels', 'parties'].map((field) => `${field} FORBIDDEN`));
    expect(await codesOf('{ shipment(reference: "WH/OUT/1") { reference transfers(first: 1) { nodes { id } } } }', carrier)).toEqual(['shipment.transfers FORBIDDEN']);
    const foreign = await server.tokens.create({ role: 'operator', companies: ['second'], ttl: 60 });
    const lists = ['transfers', 'invoices', 'products', 'stockLevels', 'parties'];
    expect(await ask(`{ ${lists.map((list) => `${list}(first: 9) { nodes { id } }`).join(' ')} }`, foreign)).toEqual(Object.fromEntries(lists.map((list) => [list, { nodes: [] }])));
  });

  it('shows name, street, e-mail and telephone to those alone who may see personal data', async () => {
    const query = `{ party(id: "${id('Party', 'party', 9)}") { name city postalCode region country street email phone commercialEntity { name } } }`;
    expect((await ask(query)).party).toEqual({ name: 'Party 9', city: 'Bremen', postalCode: '28195', region: 'Bremen', country: 'DE', street: 'Dock 3, Shed B', email: 'p9@example.com', phone: '+49 421 1', commercialEntity: { name: 'Party 7' } });
    for (const by of [await server.tokens.create({ role: 'support', ttl: 60 }), await server.tokens.create({ role: 'operator', scopes: ['orders:read'], ttl: 60 })]) {
      expect(await codesOf(query, by)).toEqual(['party.name FORBIDDEN', 'party.street FORBIDDEN', 'party.email FORBIDDEN', 'party.phone FORBIDDEN', 'party.commercialEntity.name FORBIDDEN']);
      expect((await graphqlAnswer(server.url, by, query)).data!.party).toMatchObject({ name: null, city: 'Bremen', street: null, email: null, phone: null });
    }
  });

  it('follows Odoo: an invoice set to draft is the customer’s no more, an address takes its transfers to its new entity, what is deleted is gone', async () => {
    await receive(invoice(91, 'INV/3', 7, 'S1', { state: 'draft' }), person(9, 8), picking(21, 'WH/OUT/8', 'outgoing', {}, 'deleted'), odooEvent('product', 'product.product', 32, {}, { action: 'deleted' }));
    expect(await references('invoices(first: 9)', customer)).toEqual(['INV/1']);
    expect((await ask('{ transfer(reference: "WH/OUT/1") { party { name } lines(first: 9) { nodes { product { sku } } } } }')).transfer).toEqual({ party: { name: 'Party 8' }, lines: { nodes: [{ product: { sku: 'SKU-31' } }, { product: null }] } });
    expect((await ask('{ transfer(reference: "WH/OUT/8") { id } product(sku: "SKU-32") { id } }'))).toEqual({ transfer: null, product: null });
  });
});

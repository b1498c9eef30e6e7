import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openInput } from '../../src/events/commands.js';
import { tellReceivers } from '../../src/jobs/tasks/edi/notify.js';
import { openEdiDesk } from '../../src/jobs/tasks/edi/requests.js';
import { uuidOfName, uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { FolderPartner, projected, us, partner } from '../support/edi.js';
import { addConnections, odooBatch, odooEvent, postOdoo, settled } from '../support/partners.js';
import { eventually, graphql } from '../support/requests.js';

const units = { id: 1, name: 'Units' };
const mutation = 'mutation ($input: SendShipNoticeInput!) { sendShipNotice(input: $input) { commandId duplicate userErrors { code field } } }';

describeOnEachDatabase('a delivery that left', (kind) => {
  let server: TestServer;
  let retailer: FolderPartner;
  let buyer: FolderPartner;
  let operator: string;
  let delivery: (id: number, name: string, more: object) => object;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    retailer = await FolderPartner.add(server, 'retailer', { profile: { us, partner, separators: { lines: false } } });
    buyer = await FolderPartner.add(server, 'buyer', { profile: { us: { id: '4012345000009', qualifier: '14' }, partner: { id: 'BUYER' }, lines: false } }, 'edifact');
    operator = await server.tokens.create({ role: 'operator', subject: 'olga', ttl: 600 });
    delivery = (id: number, name: string, more: object) => odooEvent('delivery', 'stock.picking', id, {
      name, state: 'done', picking_type_code: 'outgoing', partner_id: { id: 9, name: 'Kunde AG', commercial_partner_id: { id: 9, name: 'Kunde AG' } }, carrier_id: { id: 1, name: 'Haulier GmbH' }, date_done: '2026-03-06 12:45:00',
      lines: [{ id: 1, product_id: { id: 5, name: 'Desk' }, quantity: 5, uom_id: units, lot_id: { id: 1, name: 'LOT-7' }, package_id: { id: 1, name: '106141411234567927' } }], ...more,
    });
    await settled(server, (await postOdoo(server, odooBatch(
      odooEvent('partner', 'res.partner', 9, { name: 'Kunde AG', is_company: true, street: 'Am Ring 5', city: 'Wien', zip: '1010', country_code: 'AT', commercial_partner_id: { id: 9, name: 'Kunde AG' } }),
      odooEvent('product', 'product.product', 5, { name: 'Desk', default_code: 'FURN-7777', barcode: '4012345678901' }),
      odooEvent('order', 'sale.order', 3, { name: 'S00017', state: 'sale', partner_id: { id: 9, name: 'Kunde AG', commercial_partner_id: { id: 9, name: 'Kunde AG' } }, client_order_ref: 'PO-4711', date_order: '2026-03-02 08:12:00', lines: [] }),
      delivery(41, 'WH/OUT/00041', { sale_id: { id: 3, name: 'S00017' }, carrier_tracking_ref: '1Z999AA10123456793' }), delivery(42, 'WH/OUT/00042', {}), delivery(43, 'WH/OUT/00043', { state: 'assigned', date_done: null, sale_id: { id: 3, name: 'S00017' } }),
      odooEvent('receipt', 'stock.picking', 44, { name: 'WH/IN/00044', state: 'done', picking_type_code: 'incoming', date_done: '2026-03-06 12:45:00', partner_id: { id: 9, name: 'Kunde AG', commercial_partner_id: { id: 9, name: 'Kunde AG' } }, lines: [] }),
    ))).body.id as string);
    await projected(server);
  });
  afterAll(async () => {
    retailer?.remove();
    buyer?.remove();
    await server?.remove();
  });

  const idOf = async (reference: string) => (await graphql(server.url, operator, `{ transfer(reference: "${reference}") { id } }`)).transfer.id as string;
  const tell = async (reference: string, input: object) => (await graphql(server.url, operator, mutation, { input: { transferId: await idOf(reference), ...input } })).sendShipNotice;

  it('is told to a retailer by one 856, packed as Odoo has it, however often it is asked for', async () => {
    const ask = { connection: 'retailer', idempotencyKey: 'notice-41' };
    const first = await tell('WH/OUT/00041', ask);
    expect(first).toMatchObject({ duplicate: false, userErrors: [] });
    expect(await tell('WH/OUT/00041', ask)).toMatchObject({ duplicate: true, commandId: first.commandId });
    const [text] = await retailer.sent(1);
    expect(text!.split('~').slice(2, -4)).toEqual([
      'ST*856*0001', 'BSN*00*WH/OUT/00041*20260306*1245*0001', 'HL*1**S', 'TD1*CTN*1', 'TD5*B****Haulier GmbH', 'DTM*011*20260306*1245*UT', 'N1*ST*Kunde AG', 'N3*Am Ring 5', 'N4*Wien**1010*AT',
      'HL*2*1*O', 'PRF*PO-4711', 'REF*VN*S00017', 'HL*3*2*P', 'MAN*GM*00106141411234567927', 'MAN*CP*1Z999AA10123456793', 'HL*4*3*I', 'LIN*1*VN*FURN-7777*EN*4012345678901*LT*LOT-7', 'SN1*1*5*EA', 'PID*F****Desk', 'CTT*4',
    ]);
    await eventually(() => retailer.interchanges('OUT'), (sent) => sent.length === 1 && sent[0]!.set_types.includes('856'));
    expect(retailer.files()).toHaveLength(1);
  });

  it('is told as its warehouse packed it, where one said so', async () => {
    const text = readFileSync(new URL('../fixtures/x12/945-two-cartons.edi', import.meta.url), 'latin1');
    await server.connections.add({ id: 'threepl', connector: 'x12', company: 'main', settings: { warehouses: 'WH=MAIN', handles: 'none' }, secrets: {} });
    await new FolderPartner(server, 'threepl').receive(text);
    expect(await tell('WH/OUT/00042', { connection: 'buyer', idempotencyKey: 'notice-42', order: 'B-99', shippedAt: '2026-03-06T19:00:00Z' })).toMatchObject({ userErrors: [] });
    const [sent] = await buyer.sent(1);
    expect(sent).toContain("BGM+351+WH/OUT/00042+9'");
    expect(sent).toContain("RFF+ON:B-99'");
    expect(sent).toContain("GIN+BJ+106141411234567903'LIN+2'PIA+5+FURN-7777:SA'QTY+12:4:PCE'QTY+21:4:PCE'GIN+BX+LOT-8'LIN+3++012345678905:SRV'PIA+1+DESK-1:SA'QTY+12:2:PCE'QTY+21:3:PCE'GIN+BN+SN-1+SN-2'");
  });

  it('is told to nobody while it is unclear what, to whom or whether', async () => {
    const refused = async (reference: string, input: object) => (await tell(reference, { idempotencyKey: `${reference} ${JSON.stringify(input)}`, ...input })).userErrors;
    expect(await refused('WH/OUT/00042', { connection: 'buyer' })).toEqual([{ code: 'BAD_INPUT', field: 'input.order' }]);
    expect(await refused('WH/OUT/00043', { connection: 'buyer' })).toEqual([{ code: 'CONFLICT', field: 'input.shippedAt' }]);
    expect(await refused('WH/IN/00044', { connection: 'buyer', order: 'X' })).toEqual([{ code: 'BAD_INPUT', field: 'input.transferId' }]);
    expect(await refused('WH/OUT/00041', { connection: 'easypost' })).toEqual([{ code: 'BAD_INPUT', field: 'input.connection' }]);
    expect(await refused('WH/OUT/00041', { connection: 'nowhere' })).toEqual([{ code: 'NOT_FOUND', field: 'input.connection' }]);
  });

  it('is told by itself where the connection names its customer: once, when it can be told, and nothing of what left long ago', async () => {
    const customer = { id: 12, name: 'Markt AG' };
    const partner_id = { ...customer, commercial_partner_id: customer };
    const post = async (...events: object[]) => {
      await settled(server, (await postOdoo(server, odooBatch(...events))).body.id as string);
      await projected(server);
    };
    const by = await FolderPartner.add(server, 'market', { profile: { us, partner, separators: { lines: false } }, shipNoticesTo: 'odoo/12' });
    try {
      const done = { partner_id, date_done: new Date(Date.now() - 60_000).toISOString().slice(0, 19).replace('T', ' ') };
      await post(odooEvent('partner', 'res.partner', 12, { name: 'Markt AG', is_company: true, city: 'Graz', country_code: 'AT', commercial_partner_id: customer }), odooEvent('order', 'sale.order', 5, { name: 'S00019', state: 'sale', partner_id, client_order_ref: 'M-1', date_order: '2026-03-02 08:12:00', lines: [] }));
      await post(delivery(51, 'WH/OUT/00051', { partner_id, date_done: '2026-03-06 12:45:00', sale_id: { id: 5, name: 'S00019' } }), delivery(52, 'WH/OUT/00052', done));
      const matter = () => server.database.kysely.selectFrom('exception').select(['state', 'detail']).where('kind', '=', 'SHIP_NOTICE_IMPOSSIBLE').execute();
      expect(await eventually(matter, (rows) => rows.length === 1)).toMatchObject([{ state: 'OPEN', detail: expect.stringContaining('no reference of the customer') }]);
      await post(delivery(52, 'WH/OUT/00052', { ...done, sale_id: { id: 5, name: 'S00019' } }));
      expect((await by.sent(1))[0]).toContain('BSN*00*WH/OUT/00052*');
      await eventually(matter, (rows) => rows[0]!.state === 'RESOLVED');
      await post(delivery(52, 'WH/OUT/00052', { ...done, sale_id: { id: 5, name: 'S00019' }, carrier_tracking_ref: '1Z2' }), delivery(53, 'WH/OUT/00053', { ...done, sale_id: { id: 5, name: 'S00019' } }));
      const sent = await by.sent(2);
      expect(sent.map((text) => /BSN\*00\*([^*]+)/.exec(text)![1])).toEqual(['WH/OUT/00052', 'WH/OUT/00053']);
      expect(await server.database.kysely.selectFrom('command').select('requested_by').where('connection', '=', 'market').execute()).toEqual([{ requested_by: 'gatehouse' }, { requested_by: 'gatehouse' }]);
    } finally {
      by.remove();
    }
  });

  it('is told once where somebody tells it in the moment in which it is told by itself', async () => {
    const { database, tasks } = server;
    const wholesaler = await FolderPartner.add(server, 'wholesaler', { profile: { us, partner, separators: { lines: false } } });
    try {
      const date_done = new Date(Date.now() - 60_000).toISOString().slice(0, 19).replace('T', ' ');
      await settled(server, (await postOdoo(server, odooBatch(delivery(61, 'WH/OUT/00061', { date_done, sale_id: { id: 3, name: 'S00017' } })))).body.id as string);
      await projected(server);
      const { id: transfer } = await database.kysely.selectFrom('transfer').select('id').where('reference', '=', 'WH/OUT/00061').executeTakeFirstOrThrow();
      const { shipment_id: shipmentId } = await database.kysely.selectFrom('reference').select('shipment_id').where('subject', '=', 'odoo.delivery:odoo:61').executeTakeFirstOrThrow();
      const nora = await server.tokens.authenticate(`Bearer ${await server.tokens.create({ role: 'operator', subject: 'nora', ttl: 600 })}`);
      const [accepted, seen] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const desk = openEdiDesk({
        ...tasks,
        database: {
          ...database,
          transaction: (work) => database.transaction(async (tx) => {
            const given = await work(tx);
            accepted.resolve();
            await seen.promise;
            return given;
          }),
        },
      });
      const byHand = desk.sendNotice({ transfer, purpose: 'ORIGINAL' }, { connection: 'wholesaler', idempotencyKey: 'notice-61' }, nora, uuidv7());
      await Promise.race([accepted.promise, byHand]);
      const byItself = database.transaction((tx) => tellReceivers(tasks, tx, [shipmentId!], [{ id: 'wholesaler', company: 'main', parties: [uuidOfName('party:odoo:9')] }]));
      // It would be told by now if it did not wait.
      await Promise.race([byItself, pause(300)]);
      seen.resolve();
      await Promise.all([byHand, byItself]);
      expect(await database.kysely.selectFrom('command').select('requested_by').where('connection', '=', 'wholesaler').execute()).toEqual([{ requested_by: 'nora' }]);
    } finally {
      wholesaler.remove();
    }
  });

  it('leaves a row in the audit log for who told it, and says nothing of people there', async () => {
    const audited = await server.database.kysely.selectFrom('audit').select(['action', 'payload']).where('actor', '=', 'olga').where('action', '=', 'notice_send.requested').orderBy('position').execute();
    expect(audited.map(({ payload }) => payload)).toEqual([{ connection: 'retailer', delivery: 'WH/OUT/00041' }, { connection: 'buyer', delivery: 'WH/OUT/00042' }]);
    const command = await server.database.kysely.selectFrom('command').selectAll().where('connection', '=', 'retailer').executeTakeFirstOrThrow();
    expect(openInput(server.tasks.bodies, command)).toMatchObject({ order: 'PO-4711', to: { street: 'Am Ring 5' } });
  });
});

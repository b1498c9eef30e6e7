import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TokenOptions } from '../../src/auth/tokens.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { FolderPartner, interchangeOf, partner, us } from '../support/edi.js';
import { addConnections, odooBatch, odooEvent, postOdoo, settled } from '../support/partners.js';
import { graphqlAnswer } from '../support/requests.js';

const [pallet, carton, loose] = ['106141411234567910', '106141411234567927', '106141411234567903'];
const many2one = (id: number, name: string) => ({ id, name });
const profile = { us, partner, separators: { lines: false } };

/** A supplier's 856: a pallet with a carton on it, to the warehouse that is called MAIN. */
const notice = interchangeOf([{ type: '856', body: `BSN*00*ASN-7*20260306*1245*0001~HL*1**S~TD5*B*2*NWCX~DTM*011*20260306*1245*UT~DTM*017*20260309*0800*UT~N1*SF*Supplier~N1*ST*Main*92*MAIN~HL*2*1*O~PRF*P00017~HL*3*2*T~MAN*GM*00${pallet}~HL*4*3*P~MAN*GM*00${carton}~HL*5*4*I~LIN*1*VN*FURN-7777*LT*LOT-7~SN1*1*6*EA~DTM*036*20261231~CTT*5~` }], { functionalId: 'SH', control: 1 });
/** The warehouse received the pallet by the receipt in Odoo. */
const received = interchangeOf([{ type: '944', body: `W17*F*20260309*RCV-55*WH/IN/00007~N1*WH*Main*92*MAIN~G62*09*20260309*W*0930*UT~LX*1~MAN*GM*00${pallet}~W07*6*EA**VN*FURN-7777***LOT-7~W14*6~` }], { functionalId: 'RE', control: 2 });
/** It ships another at EAST. */
const shipped = interchangeOf([{ type: '945', body: `W06*F*EAST/OUT/00003*20260310**SHP-1~N1*WH*East*92*EASTSIDE~G62*11*20260310*W*1000*UT~LX*1~MAN*GM*${loose}~W12*CC*4*4*0*EA**VN*DESK-1~W03*4~` }], { functionalId: 'SW', control: 3 });

describeOnEachDatabase('a pallet', (kind) => {
  let server: TestServer;
  let token: string;
  let edi: FolderPartner;
  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 3600 });
    edi = await FolderPartner.add(server, 'threepl', { warehouses: 'WH=MAIN, EAST=EASTSIDE', handles: 'none', profile });
  });
  afterAll(async () => {
    edi?.remove();
    await server?.remove();
  });

  const fields = 'sscc isSsccValid state facilityCode isPutAway location within expectedAt receivedAt putAwayAt putAwayLocation shippedAt lines(first: 5) { nodes { name sku quantity lot expiresOn carton product { sku } } }';
  const ask = async (query: string, as: Omit<TokenOptions, 'ttl'> | null = null) => graphqlAnswer(server.url, as === null ? token : await server.tokens.create({ ...as, ttl: 600 }), query);
  const tell = async (...events: object[]) => settled(server, (await postOdoo(server, JSON.stringify(odooBatch(...events)))).body.id as string);
  const moved = (packageName: string, location: object) => [{ id: 1, product_id: many2one(7, 'Desk'), quantity: 6, uom_id: many2one(1, 'Units'), lot_id: many2one(3, 'LOT-7'), package_id: many2one(9, packageName), location_dest_id: { id: 8, ...location }, expiration_date: '2026-12-30 10:00:00' }];

  it('is expected before it arrives: who announced it says what is on it, and in which cartons', async () => {
    await edi.receive(notice);
    const { data, errors } = await ask(`{ pallet(sscc: "(00)${pallet}") { ${fields} reports(first: 5) { nodes { step connection reference transfer { id } shipment { id } } } } pallets(first: 5) { nodes { sscc } } cartons: pallets(first: 5, filter: { within: "${pallet}" }) { nodes { ${fields} } } }`);
    expect(errors).toBeUndefined();
    const line = { name: null, sku: 'FURN-7777', quantity: '6', lot: 'LOT-7', expiresOn: '2026-12-31', product: null };
    const common = { isSsccValid: true, state: 'EXPECTED', facilityCode: 'WH', isPutAway: false, location: null, expectedAt: '2026-03-09T08:00:00.000Z', receivedAt: null, putAwayAt: null, putAwayLocation: null, shippedAt: null };
    expect(data!['pallet']).toMatchObject({ ...common, sscc: pallet, within: null, lines: { nodes: [{ ...line, carton }] }, reports: { nodes: [{ step: 'EXPECTED', connection: 'threepl', reference: 'ASN-7', transfer: null, shipment: { id: expect.any(String) } }] } });
    expect(data!['pallets']).toEqual({ nodes: [{ sscc: pallet }] });
    expect(data!['cartons']).toEqual({ nodes: [{ ...common, sscc: carton, within: pallet, lines: { nodes: [{ ...line, carton: null }] } }] });
  });

  it('is received where the warehouse says so, and put away where Odoo moved it into storage: with the transfer and the shipment of each', async () => {
    await tell(
      odooEvent('product', 'product.product', 7, { name: 'Desk', default_code: 'FURN-7777' }),
      odooEvent('receipt', 'stock.picking', 7, { name: 'WH/IN/00007', state: 'assigned', picking_type_code: 'incoming', lines: [] }),
    );
    await edi.receive(received);
    expect((await ask(`{ pallet(sscc: "${pallet}") { state receivedAt isPutAway } }`)).data).toEqual({ pallet: { state: 'RECEIVED', receivedAt: '2026-03-09T09:30:00.000Z', isPutAway: false } });
    await tell(odooEvent('delivery', 'stock.picking', 8, { name: 'WH/INT/00002', state: 'done', date_done: '2026-03-09 11:00:00', picking_type_code: 'internal', lines: moved(`00${pallet}`, { name: 'WH/Stock/A-01', warehouse: 'WH', stored: true }) }));
    const { data, errors } = await ask(`{ pallet(sscc: "${pallet}") { ${fields} reports(first: 5) { nodes { step connection reference number transfer { reference } shipment { id } } } } shipments(first: 10) { nodes { id reference } } }`);
    expect(errors).toBeUndefined();
    expect(data!['pallet']).toMatchObject({
      state: 'PUT_AWAY', isPutAway: true, location: 'WH/Stock/A-01', putAwayAt: '2026-03-09T11:00:00.000Z', putAwayLocation: 'WH/Stock/A-01', receivedAt: '2026-03-09T09:30:00.000Z', expectedAt: '2026-03-09T08:00:00.000Z',
      lines: { nodes: [{ name: 'Desk', sku: null, product: { sku: 'FURN-7777' }, quantity: '6', lot: 'LOT-7', expiresOn: '2026-12-30', carton: null }] },
    });
    // Who runs the place may not ask for products, and knows the goods by their name.
    const goods = await ask(`{ pallet(sscc: "${pallet}") { lines(first: 5) { nodes { name quantity } } } }`, { role: 'partner', facilities: ['WH'] });
    expect(goods.data!['pallet'].lines.nodes).toEqual([{ name: 'Desk', quantity: '6' }]);
    const shipmentOf = (reference: string) => (data!['shipments'].nodes as Array<{ id: string; reference: string }>).find((each) => each.reference === reference)!.id;
    expect(data!['pallet'].reports.nodes).toMatchObject([
      { step: 'EXPECTED' },
      { step: 'RECEIVED', connection: 'threepl', reference: 'WH/IN/00007', number: 'RCV-55', transfer: { reference: 'WH/IN/00007' }, shipment: { id: shipmentOf('WH/IN/00007') } },
      { step: 'PUT_AWAY', connection: 'odoo', reference: 'WH/INT/00002', number: null, transfer: { reference: 'WH/INT/00002' }, shipment: null },
    ]);
    const found = await ask(`{ receipt: pallets(first: 5, filter: { reference: "wh/in/00007" }) { nodes { sscc } } shipment: pallets(first: 5, filter: { shipmentId: "${shipmentOf('WH/IN/00007')}", state: [PUT_AWAY] }) { nodes { sscc } } none: pallets(first: 5, filter: { state: [SHIPPED] }) { nodes { sscc } } }`);
    expect(found.data).toEqual({ receipt: { nodes: [{ sscc: pallet }] }, shipment: { nodes: [{ sscc: pallet }] }, none: { nodes: [] } });
  });

  it('is no longer what a record says that says otherwise now', async () => {
    await tell(odooEvent('delivery', 'stock.picking', 8, { name: 'WH/INT/00002', state: 'done', date_done: '2026-03-09 11:00:00', picking_type_code: 'internal', lines: moved('PACK0000009', { name: 'WH/Stock/A-01', warehouse: 'WH', stored: true }) }));
    expect((await ask(`{ pallet(sscc: "${pallet}") { state putAwayAt } }`)).data).toEqual({ pallet: { state: 'RECEIVED', putAwayAt: null } });
  });

  it('is seen by who runs the place, and by nobody else from outside', async () => {
    await edi.receive(shipped);
    await tell(odooEvent('delivery', 'stock.picking', 9, { name: 'EAST/OUT/00004', state: 'done', date_done: '2026-03-10 11:00:00', picking_type_code: 'outgoing', lines: moved(pallet, { name: 'Partners/Customers' }) }));
    const all = `{ pallets(first: 10) { nodes { sscc state facilityCode reports(first: 5) { nodes { step } } } } pallet(sscc: "${pallet}") { facilityCode } }`;
    const [atHome, away, other] = [
      { sscc: pallet, state: 'RECEIVED', facilityCode: 'WH', reports: { nodes: [{ step: 'EXPECTED' }, { step: 'RECEIVED' }] } }, { sscc: pallet, state: 'SHIPPED', facilityCode: 'EAST', reports: { nodes: [{ step: 'SHIPPED' }] } },
      { sscc: loose, state: 'SHIPPED', facilityCode: 'EAST', reports: { nodes: [{ step: 'SHIPPED' }] } },
    ];
    // The one that it has not left before the one that it left.
    expect((await ask(all)).data).toEqual({ pallets: { nodes: [away, other, atHome] }, pallet: { facilityCode: 'WH' } });
    expect((await ask(all, { role: 'partner', facilities: ['WH'] })).data).toEqual({ pallets: { nodes: [atHome] }, pallet: { facilityCode: 'WH' } });
    expect((await ask(all, { role: 'partner', facilities: ['EAST'] })).data).toEqual({ pallets: { nodes: [away, other] }, pallet: { facilityCode: 'EAST' } });
    expect((await ask(all, { role: 'operator', companies: ['second'] })).data).toEqual({ pallets: { nodes: [] }, pallet: null });
    expect((await ask(all, { role: 'customer', parties: ['odoo/501'] })).errors![0]!.extensions!['code']).toBe('FORBIDDEN');
  });

  it('is put away at the warehouse that a step within the walls took it to, and has left the one that numbers the step', async () => {
    const one = '106141411234567941';
    await tell(
      odooEvent('delivery', 'stock.picking', 20, { name: 'WH/INT/00004', state: 'done', date_done: '2026-03-11 08:00:00', picking_type_code: 'internal', lines: moved(one, { name: 'WH/Stock/A-02', warehouse: 'WH', stored: true }) }),
      odooEvent('delivery', 'stock.picking', 21, { name: 'WH/INT/00005', state: 'done', date_done: '2026-03-11 11:00:00', picking_type_code: 'internal', lines: moved(one, { name: 'EAST/Stock', warehouse: 'EAST', stored: true }) }),
    );
    const { data } = await ask(`{ pallets(first: 5, filter: { sscc: "${one}" }) { nodes { facilityCode state location shippedAt reports(first: 5) { nodes { step reference } } } } pallet(sscc: "${one}") { facilityCode } }`);
    expect(data!['pallet']).toEqual({ facilityCode: 'EAST' });
    expect(data!['pallets'].nodes).toHaveLength(2);
    expect(data!['pallets'].nodes).toEqual(expect.arrayContaining([
      { facilityCode: 'EAST', state: 'PUT_AWAY', location: 'EAST/Stock', shippedAt: null, reports: { nodes: [{ step: 'PUT_AWAY', reference: 'WH/INT/00005' }] } },
      { facilityCode: 'WH', state: 'SHIPPED', location: null, shippedAt: '2026-03-11T11:00:00.000Z', reports: { nodes: [{ step: 'PUT_AWAY', reference: 'WH/INT/00004' }, { step: 'SHIPPED', reference: 'WH/INT/00005' }] } },
    ]));
  });

  it('of a drop shipment stood at no warehouse', async () => {
    await tell(odooEvent('delivery', 'stock.picking', 22, { name: 'DS/00001', state: 'done', date_done: '2026-03-11 11:00:00', picking_type_code: 'dropship', lines: moved('106141411234567958', { name: 'Partners/Customers' }) }));
    expect((await ask('{ pallets(first: 5, filter: { sscc: "106141411234567958" }) { nodes { facilityCode } } transfers(first: 5, filter: { reference: "DS/00001" }) { nodes { reference } } }'))).toMatchObject({ data: { pallets: { nodes: [] }, transfers: { nodes: [{ reference: 'DS/00001' }] } } });
  });

  it('leads to the transfer though the warehouse writes its name in small letters', async () => {
    const one = '106141411234567965';
    await edi.receive(interchangeOf([{ type: '944', body: `W17*F*20260309*RCV-56*wh/in/00007~N1*WH*Main*92*MAIN~G62*09*20260309*W*0930*UT~LX*1~MAN*GM*00${one}~W07*6*EA**VN*FURN-7777***LOT-7~W14*6~` }], { functionalId: 'RE', control: 4 }));
    expect((await ask(`{ pallet(sscc: "${one}") { reports(first: 5) { nodes { reference transfer { reference } } } } }`)).data).toEqual({ pallet: { reports: { nodes: [{ reference: 'wh/in/00007', transfer: { reference: 'WH/IN/00007' } }] } } });
  });

  it('is asked for by a whole number: what is none is refused, and what was mistyped is told', async () => {
    const of = async (sscc: string) => { const { data, errors } = await ask(`{ pallet(sscc: "${sscc}") { sscc } }`); return [data?.['pallet'] ?? null, errors?.[0]?.extensions?.['code'], errors?.[0]?.message]; };
    expect(await of('106141411234567934')).toEqual([null, undefined, undefined]);
    expect(await of('106141411234567911')).toEqual([null, 'BAD_INPUT', expect.stringContaining('stands 0')]);
    expect(await of('12345')).toEqual([null, 'BAD_INPUT', expect.stringContaining('18 digits')]);
    expect((await ask('{ pallets(first: 5, filter: { sscc: "x" }) { nodes { sscc } } }')).errors![0]!.extensions!['code']).toBe('BAD_INPUT');
  });
});

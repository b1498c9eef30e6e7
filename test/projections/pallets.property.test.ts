import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gs1Check } from '../../src/model/gs1.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { interchangeOf } from '../support/edi.js';
import type { Message } from './journey-messages.js';
import { openPipeline, type Pipeline } from './pipeline.js';

/** What becomes of a pallet: days on which it happens, null where it does not. Versions of the move into storage take it elsewhere. */
interface Journey {
  announced: boolean;
  received: number | null;
  stored: Array<{ version: number; place: string | null; packageIs: boolean }>;
  shipped: number | null;
  returned: boolean;
  leftAgain: boolean;
}
const journey: fc.Arbitrary<Journey> = fc.record({
  announced: fc.boolean(), received: fc.option(fc.constantFrom(9, 10), { freq: 2 }), shipped: fc.option(fc.constantFrom(10, 12), { freq: 2 }), returned: fc.boolean(), leftAgain: fc.boolean(),
  stored: fc.uniqueArray(fc.record({ version: fc.integer({ min: 1, max: 4 }), place: fc.constantFrom('WH/Stock/A', 'WH/Stock/B', 'EAST/Stock', null), packageIs: fc.boolean() }), { selector: ({ version }) => version, maxLength: 3 }),
});

/** One that ends in each state, whatever is drawn beside them. */
const nothing: Journey = { announced: true, received: null, stored: [], shipped: null, returned: false, leftAgain: false };
const certain: Journey[] = [nothing, { ...nothing, received: 9 }, { ...nothing, stored: [{ version: 1, place: 'WH/Stock/A', packageIs: true }] }, { ...nothing, shipped: 12 }, { ...nothing, received: 9, shipped: 10, returned: true, leftAgain: true }];

function messagesOf({ announced, received, stored, shipped, returned, leftAgain }: Journey, name: string, id: number, sscc: string): Message[] {
  const x12 = (type: string, functionalId: string, control: number, body: string): Message => ({ connection: 'freight', body: interchangeOf([{ type, body }], { functionalId, control: id * 10 + control }) });
  const odoo = (version: number, record: object | null): Message => ({
    connection: 'erp', body: JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-03-01T12:00:00Z', events: [{ id: `${name}-${version}`, topic: 'delivery', action: record === null ? 'deleted' : 'updated', model: 'stock.picking', recordId: id, version, occurredAt: `2026-03-09T1${version}:00:00Z`, ...(record === null ? {} : { record }) }] }),
  });
  const receipt = (day: number, number: string) => `W17*F*202603${String(day).padStart(2, '0')}*${number}*WH/IN/${name}~N1*WH*Main*92*MAIN~G62*09*202603${String(day).padStart(2, '0')}*W*0930*UT~LX*1~MAN*GM*${sscc}~W07*5*EA**VN*DESK***L1~W14*5~`;
  const departure = (control: number, day: number) => x12('945', 'SW', control, `W06*F*WH/OUT/${name}*20260310**SHP${day}${name}~N1*WH*Main*92*MAIN~G62*11*202603${day}*W*1000*UT~LX*1~MAN*GM*${sscc}~W12*CC*4*4*0*EA**VN*DESK~W03*4~`);
  return [
    ...(announced ? [x12('856', 'SH', 1, `BSN*00*ASN${name}*20260306*1245~HL*1**S~DTM*011*20260306*1245*UT~N1*ST*Main*92*MAIN~HL*2*1*O~PRF*P1~HL*3*2*T~MAN*GM*00${sscc}~HL*4*3*I~LIN*1*VN*DESK~SN1*1*6*EA~CTT*4~`)] : []),
    ...(received === null ? [] : [x12('944', 'RE', 2, receipt(received, `RCV${name}`))]),
    ...(shipped === null ? [] : [departure(3, shipped)]),
    ...(returned ? [x12('944', 'RE', 4, receipt(20, `RET${name}`))] : []),
    ...(leftAgain ? [departure(5, 21)] : []),
    ...stored.map(({ version, place, packageIs }) => odoo(version, place === null ? null : {
      name: `WH/INT/${name}`, state: 'done', date_done: `2026-03-09 1${version}:00:00`, picking_type_code: 'internal',
      lines: [{ id, product_id: { id: 7, name: 'Desk' }, quantity: 5, uom_id: { id: 1, name: 'Units' }, package_id: packageIs ? { id, name: sscc } : null, location_dest_id: { id: 8, name: place, warehouse: place.split('/')[0], stored: true } }],
    })),
  ];
}

async function stateOf(pipeline: Pipeline, sscc: string, name: string, id: number): Promise<string> {
  const db = pipeline.services.database.kysely;
  const lists = await Promise.all([
    sql`select facility, state, location, within, expected_at, received_at, put_away_at, put_away_location, shipped_at, lines, updated_at from pallet where sscc = ${sscc}`.execute(db),
    sql`select step, at, location, reference, number, facility, (select count(*) from warehouse_shipment x where x.record_id = r.record_id) as shipments from pallet_report r where sscc = ${sscc}`.execute(db),
  ]);
  return lists.map(({ rows }) => rows.map((row) => JSON.stringify(row)).sort().join('\n')).join('\n--\n').replaceAll(name, 'N').replaceAll(String(id), 'I');
}

describeOnEachDatabase('pallets', (kind) => {
  let pipeline: Pipeline;
  let run = 0;
  beforeAll(async () => void (pipeline = await openPipeline(kind, {}, { freight: { warehouses: 'WH=MAIN, EAST=EASTSIDE' } })));
  afterAll(() => pipeline?.remove());

  it('stand the same in every order, repetition and batching of what is said of them', async () => {
    const met = new Set<string>();
    const arrival = fc.record({ journey, keys: fc.array(fc.nat(1000), { minLength: 8, maxLength: 8 }), again: fc.array(fc.nat(8), { maxLength: 3 }), rounds: fc.integer({ min: 1, max: 3 }) });
    await fc.assert(fc.asyncProperty(fc.array(arrival, { minLength: 20, maxLength: 20 }), async (drawn) => {
      const worlds = [...drawn, ...certain.map((each, index) => ({ ...drawn[index]!, journey: each }))];
      run++;
      const known = (variant: 'A' | 'B', index: number) => {
        const id = run * 1000 + index * 10 + (variant === 'A' ? 100_001 : 200_002);
        const digits = `34012345${String(id).padStart(9, '0')}`;
        return [`R${run}${variant}${index}X`, id, `${digits}${gs1Check(digits)}`] as const;
      };
      for (const [index, each] of worlds.entries()) {
        const fresh = await pipeline.receive(messagesOf(each.journey, ...known('A', index)));
        for (const [connection, ids] of fresh) await pipeline.decode(connection, ids);
      }
      await pipeline.settle();
      const shuffled = worlds.flatMap((each, index) => {
        const messages = messagesOf(each.journey, ...known('B', index));
        const repeated = messages.length === 0 ? [] : each.again.map((at, number) => ({ ...messages[at % messages.length]!, delivery: `again ${run} ${index} ${number}` }));
        return [...messages, ...repeated].map((message, at) => ({ message, round: each.keys[at % 8]! % each.rounds, key: each.keys[(at * 3) % 8]! }));
      });
      for (let round = 0; round < 3; round++) {
        const due = shuffled.filter((each) => each.round === round).sort((a, b) => a.key - b.key).map((each) => each.message);
        const fresh = await pipeline.receive(due);
        await Promise.all([...fresh].map(([connection, ids]) => pipeline.decode(connection, ids)));
        await pipeline.settle();
      }
      for (const [index, each] of worlds.entries()) {
        const [[nameA, idA, ssccA], [nameB, idB, ssccB]] = [known('A', index), known('B', index)];
        const [ordered, other] = [await stateOf(pipeline, ssccA, nameA, idA), await stateOf(pipeline, ssccB, nameB, idB)];
        if (ordered !== other) expect(other, JSON.stringify(each)).toBe(ordered);
        for (const { state } of await pipeline.services.database.kysely.selectFrom('pallet').select('state').where('sscc', '=', ssccB).execute()) met.add(state);
      }
    }), { numRuns: 2, endOnFailure: true });
    expect([...met].sort()).toEqual(['EXPECTED', 'PUT_AWAY', 'RECEIVED', 'SHIPPED']);
  }, 300_000);
});

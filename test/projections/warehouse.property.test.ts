import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openInput } from '../../src/events/commands.js';
import { writeBack } from '../../src/jobs/tasks/write-back.js';
import type { Queryable } from '../../src/db/database.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { openPipeline, type Pipeline } from './pipeline.js';
import type { Message } from './journey-messages.js';

/** A delivery of two products, and what its warehouse confirms of it, shipment by shipment. */
interface Delivery {
  ordered: [number, number];
  shipments: Array<{ quantities: [number, number]; lot: number | null; final: boolean; version: number }>;
}

/** Each piece goes into one of the shipments, or is missing; now and then one is too many. */
const delivery: fc.Arbitrary<Delivery> = fc.record({
  shipments: fc.array(fc.record({ lot: fc.option(fc.integer({ min: 1, max: 2 })), final: fc.boolean(), version: fc.integer({ min: 1, max: 2 }) }), { minLength: 1, maxLength: 4 }),
  pieces: fc.tuple(fc.array(fc.nat(11), { minLength: 1, maxLength: 8 }), fc.array(fc.nat(11), { minLength: 1, maxLength: 4 })),
  isMissing: fc.boolean(), isOver: fc.integer({ min: 0, max: 5 }).map((number) => number === 0),
}).map(({ shipments, pieces, isMissing, isOver }): Delivery => {
  const places = shipments.length + (isMissing ? 1 : 0);
  const inShipment = (product: 0 | 1, at: number) => pieces[product].filter((piece) => piece % places === at).length + (isOver && product === 0 && at === 0 ? 1 : 0);
  return { ordered: [pieces[0].length, pieces[1].length], shipments: shipments.map((each, at) => ({ ...each, quantities: [inShipment(0, at), inShipment(1, at)] })) };
});

function messagesOf({ ordered, shipments }: Delivery, name: string, id: number): Message[] {
  const products = [1, 2].map((number) => ({ id: 9_000_000 + number, name: `P${number}` }));
  const odoo = (events: object[]): Message => ({ connection: 'erp', body: JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-03-01T12:00:00Z', events }) });
  const event = (topic: string, model: string, recordId: number, record: object) => ({ id: `${name}-${topic}-${recordId}`, topic, action: 'updated', model, recordId, version: 1, occurredAt: '2026-03-01T12:00:00Z', record });
  const order = `WH/OUT/${name}`;
  return [
    odoo([event('delivery', 'stock.picking', id, { name: order, state: 'assigned', picking_type_code: 'outgoing', lines: ordered.map((amount, index) => ({ id: id * 10 + index, product_id: products[index], quantity: amount, uom_id: { id: 1, name: 'Units' } })) })]),
    ...shipments.map((shipment, index): Message => ({
      connection: 'wms' as Message['connection'],
      body: JSON.stringify({
        webhook_type: 'Shipment Update',
        fulfillment: {
          shipment_uuid: `${name}-${index}`, order_number: order, completed: shipment.final, created_at: `2026-03-0${shipment.version} 14:00:20`,
          line_items: shipment.quantities.map((amount, product) => ({ id: `${index}-${product}`, sku: `SKU-${product + 1}`, quantity: amount, lot_name: product === 0 && shipment.lot !== null ? `LOT-${shipment.lot}` : null })),
        },
        packages: [{ name: 'Package #1', tracking_number: `${name}T${index}`, shipping_carrier: 'UPS' }],
      }),
    })),
  ];
}

/**
 * What Odoo is told at the end of the first round in which exactly all was confirmed. It stands whatever comes later:
 * a transfer that was validated is not taken back because its warehouse ships more than was asked for, people are told of that.
 * @param arrived which messages have come by the end of each round; the first is the delivery
 */
function validationOnTheWay({ ordered, shipments }: Delivery, arrived: ReadonlyArray<ReadonlySet<number>>): object | null {
  for (const messages of arrived) {
    const came = shipments.filter((_, index) => messages.has(index + 1));
    const confirmed = (product: 0 | 1, lot?: number | null) => came.filter((each) => lot === undefined || each.lot === lot).reduce((sum, each) => sum + each.quantities[product], 0);
    if (!messages.has(0) || confirmed(0) !== ordered[0] || confirmed(1) !== ordered[1]) continue;
    const ofLots = [null, 1, 2].map((lot) => ({ product_id: 9_000_001, quantity: confirmed(0, lot), uom: 'Units', ...(lot === null ? {} : { lot: `LOT-${lot}` }) }));
    const lines = [...ofLots, { product_id: 9_000_002, quantity: ordered[1], uom: 'Units' }];
    return { lines: lines.filter(({ quantity }) => quantity > 0), backorder: true };
  }
  return null;
}

/** Rows and exceptions, and the validation that was told. */
async function stateOf(db: Queryable, pipeline: Pipeline, name: string, id: number): Promise<{ rows: string; validation: string }> {
  const order = `WH/OUT/${name}`;
  const lists = await Promise.all([
    sql`select number, is_final, lines, packages, version from warehouse_confirmation where order_key = ${order}`.execute(db),
    sql`select c.number, t.subject from warehouse_shipment x join warehouse_confirmation c on c.id = x.record_id join reference t on t.shipment_id = x.shipment_id and t.kind = 'odoo.delivery' where c.order_key = ${order}`.execute(db),
    sql`select kind, state, title, detail from exception where title like ${`%${order}%`} and state <> 'RESOLVED'`.execute(db),
    sql`select m.code, m.occurred_at from milestone m join reference r on r.shipment_id = m.shipment_id where r.subject = ${`odoo.delivery:erp:${id}`} and m.active`.execute(db),
  ]);
  const commands = await db.selectFrom('command').selectAll().where('idempotency_key', 'like', `write-back:erp:${id}:validate:%`).orderBy('sequence').execute();
  // What was told last stands; where all was confirmed by the time it was looked at, it is the only one.
  const last = commands.at(-1);
  const values = last === undefined ? null : { ...(openInput(pipeline.tasks.bodies, last) as { values: Record<string, unknown> }).values, version: undefined };
  const rows = lists.map((list) => list.rows.map((row) => JSON.stringify(row)).sort().join('\n')).join('\n--\n');
  return { rows: rows.replaceAll(name, 'N').replaceAll(String(id), 'I'), validation: JSON.stringify(values) };
}

describeOnEachDatabase('what a warehouse confirms', (kind) => {
  let pipeline: Pipeline;
  let run = 0;
  beforeAll(async () => {
    pipeline = await openPipeline(kind);
    const { services } = pipeline;
    await services.connections.add({ id: 'wms', connector: 'shiphero', company: 'main', settings: {}, secrets: {} });
    await services.connections.change('erp', { url: 'https://odoo.example.com', database: 'prod', login: 'bot', validateAt: 'confirmation', writeBack: 'validate' }, { apiKey: 'key-of-the-bot' });
    const product = (number: number) => ({ id: `product-${number}`, topic: 'product', action: 'updated', model: 'product.product', recordId: 9_000_000 + number, version: 1, occurredAt: '2026-03-01T12:00:00Z', record: { name: `P${number}`, default_code: `SKU-${number}` } });
    const fresh = await pipeline.receive([{ connection: 'erp', body: JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-03-01T12:00:00Z', events: [product(1), product(2)] }) }]);
    await pipeline.decode('erp', fresh.get('erp')!);
    await pipeline.settle();
  });
  afterAll(() => pipeline?.remove());

  it('makes the same rows, the same exceptions and the same single validation in every order, repetition and batching', async () => {
    let validated = 0;
    const arrival = fc.record({ delivery, keys: fc.array(fc.nat(1000), { minLength: 10, maxLength: 10 }), again: fc.array(fc.nat(10), { maxLength: 3 }), rounds: fc.integer({ min: 1, max: 3 }) });
    await fc.assert(fc.asyncProperty(fc.array(arrival, { minLength: 12, maxLength: 12 }), async (worlds) => {
      run++;
      const name = (variant: string, index: number) => `R${run}${variant}${index}X`;
      const id = (variant: 'A' | 'B', index: number) => (run * 100 + index) * 10 + (variant === 'A' ? 1_000_000 : 2_000_000);
      for (const [index, each] of worlds.entries()) {
        const fresh = await pipeline.receive(messagesOf(each.delivery, name('A', index), id('A', index)));
        for (const connection of ['erp', 'wms']) await pipeline.decode(connection, fresh.get(connection) ?? []);
      }
      await pipeline.settle();
      const shuffled = worlds.flatMap((each, index) => {
        const messages = messagesOf(each.delivery, name('B', index), id('B', index)).map((message, which) => ({ message, which }));
        const repeated = each.again.map((at, number) => ({ which: at % messages.length, message: { ...messages[at % messages.length]!.message, delivery: `again ${run} ${index} ${number}` } }));
        return [...messages, ...repeated].map((sent, at) => ({ ...sent, index, round: each.keys[at % 10]! % each.rounds, key: each.keys[(at * 7) % 10]! }));
      });
      for (let round = 0; round < 3; round++) {
        const due = shuffled.filter((each) => each.round === round).sort((a, b) => a.key - b.key).map((each) => each.message);
        const fresh = await pipeline.receive(due);
        await Promise.all([...fresh].map(([connection, ids]) => pipeline.decode(connection, ids)));
        await pipeline.settle();
      }
      // Nothing is on its way any more.
      await pipeline.services.database.kysely.updateTable('warehouse_shortage').set({ since: '2026-03-01T00:00:00.000Z' }).execute();
      await pipeline.services.database.kysely.updateTable('projection').set({ position: 0 }).where('name', '=', 'write-back').execute();
      await writeBack(pipeline.tasks);
      // Looked at once more, nothing is told again.
      await pipeline.services.database.kysely.updateTable('projection').set({ position: 0 }).where('name', '=', 'write-back').execute();
      await writeBack(pipeline.tasks);
      const db = pipeline.services.database.kysely;
      expect(await db.selectFrom('inbox').select('failure').where('state', '<>', 'DECODED').execute()).toEqual([]);
      for (const [index, each] of worlds.entries()) {
        const [ordered, other] = [await stateOf(db, pipeline, name('A', index), id('A', index)), await stateOf(db, pipeline, name('B', index), id('B', index))];
        const arrived = [0, 1, 2].map((round) => new Set(shuffled.filter((sent) => sent.index === index && sent.round <= round).map(({ which }) => which)));
        const expected = { rows: ordered.rows, validation: ordered.validation === 'null' ? JSON.stringify(validationOnTheWay(each.delivery, arrived)) : ordered.validation };
        if (other.rows !== expected.rows || other.validation !== expected.validation) expect(other, JSON.stringify(each)).toEqual(expected);
        const told = await db.selectFrom('command').select('id').where('idempotency_key', 'like', `write-back:erp:${id('B', index)}:validate:%`).execute();
        expect(told.length).toBeLessThanOrEqual(1);
        validated += told.length;
      }
    }), { numRuns: 2, endOnFailure: true });
    expect(validated).toBeGreaterThan(5);
  }, 300_000);
});

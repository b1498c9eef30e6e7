import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { readerFor, type Reader } from '../../src/auth/reader.js';
import { given, ReadStatement } from '../../src/auth/statements.js';
import { fillStatements, sessionFunctions } from '../bench/board/rows.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';

describeOnEachDatabase('a statement that is compiled once', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let parties: string[];
  let shipments: string[];
  beforeAll(async () => {
    services = await testServices(kind);
    await services.database.transaction(async (tx) => {
      for (const statement of [...sessionFunctions.split(/;\s*\n/), ...fillStatements(120).map((each) => each.statement)]) if (statement.trim() !== '') await sql.raw(statement).execute(tx);
    });
    parties = (await services.database.kysely.selectFrom('party').select('id').orderBy('id').execute()).map(({ id }) => id);
    shipments = (await services.database.kysely.selectFrom('shipment').select('id').orderBy('id').execute()).map(({ id }) => id);
  });
  afterAll(() => services?.remove());

  const base = { subject: 's', parties: [] as string[], carriers: [] as string[], companies: [] as string[], expiresMs: Date.now() + 3_600_000, demonstration: false };
  const readerOf = (claims: object): Reader => readerFor(services.database.reads, principalOf({ ...base, ...claims } as never));
  const query = (db: Reader['db'], ids: unknown, last: unknown) => db
    .selectFrom('shipment').innerJoin('sales_order', 'sales_order.id', 'shipment.order_id').leftJoin('milestone as m', (join) => join.onRef('m.shipment_id', '=', 'shipment.id').on('m.code', '=', 'PICKED_UP'))
    .select(['shipment.id as id', 'sales_order.reference as order', 'm.code as code']).where('shipment.id', '=', sql<string>`any(${ids}::uuid[])`).where('shipment.id', '<=', sql<string>`${last}::uuid`).orderBy('shipment.id');
  const statement = new ReadStatement<{ kind: string }>((db) => query(db, given(0), given(1)));

  it('gives each principal the rows that a query built for it gives, whoever it ran for before', async () => {
    const claims = fc.oneof(
      fc.constant({ role: 'operator' }),
      fc.constantFrom(['main'], ['second'], ['main', 'second']).map((companies) => ({ role: 'operator', companies })),
      fc.array(fc.nat(parties.length - 1), { minLength: 1, maxLength: 4 }).map((held) => ({ role: 'customer', parties: held.map((each) => parties[each]!) })),
      fc.subarray(['UPS', 'FEDEX', 'nobody'], { minLength: 1 }).map((carriers) => ({ role: 'partner', carriers })),
    );
    let shown = 0;
    await fc.assert(fc.asyncProperty(claims, fc.subarray(shipments, { minLength: 1, maxLength: 60 }), fc.constantFrom(...shipments), async (who, ids, last) => {
      const reader = readerOf(who);
      const rows = await reader.read(statement, { kind: 'any' }, [ids, last]);
      expect(rows).toEqual(await query(reader.db, ids, last).execute());
      shown += rows.length;
    }), { numRuns: 60 });
    expect(shown).toBeGreaterThan(0);
  });

  it('is refused what a reader refuses', async () => {
    const reader = readerOf({ role: 'operator' });
    const refused = async (build: (db: Reader['db']) => unknown) => expect(reader.read(new ReadStatement(build as never), {}, [])).rejects.toThrow();
    await refused(() => sql`select * from event`);
    await refused(() => services.database.kysely.selectFrom('event').selectAll());
    await refused(() => services.database.kysely.deleteFrom('shipment'));
    await refused((db) => db.selectFrom('shipment').select(sql`(select count(*) from event)`.as('n')));
    await refused(() => ({ toOperationNode: () => sql`select * from event`.toOperationNode() }));
    await refused(() => ({ compile: () => ({ sql: 'select * from event', parameters: [] }) }));
    await expect(reader.read({ template: () => ({ texts: ['select * from event'], slots: [] }) } as never, {}, [])).rejects.toThrow(TypeError);
    await expect(reader.read(statement, { kind: 'any' }, [shipments, 'a\0b'])).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('shows nobody more when it was built with the whole database', async () => {
    const whole = new ReadStatement(() => services.database.kysely.selectFrom('shipment').select('shipment.id'));
    expect(await readerOf({ role: 'operator' }).read(whole, {}, [])).toHaveLength(shipments.length);
    expect(await readerOf({ role: 'operator', companies: ['second'] }).read(whole, {}, [])).toEqual([]);
    expect(await readerOf({ role: 'customer', parties: [parties[0]!] }).read(whole, {}, [])).not.toHaveLength(shipments.length);
  });
});

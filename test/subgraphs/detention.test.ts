import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { readerFor } from '../../src/auth/reader.js';
import { globalId, uuidOfName, uuidv7 } from '../../src/lib/ids.js';
import { chargePage, chargeTotals, visitsQuery } from '../../src/subgraphs/tms/detention/pages.js';
import type { ChargedWhere } from '../../src/subgraphs/tms/detention/visits.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { graphql, graphqlAnswer } from '../support/requests.js';

const day = (hour: number, minute = 0) => `2026-03-06T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00.000Z`;
const range = { from: '2026-03-06T00:00:00Z', to: '2026-03-08T00:00:00Z' };

describeOnEachDatabase('what is charged for waiting', (kind) => {
  let server: TestServer;
  let [admin, operator, carrier, other, warehouse, elsewhere] = ['', '', '', '', '', ''];
  const facility = uuidOfName('facility');
  const visitId = (name: string) => globalId('Visit', uuidOfName(`visit ${name}`));

  beforeAll(async () => {
    server = await testServer(kind);
    const token = (of: Parameters<TestServer['tokens']['create']>[0]) => server.tokens.create(of);
    admin = await token({ role: 'admin', ttl: 3600 });
    operator = await token({ role: 'operator', ttl: 3600 });
    carrier = await token({ role: 'partner', ttl: 3600, carriers: ['DHL'] });
    other = await token({ role: 'partner', ttl: 3600, carriers: ['UPS'] });
    warehouse = await token({ role: 'partner', ttl: 3600, facilities: ['WH@main'] });
    elsewhere = await token({ role: 'admin', ttl: 3600, companies: ['other'] });
    await server.database.kysely.insertInto('facility').values({ ...record('facility'), id: facility, name: 'Warehouse', code: 'WH', place: null, zone: 'Europe/Berlin' } as never).execute();
    await grant('facility:WH@main', 'facility', facility);
  });
  afterAll(() => server?.remove());

  const record = (subject: string) => ({ subject, company: 'main', connection: 'gatehouse', version: 3, updated_at: day(20) });
  const grant = (key: string, of: string, id: string) => sql`insert into record_access (key, kind, record_id) values (${key}, ${of}, ${id}::uuid)`.execute(server.database.kysely);

  async function addVisit(name: string, of: Record<string, unknown>, appointment?: { startsAt: string; carrier: string }): Promise<void> {
    const [id, appointmentId] = [uuidOfName(`visit ${name}`), uuidOfName(`appointment ${name}`)];
    if (appointment !== undefined) {
      const row = { ...record(`appointment ${name}`), id: appointmentId, version: 2, facility_id: facility, direction: 'INBOUND', state: 'SCHEDULED', raw_state: 'x', starts_at: appointment.startsAt, carrier: appointment.carrier, numbers: [], names: '[]' };
      await server.database.kysely.insertInto('appointment').values(row as never).execute();
      await grant(`carrier:${appointment.carrier}`, 'appointment', appointmentId);
    }
    const row = { ...record(`visit ${name}`), id, facility_id: facility, appointment_id: appointment === undefined ? null : appointmentId, type: 'LIVE', state: 'CHECKED_OUT', carrier: 'DHL', ...of };
    await server.database.kysely.insertInto('visit').values(row as never).execute();
    for (const key of new Set([`carrier:${String(row.carrier)}`, `carrier:${appointment?.carrier ?? String(row.carrier)}`, 'facility:WH@main'])) await grant(key, 'visit', id);
  }

  const save = async (token: string, input: Record<string, unknown>) => {
    const terms = { start: 'CHECK_IN', stop: 'CHECK_OUT', free: 120, increment: 60, days: 'PERIODS', rate: { amount: '75.50', currency: 'EUR' } };
    const given = { idempotencyKey: uuidv7(), name: 'Two hours free', kind: 'DRIVER', side: 'PAYABLE', validFrom: '2026-01-01T00:00:00Z', ...input, terms: { ...terms, ...(input['terms'] as object | undefined) } };
    return (await graphql(server.url, token, 'mutation ($input: SaveDetentionRuleInput!) { saveDetentionRule(input: $input) { id userErrors { field code } } }', { input: given }))['saveDetentionRule'];
  };
  const remove = (token: string, id: string) => graphql(server.url, token, 'mutation ($input: RemoveDetentionRuleInput!) { removeDetentionRule(input: $input) { id userErrors { field code } } }', { input: { id, idempotencyKey: uuidv7() } }).then((data) => data['removeDetentionRule']);
  const charges = async (token: string, filter: object = {}, first = 100, after: string | null = null) => (await graphql(server.url, token, `query ($filter: DetentionFilter!, $first: Int!, $after: String) { detentionCharges(filter: $filter, first: $first, after: $after) {
    nodes { visit { id } kind side carrier facility waited beyond charged increments isForfeited isRunning amount { amount currency } rule { name } } pageInfo { hasNextPage endCursor } } }`, { filter: { ...range, ...filter }, first, after }))['detentionCharges'];

  it('follows the rule that says most of the visit, with every time that it stands on, and to whoever may see it the same', async () => {
    await save(admin, {});
    await save(admin, { name: 'Here', facility: 'wh', terms: { free: 60, rate: { amount: '80', currency: 'EUR' } } });
    await save(admin, { name: 'Owed to us', side: 'RECEIVABLE', terms: { free: 0, rate: { amount: '10.333333', currency: 'USD' } } });
    await save(admin, { name: 'Of another company', company: 'other', facility: 'WH', carrier: 'DHL' });
    await save(admin, { name: 'Later', facility: 'WH', carrier: 'DHL', validFrom: '2026-03-07T00:00:00Z' });
    await addVisit('a', { arrived_at: day(7, 30), checked_in_at: day(8), at_dock_at: day(9), from_dock_at: day(10), checked_out_at: day(10, 30) }, { startsAt: day(8, 15), carrier: 'DHL' });
    await addVisit('quick', { checked_in_at: day(9), checked_out_at: day(9, 30) });
    const ask = `{ visit(id: "${visitId('a')}") { detention { startsAt freeUntil minutes isRunning isForfeited } clocks { gate { minutes } waiting { minutes } dock { minutes endsAt } handling { minutes } turn { minutes } trailer { minutes } }
      detentionCharges { kind side startsAt stoppedAt freeUntil waited beyond charged increments amount { amount currency } rule { name facility changedBy terms { free rate { amount } } } evidence { kind at source connection version uses } } } }`;
    const { visit } = await graphql(server.url, operator, ask);
    expect(visit.detention).toEqual({ startsAt: day(8, 15), freeUntil: day(9, 15), minutes: 75, isRunning: false, isForfeited: false });
    expect(visit.clocks).toEqual({ gate: { minutes: 30 }, waiting: { minutes: 60 }, dock: { minutes: 60, endsAt: day(10) }, handling: null, turn: { minutes: 150 }, trailer: null });
    const payable = {
      kind: 'DRIVER', side: 'PAYABLE', startsAt: day(8, 15), stoppedAt: day(10, 30), freeUntil: day(9, 15), waited: 135, beyond: 75, charged: 75, increments: 2, amount: { amount: '160', currency: 'EUR' },
      rule: { name: 'Here', facility: 'WH', changedBy: expect.any(String), terms: { free: 60, rate: { amount: '80' } } },
      evidence: [
        { kind: 'ARRIVED', at: day(7, 30), source: 'GEOFENCE', connection: 'gatehouse', version: '3', uses: ['NONE'] }, { kind: 'CHECKED_IN', at: day(8), source: 'DESK', connection: 'gatehouse', version: '3', uses: ['NONE'] },
        { kind: 'APPOINTMENT', at: day(8, 15), source: 'APPOINTMENT', connection: 'gatehouse', version: '2', uses: ['START'] }, { kind: 'AT_DOCK', at: day(9), source: 'DESK', connection: 'gatehouse', version: '3', uses: ['NONE'] },
        { kind: 'LEFT_DOCK', at: day(10), source: 'DESK', connection: 'gatehouse', version: '3', uses: ['NONE'] }, { kind: 'CHECKED_OUT', at: day(10, 30), source: 'DESK', connection: 'gatehouse', version: '3', uses: ['STOP'] },
      ],
    };
    expect(visit.detentionCharges).toMatchObject([payable, { side: 'RECEIVABLE', increments: 3, amount: { amount: '31', currency: 'USD' } }]);
    expect((await graphql(server.url, carrier, ask)).visit).toEqual({ ...visit, detentionCharges: [visit.detentionCharges[0]] });
    expect((await graphqlAnswer(server.url, warehouse, ask)).data!['visit']).toMatchObject({ detention: visit.detention, detentionCharges: null });
    expect((await graphql(server.url, other, ask)).visit).toBeNull();
    expect((await charges(operator)).nodes.map((node: { visit: { id: string }; side: string }) => [node.visit.id === visitId('a'), node.side])).toEqual([[true, 'PAYABLE'], [true, 'RECEIVABLE'], [false, 'RECEIVABLE']]);
  });

  it('is told to the carrier that came, by the appointment of another carrier where it came for that, and not to the other', async () => {
    await addVisit('swapped', { carrier: 'UPS', checked_in_at: day(12), checked_out_at: day(15) }, { startsAt: day(13), carrier: 'DHL' });
    const ask = `{ visit(id: "${visitId('swapped')}") { detention { minutes } detentionCharges { side amount { amount } } } }`;
    const seen = { detention: { minutes: 60 }, detentionCharges: [{ side: 'PAYABLE', amount: { amount: '80' } }] };
    expect((await graphql(server.url, operator, ask)).visit).toMatchObject({ ...seen, detentionCharges: [seen.detentionCharges[0], { side: 'RECEIVABLE' }] });
    expect((await graphql(server.url, other, ask)).visit).toEqual(seen);
    expect((await graphql(server.url, carrier, ask)).visit).toEqual({ detention: null, detentionCharges: [] });
    expect((await charges(carrier)).nodes).toMatchObject([{ carrier: 'DHL', side: 'PAYABLE', amount: { amount: '160' } }]);
    expect((await charges(other)).nodes).toMatchObject([{ carrier: 'UPS', side: 'PAYABLE', amount: { amount: '80' } }]);
    expect((await charges(elsewhere)).nodes).toEqual([]);
    expect((await graphqlAnswer(server.url, warehouse, 'query ($filter: DetentionFilter!) { detentionCharges(filter: $filter, first: 1) { nodes { id } } }', { filter: range })).errors!.map(({ extensions }) => extensions!['code'])).toEqual(['FORBIDDEN']);
  });

  it('counts a trailer that was left by days until another truck takes it, which the carrier that left it does not see', async () => {
    await save(admin, { name: 'Trailers', kind: 'TRAILER', facility: 'WH', terms: { free: 1, increment: 1, days: 'CALENDAR', rate: { amount: '40', currency: 'EUR' } } });
    await addVisit('drop', { type: 'DROP', trailer: 'T1', trailer_key: 'T1', checked_in_at: day(16), checked_out_at: day(16, 20), left_without_trailer: true });
    const stay = { id: uuidv7(), company: 'main', site: 'WH@main', facility_id: facility, trailer: 'T1', trailer_key: 'T1', arrived_at: day(16), arrived_with: uuidOfName('visit drop'), left_at: null, left_with: null, place: null, load: 'UNKNOWN', ready: false, visits: [uuidOfName('visit drop')] };
    await server.database.kysely.insertInto('trailer_stay').values(stay as never).execute();
    const ask = `{ visit(id: "${visitId('drop')}") { clocks { trailer { minutes endsAt } } detentionCharges { kind stoppedAt freeUntil waited charged isRunning amount { amount } evidence { kind source at uses } } } }`;
    expect((await graphql(server.url, carrier, ask)).visit.detentionCharges.find((each: { kind: string }) => each.kind === 'TRAILER')).toMatchObject({ isRunning: true, stoppedAt: null });
    await addVisit('hook', { type: 'PICK_UP', carrier: 'UPS', trailer_out: 'T1', trailer_out_key: 'T1', checked_in_at: '2026-03-08T22:30:00Z', checked_out_at: '2026-03-08T23:30:00Z' });
    await server.database.kysely.updateTable('trailer_stay').set({ left_at: '2026-03-08T23:30:00Z', left_with: uuidOfName('visit hook') }).where('id', '=', stay.id).execute();
    for (const token of [carrier, operator]) {
      const { visit } = await graphql(server.url, token, ask);
      expect(visit.clocks.trailer).toEqual({ minutes: 3330, endsAt: '2026-03-08T23:30:00.000Z' });
      // By the clock of Berlin it stood there from the 6th to the 9th.
      expect(visit.detentionCharges.find((each: { kind: string }) => each.kind === 'TRAILER')).toMatchObject({ isRunning: false, waited: 4, charged: 3, freeUntil: '2026-03-06T23:00:00.000Z', amount: { amount: '120' } });
      expect(visit.detentionCharges.find((each: { kind: string }) => each.kind === 'TRAILER').evidence.at(-1)).toEqual({ kind: 'TRAILER_LEFT', source: 'TRAILER', at: '2026-03-08T23:30:00.000Z', uses: ['STOP'] });
    }
    expect((await graphql(server.url, carrier, `{ visit(id: "${visitId('hook')}") { id } }`)).visit).toBeNull();
  });

  it('is listed page by page as at once, and summed exactly', async () => {
    const all = (await charges(operator)).nodes;
    const pages: unknown[] = [];
    for (let after: string | null = null; ; ) {
      const page = await charges(operator, {}, 1, after);
      pages.push(...page.nodes);
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor as string;
    }
    expect(pages).toEqual(all);
    const totals = async (filter: object) => (await graphql(server.url, operator, 'query ($filter: DetentionFilter!) { detentionTotals(filter: $filter) { kind side amount { amount currency } charges running } }', { filter: { ...range, ...filter } }))['detentionTotals'];
    expect(await totals({})).toEqual([
      { kind: 'DRIVER', side: 'PAYABLE', amount: { amount: '240', currency: 'EUR' }, charges: 2, running: 0 },
      { kind: 'DRIVER', side: 'RECEIVABLE', amount: { amount: '72.33', currency: 'USD' }, charges: 4, running: 0 },
      { kind: 'TRAILER', side: 'PAYABLE', amount: { amount: '120', currency: 'EUR' }, charges: 1, running: 0 },
    ]);
    expect(await totals({ carrier: 'ups', kind: 'DRIVER', side: 'PAYABLE' })).toMatchObject([{ amount: { amount: '80' }, charges: 1 }]);
    expect(await totals({ facilityId: globalId('Facility', uuidv7()) })).toEqual([]);
    const wide = await graphqlAnswer(server.url, operator, 'query ($filter: DetentionFilter!) { detentionTotals(filter: $filter) { charges } }', { filter: { from: '2024-01-01T00:00:00Z', to: '2026-03-08T00:00:00Z' } });
    expect(wide.errors![0]!.extensions!['code']).toBe('BAD_INPUT');
  });

  it('is changed by administrators of the company alone, once for a key, with a trace in the audit log', async () => {
    expect(await save(elsewhere, {})).toEqual({ id: null, userErrors: [{ field: 'input.company', code: 'NOT_FOUND' }] });
    const input = { idempotencyKey: 'k', name: 'Once', carrier: 'GLS' };
    const first = await save(admin, input);
    expect(await save(admin, input)).toEqual(first);
    expect(await save(admin, { ...input, name: 'Twice' })).toMatchObject({ id: null, userErrors: [{ code: 'CONFLICT' }] });
    const { detentionRules } = await graphql(server.url, admin, '{ detentionRules(first: 100) { nodes { id name carrier terms { free } } } }');
    expect(detentionRules.nodes.filter((rule: { name: string }) => rule.name === 'Once')).toEqual([{ id: first.id, name: 'Once', carrier: 'GLS', terms: { free: 120 } }]);
    expect(await remove(elsewhere, first.id)).toMatchObject({ id: null, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await remove(admin, first.id)).toEqual({ id: first.id, userErrors: [] });
    const audited = await server.database.kysely.selectFrom('audit').select('action').where('target_kind', '=', 'detention-rule').where('target_id', '=', Buffer.from(first.id, 'base64url').toString().split(':')[1]!).orderBy('position').execute();
    expect(audited.map(({ action }) => action)).toEqual(['detention-rule.saved', 'detention-rule.removed']);
  });

  it.each<[string, Record<string, unknown>]>([
    ['input.terms.increment', { terms: { increment: 0 } }], ['input.terms.free', { terms: { free: -1 } }], ['input.terms.rate.amount', { terms: { rate: { amount: '-1', currency: 'EUR' } } }],
    ['input.terms.rate.currency', { terms: { rate: { amount: '1', currency: 'euro' } } }], ['input.terms.maximumAmount', { terms: { maximumAmount: '1e3' } }], ['input.terms.minimumAmount', { terms: { rate: null, minimumAmount: '5' } }],
    ['input.terms.maximumPerDay', { kind: 'TRAILER', terms: { maximumPerDay: '5' } }], ['input.name', { name: ' ' }], ['input.direction', { direction: 'UP' }],
  ])('takes no rule whose %s is wrong', async (field, input) => {
    expect(await save(admin, input)).toEqual({ id: null, userErrors: [{ field, code: 'BAD_INPUT' }] });
  });

  const readerOf = (of: Partial<Parameters<typeof principalOf>[0]> = {}) => readerFor(server.database.reads, principalOf({ subject: 's', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false, ...of }));

  describe('of more visits than are read at once', () => {
    const april = { from: '2026-04-01T00:00:00Z', to: '2026-05-01T00:00:00Z' };
    const long = 620;

    beforeAll(async () => {
      // Seven come at every minute, and beside them as many that are gone after twenty minutes.
      await sql`insert into visit (id, subject, company, connection, version, updated_at, facility_id, type, state, raw_state, carrier, checked_in_at, checked_out_at, numbers, names)
        select gen_random_uuid(), 'april ' || g, 'main', 'gatehouse', 1, now(), ${facility}::uuid, 'LIVE', 'CHECKED_OUT', 'x', 'BULK', timestamptz '2026-04-02' + g / 14 * interval '1 minute', timestamptz '2026-04-02' + g / 14 * interval '1 minute' + case when g % 2 = 0 then interval '3 hours' else interval '20 minutes' end, '{}', '[]'
        from generate_series(0, ${2 * long - 1}::integer) g`.execute(server.database.kysely);
    });

    it.each([[100, 'PAYABLE', long], [83, 'PAYABLE', long], [100, null, 3 * long], [97, null, 3 * long]] as const)('goes on by the cursor from page to page of %i, side %s, without a charge lost or told twice', async (first, side, expected) => {
      const filter = { ...april, ...(side === null ? {} : { side }) };
      const ids: string[] = [];
      const places: string[] = [];
      for (let after: string | null = null; ; ) {
        const page = await chargePage(readerOf(), first, after, filter);
        ids.push(...page.nodes.map(({ id }) => id));
        places.push(...page.nodes.map(({ place: { began, visit, number } }) => `${began} ${visit} ${number}`));
        if (!page.pageInfo.hasNextPage) break;
        expect(page.nodes).toHaveLength(first);
        after = page.pageInfo.endCursor;
      }
      expect(new Set(ids).size).toBe(expected);
      expect(ids).toHaveLength(expected);
      expect(places).toEqual([...places].sort());
      expect((await chargeTotals(readerOf(), filter)).reduce((sum, { charges: of }) => sum + of, 0)).toBe(expected);
    });

    it('reads no visit where no rule charges anything, and none that was shorter than is free', async () => {
      const asked: string[] = [];
      const watched = (reader: ReturnType<typeof readerOf>) => new Proxy(reader, { get: (of, name) => (name !== 'db' ? Reflect.get(of, name) as unknown : new Proxy(of.db, { get: (db, method) => (method !== 'selectFrom' ? Reflect.get(db, method) as unknown : (table: 'visit') => { asked.push(table); return db.selectFrom(table); }) })) });
      expect(await chargeTotals(watched(readerOf()), { ...april, from: '2025-04-01T00:00:00Z', to: '2025-05-01T00:00:00Z' })).toEqual([]);
      expect(asked).toEqual(['detention_rule']);
      const rows = await visitsQuery(readerOf(), april, null, [{ kind: 'DRIVER', company: 'main', facility: 'WH', free: 60 }]).execute();
      expect(rows.length).toBe(500);
      expect(rows.filter((row) => Date.parse(row.checked_out_at!) - Date.parse(row.checked_in_at!) < 3_600_000)).toEqual([]);
      for (const other of [{ company: 'other' }, { facility: 'EAST' }, { kind: 'TRAILER' as const }]) expect(await visitsQuery(readerOf(), april, null, [{ kind: 'DRIVER', company: 'main', facility: 'WH', free: 60, ...other }]).execute()).toEqual([]);
    });

    it('is refused where it would take too long, in words that say what to ask instead', async () => {
      await expect(chargeTotals(readerOf(), { ...april, side: 'PAYABLE' }, long)).resolves.toMatchObject([{ charges: long }]);
      await expect(chargeTotals(readerOf(), { ...april, side: 'PAYABLE' }, long - 1)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('fewer days') });
    });
  });

  it('is read by indexes however many visits there are', async () => {
    const db = server.database.kysely;
    await sql`insert into visit (id, subject, company, connection, version, updated_at, facility_id, type, state, raw_state, carrier, checked_in_at, checked_out_at, trailer, trailer_key, left_without_trailer, numbers, names)
      select gen_random_uuid(), 'many ' || g, 'main', 'gatehouse', 1, now(), ${facility}::uuid, 'DROP', 'CHECKED_OUT', 'x', 'DHL', timestamptz '2020-01-01' + g * interval '1 minute', timestamptz '2020-01-01' + g * interval '2 minutes', 'T' || g % 500, 'T' || g % 500, true, '{}', '[]'
      from generate_series(1, 20000) g`.execute(db);
    await sql`analyze`.execute(db);
    const reader = readerOf();
    const where: ChargedWhere[] = [{ kind: 'TRAILER', company: 'main', facility: null, free: 1 }, { kind: 'DRIVER', company: 'main', facility: 'WH', free: 60 }];
    const day = { from: '2020-01-05T00:00:00Z', to: '2020-01-06T00:00:00Z' };
    for (const filter of [day, { ...day, facilityId: globalId('Facility', facility) }, { ...day, carrier: 'DHL' }]) {
      const plan = (await visitsQuery(reader, filter, null, where).explain('text', sql`analyze, costs off, timing off`)).map((row) => String(Object.values(row)[0])).join('\n');
      expect(plan).not.toMatch(/Seq Scan on visit/);
      for (const [, read] of plan.matchAll(/(?:rows=|Removed by Filter: )(\d+)/g)) expect(Number(read), plan).toBeLessThan(2_000);
    }
  });
});

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { readerFor } from '../../src/auth/reader.js';
import { performanceQuery } from '../../src/subgraphs/tms/times/performance.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { eventually, graphql } from '../support/requests.js';
import { addTransportConnections, dockAppointment, dockVisit, dockWarehouse, otmTrip, postTransport } from '../support/transport.js';
import { accepted } from '../support/partners.js';

const at = (hour: number, minute = 0) => `2026-03-06T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00.000Z`;

describeOnEachDatabase('times of stops', (kind) => {
  let server: TestServer;
  let operator = '';
  beforeAll(async () => {
    server = await testServer(kind);
    operator = await server.tokens.create({ role: 'operator', ttl: 3600 });
    await addTransportConnections(server);
    await tell('dock', dockWarehouse('w1', { at: at(1), code: 'HUB' }));
  });
  afterAll(() => server?.remove());

  async function tell(connection: 'tms' | 'dock', message: object): Promise<void> {
    const body = JSON.stringify(message);
    await accepted(server, await postTransport(server, connection, body), body);
  }
  const stops = async (reference: string) => (await graphql(server.url, operator, `query ($r: String!) { load(reference: $r) { stops(first: 5) { nodes { sequence plannedArrivalAt arrivedAt departedAt eta { at earliest latest source samples } times { moment classifier source connection at isChosen } } } } }`, { r: reference })).load?.stops.nodes ?? [];
  const future = (hours: number) => new Date(Date.UTC(2031, 0, 6, 8) + hours * 3_600_000).toISOString();

  it('are those of the gate where the gate tells of them, beside what the record of the load says', async () => {
    const trip = (version: number, planned: number) => otmTrip('t1', { at: at(version), name: 'L1', stops: [{ code: 'HUB', load: ['X'], planned: [at(planned), at(planned + 1)], realized: [at(9), at(10)] }, { code: 'CUST', unload: ['X'], planned: [at(14)] }] });
    await tell('tms', trip(2, 8));
    await tell('dock', dockAppointment('a1', { at: at(2), start: at(8), numbers: ['L1'] }));
    await tell('dock', dockVisit('v1', { at: at(9), appointment: 'a1', events: { Arrived: at(8, 40), Departed: at(10, 20) } }));
    const [first] = await eventually(() => stops('L1'), ([stop]) => stop?.departedAt === at(10, 20));
    expect(first).toMatchObject({ plannedArrivalAt: at(8), arrivedAt: at(8, 40), eta: null });
    expect(first.times.filter((time: { classifier: string }) => time.classifier === 'ACTUAL')).toEqual([
      { moment: 'ARRIVAL', classifier: 'ACTUAL', source: 'YARD', connection: 'dock', at: at(8, 40), isChosen: true }, { moment: 'ARRIVAL', classifier: 'ACTUAL', source: 'TMS', connection: 'tms', at: at(9), isChosen: false },
      { moment: 'DEPARTURE', classifier: 'ACTUAL', source: 'TMS', connection: 'tms', at: at(10), isChosen: false }, { moment: 'DEPARTURE', classifier: 'ACTUAL', source: 'YARD', connection: 'dock', at: at(10, 20), isChosen: true },
    ]);
    await tell('tms', trip(11, 7));
    await eventually(() => stops('L1'), ([stop]) => stop?.plannedArrivalAt === at(7) && stop.arrivedAt === at(8, 40));
  });

  it('are foretold by the history of the lane, of enough trips, unless somebody states an estimate', async () => {
    for (let number = 1; number <= 5; number++) {
      await tell('tms', otmTrip(`h${number}`, { at: at(3), name: `H${number}`, status: 'completed', stops: [{ code: 'EAST', planned: [at(6)], realized: [at(6), at(7)] }, { code: 'WEST', planned: [at(9)], realized: [at(7 + number), at(14)] }] }));
      if (number < 5) continue;
      await eventually(() => stops('H5'), ([, second]) => second?.arrivedAt != null);
    }
    const open = (name: string, from: string, more: object = {}) => otmTrip(name, { at: at(4), name, stops: [{ code: from, planned: [future(0), future(1)] }, { code: 'WEST', planned: [future(9)], ...more }] });
    await tell('tms', open('O1', 'EAST'));
    await tell('tms', open('O2', 'NORTH'));
    await tell('tms', open('O3', 'EAST', { projected: [future(6)] }));
    const [, second] = await eventually(() => stops('O1'), ([, stop]) => stop != null);
    // The ways took one to five hours.
    expect(second.eta).toEqual({ at: future(4), earliest: new Date(Date.parse(future(2)) + 24 * 60_000).toISOString(), latest: new Date(Date.parse(future(6)) - 24 * 60_000).toISOString(), source: 'HISTORY', samples: 5 });
    expect((await eventually(() => stops('O2'), ([, stop]) => stop != null))[1].eta).toBeNull();
    expect((await eventually(() => stops('O3'), ([, stop]) => stop != null))[1].eta).toEqual({ at: future(6), earliest: null, latest: null, source: 'TMS', samples: null });
  });

  it('make figures of what the asker sees', async () => {
    const ask = async (token: string, filter: object = {}) => (await graphql(server.url, token, 'query ($filter: StopPerformanceFilter!) { stopPerformance(filter: $filter) { stops judged early onTime late onTimeShare left dwellMedian dwellP90 } }', { filter: { from: at(0), to: '2026-03-07T00:00:00Z', ...filter } })).stopPerformance;
    // One at the hub, five each where the lane begins and ends.
    expect(await ask(operator)).toMatchObject({ stops: 11, judged: 11, left: 11 });
    expect(await ask(operator, { toleranceMinutes: 100 })).toMatchObject({ onTime: 9, early: 0, late: 2, onTimeShare: 9 / 11 });
    expect(await ask(operator, { carrier: 'NOBODY' })).toEqual({ stops: 0, judged: 0, early: 0, onTime: 0, late: 0, onTimeShare: null, left: 0, dwellMedian: null, dwellP90: null });
    expect(await ask(await server.tokens.create({ role: 'partner', carriers: ['Omega'], ttl: 600 }))).toMatchObject({ stops: 0 });
    expect(await ask(await server.tokens.create({ role: 'operator', companies: ['elsewhere'], ttl: 600 }))).toMatchObject({ stops: 0 });
  });

  it('are read by indexes however many there are', async () => {
    const db = server.database.kysely;
    await sql`insert into stop (load_id, sequence, company, kind, actual_arrival, actual_departure) select gen_random_uuid(), 1, 'main', 'OTHER', timestamptz '2020-01-01' + g * interval '1 minute', timestamptz '2020-01-01' + g * interval '2 minutes' from generate_series(1, 20000) g`.execute(db);
    await sql`insert into lane_leg select gen_random_uuid(), 1, 'main', 'facility A' || g % 50, 'facility B', timestamptz '2020-01-01' + g * interval '1 minute', 60, false, 8 from generate_series(1, 20000) g`.execute(db);
    await sql`analyze`.execute(db);
    const reader = readerFor(server.database.reads, principalOf({ subject: 's', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false }));
    const plans = [
      (await performanceQuery(reader, { from: '2020-01-05T00:00:00Z', to: '2020-01-06T00:00:00Z' }).explain('text', sql`analyze, costs off, timing off`)).map((row) => String(Object.values(row)[0])).join('\n'),
      (await sql<Record<string, string>>`explain (analyze, costs off, timing off) select * from lane_leg g where g.company = 'main' and g.from_region = 'facility A7' and g.to_region = 'facility B' order by g.departed_at desc limit 500`.execute(db)).rows.map((row) => Object.values(row)[0]!).join('\n'),
    ];
    for (const plan of plans) {
      expect(plan).not.toContain('Seq Scan');
      for (const [, read] of plan.matchAll(/(?:rows=|Removed by Filter: )(\d+)/g)) expect(Number(read), plan).toBeLessThan(2000);
    }
  });
});

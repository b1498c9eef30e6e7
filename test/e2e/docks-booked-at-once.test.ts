import { describe, expect, inject, it } from 'vitest';
import { createLog } from '../../src/lib/log.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { openServices, startServer } from '../../src/main.js';
import { freshConfig } from '../support/databases.js';
import { graphql } from '../support/requests.js';
import { at, workingDay } from '../support/yard/appointments.js';
import { facilityPlan } from '../support/yard/facility-plan.js';

const [clients, slots] = [200, 50];

const book = `mutation ($input: BookAppointmentInput!) { bookAppointment(input: $input) {
  appointment { id state dock startsAt carrier } alternatives { startsAt dock } userErrors { code field } } }`;

describe.skipIf(inject('postgresUrl') === null)('carriers that book the same times at once, at two instances', () => {
  it('win each time once; every other is refused with SLOT_TAKEN and told what is free', async () => {
    const { config, remove } = await freshConfig('postgres', { GATEHOUSE_OPERATIONS_PER_MINUTE: '0', GATEHOUSE_COST_PER_MINUTE: '0' });
    const first = await openServices(config, createLog(config.logLevel), { supervise: true });
    const second = await openServices(config, createLog(config.logLevel), { supervise: false });
    const servers = [await startServer(first), await startServer(second)];
    try {
      const operator = await first.tokens.create({ role: 'operator', ttl: 3600 });
      // Five docks and ten times of the day: fifty that can be had. The next day is free.
      const day = workingDay();
      const plan = {
        ...facilityPlan(), gridMinutes: 60, hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '06:00', to: '16:00' })),
        docks: ['D1', 'D2', 'D3', 'D4', 'D5'].map((name) => ({ ...facilityPlan().docks[0]!, name })),
      };
      const saved = await graphql(servers[0]!.url, operator, 'mutation ($input: SaveFacilityPlanInput!) { saveFacilityPlan(input: $input) { facility { id plan { docks { name } } } userErrors { field message } } }', { input: { code: 'WH', plan, idempotencyKey: 'plan' } });
      expect(saved.saveFacilityPlan).toMatchObject({ userErrors: [], facility: { plan: { docks: plan.docks.map(({ name }) => ({ name })) } } });
      const facilityId = saved.saveFacilityPlan.facility.id as string;
      const wanted = Array.from({ length: slots }, (_, index) => ({ dock: `D${1 + (index % 5)}`, startsAt: at(day, `${String(6 + Math.floor(index / 5)).padStart(2, '0')}:00`) }));
      const tokens = await Promise.all(Array.from({ length: clients }, (_, index) => first.tokens.create({ role: 'partner', carriers: [`Carrier ${index}`], ttl: 3600 })));
      const ask = (client: number) => graphql(servers[client % 2]!.url, tokens[client]!, book, { input: { ...wanted[client % slots]!, facilityId, direction: 'INBOUND', idempotencyKey: uuidv7() } }).then((data) => data.bookAppointment);
      const answers = await Promise.all(tokens.map((_, client) => ask(client)));

      const won = answers.filter((answer) => answer.appointment !== null);
      const lost = answers.filter((answer) => answer.appointment === null);
      expect(won.length).toBe(slots);
      expect(new Set(won.map(({ appointment }) => `${appointment.dock} ${appointment.startsAt}`))).toEqual(new Set(wanted.map(({ dock, startsAt }) => `${dock} ${startsAt}`)));
      for (const { userErrors, alternatives } of lost) {
        expect(userErrors).toEqual([{ code: 'SLOT_TAKEN', field: 'input.startsAt' }]);
        expect(alternatives.length).toBeGreaterThan(0);
      }
      const kept = await first.database.kysely.selectFrom('appointment').select(['dock', 'starts_at', 'carrier']).where('state', '=', 'SCHEDULED').execute();
      expect(kept.length).toBe(slots);
      // Whoever won sees its own appointment, and nobody else's.
      const winner = answers.findIndex((answer) => answer.appointment !== null);
      const { appointments } = await graphql(servers[1]!.url, tokens[winner]!, '{ appointments(first: 100) { nodes { id carrier } } }');
      expect(appointments.nodes).toEqual([{ id: answers[winner]!.appointment.id, carrier: `CARRIER_${winner}` }]);
      // What was offered instead can be had.
      const loser = answers.findIndex((answer) => answer.appointment === null);
      const [alternative] = answers[loser]!.alternatives;
      const again = await graphql(servers[0]!.url, tokens[loser]!, book, { input: { ...alternative, facilityId, direction: 'INBOUND', idempotencyKey: uuidv7() } });
      expect(again.bookAppointment).toMatchObject({ userErrors: [], appointment: { state: 'SCHEDULED' } });
    } finally {
      for (const server of servers) await server.close();
      await second.close();
      await first.close();
      await remove();
    }
  });
});

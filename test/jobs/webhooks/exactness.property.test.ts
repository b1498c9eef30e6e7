import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWebhooks } from '../../../src/jobs/tasks/webhooks/index.js';
import { describeOnEachDatabase } from '../../support/databases.js';
import { partyId } from '../../support/partners.js';
import { eventually, graphql } from '../../support/requests.js';
import type { Received, Reply, WebhookReceiver } from '../../support/webhook-receiver.js';
import { Endpoints } from './endpoints.js';

const customers = [811, 812] as const;
const parcels = 3;

type Step =
  | { do: 'scan'; parcel: number; hour: number }
  | { do: 'deliver'; parcel: number; customer: number }
  | { do: 'answer'; endpoint: number; how: 'well' | 'failing' | 'cut' | 'limited' | 'by turns' }
  | { do: 'due' }
  | { do: 'restart' }
  | { do: 'steal'; endpoint: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('scan' as const), parcel: fc.nat(parcels - 1), hour: fc.integer({ min: 1, max: 22 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deliver' as const), parcel: fc.nat(parcels - 1), customer: fc.nat(customers.length - 1) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const), endpoint: fc.nat(3), how: fc.constantFrom('well' as const, 'failing' as const, 'cut' as const, 'limited' as const, 'by turns' as const) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'due' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('steal' as const), endpoint: fc.nat(3) }) },
);

interface Told {
  token: string;
  to: WebhookReceiver;
  id: string;
  from: string;
  /** Whatever its owner was shown at some time. */
  everShown: Set<string>;
}

describeOnEachDatabase('whatever happens to rights, answers and processes', (kind) => {
  let all: Endpoints;
  /** A second process, as far as leases know. */
  let second: { stop(): Promise<void> };
  let run = 0;
  beforeAll(async () => {
    all = await Endpoints.open(kind);
    second = await startWebhooks(all.server.tasks);
  });
  afterAll(async () => {
    await second?.stop();
    await all?.server.remove();
  });

  async function tell(grant: Parameters<Endpoints['server']['tokens']['create']>[0]): Promise<Told> {
    const token = await all.server.tokens.create(grant);
    const to = await all.receiver();
    const { id } = await all.add(to.url, { concurrency: 3, perMinute: 60000 }, token);
    const { latestCursor: from } = await graphql(all.server.url, token, '{ latestCursor }');
    return { token, to, id, from, everShown: new Set() };
  }

  const answers: Record<Extract<Step, { do: 'answer' }>['how'], () => Reply> = {
    well: () => ({ status: 200 }), failing: () => ({ status: 500 }), cut: () => 'reset', limited: () => ({ status: 429, headers: { 'retry-after': '30' } }), 'by turns': () => (Math.random() < 0.5 ? { status: 204 } : { status: 503 }),
  };

  async function take(told: readonly Told[], given: Step): Promise<void> {
    switch (given.do) {
      case 'scan':
        return all.scan(`P${run}X${given.parcel}`, given.hour);
      case 'deliver':
        return all.deliver(70_000 + run * 10 + given.parcel, `P${run}X${given.parcel}`, customers[given.customer]!);
      case 'answer':
        told[given.endpoint]!.to.reply = answers[given.how];
        return;
      case 'due':
        return all.makeDue();
      case 'restart':
        await second.stop();
        second = await startWebhooks(all.server.tasks);
        return;
      case 'steal':
        // As if its process had been killed: whatever it had begun is taken up by another, and it records nothing more.
        await sql`update webhook_endpoint set holder = gen_random_uuid(), lease_until = clock_timestamp() - interval '1 second' where id = ${told[given.endpoint]!.id}::uuid`.execute(all.db);
    }
  }

  const place = ({ event }: Received) => Buffer.from(event.cursor!, 'base64url').toString().split('.').slice(1).map(Number) as [number, number];

  it('each endpoint gets exactly what its owner’s events show, at least once under one id, and in the order of each shipment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 18 }), async (steps) => {
        run++;
        const told = [
          await tell({ role: 'partner', carriers: ['FedEx'], ttl: 3600 }),
          ...(await Promise.all(customers.map((customer) => tell({ role: 'customer', parties: [partyId(customer)], scopes: ['shipments:read', 'webhooks:write'], ttl: 3600 })))),
          await tell({ role: 'machine', scopes: ['shipments:read', 'webhooks:write'], ttl: 3600 }),
        ];
        for (const given of steps) {
          await take(told, given);
          for (const each of told) for (const id of await all.shown(each.token, each.from)) each.everShown.add(id);
        }
        const scans = new Set(steps.flatMap((each) => (each.do === 'scan' ? `${each.parcel} ${each.hour}` : []))).size;
        for (const { to } of told) to.reply = () => ({ status: 200 });
        for (const each of told) {
          let dueMs = 0;
          await eventually(async () => {
            // Now and then: it touches every row that waits.
            if (Date.now() - dueMs > 300) [dueMs] = [Date.now(), await all.makeDue()];
            const shown = await all.shown(each.token, each.from);
            const open = (await all.deliveries(each.id)).filter(({ state }) => state === 'WAITING' || state === 'SENDING').length;
            return { open, missing: shown.filter((id) => !each.to.taken.some((taken) => taken.id === id)).length };
          }, ({ open, missing }) => open === 0 && missing === 0, 60_000);
          expect([...new Set(each.to.taken.map(({ id }) => id))].filter((id) => !each.everShown.has(id)), 'nothing that its owner was never shown').toEqual([]);
          const last = new Map<string, [number, number]>();
          const seen = new Set<string>();
          for (const taken of each.to.taken) {
            expect(taken.id).toBe(taken.event.data.id);
            const [position, ordinal] = place(taken);
            if (seen.has(`${taken.id} ${position}.${ordinal}`)) continue;
            seen.add(`${taken.id} ${position}.${ordinal}`);
            const shipment = taken.event.data.shipment.id as string;
            const before = last.get(shipment) ?? [0, -1];
            expect(position > before[0] || (position === before[0] && ordinal > before[1]), 'in the order of its shipment').toBe(true);
            last.set(shipment, [position, ordinal]);
          }
        }
        // The carrier and the machine see every parcel from its first scan, whoever it is for.
        for (const each of [told[0]!, told[3]!]) expect(new Set(each.to.taken.map(({ id }) => id)).size, 'every scan').toBe(scans);
        await all.clear();
      }),
      { numRuns: kind === 'embedded' ? 2 : 4, endOnFailure: true },
    );
  });
});

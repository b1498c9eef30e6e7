import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CommandMemory, OutboundCommand } from '../../../src/connectors/contract.js';
import { acceptCommands, commandChannel } from '../../../src/events/commands.js';
import type { TaskContext } from '../../../src/jobs/tasks/context.js';
import { startOutbound } from '../../../src/jobs/tasks/outbound/index.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { describeOnEachDatabase, testServices } from '../../support/databases.js';
import { addPartner, done, refusal } from '../../support/partner-connector.js';

/** What happens to a step at the partner: nothing, an error before it, its answer lost after it, or the process that took it is killed, before or after. */
const mishaps = ['none', 'none', 'none', 'unavailable', 'rate_limited', 'unparseable', 'thrown', 'answer lost', 'killed before', 'killed after'] as const;
type Mishap = (typeof mishaps)[number];

const drawnCommand = fc.record({ orderKey: fc.constantFrom(null, null, 'a', 'b'), isRefused: fc.integer({ min: 0, max: 4 }).map((drawn) => drawn === 0), lane: fc.constantFrom('DISPATCH' as const, 'REPORT' as const) });
const drawnRun = fc.record({ commands: fc.array(drawnCommand, { minLength: 1, maxLength: 12 }), mishaps: fc.array(fc.constantFrom(...mishaps), { minLength: 1, maxLength: 60 }), workers: fc.integer({ min: 1, max: 3 }) });

/** A process that can be killed: from then on nothing that it says reaches the database. */
function killable(tasks: TaskContext): { tasks: TaskContext; kill(): void; isKilled(): boolean } {
  let killed = false;
  const refuse = () => {
    if (killed) throw Object.assign(new Error('killed'), { code: '57P01' });
  };
  const { database } = tasks;
  const kysely = database.kysely.withPlugin({ transformQuery: ({ node }) => (refuse(), node), transformResult: async ({ result }) => result });
  const transaction: typeof database.transaction = (work) => {
    refuse();
    return database.transaction(async (tx) => {
      const result = await work(tx);
      refuse();
      return result;
    });
  };
  return { tasks: { ...tasks, database: { ...database, kysely, transaction } }, kill: () => (killed = true), isKilled: () => killed };
}

describeOnEachDatabase('a partner that fails in every way, and workers that are killed', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let run = 0;
  beforeAll(async () => {
    services = await testServices(kind);
  });
  afterAll(() => services.remove());

  it('let every command take effect exactly once or be given up, in order, whatever happens when', async () => {
    await fc.assert(fc.asyncProperty(drawnRun, async (drawn) => {
      const connection = `run-${++run}`;
      const left = [...drawn.mishaps];
      /** Of each command, what was bought, and how often a second purchase was refused. */
      const bought = new Map<string, string[]>();
      const workers = new Map<string, Awaited<ReturnType<typeof start>>>();
      const refused = new Set<string>();
      const ending: Array<Promise<void>> = [];

      async function start() {
        const process = killable(services.tasks);
        return { ...process, outbound: await startOutbound(process.tasks) };
      }
      /** A step at the partner, with whatever befalls it. */
      async function step(effect: () => void): Promise<ReturnType<typeof refusal> | null> {
        const mishap: Mishap = left.shift() ?? 'none';
        await new Promise((next) => setImmediate(next));
        if (mishap === 'thrown') throw new Error('a fault of the connector');
        if (mishap === 'unavailable' || mishap === 'rate_limited' || mishap === 'unparseable') return refusal(mishap, mishap, 0.01);
        if (mishap === 'killed before') killOne();
        effect();
        if (mishap === 'killed after') killOne();
        return mishap === 'answer lost' ? refusal('unavailable', 'lost', 0.01) : null;
      }
      function killOne(): void {
        const alive = [...workers.values()].find((worker) => !worker.isKilled());
        alive?.kill();
      }
      async function buy({ id }: OutboundCommand, memory: CommandMemory) {
        if (refused.has(id)) return refusal('invalid', 'never');
        let made = memory.value as string | null;
        if (made === null) {
          const failed = await step(() => (made = uuidv7()));
          if (failed !== null) return failed;
          await memory.remember(made);
        }
        // As carriers do: what was made is bought once, and a second purchase of it says so.
        const failed = await step(() => bought.set(id, [...new Set([...(bought.get(id) ?? []), made!])]));
        return failed ?? done;
      }

      await addPartner(services, connection, buy);
      const overrides = { backoffSeconds: 0.01, backoffMaxSeconds: 0.05, attempts: 1000, openSeconds: 0.02, openMaxSeconds: 0.05, perMinute: 60_000, concurrency: 4 };
      await services.database.kysely.insertInto('partner_policy').values({ connection, overrides: JSON.stringify(overrides), changed_by: 'test', changed_at: new Date().toISOString() }).execute();
      for (let i = 0; i < drawn.workers; i++) workers.set(String(i), await start());
      const commands = drawn.commands.map((command) => ({ ...command, id: uuidv7() }));
      for (const { id, isRefused } of commands) if (isRefused) refused.add(id);
      await services.database.transaction((tx) => acceptCommands(tx, services.tasks.bodies, commands.map(({ id, orderKey, lane }, index) => ({
        id, kind: 'odoo.apply' as const, input: { topic: 'delivered' as const, model: 'stock.picking', recordId: index, values: {} }, connection, lane, company: 'main', requestedBy: connection, idempotencyKey: String(index),
        subject: `${connection}:${index}`, correlationId: uuidv7(), ...(orderKey === null ? {} : { orderKey }),
      })) as Parameters<typeof acceptCommands>[2]));

      const rows = () => services.database.kysely.selectFrom('command').select(['id', 'state', 'lane', 'order_key', 'sequence', 'finished_at', 'error']).where('connection', '=', connection).orderBy('sequence').execute();
      for (const endMs = Date.now() + 90_000; (await rows()).some((row) => ['QUEUED', 'WAITING', 'CALLING'].includes(row.state)); ) {
        expect(Date.now(), JSON.stringify(await rows())).toBeLessThan(endMs);
        for (const [name, worker] of workers) {
          if (!worker.isKilled()) continue;
          workers.set(name, await start());
          ending.push(worker.outbound.stop());
          // What time does otherwise: the leases of the killed one run out, and what it had begun is due.
          await sql`update partner_state set lease_until = clock_timestamp() - interval '1 second' where connection = ${connection}`.execute(services.database.kysely);
        }
        await sql`update command set next_at = clock_timestamp() where connection = ${connection} and state = 'WAITING' and next_at > clock_timestamp() + interval '1 second'`.execute(services.database.kysely);
        await sql`select pg_notify(${commandChannel}, '')`.execute(services.database.kysely);
        await new Promise((next) => setTimeout(next, 10));
      }
      await Promise.all([...ending, ...[...workers.values()].map((worker) => worker.outbound.stop())]);

      for (const { id, state, error } of await rows()) {
        expect([state, error?.reason, bought.get(id)?.length ?? 0]).toEqual(refused.has(id) ? ['DEAD', 'REFUSED', 0] : ['DONE', undefined, 1]);
      }
      const attempts = await services.database.kysely.selectFrom('command_attempt').select(['command_id', 'started_at', 'ended_at', 'outcome']).where('connection', '=', connection).execute();
      expect(attempts.filter(({ ended_at: endedAt, outcome }) => endedAt === null || outcome === null)).toEqual([]);
      const ordered = (await rows()).filter((row) => row.order_key !== null);
      for (const later of ordered) {
        for (const earlier of ordered.filter((row) => row.order_key === later.order_key && row.lane === later.lane && row.sequence < later.sequence)) {
          const begun = attempts.filter((row) => row.command_id === later.id).map((row) => row.started_at).sort()[0]!;
          expect(begun >= earlier.finished_at!, `${later.sequence} after ${earlier.sequence}`).toBe(true);
        }
      }
    }), { numRuns: kind === 'embedded' ? 5 : 10 });
  }, 900_000);
});

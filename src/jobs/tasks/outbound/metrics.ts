import { sql } from 'kysely';
import type { Metric } from '../../../lib/metric.js';
import type { CommandKind } from '../../../model/commands.js';
import type { Database } from '../../engine.js';
import { listPartners } from './partners.js';

/** What a workflow promises: so much of it done within so many seconds of being asked for. */
interface ServiceLevel {
  workflow: string;
  kinds: readonly CommandKind[];
  lane: 'DISPATCH' | 'REPORT';
  pace: 'near real time' | 'batch';
  withinSeconds: number;
  share: number;
}

/** Every workflow that leaves the house, with its objective. */
export const serviceLevels: readonly ServiceLevel[] = [
  { workflow: 'label', kinds: ['shipment.book', 'return.book'], lane: 'DISPATCH', pace: 'near real time', withinSeconds: 10, share: 0.99 },
  { workflow: 'cancellation', kinds: ['booking.cancel'], lane: 'DISPATCH', pace: 'near real time', withinSeconds: 30, share: 0.99 },
  { workflow: 'manifest', kinds: ['manifest.create'], lane: 'DISPATCH', pace: 'batch', withinSeconds: 120, share: 0.99 },
  { workflow: 'pickup', kinds: ['pickup.schedule', 'pickup.cancel'], lane: 'DISPATCH', pace: 'near real time', withinSeconds: 30, share: 0.99 },
  { workflow: 'appointment elsewhere', kinds: ['appointment.book', 'appointment.move', 'appointment.cancel'], lane: 'DISPATCH', pace: 'near real time', withinSeconds: 30, share: 0.99 },
  { workflow: 'fulfilment at the shop', kinds: ['shop.fulfil', 'shop.track'], lane: 'REPORT', pace: 'near real time', withinSeconds: 60, share: 0.99 },
  { workflow: 'write-back for dispatch', kinds: ['odoo.apply'], lane: 'DISPATCH', pace: 'near real time', withinSeconds: 10, share: 0.99 },
  { workflow: 'write-back', kinds: ['odoo.apply'], lane: 'REPORT', pace: 'near real time', withinSeconds: 60, share: 0.99 },
  { workflow: 'loads for partners', kinds: ['load.publish'], lane: 'DISPATCH', pace: 'near real time', withinSeconds: 60, share: 0.99 },
  { workflow: 'tracking poll', kinds: ['tracking.poll'], lane: 'REPORT', pace: 'batch', withinSeconds: 900, share: 0.95 },
];

/** What waits for each partner and how it does, and whether workflows keep to their objectives; of the whole installation. */
export async function outboundMetrics(database: Database): Promise<Metric[]> {
  const [partners, attempts, levels] = await Promise.all([listPartners({ database }, '*'), attemptsOfLastHour(database), levelsOfLastHour(database)]);
  const perQueue = (pick: (queue: (typeof partners)[number]['queues'][number]) => number) => partners.flatMap(({ connection, queues }) => queues.map((queue) => ({ labels: { connection, lane: queue.lane }, value: pick(queue) })));
  const breakers = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 } as const;
  return [
    { name: 'gatehouse_commands_waiting', help: 'Commands that wait, by partner and lane.', values: perQueue((queue) => queue.waiting) },
    { name: 'gatehouse_commands_calling', help: 'Commands that are being performed.', values: perQueue((queue) => queue.calling) },
    { name: 'gatehouse_commands_oldest_seconds', help: 'Age of the oldest command that has not ended.', values: perQueue((queue) => Math.round(queue.oldestSeconds ?? 0)) },
    { name: 'gatehouse_commands_dead', help: 'Commands that were given up and wait for a person.', values: partners.map(({ connection, dead }) => ({ labels: { connection }, value: dead })) },
    { name: 'gatehouse_partner_breaker', help: 'Circuit breaker of a partner: 0 closed, 1 half open, 2 open.', values: partners.map(({ connection, breaker }) => ({ labels: { connection }, value: breakers[breaker] })) },
    { name: 'gatehouse_command_attempts', help: 'Attempts begun within the last hour, by outcome.', values: attempts },
    { name: 'gatehouse_workflow_share', help: 'Share of what was asked for within the last hour that was done within its objective.', values: levels },
    { name: 'gatehouse_workflow_objective', help: 'Share that is to be done in time.', values: serviceLevels.map(({ workflow, share }) => ({ labels: { workflow }, value: share })) },
  ];
}

async function attemptsOfLastHour(database: Database): Promise<Metric['values']> {
  const { rows } = await sql<{ connection: string; outcome: string; count: number }>`
    select connection, lower(coalesce(error_kind, outcome, 'under way')) as outcome, count(*) as count from command_attempt where started_at > clock_timestamp() - interval '1 hour' group by 1, 2 order by 1, 2`.execute(database.kysely);
  return rows.map(({ connection, outcome, count }) => ({ labels: { connection, outcome }, value: count }));
}

/** What still waits and is late already counts as late; what is not late yet does not count. */
async function levelsOfLastHour(database: Database): Promise<Metric['values']> {
  const { rows } = await sql<{ workflow: string; share: number | null }>`
    select x.workflow, (count(*) filter (where c.finished_at <= c.created_at + make_interval(secs => x.seconds)))::float8
      / nullif(count(*) filter (where c.finished_at is not null or c.created_at + make_interval(secs => x.seconds) < clock_timestamp()), 0) as share
    from json_to_recordset(${JSON.stringify(serviceLevels.map(({ workflow, kinds, lane, withinSeconds }) => ({ workflow, kinds, lane, seconds: withinSeconds })))}::json) as x(workflow text, kinds jsonb, lane text, seconds float8)
    join command c on x.kinds ? c.kind and c.lane = x.lane and c.created_at > clock_timestamp() - interval '1 hour' and c.state not in ('CANCELLED', 'DISCARDED')
    group by x.workflow order by x.workflow`.execute(database.kysely);
  return rows.flatMap(({ workflow, share }) => (share === null ? [] : [{ labels: { workflow }, value: share }]));
}

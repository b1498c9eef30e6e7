import type { Metric } from '../../../lib/metric.js';
import type { Database } from '../../engine.js';
import { healthFigures } from './views.js';

/** How endpoints do, by id; of the whole installation. */
export async function webhookMetrics(database: Database): Promise<Metric[]> {
  const endpoints = await database.kysely.selectFrom('webhook_endpoint').select(['id', 'state', 'failures']).orderBy('id').execute();
  const figures = await healthFigures(database.kysely, endpoints.map((row) => row.id));
  const labels = (id: string) => ({ endpoint: id });
  const each = (value: (id: string) => number | null | undefined) => endpoints.flatMap(({ id }) => (value(id) == null ? [] : [{ labels: labels(id), value: value(id)! }]));
  return [
    { name: 'gatehouse_webhook_active', help: 'Whether events are sent to an endpoint: 1, or 0 where it is paused or disabled.', values: endpoints.map(({ id, state }) => ({ labels: labels(id), value: state === 'ACTIVE' ? 1 : 0 })) },
    { name: 'gatehouse_webhook_waiting', help: 'Events that wait for an endpoint.', values: each((id) => figures.get(id)?.waiting) },
    { name: 'gatehouse_webhook_oldest_seconds', help: 'Age of the oldest event that waits.', values: each((id) => (figures.get(id)?.oldest == null ? 0 : Math.round(figures.get(id)!.oldest!))) },
    { name: 'gatehouse_webhook_given_up', help: 'Events that were given up and can be replayed.', values: each((id) => figures.get(id)?.given_up) },
    { name: 'gatehouse_webhook_success_share', help: 'Share of the attempts of the last 24 hours that arrived.', values: each((id) => { const found = figures.get(id); return found === undefined || found.attempts === 0 ? null : found.arrived / found.attempts; }) },
    { name: 'gatehouse_webhook_failures_in_a_row', help: 'Failed attempts since the last success.', values: endpoints.map(({ id, failures }) => ({ labels: labels(id), value: failures })) },
  ];
}

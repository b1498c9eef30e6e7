import type { Metric } from '../../lib/metric.js';
import type { Database } from '../engine.js';
import { latestRuns, sumOf } from './sync-run.js';

/** Figures of the latest run of each connection, for Prometheus. */
export async function syncMetrics(database: Database): Promise<Metric[]> {
  const runs = await latestRuns(database);
  const of = (connection: string, rest: Record<string, string> = {}) => ({ connection, ...rest });
  const differences = runs.flatMap((run) => Object.entries(run.figures).flatMap(([topic, figures]) =>
    (['repaired', 'missingHere', 'missingThere', 'unreadable'] as const).map((found) => ({ labels: of(run.connection, { topic, found }), value: figures[found] }))));
  return [
    { name: 'gatehouse_sync_failed', help: '1 where the latest synchronisation of a connection failed.', values: runs.map((run) => ({ labels: of(run.connection), value: run.state === 'FAILED' ? 1 : 0 })) },
    { name: 'gatehouse_sync_running', help: '1 while a connection is being synchronised.', values: runs.map((run) => ({ labels: of(run.connection), value: run.state === 'RUNNING' ? 1 : 0 })) },
    { name: 'gatehouse_sync_started_seconds', help: 'When the latest synchronisation began, seconds since 1970.', values: runs.map((run) => ({ labels: of(run.connection), value: Math.floor(Date.parse(run.started_at) / 1000) })) },
    { name: 'gatehouse_sync_records_read', help: 'Records that the latest synchronisation has read.', values: runs.map((run) => ({ labels: of(run.connection), value: sumOf(run.figures).read })) },
    { name: 'gatehouse_sync_differences', help: 'What the latest synchronisation found, by topic.', values: differences },
    { name: 'gatehouse_api_key_expires_seconds', help: 'When the API key of a connection ends, seconds since 1970.', values: runs.flatMap((run) => (run.key_expires_at === null ? [] : [{ labels: of(run.connection), value: Math.floor(Date.parse(run.key_expires_at) / 1000) }])) },
  ];
}

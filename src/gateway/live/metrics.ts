import type { Metric } from '../../lib/metric.js';
import type { LivePresence } from './operations.js';

/** Who watches what in this process, by the field that is subscribed to: names of operations are the clients' own, without bound. */
export function liveMetrics({ groups, slowReaders }: LivePresence): Metric[] {
  const byField = Map.groupBy(groups, ({ field }) => field);
  const perField = (pick: (group: LivePresence['groups'][number]) => number) => [...byField].map(([field, of]) => ({ labels: { field }, value: of.reduce((sum, group) => sum + pick(group), 0) }));
  return [
    { name: 'gatehouse_live_groups', help: 'Groups of subscribers that are sent the same, by field.', values: perField(() => 1) },
    { name: 'gatehouse_live_subscribers', help: 'Subscribers, by field.', values: perField((group) => group.subscribers) },
    { name: 'gatehouse_live_delivered_per_second', help: 'Results delivered to subscribers each second of late, by field.', values: perField((group) => group.deliveredPerSecond) },
    { name: 'gatehouse_live_bytes_per_second', help: 'Bytes of these results, by field.', values: perField((group) => group.bytesPerSecond) },
    { name: 'gatehouse_live_slow_readers', help: 'Connections that are held back because their clients do not read.', values: [{ value: slowReaders.length }] },
  ];
}

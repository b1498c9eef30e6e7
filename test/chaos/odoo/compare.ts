import type { Gatehouse } from '../../odoo/gatehouse.js';
import type { Measurement } from '../../support/measurements.js';

interface OutboxRow {
  uuid: string;
  model: string;
  res_id: number;
  version: string;
}

interface Posted {
  id: string;
  model: string;
  recordId: number;
  version: number;
  record?: { city?: string | null };
}

/** What Odoo committed against what Gatehouse received, logged and shows. */
export async function compare(stage: { gatehouse: Gatehouse; sql<Row extends object>(text: string): Promise<Row[]> }, connection: string, name: (text: string) => string): Promise<Measurement[]> {
  const outbox = await stage.sql<OutboxRow>(`select uuid, model, res_id, version::bigint::text as version from gatehouse_outbox where model = 'res.partner' order by id`);
  const cities = await stage.sql<{ id: number; city: string | null }>(`select id, city from res_partner where name like 'Chaos %'`);
  const messages = (await stage.gatehouse.bodies()).map((body) => JSON.parse(body) as { events: Posted[] });
  const log = await stage.gatehouse.rows<{ subject: string; fact_key: string }>(`select subject, fact_key from event where subject like 'party:%' and fact_key is not null order by position`);
  const shown = new Map((await stage.gatehouse.rows<{ subject: string; address: { city: string | null } }>(`select subject, address from party`)).map((row) => [row.subject, row.address.city]));

  const received = new Map<string, number>();
  const lastVersion = new Map<string, number>();
  let overtaken = 0, rolledBackTold = 0;
  for (const event of messages.flatMap((message) => message.events).filter((each) => each.model === 'res.partner')) {
    const times = (received.get(event.id) ?? 0) + 1;
    received.set(event.id, times);
    const key = `${event.model},${event.recordId}`;
    // Order is that of the first arrival: what is sent again comes later by nature.
    if (times === 1 && event.version < (lastVersion.get(key) ?? 0)) overtaken++;
    lastVersion.set(key, Math.max(lastVersion.get(key) ?? 0, event.version));
    if (event.record?.city?.startsWith('Rolled back') === true) rolledBackTold++;
  }
  const logged = new Map<string, number>();
  for (const { subject, fact_key } of log) logged.set(`${subject} ${fact_key}`, (logged.get(`${subject} ${fact_key}`) ?? 0) + 1);
  const keyOf = (row: OutboxRow) => `party:${connection}:${row.res_id} v${row.version}`;
  const known = new Set(outbox.map(keyOf));
  const zero = (text: string, value: number, unit: string): Measurement => ({ name: name(text), value, unit, aim: '0', ok: value === 0 });
  return [
    { name: name('committed in Odoo'), value: outbox.length, unit: 'events', aim: null, ok: true },
    { name: name('in the event log'), value: log.length, unit: 'events', ratio: log.length / outbox.length, against: 'committed', aim: '1.00', ok: log.length === outbox.length },
    { name: name('received again after a fault'), value: [...received.values()].reduce((sum, times) => sum + times - 1, 0), unit: 'events', aim: null, ok: true },
    zero('lost on the way', outbox.filter((row) => !received.has(row.uuid)).length, 'events'),
    zero('lost from the event log', outbox.filter((row) => !logged.has(keyOf(row))).length, 'events'),
    zero('twice in the event log', [...logged.values()].reduce((sum, times) => sum + times - 1, 0), 'events'),
    zero('in the event log and not committed', [...logged.keys()].filter((key) => !known.has(key)).length, 'events'),
    zero('overtaken by a later one of the same record', overtaken, 'events'),
    zero('told of a transaction that was rolled back', rolledBackTold, 'events'),
    zero('records whose last state is another', cities.filter((row) => (shown.get(`party:${connection}:${row.id}`) ?? null) !== row.city).length, 'records'),
  ];
}

import type pg from 'pg';
import type { CarrierTimes } from './carrier.js';
import type { Rushed } from './odoo.js';

/** From validated to labelled, in the order in which they pass, milliseconds each. */
export const stageNames = ['ingest', 'decode and accept', 'queue', 'carrier', 'connector and recording', 'answer decoded', 'projected', 'write-back decided', 'write-back queue', 'Odoo call'] as const;
export type Stage = (typeof stageNames)[number];

export interface Passage {
  totalMs: number;
  carrierMs: number;
  carrierCalls: number;
  attempts: number;
  stages: Record<Stage, number>;
}

interface Row {
  request: string; id: string; received: number; accepted: number; begun: number; ended: number; attempts: number;
  answered: number; decoded: number; position: number; wished: number; told: number;
}

/** Times of the database are of the same clock; those of transactions are of their beginning, so what a commit takes falls to the stage behind it. */
export async function passages(client: pg.Client, connection: string, rushed: Rushed, carrier: CarrierTimes, projectedAt: (position: number) => number): Promise<Passage[]> {
  const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;
  const { rows } = await client.query<Row>(`
    select c.idempotency_key as request, c.id, ${ms('i.received_at')} as received, ${ms('c.created_at')} as accepted, ${ms('a.begun')} as begun, ${ms('a.ended')} as ended, a.attempts::int as attempts,
      ${ms('answer.received_at')} as answered, ${ms('answer.decoded_at')} as decoded, e.position::float8 as position, ${ms('w.created_at')} as wished, ${ms('wa.begun')} as told
    from command c join inbox i on i.id = c.causation_id
      join (select command_id, min(started_at) as begun, max(ended_at) as ended, count(*) as attempts from command_attempt group by 1) a on a.command_id = c.id
      join inbox answer on answer.connection = c.connection and starts_with(answer.dedupe_key, 'command:' || c.id || ':')
      join lateral (select min(position) as position from event where causation_id = answer.id and type = 'document.reported') e on true
      join command w on w.kind = 'odoo.apply' and w.subject = c.subject and w.idempotency_key like '%:document:%'
      join (select command_id, max(started_at) as begun from command_attempt group by 1) wa on wa.command_id = w.id
    where c.kind = 'shipment.book' and c.requested_by = $1`, [connection]);
  const of = new Map(rows.map((row) => [row.request, row]));
  return Object.values(rushed).flatMap(({ request, validated, labelled }): Passage[] => {
    const row = of.get(request);
    if (row === undefined || labelled === null) return [];
    const { ms: carrierMs, calls } = Object.entries(carrier).find(([reference]) => reference.startsWith(row.id))?.[1] ?? { ms: Number.NaN, calls: 0 };
    const projected = projectedAt(row.position);
    return [{
      totalMs: labelled - validated, carrierMs, carrierCalls: calls, attempts: row.attempts,
      stages: {
        ingest: row.received - validated, 'decode and accept': row.accepted - row.received, queue: row.begun - row.accepted, carrier: carrierMs, 'connector and recording': row.answered - row.begun - carrierMs,
        'answer decoded': row.decoded - row.answered, projected: projected - row.decoded, 'write-back decided': row.wished - projected, 'write-back queue': row.told - row.wished, 'Odoo call': labelled - row.told,
      },
    }];
  });
}

/**
 * The same answers by one statement each, written by hand: PostgreSQL makes the JSON, and Node hands it on.
 * Parameters: $1 first, $2 the shipment behind which the page begins or null, then those of each.
 */
const globalId = (type: string, id: string) => `translate(encode(('${type}:' || ${id})::bytea, 'base64'), '+/=', '-_')`;
const instant = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const list = (item: string, rows: string) => `json_build_object('nodes', (select coalesce(json_agg(${item}), '[]') from (${rows}) x))`;

const order = (where: string) => `(select json_build_object('id', ${globalId('Order', 'o.id')}, 'reference', o.reference, 'state', o.state, 'total', json_build_object('amount', o.total->'amount', 'currency', o.total->'currency'))
  from sales_order o where o.id = s.order_id and not o.deleted${where})`;

const milestones = list(
  `json_build_object('id', x.id, 'code', x.code, 'occurredAt', ${instant('x.occurred_at')}, 'source', json_build_object('connection', x.connection, 'rawCode', x.raw_code))`,
  `select m.id, m.code, m.occurred_at, m.connection, m.raw_code from milestone m where m.shipment_id = s.id and m.active order by m.occurred_at, m.id limit 3`,
);

const stop = `json_build_object('sequence', x.sequence, 'place', case when x.place is not null then json_build_object('city', x.place->'city') end)`;

const loads = list(
  `json_build_object('reference', x.reference, 'stops', x.stops, 'appointments', x.appointments)`,
  `select l.reference,
     ${list(stop, `select t.sequence, t.place from stop t where t.load_id = l.id order by t.sequence limit 5`)} as stops,
     ${list(`json_build_object('dock', x.dock, 'startsAt', ${instant('x.starts_at')})`, `select a.dock, a.starts_at from appointment_number n join appointment a on a.id = n.appointment_id where n.number = l.name_key and n.company = l.company and not a.deleted order by a.starts_at, a.id limit 1`)} as appointments
   from (select distinct load_id from load_shipment where shipment_id = s.id) k join load l on l.id = k.load_id where not l.deleted order by l.id limit 1`,
);

const exceptions = list(
  `json_build_object('id', ${globalId('Exception', 'x.id')}, 'title', x.title, 'severity', x.severity)`,
  `select e.id, e.title, e.severity from exception e where e.shipment_id = s.id order by e.opened_at desc, e.id desc limit 3`,
);

const ownStops = list(stop, `select distinct t.load_id, t.sequence, t.place from load_shipment k join stop t on t.load_id = k.load_id and t.sequence = k.stop where k.shipment_id = s.id order by t.load_id, t.sequence limit 5`);

function page(shipments: string, members: string): string {
  return `with found as (${shipments}), page as materialized (select * from found order by id desc limit $1)
    select json_build_object('data', json_build_object('shipments', json_build_object(
      'nodes', coalesce(json_agg(json_build_object('id', ${globalId('Shipment', 's.id')}, 'reference', s.reference, 'status', s.status, 'trackingNumbers', s.tracking_numbers, ${members}) order by s.id desc), '[]'),
      'pageInfo', json_build_object('hasNextPage', (select count(*) > $1 from found), 'endCursor', (select translate(encode(('["' || id || '"]')::bytea, 'base64'), '+/=', '-_') from page order by id limit 1)))))::text as json
    from page s`;
}

const columns = 'id, reference, status, tracking_numbers, order_id';
const behind = `id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`;
const boardMembers = `'order', ${order('')}, 'milestones', ${milestones}, 'loads', ${loads}, 'exceptions', ${exceptions}`;

export const statements = {
  board: page(`select ${columns} from shipment where merged_into is null and ${behind} order by id desc limit $1 + 1`, boardMembers),
  /** $3 the carrier. */
  boardOfCarrier: page(`select ${columns} from shipment where merged_into is null and carrier = $3 and ${behind} order by id desc limit $1 + 1`, boardMembers),
  /** $3 the key that the customer holds. */
  portal: page(
    `select ${columns} from record_access a join shipment on id = a.record_id where a.key = $3 and a.kind = 'shipment' and merged_into is null and a.record_id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') order by a.record_id desc limit $1 + 1`,
    `'order', ${order(` and exists (select 1 from record_access a where a.key = $3 and a.kind = 'order' and a.record_id = o.id)`)}, 'milestones', ${milestones}, 'stops', ${ownStops}`,
  ),
} as const;

export type StatementName = keyof typeof statements;

/**
 * Rows as a year of work leaves them, made by set: of `n` shipments, three of four travel on loads of 24,
 * four of five orders have one shipment and the fifth has two, each shipment has five milestones, one in
 * twelve has had an exception. The last shipments are under way.
 */

/** Shipments per load, and stops of a load: one pick-up, and deliveries. */
const shipmentsPerLoad = 24;
const deliveriesPerLoad = 4;
const shipmentsPerParty = 100;
export const milestonesPerShipment = 5;
const carriers = `array['UPS','FEDEX','DHL','DPD','GLS','TNT','USPS','PURO']`;

/**
 * Functions of the session that fills: ids as the product makes them, in order of time or by name, and instants
 * of a year by its part (0 to 1). One expression each, so that PostgreSQL puts them in place of their calls.
 */
export const sessionFunctions = `
  create function pg_temp.moment(part float8) returns timestamptz language sql stable as
    $$ select timestamptz '2026-03-01 00:00:00+00' + floor(part * 31536000) * interval '1 second' $$;
  create function pg_temp.timed_id(kind text, n bigint, part float8) returns uuid language sql immutable as
    $$ select overlay(overlay(md5(kind || n::text) placing lpad(to_hex(1772323200000 + floor(part * 31536000000)::bigint), 12, '0') || '7' from 1 for 13) placing '8' from 17 for 1)::uuid $$;
  create function pg_temp.named_id(kind text, n bigint) returns uuid language sql immutable as
    $$ select overlay(overlay(md5(kind || n::text) placing '8' from 13 for 1) placing '8' from 17 for 1)::uuid $$;
  create function pg_temp.place(n bigint) returns jsonb language sql stable as
    $$ select (array['{"city": "Ghent", "country": "BE", "postalCode": "9000"}','{"city": "Lyon", "country": "FR", "postalCode": "69001"}','{"city": "Porto", "country": "PT", "postalCode": "4000"}','{"city": "Malmö", "country": "SE", "postalCode": "21119"}'])[1 + n % 4]::jsonb $$;
`;

/** Statements with which one table after the other is filled, for `n` shipments. */
export function fillStatements(n: number): ReadonlyArray<{ table: string; statement: string }> {
  const parties = Math.max(50, Math.ceil(n / shipmentsPerParty));
  const loads = Math.ceil((n * 3) / 4 / shipmentsPerLoad);
  // The orders 1 to n * 5/6: every sixth shipment is the second one of an order.
  const shipments = `generate_series(1, ${n}::bigint) g cross join lateral (select g::float8 / ${n} as part, case when g % 6 = 0 then g - 1 else g end as o, 1 + (g * 7919) % ${parties} as p) x`;
  const loadSeries = `generate_series(1, ${loads}::bigint) l cross join lateral (select l::float8 / ${loads} as part) x`;
  /** Of the g-th shipment: the number of its load, spread so that shipments of one load are neighbours. */
  const loadOf = `(1 + (g - 1 - g / 4) / ${shipmentsPerLoad})`;
  const orders = `generate_series(1, ${n}::bigint) g cross join lateral (select g::float8 / ${n} as part, 1 + (g * 7919) % ${parties} as p) x where g % 6 <> 0`;
  return [
    { table: 'party', statement: `insert into party (id, subject, company, connection, name, commercial_id, address, version, updated_at)
      select pg_temp.named_id('party', g), 'party:erp:' || g, 'main', 'erp', 'Customer ' || g, pg_temp.named_id('party', g), pg_temp.place(g), 1, pg_temp.moment(0) from generate_series(1, ${parties}::bigint) g` },
    { table: 'sales_order', statement: `insert into sales_order (id, subject, company, connection, direction, reference, state, party_id, ordered_at, promised_at, first_promised_at, first_promised_version, total, delivery_status, invoice_status, lines, version, updated_at)
      select pg_temp.named_id('order', g), 'order:erp:' || g, 'main', 'erp', 'SALE', 'S' || lpad(g::text, 7, '0'), 'sale', pg_temp.named_id('party', p), pg_temp.moment(part) - interval '1 day', pg_temp.moment(part) + interval '4 days', pg_temp.moment(part) + interval '4 days', 1,
        jsonb_build_object('amount', (10 + g % 9000)::text || '.50', 'currency', 'EUR'), 'pending', 'to invoice',
        jsonb_build_array(jsonb_build_object('description', 'Office chair, black', 'quantity', '2', 'unit', 'Units', 'productId', null), jsonb_build_object('description', 'Desk 160 x 80 cm, oak', 'quantity', '1', 'unit', 'Units', 'productId', null)), 1, pg_temp.moment(part)
      from ${orders}` },
    { table: 'shipment', statement: `insert into shipment (id, company, reference, status, raw_status, provisional, carrier, direction, order_id, transfer_subject, tracking_numbers, names, packages, promised_at, planned_at, estimated_at, delivered_at, origin, destination, search, created_at, updated_at)
      select pg_temp.timed_id('shipment', g, part), 'main', 'WH/OUT/' || lpad(g::text, 7, '0'), status, lower(status), false, carrier, 'OUTGOING', pg_temp.named_id('order', o), 'transfer:erp:' || g, numbers, array['WH/OUT/' || lpad(g::text, 7, '0')] || numbers,
        (select jsonb_agg(jsonb_build_object('trackingNumber', number, 'status', status)) from unnest(numbers) number), pg_temp.moment(part) + interval '4 days', pg_temp.moment(part) + interval '4 days', pg_temp.moment(part) + interval '3 days',
        case when status = 'DELIVERED' then pg_temp.moment(part) + interval '3 days' end, pg_temp.place(1), pg_temp.place(p), lower('WH/OUT/' || lpad(g::text, 7, '0') || ' S' || lpad(o::text, 7, '0') || ' ' || array_to_string(numbers, ' ')), pg_temp.moment(part), pg_temp.moment(part) + interval '3 days'
      from ${shipments} cross join lateral (select case when part < 0.95 then 'DELIVERED' else (array['IN_TRANSIT','IN_TRANSIT','OUT_FOR_DELIVERY','INFO_RECEIVED','DELIVERED'])[1 + g % 5] end as status,
        (${carriers})[1 + g % 8] as carrier, case when g % 5 = 0 then array['1Z' || lpad(g::text, 10, '0') || 'A', '1Z' || lpad(g::text, 10, '0') || 'B'] else array['1Z' || lpad(g::text, 10, '0') || 'A'] end as numbers) y` },
    { table: 'reference', statement: `insert into reference (subject, kind, issuer, value, shipment_id)
      select 'odoo.delivery:erp:' || g, 'odoo.delivery', 'erp', g::text, pg_temp.timed_id('shipment', g, part) from ${shipments}
      union all select 'tracking:' || (${carriers})[1 + g % 8] || ':1Z' || lpad(g::text, 10, '0') || 'A', 'tracking', (${carriers})[1 + g % 8], '1Z' || lpad(g::text, 10, '0') || 'A', pg_temp.timed_id('shipment', g, part) from ${shipments}` },
    { table: 'milestone', statement: `insert into milestone (id, position, subject, shipment_id, company, fact_group, content_hash, active, code, classifier, occurred_at, zone, zone_assumed, observed_at, recorded_at, connection, raw_id, raw_code, raw_text, carrier, package, place)
      select pg_temp.timed_id('milestone', g * 10 + k, part), g * ${milestonesPerShipment} + k, 'tracking:' || (${carriers})[1 + g % 8] || ':1Z' || lpad(g::text, 10, '0') || 'A', pg_temp.timed_id('shipment', g, part), 'main', k::text, md5((g * 10 + k)::text), true,
        (array['INFO_RECEIVED','PICKED_UP','IN_TRANSIT','OUT_FOR_DELIVERY','DELIVERED'])[k], 'ACTUAL', pg_temp.moment(part) + k * interval '11 hours', 'Europe/Brussels', false, pg_temp.moment(part) + k * interval '11 hours', pg_temp.moment(part) + k * interval '11 hours', 'parcel',
        pg_temp.timed_id('raw', g * 10 + k, part), (array['MP','PU','IT','OD','DL'])[k], 'As the carrier says it in a sentence of this length', (${carriers})[1 + g % 8], '1Z' || lpad(g::text, 10, '0') || 'A', pg_temp.place(g + k)
      from ${shipments} cross join generate_series(1, ${milestonesPerShipment}) k` },
    { table: 'exception', statement: `insert into exception (id, subject, company, class, kind, severity, state, title, detail, shipment_id, opened_at, version)
      select pg_temp.named_id('exception', g), 'exception:' || g, 'main', 'DAMAGE', 'MILESTONE', 'HIGH', case when part < 0.95 then 'RESOLVED' else 'OPEN' end, 'Damaged', 'The carrier reports damage.', pg_temp.timed_id('shipment', g, part), pg_temp.moment(part) + interval '1 day', 1
      from ${shipments} where g % 12 = 0` },
    ...transportStatements(loadSeries, shipments, loadOf),
    ...accessStatements(shipments),
  ];
}

/** Stop 1 is where all is loaded; the rest go to the stops behind it. One appointment a load, at its first stop. */
function transportStatements(loadSeries: string, shipments: string, loadOf: string): Array<{ table: string; statement: string }> {
  const facilities = 40;
  const onLoads = `${shipments} cross join lateral (select ${loadOf} as l) y where g % 4 <> 0`;
  return [
    { table: 'facility', statement: `insert into facility (id, subject, company, connection, name, code, place, zone, version, updated_at)
      select pg_temp.named_id('facility', g), 'facility:dock:' || g, 'main', 'dock', 'Warehouse ' || g, 'W' || g, pg_temp.place(g), 'Europe/Brussels', 1, pg_temp.moment(0) from generate_series(1, ${facilities}::bigint) g` },
    { table: 'load', statement: `insert into load (id, subject, company, connection, reference, name_key, state, raw_state, carrier, truck, trailer, starts_at, stops, version, updated_at)
      select pg_temp.named_id('load', l), 'load:tms:' || l, 'main', 'tms', 'L' || lpad(l::text, 6, '0'), 'L' || lpad(l::text, 6, '0'), case when part < 0.95 then 'COMPLETED' else 'IN_TRANSIT' end, 'x', (${carriers})[1 + l % 8], 'T-' || l % 200, 'TR-' || l % 500, pg_temp.moment(part), pg_temp.place(l), 1, pg_temp.moment(part) from ${loadSeries}` },
    { table: 'stop', statement: `insert into stop (load_id, sequence, company, kind, facility_code, place, window_from, window_to, planned_arrival, planned_departure, estimated_arrival, actual_arrival, actual_departure)
      select pg_temp.named_id('load', l), k, 'main', case k when 1 then 'PICKUP' else 'DELIVERY' end, case k when 1 then 'W' || (1 + l % ${facilities}) end, pg_temp.place(l + k), at, at + interval '2 hours', at, at + interval '1 hour', at, at, at + interval '1 hour'
      from ${loadSeries} cross join generate_series(1, ${1 + deliveriesPerLoad}) k cross join lateral (select pg_temp.moment(part) + k * interval '3 hours' as at) y` },
    { table: 'load_shipment', statement: `insert into load_shipment (load_id, stop, action, shipment_id, company)
      select pg_temp.named_id('load', l), 1, 'LOAD', pg_temp.timed_id('shipment', g, part), 'main' from ${onLoads}
      union all select pg_temp.named_id('load', l), 2 + (g % ${deliveriesPerLoad})::int, 'UNLOAD', pg_temp.timed_id('shipment', g, part), 'main' from ${onLoads}` },
    { table: 'appointment', statement: `insert into appointment (id, subject, company, connection, facility_id, dock, direction, state, raw_state, confirmation, starts_at, ends_at, carrier, numbers, names, version, updated_at)
      select pg_temp.named_id('appointment', l), 'appointment:dock:' || l, 'main', 'dock', pg_temp.named_id('facility', 1 + l % ${facilities}), 'Dock ' || (1 + l % 12), 'OUTBOUND', 'COMPLETED', 'x', 'C-' || l, pg_temp.moment(part) + interval '3 hours', pg_temp.moment(part) + interval '4 hours', (${carriers})[1 + l % 8], array['L' || lpad(l::text, 6, '0')], '[]', 1, pg_temp.moment(part) from ${loadSeries}` },
    { table: 'appointment_number', statement: `insert into appointment_number (appointment_id, number, company) select pg_temp.named_id('appointment', l), 'L' || lpad(l::text, 6, '0'), 'main' from ${loadSeries}` },
    { table: 'appointment_shipment', statement: `insert into appointment_shipment (appointment_id, shipment_id, company) select pg_temp.named_id('appointment', l), pg_temp.timed_id('shipment', g, part), 'main' from ${onLoads}` },
  ];
}

/** A customer and a carrier of every shipment; the customer's order. */
function accessStatements(shipments: string): Array<{ table: string; statement: string }> {
  const feed = (key: string) => `select ${key}, g * ${milestonesPerShipment} + k, 0, pg_temp.timed_id('milestone', g * 10 + k, part), 'main' from ${shipments} cross join generate_series(1, ${milestonesPerShipment}) k`;
  return [
    { table: 'record_access', statement: `insert into record_access (key, kind, record_id)
      select 'party:' || pg_temp.named_id('party', p), 'shipment', pg_temp.timed_id('shipment', g, part) from ${shipments}
      union all select 'carrier:' || (${carriers})[1 + g % 8], 'shipment', pg_temp.timed_id('shipment', g, part) from ${shipments}
      union all select 'party:' || pg_temp.named_id('party', p), 'order', pg_temp.named_id('order', g) from ${shipments} where g % 6 <> 0` },
    { table: 'feed', statement: `insert into feed (key, position, ordinal, milestone_id, company) ${feed(`'all'`)} union all ${feed(`'party:' || pg_temp.named_id('party', p)`)}` },
  ];
}

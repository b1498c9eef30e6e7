-- Row-level security: the second net under the rewrite of queries in auth/reader, for what outsiders read. It holds
-- for roles that do not own the tables; statements of outsiders run as one of these (db/row-level-security), and
-- the product's own as the owner, for whom nothing here applies. Each policy says what auth/visibility says of its
-- table: who may read it has a policy named outsiders, and is granted nothing else.

-- Keys of whoever asks, set for one statement. What was never set is null, what was set and ended is empty: no key.
create function held_keys() returns text[] language sql stable parallel safe
  return nullif(current_setting('gatehouse.keys', true), '')::text[];

-- The subselect is worked out once for a statement, not for every row. offset 0 keeps the look for a key with the
-- row that it is about: without it, all records of a key are read first, for a page of twenty. What a policy asks the
-- rewritten query asks already, and all that it sees passes: nullif(..., false) is not null means the same as the
-- condition, and is all but true to the planner, who otherwise counts each condition twice and expects few rows.
create policy outsiders on record_access for select using (nullif(key = any ((select held_keys())::text[]), false) is not null);
create policy outsiders on shipment for select using (nullif(exists (select from record_access a where a.kind = 'shipment' and a.record_id = shipment.id offset 0), false) is not null);
create policy outsiders on milestone for select using (nullif(exists (select from record_access a where a.kind = 'shipment' and a.record_id = milestone.shipment_id offset 0), false) is not null);
create policy outsiders on reference for select using (nullif(exists (select from record_access a where a.kind = 'shipment' and a.record_id = reference.shipment_id offset 0), false) is not null);
create policy outsiders on load_shipment for select using (nullif(exists (select from record_access a where a.kind = 'shipment' and a.record_id = load_shipment.shipment_id offset 0), false) is not null);
create policy outsiders on appointment_shipment for select using (nullif(exists (select from record_access a where a.kind = 'shipment' and a.record_id = appointment_shipment.shipment_id offset 0), false) is not null);
create policy outsiders on sales_order for select using (nullif(exists (select from record_access a where a.kind = 'order' and a.record_id = sales_order.id offset 0), false) is not null);
create policy outsiders on transfer for select using (nullif(exists (select from record_access a where a.kind = 'transfer' and a.record_id = transfer.id offset 0), false) is not null);
create policy outsiders on invoice for select using (nullif(exists (select from record_access a where a.kind = 'invoice' and a.record_id = invoice.id offset 0), false) is not null);
create policy outsiders on load for select using (nullif(exists (select from record_access a where a.kind = 'load' and a.record_id = load.id offset 0), false) is not null);
create policy outsiders on appointment for select using (nullif(exists (select from record_access a where a.kind = 'appointment' and a.record_id = appointment.id offset 0), false) is not null);
create policy outsiders on appointment_number for select using (nullif(exists (select from record_access a where a.kind = 'appointment' and a.record_id = appointment_number.appointment_id offset 0), false) is not null);
create policy outsiders on visit for select using (nullif(exists (select from record_access a where a.kind = 'visit' and a.record_id = visit.id offset 0), false) is not null);
create policy outsiders on feed for select using (key = any ((select held_keys())::text[]));

-- A warehouse sees the stops at its own facilities alone, whatever it knows of the load and its shipments.
create policy outsiders on stop for select using (
  'facility:' || stop.facility_code || '@' || stop.company = any ((select held_keys())::text[])
  or exists (select from record_access a where a.kind = 'load' and a.record_id = stop.load_id and a.key not like 'facility:%' offset 0)
  or exists (select from load_shipment ls join record_access a on a.kind = 'shipment' and a.record_id = ls.shipment_id and a.key not like 'facility:%'
    where ls.load_id = stop.load_id and ls.stop = stop.sequence offset 0));

-- Appointments, visits and stops here are those that their own policies show.
create policy outsiders on facility for select using (
  'facility:' || facility.code || '@' || facility.company = any ((select held_keys())::text[])
  or exists (select from appointment p where p.facility_id = facility.id offset 0)
  or exists (select from visit v where v.facility_id = facility.id offset 0)
  or exists (select from stop where stop.facility_code = facility.code and stop.company = facility.company offset 0));

-- Shipments that carry a name or a tracking number, whosever they are: as the owner, for whom the index serves. Behind
-- row-level security PostgreSQL asks @> only of rows that may be seen, one after the other, as it could tell of others.
create function shipments_named(name text) returns uuid[] language sql stable parallel safe security definer
  return array(select id from shipment where names @> array[name]);
create function shipments_tracked(number text) returns uuid[] language sql stable parallel safe security definer
  return array(select id from shipment where tracking_numbers @> array[number]);

create policy outsiders on party for select using (false);
create policy outsiders on product for select using (false);
create policy outsiders on stock_level for select using (false);
create policy outsiders on exception for select using (false);
create policy outsiders on connection_health for select using (false);

alter table record_access enable row level security;
alter table shipment enable row level security;
alter table milestone enable row level security;
alter table reference enable row level security;
alter table load_shipment enable row level security;
alter table appointment_shipment enable row level security;
alter table sales_order enable row level security;
alter table transfer enable row level security;
alter table invoice enable row level security;
alter table load enable row level security;
alter table appointment enable row level security;
alter table appointment_number enable row level security;
alter table visit enable row level security;
alter table feed enable row level security;
alter table stop enable row level security;
alter table facility enable row level security;
alter table party enable row level security;
alter table product enable row level security;
alter table stock_level enable row level security;
alter table exception enable row level security;
alter table connection_health enable row level security;

-- What warehouses report: orders as they have them, confirmations, adjustments and levels (events of type
-- warehouse_order.reported, warehouse_confirmation.reported, inventory_adjustment.reported, inventory_level.reported).
-- `facility` is the code of the warehouse in Odoo.
create table warehouse_order (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  direction text not null,
  state text not null,
  raw_state text not null,
  reference text not null,
  -- The form in which names are compared.
  order_key text not null,
  number text,
  facility text,
  names jsonb not null,
  lines jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index warehouse_order_facility on warehouse_order (facility, updated_at desc, id desc);
create index warehouse_order_key on warehouse_order (order_key);
create index warehouse_order_age on warehouse_order (updated_at desc, id desc);

create table warehouse_confirmation (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  direction text not null,
  reference text not null,
  order_key text not null,
  -- That of the order at the same connection; it may not be known.
  order_id uuid not null,
  number text,
  facility text,
  names jsonb not null,
  confirmed_at timestamptz not null,
  is_final boolean not null,
  carrier text,
  lines jsonb not null,
  packages jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index warehouse_confirmation_order on warehouse_confirmation (order_id, confirmed_at, id);
create index warehouse_confirmation_key on warehouse_confirmation (order_key);

create table inventory_adjustment (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  facility text,
  sku text not null,
  quantity numeric not null,
  unit text,
  lot text,
  location text,
  adjusted_at timestamptz not null,
  reason text not null,
  raw_reason text not null,
  on_hand numeric,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index inventory_adjustment_age on inventory_adjustment (adjusted_at desc, id desc);
create index inventory_adjustment_sku on inventory_adjustment (sku, adjusted_at desc, id desc);

create table inventory_level (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  facility text,
  sku text not null,
  on_hand numeric not null,
  allocated numeric,
  available numeric,
  unavailable numeric,
  unit text,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index inventory_level_sku on inventory_level (sku, company);
-- Comparing goes through the levels of a connection.
create index inventory_level_connection on inventory_level (connection, id);
create index inventory_level_place on inventory_level (sku, facility, id);

-- Where the names in orders and confirmations lead (mention). The company is that of the record.
create table warehouse_shipment (
  record_id uuid not null,
  shipment_id uuid not null,
  company text not null,
  primary key (record_id, shipment_id)
);
create index warehouse_shipment_shipment on warehouse_shipment (shipment_id, record_id);

-- What each warehouse was told of each transfer, so that only what differs is told: how often, and a hash of the last.
-- Written in the transaction that accepts the commands.
create table warehouse_release (
  connection text not null,
  -- Subject of the transfer.
  transfer text not null,
  shipment_id uuid not null,
  company text not null,
  order_key text not null,
  -- RELEASED, CANCELLED; BLOCKED: it cannot be released, and `problem` says why.
  state text not null,
  revision integer not null,
  digest text,
  problem text,
  -- What was told last.
  command_id uuid,
  released_at timestamptz,
  -- Until when it has to be acknowledged; null where nobody waits for it.
  due_at timestamptz,
  -- It was noticed that it was not.
  overdue boolean not null default false,
  updated_at timestamptz not null,
  primary key (connection, transfer)
);
create index warehouse_release_shipment on warehouse_release (shipment_id);
create index warehouse_release_due on warehouse_release (due_at) where state = 'RELEASED' and not overdue and due_at is not null;
create index warehouse_release_blocked on warehouse_release (updated_at) where state = 'BLOCKED';

-- Since when what was confirmed of a transfer is short as it is now: it is settled by time, for another confirmation may
-- be on its way.
create table warehouse_shortage (
  -- Subject of the transfer.
  transfer text primary key,
  shipment_id uuid not null,
  digest text not null,
  since timestamptz not null,
  looked_at timestamptz not null
);
create index warehouse_shortage_looked on warehouse_shortage (looked_at);

-- When a stated level was compared with that of Odoo, and whether they differed.
create table inventory_check (
  level_id uuid primary key,
  version bigint not null,
  compared_at timestamptz not null,
  differs boolean not null
);
create index inventory_check_age on inventory_check (compared_at);

create policy outsiders on warehouse_order for select using ('facility:' || facility || '@' || company = any ((select held_keys())::text[]));
create policy outsiders on warehouse_confirmation for select using ('facility:' || facility || '@' || company = any ((select held_keys())::text[]));
create policy outsiders on inventory_adjustment for select using ('facility:' || facility || '@' || company = any ((select held_keys())::text[]));
create policy outsiders on inventory_level for select using ('facility:' || facility || '@' || company = any ((select held_keys())::text[]));
create policy outsiders on warehouse_shipment for select using (nullif(exists (select from record_access a where a.kind = 'shipment' and a.record_id = warehouse_shipment.shipment_id offset 0), false) is not null);
create policy outsiders on warehouse_release for select using (false);
alter table warehouse_order enable row level security;
alter table warehouse_confirmation enable row level security;
alter table inventory_adjustment enable row level security;
alter table inventory_level enable row level security;
alter table warehouse_shipment enable row level security;
alter table warehouse_release enable row level security;

-- Orders of shops and marketplaces (events of type shop_order.reported). Who bought stands in personal_data; the row has
-- its ciphertext, and what of the place may stand readable.
create table shop_order (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  -- The shop's own id of it, and the number that it shows to people.
  order_key text not null,
  reference text not null,
  state text not null,
  raw_state text not null,
  payment text not null,
  fulfilled_by text not null,
  ordered_at timestamptz not null,
  ship_by timestamptz,
  deliver_by timestamptz,
  total jsonb not null,
  prices_include_tax boolean not null,
  lines jsonb not null,
  shipping jsonb,
  destination jsonb not null,
  personal_data_id uuid,
  sealed text,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index shop_order_age on shop_order (ordered_at desc, id desc);
create index shop_order_reference on shop_order (reference);
create index shop_order_person on shop_order (personal_data_id) where personal_data_id is not null;
-- Who bought is forgotten some time after it is done.
create index shop_order_done on shop_order (updated_at) where personal_data_id is not null and (state in ('CLOSED', 'CANCELLED') or deleted);

-- Which order of a shop an order in Odoo is, as Odoo says.
alter table sales_order add column shop_order_id uuid;
create index sales_order_shop on sales_order (shop_order_id) where shop_order_id is not null;

-- Orders to look at: something changed from which follows what Odoo or the shop is told. Not before a time where
-- something may still come.
create table shop_due (
  shop_order_id uuid primary key,
  not_before timestamptz not null default '-infinity'
);
create index shop_due_time on shop_due (not_before);

-- What Odoo was told of an order: how often, and a hash of the last. Written in the transaction that accepts the command.
create table shop_told (
  shop_order_id uuid primary key,
  -- Connection of the Odoo.
  connection text not null,
  revision integer not null,
  digest text not null,
  -- What was told last.
  command_id uuid not null,
  updated_at timestamptz not null
);
create index shop_told_command on shop_told (command_id);

-- What the shop was told of a delivery in Odoo, by the command that told it; then which tracking numbers, and how often.
create table shop_fulfilment (
  -- Subject of the transfer.
  transfer text primary key,
  shop_order_id uuid not null,
  company text not null,
  -- Connection of the shop.
  connection text not null,
  -- Null: the shop had all of it as sent already.
  command_id uuid,
  revision integer not null,
  tracking_digest text,
  -- What told the tracking numbers last, where that was another command.
  track_command_id uuid,
  lines jsonb not null,
  updated_at timestamptz not null
);
create index shop_fulfilment_order on shop_fulfilment (shop_order_id);

create policy outsiders on shop_order for select using ('shop:' || company = any ((select held_keys())::text[]));
create policy outsiders on shop_fulfilment for select using ('shop:' || company = any ((select held_keys())::text[]));
alter table shop_order enable row level security;
alter table shop_fulfilment enable row level security;

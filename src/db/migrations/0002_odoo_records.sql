create table sales_order (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  direction text not null,
  reference text not null,
  state text not null,
  customer_reference text,
  party_id uuid not null,
  ship_to_id uuid,
  ordered_at timestamptz,
  promised_at timestamptz,
  first_promised_at timestamptz,
  first_promised_version bigint,
  total jsonb,
  delivery_status text,
  invoice_status text,
  lines jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index sales_order_reference on sales_order (reference, id);
create index sales_order_party on sales_order (party_id);

create table transfer (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  direction text not null,
  reference text not null,
  state text not null,
  order_id uuid,
  party_id uuid,
  ship_to_id uuid,
  carrier text,
  tracking_numbers text[] not null,
  scheduled_at timestamptz,
  deadline_at timestamptz,
  first_deadline_at timestamptz,
  first_deadline_version bigint,
  done_at timestamptz,
  backorder_of uuid,
  return_of uuid,
  weight jsonb,
  package_count integer,
  release jsonb,
  lines jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);

create index transfer_order on transfer (order_id, reference, id);
create index transfer_reference on transfer (reference, id);
create index transfer_state on transfer (state, reference, id);
create index transfer_ship_to on transfer (ship_to_id);
create index transfer_party on transfer (party_id) where party_id is not null;

create table party (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  name text not null,
  commercial_id uuid not null,
  email text,
  phone text,
  address jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index party_commercial on party (commercial_id);
create index party_name on party (name, id);

create table product (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  name text not null,
  sku text,
  barcode text,
  weight jsonb,
  search text not null default '',
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index product_name on product (name, id);
create index product_sku on product (sku);
create index product_barcode on product (barcode);
create index product_search on product using gin (search_parts(search));

create table stock_level (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  product_id uuid not null,
  location text not null,
  on_hand numeric not null,
  reserved numeric not null,
  unit text not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index stock_level_product on stock_level (product_id, location, id);
create index stock_level_location on stock_level (location, product_id, id);

create table invoice (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  reference text not null,
  state text not null,
  payment_state text not null,
  party_id uuid not null,
  order_references text[] not null,
  invoiced_at timestamptz,
  due_at timestamptz,
  total jsonb not null,
  residual jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index invoice_reference on invoice (reference, id);
create index invoice_state on invoice (state, reference, id);
create index invoice_payment on invoice (payment_state, reference, id);
create index invoice_orders on invoice using gin (order_references);

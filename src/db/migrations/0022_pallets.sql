-- Goods on their way to a warehouse of ours, as their sender announced them (events of type ship_notice.reported).
create table ship_notice (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  number text,
  -- Code of the warehouse in Odoo.
  facility text,
  names jsonb not null,
  shipped_at timestamptz not null,
  expected_at timestamptz,
  carrier text,
  lines jsonb not null,
  packages jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);

-- What one record (a transfer of Odoo that is done, a warehouse's confirmation, a ship notice) says of one pallet.
create table pallet_report (
  id uuid primary key,
  record_id uuid not null,
  record_kind text not null,
  pallet_id uuid not null,
  sscc text not null,
  company text not null,
  connection text not null,
  facility text,
  step text not null,
  at timestamptz not null,
  expected_at timestamptz,
  location text,
  within text,
  lines jsonb not null,
  reference text,
  -- The form in which names are compared.
  reference_key text,
  number text
);
create index pallet_report_record on pallet_report (record_id);
create index pallet_report_pallet on pallet_report (pallet_id, at, id);
create index pallet_report_reference on pallet_report (reference_key);

-- A pallet, or carton, with an SSCC as it stands at one warehouse: what its reports come to. Another warehouse sees nothing of it
-- but what was reported there.
create table pallet (
  id uuid primary key,
  sscc text not null,
  company text not null,
  facility text,
  state text not null,
  location text,
  -- SSCC of the pallet that it stands on.
  within text,
  expected_at timestamptz,
  received_at timestamptz,
  put_away_at timestamptz,
  put_away_location text,
  shipped_at timestamptz,
  lines jsonb not null,
  updated_at timestamptz not null
);
create index pallet_sscc on pallet (sscc);
-- Lists are of what stands on no pallet.
create index pallet_age on pallet (updated_at desc, id desc) where within is null;
create index pallet_state on pallet (state, updated_at desc, id desc) where within is null;
create index pallet_facility on pallet (facility, company, updated_at desc, id desc) where within is null;
create index pallet_within on pallet (within) where within is not null;

create policy outsiders on pallet for select using ('facility:' || facility || '@' || company = any ((select held_keys())::text[]));
create policy outsiders on pallet_report for select using ('facility:' || facility || '@' || company = any ((select held_keys())::text[]));
alter table pallet enable row level security;
alter table pallet_report enable row level security;

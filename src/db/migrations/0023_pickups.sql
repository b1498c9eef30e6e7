-- Pickups as carriers confirmed them (events of type pickup.reported): when somebody comes, and for which bookings.
create table pickup (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  command_id uuid,
  state text not null,
  raw_state text not null,
  carrier text not null,
  -- The carrier's number of it, for people who call there.
  confirmation text,
  ready_at timestamptz not null,
  closes_at timestamptz not null,
  zone text not null,
  place jsonb not null,
  -- Ids of bookings of the same connection.
  booking_ids uuid[] not null,
  tracking_numbers text[] not null,
  packages integer not null,
  weight_kg numeric not null,
  price jsonb,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index pickup_time on pickup (ready_at desc, id desc);
create index pickup_command on pickup (command_id);

-- Which pickups fetch a booking. The company is that of the pickup.
create table pickup_booking (
  pickup_id uuid not null,
  booking_id uuid not null,
  company text not null,
  primary key (pickup_id, booking_id)
);
create index pickup_booking_booking on pickup_booking (booking_id, pickup_id);

-- It names parcels of others: who sees one of its shipments does not see it.
create policy outsiders on pickup for select using (false);
create policy outsiders on pickup_booking for select using (false);
alter table pickup enable row level security;
alter table pickup_booking enable row level security;

-- Trucks and trailers with their last position. Their earlier ones, as far as they were kept, are the track.
create table vehicle (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null,
  name text not null,
  -- In the form in which names are compared.
  name_key text not null,
  plate text,
  plate_key text,
  latitude double precision not null,
  longitude double precision not null,
  heading double precision,
  speed double precision,
  place text,
  at timestamptz not null,
  -- What other systems call it, as its source keeps that for them.
  code_key text
);
create index vehicle_code on vehicle (company, code_key) where code_key is not null;
-- By the source's own id.
create index vehicle_id on vehicle (company, upper(substr(subject, length('vehicle:' || connection || ':') + 1)));
create index vehicle_name on vehicle (company, name_key);
create index vehicle_plate on vehicle (company, plate_key) where plate_key is not null;

create table vehicle_track (
  vehicle_id uuid not null,
  at timestamptz not null,
  latitude double precision not null,
  longitude double precision not null,
  primary key (vehicle_id, at, latitude, longitude)
);
create index vehicle_track_at on vehicle_track (at);

alter table load add column truck_key text, add column trailer_key text;
create index load_truck on load (company, truck_key) where truck_key is not null;
create index load_trailer on load (company, trailer_key) where trailer_key is not null;

-- Which vehicle drives or carries a load that is under way, by what the load calls it.
create table vehicle_load (
  vehicle_id uuid not null,
  load_id uuid not null,
  company text not null,
  role text not null check (role in ('TRUCK', 'TRAILER')),
  primary key (load_id, vehicle_id)
);
create index vehicle_load_vehicle on vehicle_load (vehicle_id);

-- Around a facility, as people drew it.
create table geofence (
  facility_id uuid primary key,
  company text not null,
  fence jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null
);

-- What was said of a truck's coming and going at a stop, and under which name of the shipment: said anew when positions tell otherwise.
create table presence_statement (
  load_id uuid not null,
  stop integer not null,
  shipment_id uuid not null,
  action text not null,
  moment text not null check (moment in ('ARRIVAL', 'DEPARTURE')),
  connection text not null,
  subject text not null,
  occurred_at timestamptz not null,
  event_id uuid not null,
  fact_id uuid not null,
  primary key (load_id, stop, shipment_id, action, moment)
);

create policy outsiders on vehicle for select using (nullif(exists (select from record_access a where a.kind = 'vehicle' and a.record_id = vehicle.id offset 0), false) is not null);
create policy outsiders on vehicle_load for select using (nullif(exists (select from record_access a where a.kind = 'load' and a.record_id = vehicle_load.load_id offset 0), false) is not null);
alter table vehicle enable row level security;
alter table vehicle_load enable row level security;
create policy outsiders on geofence for select using (false);
alter table geofence enable row level security;

-- Bookings and documents as their connections report them (events of type booking.reported and document.reported).
create table booking (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  command_id uuid,
  state text not null,
  raw_state text not null,
  carrier text not null,
  service text not null,
  is_return boolean not null,
  price jsonb,
  quoted jsonb,
  quote_id uuid,
  reasons text[] not null,
  packages jsonb not null,
  names jsonb not null,
  delivery_at timestamptz,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index booking_command on booking (command_id);
-- Those whose parcels may be on their way, or whose cancellation is not confirmed.
create index booking_open on booking (updated_at) where state in ('BOOKED', 'PARTIAL', 'CANCEL_REQUESTED') and not deleted;

-- Of a file: its content stands in document_content under the same id.
create table document (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  kind text not null,
  format text not null,
  booking_id uuid,
  package text,
  sha256 text not null,
  bytes integer not null,
  names jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index document_booking on document (booking_id);

-- Sealed as bodies of raw messages are. The row outlives the content, which retention empties.
create table document_content (
  id uuid primary key,
  media_type text not null,
  content bytea,
  created_at timestamptz not null default now()
);
create index document_content_age on document_content (created_at) where content is not null;

-- Where the names in bookings and documents lead (mention). The company is that of the booking or document.
create table booking_shipment (
  booking_id uuid not null,
  shipment_id uuid not null,
  company text not null,
  primary key (booking_id, shipment_id)
);
create index booking_shipment_shipment on booking_shipment (shipment_id, booking_id);

create table document_shipment (
  document_id uuid not null,
  shipment_id uuid not null,
  company text not null,
  primary key (document_id, shipment_id)
);
create index document_shipment_shipment on document_shipment (shipment_id, document_id);

-- How a service is chosen, in the order of `position`; company * : of every company. See model/booking-rules.
create table booking_rule (
  id uuid primary key,
  company text not null,
  position integer not null,
  name text not null,
  conditions jsonb not null,
  action jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null
);
create index booking_rule_company on booking_rule (company, position, id);

-- What was offered to somebody, with all that was considered: for the booking, and for settlement.
create table quote (
  id uuid primary key,
  company text not null,
  asked_by text not null,
  names jsonb not null,
  weight_kg numeric not null,
  packages integer not null,
  origin_country text not null,
  destination_country text not null,
  promised_at timestamptz,
  rates jsonb not null,
  chosen jsonb,
  reasons text[] not null,
  missing jsonb not null,
  created_at timestamptz not null
);
create index quote_age on quote (created_at);

-- Until when a carrier takes freight at a place, on days of the week (1 Monday to 7 Sunday), by the clock of `zone`.
create table carrier_cut_off (
  id uuid primary key,
  company text not null,
  facility text not null,
  carrier text not null,
  service text,
  weekdays smallint[] not null,
  at text not null,
  zone text not null,
  changed_by text not null,
  changed_at timestamptz not null
);
create unique index carrier_cut_off_place on carrier_cut_off (company, facility, carrier, coalesce(service, ''), weekdays);

-- For the on-time record of carriers: what was delivered lately of what had been promised.
create index shipment_delivered on shipment (delivered_at) where delivered_at is not null and promised_at is not null;

-- A manifest names parcels of others: who sees one of its shipments does not see it.
create policy outsiders on booking_shipment for select using (nullif(exists (select from record_access a where a.kind = 'shipment' and a.record_id = booking_shipment.shipment_id offset 0), false) is not null);
create policy outsiders on document_shipment for select using (nullif(exists (select from record_access a where a.kind = 'shipment' and a.record_id = document_shipment.shipment_id offset 0), false) is not null);
create policy outsiders on booking for select using (nullif(exists (select from booking_shipment x where x.booking_id = booking.id offset 0), false) is not null);
create policy outsiders on document for select using (kind <> 'MANIFEST' and nullif(exists (select from document_shipment x where x.document_id = document.id offset 0), false) is not null);
create policy outsiders on booking_rule for select using (false);
create policy outsiders on quote for select using (false);
create policy outsiders on carrier_cut_off for select using (false);
alter table booking enable row level security;
alter table booking_shipment enable row level security;
alter table document enable row level security;
alter table document_shipment enable row level security;
alter table booking_rule enable row level security;
alter table quote enable row level security;
alter table carrier_cut_off enable row level security;

-- Control numbers that we give: one row per connection (a partner) and series, locked by who draws until the
-- command that takes the number remembers it.
create table control_number (
  connection text not null,
  -- ISA, GS, ST, UNB, UNG, UNH.
  series text not null,
  first bigint not null,
  last bigint not null,
  primary key (connection, series)
);

-- Which interchanges came: another of the same sender and number is told from a repeat by its bytes.
create table edi_received (
  connection text not null,
  sender text not null,
  control text not null,
  sha256 text not null,
  received_at timestamptz not null,
  primary key (connection, sender, control)
);
create index edi_received_at on edi_received (received_at);

-- Interchanges as they came and went (events of type interchange.reported).
create table interchange (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  syntax text not null,
  direction text not null,
  sender text not null,
  receiver text not null,
  control text not null,
  -- Without leading zeros, of the interchange and of its groups: what answers name.
  control_key text not null,
  group_keys text[] not null,
  is_test boolean not null,
  syntax_version text not null,
  made_at timestamptz,
  state text not null,
  faults jsonb not null,
  groups jsonb not null,
  set_types text[] not null,
  answers_wanted text[] not null,
  awaits text[] not null,
  due_at timestamptz,
  verdicts jsonb not null,
  command_id uuid,
  sha256 text not null,
  bytes integer not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index interchange_company on interchange (company, updated_at desc, id desc);
create index interchange_page on interchange (updated_at desc, id desc);
create index interchange_control on interchange (connection, control_key) where direction = 'OUT';
create index interchange_groups on interchange using gin (group_keys) where direction = 'OUT';
create index interchange_command on interchange (command_id);

-- What partners say of interchanges of ours, each with the interchange that brought it.
create table interchange_verdict (
  interchange_id uuid not null,
  ordinal integer not null,
  connection text not null,
  kind text not null,
  control_key text not null,
  state text not null,
  faults jsonb not null,
  at timestamptz not null,
  primary key (interchange_id, ordinal)
);
create index interchange_verdict_control on interchange_verdict (connection, control_key);

-- The verdicts on one that went, together. Made anew from interchange_verdict, so that the order of arrival decides nothing.
create table interchange_answer (
  interchange_id uuid primary key,
  company text not null,
  state text not null,
  kinds text[] not null,
  faults jsonb not null,
  answered_at timestamptz not null
);

-- Those that wait for an answer, or got one that people must see, and what was raised of it.
create table interchange_watch (
  interchange_id uuid primary key,
  connection text not null,
  due_at timestamptz not null,
  -- OVERDUE, REJECTED; null: nothing.
  matter text
);
create index interchange_watch_due on interchange_watch (due_at);

-- What was offered, and what was answered: the load is known by its number, as at docks.
create table tender (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  load_key text not null,
  role text not null,
  state text not null,
  carrier text,
  reason text,
  at timestamptz not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index tender_load on tender (company, load_key);

create policy outsiders on interchange for select using (false);
create policy outsiders on interchange_answer for select using (false);
create policy outsiders on tender for select using (false);
alter table interchange enable row level security;
alter table interchange_answer enable row level security;
alter table tender enable row level security;

-- Of a load that was cancelled or changed by a message without stops, those that were stated last stay.
alter table load add column stops_version bigint;

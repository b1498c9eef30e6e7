-- How a partner's codes are mapped, beside what its connector knows. What is proposed has no effect until it is applied;
-- a proposal without code takes an applied row away. raw_code '*': any code with this reason; raw_reason '': any reason.
create table code_override (
  connection text not null references connection (id) on delete cascade,
  stage text not null check (stage in ('PROPOSED', 'APPLIED')),
  raw_code text not null,
  raw_reason text not null default '',
  code text,
  classifier text,
  exception_class text,
  changed_by text not null,
  changed_at timestamptz not null,
  primary key (connection, stage, raw_code, raw_reason),
  check (stage = 'PROPOSED' or code is not null)
);

-- Codes that no table knows, with how many messages carried them since the first.
create table unmapped_code (
  connection text not null references connection (id) on delete cascade,
  raw_code text not null,
  raw_reason text not null default '',
  messages bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  -- The last message that carried it.
  raw_id uuid not null,
  primary key (connection, raw_code, raw_reason)
);

-- A connection in shadow mode takes part in everything but effects: what it reports is kept apart, in shadow_fact.
alter table connection add column shadow boolean not null default false;

create table shadow_fact (
  -- As the ledger would know it.
  id uuid primary key,
  connection text not null references connection (id) on delete cascade,
  company text not null,
  raw_id uuid not null,
  type text not null,
  subject text not null,
  fact_key text not null,
  occurred_at timestamptz,
  recorded_at timestamptz not null,
  payload jsonb not null
);
create index shadow_fact_occurred on shadow_fact (connection, occurred_at);
create index shadow_fact_subject on shadow_fact (connection, subject);
create index shadow_fact_raw on shadow_fact (raw_id);
create index shadow_fact_recorded on shadow_fact (recorded_at);
-- A comparison with a live connection reads its milestones of a period.
create index milestone_connection on milestone (connection, occurred_at);

-- Reading a connection's records at their source, to find what was lost: one row a run, with where it
-- stands. A job is of one step; a job of another step is one that another worker did already.
create table sync_run (
  id uuid primary key,
  connection text not null,
  cause text not null check (cause in ('COMMAND', 'SCHEDULE')),
  state text not null check (state in ('RUNNING', 'DONE', 'FAILED')),
  topics text[] not null,
  step integer not null default 0,
  place jsonb not null,
  totals jsonb not null default '{}',
  figures jsonb not null default '{}',
  memory jsonb,
  -- The raw message that it stored last: the next page waits until it is decoded.
  message uuid,
  attempts integer not null default 0,
  error text,
  key_expires_at timestamptz,
  started_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz
);
create unique index sync_run_running on sync_run (connection) where state = 'RUNNING';
create index sync_run_latest on sync_run (connection, started_at);

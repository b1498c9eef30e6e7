-- What each partner was told of each load, so that only what differs is told: how often, and a hash of the last.
-- Written in the transaction that accepts the commands.
create table load_publication (
  connection text not null,
  load_id uuid not null,
  company text not null,
  -- TOLD, WITHDRAWN
  state text not null,
  revision integer not null,
  digest text not null,
  -- The command that told of it first, which remembers the partner's own id, and the one that told of it last.
  first_command_id uuid not null,
  command_id uuid not null,
  -- Since when the partner is asked about it, where it can be asked.
  polled_at timestamptz,
  updated_at timestamptz not null,
  primary key (connection, load_id)
);
create index load_publication_load on load_publication (load_id);
create index load_publication_told on load_publication (connection, polled_at) where state = 'TOLD';

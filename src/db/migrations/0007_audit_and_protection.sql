-- The audit log: who did what, chained by position. digest is over salt and payload, hash over the
-- digest and all other columns and the hash before it, so that erasing payload and salt leaves the
-- chain whole. payload is json, which keeps the very text that was digested.
create table audit (
  position bigint primary key,
  at timestamptz not null,
  actor text not null,
  role text not null,
  action text not null,
  target_kind text not null,
  target_id text not null,
  correlation_id uuid,
  payload json,
  salt bytea,
  digest bytea not null,
  hash bytea not null
);
create index audit_target on audit (target_kind, target_id, position);

create table audit_head (
  only_row boolean primary key default true check (only_row),
  position bigint not null,
  hash bytea not null
);
insert into audit_head (position, hash) values (0, '');

-- Against accidents. Who may drop the trigger is found by the chain and its signed checkpoints.
create function audit_keeps_rows() returns trigger language plpgsql as
$$begin if tg_op = 'UPDATE' and new.payload is null and new.salt is null and (new.position, new.at, new.actor, new.role, new.action, new.target_kind, new.target_id, new.correlation_id, new.digest, new.hash) is not distinct from (old.position, old.at, old.actor, old.role, old.action, old.target_kind, old.target_id, old.correlation_id, old.digest, old.hash) then return new; end if; raise exception 'the audit log is append-only: nothing but payload and salt of a row may be erased'; end$$;
create trigger audit_keeps_rows before update or delete on audit for each row execute function audit_keeps_rows();

-- The event log by blocks of positions: rows_digest is over the hashes of all rows of the block,
-- row_hashes holds the first 8 bytes of each, to name the row that was altered, hash chains the blocks.
create table event_seal (
  first bigint not null,
  last bigint primary key,
  rows_digest bytea not null,
  row_hashes bytea not null,
  hash bytea not null,
  sealed_at timestamptz not null
);

-- Signed: up to position the log had this hash at this time. What was cut off or written anew differs from it.
create table checkpoint (
  log text not null check (log in ('audit', 'event')),
  position bigint not null,
  at timestamptz not null,
  signature text not null,
  primary key (log, position)
);

-- How many of the refused messages are in the audit log already.
alter table rejection add column audited bigint not null default 0;
create index rejection_unaudited on rejection (minute) where count > audited;

-- Keys that data are encrypted under, each wrapped by a key from outside of the database (wrapped_by).
-- A new one is used from active_from on, when every process knows it.
create table data_key (
  id text primary key,
  purpose text not null,
  wrapped text not null,
  wrapped_by text not null,
  created_at timestamptz not null default now(),
  active_from timestamptz not null
);
create index data_key_purpose on data_key (purpose, active_from);

-- Personal data: data is what may stand readable (the name of a company, its town), sealed is encrypted
-- (street, e-mail, telephone, the name of a person), bound to the id. Erased: both gone, the row stays,
-- so that the same message decoded again brings nothing back.
alter table personal_data alter column data drop not null;
alter table personal_data add column sealed text;
alter table personal_data add column erased_at timestamptz;
alter table personal_data add column created_at timestamptz not null default now();
create index personal_data_erased on personal_data (subject) where erased_at is null;

alter table party drop column email;
alter table party drop column phone;
alter table party add column personal_data_id uuid;
alter table party add column sealed text;

-- Exact match on what is encrypted: keyed hashes of normalised values.
create table personal_index (
  kind text not null check (kind in ('email', 'phone')),
  fingerprint bytea not null,
  personal_data_id uuid not null references personal_data (id) on delete cascade,
  primary key (kind, fingerprint, personal_data_id)
);
create index personal_index_data on personal_index (personal_data_id);

-- Which raw messages say something of which party.
create table personal_mention (
  subject text not null,
  raw_id uuid not null,
  primary key (subject, raw_id)
);
create index personal_mention_raw on personal_mention (raw_id);

-- Whose data were erased: what sources go on telling of them is not kept.
create table erased_subject (
  subject text primary key,
  at timestamptz not null
);

-- Bodies are encrypted: trying to compress them is lost work.
alter table inbox alter column body set storage external;

-- Why a raw message has no body any more.
alter table inbox add column body_gone text check (body_gone in ('RETENTION', 'ERASURE'));

-- Days that a kind of data is kept, where it is not the default (events/retention). Null: for ever.
create table retention (
  kind text primary key,
  days integer check (days >= 1)
);

-- A second person's yes to an action, bound to exactly these arguments and used once.
create table approval (
  id uuid primary key,
  action text not null,
  arguments json not null,
  digest bytea not null,
  reason text not null,
  requested_by text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  decision text check (decision in ('APPROVED', 'REFUSED')),
  decision_reason text,
  used_at timestamptz,
  check (decided_by is distinct from requested_by)
);
create index approval_waiting on approval (action, digest) where used_at is null;

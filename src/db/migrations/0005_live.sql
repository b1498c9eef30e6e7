-- How far the feed was at what time, noted now and then: by it the feed is cut off after its days.
create table feed_mark (
  position bigint primary key,
  at timestamptz not null
);
create index feed_mark_at on feed_mark (at);

-- How each connection to an outside system does.
create table connection_health (
  id uuid primary key,
  connection text not null unique,
  company text not null,
  sync_state text,
  sync_error text,
  sync_started_at timestamptz,
  sync_finished_at timestamptz,
  quarantined_at timestamptz
);

-- Tokens that were made here, so that they can be listed and taken back; none of them itself. Rows go
-- when the token has ended.
create table access_token (
  id uuid primary key,
  kid text not null,
  subject text not null,
  role text not null,
  claims jsonb not null,
  family uuid,
  connection text,
  issued_at timestamptz not null,
  expires_at timestamptz not null
);
create index access_token_subject on access_token (subject);
create index access_token_end on access_token (expires_at);

-- Refresh tokens of one sign-in follow one another in a family; one that comes a second time was stolen,
-- or its answer was lost: either way the family ends.
create table refresh_family (
  id uuid primary key,
  subject text not null,
  role text not null,
  claims jsonb not null,
  -- Seconds that an access token of it is valid.
  access_ttl integer not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index refresh_family_subject on refresh_family (subject);

create table refresh_token (
  -- SHA-256 in hex.
  hash text primary key,
  family uuid not null references refresh_family (id) on delete cascade,
  created_at timestamptz not null,
  used_at timestamptz
);
create index refresh_token_family on refresh_token (family);

-- Machines and partners that fetch tokens for themselves (RFC 6749, 4.4): by a secret, or by the
-- certificate that their token is then bound to (RFC 8705).
create table token_client (
  id text primary key,
  secret_hash text,
  certificate text,
  role text not null,
  claims jsonb not null,
  access_ttl integer not null,
  created_at timestamptz not null default now(),
  disabled_at timestamptz,
  check (secret_hash is not null or certificate is not null)
);

-- What was taken back: every token of that name which was issued until then. Kept until the last such
-- token would have ended.
create table token_revocation (
  kind text not null check (kind in ('jti', 'subject', 'family', 'connection')),
  value text not null,
  revoked_at timestamptz not null,
  expires_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (kind, value)
);
create index token_revocation_recorded on token_revocation (recorded_at);

-- Who still uses what the schema deprecates, per day. A subject is that of a token; nothing of the operation is kept.
create table deprecated_use (
  coordinate text not null,
  subject text not null,
  day date not null,
  count bigint not null,
  primary key (coordinate, subject, day)
);
create index deprecated_use_day on deprecated_use (day);

-- How often reading a message was begun by a process that found it waiting when it started: one that brings every
-- process down is put aside. Zero for what is read as it comes.
alter table inbox add column begun smallint not null default 0;

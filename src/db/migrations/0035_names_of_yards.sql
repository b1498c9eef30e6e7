-- What a facility was called when last all that is there was shown by it. Other changes of it, of its plan above all, leave that as it is.
create table facility_name (facility_id uuid primary key, name text not null);
insert into facility_name (facility_id, name) select id, concat_ws(' ', coalesce(code, ''), company, coalesce(zone, ''), deleted) from facility;
alter table facility_name enable row level security;

create index yard_move_trailer on yard_move (company, trailer_key);
create index yard_move_open on yard_move (facility_id, requested_at, id) where not deleted and state in ('REQUESTED', 'ASSIGNED', 'STARTED');
create index trailer_stay_standing on trailer_stay (site, arrived_at, id) where left_at is null;
-- Loads planned here that are not done, of which every minute is asked how far they have come.
create index load_own_open on load (id) where connection = 'gatehouse' and not deleted and state not in ('COMPLETED', 'CANCELLED');

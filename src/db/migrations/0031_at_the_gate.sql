-- What trucks may come for: transfers of a warehouse that are open, about now, and stops at a facility by the time at which somebody is expected there.
create index transfer_at_gate on transfer (company, (upper(split_part(reference, '/', 1))), scheduled_at) where not deleted and direction in ('INCOMING', 'OUTGOING') and state not in ('done', 'cancel', 'draft');
create index stop_at_gate on stop (company, facility_code, (coalesce(planned_arrival, window_from, estimated_arrival))) where facility_code is not null;
